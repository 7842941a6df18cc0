"""Linear algebra over batches of matrices, by LAPACK on the host."""

from kerasnb.kernels.linalg.factors import cholesky, eig, eigh, lu, qr, singular_values, svd
from kerasnb.kernels.linalg.solvers import cofactor, det, inverse, pinv, slogdet, solve, solve_triangular

__all__ = [
    "cholesky", "cofactor", "det", "eig", "eigh", "inverse", "lu", "pinv", "qr", "singular_values", "slogdet",
    "solve", "solve_triangular", "svd",
]  # fmt: skip
