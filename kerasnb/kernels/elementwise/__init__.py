"""Elementwise operations: each is a formula of scalars, its NumPy reference and its vjp.

The loops are written by backend/compile/codegen.py, which also fuses chains of these operations inside a plan.
A formula is a function of scalars that ends with one `return`; its literals take the dtype of the inputs.
"""

from kerasnb.kernels.elementwise.activation import (
    masked_scale,
    relu,
    relu_grad,
)
from kerasnb.kernels.elementwise.arithmetic import (
    absolute,
    add,
    divide,
    divide_no_nan,
    lost_with,
    multiply,
    negative,
    reciprocal,
    rsqrt,
    sign,
    sqrt,
    square,
    subtract,
    total_with,
)
from kerasnb.kernels.elementwise.bits import (
    bitwise_and,
    bitwise_not,
    bitwise_or,
    bitwise_xor,
    gcd,
    left_shift,
    right_shift,
    signbit,
)
from kerasnb.kernels.elementwise.cast import (
    cast,
    cast_bool,
    cast_signed,
    cast_to,
    cast_unsigned,
)
from kerasnb.kernels.elementwise.choice import (
    equal,
    greater,
    greater_equal,
    isfinite,
    isnan,
    less,
    less_equal,
    logical_and,
    logical_not,
    logical_or,
    maximum,
    minimum,
    not_equal,
    where,
)
from kerasnb.kernels.elementwise.definition import (
    elementwise_op,
    like,
)
from kerasnb.kernels.elementwise.functions import (
    arctan,
    arctan2,
    ceil,
    cos,
    erf,
    exp,
    expm1,
    floor,
    floor_divide,
    floor_divide_int,
    hypot,
    log,
    log1p,
    mod,
    mod_int,
    power,
    power_int,
    rint,
    sigmoid,
    sin,
    softplus,
    tan,
    tanh,
)
from kerasnb.kernels.elementwise.special import (
    erfc,
    i0,
    i1,
)
from kerasnb.kernels.elementwise.trigonometry import (
    arccos,
    arccosh,
    arcsin,
    arcsinh,
    arctanh,
    cbrt,
    cosh,
    exp2,
    fmod,
    fmod_int,
    sinh,
    truncated,
)

__all__ = [
    "absolute", "add", "arccos", "arccosh", "arcsin", "arcsinh", "arctan", "arctan2", "arctanh", "bitwise_and",
    "bitwise_not", "bitwise_or", "bitwise_xor", "cast", "cast_bool", "cast_signed", "cast_to", "cast_unsigned", "cbrt",
    "ceil", "cos", "cosh", "divide", "divide_no_nan", "elementwise_op", "equal", "erf", "erfc", "exp", "exp2", "expm1",
    "floor", "floor_divide", "floor_divide_int", "fmod", "fmod_int", "gcd", "greater", "greater_equal", "hypot", "i0",
    "i1", "isfinite", "isnan", "left_shift", "less", "less_equal", "like", "log", "log1p", "logical_and", "logical_not",
    "logical_or", "lost_with", "masked_scale", "maximum", "minimum", "mod", "mod_int", "multiply", "negative",
    "not_equal", "power", "power_int", "reciprocal", "relu", "relu_grad", "right_shift", "rint", "rsqrt", "sigmoid",
    "sign", "signbit", "sin", "sinh", "softplus", "sqrt", "square", "subtract", "tan", "tanh", "total_with",
    "truncated", "where",
]  # fmt: skip
