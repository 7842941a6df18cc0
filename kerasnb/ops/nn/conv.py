"""Convolutions of `keras.ops`."""

from __future__ import annotations

from collections.abc import Sequence

from kerasnb.backend.tensor.keras_tensor import KerasTensor
from kerasnb.backend.tensor.tensor import Tensor
from kerasnb.backend.typing import TensorLike
from kerasnb.kernels import conv as kernels
from kerasnb.kernels.conv.biased import conv_bias
from kerasnb.kernels.conv.geometry import Pads, out_extents, reach
from kerasnb.ops.arguments import tensor
from kerasnb.ops.numpy.shapes import reshape
from kerasnb.ops.operation import operation
from kerasnb.ops.spatial import channels_back, channels_last, check_not_empty, format_of, padding_of, per_axis, spatial

__all__ = ["conv", "conv_transpose", "depthwise_conv", "separable_conv"]


def _kernel_like(inputs: TensorLike, kernel: TensorLike) -> tuple[Tensor, Tensor]:
    """The inputs and the kernel as tensors of the kernel's dtype."""
    weights = tensor(kernel)
    x = spatial(tensor(inputs, weights.dtype))
    if weights.ndim != x.ndim:
        raise ValueError(
            "Kernel shape must have the same length as input, but received "
            f"kernel of shape {weights.shape} and input of shape {x.shape}."
        )
    return x, weights


def _pads_of(padding: str, size: tuple, dilation: tuple) -> Pads:
    """The padding in the form of the kernels."""
    if padding == "causal":
        return tuple((reach(k, d) - 1, 0) for k, d in zip(size, dilation, strict=True))
    return padding_of(padding)


def _convolved(x, kernel, groups, strides, padding, dilation_rate, bias=None, activation="linear"):
    """The convolution of channels-last tensors, its arguments in the form of the kernels."""
    rank, size = x.ndim - 2, tuple(kernel.shape[:-2])
    geometry = per_axis(strides, rank, "strides"), per_axis(dilation_rate, rank, "dilation_rate")
    pads = _pads_of(padding, size, geometry[1])
    extents = out_extents(x.shape[1:-1], size, *geometry, pads)
    if 0 not in x.shape[1:-1]:
        received = {"inputs shape": x.shape, "kernel shape": kernel.shape, "dilation_rate": dilation_rate}
        check_not_empty(extents, **received, strides=strides, padding=padding)
    attrs = {"strides": geometry[0], "pads": pads, "dilation": geometry[1], "groups": groups}
    if bias is None:
        return kernels.conv(x, kernel, **attrs)
    return conv_bias(x, kernel, tensor(bias, kernel.dtype), activation=activation, **attrs)


def _unknown(function, args: tuple, x, kernel, filters, extents, data_format):
    """A convolution whose kernel or channels are unknown, as one call of the graph."""
    shape = (x.shape[0], *extents, filters)
    shape = shape if data_format == "channels_last" else (shape[0], filters, *extents)
    return KerasTensor(shape, kernel.dtype)


def _extents_of(x, kernel, strides, padding, dilation_rate) -> tuple:
    """The spatial extents of a convolution, None where unknown."""
    rank = x.ndim - 2
    geometry = per_axis(strides, rank, "strides"), per_axis(dilation_rate, rank, "dilation_rate")
    return out_extents(x.shape[1:-1], tuple(kernel.shape[:-2]), *geometry, padding_of(padding))


@operation("Conv", "strides", "padding", "data_format", "dilation_rate")
def conv(
    inputs: TensorLike,
    kernel: TensorLike,
    strides: int | Sequence[int] = 1,
    padding: str = "valid",
    data_format: str | None = None,
    dilation_rate: int | Sequence[int] = 1,
) -> Tensor:
    """General N-D convolution, for one to three spatial axes.

    Args:
        inputs: Tensor of rank N+2, `(batch, ..., channels)` or, channels first, `(batch, channels, ...)`.
        kernel: Tensor of rank N+2, shape `(*kernel_size, input_channels, output_channels)`. Fewer input
            channels than `inputs` has make a grouped convolution.
        strides: Integer or tuple of N integers. Defaults to `1`.
        padding: `"valid"` or `"same"`. Defaults to `"valid"`.
        data_format: `"channels_last"` (default) or `"channels_first"`.
        dilation_rate: Integer or tuple of N integers. Defaults to `1`.

    Returns:
        Tensor of rank N+2.

    Raises:
        ValueError: If shapes do not fit, or the result would be empty.

    Example:

    >>> keras.ops.conv(np.ones((1, 5, 5, 2)), np.ones((3, 3, 2, 4))).shape
    (1, 3, 3, 4)
    """
    return convolve(inputs, kernel, strides, padding_of(padding), data_format, dilation_rate)


def convolve(
    inputs: TensorLike,
    kernel: TensorLike,
    strides: int | Sequence[int],
    padding: str,
    data_format: str | None,
    dilation_rate: int | Sequence[int],
    bias: TensorLike | None = None,
    activation: str = "linear",
) -> Tensor:
    """Computes `activation(conv(inputs, kernel) + bias)` in one operation, as layers do.

    Args:
        inputs: Tensor of rank N+2, as in `conv`.
        kernel: Tensor of rank N+2, as in `conv`.
        strides: Integer or tuple of N integers.
        padding: `"valid"`, `"same"` or `"causal"`: no output depends on a later step.
        data_format: `"channels_last"` or `"channels_first"`.
        dilation_rate: Integer or tuple of N integers.
        bias: Optional tensor of as many elements as there are output channels.
        activation: One of "linear", "relu", "sigmoid", "tanh", where there is a bias.

    Returns:
        Tensor of rank N+2.

    Raises:
        ValueError: If shapes do not fit, or the result would be empty.
    """
    data_format = format_of(data_format)
    x, kernel = _kernel_like(inputs, kernel)
    x = channels_last(x, data_format)
    channels, taken = x.shape[-1], kernel.shape[-2]
    if None in (channels, *kernel.shape):
        args = (inputs, kernel, strides, padding, data_format, dilation_rate)
        extents = _extents_of(x, kernel, strides, padding, dilation_rate)
        return _unknown(conv, args, x, kernel, kernel.shape[-1], extents, data_format)
    if not taken or channels % taken:
        raise ValueError(
            "The number of input channels must be evenly divisible by kernel's in_channels. "
            f"Received input channels {channels} and kernel in_channels {taken}. "
        )
    groups = channels // taken
    if kernel.shape[-1] % groups:
        raise ValueError(
            f"The number of output channels must be divisible by the number of groups. Received: {groups} groups "
            f"and kernel.shape={kernel.shape}"
        )
    y = _convolved(x, kernel, groups, strides, padding, dilation_rate, bias, activation)
    return channels_back(y, data_format)


@operation("DepthwiseConv", "strides", "padding", "data_format", "dilation_rate")
def depthwise_conv(
    inputs: TensorLike,
    kernel: TensorLike,
    strides: int | Sequence[int] = 1,
    padding: str = "valid",
    data_format: str | None = None,
    dilation_rate: int | Sequence[int] = 1,
) -> Tensor:
    """N-D convolution of each channel with kernels of its own, for one to three spatial axes.

    Args:
        inputs: Tensor of rank N+2, `(batch, ..., channels)` or, channels first, `(batch, channels, ...)`.
        kernel: Tensor of rank N+2, shape `(*kernel_size, channels, multiplier)`.
        strides: Integer or tuple of N integers. Defaults to `1`.
        padding: `"valid"` or `"same"`. Defaults to `"valid"`.
        data_format: `"channels_last"` (default) or `"channels_first"`.
        dilation_rate: Integer or tuple of N integers. Defaults to `1`.

    Returns:
        Tensor of rank N+2 with `channels * multiplier` channels.

    Raises:
        ValueError: If shapes do not fit.

    Example:

    >>> keras.ops.depthwise_conv(np.ones((1, 5, 5, 2)), np.ones((3, 3, 2, 3))).shape
    (1, 3, 3, 6)
    """
    data_format = format_of(data_format)
    x, kernel = _kernel_like(inputs, kernel)
    x = channels_last(x, data_format)
    channels, multiplier = kernel.shape[-2:]
    if None in (x.shape[-1], *kernel.shape):
        args = (inputs, kernel, strides, padding, data_format, dilation_rate)
        channels = x.shape[-1] if channels is None else channels
        filters = None if None in (channels, multiplier) else channels * multiplier
        extents = _extents_of(x, kernel, strides, padding, dilation_rate)
        return _unknown(depthwise_conv, args, x, kernel, filters, extents, data_format)
    if x.shape[-1] != channels:
        raise ValueError(
            f"The number of input channels must equal the kernel's. Received input channels {x.shape[-1]} and "
            f"kernel in_channels {channels}. "
        )
    kernel = reshape(kernel, (*kernel.shape[:-2], 1, channels * multiplier))
    return channels_back(_convolved(x, kernel, channels, strides, padding, dilation_rate), data_format)


@operation("SeparableConv", "strides", "padding", "data_format", "dilation_rate")
def separable_conv(
    inputs: TensorLike,
    depthwise_kernel: TensorLike,
    pointwise_kernel: TensorLike,
    strides: int | Sequence[int] = 1,
    padding: str = "valid",
    data_format: str | None = None,
    dilation_rate: int | Sequence[int] = 1,
) -> Tensor:
    """N-D separable convolution: a depthwise one, then one of width 1 that mixes the channels.

    Args:
        inputs: Tensor of rank N+2, `(batch, ..., channels)` or, channels first, `(batch, channels, ...)`.
        depthwise_kernel: Tensor of shape `(*kernel_size, channels, multiplier)`.
        pointwise_kernel: Tensor of shape `(*ones, channels * multiplier, output_channels)`.
        strides: Integer or tuple of N integers. Defaults to `1`.
        padding: `"valid"` or `"same"`. Defaults to `"valid"`.
        data_format: `"channels_last"` (default) or `"channels_first"`.
        dilation_rate: Integer or tuple of N integers. Defaults to `1`.

    Returns:
        Tensor of rank N+2.

    Raises:
        ValueError: If shapes do not fit.

    Example:

    >>> keras.ops.separable_conv(np.ones((1, 5, 5, 2)), np.ones((3, 3, 2, 2)), np.ones((1, 1, 4, 3))).shape
    (1, 3, 3, 3)
    """
    data_format = format_of(data_format)
    x = channels_last(spatial(inputs), data_format)
    pointwise = tensor(pointwise_kernel)
    y = depthwise_conv(x, depthwise_kernel, strides, padding, "channels_last", dilation_rate)
    if None in (y.shape[-1], *pointwise.shape):  # its width is 1
        args = (inputs, depthwise_kernel, pointwise_kernel, strides, padding, data_format, dilation_rate)
        return _unknown(separable_conv, args, y, y, pointwise.shape[-1], y.shape[1:-1], data_format)
    return channels_back(conv(y, pointwise, data_format="channels_last"), data_format)


# --- transposed ------------------------------------------------------------------------------------


def _transposed_pads(size, stride, dilation, padding, output_padding) -> tuple[int, int]:
    """The pads of the convolution that is transposed; a negative one adds elements that no window reaches."""
    span = reach(size, dilation)
    if padding == "valid":
        extra = max(stride - span, 0) if output_padding is None else output_padding
        return 0, -extra
    extra = stride + span - 2 if output_padding is None else span + span % 2 - 2 + output_padding
    left = min(extra // 2 + extra % 2, span - 1)
    return span - 1 - left, span - 1 - (extra - left)


def _transposed_extent(extent, size, stride, dilation, padding, output_padding):
    """One extent of a transposed convolution, None where unknown."""
    if extent is None or size is None:
        return None
    pads = _transposed_pads(size, stride, dilation, padding, output_padding)
    return (extent - 1) * stride + reach(size, dilation) - sum(pads)


def transposed_extents(
    extents: Sequence[int | None],
    size: Sequence[int | None],
    strides: Sequence[int],
    dilation: Sequence[int],
    padding: str,
    output_padding: Sequence | None,
) -> tuple:
    """The spatial extents of a transposed convolution, None where unknown."""
    rank = len(extents)
    added = (None,) * rank if output_padding is None else output_padding
    axes = zip(extents, size, strides, dilation, (padding,) * rank, added, strict=True)
    return tuple(_transposed_extent(*axis) for axis in axes)


@operation("ConvTranspose", "strides", "padding", "output_padding", "data_format", "dilation_rate")
def conv_transpose(
    inputs: TensorLike,
    kernel: TensorLike,
    strides: int | Sequence[int] = 1,
    padding: str = "valid",
    output_padding: int | Sequence[int] | None = None,
    data_format: str | None = None,
    dilation_rate: int | Sequence[int] = 1,
) -> Tensor:
    """N-D transposed convolution, for one to three spatial axes: the gradient of a convolution for its input.

    Args:
        inputs: Tensor of rank N+2, `(batch, ..., channels)` or, channels first, `(batch, channels, ...)`.
        kernel: Tensor of rank N+2, shape `(*kernel_size, output_channels, input_channels)`.
        strides: Integer or tuple of N integers. Defaults to `1`.
        padding: `"valid"` or `"same"`. Defaults to `"valid"`.
        output_padding: Integer, tuple of N integers or None: elements added at the end of each axis.
        data_format: `"channels_last"` (default) or `"channels_first"`.
        dilation_rate: Integer or tuple of N integers. Defaults to `1`.

    Returns:
        Tensor of rank N+2.

    Raises:
        ValueError: If shapes do not fit.

    Example:

    >>> keras.ops.conv_transpose(np.ones((1, 3, 3, 2)), np.ones((2, 2, 4, 2)), strides=2).shape
    (1, 6, 6, 4)
    """
    data_format, padding = format_of(data_format), padding_of(padding)
    kernel = tensor(kernel)
    x = channels_last(spatial(tensor(inputs, kernel.dtype)), data_format)
    if kernel.ndim != x.ndim or (None not in (pair := (kernel.shape[-1], x.shape[-1])) and pair[0] != pair[1]):
        raise ValueError(
            f"The number of input channels must equal the last extent of `kernel`. Received input channels "
            f"{x.shape[-1]} and kernel.shape={kernel.shape}"
        )
    rank, size = x.ndim - 2, tuple(kernel.shape[:-2])
    steps, gaps = per_axis(strides, rank, "strides"), per_axis(dilation_rate, rank, "dilation_rate")
    added = output_padding if isinstance(output_padding, (list, tuple)) else (output_padding,) * rank
    windows = list(zip(size, steps, gaps, (padding,) * rank, added, strict=True))
    if None in (x.shape[-1], *kernel.shape):
        args = (inputs, kernel, strides, padding, output_padding, data_format, dilation_rate)
        extents = transposed_extents(x.shape[1:-1], size, steps, gaps, padding, added)
        return _unknown(conv_transpose, args, x, kernel, kernel.shape[-2], extents, data_format)
    pads = tuple(_transposed_pads(*axis) for axis in windows)
    y = kernels.conv_input(x, kernel, strides=steps, pads=pads, dilation=gaps, groups=1, extents=None)
    return channels_back(y, data_format)
