"""Convolutions and pooling: what a window sees, times its weights."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from kerasnb.widgets.inspect.arithmetic import activations
from kerasnb.widgets.inspect.arithmetic.steps import LONGEST, Steps, code_of, literal, times
from kerasnb.widgets.inspect.tap import Call, array


class Window:
    """The windows of a layer over one sample.

    Args:
        layer: The layer.
        x: Array, the input of one sample.
        size: Tuple, the extents of the window.
        dilation: Tuple, the distance of its elements.
    """

    def __init__(self, layer: Any, x: np.ndarray, size: tuple, dilation: tuple | None = None) -> None:
        self.first = getattr(layer, "data_format", None) == "channels_first"
        self.x = np.moveaxis(x, 0, -1) if self.first else x
        self.size, self.rank = tuple(size), len(size)
        self.strides = tuple(layer.strides)
        self.dilation = tuple(dilation) if dilation else (1,) * self.rank
        self.before = [self._before(layer.padding, axis) for axis in range(self.rank)]

    def _before(self, padding: str, axis: int) -> int:
        """How many cells of padding stand before the input."""
        reach, extent, stride = (self.size[axis] - 1) * self.dilation[axis] + 1, self.x.shape[axis], self.strides[axis]
        if padding == "same":
            return max((-(-extent // stride) - 1) * stride + reach - extent, 0) // 2
        return reach - 1 if padding == "causal" else 0

    def split(self, index: tuple[int, ...]) -> tuple[tuple[int, ...], int]:
        """An index of the output as position and channel."""
        return (index[1:], index[0]) if self.first else (index[:-1], index[-1])

    def field(self, position: tuple[int, ...]) -> np.ndarray:
        """What the window sees: (*size, channels) in float64, NaN where there is padding."""
        seen = np.full((*self.size, self.x.shape[-1]), np.nan)
        inside, places = [], []
        for axis in range(self.rank):
            at = self._start(position, axis) + self.dilation[axis] * np.arange(self.size[axis])
            inside.append(np.flatnonzero((at >= 0) & (at < self.x.shape[axis])))
            places.append(at[inside[-1]])
        seen[np.ix_(*inside)] = self.x[np.ix_(*places)]
        return seen

    def _start(self, position: tuple[int, ...], axis: int) -> int:
        return position[axis] * self.strides[axis] - self.before[axis]

    def origin(self, position: tuple[int, ...], channels: tuple[int, int]) -> list[tuple[int, int]]:
        """The part of the input that the window covers: lowest and highest index of each axis."""
        spatial = []
        for axis in range(self.rank):
            low = self._start(position, axis)
            high = low + (self.size[axis] - 1) * self.dilation[axis]
            spatial.append((max(low, 0), min(high, self.x.shape[axis] - 1)))
        return [channels, *spatial] if self.first else [*spatial, channels]


def convolution(call: Call, sample: int, index: tuple[int, ...]) -> Steps:
    """Conv1D, Conv2D, Conv3D."""
    layer = call.layer
    window = Window(layer, call.input(sample), layer.kernel_size, layer.dilation_rate)
    kernel, bias = array(layer.kernel).astype(float), _bias(layer)
    inputs, filters = kernel.shape[-2:]

    def parts(position: tuple[int, ...], channel: int) -> tuple[np.ndarray, np.ndarray, tuple[int, int]]:
        group = channel // (filters // layer.groups)
        channels = group * inputs, (group + 1) * inputs - 1
        return window.field(position)[..., channels[0] : channels[1] + 1], kernel[..., channel], channels

    return _summed(layer, window, index, parts, bias)


def depthwise(call: Call, sample: int, index: tuple[int, ...]) -> Steps:
    """DepthwiseConv1D, DepthwiseConv2D: each channel has windows of its own."""
    layer = call.layer
    window = Window(layer, call.input(sample), layer.kernel_size, layer.dilation_rate)
    kernel, bias = array(layer.kernel).astype(float), _bias(layer)

    def parts(position: tuple[int, ...], channel: int) -> tuple[np.ndarray, np.ndarray, tuple[int, int]]:
        of, multiple = divmod(channel, kernel.shape[-1])
        return window.field(position)[..., of : of + 1], kernel[..., of : of + 1, multiple], (of, of)

    return _summed(layer, window, index, parts, bias)


def _bias(layer: Any) -> np.ndarray | None:
    return None if layer.bias is None else array(layer.bias).astype(float)


def _summed(layer: Any, window: Window, index: tuple[int, ...], parts: Any, bias: np.ndarray | None) -> Steps:
    """Field times weights, the sum, the bias, the activation."""
    position, channel = window.split(index)
    field, weights, channels = parts(position, channel)
    last = index[-1]  # functions of all units, such as softmax, go along the last axis

    def total(unit: int | None) -> Any:
        if unit is None:
            return [total(k) for k in range(call_extent(layer, window))]
        place, of = window.split((*index[:-1], unit))
        seen, by, _ = parts(place, of)
        return float(np.nansum(seen * by)) + (0.0 if bias is None else float(bias[of]))

    products = np.nan_to_num(field * weights)
    value, before, formula, code = activations.finish(layer.activation, last, total)
    rows = [(times(products.size), float(products.sum()))]
    added = 0.0 if bias is None else float(bias[channel])
    if bias is not None:
        rows.append((f"+ bias of map {channel}", added))
    return Steps(
        value, rows + before, formula, field, weights, "window" if window.rank == 2 else "steps",
        origin=window.origin(position, channels), size=float(np.abs(products).sum()) + abs(added),
        code=code_of(field, weights, added, code),
    )  # fmt: skip


def call_extent(layer: Any, window: Window) -> int:
    """How many units there are along the last axis of the output."""
    if not window.first:
        kernel = layer.kernel.shape
        return kernel[-1] if hasattr(layer, "filters") else kernel[-1] * kernel[-2]
    axis = window.rank - 1
    reach, extent = (window.size[axis] - 1) * window.dilation[axis] + 1, window.x.shape[axis]
    stride = window.strides[axis]
    return (extent - reach) // stride + 1 if layer.padding == "valid" else -(-extent // stride)


def pooling(call: Call, sample: int, index: tuple[int, ...]) -> Steps:
    """MaxPooling and AveragePooling; padding is not part of the mean."""
    layer = call.layer
    window = Window(layer, call.input(sample), layer.pool_size)
    position, channel = window.split(index)
    field = window.field(position)[..., channel : channel + 1]
    steps = _pooled(field, "Max" in type(layer).__name__, window.origin(position, (channel, channel)))
    steps.axes = "window" if window.rank == 2 else "steps"
    return steps


def global_pooling(call: Call, sample: int, index: tuple[int, ...]) -> Steps:
    """GlobalMaxPooling and GlobalAveragePooling: a window over everything."""
    layer, x = call.layer, call.input(sample)
    first = layer.data_format == "channels_first"
    channel = index[0] if first else index[-1]
    seen = (np.moveaxis(x, 0, -1) if first else x)[..., channel].astype(float)
    spatial = [(0, n - 1) for n in seen.shape]
    origin = [(channel, channel), *spatial] if first else [*spatial, (channel, channel)]
    mask = call.mask(sample) if seen.ndim == 1 and "Average" in type(layer).__name__ else None
    if mask is not None:
        seen = np.where(mask, seen, np.nan)
    return _pooled(seen, "Max" in type(layer).__name__, origin)


def _pooled(field: np.ndarray, largest: bool, origin: list) -> Steps:
    inside = field[~np.isnan(field)]
    value = float(inside.max()) if largest else float(inside.mean())
    source = f"field = {literal(inside)}\n" if inside.size <= LONGEST else ""
    if largest:
        rows, code = [(f"largest of {inside.size} numbers", value)], "value = field.max()"
    else:
        total = math.fsum(inside)
        rows, code = [(times(inside.size, "numbers"), total)], "value = field.sum() / field.size"
    formula = "" if largest else f"sum / {inside.size}"
    size = 0.0 if largest else float(np.abs(inside).mean())
    return Steps(value, rows, formula, field, None, "units", origin=origin, size=size, code=source and source + code)
