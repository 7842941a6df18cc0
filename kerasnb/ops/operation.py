"""`@operation`: what makes a function of `keras.ops` an operation of the symbolic graph.

Called on values, the function runs. Called on KerasTensors, it becomes a node of the graph, whose operation has the
class name and the config that Keras gives it, so that models with operations between their layers open in either.
"""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable
from typing import Any, ClassVar, TypeVar

from kerasnb import serialization
from kerasnb.backend.autodiff.node import Node
from kerasnb.backend.autodiff.operation import Operation, fresh
from kerasnb.backend.settings import image_data_format
from kerasnb.backend.tensor import scopes
from kerasnb.backend.tensor.dtypes import floatx
from kerasnb.backend.tensor.keras_tensor import KerasTensor
from kerasnb.ops.describe import shaped

Function = TypeVar("Function", bound=Callable)
_NESTED = frozenset({list, tuple, dict})
_LOOKED_AT = _NESTED | {KerasTensor}
# What stands in a config where the argument is None, or is no argument here.
_RESOLVED: dict[tuple[str, str], Callable[[], Any]] = {
    ("OneHot", "dtype"): floatx,
    ("MultiHot", "dtype"): floatx,
    ("LayerNorm", "rms_scaling"): bool,
}
_CORE = ("control_flow", "slices")  # Keras has them in one file
_DECLARED: dict[tuple[str, str], Callable] = {}


class PublicOperation(Operation):
    """A function of `keras.ops` with the arguments that are its config.

    Args:
        *args: The values of the config, in the order of its names.
        name: Optional name of the operation.
        **config: The values of the config by name.
    """

    function: ClassVar[Callable]
    config_names: ClassVar[tuple[str, ...]]
    call_names: ClassVar[tuple[str, ...]]  # of positional arguments, the one of `*args` excluded

    def __init__(self, *args: Any, name: str | None = None, **config: Any) -> None:
        super().__init__(name=name)
        config |= zip(self.config_names, args, strict=False)
        unknown = sorted(set(config) - set(self.config_names))
        if unknown or len(args) > len(self.config_names):
            raise TypeError(f"{type(self).__name__} takes the arguments {self.config_names}. Received: {config}")
        self._config = config

    def call(self, *args: Any, **kwargs: Any) -> Any:
        """Calls the function on values."""
        named = dict(zip(self.call_names, args, strict=False))
        rest = args[len(self.call_names) :]
        if not rest:
            return self.function(**named, **self._config, **kwargs)
        bound = inspect.signature(self.function).bind_partial(**named, **self._config, **kwargs)
        starred = next(p.name for p in bound.signature.parameters.values() if p.kind is p.VAR_POSITIONAL)
        bound.arguments[starred] = rest
        return self.function(*bound.args, **bound.kwargs)

    def compute_output_spec(self, *args: Any, **kwargs: Any) -> Any:
        """Returns KerasTensors of the shapes and dtypes that a call gives."""
        with scopes.inferring(True):
            return fresh(self.call(*args, **kwargs))

    def get_config(self) -> dict:
        """Returns the name and the arguments that are no inputs."""
        config = {name: serialization.serialize_keras_object(value) for name, value in self._config.items()}
        return {"name": self.name, **config}

    @classmethod
    def from_config(cls, config: dict) -> PublicOperation:
        """Creates an operation from its config."""
        return cls(**{name: serialization.deserialize_keras_object(value) for name, value in config.items()})


def operation(
    class_name: str, *config: str, keywords: tuple[str, ...] = (), trials: bool = False, nodes: Callable | None = None
) -> Callable[[Function], Function]:
    """Declares a public function as an operation: symbolic arguments give a node of the graph.

    Args:
        class_name: The name of its class in Keras, which stands in configs.
        *config: The arguments that are part of its config; the others are what it is called with.
        keywords: Those of the others that a node holds by name.
        trials: Boolean, whether unknown extents are found by trying sizes, because its body needs numbers.
        nodes: Function of the same arguments that adds other nodes in its place, or returns NotImplemented.

    Returns:
        A decorator.
    """

    def decorate(function: Function) -> Function:
        run = shaped(function) if trials else function

        @functools.wraps(function)
        def public(*args: Any, **kwargs: Any) -> Any:
            for x in args:
                if type(x) in _LOOKED_AT and is_symbolic(x):
                    return _symbolic_call(public, run, args, kwargs)
            if kwargs and is_symbolic(kwargs):
                return _symbolic_call(public, run, args, kwargs)
            return function(*args, **kwargs)

        vars(public)["declared"] = class_name, config, keywords, nodes
        _DECLARED.setdefault((keras_module(function.__module__), class_name), public)
        return public  # type: ignore[return-value]

    return decorate


def is_symbolic(x: Any) -> bool:
    """Whether an argument is a KerasTensor, or a list, tuple or dict that holds one."""
    kind = type(x)
    if kind is KerasTensor:
        return True
    if kind not in _NESTED:
        return False
    values = x.values() if kind is dict else x
    kinds = set(map(type, values))
    return KerasTensor in kinds or (not kinds.isdisjoint(_NESTED) and any(map(is_symbolic, values)))


def keras_module(module: str) -> str:
    """The module of Keras in which the operation of a file of `kerasnb.ops` stands."""
    family = module.split(".")[2]
    return f"keras.src.ops.{'core' if family in _CORE else family}"


@functools.cache
def operation_class(public: Any) -> type[PublicOperation]:
    """The class of the operation that a function of `keras.ops` is, made when it is first needed."""
    class_name, config, keywords, _ = public.declared
    kinds = inspect.Parameter
    named = (kinds.POSITIONAL_ONLY, kinds.POSITIONAL_OR_KEYWORD)
    parameters = inspect.signature(public).parameters.values()
    call_names = [p.name for p in parameters if p.kind in named and p.name not in (*config, *keywords)]
    members = {
        "__module__": keras_module(public.__module__), "__doc__": public.__doc__, "function": staticmethod(public),
        "config_names": config, "call_names": tuple(call_names),
    }  # fmt: skip
    return type(class_name, (PublicOperation,), members)


def find_class(module: str, class_name: str) -> type[PublicOperation] | None:
    """The class of an operation by the names that stand in a config, or None.

    Args:
        module: String such as `"keras.src.ops.numpy"`.
        class_name: String such as `"Sum"`.
    """
    public = _DECLARED.get((module, class_name))
    return None if public is None else operation_class(public)


def _symbolic_call(public: Callable, run: Callable, args: tuple, kwargs: dict) -> Any:
    """The node of a call on KerasTensors; while shapes are inferred, only what the call returns."""
    if scopes.is_inferring():
        return run(*args, **kwargs)
    nodes = vars(public)["declared"][-1]
    if nodes is not None and (outputs := nodes(*args, **kwargs)) is not NotImplemented:
        return outputs
    with scopes.inferring(True):
        outputs = fresh(run(*args, **kwargs))  # an error of the arguments is raised before there is an operation
    cls = operation_class(public)
    config, call_args, call_kwargs = divided(cls, args, kwargs)
    Node(cls(**config), call_args, call_kwargs, outputs)
    return outputs


def divided(cls: type[PublicOperation], args: tuple, kwargs: dict) -> tuple[dict, tuple, dict]:
    """(config, positional arguments, keyword arguments) of a call."""
    bound = inspect.signature(cls.function).bind(*args, **kwargs)
    bound.apply_defaults()
    config: dict = {}
    call_args: list = []
    call_kwargs: dict = {}
    for name, value in bound.arguments.items():
        kind = bound.signature.parameters[name].kind
        if kind is inspect.Parameter.VAR_POSITIONAL:
            call_args += value
        elif kind is inspect.Parameter.VAR_KEYWORD:
            call_kwargs |= value
        elif name in cls.config_names and not is_symbolic(value):
            config[name] = _resolved(cls, name) if value is None else value
        elif name in cls.call_names:
            call_args.append(value)
        else:
            call_kwargs[name] = value
    absent = [name for name in cls.config_names if name not in {*config, *call_kwargs}]
    config |= {name: _resolved(cls, name) for name in absent}
    return config, tuple(call_args), call_kwargs


def _resolved(cls: type[PublicOperation], name: str) -> Any:
    if name == "data_format" and cls.__module__ == "keras.src.ops.nn":  # in ops.image it stays None
        return image_data_format()
    return _RESOLVED.get((cls.__name__, name), lambda: None)()


serialization.register_finder(find_class)
