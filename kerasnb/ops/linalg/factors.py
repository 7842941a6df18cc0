"""Matrices as products of others: Cholesky, LU, QR, eigenvectors, singular vectors."""

from __future__ import annotations

from kerasnb.kernels import linalg
from kerasnb.kernels.move import transpose
from kerasnb.ops.describe import described
from kerasnb.ops.linalg.checks import known, matrices, squares
from kerasnb.ops.numpy.joining import concatenate
from kerasnb.ops.numpy.products import matmul

__all__ = ["cholesky", "eig", "eigh", "lu_factor", "qr", "svd"]

NOT_SQUARE = "ValueError: If the matrices are not square."


def turned(x):
    """The matrices transposed."""
    return transpose(x, axes=(*range(x.ndim - 2), x.ndim - 1, x.ndim - 2))


@described(
    "Computes the Cholesky decomposition of symmetric positive definite matrices.",
    "keras.ops.cholesky([[4.0, 2.0], [2.0, 5.0]]).tolist()", "[[2.0, 0.0], [1.0, 2.0]]",
    "The triangular factors, of the shape of `x`.",
    raises="ValueError: If the matrices are not square, or one is not positive definite.",
    x="Tensor of shape `(..., M, M)`.", upper="Boolean, whether the upper factor is returned. Defaults to `False`.",
)  # fmt: skip
def cholesky(x, upper=False):
    factor = linalg.cholesky(squares(x))
    return turned(factor) if upper else factor


@described(
    "Computes eigenvalues and eigenvectors of square matrices; there is no gradient.",
    "keras.ops.view_as_real(keras.ops.eig([[0.0, 1.0], [-1.0, 0.0]])[0]).tolist()", "[[0.0, 1.0], [0.0, -1.0]]",
    "Tuple of complex tensors: eigenvalues of shape `(..., M)`, eigenvectors as columns of shape `(..., M, M)`.",
    raises=NOT_SQUARE, x="Tensor of shape `(..., M, M)`.",
)  # fmt: skip
def eig(x):
    return linalg.eig(squares(x))


@described(
    "Computes eigenvalues, ascending, and eigenvectors of symmetric matrices.",
    "np.round(keras.ops.eigh([[2.0, 1.0], [1.0, 2.0]])[0], 4).tolist()", "[1.0, 3.0]",
    "Tuple: eigenvalues of shape `(..., M)`, eigenvectors as columns of shape `(..., M, M)`.",
    raises=NOT_SQUARE, x="Tensor of shape `(..., M, M)`.",
)  # fmt: skip
def eigh(x):
    return linalg.eigh(squares(x))


@described(
    "Computes the LU decomposition of matrices, with exchanges of rows.",
    "[t.tolist() for t in keras.ops.lu_factor([[1.0, 2.0], [2.0, 8.0]])]", "[[[2.0, 8.0], [0.5, -2.0]], [1, 1]]",
    "Tuple: both triangles in one tensor, whose unit diagonal is left out; and for each row the one it was exchanged "
    "with, of shape `(..., min(M, N))` and dtype int32.",
    raises="ValueError: If the rank is below 2.", x="Tensor of shape `(..., M, N)`.",
)  # fmt: skip
def lu_factor(x):
    return linalg.lu(matrices(x))


@described(
    "Computes the QR decomposition: orthonormal columns times an upper triangle.",
    "keras.ops.qr([[3.0, 1.0], [4.0, 2.0]])[1].shape", "(2, 2)",
    "Tuple: q of shape `(..., M, K)` and r of shape `(..., K, N)`.",
    raises="ValueError: If the rank is below 2, or `mode` is not known.",
    x="Tensor of shape `(..., M, N)`.", mode='`"reduced"`: K is the smaller of M and N; `"complete"`: K is M.',
)  # fmt: skip
def qr(x, mode="reduced"):
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


@described(
    "Computes the singular value decomposition: `x = u diag(s) vh`.",
    "np.round(keras.ops.svd([[3.0, 0.0], [0.0, 2.0]])[1], 4).tolist()", "[3.0, 2.0]",
    "Tuple of u, s and vh; only s, in descending order, where `compute_uv` is `False`.",
    raises="ValueError: If the rank is below 2.",
    x="Tensor of shape `(..., M, N)`.",
    full_matrices="Boolean, whether u and vh are square; else they have the smaller of M and N vectors.",
    compute_uv="Boolean, whether the vectors are computed. Defaults to `True`.",
)  # fmt: skip
def svd(x, full_matrices=True, compute_uv=True):
    x = matrices(x)
    return linalg.svd(x, full=full_matrices) if compute_uv else linalg.singular_values(x)
