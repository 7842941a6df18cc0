"""Matrices as products of others: Cholesky, LU, QR, eigenvectors, singular vectors."""

from __future__ import annotations

from kerasnb.backend.tensor.tensor import Tensor
from kerasnb.backend.typing import TensorLike
from kerasnb.kernels import linalg
from kerasnb.kernels.move import transpose
from kerasnb.ops.linalg.checks import known, matrices, squares
from kerasnb.ops.numpy.joining import concatenate
from kerasnb.ops.numpy.products import matmul
from kerasnb.ops.operation import operation

__all__ = ["cholesky", "eig", "eigh", "lu_factor", "qr", "svd"]


def turned(x: Tensor) -> Tensor:
    """The matrices transposed."""
    return transpose(x, axes=(*range(x.ndim - 2), x.ndim - 1, x.ndim - 2))


@operation("Cholesky", "upper")
def cholesky(x: TensorLike, upper: bool = False) -> Tensor:
    """Computes the Cholesky decomposition of symmetric positive definite matrices.

    Args:
        x: Tensor of shape `(..., M, M)`.
        upper: Boolean, whether the upper factor is returned. Defaults to `False`.

    Returns:
        The triangular factors, of the shape of `x`.

    Raises:
        ValueError: If the matrices are not square, or one is not positive definite.

    Example:

    >>> keras.ops.cholesky([[4.0, 2.0], [2.0, 5.0]]).tolist()
    [[2.0, 0.0], [1.0, 2.0]]
    """
    factor = linalg.cholesky(squares(x))
    return turned(factor) if upper else factor


@operation("Eig")
def eig(x: TensorLike) -> tuple[Tensor, Tensor]:
    """Computes eigenvalues and eigenvectors of square matrices, without a gradient.

    Args:
        x: Tensor of shape `(..., M, M)`.

    Returns:
        Tuple of complex tensors: eigenvalues of shape `(..., M)` and eigenvectors, the columns of a tensor of shape
        `(..., M, M)`.

    Raises:
        ValueError: If the matrices are not square.

    Example:

    >>> keras.ops.view_as_real(keras.ops.eig([[0.0, 1.0], [-1.0, 0.0]])[0]).tolist()
    [[0.0, 1.0], [0.0, -1.0]]
    """
    return linalg.eig(squares(x))


@operation("Eigh")
def eigh(x: TensorLike) -> tuple[Tensor, Tensor]:
    """Computes eigenvalues, in ascending order, and eigenvectors of symmetric matrices.

    Args:
        x: Tensor of shape `(..., M, M)`.

    Returns:
        Tuple of eigenvalues of shape `(..., M)` and eigenvectors, the columns of a tensor of shape `(..., M, M)`.

    Raises:
        ValueError: If the matrices are not square.

    Example:

    >>> np.round(keras.ops.eigh([[2.0, 1.0], [1.0, 2.0]])[0], 4).tolist()
    [1.0, 3.0]
    """
    return linalg.eigh(squares(x))


@operation("LuFactor")
def lu_factor(x: TensorLike) -> tuple[Tensor, Tensor]:
    """Computes the LU decomposition of matrices with partial pivoting.

    Args:
        x: Tensor of shape `(..., M, N)`.

    Returns:
        Tuple: both triangles in one tensor, without the unit diagonal of the lower one; and the pivots, the index of
        the row that each row is exchanged with, of shape `(..., min(M, N))` and dtype int32.

    Raises:
        ValueError: If the rank is below 2.

    Example:

    >>> [t.tolist() for t in keras.ops.lu_factor([[1.0, 2.0], [2.0, 8.0]])]
    [[[2.0, 8.0], [0.5, -2.0]], [1, 1]]
    """
    return linalg.lu(matrices(x))


@operation("Qr", "mode")
def qr(x: TensorLike, mode: str = "reduced") -> tuple[Tensor, Tensor]:
    """Computes the QR decomposition: orthonormal columns times an upper triangle.

    Args:
        x: Tensor of shape `(..., M, N)`.
        mode: `"reduced"` (default), where K is the smaller of M and N, or `"complete"`, where K is M.

    Returns:
        Tuple: q of shape `(..., M, K)` and r of shape `(..., K, N)`.

    Raises:
        ValueError: If the rank is below 2, or `mode` is not known.

    Example:

    >>> keras.ops.qr([[3.0, 1.0], [4.0, 2.0]])[1].shape
    (2, 2)
    """
    if mode not in ("reduced", "complete"):
        raise ValueError(
            f"`mode` argument value not supported. Expected one of {{'reduced', 'complete'}}. Received: mode={mode}"
        )
    x = known(matrices(x))
    m, n = x.shape[-2:]
    if m >= n:
        return linalg.qr(x, complete=mode == "complete")
    q, r = linalg.qr(x[..., :m], complete=False)  # the further columns take no part in q
    return q, concatenate([r, matmul(turned(q), x[..., m:])], -1)


@operation("SVD", "full_matrices", "compute_uv")
def svd(x: TensorLike, full_matrices: bool = True, compute_uv: bool = True) -> Tensor | tuple[Tensor, Tensor, Tensor]:
    """Computes the singular value decomposition: `x = u diag(s) vh`.

    Args:
        x: Tensor of shape `(..., M, N)`.
        full_matrices: Boolean, whether u and vh are square; else they have the smaller of M and N vectors.
            Defaults to `True`.
        compute_uv: Boolean, whether the vectors are computed. Defaults to `True`.

    Returns:
        Tuple of u, s (descending) and vh; only s if `compute_uv` is `False`.

    Raises:
        ValueError: If the rank is below 2.

    Example:

    >>> np.round(keras.ops.svd([[3.0, 0.0], [0.0, 2.0]])[1], 4).tolist()
    [3.0, 2.0]
    """
    x = matrices(x)
    return linalg.svd(x, full=full_matrices) if compute_uv else linalg.singular_values(x)
