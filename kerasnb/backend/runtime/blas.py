"""The BLAS that NumPy brings, for kernels: its products are called by address, on one thread for a while.

Only OpenBLAS as NumPy's wheels ship it is used this way; elsewhere products go through `np.dot`.
"""

from __future__ import annotations

import ctypes
import functools
import os
import pathlib
import sys

import numpy as np

from kerasnb.backend.compile.numba_internals import can_link

NAMES = {
    "knb_sgemm": "scipy_cblas_sgemm64_",
    "knb_dgemm": "scipy_cblas_dgemm64_",
    "knb_get_threads": "scipy_openblas_get_num_threads64_",
    "knb_set_threads": "scipy_openblas_set_num_threads64_",
}


@functools.cache
def library() -> ctypes.CDLL | None:
    """NumPy's own OpenBLAS, or None where NumPy uses another BLAS or the system has no POSIX semaphores."""
    if sys.platform != "linux" or os.environ.get("KERASNB_BLAS") == "numpy" or not can_link():
        return None
    folder = pathlib.Path(np.__file__).parent.parent / "numpy.libs"
    for path in sorted(folder.glob("libscipy_openblas64_*.so*")):
        blas = ctypes.CDLL(str(path))
        if all(hasattr(blas, symbol) for symbol in NAMES.values()):
            return blas
    return None


def symbols() -> dict[str, int]:
    """Addresses by the names under which kernels call them."""
    blas = library()
    return {name: ctypes.cast(getattr(blas, symbol), ctypes.c_void_p).value or 0 for name, symbol in NAMES.items()}
