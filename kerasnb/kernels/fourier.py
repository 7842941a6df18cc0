"""Discrete Fourier transforms, of pairs of real tensors in place of complex ones, on the host.

None of them divides by the number of elements, so that the gradient of each is its transpose: of a transform the
one that turns the other way, of `half_spectrum` (of a real signal) and `from_half_spectrum` each the other.
"""

from __future__ import annotations

import numpy as np

from kerasnb.backend.autodiff.op import Op
from kerasnb.backend.tensor.tensor import Spec
from kerasnb.kernels import elementwise
from kerasnb.kernels.complex import join

# --- spec ------------------------------------------------------------------------------------------


def _fourier_spec(real: Spec, imag: Spec, **_):
    return real, real


def _half_spectrum_spec(x: Spec):
    shape = (*x.shape[:-1], None if x.shape[-1] is None else x.shape[-1] // 2 + 1)
    return Spec(shape, x.dtype), Spec(shape, x.dtype)


def _half_spectrum_reference(x):
    return _parts(np.fft.rfft(x.astype(np.result_type(x.dtype, np.float32))), x)


def _from_half_spectrum_spec(real: Spec, imag: Spec, *, length) -> Spec:
    return Spec((*real.shape[:-1], length), real.dtype)


def _from_half_spectrum_reference(real, imag, *, length):
    """The real part of the sum of all waves; NumPy counts those twice that have a conjugate partner."""
    twice = np.full(length // 2 + 1, 0.5, np.float32)
    twice[0] = 1
    if length % 2 == 0:
        twice[-1] = 1
    return np.fft.irfft(join(real, imag) * twice, length, norm="forward").astype(real.dtype)


# --- reference -------------------------------------------------------------------------------------


def _parts(z, like):
    return z.real.astype(like.dtype), z.imag.astype(like.dtype)


def _fourier_reference(real, imag, *, axes, inverse):
    transform = np.fft.ifftn if inverse else np.fft.fftn
    if not real.size:
        return real, imag
    return _parts(transform(join(real, imag), axes=axes, norm="forward" if inverse else "backward"), real)


# --- vjp -------------------------------------------------------------------------------------------


def _both(dre, dim, like):
    """Both gradients, zeros in place of one that is None."""
    missing = elementwise.multiply(like, elementwise.like(like, 0))
    return (missing if dre is None else dre), (missing if dim is None else dim)


def _fourier_vjp(call, dre, dim):
    dre, dim = _both(dre, dim, call.outs[0])
    return fourier(dre, dim, axes=call.attrs["axes"], inverse=not call.attrs["inverse"])


def _half_spectrum_vjp(call, dre, dim):
    return (from_half_spectrum(*_both(dre, dim, call.outs[0]), length=call.ins[0].shape[-1]),)


def _from_half_spectrum_vjp(call, dx):
    return half_spectrum(dx)


# --- record ----------------------------------------------------------------------------------------

fourier = Op("fourier", spec=_fourier_spec, reference=_fourier_reference, vjp=_fourier_vjp)
half_spectrum = Op(
    "half_spectrum", spec=_half_spectrum_spec, reference=_half_spectrum_reference, vjp=_half_spectrum_vjp
)
from_half_spectrum = Op(
    "from_half_spectrum", spec=_from_half_spectrum_spec, reference=_from_half_spectrum_reference,
    vjp=_from_half_spectrum_vjp,
)  # fmt: skip
