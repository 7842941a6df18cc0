"""Complex numbers from two real ones, and their parts, on the host.

The gradient of a complex tensor `a + bi` is `da - db i`, as in JAX: formulas of functions that are complex
differentiable, such as products, are then the same as for real numbers.
"""

from __future__ import annotations

import numpy as np

from kerasnb.backend.autodiff.op import Op
from kerasnb.backend.tensor.dtypes import COMPLEX
from kerasnb.backend.tensor.tensor import Spec
from kerasnb.kernels.elementwise import like, multiply, negative

# --- spec ------------------------------------------------------------------------------------------


def complex_dtype(dtype: str) -> str:
    """The complex dtype whose parts hold values of a dtype."""
    return dtype if dtype in COMPLEX else "complex128" if dtype == "float64" else "complex64"


def real_dtype(dtype: str) -> str:
    """The dtype of the parts of a complex dtype."""
    return {"complex64": "float32", "complex128": "float64"}.get(dtype, dtype)


def _joined_spec(real: Spec, imag: Spec) -> Spec:
    return Spec(real.shape, complex_dtype(real.dtype))


def _part_spec(z: Spec) -> Spec:
    return Spec(z.shape, real_dtype(z.dtype))


def _same_spec(z: Spec) -> Spec:
    return z


# --- reference -------------------------------------------------------------------------------------


def join(real: np.ndarray, imag: np.ndarray) -> np.ndarray:
    """NumPy arrays as the parts of a complex one; infinities stay where they are."""
    z = np.empty(real.shape, np.complex128 if real.dtype == np.float64 else np.complex64)
    z.real, z.imag = real, imag
    return z


# --- vjp -------------------------------------------------------------------------------------------


def _zero(x):
    return multiply(x, like(x, 0))


def _joined_vjp(call, dz):
    return real_part(dz), negative(imaginary_part(dz))


def _real_vjp(call, dy):
    return (joined(dy, _zero(dy)),)


def _imaginary_vjp(call, dy):
    return (joined(_zero(dy), negative(dy)),)


def _conjugate_vjp(call, dz):
    return (conjugate(dz),)


# --- record ----------------------------------------------------------------------------------------

joined = Op("complex", spec=_joined_spec, reference=join, vjp=_joined_vjp)
real_part = Op("real", spec=_part_spec, reference=np.real, vjp=_real_vjp)
imaginary_part = Op("imag", spec=_part_spec, reference=np.imag, vjp=_imaginary_vjp)
conjugate = Op("conjugate", spec=_same_spec, reference=np.conj, vjp=_conjugate_vjp)
