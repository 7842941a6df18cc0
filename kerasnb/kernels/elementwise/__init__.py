"""Room: one number from one number of each input. A row is a formula, its NumPy meaning and its way back.

The loops are written by backend/loops.py, which also fuses chains of these rows inside a plan.
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
    multiply,
    negative,
    reciprocal,
    rsqrt,
    sign,
    sqrt,
    square,
    subtract,
)
from kerasnb.kernels.elementwise.cast import (
    cast,
    cast_bool,
    cast_to,
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
    log,
    log1p,
    mod,
    mod_int,
    power,
    rint,
    sigmoid,
    sin,
    softplus,
    tan,
    tanh,
)
from kerasnb.kernels.elementwise.row import (
    like,
    row,
)

__all__ = [
    "absolute", "add", "arctan", "arctan2", "cast", "cast_bool", "cast_to", "ceil", "cos", "divide", "divide_no_nan",
    "equal", "erf", "exp", "expm1", "floor", "floor_divide", "floor_divide_int", "greater", "greater_equal",
    "isfinite", "isnan", "less", "less_equal", "like", "log", "log1p", "logical_and", "logical_not", "logical_or",
    "masked_scale", "maximum", "minimum", "mod", "mod_int", "multiply", "negative", "not_equal", "power",
    "reciprocal", "relu", "relu_grad", "rint", "row", "rsqrt", "sigmoid", "sign", "sin", "softplus", "sqrt",
    "square", "subtract", "tan", "tanh", "where",
]  # fmt: skip
