"""Systems of linear equations, inverses and determinants."""

from __future__ import annotations

from kerasnb.backend.tensor.dtypes import limits
from kerasnb.kernels import linalg
from kerasnb.kernels.linalg.common import identity
from kerasnb.ops.arguments import promoted, tensor
from kerasnb.ops.core import cast
from kerasnb.ops.describe import described, shaped
from kerasnb.ops.linalg.checks import check_system, is_vector, matrices, squares
from kerasnb.ops.linalg.factors import NOT_SQUARE, svd, turned
from kerasnb.ops.numpy import reductions
from kerasnb.ops.numpy.elementwise.comparison import greater
from kerasnb.ops.numpy.elementwise.selection import where
from kerasnb.ops.numpy.products import matmul
from kerasnb.ops.numpy.reductions import count_nonzero
from kerasnb.ops.numpy.shapes import broadcast_to, expand_dims, squeeze

__all__ = [
    "cholesky_inverse", "det", "inv", "logdet", "lstsq", "matrix_rank", "pinv", "slogdet", "solve",
    "solve_triangular",
]  # fmt: skip

RANK = "ValueError: If the rank is below 2."
SYSTEM = {
    "a": "Tensor of shape `(..., M, M)`.",
    "b": "The right-hand sides, of shape `(..., M)` or `(..., M, N)`.",
    "returns": "The solutions, of the shape of `b`.",
}


def _eps(x) -> float:
    """The rounding unit of a tensor's dtype: that in which it is stored."""
    return float(limits(x.dtype).eps)


def _solved(solver, a, b, **attrs):
    """Solves for matrices or vectors; a batch of vectors has the shape of `a` without its last axis."""
    a, b = promoted(a, b, floating=True)
    a = squares(a)
    check_system(a, b)
    if is_vector(a, b):
        return squeeze(solver(a, expand_dims(b, -1), **attrs), -1)
    return solver(a, b, **attrs)


@described(
    "Solves `a x = b` for square matrices.", "keras.ops.solve([[2.0, 0.0], [0.0, 4.0]], [2.0, 2.0]).tolist()",
    "[1.0, 0.5]", raises="ValueError: If the shapes do not fit, or a matrix is singular.", **SYSTEM,
)  # fmt: skip
@shaped
def solve(a, b):
    return _solved(linalg.solve, a, b)


@described(
    "Solves `a x = b` for triangular matrices; the other triangle is not read.",
    "keras.ops.solve_triangular([[2.0, 0.0], [1.0, 1.0]], [2.0, 3.0], lower=True).tolist()", "[1.0, 2.0]",
    raises="ValueError: If the shapes do not fit.",
    lower="Boolean, whether the lower triangle is read. Defaults to `False`.", **SYSTEM,
)  # fmt: skip
@shaped
def solve_triangular(a, b, lower=False):
    return _solved(linalg.solve_triangular, a, b, lower=bool(lower))


@described(
    "Inverts square matrices.", "keras.ops.inv([[2.0, 0.0], [0.0, 4.0]]).tolist()", "[[0.5, 0.0], [0.0, 0.25]]",
    raises="ValueError: If the matrices are not square, or one is singular.", x="Tensor of shape `(..., M, M)`.",
)  # fmt: skip
@shaped
def inv(x):
    return linalg.inverse(squares(x))


@described(
    "Computes the inverse of symmetric positive definite matrices from their Cholesky factors.",
    "keras.ops.cholesky_inverse([[2.0, 0.0], [0.0, 1.0]]).tolist()", "[[0.25, 0.0], [0.0, 1.0]]",
    raises=NOT_SQUARE, x="Tensor of shape `(..., M, M)`: the factors.",
    upper="Boolean, whether they are upper triangles. Defaults to `False`.",
)  # fmt: skip
@shaped
def cholesky_inverse(x, upper=False):
    x = squares(x)
    eye = broadcast_to(identity(x.shape[-1], x.dtype), x.shape)
    inverse = linalg.solve_triangular(x, eye, lower=not upper)
    return matmul(inverse, turned(inverse)) if upper else matmul(turned(inverse), inverse)


@described(
    "Computes the determinant of square matrices.", "round(float(keras.ops.det([[1.0, 2.0], [3.0, 4.0]])), 4)", "-2.0",
    "Tensor of shape `(...)`.", raises=NOT_SQUARE, x="Tensor of shape `(..., M, M)`.",
)  # fmt: skip
def det(x):
    return linalg.det(squares(x))


@described(
    "Computes the sign and the logarithm of the absolute value of determinants.",
    "[round(float(t), 4) for t in keras.ops.slogdet([[1.0, 2.0], [3.0, 4.0]])]", "[-1.0, 0.6931]",
    "Tuple of tensors of shape `(...)`: the signs, and the logarithms.", raises=NOT_SQUARE,
    x="Tensor of shape `(..., M, M)`.",
)  # fmt: skip
@shaped
def slogdet(x):
    return linalg.slogdet(squares(x))


@described(
    "Computes the logarithm of the determinant of symmetric positive definite matrices.",
    "round(float(keras.ops.logdet([[2.0, 0.0], [0.0, 3.0]])), 4)", "1.7918",
    "Tensor of shape `(...)`.", raises=NOT_SQUARE, x="Tensor of shape `(..., M, M)`.",
)  # fmt: skip
def logdet(x):
    return slogdet(x)[1]


@described(
    "Computes the Moore-Penrose inverse through singular values.",
    "np.round(keras.ops.pinv([[2.0, 0.0], [0.0, 0.0]]), 4).tolist()", "[[0.5, 0.0], [0.0, 0.0]]",
    "Tensor of shape `(..., N, M)`.", raises=RANK, x="Tensor of shape `(..., M, N)`.",
    rcond="Float: singular values up to `rcond` times the largest count as zero. Defaults to ten times the larger of "
    "M and N times the rounding unit.",
)  # fmt: skip
@shaped
def pinv(x, rcond=None):
    x = matrices(x)
    return linalg.pinv(x, rcond=10 * max(x.shape[-2:]) * _eps(x) if rcond is None else float(rcond))


@described(
    "Computes the least-squares solution of `a x = b`, the smallest of several.",
    "np.round(keras.ops.lstsq([[1.0], [1.0]], [1.0, 3.0]), 4).tolist()", "[2.0]",
    "Tensor of shape `(N,)` or `(N, K)`.", raises="ValueError: If the shapes do not fit.",
    a="Tensor of shape `(M, N)`.", b="Tensor of shape `(M,)` or `(M, K)`.",
    rcond="Float: singular values up to `rcond` times the largest count as zero. Defaults to the larger of M and N "
    "times the rounding unit.",
)  # fmt: skip
@shaped
def lstsq(a, b, rcond=None):
    a, b = promoted(a, b, floating=True)
    if a.ndim != 2:
        raise ValueError(f"Expected a to have rank 2. Received: a.shape={tuple(a.shape)}")
    if b.ndim not in (1, 2):
        raise ValueError(f"Expected b to have rank 1 or 2. Received: b.shape={tuple(b.shape)}")
    if a.shape[0] != b.shape[0]:
        raise ValueError(
            "Expected b.shape[0] to be equal to a.shape[0]. "
            f"Received: a.shape={tuple(a.shape)}, b.shape={tuple(b.shape)}"
        )
    if rcond is None:
        return matmul(linalg.pinv(a, rcond=max(a.shape) * _eps(a)), b)
    return _solved_by_largest(a, b, _eps(a) if rcond < 0 else float(rcond))


def _solved_by_largest(a, b, rcond: float):
    """The solution without small singular values, with its gradient: that of the inverse holds for all of them only."""
    u, s, vh = svd(a, full_matrices=False)
    kept = greater(s, reductions.max(s) * rcond)
    factors = where(kept, 1 / where(kept, s, 1), 0)
    parts = matmul(turned(u), b)
    return matmul(turned(vh), parts * (factors if b.ndim == 1 else expand_dims(factors, -1)))


@described(
    "Counts the singular values of matrices that are not zero.",
    "int(keras.ops.matrix_rank([[1.0, 2.0], [2.0, 4.0]]))", "1", "Integer tensor of shape `(...)`.", raises=RANK,
    x="Tensor of shape `(..., M, N)`.",
    tol="Float: singular values up to it count as zero. Defaults to the largest times the larger of M and N times the "
    "rounding unit.",
)  # fmt: skip
@shaped
def matrix_rank(x, tol=None):
    x = matrices(x)
    s = linalg.singular_values(x)
    if tol is not None:
        least = expand_dims(tensor(tol, x.dtype), -1)
    else:
        least = reductions.max(s, axis=-1, keepdims=True) * (max(x.shape[-2:]) * _eps(x)) if s.shape[-1] else s
    return cast(count_nonzero(greater(s, least), axis=-1), "int32")
