"""Symbolic calls: what a layer gives for inputs of which only shape and dtype are known."""

from __future__ import annotations

from kerasnb.backend.tensor.extents import like
from kerasnb.backend.tensor.keras_tensor import KerasTensor
from kerasnb.backend.tensor.shapes import map_shapes
from kerasnb.layers.base import call as calls
from kerasnb.layers.base.config import default, is_default
from kerasnb.layers.base.inference import infer

_INFER = (
    "Could not automatically infer the output shape / dtype of '{name}' (of type {kind}). Either the `{kind}.call()` "
    "method is incorrect, or you need to implement the `{kind}.compute_output_spec() / compute_output_shape()` method. "
    "Error encountered:\n\n{problem}"
)


class Symbolic:
    """What layers have of shapes."""

    @default
    def compute_output_shape(self, *args, **kwargs):
        """Returns the shape of the outputs for inputs of a shape; subclasses override it."""
        raise self._not_implemented_error(
            self.compute_output_shape, "Should implement `def compute_output_shape(self, input_shape)`."
        )

    def compute_output_spec(self, *args, **kwargs):
        """Returns KerasTensors of the shapes and dtypes that a call gives."""
        if not is_default(self.compute_output_shape):
            spec = calls.CallSpec(self._call_signature, self._call_context_args, args, kwargs)
            shapes = self.compute_output_shape(**calls.shapes_for(self.compute_output_shape, spec, type(self).__name__))
            return map_shapes(lambda shape: KerasTensor(shape, dtype=self.compute_dtype), shapes)
        try:
            return infer(self.call, args, kwargs)
        except Exception as problem:
            text = _INFER.format(name=self.name, kind=type(self).__name__, problem=problem)
            raise like(problem, text) from None

    def symbolic_call(self, *args, **kwargs):
        """Returns what a call on KerasTensors gives."""
        return self.compute_output_spec(*args, **kwargs)

    @property
    def input(self):
        """The KerasTensor(s) of the layer's first symbolic call."""
        return self._of_first_node("input_tensors", "input")

    @property
    def output(self):
        """The KerasTensor(s) that came out of the layer's first symbolic call."""
        return self._of_first_node("output_tensors", "output")

    def _of_first_node(self, attribute, told):
        if not self._inbound_nodes:
            raise AttributeError(f"The layer {self.name} has never been called and thus has no defined {told}.")
        values = getattr(self._inbound_nodes[0], attribute)
        return values[0] if len(values) == 1 else values

    def _not_implemented_error(self, method, told: str = ""):
        return NotImplementedError(
            f"Layer {type(self).__name__} does not have a `{method.__name__}` method implemented.{told and ' ' + told}"
        )
