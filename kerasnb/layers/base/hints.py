"""Hints: one way to mend inputs whose shape does not fit, for the end of an error message."""

from __future__ import annotations

import math
import re
from collections.abc import Collection

_SPATIAL = re.compile(r"(?:Conv|Pool|UpSampling|ZeroPadding|Cropping).*?([123])D")


def for_layer(
    kinds: Collection[str], ndim: int | None, max_ndim: int | None, axes: dict[int, int | None], shape: tuple
) -> str:  # fmt: skip
    """What may be done about inputs of a layer.

    Args:
        kinds: The names of the layer's class and of those that it extends.
        ndim: The number of axes, or the smallest one, that the layer needs.
        max_ndim: The largest one.
        axes: The extents that axes must have.
        shape: The shape of the inputs, None for unknown extents.

    Returns:
        A sentence.
    """
    if ndim is not None and len(shape) < ndim:
        return _missing_axes(kinds, ndim, shape)
    largest = ndim if max_ndim is None else max_ndim
    if largest is not None and len(shape) > largest and not _wrong_axes(axes, shape):
        return _extra_axes(kinds, largest, shape)
    for axis, extent in _wrong_axes(axes, shape).items():
        return _other_extent(axis, extent, shape)
    return ""


def _wrong_axes(axes: dict[int, int | None], shape: tuple) -> dict[int, int]:
    return {a: e for a, e in axes.items() if e is not None and -len(shape) <= a < len(shape) and shape[a] != e}


def _spatial_rank(kinds: Collection[str]) -> int | None:
    found = (_SPATIAL.search(kind) for kind in kinds)
    return next((int(match[1]) for match in found if match), None)


def _missing_axes(kinds: Collection[str], ndim: int, shape: tuple) -> str:
    rank = _spatial_rank(kinds)
    if {"RNN", "Bidirectional", "TimeDistributed"} & set(kinds) and len(shape) == 2:
        return (
            "A recurrent layer needs inputs of shape (batch, timesteps, features). After a recurrent layer, set its "
            "`return_sequences=True`; after another one, add `keras.layers.RepeatVector(timesteps)` or "
            "`keras.layers.Reshape((timesteps, features))`."
        )
    known = shape[0] is not None if shape else False
    if rank is not None and len(shape) == rank + 1 and not (known and shape[-1] in (1, 3, 4)):
        extents = ", ".join(map(str, shape[1:]))
        return (
            f"The channel axis is missing. Add it with `x[..., np.newaxis]`, or in the model with "
            f"`keras.layers.Reshape(({extents}, 1))`."
        )
    if known and len(shape) == ndim - 1:
        return "One sample needs a batch axis. Pass `x[np.newaxis]`."
    if rank is not None:
        names = ", ".join(("depth", "height", "width")[3 - rank :] if rank > 1 else ("steps",))
        return (
            f"Flat features have no places in space. Put `keras.layers.Reshape(({names}, channels))` before the layer."
        )
    return (
        f"Add the missing axes, for example with `keras.layers.Reshape`: the layer needs {ndim} with that of the batch."
    )


def _extra_axes(kinds: Collection[str], largest: int, shape: tuple) -> str:
    if largest == 2:
        return "Put `keras.layers.Flatten()` before the layer."
    rank = _spatial_rank(kinds)
    if rank is not None and len(shape) == rank + 3:
        return "To apply the layer to each step of a sequence, wrap it: `keras.layers.TimeDistributed(layer)`."
    return f"Remove axes, for example with `keras.layers.Reshape`: the layer takes {largest} with that of the batch."


def _other_extent(axis: int, extent: int, shape: tuple) -> str:
    if _size(shape[1:]) == extent:
        return (
            "The inputs are not flat. Put `keras.layers.Flatten()` before the layer, or pass "
            f"`x.reshape(-1, {extent})`."
        )
    places = [i for i, e in enumerate(shape[1:], 1) if e == extent]
    if len(places) == 1 and len(shape) > 2:
        return f"Axis {places[0]} has this extent. Move it with `np.moveaxis(x, {places[0]}, {axis})`."
    return (
        f"The layer was built for inputs with {extent} entries in axis {axis}, and its weights have their shape from "
        "that. Pass such inputs, or create a new layer for these."
    )


def for_model(expected: tuple, shape: tuple) -> str:
    """What may be done about inputs of a model.

    Args:
        expected: The shape that its input has, None for unknown extents.
        shape: The shape of what was passed.

    Returns:
        A sentence.
    """
    inner, given = expected[1:], shape[1:]
    if len(shape) == len(inner) and all(e is None or e == g for e, g in zip(inner, shape, strict=True)):
        return "One sample needs a batch axis. Pass `x[np.newaxis]`."
    if _size(inner) is not None and _size(inner) == _size(given) and len(inner) != len(given):
        new = ", ".join(map(str, (-1, *inner)))
        before = "Put `keras.layers.Flatten()` first in a model for such inputs, or pass" if len(inner) == 1 else "Pass"
        return f"The number of values is the same. {before} `x.reshape({new})`."
    if len(inner) == len(given) > 1 and None not in (*inner, *given) and inner != given:
        if (*given[1:], given[0]) == inner:
            return "The channels come first. Move their axis with `np.moveaxis(x, 1, -1)`."
        if (given[-1], *given[:-1]) == inner:
            return "The channels come last. Move their axis with `np.moveaxis(x, -1, 1)`."
    return f"Pass inputs of shape {_batch(inner)}, or create the model with `keras.Input({tuple(given)})`."


def _batch(inner: tuple) -> str:
    return f"({', '.join(['batch', *map(str, inner)])})"


def _size(extents: tuple) -> int | None:
    return None if None in extents else math.prod(extents)
