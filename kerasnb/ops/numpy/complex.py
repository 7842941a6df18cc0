"""Complex tensors of `keras.ops`, and how they become pairs of real numbers."""

from __future__ import annotations

from kerasnb.backend.tensor.dtypes import COMPLEX
from kerasnb.kernels import complex as rooms
from kerasnb.kernels import elementwise as rows
from kerasnb.ops.arguments import promoted, tensor
from kerasnb.ops.describe import described
from kerasnb.ops.numpy.shapes import stack

__all__ = ["conj", "conjugate", "imag", "polar", "real", "view_as_complex", "view_as_real"]


@described("Returns the real part of each element.", "float(keras.ops.real(2.0 + 1.0j))", "2.0")
def real(x):
    x = tensor(x)
    return rooms.real_part(x) if x.dtype in COMPLEX else x


@described(
    "Returns the imaginary part of each element; of real numbers, zero.", "float(keras.ops.imag(2.0 + 1.0j))", "1.0"
)
def imag(x):
    x = tensor(x)
    if x.dtype in COMPLEX:
        return rooms.imaginary_part(x)
    zero = rows.like(x, 0)
    return rows.where(rows.not_equal(x, x), zero, zero)


@described(
    "Returns the complex conjugate of each element.", "keras.ops.conj([1.0 + 2.0j]).tolist()", "[(1-2j)]",
)  # fmt: skip
def conj(x):
    x = tensor(x)
    return rooms.conjugate(x) if x.dtype in COMPLEX else x


@described(
    "Returns the complex conjugate of each element.", "keras.ops.conjugate([1.0 + 2.0j]).tolist()", "[(1-2j)]",
)  # fmt: skip
def conjugate(x):
    return conj(x)


@described(
    "Makes complex numbers of pairs of real ones.", "keras.ops.view_as_complex([[1.0, 2.0]]).tolist()", "[(1+2j)]",
    "Tensor of shape `(...)` and dtype complex64.", raises="ValueError: If the last axis does not have two elements.",
    x="Tensor of shape `(..., 2)`: real and imaginary parts.",
)  # fmt: skip
def view_as_complex(x):
    x = tensor(x)
    if x.ndim < 1 or x.shape[-1] not in (2, None):
        raise ValueError(
            f"Last dimension of input must be size 2 (real and imaginary). Received shape: {tuple(x.shape)}"
        )
    x = tensor(x, "float32")
    return rooms.joined(x[..., 0], x[..., 1])


@described(
    "Makes pairs of real numbers of complex ones.", "keras.ops.view_as_real([1.0 + 2.0j]).tolist()", "[[1.0, 2.0]]",
    "Tensor of shape `(..., 2)`: real and imaginary parts.", x="Complex tensor.",
)  # fmt: skip
def view_as_real(x):
    x = tensor(x)
    return stack([real(x), imag(x)], -1)


@described(
    "Makes complex numbers of their absolute values and angles.",
    "np.round(keras.ops.polar([2.0], [0.0]), 4).tolist()", "[(2+0j)]", "Complex tensor.",
    abs_="Tensor of absolute values.", angle="Tensor of angles, in radians.",
)  # fmt: skip
def polar(abs_, angle):
    abs_, angle = promoted(abs_, angle, floating=True)
    parts = [rows.multiply(abs_, rows.cos(angle)), rows.multiply(abs_, rows.sin(angle))]
    return rooms.joined(*parts)
