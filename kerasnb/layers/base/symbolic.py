"""Symbolic calls: the outputs of a layer for inputs of which only shape and dtype are known."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from typing import Any

from kerasnb.backend.autodiff.operation import Operation
from kerasnb.backend.tensor.keras_tensor import KerasTensor
from kerasnb.backend.tensor.shapes import map_shapes
from kerasnb.layers.base import call as calls
from kerasnb.layers.base.config import default, is_default
from kerasnb.layers.base.dtypes import LayerDTypes


class Symbolic(LayerDTypes, Operation):
    """What layers have for calls on KerasTensors."""

    _call_signature: inspect.Signature
    _call_context_args: set[str]

    @default
    def compute_output_shape(self, *args: Any, **kwargs: Any) -> Any:
        """Returns the shape of the outputs for inputs of a shape; subclasses override it."""
        raise self._not_implemented_error(
            self.compute_output_shape, "Should implement `def compute_output_shape(self, input_shape)`."
        )

    def compute_output_spec(self, *args: Any, **kwargs: Any) -> Any:
        """Returns KerasTensors of the shapes and dtypes that a call returns."""
        if not is_default(self.compute_output_shape):
            spec = calls.CallSpec(self._call_signature, self._call_context_args, args, kwargs)
            shapes = self.compute_output_shape(**calls.shapes_for(self.compute_output_shape, spec, type(self).__name__))
            return map_shapes(lambda shape: KerasTensor(shape, dtype=self.compute_dtype), shapes)
        return super().compute_output_spec(*args, **kwargs)

    def _not_implemented_error(self, method: Callable, hint: str = "") -> NotImplementedError:
        return NotImplementedError(
            f"Layer {type(self).__name__} does not have a `{method.__name__}` method implemented.{hint and ' ' + hint}"
        )
