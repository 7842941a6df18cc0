"""Sequential: a model that is a plain stack of layers."""

from __future__ import annotations

import copy
import inspect
from collections.abc import Iterator
from contextlib import AbstractContextManager
from typing import Any

from kerasnb import saving, serialization, tree
from kerasnb.backend.tensor import naming
from kerasnb.backend.tensor.keras_tensor import KerasTensor
from kerasnb.backend.tensor.shapes import is_shape, standardize_shape
from kerasnb.backend.tensor.tensor import Tensor
from kerasnb.layers.base import hints
from kerasnb.layers.base.layer import Layer
from kerasnb.layers.core.input_layer import InputLayer
from kerasnb.model.data.ranks import with_rank_of
from kerasnb.model.model import Model
from kerasnb.model.surgery import plan as plans
from kerasnb.model.surgery.methods import Surgery
from kerasnb.model.training.session import check_free
from kerasnb.model.training.targets import embeddings_of_inputs
from kerasnb.saving import legacy_config

_ONE_INPUT = (
    "Hint: A Sequential model has one input. Join the columns of a table, as with `np.stack(list(x.values()), "
    "axis=-1)`, or create a functional model with an input for each array."
)


class Sequential(Surgery, Model):
    """A model whose layers follow one another.

    With an `Input` in front, the model is built as layers are added. Without one it has no weights
    until it is called on data, or `build` is called.

    Args:
        layers: Optional list of layers.
        trainable: Boolean, whether the model's variables are trainable. Defaults to `True`.
        name: Optional name of the model.

    Example:

    >>> model = keras.Sequential()
    >>> model.add(keras.Input(shape=(16,)))
    >>> model.add(keras.layers.Dense(8))
    >>> len(model.weights)
    2
    """

    def __init__(self, layers: list | None = None, trainable: bool = True, name: str | None = None) -> None:
        super().__init__(trainable=trainable, name=name)
        self._stack: list = []
        self._ends: tuple | None = None
        self._built_part: tuple | None = None  # how many layers are built, and the output of the last one
        for layer in layers or ():
            self.add(layer, rebuild=False)
        if layers:
            self._maybe_rebuild()

    @property
    def _layers(self) -> list:
        return self._stack

    @property
    def layers(self) -> list:
        """The layers that were added, without the `InputLayer`."""
        return self._stack[1:] if self._has_input() else self._stack[:]

    @layers.setter
    def layers(self, _: Any) -> None:
        raise AttributeError(
            "`Sequential.layers` attribute is reserved and should not be used. Use `add()` and `pop()` to change the "
            "layers in this model."
        )

    def _has_input(self) -> bool:
        return bool(self._stack) and isinstance(self._stack[0], InputLayer)

    # --- changing the stack

    def add(self, layer: Any, rebuild: bool = True) -> None:
        """Adds a layer at the end.

        Args:
            layer: Layer instance, or the result of `keras.Input`.
            rebuild: Boolean, whether to build the model if possible. Defaults to `True`.

        Raises:
            ValueError: If it is not a layer, its name is taken, or there is already an input.
            RuntimeError: If another thread trains the model.
        """
        check_free(self)
        history = getattr(layer, "_keras_history", None)
        if history is not None and isinstance(history.operation, InputLayer):
            layer = history.operation
        self._check_new(layer)
        if not self._stack and getattr(layer, "_input_shape_arg", None) is not None:
            self._stack.append(InputLayer(shape=layer._input_shape_arg))
        self._stack.append(layer)
        self._built_part = self._ends and (len(self._stack) - 1, self._ends[1])
        self.built, self._ends = False, None
        if rebuild:
            self._maybe_rebuild()
        self._built_part = None
        self._report("added", layer)

    def _check_new(self, layer: Any) -> None:
        if not isinstance(layer, Layer):
            raise ValueError(
                f"Only instances of `keras.Layer` can be added to a Sequential model. Received: {layer} (of type "
                f"{type(layer)})"
            )
        if any(layer.name == other.name and layer is not other for other in self._stack):
            raise ValueError(
                f"All layers added to a Sequential model should have unique names. Name '{layer.name}' is already "
                "the name of a layer in this model. Update the `name` argument to pass a unique name."
            )
        if isinstance(layer, InputLayer) and self._has_input():
            raise ValueError(
                f"Sequential model '{self.name}' has already been configured to use input shape "
                f"{self._stack[0].batch_shape}. You cannot add a different Input layer to it."
            )

    def pop(self, rebuild: bool = True) -> Layer:
        """Removes the last layer.

        Args:
            rebuild: Boolean, whether to build the model again if possible. Defaults to `True`.

        Returns:
            The layer.

        Raises:
            RuntimeError: If another thread trains the model.
        """
        check_free(self)
        layer = self._stack.pop()
        self.built, self._ends = False, None
        if rebuild and self._stack:
            self._maybe_rebuild()
        self._report("removed", layer)
        return layer

    def _plan(self) -> plans.Plan:
        is_unbuilt = self._ends is None and (len(self._stack) > 1 or not self._has_input())
        return plans.chain([None, *self.layers] if is_unbuilt else self._stack)

    def _scope(self) -> AbstractContextManager:
        return self._open_name_scope()

    def _adopt(self, plan: plans.Plan, inputs: Any, outputs: Any) -> None:
        before, operations = self.layers, [call.operation for call in plan.calls.values()]
        if outputs is None:
            self._stack[:] = [*self._stack[: self._has_input()], *operations[1:]]
            self._maybe_rebuild()
        else:
            self._stack[:] = operations
            self._ends, self.built = (inputs, outputs), True
        for what, layers, others in (("removed", before, self.layers), ("added", self.layers, before)):
            for layer in layers:
                if not any(layer is other for other in others):
                    self._report(what, layer)

    def _maybe_rebuild(self) -> None:
        self.built, self._ends = False, None
        if len(self._stack) < 2:
            return
        if self._has_input():
            self.build(self._stack[0].batch_shape)
        elif getattr(self._stack[0], "input_shape", None) is not None:
            self.build(self._stack[0].input_shape)

    def _lock_state(self) -> None:
        """Unlike other layers, a Sequential may change after it is built."""

    # --- build and call

    def build(self, input_shape: Any = None) -> None:
        """Builds the layers for inputs of a shape.

        Args:
            input_shape: Shape tuple with the batch size, None for unknown extents.

        Raises:
            ValueError: If there are no layers, or the model has another input shape.
        """
        if not is_shape(input_shape):
            return  # not the shape of one tensor: layers are built as they are called
        input_shape = standardize_shape(input_shape)
        if not self._stack:
            raise ValueError(
                f"Sequential model {self.name} cannot be built because it has no layers. Call `model.add(layer)`."
            )
        before = self._stack
        if not self._has_input():
            self._stack = [InputLayer(batch_shape=input_shape, dtype=self._stack[0].compute_dtype), *self._stack]
        elif self._stack[0].batch_shape != input_shape:
            raise ValueError(
                f"Sequential model '{self.name}' has already been configured to use input shape "
                f"{self._stack[0].batch_shape}. You cannot build it with input_shape {input_shape}"
            )
        inputs = self._stack[0].output
        count, x = self._built_part or (1, inputs)
        for layer in self._stack[count:]:
            try:
                x = layer(x)
            except NotImplementedError:
                return  # its output shape is unknown before it is called
            except TypeError:
                self._stack = before
                _check_signature(layer)
                raise
            except ValueError:  # these inputs do not fit; others may
                self._stack = before
                raise
            _check_output(layer, x)
        self._ends = (inputs, x)
        naming.auto_name("Functional")  # a stack counts as one of them, as in Keras

    def call(self, inputs: Any, training: bool | None = None, mask: Any = None, **kwargs: Any) -> Any:
        """Calls the layers one after another; the mask is for the first, the rest for those that inherit it."""
        self._check_inherited(kwargs)
        if self._ends is not None and isinstance(inputs, (list, tuple)) and len(inputs) == 1:
            inputs, mask = inputs[0], mask[0] if isinstance(mask, (list, tuple)) else mask
        if self._ends is not None and isinstance(inputs, (Tensor, KerasTensor)):
            inputs = self._ranked(inputs)
        elif self._ends is not None and tree.is_nested(inputs) and len(tree.flatten(inputs)) != 1:
            raise ValueError(
                "The structure of `inputs` doesn't match the expected structure.\n"
                f"Expected: {self._ends[0].name}\n"
                f"Received: inputs={tree.map_structure(lambda x: tuple(x.shape), inputs)}\n{_ONE_INPUT}"
            )
        for layer in self.layers:
            takes_mask = mask is not None and "mask" in layer._call_signature.parameters
            inherited = {name: kwargs[name] for name in layer._call_context_args if name in kwargs}
            inputs, mask = layer(inputs, **({"mask": mask} if takes_mask else {}), **inherited), None
        return inputs

    def embeddings_of_inputs(self) -> Iterator[tuple[int, Any]]:
        """The first layer, with position 0, where it takes the inputs as ids."""
        if type(self).call is Sequential.call and self.layers:
            yield from embeddings_of_inputs(self.layers[0])

    def _check_inherited(self, arguments: dict) -> None:
        for name in arguments:
            if not any(name in layer._call_context_args for layer in self.layers):
                raise TypeError(
                    f"Sequential model '{self.name}' got an unexpected argument {name!r}: no layer in it has "
                    "registered it with `_register_call_context_args`."
                )

    def _ranked(self, x: Any) -> Any:
        """The inputs with a last axis of 1 added or removed where the model expects that."""
        expected = self._end(0, "input shape").shape
        ranked = with_rank_of(x, expected)
        if ranked is not None:
            return ranked
        raise ValueError(
            f"Invalid input shape for the model {self.name!r}. Expected shape {(None, *expected[1:])}, but input has "
            f"incompatible shape {tuple(x.shape)}.\nHint: {hints.for_model(expected, tuple(x.shape))}"
        )

    def compute_output_spec(
        self, inputs: Any, training: bool | None = None, mask: Any = None, **kwargs: Any
    ) -> Any:  # fmt: skip
        """Returns symbolic outputs for symbolic inputs."""
        self._check_inherited(kwargs)
        for layer in self.layers:
            if layer.built and isinstance(inputs, KerasTensor):
                layer._assert_input_compatibility(inputs)
            inputs = layer.compute_output_spec(inputs)
        return inputs

    def compute_output_shape(self, input_shape: Any) -> Any:
        """Returns the shape of the outputs for inputs of a shape."""
        if self._ends is not None and is_shape(input_shape):
            return self.compute_output_spec(KerasTensor(input_shape, self._ends[0].dtype)).shape
        for layer in self.layers:
            input_shape = layer.compute_output_shape(input_shape)
        return input_shape

    # --- ends

    def _end(self, which: int, description: str) -> KerasTensor:
        if self._ends is None:
            raise AttributeError(f"Sequential model '{self.name}' has no defined {description} yet.")
        return self._ends[which]

    @property
    def input_shape(self) -> tuple:
        """The shape of the inputs with the batch size."""
        return self._end(0, "input shape").shape

    @property
    def output_shape(self) -> tuple:
        """The shape of the outputs with the batch size."""
        return self._end(1, "output shape").shape

    @property
    def inputs(self) -> list:
        """The symbolic inputs, a list of one."""
        return [self._end(0, "inputs")]

    @property
    def outputs(self) -> list:
        """The symbolic outputs, a list of one."""
        return [self._end(1, "outputs")]

    @property
    def input_dtype(self) -> str:
        """The dtype inputs are converted to: the input layer's."""
        return self._stack[0].dtype if self._has_input() else super().input_dtype

    # --- config

    def get_config(self) -> dict:
        """Returns the config of the model, with those of its layers."""
        config = {
            **super().get_config(),
            "layers": [copy.deepcopy(saving.serialize_keras_object(v)) for v in self._stack],
        }
        if self._ends is not None:
            config["build_input_shape"] = self._stack[0].batch_shape
        return config

    @classmethod
    def from_config(cls, config: dict, custom_objects: dict | None = None) -> Sequential:
        """Creates a model from the output of `get_config`.

        Args:
            config: Dict with the keys `name` and `layers`.
            custom_objects: Optional dict of names of the user's own classes and functions.

        Raises:
            ValueError: If a key is missing.
        """
        if "name" not in config or "layers" not in config:
            raise ValueError(
                "A Sequential model configuration must be a dictionary containing the 'name' and 'layers' keys. "
                f"Received: config={config}"
            )
        if legacy_config.is_old(config):
            config = legacy_config.stack(config)
        model = cls(name=config["name"])
        for layer_config in config["layers"]:
            model.add(saving.deserialize_keras_object(layer_config, custom_objects=custom_objects))
        shape = config.get("build_input_shape")
        if model._ends is None and shape and isinstance(shape, (tuple, list)):
            model.build(tuple(shape))
        return model


def _check_output(layer: Layer, x: Any) -> None:
    if x is None:
        raise ValueError(
            f"All `outputs` values must be KerasTensors. Received: outputs=None, of layer '{layer.name}' (of type "
            f"{type(layer).__name__})\nHint: Does the `call()` of the layer end with `return`?"
        )


def _check_signature(layer: Layer) -> None:
    """Raises ValueError if a layer's `call` cannot take one tensor."""
    taken = [
        p
        for p in inspect.signature(layer.call).parameters.values()
        if p.kind in (p.POSITIONAL_ONLY, p.POSITIONAL_OR_KEYWORD)
    ]
    if not taken:
        raise ValueError(
            "Layers added to a Sequential model should have a single positional argument, the input tensor. "
            f"Layer {type(layer).__name__} has no positional arguments."
        )
    required = [p for p in taken if p.default is p.empty]
    if len(required) > 1:
        raise ValueError(
            "Layers added to a Sequential model can only have a single required positional argument, the input tensor. "
            f"Layer {type(layer).__name__} has multiple required positional arguments: {required}"
        )


for _module in ("keras", "keras.models"):  # files of older versions name the second
    serialization.public(_module, (Model, Sequential))
