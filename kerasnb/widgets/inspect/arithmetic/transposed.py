"""Transposed convolutions: which inputs reach an output, times the weights on the way."""

from __future__ import annotations

from typing import Any

import numpy as np

from kerasnb.widgets.inspect.arithmetic import activations
from kerasnb.widgets.inspect.arithmetic.steps import Steps, code_of, times
from kerasnb.widgets.inspect.tap import Call, array


def transposed(call: Call, sample: int, index: tuple[int, ...]) -> Steps:
    """Conv1DTranspose, Conv2DTranspose, Conv3DTranspose: the field holds NaN where no input meets a weight."""
    layer, x = call.layer, call.input(sample)
    first = layer.data_format == "channels_first"
    x = np.moveaxis(x, 0, -1) if first else x
    kernel = array(layer.kernel).astype(float)
    bias = np.zeros(kernel.shape[-2]) if layer.bias is None else array(layer.bias).astype(float)

    def split(at: tuple[int, ...]) -> tuple[tuple[int, ...], int]:
        return (at[1:], at[0]) if first else (at[:-1], at[-1])

    def total(unit: int | None) -> Any:
        if unit is None:
            return [total(k) for k in range(call.output(sample).shape[-1])]
        place, of = split((*index[:-1], unit))
        return float(np.nansum(_field(layer, x, place)[0] * kernel[..., of, :]) + bias[of])

    position, channel = split(index)
    field, spatial = _field(layer, x, position)
    weights = kernel[..., channel, :]
    value, before, formula, code = activations.finish(layer.activation, index[-1], total)
    products, added = np.nan_to_num(field * weights), float(bias[channel])
    rows = [(times(int((~np.isnan(field)).sum())), float(products.sum()))]
    if layer.bias is not None:
        rows.append((f"+ bias of map {channel}", added))
    channels = (0, x.shape[-1] - 1)
    return Steps(
        value, rows + before, formula, field, weights, "window" if len(spatial) == 2 else "steps",
        origin=[channels, *spatial] if first else [*spatial, channels],
        size=float(np.abs(products).sum()) + abs(added), code=code_of(field, weights, added, code),
        captions=("inputs that reach it", "weights"),
    )  # fmt: skip


def _field(layer: Any, x: np.ndarray, position: tuple[int, ...]) -> tuple[np.ndarray, list[tuple[int, int]]]:
    """The input behind each weight, and which part of the input that is."""
    seen = np.full((*layer.kernel_size, x.shape[-1]), np.nan)
    inside, places, spatial = [], [], []
    for axis, size in enumerate(layer.kernel_size):
        at = position[axis] + _before(layer, axis) - layer.dilation_rate[axis] * np.arange(size)
        source, rest = np.divmod(at, layer.strides[axis])
        inside.append(np.flatnonzero((rest == 0) & (source >= 0) & (source < x.shape[axis])))
        places.append(source[inside[-1]])
        spatial.append((int(places[-1].min()), int(places[-1].max())) if places[-1].size else (0, 0))
    seen[np.ix_(*inside)] = x[np.ix_(*places)]
    return seen, spatial


def _before(layer: Any, axis: int) -> int:
    """How many of the first outputs are cut off, as Keras pads."""
    if layer.padding == "valid":
        return 0
    span = (layer.kernel_size[axis] - 1) * layer.dilation_rate[axis] + 1
    stride, added = layer.strides[axis], layer.output_padding
    extra = stride + span - 2 if added is None else span + span % 2 - 2 + added[axis]
    return span - 1 - min(extra // 2 + extra % 2, span - 1)
