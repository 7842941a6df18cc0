"""Systems of linear equations, inverses and determinants."""

from __future__ import annotations

from typing import Any

from kerasnb.backend.tensor.dtypes import limits
from kerasnb.backend.tensor.tensor import Tensor
from kerasnb.backend.typing import TensorLike
from kerasnb.kernels import linalg
from kerasnb.kernels.linalg.common import identity
from kerasnb.ops.arguments import promoted, tensor
from kerasnb.ops.core import cast
from kerasnb.ops.linalg.checks import check_system, is_vector, matrices, squares
from kerasnb.ops.linalg.factors import turned
from kerasnb.ops.numpy import reductions
from kerasnb.ops.numpy.elementwise.comparison import greater
from kerasnb.ops.numpy.elementwise.selection import where
from kerasnb.ops.numpy.products import matmul
from kerasnb.ops.numpy.reductions import count_nonzero
from kerasnb.ops.numpy.shapes import broadcast_to, expand_dims, squeeze
from kerasnb.ops.operation import operation

__all__ = ["cholesky_inverse", "det", "inv", "lstsq", "matrix_rank", "pinv", "solve", "solve_triangular"]


def _eps(x) -> float:
    """The rounding unit of a tensor's dtype: that in which it is stored."""
    info: Any = limits(x.dtype)
    return float(info.eps)


def _solved(solver, a, b, **attrs):
    """Solves for matrices or vectors; a batch of vectors has the shape of `a` without its last axis."""
    a, b = promoted(a, b, floating=True)
    a = squares(a)
    check_system(a, b)
    if is_vector(a, b):
        return squeeze(solver(a, expand_dims(b, -1), **attrs), -1)
    return solver(a, b, **attrs)


@operation("Solve", trials=True)
def solve(a: TensorLike, b: TensorLike) -> Tensor:
    """Solves `a x = b` for square matrices.

    Args:
        a: Tensor of shape `(..., M, M)`.
        b: The right-hand sides, of shape `(..., M)` or `(..., M, N)`.

    Returns:
        The solutions, of the shape of `b`.

    Raises:
        ValueError: If the shapes do not fit, or a matrix is singular.

    Example:

    >>> keras.ops.solve([[2.0, 0.0], [0.0, 4.0]], [2.0, 2.0]).tolist()
    [1.0, 0.5]
    """
    return _solved(linalg.solve, a, b)


@operation("SolveTriangular", "lower", trials=True)
def solve_triangular(a: TensorLike, b: TensorLike, lower: bool = False) -> Tensor:
    """Solves `a x = b` for triangular matrices; the other triangle is not read.

    Args:
        a: Tensor of shape `(..., M, M)`.
        b: The right-hand sides, of shape `(..., M)` or `(..., M, N)`.
        lower: Boolean, whether the lower triangle is read. Defaults to `False`.

    Returns:
        The solutions, of the shape of `b`.

    Raises:
        ValueError: If the shapes do not fit.

    Example:

    >>> keras.ops.solve_triangular([[2.0, 0.0], [1.0, 1.0]], [2.0, 3.0], lower=True).tolist()
    [1.0, 2.0]
    """
    return _solved(linalg.solve_triangular, a, b, lower=bool(lower))


@operation("Inv", trials=True)
def inv(x: TensorLike) -> Tensor:
    """Inverts square matrices.

    Args:
        x: Tensor of shape `(..., M, M)`.

    Returns:
        Tensor of the shape of `x`.

    Raises:
        ValueError: If the matrices are not square, or one is singular.

    Example:

    >>> keras.ops.inv([[2.0, 0.0], [0.0, 4.0]]).tolist()
    [[0.5, 0.0], [0.0, 0.25]]
    """
    return linalg.inverse(squares(x))


@operation("CholeskyInverse", "upper", trials=True)
def cholesky_inverse(x: TensorLike, upper: bool = False) -> Tensor:
    """Computes the inverse of symmetric positive definite matrices from their Cholesky factors.

    Args:
        x: Tensor of shape `(..., M, M)`: the factors.
        upper: Boolean, whether they are upper triangles. Defaults to `False`.

    Returns:
        Tensor of the shape of `x`.

    Raises:
        ValueError: If the matrices are not square.

    Example:

    >>> keras.ops.cholesky_inverse([[2.0, 0.0], [0.0, 1.0]]).tolist()
    [[0.25, 0.0], [0.0, 1.0]]
    """
    x = squares(x)
    eye = broadcast_to(identity(x.shape[-1], x.dtype), x.shape)
    inverse = linalg.solve_triangular(x, eye, lower=not upper)
    return matmul(inverse, turned(inverse)) if upper else matmul(turned(inverse), inverse)


@operation("Det")
def det(x: TensorLike) -> Tensor:
    """Computes the determinant of square matrices.

    Args:
        x: Tensor of shape `(..., M, M)`.

    Returns:
        Tensor of shape `(...)`.

    Raises:
        ValueError: If the matrices are not square.

    Example:

    >>> round(float(keras.ops.det([[1.0, 2.0], [3.0, 4.0]])), 4)
    -2.0
    """
    return linalg.det(squares(x))


@operation("Pinv", "rcond", trials=True)
def pinv(x: TensorLike, rcond: float | None = None) -> Tensor:
    """Computes the Moore-Penrose inverse through singular values.

    Args:
        x: Tensor of shape `(..., M, N)`.
        rcond: Float, singular values up to `rcond` times the largest count as zero. Defaults to ten times the larger of
            M and N times the rounding unit.

    Returns:
        Tensor of shape `(..., N, M)`.

    Raises:
        ValueError: If the rank is below 2.

    Example:

    >>> np.round(keras.ops.pinv([[2.0, 0.0], [0.0, 0.0]]), 4).tolist()
    [[0.5, 0.0], [0.0, 0.0]]
    """
    x = matrices(x)
    return linalg.pinv(x, rcond=10 * max(x.shape[-2:]) * _eps(x) if rcond is None else float(rcond))


@operation("Lstsq", "rcond", trials=True)
def lstsq(a: TensorLike, b: TensorLike, rcond: float | None = None) -> Tensor:
    """Computes the least-squares solution of `a x = b`, the smallest of several.

    Args:
        a: Tensor of shape `(M, N)`.
        b: Tensor of shape `(M,)` or `(M, K)`.
        rcond: Float, singular values up to `rcond` times the largest count as zero. Defaults to the larger of M and N
            times the rounding unit.

    Returns:
        Tensor of shape `(N,)` or `(N, K)`.

    Raises:
        ValueError: If the shapes do not fit.

    Example:

    >>> np.round(keras.ops.lstsq([[1.0], [1.0]], [1.0, 3.0]), 4).tolist()
    [2.0]
    """
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
    """The solution without small singular values, and its gradient: that of the inverse needs all singular values."""
    u, s, vh = linalg.svd(a, full=False)
    kept = greater(s, reductions.max(s) * rcond)
    factors = where(kept, 1 / where(kept, s, 1), 0)
    parts = matmul(turned(u), b)
    return matmul(turned(vh), parts * (factors if b.ndim == 1 else expand_dims(factors, -1)))


@operation("MatrixRank", "tol", trials=True)
def matrix_rank(x: TensorLike, tol: float | None = None) -> Tensor:
    """Counts the singular values of matrices that are not zero.

    Args:
        x: Tensor of shape `(..., M, N)`.
        tol: Float, singular values up to it count as zero. Defaults to the largest times the larger of M and N times
            the rounding unit.

    Returns:
        Integer tensor of shape `(...)`.

    Raises:
        ValueError: If the rank is below 2.

    Example:

    >>> int(keras.ops.matrix_rank([[1.0, 2.0], [2.0, 4.0]]))
    1
    """
    x = matrices(x)
    s = linalg.singular_values(x)
    if tol is not None:
        least = expand_dims(tensor(tol, x.dtype), -1)
    else:
        least = reductions.max(s, axis=-1, keepdims=True) * (max(x.shape[-2:]) * _eps(x)) if s.shape[-1] else s
    return cast(count_nonzero(greater(s, least), axis=-1), "int32")
