"""Matrices as products of others (Cholesky, LU, QR, eigenvectors, singular vectors), on the host.

Each vjp names its source; all are composed of operations, so that they have gradients themselves.
"""

from __future__ import annotations

import numpy as np

from kerasnb.backend.tensor.tensor import Spec, from_host
from kerasnb.kernels import move
from kerasnb.kernels.elementwise import add, divide_no_nan, like, multiply, negative, square, subtract
from kerasnb.kernels.linalg.common import (
    column,
    host_op,
    identity,
    lower,
    product,
    row,
    symmetric,
    total_of,
    transposed,
    upper,
)
from kerasnb.kernels.linalg.solvers import BLOCK, solve, solve_triangular, substituted
from kerasnb.kernels.matmul import matmul

# --- spec ------------------------------------------------------------------------------------------


def _smaller(m, n):
    return None if None in (m, n) else min(m, n)


def _same_spec(x: Spec) -> Spec:
    return x


def _values_spec(x: Spec) -> Spec:
    return Spec((*x.shape[:-2], _smaller(*x.shape[-2:])), x.dtype)


def _lu_spec(x: Spec):
    return x, Spec(_values_spec(x).shape, "int32")


def _qr_spec(x: Spec, *, complete):
    *lead, m, n = x.shape
    k = m if complete else _smaller(m, n)
    return Spec((*lead, m, k), x.dtype), Spec((*lead, k, n), x.dtype)


def _eigh_spec(x: Spec):
    return _values_spec(x), x


def _eig_spec(x: Spec):
    dtype = "complex128" if x.dtype == "float64" else "complex64"
    return Spec(x.shape[:-1], dtype), Spec(x.shape, dtype)


def _svd_spec(x: Spec, *, full):
    *lead, m, n = x.shape
    k = _smaller(m, n)
    u, v = (m, n) if full else (k, k)
    return Spec((*lead, m, u), x.dtype), Spec((*lead, k), x.dtype), Spec((*lead, v, n), x.dtype)


# --- reference: LAPACK through NumPy; elimination column by column, where NumPy has nothing --------


def _symmetrized(x):
    return (x + np.swapaxes(x, -1, -2)) / 2


def _cholesky_reference(x):
    try:
        return np.linalg.cholesky(_symmetrized(x))
    except np.linalg.LinAlgError:
        raise ValueError(
            "Cholesky decomposition failed: The input might not be a valid positive definite matrix. "
            f"Received: matrices of shape {x.shape}"
        ) from None


def _panel(a, pivots, start, stop):
    """Eliminates the columns from `start` to `stop` of one matrix, in place, with row exchanges."""
    for j in range(start, stop):
        p = pivots[j] = j + np.argmax(np.abs(a[j:, j]))
        a[[j, p]] = a[[p, j]]
        if a[j, j]:
            a[j + 1 :, j] /= a[j, j]
        a[j + 1 :, j + 1 : stop] -= a[j + 1 :, j, None] * a[j, j + 1 : stop]


def _lu_reference(x):
    a, k = x.copy(), min(x.shape[-2:])
    pivots = np.zeros((*x.shape[:-2], k), np.int32)
    for place in np.ndindex(*x.shape[:-2]):
        one = a[place]
        for start in range(0, k, BLOCK):
            stop = min(start + BLOCK, k)
            _panel(one, pivots[place], start, stop)
            one[start:stop, stop:] = substituted(one[start:stop, start:stop], one[start:stop, stop:], unit=True)
            one[stop:, stop:] -= one[stop:, start:stop] @ one[start:stop, stop:]
    return a, pivots


def _qr_reference(x, *, complete):
    return tuple(np.linalg.qr(x, "complete" if complete else "reduced"))


def _eigh_reference(x):
    return tuple(np.linalg.eigh(_symmetrized(x)))


def _eig_reference(x):
    dtype = "complex128" if x.dtype == np.float64 else "complex64"
    return tuple(a.astype(dtype) for a in np.linalg.eig(x))  # NumPy's are real where all eigenvalues are


def _svd_reference(x, *, full):
    return tuple(np.linalg.svd(x, full))


def _singular_values_reference(x):
    return np.linalg.svd(x, compute_uv=False)


# --- vjp -------------------------------------------------------------------------------------------


def _cholesky_vjp(call, dl):
    """Murray, "Differentiation of the Cholesky decomposition" (2016), equation 10."""
    (factor,) = call.outs
    n = factor.shape[-1]
    half = from_host(np.tri(n, k=-1) + 0.5 * np.eye(n), factor.dtype)
    middle = multiply(matmul(factor, dl, ta=True), half)
    back = transposed(factor)
    first = solve_triangular(back, middle, lower=False)
    return (symmetric(solve_triangular(back, transposed(first), lower=False)),)


def _part(x, height: slice, width: slice):
    """A block of each matrix."""
    (top, bottom, _), (left, right, _) = (s.indices(e) for s, e in zip((height, width), x.shape[-2:], strict=True))
    lead = x.shape[:-2]
    sizes = (*lead, max(bottom - top, 0), max(right - left, 0))
    starts = (*(0 for _ in lead), top if sizes[-2] else 0, left if sizes[-1] else 0)
    return move.window(x, starts=starts, sizes=sizes, steps=(1,) * x.ndim)


def _row_order(pivots, m: int):
    """For each matrix and row of the result, the row that the exchanges brought there, as one-hot rows."""
    order = np.empty((*pivots.shape[:-1], m, m), np.float32)
    for place in np.ndindex(*pivots.shape[:-1]):
        at = np.arange(m)
        for j, p in enumerate(pivots[place]):
            at[[j, p]] = at[[p, j]]
        order[place] = at[:, None] == np.arange(m)
    return order


def _lu_vjp(call, dy, _):
    """De Hoog, Anderssen and Lukas, "Differentiation of matrix functionals using triangular factorization" (2011).

    Rows below the square part are `x2 u^-1` and columns to its right `l^-1 x2`, so they join as products.
    """
    if dy is None:
        return (None,)
    y, pivots = call.outs
    m, n = y.shape[-2:]
    k = min(m, n)
    unit = add(lower(_part(y, slice(k), slice(k)), -1), identity(k, y.dtype))
    u = upper(_part(y, slice(k), slice(k)))
    dl, du = (part(_part(dy, slice(k), slice(k))) for part in (lambda x: lower(x, -1), upper))
    blocks = []
    if m > n:
        below, dbelow = (_part(t, slice(k, m), slice(k)) for t in (y, dy))
        block = transposed(solve_triangular(u, transposed(dbelow), lower=False))  # dbelow u^-T
        du = subtract(du, upper(matmul(below, block, ta=True)))
        blocks = [block]
    if n > m:
        beside, dbeside = (_part(t, slice(k), slice(k, n)) for t in (y, dy))
        block = solve_triangular(transposed(unit), dbeside, lower=False)
        dl = subtract(dl, lower(matmul(block, beside, tb=True), -1))
        blocks = [block]
    inner = add(lower(matmul(unit, dl, ta=True), -1), upper(matmul(du, u, tb=True)))
    left = solve_triangular(transposed(unit), inner, lower=False)
    dx = transposed(solve_triangular(u, transposed(left), lower=False))
    dx = move.concatenate(dx, *blocks, axis=y.ndim - (2 if m > n else 1)) if blocks else dx
    return (matmul(row_order(pivots, like_dtype=y.dtype, extent=m), dx, ta=True),)


def _row_order_spec(pivots: Spec, *, like_dtype, extent) -> Spec:
    return Spec((*pivots.shape[:-1], extent, extent), like_dtype)


def _row_order_reference(pivots, *, like_dtype, extent):
    return _row_order(pivots, extent).astype(like_dtype)


def _joined_gradient(q, dq, n: int):
    """The gradient of all columns of q as one of the first n, from which reflections compute the others.

    See Roberts and Roberts, https://arxiv.org/abs/2409.13374, equations 32 and 33.
    """
    every = slice(None)
    (first, rest), (dfirst, drest) = ((_part(t, every, slice(n)), _part(t, every, slice(n, None))) for t in (q, dq))
    top, bottom = _part(first, slice(n), every), _part(first, slice(n, None), every)
    zt = solve(transposed(subtract(top, identity(n, q.dtype))), transposed(bottom))
    along = add(first, matmul(rest, zt, tb=True))
    below = negative(matmul(drest, along, ta=True))
    sides = move.concatenate(negative(matmul(zt, below)), below, axis=q.ndim - 2)
    return total_of(dfirst, matmul(drest, zt, tb=True), sides)


def _qr_vjp(call, dq, dr):
    """Walter and Lehmann, "Algorithmic differentiation of linear algebra functions" (2010), for tall matrices."""
    q, r = call.outs
    n = r.shape[-1]
    if call.attrs["complete"] and q.shape[-1] > n:
        dq = _joined_gradient(q, dq, n) if dq is not None else None
        q = _part(q, slice(None), slice(n))
        r, dr = (_part(t, slice(n), slice(None)) if t is not None else None for t in (r, dr))
    dq_q = negative(matmul(dq, q, ta=True)) if dq is not None else None
    middle = total_of(matmul(r, dr, tb=True) if dr is not None else None, dq_q)
    mirrored = add(lower(middle), transposed(lower(middle, -1)))
    inner = total_of(matmul(q, mirrored), dq)
    return (transposed(solve_triangular(r, transposed(inner), lower=False)),)


def _gaps(values, squared: bool):
    """One over the differences of the values, zero on the diagonal and between equal values."""
    v = square(values) if squared else values
    gap = subtract(row(v), column(v))
    return divide_no_nan(like(v, 1), gap)


def _diagonal(x):
    """Diagonal matrices."""
    return multiply(identity(x.shape[-1], x.dtype), row(x))


def _eigh_vjp(call, dw, dv):
    """Giles, "Collected matrix derivative results" (2008), section 3.1."""
    w, v = call.outs
    turn = multiply(_gaps(w, squared=False), matmul(v, dv, ta=True)) if dv is not None else None
    inner = total_of(turn, _diagonal(dw) if dw is not None else None)
    return (symmetric(matmul(product(v, inner), v, tb=True)),)


def _svd_vjp(call, du, ds, dvh):
    """Townsend, "Differentiating the singular value decomposition" (2016); what is outside of u and v joins apart."""
    u, s, vh = call.outs
    m, n = call.ins[0].shape[-2:]
    if call.attrs["full"] and m != n:
        if du is not None or dvh is not None:
            raise NotImplementedError(
                "The gradient of `svd` for singular vectors needs full_matrices=False or square matrices. "
                f"Received: x.shape={call.ins[0].shape}"
            )
        k = min(m, n)
        u, vh = _part(u, slice(None), slice(k)), _part(vh, slice(k), slice(None))
    gaps, parts, outside = _gaps(s, squared=True), [], []
    if du is not None:
        turn = matmul(u, du, ta=True)
        parts.append(multiply(multiply(gaps, subtract(turn, transposed(turn))), row(s)))
        rest = divide_no_nan(subtract(du, matmul(u, turn)), row(s))
        outside.append(matmul(rest, vh))
    if dvh is not None:
        turn = matmul(vh, dvh, tb=True)
        parts.append(multiply(column(s), multiply(gaps, subtract(turn, transposed(turn)))))
        rest = divide_no_nan(subtract(dvh, matmul(turn, vh, ta=True)), column(s))
        outside.append(matmul(u, rest))
    inner = total_of(*parts, _diagonal(ds) if ds is not None else None)
    return (total_of(product(u, inner, vh), *outside),)


def _singular_values_vjp(call, ds):
    u, _, vh = svd(call.ins[0], full=False)
    return (matmul(multiply(u, row(ds)), vh),)


# --- record ----------------------------------------------------------------------------------------

cholesky = host_op("cholesky", spec=_same_spec, reference=_cholesky_reference, vjp=_cholesky_vjp)
lu = host_op("lu", spec=_lu_spec, reference=_lu_reference, vjp=_lu_vjp)
row_order = host_op("row_order", spec=_row_order_spec, reference=_row_order_reference)
qr = host_op("qr", spec=_qr_spec, reference=_qr_reference, vjp=_qr_vjp)
eigh = host_op("eigh", spec=_eigh_spec, reference=_eigh_reference, vjp=_eigh_vjp, iterative=True)
eig = host_op("eig", spec=_eig_spec, reference=_eig_reference, iterative=True)
svd = host_op("svd", spec=_svd_spec, reference=_svd_reference, vjp=_svd_vjp, iterative=True)
singular_values = host_op(
    "singular_values", spec=_values_spec, reference=_singular_values_reference, vjp=_singular_values_vjp,
    iterative=True,
)  # fmt: skip
