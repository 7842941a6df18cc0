"""The functions behind the operators of tensors: the same operations as `keras.ops`."""

from __future__ import annotations

from kerasnb.backend.late_bound import Operators
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
from kerasnb.ops.numpy.elementwise.rounding import round
from kerasnb.ops.numpy.indexing import get_item
from kerasnb.ops.numpy.products import matmul
from kerasnb.ops.numpy.shapes import reshape, squeeze, transpose

Operators.add = add
Operators.subtract = subtract
Operators.multiply = multiply
Operators.divide = divide
Operators.floor_divide = floor_divide
Operators.mod = mod
Operators.power = power
Operators.matmul = matmul
Operators.negative = negative
Operators.absolute = absolute
Operators.round = round
Operators.logical_not = logical_not
Operators.logical_and = logical_and
Operators.logical_or = logical_or
Operators.logical_xor = logical_xor
Operators.less = less
Operators.less_equal = less_equal
Operators.greater = greater
Operators.greater_equal = greater_equal
Operators.equal = equal
Operators.not_equal = not_equal
Operators.subscript = get_item
Operators.transpose = transpose
Operators.reshape = reshape
Operators.squeeze = squeeze
