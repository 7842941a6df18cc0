"""Functions that lower packages call and upper ones provide.

Imports point downwards: backend knows no operation, and `keras.ops` knows no random numbers. The few calls that go up
go through the slots here, which are filled when the upper file is imported; `import kerasnb` fills them all. Nothing
else in the package is bound late, except what serialization/registry.py says of itself.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any


class Gradients:
    """What reverse mode needs to sum gradients; kernels/elementwise/arithmetic.py provides it."""

    add: Callable[..., Any]
    ones_like: Callable[..., Any]


class Assignment:
    """What writes into a variable: `assign` of kernels/move.py, `cast` of kernels/elementwise/cast.py."""

    assign: Callable[..., Any]
    cast: Callable[..., Any]


class Random:
    """Where `keras.ops.image.elastic_transform` gets its random numbers; kerasnb/random/ provides it."""

    normal: Callable[..., Any]


class Initializers:
    """What finds the initializer of a variable by its name; kerasnb/initializers/ provides it."""

    get: Callable[..., Any]


class Operators:
    """The functions behind the operators of tensors (backend/tensor/operators.py); ops/operators.py provides them."""

    add: Callable[..., Any]
    subtract: Callable[..., Any]
    multiply: Callable[..., Any]
    divide: Callable[..., Any]
    floor_divide: Callable[..., Any]
    mod: Callable[..., Any]
    power: Callable[..., Any]
    matmul: Callable[..., Any]
    negative: Callable[..., Any]
    absolute: Callable[..., Any]
    round: Callable[..., Any]
    logical_not: Callable[..., Any]
    logical_and: Callable[..., Any]
    logical_or: Callable[..., Any]
    logical_xor: Callable[..., Any]
    less: Callable[..., Any]
    less_equal: Callable[..., Any]
    greater: Callable[..., Any]
    greater_equal: Callable[..., Any]
    equal: Callable[..., Any]
    not_equal: Callable[..., Any]
    subscript: Callable[..., Any]
    transpose: Callable[..., Any]
    reshape: Callable[..., Any]
    squeeze: Callable[..., Any]
