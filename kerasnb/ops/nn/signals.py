"""Complex numbers from polar coordinates, and the ratio of a signal to its noise."""

from __future__ import annotations

from kerasnb.backend.tensor.tensor import Tensor
from kerasnb.backend.typing import TensorLike
from kerasnb.kernels import complex as kernels
from kerasnb.kernels import elementwise
from kerasnb.ops.arguments import dtype_of, promoted, tensor
from kerasnb.ops.numpy.elementwise.arithmetic import multiply, subtract
from kerasnb.ops.numpy.elementwise.exponents import log10, square
from kerasnb.ops.numpy.half import in_float32
from kerasnb.ops.numpy.statistics import mean
from kerasnb.ops.operation import operation

__all__ = ["polar", "psnr"]


@operation("Polar")
def polar(abs_: TensorLike, angle: TensorLike) -> Tensor:
    """Returns complex numbers from absolute values and angles.

    Args:
        abs_: Tensor of absolute values.
        angle: Tensor of angles, in radians.

    Returns:
        Complex tensor.

    Example:

    >>> keras.ops.polar([2.0], [0.0]).tolist()
    [(2+0j)]
    """
    abs_, angle = promoted(abs_, angle, floating=True)
    parts = [elementwise.multiply(abs_, elementwise.cos(angle)), elementwise.multiply(abs_, elementwise.sin(angle))]
    return kernels.joined(*parts)


@operation("PSNR", "max_val")
@in_float32
def psnr(x1: TensorLike, x2: TensorLike, max_val: float) -> Tensor:
    """Computes the peak signal-to-noise ratio of two signals, in decibels.

    Args:
        x1: First signal.
        x2: Second signal, of the same shape.
        max_val: Number, the largest value that a signal can have.

    Returns:
        A scalar tensor.

    Raises:
        ValueError: If the shapes differ.

    Example:

    >>> round(float(keras.ops.psnr([0.0, 1.0], [0.0, 0.9], 1.0)), 2)
    23.01
    """
    dtype = dtype_of(x2)
    most = tensor(max_val, dtype if isinstance(dtype, str) else None)
    x1, x2 = promoted(x1, x2)
    if x1.ndim != x2.ndim or any(p != q and None not in (p, q) for p, q in zip(x1.shape, x2.shape, strict=True)):
        raise ValueError(f"Input shapes {tuple(x1.shape)} and {tuple(x2.shape)} must match for PSNR calculation.")
    noise = mean(square(subtract(x1, x2)))
    return subtract(multiply(log10(most), 20), multiply(log10(noise), 10))
