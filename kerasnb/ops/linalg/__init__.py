"""`keras.ops.linalg`: linear algebra, over batches of matrices."""

from kerasnb.ops.linalg.factors import cholesky, eig, eigh, lu_factor, qr, svd
from kerasnb.ops.linalg.forward import jvp
from kerasnb.ops.linalg.norms import norm
from kerasnb.ops.linalg.solvers import (
    cholesky_inverse,
    det,
    inv,
    lstsq,
    matrix_rank,
    pinv,
    solve,
    solve_triangular,
)

__all__ = [
    "cholesky", "cholesky_inverse", "det", "eig", "eigh", "inv", "jvp", "lstsq", "lu_factor", "matrix_rank",
    "norm", "pinv", "qr", "solve", "solve_triangular", "svd",
]  # fmt: skip
