"""Systems of equations, determinants and the pseudoinverse, over batches of matrices, on the host.

The gradients are those of Giles, "Collected matrix derivative results for forward and reverse mode algorithmic
differentiation" (2008), but where another source is named.
"""

from __future__ import annotations

import numpy as np

from kerasnb.backend.tensor.tensor import Spec, Tensor
from kerasnb.kernels.common import broadcast_shapes
from kerasnb.kernels.elementwise import add, multiply, negative, subtract
from kerasnb.kernels.linalg.common import host_op, identity, lower, number, product, transposed, upper
from kerasnb.kernels.matmul import matmul
from kerasnb.kernels.sum import sum_to, total

BLOCK = 32  # rows that are eliminated one by one; more go through products of matrices

# --- spec ------------------------------------------------------------------------------------------


def _solve_spec(a: Spec, b: Spec, **_) -> Spec:
    return Spec((*broadcast_shapes(a.shape[:-2], b.shape[:-2]), *b.shape[-2:]), b.dtype)


def _number_spec(x: Spec) -> Spec:
    return Spec(x.shape[:-2], x.dtype)


def _two_numbers_spec(x: Spec):
    return _number_spec(x), _number_spec(x)


def _same_spec(x: Spec) -> Spec:
    return x


def _pinv_spec(x: Spec, *, rcond) -> Spec:
    return Spec((*x.shape[:-2], x.shape[-1], x.shape[-2]), x.dtype)


# --- reference: LAPACK through NumPy; substitution row by row, where NumPy has nothing -------------


def _solve_reference(a, b):
    try:
        return np.linalg.solve(a, b)
    except np.linalg.LinAlgError:
        raise ValueError(
            f"A matrix that would have to be inverted is singular. Received: matrices of shape {a.shape}"
        ) from None


def substituted(a: np.ndarray, b: np.ndarray, unit: bool = False) -> np.ndarray:
    """The solution of `a x = b` for matrices of which only the lower triangle is read."""
    n = a.shape[-1]
    if n > BLOCK:
        half = n // 2
        top = substituted(a[..., :half, :half], b[..., :half, :], unit)
        rest = b[..., half:, :] - a[..., half:, :half] @ top
        return np.concatenate([top, substituted(a[..., half:, half:], rest, unit)], -2)
    x = np.empty(np.broadcast_shapes(a.shape[:-2], b.shape[:-2]) + b.shape[-2:], b.dtype)
    for i in range(n):
        row = b[..., i, :] - np.einsum("...j,...jk->...k", a[..., i, :i], x[..., :i, :])
        x[..., i, :] = row if unit else row / a[..., i, i, None]
    return x


def _solve_triangular_reference(a, b, *, lower):
    if lower:
        return substituted(a, b)
    return substituted(a[..., ::-1, ::-1], b[..., ::-1, :])[..., ::-1, :]


def _det_reference(x):
    return np.asarray(np.linalg.det(x))


def _cofactor_reference(x):
    """The matrix of cofactors, through singular values: it exists for singular matrices too."""
    u, s, vh = np.linalg.svd(x)
    rest = [np.prod(np.delete(s, i, -1), -1) for i in range(s.shape[-1])]
    scale = np.stack(rest, -1) if rest else s
    scale = scale * (np.linalg.det(u) * np.linalg.det(vh))[..., None]
    return (u * scale[..., None, :]) @ vh


def _slogdet_reference(x):
    sign, log = np.linalg.slogdet(x)
    return np.asarray(sign), np.asarray(log)


def _pinv_reference(x, *, rcond):
    return np.linalg.pinv(x, rcond)


# --- vjp -------------------------------------------------------------------------------------------


def _solve_gradients(call, dy, back):
    """`db` solves the transposed system, and `da` is minus its product with the solution."""
    (a, b), (x,) = call.ins, call.outs
    db = back(transposed(a), dy)
    da = sum_to(negative(matmul(db, x, tb=True)), a.shape) if call.needs[0] else None
    return da, sum_to(db, b.shape)


def _solve_vjp(call, dy):
    return _solve_gradients(call, dy, solve)


def _solve_triangular_vjp(call, dy):
    is_lower = call.attrs["lower"]
    da, db = _solve_gradients(call, dy, lambda a, b: solve_triangular(a, b, lower=not is_lower))
    return (lower(da) if is_lower else upper(da)) if da is not None else None, db


def _det_vjp(call, dy):
    return (multiply(number(dy), cofactor(call.ins[0])),)


def inverse(x: Tensor) -> Tensor:
    """The inverse of each matrix."""
    return solve(x, identity(x.shape[-1], x.dtype))


def _cofactor_vjp(call, dy):
    """Of `c = det(x) inv(x)^T`, by the product rule; it needs matrices that can be inverted."""
    (x,), (c,) = call.ins, call.outs
    b = transposed(inverse(x))
    along = number(total(multiply(dy, b), axes=(x.ndim - 2, x.ndim - 1)))
    return (subtract(multiply(along, c), matmul(matmul(c, dy, tb=True), b)),)


def _slogdet_vjp(call, _, dlog):
    if dlog is None:
        return (None,)
    return (multiply(number(dlog), transposed(inverse(call.ins[0]))),)


def _pinv_vjp(call, dy):
    """Golub and Pereyra, "The differentiation of pseudo-inverses", SIAM J. Numer. Anal. 10 (1973)."""
    (a,), (p,) = call.ins, call.outs
    m, n = a.shape[-2:]
    pt, gt = transposed(p), transposed(dy)
    left = subtract(identity(m, a.dtype), matmul(a, p))
    right = subtract(identity(n, a.dtype), matmul(p, a))
    outside = add(product(left, gt, p, pt), product(pt, p, gt, right))
    return (subtract(outside, product(pt, dy, pt)),)


# --- record ----------------------------------------------------------------------------------------

solve = host_op("solve", spec=_solve_spec, reference=_solve_reference, vjp=_solve_vjp)
solve_triangular = host_op(
    "solve_triangular", spec=_solve_spec, reference=_solve_triangular_reference, vjp=_solve_triangular_vjp
)
det = host_op("det", spec=_number_spec, reference=_det_reference, vjp=_det_vjp)
cofactor = host_op("cofactor", spec=_same_spec, reference=_cofactor_reference, vjp=_cofactor_vjp, iterative=True)
slogdet = host_op("slogdet", spec=_two_numbers_spec, reference=_slogdet_reference, vjp=_slogdet_vjp)
pinv = host_op("pinv", spec=_pinv_spec, reference=_pinv_reference, vjp=_pinv_vjp, iterative=True)
