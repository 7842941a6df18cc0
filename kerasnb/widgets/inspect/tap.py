"""Runs a model on data and keeps what goes into each layer, and what comes out of it."""

from __future__ import annotations

import contextlib
import dataclasses
import threading
from collections.abc import Iterator
from typing import Any

import numpy as np

from kerasnb import ops, tree
from kerasnb.backend.tensor.tensor import Tensor
from kerasnb.layers.base import call as calls
from kerasnb.layers.core.input_layer import InputLayer
from kerasnb.model.model import Model


@dataclasses.dataclass(eq=False)
class Call:
    """One call of a layer.

    Args:
        layer: The layer.
        depth: Integer, in how many models of the model it stands.
        inputs: List of the tensors that it was given.
        arguments: Dict of its keyword arguments.
        outputs: List of the tensors that it returned.
    """

    layer: Any
    depth: int
    inputs: list
    arguments: dict
    outputs: list = dataclasses.field(default_factory=list)

    @property
    def name(self) -> str:
        """The layer's name."""
        return self.layer.name

    def input(self, sample: int = 0, place: int = 0) -> np.ndarray:
        """One of the inputs for one sample, without the axis of the batch."""
        return array(self.inputs[place])[sample]

    def output(self, sample: int = 0) -> np.ndarray:
        """The first output for one sample, without the axis of the batch."""
        return array(self.outputs[0])[sample]

    def mask(self, sample: int = 0) -> np.ndarray | None:
        """Which steps count, or None."""
        given = self.arguments.get("mask")
        return None if given is None else np.asarray(array(given)[sample], bool)


def array(value: Any) -> np.ndarray:
    """A tensor as an array of NumPy's own dtypes; float16 and bfloat16 become float32, without loss."""
    if not isinstance(value, (Tensor, np.ndarray)):
        value = ops.convert_to_tensor(value)
    made = np.asarray(ops.convert_to_numpy(value))
    if made.dtype.kind in "iub" or made.dtype in (np.float32, np.float64):
        return made
    try:
        if made.dtype.kind == "c":
            raise ValueError("no real numbers")
        return made.astype(np.float32)
    except (TypeError, ValueError):
        raise ValueError(f"An array must hold numbers. Received: dtype {made.dtype}") from None


def run(model: Any, inputs: Any) -> tuple[list[Call], list]:
    """Runs a model in inference mode.

    Args:
        model: A model: Sequential, functional, or a subclass.
        inputs: What the model is called on.

    Returns:
        Tuple of the calls of layers in the order in which they began, and the list of the model's outputs. Layers
        inside of a layer that is not a model do not count.
    """
    made: list[Call] = []
    with _tapped(model, made, 0):
        outputs = model(inputs, training=False)
    return made, tree.flatten(outputs)


@contextlib.contextmanager
def _tapped(model: Any, made: list[Call], depth: int) -> Iterator[None]:
    with contextlib.ExitStack() as stack:
        for layer in model.layers:
            if isinstance(layer, InputLayer):
                continue
            stack.enter_context(_tap(layer, made, depth))
            if isinstance(layer, Model):
                stack.enter_context(_tapped(layer, made, depth + 1))
        yield


@contextlib.contextmanager
def _tap(layer: Any, made: list[Call], depth: int) -> Iterator[None]:
    """Puts a method in front of the layer's `call` that keeps what passes, in this thread only."""
    if "call" in vars(layer):  # tapped already: a shared layer stands in two models
        yield
        return
    own, thread = layer.call, threading.get_ident()

    def call(*args: Any, **kwargs: Any) -> Any:
        if threading.get_ident() != thread:
            return own(*args, **kwargs)
        entry = Call(layer, depth, [x for x in tree.flatten(list(args)) if calls.is_tensor_like(x)], kwargs)
        made.append(entry)
        result = own(*args, **kwargs)
        entry.outputs = tree.flatten(result)
        return result

    object.__setattr__(layer, "call", call)
    try:
        yield
    finally:
        object.__delattr__(layer, "call")
