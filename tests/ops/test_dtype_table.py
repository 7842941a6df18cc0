"""The dtype of every result over the table of dtypes, against real Keras; nothing is computed.

Keras says twice what comes out: for symbolic arguments, and (asked through `jax.eval_shape`) for arrays. Where the two
differ, either will do. Where Keras refuses arrays, so may we.
"""

from __future__ import annotations

import inspect
import itertools

import jax
import pytest

import kerasnb
from tests.ops.names import keras

# As in Keras' own tables: what JAX has without 64 bits.
DTYPES = ("bool", "uint8", "uint16", "uint32", "int8", "int16", "int32", "float16", "bfloat16", "float32")
NUMBERS = (2, 2.5, True)
SHAPE = (4, 4)

OTHER = {  # functions of functions, of lists, of indices; and those that answer with plain numbers
    "array_split", "associative_scan", "broadcast_to", "cond", "custom_gradient", "dstack", "dtype", "fori_loop",
    "get_item", "hstack", "is_tensor", "jvp", "map", "ndim", "roll", "shape", "size", "stack", "switch", "vectorize",
    "vectorized_map", "vstack", "while_loop",
}  # fmt: skip
PAIRS = (
    "add", "allclose", "append", "arctan2", "bitwise_and", "bitwise_or", "bitwise_xor", "cdist", "correlate", "cross",
    "digitize", "divide", "divide_no_nan", "dot", "equal", "floor_divide", "fmod", "gcd", "greater", "greater_equal",
    "heaviside", "hypot", "inner", "isclose", "kron", "lcm", "ldexp", "left_shift", "less", "less_equal", "logaddexp",
    "logaddexp2", "logical_and", "logical_or", "logical_xor", "matmul", "maximum", "minimum", "mod", "multiply",
    "nextafter", "not_equal", "outer", "power", "right_shift", "searchsorted", "subtract", "tensordot", "true_divide",
    "vdot",
)  # fmt: skip


def of_one() -> list[str]:
    """The operations that need one argument, a tensor."""
    found = []
    for name in sorted(set(dir(kerasnb.ops)) & set(dir(keras().ops)) - OTHER):
        function = getattr(keras().ops, name)
        if callable(function) and not inspect.isclass(function):
            given = [p for p in inspect.signature(function).parameters.values() if p.default is p.empty]
            if len(given) == 1 and given[0].kind == inspect.Parameter.POSITIONAL_OR_KEYWORD:
                found.append(name)
    return found


def described(result):
    """Shapes and dtypes of a result; a 64-bit integer as Keras on JAX has it."""
    if isinstance(result, (list, tuple)):
        return [described(r) for r in result]
    dtype = str(getattr(result, "dtype", type(result).__name__))
    return tuple(getattr(result, "shape", ())), dtype.replace("int64", "int32")


def replaced(args, make) -> list:
    """Arguments with something made of every dtype; a tuple of dtypes is a list of tensors."""
    nested = [type(a) is tuple and isinstance(a[0], str) for a in args]
    return [replaced(a, make) if n else make(a) if isinstance(a, str) else a for a, n in zip(args, nested, strict=True)]


def symbolic(module, name, args, kwargs):
    """What a module says of symbolic arguments, or its error."""
    given = replaced(args, lambda dtype: module.KerasTensor(SHAPE, dtype))
    try:
        return described(getattr(module.ops, name)(*given, **kwargs))
    except Exception as refused:
        return refused


def of_arrays(name, args, kwargs):
    """What Keras makes of arrays, or its error."""
    arrays: list = []
    replaced(args, lambda dtype: arrays.append(jax.ShapeDtypeStruct(SHAPE, dtype)))

    def call(*xs):
        rest = iter(xs)
        return getattr(keras().ops, name)(*replaced(args, lambda _: next(rest)), **kwargs)

    try:
        return described(jax.eval_shape(call, *arrays))
    except Exception as refused:
        return refused


def check(name, *args, **kwargs):
    """Ours is one of Keras' two answers."""
    found = symbolic(kerasnb, name, args, kwargs)
    if found != symbolic(keras(), name, args, kwargs):
        wanted = of_arrays(name, args, kwargs)
        assert isinstance(wanted, Exception) or found == wanted, f"{name}{args}{kwargs}"


@pytest.mark.parametrize("name", of_one())
def test_of_one_tensor(name):
    """Functions, reductions, scans, and what has only one argument that must be given."""
    for dtype in DTYPES:
        check(name, dtype)


@pytest.mark.parametrize("name", PAIRS)
def test_of_two_tensors(name):
    """All pairs of dtypes."""
    for pair in itertools.product(DTYPES, DTYPES):
        check(name, *pair)


WITH_NUMBERS = [
    "add", "arctan2", "bitwise_and", "divide", "equal", "floor_divide", "greater", "heaviside", "hypot", "left_shift",
    "logaddexp", "logical_and", "maximum", "minimum", "mod", "multiply", "nextafter", "power", "subtract",
]  # fmt: skip


@pytest.mark.parametrize("name", WITH_NUMBERS)
def test_with_python_numbers(name):
    """A Python number takes part without forcing its own dtype, on either side."""
    for dtype, number in itertools.product(DTYPES, NUMBERS):
        check(name, dtype, number)
        check(name, number, dtype)


def test_choices_and_bounds():
    """`where` and `clip`, with tensors and numbers."""
    for pair in itertools.product((*DTYPES, *NUMBERS), DTYPES):
        check("where", "bool", *pair)
    for bound, dtype in itertools.product((*NUMBERS, None), DTYPES):
        check("clip", dtype, bound, bound)


LISTS = ("block", "concatenate", "dstack", "hstack", "stack", "vstack")


@pytest.mark.parametrize("name", LISTS)
def test_of_lists(name):
    """All pairs of dtypes in a list."""
    for pair in itertools.product(DTYPES, DTYPES):
        check(name, pair)


@pytest.mark.parametrize("dtype", [None, *DTYPES])
def test_creation(dtype):
    """What makes tensors: of a given dtype, and of none."""
    for name in ("zeros", "ones"):
        check(name, (2, 3), dtype=dtype)
    for name in ("eye", "identity", "tri"):
        check(name, 3, dtype=dtype)
    for value in NUMBERS:
        check("full", (2, 3), value, dtype=dtype)
        check("arange", value, dtype=dtype)
        check("linspace", 0, value, 3, dtype=dtype)
    for like in DTYPES:
        for name in ("zeros_like", "ones_like"):
            check(name, like, dtype=dtype)
        check("full_like", like, 2, dtype=dtype)
        for name in ("prod", "cumsum", "cumprod", "trace"):
            check(name, like, **({} if name == "trace" else {"dtype": dtype}))
