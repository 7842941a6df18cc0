"""The operators of Tensor, KerasTensor and Variable: the same operations as `keras.ops`."""

from __future__ import annotations

from kerasnb.backend.tensor.keras_tensor import KerasTensor
from kerasnb.backend.tensor.tensor import Tensor
from kerasnb.backend.tensor.variable import Variable
from kerasnb.ops.numpy.elementwise.arithmetic import (
    absolute,
    add,
    divide,
    floor_divide,
    mod,
    multiply,
    negative,
    subtract,
)
from kerasnb.ops.numpy.elementwise.comparison import equal, greater, greater_equal, less, less_equal, not_equal
from kerasnb.ops.numpy.elementwise.exponents import power
from kerasnb.ops.numpy.elementwise.logic import logical_and, logical_not, logical_or, logical_xor
from kerasnb.ops.numpy.indexing import get_item
from kerasnb.ops.numpy.products import matmul
from kerasnb.ops.numpy.shapes import reshape, transpose

BINARY: dict = {
    "add": add, "sub": subtract, "mul": multiply, "truediv": divide,
    "floordiv": floor_divide, "mod": mod, "pow": power, "matmul": matmul,
    "and": logical_and, "or": logical_or, "xor": logical_xor,
}  # fmt: skip
COMPARISONS: dict = {
    "lt": less, "le": less_equal, "gt": greater, "ge": greater_equal,
    "eq": equal, "ne": not_equal,
}  # fmt: skip
UNARY: dict = {"neg": negative, "abs": absolute, "invert": logical_not}


def _reflected(function):
    return lambda self, other: function(other, self)


def _direct(function):
    return lambda self, other: function(self, other)


def _guarded(function, answer):
    """Comparisons with None are answered as Python does."""
    return lambda self, other: answer if other is None else function(self, other)


def install(cls) -> None:
    """Gives a class the operators."""
    for name, function in BINARY.items():
        setattr(cls, f"__{name}__", _direct(function))
        setattr(cls, f"__r{name}__", _reflected(function))
    for name, function in COMPARISONS.items():
        setattr(cls, f"__{name}__", _guarded(function, name == "ne"))
    for name, function in UNARY.items():
        setattr(cls, f"__{name}__", (lambda f: lambda self: f(self))(function))
    cls.__getitem__ = get_item
    cls.T = property(lambda self: transpose(self))
    cls.reshape = lambda self, *shape: reshape(self, shape[0] if len(shape) == 1 else shape)
    cls.__hash__ = object.__hash__


for _class in (Tensor, KerasTensor, Variable):
    install(_class)
