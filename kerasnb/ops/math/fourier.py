"""Fourier transforms of `keras.ops`; complex tensors are tuples of their real and imaginary parts."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from kerasnb.backend.tensor.dtypes import FLOATS
from kerasnb.backend.tensor.tensor import Tensor, from_host
from kerasnb.backend.typing import TensorLike
from kerasnb.kernels import gather
from kerasnb.kernels.fourier import fourier, from_half_spectrum, half_spectrum
from kerasnb.ops.arguments import floating, promoted, tensor
from kerasnb.ops.linalg.checks import known
from kerasnb.ops.math.sequences import extract_sequences
from kerasnb.ops.numpy.elementwise.arithmetic import divide, multiply
from kerasnb.ops.numpy.elementwise.comparison import greater
from kerasnb.ops.numpy.elementwise.exponents import square
from kerasnb.ops.numpy.elementwise.selection import where
from kerasnb.ops.numpy.rearranging import pad
from kerasnb.ops.numpy.shapes import broadcast_to
from kerasnb.ops.operation import operation

__all__ = ["fft", "fft2", "ifft2", "irfft", "istft", "rfft", "stft"]

WINDOWS = {"hann": 0.5, "hamming": 0.54}  # the constant part, beside one period of a cosine


# --- arguments -------------------------------------------------------------------------------------


def _pair(x, rank: int) -> tuple[Tensor, Tensor]:
    """The two parts of the argument.

    Raises:
        ValueError: If it has another form, or a lower rank.
    """
    if not isinstance(x, (tuple, list)) or len(x) != 2:
        raise ValueError(f"Input `x` should be a tuple of two tensors - real and imaginary. Received: x={x}")
    real, imag = map(tensor, x)
    if tuple(real.shape) != tuple(imag.shape):
        raise ValueError(
            "Input `x` should be a tuple of two tensors - real and imaginary. Both the real and imaginary parts should "
            f"have the same shape. Received: x[0].shape = {tuple(real.shape)}, x[1].shape = {tuple(imag.shape)}"
        )
    if real.dtype not in FLOATS or imag.dtype not in FLOATS:
        raise ValueError(f"At least one tensor in input `x` is not of type float. Received: x={x}.")
    _check_rank(real, rank)
    real, imag = promoted(real, imag)
    return real, imag


def _check_rank(x, rank: int) -> None:
    if x.ndim < rank:
        raise ValueError(f"Input should have rank >= {rank}. Received: input.shape = {tuple(x.shape)}")


def _known_end(x):
    if x.shape[-1] is None:
        raise ValueError(
            f"Input should have its last dimension fully-defined. Received: input.shape = {tuple(x.shape)}"
        )


def _fitted(x, extent: int):
    """The tensor with its last axis cut, or filled with zeros, to an extent."""
    missing = extent - x.shape[-1]
    if missing > 0:
        return pad(x, ((0, 0),) * (x.ndim - 1) + ((0, missing),))
    return x[..., :extent] if missing else x


def _length(fft_length, default: int) -> int:
    length = default if fft_length is None else int(fft_length)
    if length < 1:
        raise ValueError(f"Argument `fft_length` must be positive. Received: {length} elements to transform")
    return length


# --- transforms of whole axes ------------------------------------------------------------------------


@operation("FFT")
def fft(x: Sequence[TensorLike]) -> tuple[Tensor, Tensor]:
    """Computes the discrete Fourier transform along the last axis.

    Args:
        x: Tuple of two float tensors of one shape: real and imaginary parts.

    Returns:
        Tuple of two tensors: real and imaginary parts.

    Raises:
        ValueError: If `x` is no tuple of two float tensors of one shape, or its rank is too low.

    Example:

    >>> [np.round(t, 4).tolist() for t in keras.ops.fft((np.array([1.0, 2.0]), np.array([0.0, 1.0])))]
    [[3.0, -1.0], [1.0, -1.0]]
    """
    real, imag = _pair(x, 1)
    _known_end(real)
    return fourier(real, imag, axes=(-1,), inverse=False)


@operation("FFT2")
def fft2(x: Sequence[TensorLike]) -> tuple[Tensor, Tensor]:
    """Computes the discrete Fourier transform along the last two axes.

    Args:
        x: Tuple of two float tensors of one shape: real and imaginary parts.

    Returns:
        Tuple of two tensors: real and imaginary parts.

    Raises:
        ValueError: If `x` is no tuple of two float tensors of one shape, or its rank is too low.

    Example:

    >>> [np.round(t, 4).tolist() for t in keras.ops.fft2((np.ones((1, 2)), np.zeros((1, 2))))]
    [[[2.0, 0.0]], [[0.0, 0.0]]]
    """
    real, imag = _pair(x, 2)
    known(real)
    return fourier(real, imag, axes=(-2, -1), inverse=False)


@operation("IFFT2")
def ifft2(x: Sequence[TensorLike]) -> tuple[Tensor, Tensor]:
    """Computes the inverse discrete Fourier transform along the last two axes.

    Args:
        x: Tuple of two float tensors of one shape: real and imaginary parts.

    Returns:
        Tuple of two tensors: real and imaginary parts.

    Raises:
        ValueError: If `x` is no tuple of two float tensors of one shape, or its rank is too low.

    Example:

    >>> [np.round(t, 4).tolist() for t in keras.ops.ifft2((np.array([[2.0, 0.0]]), np.zeros((1, 2))))]
    [[[1.0, 1.0]], [[0.0, 0.0]]]
    """
    real, imag = _pair(x, 2)
    m, n = known(real).shape[-2:]
    real, imag = fourier(real, imag, axes=(-2, -1), inverse=True)
    return multiply(real, 1 / max(m * n, 1)), multiply(imag, 1 / max(m * n, 1))


@operation("RFFT", "fft_length", trials=True)
def rfft(x: TensorLike, fft_length: int | None = None) -> tuple[Tensor, Tensor]:
    """Computes the discrete Fourier transform of real numbers along the last axis, without its mirrored half.

    Args:
        x: Input tensor.
        fft_length: Integer, the extent to which the last axis is cut or filled with zeros. Defaults to its
            extent.

    Returns:
        Tuple of two tensors: real and imaginary parts.

    Raises:
        ValueError: If `x` is a scalar or `fft_length` below 1.

    Example:

    >>> [np.round(t, 4).tolist() for t in keras.ops.rfft(np.array([0.0, 1.0, 2.0, 1.0]))]
    [[4.0, -2.0, 0.0], [0.0, 0.0, 0.0]]
    """
    x = floating(x)
    _check_rank(x, 1)
    return half_spectrum(_fitted(x, _length(fft_length, x.shape[-1])))


@operation("IRFFT", "fft_length", trials=True)
def irfft(x: Sequence[TensorLike], fft_length: int | None = None) -> Tensor:
    """Computes real numbers from the half of their Fourier transform that `rfft` returns.

    Args:
        x: Tuple of two float tensors of one shape: real and imaginary parts.
        fft_length: Integer, the number of elements of the result. Defaults to `2 * (x[0].shape[-1] - 1)`.

    Returns:
        A tensor whose last axis has `fft_length` elements.

    Raises:
        ValueError: If `x` is no tuple of two float tensors of one shape, or its rank is too low.

    Example:

    >>> np.round(keras.ops.irfft((np.array([4.0, -2.0, 0.0]), np.zeros(3))), 4).tolist()
    [0.0, 1.0, 2.0, 1.0]
    """
    real, imag = _pair(x, 1)
    return _irfft(real, imag, fft_length)


def _irfft(real, imag, fft_length):
    n = _length(fft_length, 2 * (real.shape[-1] - 1))
    count = n // 2 + 1
    weight = np.full(count, 2 / n)  # the other half mirrors all waves but the constant, and the fastest
    weight[0] = 1 / n
    if n % 2 == 0:
        weight[-1] = 1 / n
    scale = from_host(weight, real.dtype)
    parts = (multiply(_fitted(t, count), scale) for t in (real, imag))
    return from_half_spectrum(*parts, length=n)


# --- transforms of short windows ---------------------------------------------------------------------


def _check_stride(sequence_stride) -> None:
    if not isinstance(sequence_stride, int) or sequence_stride <= 0:
        raise ValueError(f"`sequence_stride` must be a positive integer. Received: sequence_stride={sequence_stride}")


def _check_lengths(sequence_length: int, fft_length: int) -> None:
    if fft_length < sequence_length:
        raise ValueError(
            "`fft_length` must equal or larger than `sequence_length`. "
            f"Received: sequence_length={sequence_length}, fft_length={fft_length}"
        )


def _window(window, sequence_length: int, fft_length: int, dtype: str) -> Tensor:
    """The window as a tensor of `fft_length` elements, in their middle; ones where there is none."""
    if window is None:
        return from_host(np.ones(fft_length), dtype)
    if isinstance(window, str):
        if window not in WINDOWS:
            raise ValueError(
                f'If a string is passed to `window`, it must be one of `"hann"`, `"hamming"`. Received: window={window}'
            )
        level = WINDOWS[window]
        wave = np.cos(2 * np.pi * np.arange(sequence_length) / sequence_length)
        window = from_host(level - (1 - level) * wave if sequence_length > 1 else np.ones(1), dtype)
    window = tensor(window, dtype)
    if tuple(window.shape) != (sequence_length,):
        raise ValueError(
            f"The shape of `window` must be equal to [sequence_length]. Received: window shape={tuple(window.shape)}"
        )
    before = (fft_length - sequence_length) // 2
    return pad(window, ((before, fft_length - sequence_length - before),))


@operation("STFT", "sequence_length", "sequence_stride", "fft_length", "window", "center", trials=True)
def stft(
    x: TensorLike,
    sequence_length: int,
    sequence_stride: int,
    fft_length: int,
    window: str | TensorLike | None = "hann",
    center: bool = True,
) -> tuple[Tensor, Tensor]:
    """Computes the Fourier transform of overlapping windows along the last axis.

    Args:
        x: Input tensor.
        sequence_length: Integer, the extent of the window.
        sequence_stride: Integer, the distance between windows.
        fft_length: Integer, the number of elements that are transformed at a time.
        window: String `"hann"` or `"hamming"`, a tensor of `sequence_length` weights, or `None` for no weights.
            Defaults to `"hann"`.
        center: Boolean, whether windows are centered, with the signal mirrored at its ends. Defaults to `True`.

    Returns:
        Tuple of two tensors of shape `(..., windows, fft_length // 2 + 1)`: real and imaginary parts.

    Raises:
        TypeError: If `x` is neither float32 nor float64.
        ValueError: If the lengths do not fit.

    Example:

    >>> keras.ops.stft(np.ones((2, 16), "float32"), 4, 2, 8)[0].shape
    (2, 9, 5)
    """
    _check_stride(sequence_stride)
    x = tensor(x)
    if x.dtype not in ("float32", "float64"):
        raise TypeError(f"Invalid input type. Expected `float32` or `float64`. Received: input type={x.dtype}")
    _check_rank(x, 1)
    _check_lengths(sequence_length, fft_length)
    window = _window(window, sequence_length, fft_length, x.dtype)
    if center and fft_length > 1:
        x = pad(x, ((0, 0),) * (x.ndim - 1) + ((fft_length // 2,) * 2,), mode="reflect")
    if x.shape[-1] < fft_length:
        raise ValueError(f"`fft_length` must not exceed the signal. Received: {fft_length} for x.shape={x.shape}")
    return half_spectrum(multiply(extract_sequences(x, fft_length, sequence_stride), window))


def _overlapped(frames, stride: int):
    """Frames, the last two axes, added where they overlap."""
    count, extent = frames.shape[-2:]
    at = np.arange(count)[:, None] * stride + np.arange(extent)
    return gather.put(frames, from_host(at, "int32"), axis=frames.ndim - 2, along=(count - 1) * stride + extent)


@operation("ISTFT", "sequence_length", "sequence_stride", "fft_length", "length", "window", "center", trials=True)
def istft(
    x: Sequence[TensorLike],
    sequence_length: int,
    sequence_stride: int,
    fft_length: int,
    length: int | None = None,
    window: str | TensorLike | None = "hann",
    center: bool = True,
) -> Tensor:
    """Computes the signal whose windows have the Fourier transforms that `stft` returns.

    Args:
        x: Tuple of real and imaginary parts, of shape `(..., windows, fft_length // 2 + 1)`.
        sequence_length: Integer, the extent of the window.
        sequence_stride: Integer, the distance between windows.
        fft_length: Integer, the number of elements that are transformed at a time.
        length: Integer, the length to which the signal is cut or filled with zeros. Defaults to its length.
        window: String `"hann"` or `"hamming"`, a tensor of `sequence_length` weights, or `None` for no weights.
            Defaults to `"hann"`.
        center: Boolean, whether windows were centered. Defaults to `True`.

    Returns:
        Tensor of shape `(..., length)`.

    Raises:
        ValueError: If `x` is no tuple of two float tensors of one shape, or the lengths do not fit.

    Example:

    >>> keras.ops.istft(keras.ops.stft(np.ones((2, 16), "float32"), 4, 2, 8), 4, 2, 8).shape
    (2, 16)
    """
    _check_stride(sequence_stride)
    real, imag = _pair(x, 2)
    _check_lengths(sequence_length, fft_length)
    weights = _window(window, sequence_length, fft_length, real.dtype)
    frames = multiply(_irfft(real, imag, fft_length), weights)
    if window is None:  # as in Keras, which divides by the stride in place of the sum of weights
        frames = multiply(frames, fft_length / sequence_stride)
    weight = _overlapped(broadcast_to(square(weights), frames.shape[-2:]), sequence_stride)
    weight = where(greater(weight, 1e-10), weight, 1.0)
    y = divide(_overlapped(frames, sequence_stride), weight)
    margin = fft_length // 2 if center else 0
    y = y[..., margin : y.shape[-1] - (0 if length is not None else margin)]
    return y if length is None else _fitted(y, length)
