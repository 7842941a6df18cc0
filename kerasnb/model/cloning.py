"""clone_model: the same architecture with new layers, and so with new weights."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from typing import Any

from kerasnb import saving, tree
from kerasnb.backend.tensor.keras_tensor import KerasTensor
from kerasnb.layers.core.input_layer import Input, InputLayer
from kerasnb.model.functional import Functional
from kerasnb.model.model import Model
from kerasnb.model.sequential import Sequential


def clone_model(
    model: Model, input_tensors: Any = None, clone_function: Callable | None = None,
    call_function: Callable | None = None, recursive: bool = False, **kwargs: Any,
) -> Model:  # fmt: skip
    """Copies the architecture of a model.

    The clone has the same architecture with new layers, so its weights are new, too. A layer that is called twice is
    cloned once. A compiled model is compiled again. A subclassed model is created again from its config.

    Args:
        model: Instance of `Model`.
        input_tensors: Optional symbolic tensors in the structure of `model.input`, from which the clone is made.
            Defaults to new inputs.
        clone_function: Callable with signature `fn(layer)` that returns the layer to use in its place; inputs are
            always new. Defaults to `layer.__class__.from_config(layer.get_config())`.
        call_function: Callable with signature `fn(layer, *args, **kwargs)` that calls a cloned layer, for Functional
            models only. Defaults to the call itself.
        recursive: Boolean, whether inner Sequential and Functional models are cloned layer by layer, with the same
            functions. Defaults to `False`.
        **kwargs: Must be empty.

    Returns:
        The new model.

    Raises:
        ValueError: If an argument does not fit the kind of the model.

    Example:

    >>> model = keras.Sequential([keras.Input((3,)), keras.layers.Dense(2, name="out")])
    >>> clone = keras.models.clone_model(model)
    >>> clone.layers[0] is model.layers[0], clone.count_params()
    (False, 8)
    """
    if kwargs:
        raise ValueError(f"Unexpected keyword argument(s): {tuple(kwargs)}")
    for name, function in (("clone_function", clone_function), ("call_function", call_function)):
        if function is not None and not callable(function):
            raise ValueError(f"Expected `{name}` argument to be a callable. Received: {name}={function}")
    cloning = _Cloning(clone_function or _again, call_function, recursive)
    if isinstance(model, Sequential):
        if call_function is not None:
            raise ValueError(
                "`call_function` argument is not supported with Sequential models, whose layers are only listed. "
                f"Received model of type '{type(model).__name__}', with call_function={call_function}"
            )
        return cloning.sequential(model, input_tensors)
    if isinstance(model, Functional):
        return cloning.functional(model, input_tensors)
    _check_no_functions(model, input_tensors, clone_function, call_function)
    return saving.deserialize_keras_object(
        saving.serialize_keras_object(model), custom_objects={type(model).__name__: type(model)}
    )


def _again(layer: Any) -> Any:
    """A new layer of the same config."""
    return type(layer).from_config(layer.get_config())


def _check_no_functions(model: Model, input_tensors: Any, clone_function: Any, call_function: Any) -> None:
    given = {"input_tensors": input_tensors, "clone_function": clone_function, "call_function": call_function}
    for name, value in given.items():
        if value is not None:
            raise ValueError(
                f"Argument `{name}` is only supported for Sequential models or Functional models. Received model of "
                f"type '{type(model).__name__}', with {name}={value}"
            )


class _Cloning:
    """One cloning of a model and the models inside.

    Args:
        clone_function: Function of a layer that returns the new one.
        call_function: Optional function of a layer and its arguments that calls it.
        recursive: Boolean, whether inner models are cloned layer by layer.
    """

    def __init__(self, clone_function: Callable, call_function: Callable | None, recursive: bool) -> None:
        self.clone_function, self.recursive = clone_function, recursive
        self.call_function = call_function or (lambda layer, *args, **kwargs: layer(*args, **kwargs))
        self.clones: dict[int, Any] = {}  # a layer that is called twice is cloned once

    def of(self, layer: Any) -> Any:
        """The layer that stands in the clone for a layer or an operation."""
        if id(layer) not in self.clones:
            self.clones[id(layer)] = self._new(layer)
        return self.clones[id(layer)]

    def _new(self, layer: Any) -> Any:
        if self.recursive and isinstance(layer, Sequential):
            return self.sequential(layer)
        if self.recursive and isinstance(layer, Functional):
            return self.functional(layer)
        return self.clone_function(layer)

    def sequential(self, model: Sequential, input_tensors: Any = None) -> Sequential:
        """A new Sequential of the clones of a model's layers."""
        layers = [self.of(layer) for layer in model.layers]
        front = _front(model, input_tensors)
        clone = Sequential(layers if front is None else [front, *layers], name=model.name, trainable=model.trainable)
        return _compiled_like(clone, model)

    def functional(self, model: Functional, input_tensors: Any = None) -> Model:
        """A new functional model from the calls of a model's graph, made with the clones."""
        inputs = _new_inputs(model) if input_tensors is None else _checked(input_tensors, model)
        outputs = model._compute(inputs, self._caller)
        clone = (type(model) if _takes_a_graph(type(model)) else Functional)(inputs, outputs, name=model.name)
        return _compiled_like(clone, model)

    def _caller(self, operation: Any) -> Callable:
        clone = self.of(operation)
        return lambda *args, **kwargs: self.call_function(clone, *args, **kwargs)


def _takes_a_graph(cls: type) -> bool:
    """Whether the constructor of a class is that of a functional model, or passes everything on."""
    own = inspect.getfullargspec(cls.__init__)  # type: ignore[misc]
    return own.args == inspect.getfullargspec(Functional.__init__).args or bool(own.varargs and own.varkw)


def _front(model: Sequential, input_tensors: Any) -> Any:
    """The input of the clone of a Sequential, or None."""
    own = model._stack[0] if model._has_input() else None
    options = {} if own is None else {"name": own.name, "optional": own.optional}
    if input_tensors is None:
        return None if own is None else Input(batch_shape=own.batch_shape, dtype=own.dtype, **options)
    if isinstance(input_tensors, (list, tuple)):
        if len(input_tensors) != 1:
            raise ValueError(
                "Argument `input_tensors` must contain a single tensor. "
                f"Received: {len(input_tensors)} in input_tensors={input_tensors}"
            )
        (input_tensors,) = input_tensors
    if not isinstance(input_tensors, KerasTensor):
        raise ValueError(
            f"Argument `input_tensors` must be a KerasTensor. Received invalid value: input_tensors={input_tensors}"
        )
    return Input(tensor=input_tensors, **options)


def _new_inputs(model: Functional) -> Any:
    """New symbolic inputs like those of a model, of the same names."""
    return tree.map_structure(_new_input, model.input)


def _new_input(x: KerasTensor) -> KerasTensor:
    layer = x._keras_history.operation
    optional = isinstance(layer, InputLayer) and layer.optional
    return Input(batch_shape=x.shape, dtype=x.dtype, name=x.name, optional=optional)


def _checked(input_tensors: Any, model: Functional) -> Any:
    """The given inputs, if they are symbolic and in the structure of the model's."""
    if not all(isinstance(x, KerasTensor) for x in tree.flatten(input_tensors)):
        raise ValueError(
            "All entries in `input_tensors` must be KerasTensors. "
            f"Received invalid values: input_tensors={input_tensors}"
        )
    try:
        tree.assert_same_structure(input_tensors, model.input)
    except (ValueError, TypeError):
        raise ValueError(
            "`input_tensors` must have the same structure as model.input\n"
            f"Reference structure: {model.input}\nReceived structure: {input_tensors}"
        ) from None
    return input_tensors


def _compiled_like(clone: Any, model: Model) -> Any:
    if model.compiled:
        clone.compile_from_config(model.get_compile_config())
    return clone
