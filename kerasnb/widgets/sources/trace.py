"""Which operations a layer runs: it is called once on a sample, and every call of an operation is kept."""

from __future__ import annotations

import dataclasses
import inspect
from collections.abc import Callable
from typing import Any

import numpy as np

from kerasnb import tree
from kerasnb.backend.autodiff import recording
from kerasnb.backend.autodiff.tape import GradientTape
from kerasnb.backend.tensor.tensor import Tensor, size_of, to_tensor
from kerasnb.widgets.summaries.cost import MOVES, flops

BATCH, EXTENT = 32, 16  # of a sample that is made up: the batch, and any other extent that a layer leaves open


@dataclasses.dataclass
class Call:
    """One call of an operation, with its arrays.

    Args:
        op: The `Op`.
        ins: List of arrays.
        outs: List of arrays that it returned.
        attrs: Dict of its static arguments.
        flops: Integer.
    """

    op: Any
    ins: list[np.ndarray]
    outs: list[np.ndarray]
    attrs: dict
    flops: int

    @property
    def label(self) -> str:
        """Its name with the shape of its result."""
        return f"{self.op.name} {shape_words(self.outs[0])}"

    @property
    def moved(self) -> int:
        """Bytes that are read and written at least."""
        return sum(array.nbytes for array in (*self.ins, *self.outs))

    def names(self) -> list[str]:
        """What its inputs are called."""
        try:
            known = [p.name for p in inspect.signature(self.op.reference).parameters.values() if p.kind in _PLACED]
        except (TypeError, ValueError):  # functions of NumPy have no signature
            known = []
        return [name.strip("_") for name in known][: len(self.ins)] + [""] * (len(self.ins) - len(known))


_PLACED = (inspect.Parameter.POSITIONAL_ONLY, inspect.Parameter.POSITIONAL_OR_KEYWORD)


def shape_words(array: Any) -> str:
    """A shape as text."""
    return str(tuple(int(n) for n in array.shape))


class _Calls:
    """A tape that keeps the numbers of each call."""

    def __init__(self) -> None:
        self.calls: list[Call] = []

    def append(self, record: Any) -> None:
        """Keeps a call that computes something."""
        if record.op.mutates or record.op.view or not record.outs:
            return
        if all(isinstance(t, Tensor) for t in (*record.ins, *record.outs)):
            ins, outs = ([np.array(t.numpy()) for t in group] for group in (record.ins, record.outs))
            self.calls.append(Call(record.op, ins, outs, dict(record.attrs), flops(record)))


def calls_of(what: Callable, x: Any) -> tuple[list[Call], list[Call]]:
    """The calls that a layer, or a function, makes: forward, and backward for the sum of its result.

    Args:
        what: A layer or a function of `keras.ops`.
        x: Its input.
    """
    tape, inputs = _Calls(), tree.map_structure(to_tensor, x)
    recording.open_tape(tape)
    try:
        with GradientTape() as gradients:
            outputs = _called(what, inputs)
        forward, tape.calls = tape.calls, []
        sources = [t for t in tree.flatten(inputs) if _is_float(t)] + list(getattr(what, "trainable_weights", []))
        targets = [t for t in tree.flatten(outputs) if isinstance(t, Tensor) and _is_float(t)]
        if sources and targets:
            gradients.gradient(targets, sources)
        return forward, tape.calls
    finally:
        recording.close_tape(tape)


def _called(what: Any, inputs: Any) -> Any:
    takes = getattr(getattr(what, "call", None), "__code__", None)
    training = takes is not None and "training" in takes.co_varnames[: takes.co_argcount]
    return what(inputs, training=True) if training else what(inputs)


def _is_float(tensor: Tensor) -> bool:
    return str(tensor.dtype).startswith(("float", "bfloat"))


def chief(calls: list[Call]) -> int:
    """The place of the call that computes most; what only moves numbers comes last."""
    weights = [(call.op.name not in MOVES, call.flops, size_of(call.outs[0].shape)) for call in calls]
    return max(range(len(calls)), key=lambda i: weights[i], default=0)


def sample_for(layer: Any) -> Any:
    """A made-up input of a layer: the shapes that it was called with, a batch of 32, numbers between -1 and 1.

    Raises:
        ValueError: If its input shape is not known.
    """
    if isinstance(layer, type) or not hasattr(layer, "weights"):
        kind = f"the class {layer.__name__}" if isinstance(layer, type) else type(layer).__name__
        raise ValueError(f"Argument `layer` must be a layer. Received: {kind}")
    draw = np.random.default_rng(0)
    try:
        known = tree.map_structure(lambda t: tuple(t.shape), _called_with(layer))
    except (AttributeError, ValueError):
        shapes = list((getattr(layer, "_build_shapes_dict", None) or {}).values())
        known = shapes[0] if shapes else None
    if known is None:
        raise ValueError(f"Argument `x` must be given: the input shape of {layer.name} is not known. Received: x=None")
    if isinstance(known, tuple) and all(n is None or isinstance(n, int) for n in known):
        return _numbers(draw, known, layer)
    return tree.map_structure_up_to(_called_with(layer), lambda s: _numbers(draw, s, layer), known)


def _called_with(layer: Any) -> Any:
    """What a layer was called with first, without a mask that came along."""
    arguments: tuple = layer._inbound_nodes[0].arguments.args if layer._inbound_nodes else ()
    return arguments[0] if len(arguments) == 1 else layer.input


def _numbers(draw: np.random.Generator, shape: tuple, layer: Any) -> np.ndarray:
    extents = [n or (BATCH if axis == 0 else EXTENT) for axis, n in enumerate(shape)]
    if type(layer).__name__ == "Embedding":
        return draw.integers(0, layer.input_dim, extents)
    return draw.uniform(-1, 1, extents).astype("float32")
