"""The functions behind the operators of tensors: the same operations as `keras.ops`."""

from __future__ import annotations

from kerasnb.backend.late_bound import Operators
from kerasnb.ops.numpy import arithmetic, comparison, matrix, numbers, shapes, subscripts

Operators.add = arithmetic.add
Operators.subtract = arithmetic.subtract
Operators.multiply = arithmetic.multiply
Operators.divide = arithmetic.divide
Operators.floor_divide = arithmetic.floor_divide
Operators.mod = arithmetic.mod
Operators.power = arithmetic.power
Operators.matmul = matrix.matmul
Operators.negative = arithmetic.negative
Operators.absolute = arithmetic.absolute
Operators.logical_not = comparison.logical_not
Operators.logical_and = comparison.logical_and
Operators.logical_or = comparison.logical_or
Operators.logical_xor = numbers.logical_xor
Operators.less = comparison.less
Operators.less_equal = comparison.less_equal
Operators.greater = comparison.greater
Operators.greater_equal = comparison.greater_equal
Operators.equal = comparison.equal
Operators.not_equal = comparison.not_equal
Operators.subscript = subscripts.subscript
Operators.transpose = shapes.transpose
Operators.reshape = shapes.reshape
