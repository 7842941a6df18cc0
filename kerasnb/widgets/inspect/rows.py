"""The rows of Peek: one for each input, and one for each call of a layer."""

from __future__ import annotations

import dataclasses
from typing import Any

import numpy as np

from kerasnb import ops
from kerasnb.widgets.inspect import places, tap
from kerasnb.widgets.inspect.arithmetic.activations import name_of
from kerasnb.widgets.inspect.places import Layout
from kerasnb.widgets.inspect.tap import Call, array
from kerasnb.widgets.kit.words import short

NO_PICTURE = {"Flatten", "Reshape", "Permute", "RepeatVector", "Conv1D", "Embedding", "LSTM", "GRU", "SimpleRNN", "RNN",
              "Bidirectional"}  # fmt: skip
KINDS = (
    ("Conv", "conv"), ("Pool", "pool"), ("Norm", "reg"), ("Drop", "reg"), ("Noise", "reg"), ("LSTM", "rec"),
    ("GRU", "rec"), ("RNN", "rec"), ("Bidirectional", "rec"), ("Attention", "rec"), ("Flatten", "shape"),
    ("Reshape", "shape"), ("Permute", "shape"), ("Padding", "shape"), ("Cropping", "shape"), ("Sampling", "shape"),
)  # fmt: skip


@dataclasses.dataclass(eq=False)
class Row:
    """One array on the page.

    Args:
        name: String, of the input or of the layer.
        values: Array, of one sample.
        layout: Where the numbers stand on the page.
        call: The call that made it; None for an input.
    """

    name: str
    values: np.ndarray
    layout: Layout
    call: Call | None = None

    def describe(self) -> dict:
        """What the page needs to know, apart from the pictures."""
        layout, pictures = self.layout, self.layout.pictures(self.values)
        layer = None if self.call is None else self.call.layer
        steps = layout.steps
        return {
            "name": self.name, "kind": "" if layer is None else type(layer).__name__,
            "colour": "core" if layer is None else colour(type(layer).__name__),
            "depth": 0 if self.call is None else self.call.depth, "activation": "" if layer is None else name_of(layer),
            "hood": layer is not None and not hasattr(layer, "layers"),
            "shape": shape_text(self.values.shape), "range": self.range(), "layout": layout.kind,
            "maps": len(pictures), "all": layout.maps, "rows": layout.rows, "columns": layout.columns,
            "units": int(self.values.size) if layout.kind == "vector" else 0,
            "picture": list(pictures.shape[1:]), "steps": list(steps), "tops": [top(p) for p in pictures],
            "low": float(np.nanmin(pictures)) if np.isfinite(pictures).any() else 0.0,
        }  # fmt: skip

    def range(self) -> str:
        """The range of the values in words."""
        values = self.values
        if not values.size:
            return "empty"
        if not np.isfinite(values).all():
            return f"{int(np.sum(~np.isfinite(values)))} values are not finite"
        low, high, zeros = float(values.min()), float(values.max()), int(np.sum(values == 0))
        if self.call is not None and low == 0 and zeros:
            if self.layout.kind == "vector":
                return f"{zeros:,} of {values.size:,} zero"
            return f"max {short(high)} · {100 * zeros / values.size:.0f} % zero"
        return f"{short(low)} to {short(high)}"

    def bytes(self) -> bytes:
        """The pictures as one signed byte for each pixel, each map by its own largest value; -128 is not finite."""
        pictures = self.layout.pictures(self.values)
        tops = np.array([top(p) or 1.0 for p in pictures], np.float32)[:, None, None]
        scaled = np.where(np.isfinite(pictures), np.nan_to_num(pictures / tops) * 127, -128)
        return np.round(np.clip(scaled, -128, 127)).astype(np.int8).tobytes()


def top(values: np.ndarray) -> float:
    """The largest size of a finite number."""
    return float(np.max(np.abs(values), where=np.isfinite(values), initial=0.0))


def shape_text(shape: tuple) -> str:
    """A shape without the batch, as the mock writes it: (32), (28, 28, 1)."""
    return "(" + ", ".join(map(str, shape)) + ")"


def colour(kind: str) -> str:
    """The colour class of a kind of layer."""
    return next((name for part, name in KINDS if part in kind), "core")


def rows_of(model: Any, samples: Any, chosen: Any) -> tuple[list[Row], list, dict[int, int]]:
    """Runs a model, and lays out what comes out of each layer for the first of the samples.

    Args:
        model: A model.
        samples: `Samples`.
        chosen: Slice, which of them.

    Returns:
        Tuple of the rows, the model's outputs, and the number of the row that each tensor stands in, by its id.
    """
    given = [ops.convert_to_tensor(a[chosen]) for a in samples.arrays]
    calls, outputs = tap.run(model, samples.like(given))
    first = [_first(calls, i, len(given)) for i in range(len(given))]
    rows: list[Row] = []
    where: dict[int, int] = {}
    for tensor, name, consumer in zip(given, samples.names, first, strict=True):
        values = array(tensor)[0]
        where[id(tensor)] = len(rows)
        rows.append(Row(name, values, _input_layout(values, consumer)))
    for call in calls:
        values = call.output()
        before = _source(rows, where, call, 0)
        of_input = rows[before].layout
        first_axis = places.channels_first(call.layer, of_input.first and of_input.kind != "image")
        for output in call.outputs:
            where[id(output)] = len(rows)
        rows.append(Row(call.name, values, places.layout(values.shape, first_axis), call))
    return rows, outputs, where


def _first(calls: list[Call], position: int, inputs: int) -> str:
    """The kind of the layer that an input goes into, as far as it matters: with several inputs, any."""
    plain = [c for c in calls if not hasattr(c.layer, "layers")]
    return type(plain[0].layer).__name__ if plain and inputs == 1 else ""


def _input_layout(values: np.ndarray, consumer: str) -> Layout:
    recurrent = consumer in NO_PICTURE - {"Flatten", "Reshape"}
    if places.is_image(values.shape) and not (values.ndim == 2 and recurrent) and values.dtype.kind in "fub":
        return places.layout(values.shape, kind="image")
    return places.layout(values.shape)


def _source(rows: list[Row], where: dict[int, int], call: Call, place: int) -> int:
    """The row that an input of a call stands in; after a cast, the last one of that shape."""
    if not call.inputs:
        return 0
    tensor = call.inputs[place]
    if id(tensor) in where:
        return where[id(tensor)]
    shape = tuple(tensor.shape[1:])
    return next((i for i in range(len(rows) - 1, -1, -1) if rows[i].values.shape == shape), 0)


def source_of(rows: list[Row], where: dict[int, int], row: int, place: int) -> int:
    """The row that an input of a row's layer stands in."""
    call = rows[row].call
    return 0 if call is None else _source(rows[:row], where, call, place)
