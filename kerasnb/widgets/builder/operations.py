"""Operations of `keras.ops` between layers: as code, as cards, and read from code."""

from __future__ import annotations

import ast
import inspect
from typing import Any

import numpy as np

from kerasnb import ops, tree
from kerasnb.backend.tensor.keras_tensor import KerasTensor
from kerasnb.backend.tensor.tensor import Tensor
from kerasnb.model.surgery.plan import Call, Ref
from kerasnb.ops.operation import PublicOperation, divided, operation_class
from kerasnb.widgets.builder.write import Names, expression, identifier

MOST_VALUES = 200  # of an array that stands in a line
CONCRETE = ("array", "convert_to_tensor", "convert_to_numpy")  # what makes constants
SEVERAL = ("split", "array_split", "unstack", "top_k", "meshgrid", "moments", "qr", "eigh", "eig", "svd", "slogdet",
           "lu_factor", "divmod", "frexp", "nonzero", "histogram")  # fmt: skip
OPERATORS: dict[type, str] = {
    ast.Add: "add", ast.Sub: "subtract", ast.Mult: "multiply", ast.Div: "divide", ast.FloorDiv: "floor_divide",
    ast.Mod: "mod", ast.Pow: "power", ast.MatMult: "matmul", ast.USub: "negative", ast.Gt: "greater",
    ast.GtE: "greater_equal", ast.Lt: "less", ast.LtE: "less_equal", ast.Eq: "equal", ast.NotEq: "not_equal",
    ast.BitAnd: "logical_and", ast.BitOr: "logical_or", ast.BitXor: "logical_xor", ast.Invert: "logical_not",
}  # fmt: skip
NAMED_BY_LINE = "Operations of keras.ops have no name of their own: their lines number them."
IN_CODE = "Change this operation in the code below."


def is_operation(operation: Any) -> bool:
    """Whether something is an operation of `keras.ops`, not a layer."""
    return isinstance(operation, PublicOperation)


def count_outputs(operation: Any) -> int:
    """How many tensors a call of an operation gives."""
    return len(operation._inbound_nodes[0].outputs) if operation._inbound_nodes else 1


# --- written


def path(operation: PublicOperation) -> str:
    """The dotted name of the function: `ops.concatenate`."""
    function = type(operation).function
    name = function.__name__
    return f"ops.{name}" if getattr(ops, name, None) is function else f"ops.image.{name}"


def code(call: Call, variables: Any, names: Names) -> str:
    """The call of an operation as a person types it.

    Args:
        call: `Call` of an operation of `keras.ops`.
        variables: Function that gives the code of a `Ref`.
        names: `Names`.
    """

    def text(part: Any) -> str:
        return value(part, variables, names, call.operation)

    if type(call.operation).__name__ == "GetItem":
        return f"{text(call.args[0])}[{_key(call.args[1], text)}]"
    return f"keras.{path(call.operation)}({', '.join(_arguments(call, text))})"


def _arguments(call: Call, text: Any) -> list[str]:
    cls = type(call.operation)
    given: dict = {**call.operation._config, **dict(zip(cls.call_names, call.args, strict=False)), **call.kwargs}
    rest = list(call.args[len(cls.call_names) :])
    parts: list[str] = []
    by_position = True
    for p in inspect.signature(cls.function).parameters.values():
        if p.kind is p.VAR_POSITIONAL:
            parts += map(text, rest)
        elif p.kind is p.VAR_KEYWORD:
            parts += [f"{k}={text(v)}" for k, v in given.items() if k not in p.name and k in call.kwargs]
        elif p.name not in given or _is_default(given[p.name], p.default):
            by_position = False
        else:
            plain = by_position and p.kind is not p.KEYWORD_ONLY and p.default is p.empty
            parts.append(text(given[p.name]) if plain else f"{p.name}={text(given[p.name])}")
    return parts


def _is_default(value: Any, default: Any) -> bool:
    is_plain = type(value) is type(default) and isinstance(value, (int, float, str))
    return value is default or (is_plain and value == default)


def value(given: Any, variables: Any, names: Names, operation: Any = None) -> str:
    """A tensor, a constant, or a structure of them."""

    def inner(x: Any) -> str:
        return value(x, variables, names, operation)

    if isinstance(given, Ref):
        return variables(given)
    if isinstance(given, (list, tuple)):
        parts = ", ".join(map(inner, given))
        return f"[{parts}]" if isinstance(given, list) else f"({parts}{',' * (len(given) == 1)})"
    if isinstance(given, dict):
        return "{" + ", ".join(f"{inner(k)}: {inner(v)}" for k, v in given.items()) + "}"
    if isinstance(given, (np.ndarray, np.generic, Tensor)):
        return _constant(given, names, operation)
    if given is None or given is Ellipsis or isinstance(given, (bool, int, float, str)):
        return "..." if given is Ellipsis else expression(given)
    name = getattr(given, "__name__", "")
    own = name if name.isidentifier() else identifier(f"{operation.name}_value")
    return names.need(own, given, "" if own == name else f"what {operation.name} was called with")


def _constant(value: Any, names: Names, operation: Any) -> str:
    """An array in a line; a large one is named, and must be defined elsewhere."""
    array = np.asarray(value)
    if array.size > MOST_VALUES or array.dtype.kind not in "biuf":
        name = identifier(f"{operation.name}_values")
        return names.need(name, value, f"the array of shape {array.shape} that {operation.name} takes")
    kind = str(getattr(value, "dtype", array.dtype))
    made = f'keras.ops.array({expression(array.tolist())}, dtype="{kind}")'
    return made if isinstance(value, Tensor) else f"keras.ops.convert_to_numpy({made})"


def _key(key: Any, text: Any) -> str:
    """What stands in the brackets of a subscript."""
    if isinstance(key, tuple) and key:
        return ", ".join(_key(part, text) for part in key) + "," * (len(key) == 1)
    if not isinstance(key, slice):
        return text(key)
    ends = ["" if end is None else text(end) for end in (key.start, key.stop, key.step)]
    return ":".join(ends if ends[2] else ends[:2])


def in_brief(operation: PublicOperation) -> str:
    """A card's words: `ops.concatenate axis -1`."""
    shown = [f"{k} {v}" for k, v in operation._config.items() if v is not None and len(str(v)) < 24]
    return f"{path(operation)} {', '.join(shown[:3])}".strip()


def fields(operation: PublicOperation) -> list[dict]:
    """The arguments of an operation as fields."""
    rows = [
        {"name": k, "kind": "text", "value": "" if v is None else expression(v), "main": True}
        for k, v in operation._config.items()
    ]
    fixed = {"name": "name", "kind": "text", "value": operation.name, "main": True, "off": NAMED_BY_LINE}
    return [*rows, fixed]


def changed(operation: PublicOperation, name: str, value: Any) -> PublicOperation:
    """A new operation with another argument.

    Raises:
        ValueError: If it has no such argument.
    """
    if name == "name":
        raise ValueError(NAMED_BY_LINE)
    if name not in operation._config:
        raise ValueError(f"{path(operation)} has no argument {name!r} here. {IN_CODE}")
    return type(operation)(**{**operation._config, name: value}, name=operation.name)


def renamed(operation: PublicOperation, name: str) -> PublicOperation:
    """The same operation under another name, as an object of its own."""
    return type(operation)(**operation._config, name=name)


# --- read


def function(dotted: str) -> Any:
    """The function of a dotted name below `keras`, or None where it is no operation."""
    found: Any = ops
    for part in dotted.split(".")[1:]:
        found = None if part.startswith("_") else getattr(found, part, None) if hasattr(found, part) else None
    return found if hasattr(found, "declared") or getattr(found, "__name__", "") in CONCRETE else None


def call_of(found: Any, args: list, kwargs: dict) -> Call:
    """The call of an operation on tensors.

    Raises:
        ValueError: If the arguments do not fit.
    """
    places: dict[int, Ref] = {}

    def stand_in(x: Any) -> Any:
        tensor = KerasTensor((1,), "float32", record_history=False) if isinstance(x, Ref) else x
        if tensor is not x:
            places[id(tensor)] = x
            kept.append(tensor)
        return tensor

    kept: list = []  # so that no two have one id
    cls = operation_class(found)
    try:
        config, positional, named = divided(cls, *tree.map_structure(stand_in, (tuple(args), kwargs)))
    except TypeError as problem:
        raise ValueError(f"keras.ops.{found.__name__}: {problem}.") from None
    back = tree.map_structure(lambda x: places.get(id(x), x), (positional, named))
    return Call(cls(**config), *back)


def gives_several(found: Any, args: list, kwargs: dict, known: frozenset[str]) -> bool:
    """Whether an operation gives several tensors; with functions it does if those of its class in the model do."""
    runs_functions = any(callable(x) for x in tree.flatten([args, kwargs]))
    return found.__name__ in SEVERAL or (runs_functions and operation_class(found).__name__ in known)


def has_refs(value: Any) -> bool:
    """Whether there is a tensor of the model in a value."""
    return any(isinstance(x, Ref) for x in tree.flatten(value))
