"""Calls: the arguments of a call, the outer call around it, and the shapes that `build` gets from it."""

from __future__ import annotations

import contextlib
import functools
import inspect
import threading
from collections.abc import Callable, Iterable, Iterator
from typing import TYPE_CHECKING, Any

from kerasnb import tree
from kerasnb.backend.autodiff import recording
from kerasnb.backend.tensor import scopes
from kerasnb.backend.tensor.extents import unfilled
from kerasnb.backend.tensor.keras_tensor import KerasTensor, any_symbolic
from kerasnb.backend.tensor.tensor import Tensor
from kerasnb.layers.base.config import is_default

if TYPE_CHECKING:
    from kerasnb.layers.base.layer import Layer


class _Local(threading.local):
    def __init__(self) -> None:
        self.context: CallContext | None = None


_local = _Local()


class CallContext:
    """What layers called inside an outer layer's call inherit: `training`, and other registered arguments.

    Args:
        entry_layer: The outermost layer.
    """

    def __init__(self, entry_layer: Layer) -> None:
        self.entry_layer = entry_layer
        self.values: dict[str, Any] = {}


@contextlib.contextmanager
def call_context(layer: Layer) -> Iterator[CallContext]:
    """The context of the outermost running call; values set inside a call end with it."""
    outer = _local.context
    if outer is not None:
        context = outer
    else:
        if not scopes.is_inferring():
            layer._clear_losses()
        context = _local.context = CallContext(layer)
    values = dict(context.values)
    try:
        yield context
    finally:
        context.values = values
        _local.context = outer


@contextlib.contextmanager
def building() -> Iterator[None]:
    """Inside, weights are created and assigned, even where a symbolic call builds the layer."""
    with scopes.inferring(False), scopes.autocast(None), recording.unrecorded():
        yield


def is_plain(layer: Layer, args: tuple, kwargs: dict) -> bool:
    """Whether a call is recorded with all that it is completed by, masks and `training`, as in the configs of Keras."""
    if not layer._convert_input_args:
        return True
    return not kwargs and len(args) == 1 and is_tensor_like(args[0]) and args[0].dtype == layer.input_dtype


def inherits(operation: Any) -> Callable:
    """An operation that takes `training` and its like from the running call, unless they were passed to it.

    The calls of a graph hold them where they were not passed too, with the default value.
    """
    names = getattr(operation, "_call_context_args", ())
    if not names:
        return operation
    parameters = operation._call_signature.parameters
    defaults = {name: parameters[name].default for name in names if name in parameters}

    def call(*args: Any, **kwargs: Any) -> Any:
        passed = {n: v for n, v in kwargs.items() if n not in defaults or v is not defaults[n]}
        return operation(*args, **passed)

    return call


def is_tensor_like(x: Any) -> bool:
    """Whether `x` is a Tensor or a KerasTensor."""
    return isinstance(x, (Tensor, KerasTensor))


def mask_of(x: Any) -> Any:
    """The mask attached to a tensor, or None."""
    return getattr(x, "_keras_mask", None)


@contextlib.contextmanager
def describing_errors(layer: Layer, args: tuple, kwargs: dict) -> Iterator[None]:
    """Adds a note to an error inside a call: the innermost layer and its arguments."""
    try:
        yield
    except Exception as problem:
        if not getattr(problem, "__notes__", None):
            problem.add_note(_call_info(layer, args, kwargs))
        raise


def _call_info(layer, args, kwargs) -> str:
    bound = layer._call_signature.bind_partial(*args, **kwargs)
    arguments = "".join(f"\n  • {name}={_description(value)}" for name, value in bound.arguments.items())
    name = type(layer).__name__
    return f"Exception encountered when calling {name}.call().\n\nArguments received by {name}.call():{arguments}"


def _description(value) -> str:
    """An argument as text: only shape and dtype of tensors."""
    if isinstance(value, Tensor):
        return f"Tensor(shape={value.shape}, dtype={value.dtype})"
    if tree.is_nested(value):
        return str(tree.map_structure(_description, value))
    return str(value)


class CallSpec:
    """The arguments of one call by name, and which of them hold tensors.

    Args:
        signature: Signature of `call`.
        context_args: Names that are passed on to inner layers whether or not `call` takes them.
        args: Tuple of positional arguments.
        kwargs: Dict of keyword arguments; context arguments that `call` does not take are removed.
    """

    def __init__(self, signature: inspect.Signature, context_args: Iterable[str], args: tuple, kwargs: dict) -> None:
        extra = [name for name in context_args if name in kwargs and name not in signature.parameters]
        passed_on = {name: kwargs.pop(name) for name in extra}
        bound = signature.bind(*args, **kwargs)
        self.passed = {**passed_on, **bound.arguments}
        bound.apply_defaults()
        self.arguments = dict(bound.arguments)
        self.tensors = {name: v for name, v in self.arguments.items() if _holds_tensors(name, v)}
        self.first = next(iter(self.arguments.values()), None)

    @property
    def is_eager(self) -> bool:
        """Whether all tensors have a value."""
        return not any_symbolic(list(self.tensors.values()))

    def shapes(self) -> dict:
        """The shapes of the tensors, `inputs_shape` for the argument `inputs`."""
        names = [name for name in self.tensors if name not in ("mask", "args", "kwargs")]
        return {f"{n}_shape": tree.map_structure(_shape, self.tensors[n]) for n in names}


def _shape(x):
    return None if x is None else unfilled(x.shape)


def _holds_tensors(name, value) -> bool:
    if is_tensor_like(value):
        return True
    if not tree.is_nested(value) or not value:
        return False
    leaves = tree.flatten(value)
    if all(x is None or is_tensor_like(x) for x in leaves):
        return True
    if any(is_tensor_like(x) for x in leaves):
        raise ValueError(
            "In a nested call() argument, you cannot mix tensors and non-tensors. Received invalid mixed argument: "
            f"{name}={value}"
        )
    return False


def shapes_for(method: Callable, spec: CallSpec, class_name: str) -> dict:
    """The shapes that `build` or `compute_output_shape` takes, by argument name.

    A method of one argument gets the shape of the first tensor; with several, `foo_shape` is the
    shape of `call`'s argument `foo`.

    Args:
        method: The method of a layer.
        spec: The arguments of the call.
        class_name: Name of the layer's class, for errors.

    Raises:
        ValueError: If the method has several arguments, and one of them is not named after an argument of `call`.
    """
    shapes = spec.shapes()
    taken = _argument_names(getattr(method, "__func__", method))[inspect.ismethod(method) :]
    if len(taken) == 1:
        return {taken[0]: next(iter(shapes.values()), None)}
    for name in taken:
        _check_shape_argument(name, method.__name__, spec, class_name)
    return {name: shapes[name] for name in taken if name in shapes}


@functools.lru_cache(maxsize=1024)
def _argument_names(function: Callable) -> list[str]:
    """The names of the arguments of a function, without `*args` and `**kwargs`."""
    parameters = inspect.signature(function).parameters.values()
    return [p.name for p in parameters if p.kind not in (p.VAR_POSITIONAL, p.VAR_KEYWORD)]


def _check_shape_argument(name: str, method_name: str, spec: CallSpec, class_name: str) -> None:
    rule = (
        f"For a `{method_name}()` method with more than one argument, all arguments should have a `_shape` suffix and "
        f"match an argument from `call()`. E.g. `{method_name}(self, foo_shape, bar_shape)`  For layer '{class_name}', "
    )
    if not name.endswith("_shape"):
        raise ValueError(f"{rule}Received `{method_name}()` argument `{name}`, which does not end in `_shape`.")
    expected = name.removesuffix("_shape")
    if expected not in spec.arguments:
        raise ValueError(
            f"{rule}received `{method_name}()` argument `{name}`, but `call()` does not have argument `{expected}`."
        )


def might_have_unbuilt_state(layer: Layer) -> bool:
    """Whether a layer inside is not built yet."""
    return any(not inner.built for inner in layer._layers)


def has_own_build(layer: Layer) -> bool:
    """Whether the class of a layer has a `build` of its own."""
    return not is_default(layer.build)
