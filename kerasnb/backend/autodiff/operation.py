"""Operation: the base class of what a node of the symbolic graph calls: layers, models, operations of `keras.ops`."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from kerasnb import tree
from kerasnb.backend.autodiff.inference import infer
from kerasnb.backend.autodiff.node import Node
from kerasnb.backend.tensor import naming, scopes
from kerasnb.backend.tensor.extents import like
from kerasnb.backend.tensor.keras_tensor import KerasTensor, any_symbolic
from kerasnb.backend.tensor.tensor import Tensor
from kerasnb.backend.tracebacks import filtered
from kerasnb.serialization.captured import Captured

_INFER = (
    "Could not automatically infer the output shape / dtype of '{name}' (of type {kind}). Either the `{kind}.call()` "
    "method is incorrect, or you need to implement the `{kind}.compute_output_spec() / compute_output_shape()` method. "
    "Error encountered:\n\n{problem}"
)


def checked_name(name: Any) -> str | None:
    """The name of an operation, if it may be one.

    Raises:
        ValueError: If it is no string, or contains `/`.
    """
    if name is not None and (not isinstance(name, str) or "/" in name):
        raise ValueError(
            f"Argument `name` must be a string and cannot contain character `/`. Received: name={name} (of type "
            f"{type(name)})"
        )
    return name


class Operation(Captured):
    """A computation that can be a node of a symbolic graph: called on KerasTensors, it returns KerasTensors.

    A subclass implements `call`.

    Args:
        name: Optional name. Defaults to one made of the class name.

    Raises:
        ValueError: If the name contains `/`.

    Example:

    >>> class Times(keras.Operation):
    ...     def __init__(self, factor, *, name=None):
    ...         super().__init__(name=name)
    ...         self.factor = factor
    ...     def call(self, x):
    ...         return x * self.factor
    >>> Times(3)(keras.Input((2,))).shape
    (None, 2)
    >>> Times(3)(keras.ops.ones((2,))).tolist()
    [3.0, 3.0]
    """

    def __init__(self, name: str | None = None) -> None:
        self.name = checked_name(name) or naming.auto_name(type(self).__name__)
        self._inbound_nodes: list[Node] = []
        self._outbound_nodes: list[Node] = []

    @filtered
    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        """Computes the outputs, or adds a node to the graph where an argument is a KerasTensor."""
        if any_symbolic(args, kwargs):
            return self.symbolic_call(*args, **kwargs)
        return self.call(*args, **kwargs)

    def symbolic_call(self, *args: Any, **kwargs: Any) -> Any:
        """Returns the outputs of a call on KerasTensors, and adds its node to the graph."""
        outputs = self.compute_output_spec(*args, **kwargs)
        if not scopes.is_inferring():
            Node(self, args, kwargs, outputs)
        return outputs

    def call(self, *args: Any, **kwargs: Any) -> Any:
        """Computes the outputs from the inputs; subclasses implement it."""
        raise NotImplementedError(f"Operation {type(self).__name__} does not have a `call()` method implemented.")

    def compute_output_spec(self, *args: Any, **kwargs: Any) -> Any:
        """Returns KerasTensors of the shapes and dtypes that a call returns."""
        try:
            return infer(self.call, args, kwargs)
        except Exception as problem:
            text = _INFER.format(name=self.name, kind=type(self).__name__, problem=problem)
            raise like(problem, text) from None

    def quantized_call(self, *args: Any, **kwargs: Any) -> Any:
        """Not available: quantization comes later."""
        raise NotImplementedError(f"Operation {type(self).__name__} has no quantized call: quantization comes later.")

    def rematerialized_call(self, fn: Callable, *args: Any, **kwargs: Any) -> Any:
        """Calls a function; what it computes is kept, not computed again in the backward pass."""
        return fn(*args, **kwargs)

    @property
    def input(self) -> Any:
        """The KerasTensor(s) of the first symbolic call."""
        return self._of_first_node("input_tensors", "input")

    @property
    def output(self) -> Any:
        """The KerasTensor(s) that the first symbolic call returned."""
        return self._of_first_node("outputs", "output")

    def _of_first_node(self, attribute: str, what: str) -> Any:
        if not self._inbound_nodes:
            raise AttributeError(f"The layer {self.name} has never been called and thus has no defined {what}.")
        values = getattr(self._inbound_nodes[0], attribute)
        return values[0] if len(values) == 1 else values

    def get_config(self) -> dict:
        """Returns the arguments that the operation was created with.

        Raises:
            NotImplementedError: If one of them cannot be part of a config.
        """
        return self._captured_config()

    @classmethod
    def from_config(cls, config: dict) -> Any:
        """Creates an operation from its config, the output of `get_config`."""
        return cls(**config)

    def __repr__(self) -> str:
        return f"<Operation name={self.name}>"


def fresh(outputs: Any) -> Any:
    """The outputs of a call as KerasTensors of their own, so that each has one history."""
    tensors = (KerasTensor, Tensor)
    return tree.map_structure(lambda x: KerasTensor(x.shape, x.dtype) if isinstance(x, tensors) else x, outputs)
