"""What each layer does to one sample, small enough to stand on a card."""

from __future__ import annotations

import itertools
from typing import Any

import numpy as np

from kerasnb import ops, tree
from kerasnb.model.surgery.plan import Plan, Ref

MOST_CELLS = 28
MOST_UNITS = 24
STRIP = 102


def outputs(plan: Plan, samples: list[np.ndarray]) -> dict[int, np.ndarray]:
    """The output of each call for one sample of each input, with a batch axis of 1."""
    values: dict[Ref, Any] = {}
    waiting = iter(samples)
    for ref in tree.flatten(plan.inputs):
        sample = next(waiting)
        values[ref] = ops.convert_to_tensor(_ranked(sample, plan.calls[ref.call].operation))
    found = {}
    for number, call in plan.calls.items():
        if call.refs:
            args, kwargs = tree.map_structure(
                lambda x: values[x] if isinstance(x, Ref) else x, (call.args, call.kwargs)
            )
            result = call.operation(*args, **kwargs)
            values.update({Ref(number, i): x for i, x in enumerate(tree.flatten(result))})
        found[number] = np.asarray(values[Ref(number)])[0]
    return found


def _ranked(sample: np.ndarray, layer: Any) -> np.ndarray:
    shape = layer.batch_shape
    if sample.ndim == len(shape) - 1 and shape[-1] == 1:
        sample = sample[..., None]
    return sample.astype(layer.dtype)


def small(value: np.ndarray, is_input: bool) -> dict | None:
    """A picture of one output: `kind` (`maps`, `strip`, `bars`, `image`), its extents, and the bytes as `data`."""
    value = np.asarray(value, dtype="float32")
    if value.size == 0 or not np.all(np.isfinite(value)):
        return None
    if is_input and value.ndim == 3 and value.shape[-1] in (1, 3):
        return _image(value)
    if value.ndim == 3:
        return _maps(value)
    if value.ndim == 2:
        return _packed("maps", _shrunk(value)[None], _largest(value))
    if value.ndim == 1:
        return _units(value)
    return None


def _image(value: np.ndarray) -> dict:
    low, high = float(value.min()), float(value.max())
    grey = _shrunk((value - low) / ((high - low) or 1.0))
    data = np.clip(255 * grey, 0, 255).astype(np.uint8)
    rows, columns, count = data.shape
    return {"kind": "image", "rows": rows, "columns": columns, "count": count, "data": data.tobytes()}


def _maps(value: np.ndarray) -> dict:
    """Three maps of those that differ most from place to place, in their own order."""
    spread = value.reshape(-1, value.shape[-1]).std(axis=0)
    chosen = sorted(np.argsort(-spread, kind="stable")[:3])
    maps = np.stack([_shrunk(value[..., c]) for c in chosen])
    return _packed("maps", maps, _largest(value))


def _units(value: np.ndarray) -> dict:
    if value.size <= MOST_UNITS:
        return _packed("bars", value[None, None], _largest(value))
    places = np.linspace(0, value.size, STRIP + 1).astype(int) if value.size > STRIP else np.arange(value.size + 1)
    parts = [value[a:b] for a, b in itertools.pairwise(places)]
    strip = np.array([part[np.argmax(np.abs(part))] for part in parts])
    return _packed("strip", strip[None, None], _largest(value))


def _packed(kind: str, values: np.ndarray, largest: float) -> dict:
    data = np.clip(np.round(127 * values / largest), -127, 127).astype(np.int8)
    count, rows, columns = data.shape
    return {"kind": kind, "rows": rows, "columns": columns, "count": count, "data": data.tobytes()}


def _largest(value: np.ndarray) -> float:
    return float(np.abs(value).max()) or 1.0


def _shrunk(value: np.ndarray) -> np.ndarray:
    """Fewer rows and columns: means of neighbours, at most `MOST_CELLS` each."""
    for axis in (0, 1):
        extent = value.shape[axis]
        if extent > MOST_CELLS:
            starts = np.linspace(0, extent, MOST_CELLS, endpoint=False).astype(int)
            sums = np.add.reduceat(value, starts, axis=axis)
            counts = np.diff([*starts, extent])
            value = sums / counts.reshape([-1 if i == axis else 1 for i in range(value.ndim)])
    return value
