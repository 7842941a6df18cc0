"""The operators of Tensor, KerasTensor and Variable: the same operations as `keras.ops`."""

from __future__ import annotations

from kerasnb.backend.tensor.keras_tensor import KerasTensor
from kerasnb.backend.tensor.tensor import Tensor
from kerasnb.backend.tensor.variable import Variable
from kerasnb.ops.numpy import arithmetic, comparison, matrix, numbers, shapes, subscripts

BINARY: dict = {
    "add": arithmetic.add, "sub": arithmetic.subtract, "mul": arithmetic.multiply, "truediv": arithmetic.divide,
    "floordiv": arithmetic.floor_divide, "mod": arithmetic.mod, "pow": arithmetic.power, "matmul": matrix.matmul,
    "and": comparison.logical_and, "or": comparison.logical_or, "xor": numbers.logical_xor,
}  # fmt: skip
COMPARISONS: dict = {
    "lt": comparison.less, "le": comparison.less_equal, "gt": comparison.greater, "ge": comparison.greater_equal,
    "eq": comparison.equal, "ne": comparison.not_equal,
}  # fmt: skip
UNARY: dict = {"neg": arithmetic.negative, "abs": arithmetic.absolute, "invert": comparison.logical_not}


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
    cls.__getitem__ = subscripts.subscript
    cls.T = property(lambda self: shapes.transpose(self))
    cls.reshape = lambda self, *shape: shapes.reshape(self, shape[0] if len(shape) == 1 else shape)
    cls.__hash__ = object.__hash__


for _class in (Tensor, KerasTensor, Variable):
    install(_class)
