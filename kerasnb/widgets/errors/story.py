"""What an error of shapes says: the chain of layers, the place where it breaks, and the mend."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

from kerasnb.layers import InputLayer
from kerasnb.widgets.summaries.kinds import family


class Node(NamedTuple):
    """One box of the chain.

    Attributes:
        name: String, what it is called.
        kind: String, what it is.
        shape: String, the shape that leaves it.
        family: String, the family of the layer, for its colour.
        state: String: `""`, `"bad"` at the break, or `"new"` for what is proposed.
        edge: String, what is wrong on the way to this box; empty where nothing is.
    """

    name: str
    kind: str
    shape: str
    family: str = "shape"
    state: str = ""
    edge: str = ""


class Line(NamedTuple):
    """A line of the code that mends it: `sign` is "+" for a new one, "-" for one that goes, or empty."""

    sign: str
    code: str


class Story(NamedTuple):
    """An error of shapes, told.

    Attributes:
        between: String, which two sides do not fit.
        nodes: List of `Node`, from the input to where it breaks.
        head: String, the cause in one sentence.
        why: String, the evidence.
        code: List of `Line`.
        fix: String, the code to copy.
        other: String, another mend, or nothing.
    """

    between: str
    nodes: list[Node]
    head: str
    why: str
    code: list[Line]
    fix: str
    other: str = ""


def text_of(shape: Any, batch: bool = True) -> str:
    """A shape as people write it; the axis of the batch is None."""
    if isinstance(shape, (list, tuple)) and shape and isinstance(shape[0], (list, tuple)):
        return ", ".join(text_of(s) for s in shape)
    if shape is None:
        return "?"
    extents = [None, *shape[1:]] if batch and len(shape) else list(shape)
    return "(" + ", ".join(map(str, extents)) + ("," if len(extents) == 1 else "") + ")"


def call_of(layer: Any) -> str:
    """A layer as code: its class and the arguments that people type."""
    config = layer.get_config() if hasattr(layer, "get_config") else {}
    parts = [repr(config[k]) for k in ("units", "filters", "target_shape", "rate", "input_dim") if k in config][:1]
    size = config.get("kernel_size")
    if size is not None:
        parts.append(str(size[0]) if len(set(size)) == 1 else str(tuple(size)))
    shown = isinstance(config.get("activation"), str) and "recurrent_activation" not in config
    if shown and config["activation"] != "linear":
        parts.append(f'activation="{config["activation"]}"')
    return f"layers.{type(layer).__name__}({', '.join(parts)})"


def kind_of(layer: Any) -> str:
    """The class of a layer, with its number of units or windows."""
    config = layer.get_config() if hasattr(layer, "get_config") else {}
    size = next((config[k] for k in ("units", "filters") if k in config), "")
    return f"{type(layer).__name__} {size}".strip()


class Chain(NamedTuple):
    """Layers in a row with the shapes that leave them; the first is the input, whose layer is None."""

    layers: list
    shapes: list

    def nodes(self, until: int | None = None, most: int = 9) -> list[Node]:
        """The boxes up to a place; of a long chain the middle is folded."""
        last = len(self.layers) if until is None else until
        every = [self._node(i) for i in range(last)]
        if len(every) <= most:
            return every
        left = len(every) - most + 1
        return [*every[:2], Node(f"{left} layers", "", "", "shape"), *every[2 + left :]]

    def _node(self, index: int) -> Node:
        layer, shape = self.layers[index], text_of(self.shapes[index])
        if layer is None:
            return Node("input", "Input", shape)
        return Node(layer.name, kind_of(layer), shape, family(layer))

    def place(self, name: str) -> int | None:
        """Where a layer stands."""
        return next((i for i, layer in enumerate(self.layers) if layer is not None and layer.name == name), None)


def chain_of(model: Any, shape: tuple | None = None) -> Chain:
    """The layers of a model in a row, with the shapes that leave them, as far as they can be known.

    Args:
        model: A model.
        shape: The shape of what it was called on, where that is known.
    """
    layers = [layer for layer in _layers(model) if not isinstance(layer, InputLayer)]
    start = shape or _input_shape(model)
    found, shapes = [None], [start]
    current: Any = start
    for layer in layers:
        current = _shape_after(layer, current)
        found.append(layer)
        shapes.append(current)
    return Chain(found, shapes)


def _layers(model: Any) -> list:
    """The layers of a model, also of one whose building has failed."""
    return list(getattr(model, "_stack", None) or getattr(model, "layers", None) or [])


def _input_shape(model: Any) -> Any:
    for layer in _layers(model)[:1]:
        if isinstance(layer, InputLayer):
            return tuple(layer.batch_shape)
    try:
        return model.input_shape
    except (AttributeError, ValueError):
        return None


def _shape_after(layer: Any, shape: Any) -> Any:
    known = getattr(layer, "output", None) if getattr(layer, "_inbound_nodes", None) else None
    if known is not None and hasattr(known, "shape"):
        return tuple(known.shape)
    if shape is None:
        return None
    try:
        return tuple(layer.compute_output_shape(shape))
    except Exception:  # whatever a custom layer raises: this is where the chain breaks, or its shape is unknown
        return None


def size_of(shape: Any) -> int | None:
    """How many numbers one sample has."""
    inner = tuple(shape)[1:]
    return None if None in inner else int(np.prod(inner, dtype=int))
