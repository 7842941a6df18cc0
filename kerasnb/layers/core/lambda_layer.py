"""Lambda: any function as a layer."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Sequence
from typing import Any, Self

from kerasnb import serialization, tree
from kerasnb.backend.autodiff.inference import infer
from kerasnb.backend.tensor.keras_tensor import KerasTensor
from kerasnb.backend.tensor.shapes import map_shapes
from kerasnb.layers.base.layer import Layer
from kerasnb.serialization import lambdas

_NO_SHAPE = (
    "We could not automatically infer the shape of the Lambda's output. Please specify the `output_shape` argument for "
    "this Lambda layer."
)


class Lambda(Layer):
    """Makes a layer of any function.

    A lambda is saved as its code, which is loaded only with `safe_mode=False`: it may do anything. A named function
    that is registered, or a subclass of `Layer`, has no such limit.

    Args:
        function: The function to be evaluated. It takes the inputs as its first argument; `mask` and `training` are
            passed if it has arguments of these names.
        output_shape: Shape of the outputs without the batch size, or a function of the shape of the inputs. Defaults to
            the shape that a symbolic call of the function has.
        mask: Mask of the outputs, or a function of the inputs and their mask. Defaults to none.
        arguments: Optional dict of further keyword arguments of the function.

    Example:

    >>> keras.layers.Lambda(lambda x: x**2)(np.array([1.0, 3.0])).tolist()
    [1.0, 9.0]
    """

    def __init__(
        self, function: Callable, output_shape: Sequence | Callable | None = None, mask: Any = None,
        arguments: dict[str, Any] | None = None, **kwargs: Any,
    ) -> None:  # fmt: skip
        super().__init__(**kwargs)
        self.function = function
        self.arguments: dict[str, Any] = arguments or {}
        self.mask, self.supports_masking = mask, mask is not None
        self._output_shape = output_shape
        names = inspect.getfullargspec(function).args
        self._context_names = [name for name in ("mask", "training") if name in names]

    def call(self, inputs: Any, mask: Any = None, training: bool | None = None) -> Any:
        """Evaluates the function."""
        given: dict[str, Any] = {"mask": mask, "training": training}
        arguments = dict(self.arguments)
        arguments.update({name: given[name] for name in self._context_names})
        return self.function(inputs, **arguments)

    def compute_output_shape(self, input_shape: Any) -> Any:
        """Returns the shape of the outputs for inputs of a shape.

        Raises:
            NotImplementedError: If it has to be inferred, and cannot.
        """
        if callable(self._output_shape):
            return self._output_shape(input_shape)
        if self._output_shape is not None:
            batch_size = tree.flatten(input_shape)[0]
            return map_shapes(lambda shape: (batch_size, *shape), self._output_shape)
        inputs = map_shapes(lambda shape: KerasTensor(shape, dtype=self.compute_dtype), input_shape)
        return tree.map_structure(lambda x: x.shape, self._inferred(inputs))

    def compute_output_spec(self, inputs: Any, mask: Any = None, training: bool | None = None) -> Any:
        """Returns KerasTensors of the shapes and dtypes that the function returns.

        Raises:
            NotImplementedError: If they have to be inferred, and cannot.
        """
        if self._output_shape is None:
            return self._inferred(inputs, mask=mask, training=training)
        return super().compute_output_spec(inputs, mask=mask, training=training)

    def _inferred(self, inputs: Any, **context: Any) -> Any:
        try:
            return infer(self.call, (inputs,), context)
        except Exception as problem:
            raise NotImplementedError(_NO_SHAPE) from problem

    def compute_mask(self, inputs: Any, mask: Any = None) -> Any:
        """Returns the mask of the outputs."""
        return self.mask(inputs, mask) if callable(self.mask) else self.mask

    def get_config(self) -> dict:
        """Returns the config of the layer: the arguments of its constructor, a lambda as its code."""
        given = {"function": self.function, "output_shape": self._output_shape, "mask": self.mask}
        config = {name: _serialized(value) for name, value in given.items() if value is not None}
        return {**super().get_config(), **config, "arguments": serialization.serialize_keras_object(self.arguments)}

    @classmethod
    def from_config(cls, config: dict, custom_objects: dict | None = None, safe_mode: bool | None = None) -> Self:
        """Creates a layer from its config.

        Args:
            config: Dict, the output of `get_config`.
            custom_objects: Optional dict of names of the user's own classes and functions.
            safe_mode: Boolean, whether to refuse lambdas. Defaults to that of the loading function, else to `True`.

        Raises:
            ValueError: If it holds a lambda that is refused.
        """
        config = dict(serialization.with_lambdas(config, safe_mode))
        for name in ("function", "output_shape", "mask", "arguments"):
            if name in config and not inspect.isfunction(config[name]):
                config[name] = serialization.deserialize_keras_object(config[name], custom_objects=custom_objects)
        shape = config.get("output_shape")
        if isinstance(shape, list) and all(extent is None or isinstance(extent, int) for extent in shape):
            config["output_shape"] = tuple(shape)
        return super().from_config(config)


def _serialized(value: Any) -> Any:
    """An argument in a config: a lambda is its code, without the warning of other places."""
    if not (inspect.isfunction(value) and value.__name__ == "<lambda>"):
        return serialization.serialize_keras_object(value)
    code, defaults, closure = lambdas.dump(value)
    return {"class_name": "__lambda__", "config": {"code": code, "defaults": defaults, "closure": closure}}
