"""Room: one number from one number of each input. A row is a formula, its NumPy meaning and its way back.

The loops are written by backend/loops.py, which also fuses chains of these rows inside a plan.
A formula is a function of scalars that ends with one `return`; its literals take the dtype of the inputs.
"""

from __future__ import annotations

import functools
import math

import numpy as np

from kerasnb.backend import loops
from kerasnb.backend.dtypes import FLOATS
from kerasnb.backend.fuse import attributes
from kerasnb.backend.loops import on_cpu
from kerasnb.backend.op import Op
from kerasnb.backend.tape import Arithmetic
from kerasnb.backend.tensor import Spec, Tensor, from_host
from kerasnb.backend.variable import Hooks
from kerasnb.kernels.common import broadcast_shapes, chain_calls
from kerasnb.kernels.sum import sum_to

# --- one row ---------------------------------------------------------------------------------------


@functools.lru_cache(maxsize=4096)
def _single(op, dtypes, out_dtype, patterns, attrs) -> loops.Chain:
    names = tuple(f"x{i}" for i in range(len(patterns)))
    values = attributes(op.elementwise, dict(attrs), len(names))
    stage = loops.Stage(op.elementwise, names, "y", out_dtype, dtypes[-1], values)
    return loops.Chain((stage,), tuple(zip(names, patterns, strict=True)), ("y",), op.name)


def _walk(op_name: str, target: str):
    def walk(ins, outs, **attrs):
        op = ROWS[op_name]
        dtypes = tuple(a.dtype.name for a in ins)
        if target == "cpu" and not all(map(on_cpu, (*dtypes, outs[0].dtype.name))):
            return op.walks["numpy"](ins, outs, **attrs)
        key = tuple(attrs.items())
        return chain_calls(lambda patterns: _single(op, dtypes, outs[0].dtype.name, patterns, key), ins, outs, target)

    return walk


ROWS: dict[str, Op] = {}


def row(formula, reference, vjp=None, dtype=None, name=None) -> Op:
    """Makes the operation of one formula.

    Args:
        formula: Function of scalars (inputs first, then attributes), one `return` at the end.
        reference: The same on NumPy arrays.
        vjp: Function `(record, dy)` that returns gradients of the output's shape, one per input.
        dtype: Dtype of the result; None for the inputs', "attr" for the attribute `dtype`.
        name: Name of the operation. Defaults to the formula's.
    """
    name = name or formula.__name__.strip("_")

    def spec(*ins, **attrs):
        out = {None: ins[-1].dtype, "attr": attrs.get("dtype")}.get(dtype, dtype)
        return Spec(broadcast_shapes(*(i.shape for i in ins)), out)

    def unbroadcast(call, dy):
        gradients = vjp(call, dy)
        return tuple(
            sum_to(g, t.shape) if need and g is not None else None
            for g, t, need in zip(gradients, call.ins, call.needs, strict=True)
        )

    ROWS[name] = Op(
        name, spec=spec, reference=reference, cpu=_walk(name, "cpu"), cuda=_walk(name, "cuda"),
        vjp=unbroadcast if vjp else None, elementwise=formula,
    )  # fmt: skip
    return ROWS[name]


def like(x, value) -> Tensor:
    """A scalar of x's dtype."""
    return from_host(np.asarray(value), x.dtype)


# --- arithmetic ------------------------------------------------------------------------------------


def _add(x, y):
    return x + y


def _subtract(x, y):
    return x - y


def _multiply(x, y):
    return x * y


def _divide(x, y):
    return x / y


def _negative(x):
    return -x


add = row(_add, np.add, lambda c, dy: (dy, dy))
subtract = row(_subtract, np.subtract, lambda c, dy: (dy, negative(dy)))
negative = row(_negative, np.negative, lambda c, dy: (negative(dy),))
multiply = row(_multiply, np.multiply, lambda c, dy: (multiply(dy, c.ins[1]), multiply(dy, c.ins[0])))


def _divide_vjp(call, dy):
    x, y = call.ins
    dx = divide(dy, y)
    return dx, negative(divide(multiply(dx, x), y))


divide = row(_divide, np.true_divide, _divide_vjp)


def _divide_no_nan(x, y):
    return x / y if y != 0 else 0


def _divide_no_nan_reference(x, y):
    return np.where(y == 0, np.zeros_like(x), x / np.where(y == 0, np.ones_like(y), y))


def _divide_no_nan_vjp(call, dy):
    x, y = call.ins
    dx = divide_no_nan(dy, y)
    return dx, negative(divide_no_nan(multiply(dx, x), y))


divide_no_nan = row(_divide_no_nan, _divide_no_nan_reference, _divide_no_nan_vjp)


def _floor_divide(x, y):
    return np.floor(x / y)


def _floor_divide_int(x, y):
    return x // y


floor_divide = row(_floor_divide, np.floor_divide)
floor_divide_int = row(_floor_divide_int, np.floor_divide)


def _mod(x, y):
    return x - np.floor(x / y) * y


def _mod_int(x, y):
    return x % y


mod = row(_mod, np.mod, lambda c, dy: (dy, negative(multiply(dy, floor(divide(*c.ins))))))
mod_int = row(_mod_int, np.mod)


def _power(x, y):
    return x**y


def _power_vjp(call, dy):
    x, y = call.ins
    dx = multiply(dy, multiply(y, power(x, subtract(y, like(y, 1)))))
    safe = where(greater(x, like(x, 0)), x, like(x, 1))
    return dx, multiply(dy, multiply(power(x, y), log(safe)))


power = row(_power, np.power, _power_vjp)


def _square(x):
    return x * x


def _sqrt(x):
    return math.sqrt(x)


def _rsqrt(x):
    return 1 / math.sqrt(x)


def _reciprocal(x):
    return 1 / x


def _absolute(x):
    return abs(x)


def _sign(x):
    return 1 if x > 0 else (-1 if x < 0 else 0)


square = row(_square, np.square, lambda c, dy: (multiply(dy, add(c.ins[0], c.ins[0])),))
sqrt = row(_sqrt, np.sqrt, lambda c, dy: (divide(dy, add(c.outs[0], c.outs[0])),))
rsqrt = row(
    _rsqrt,
    lambda x: (1 / np.sqrt(x)).astype(x.dtype),
    lambda c, dy: (multiply(multiply(dy, like(dy, -0.5)), multiply(c.outs[0], square(c.outs[0]))),),
)
reciprocal = row(_reciprocal, np.reciprocal, lambda c, dy: (negative(multiply(dy, square(c.outs[0]))),))
sign = row(_sign, np.sign, lambda c, dy: (multiply(dy, like(dy, 0)),))
absolute = row(_absolute, np.abs, lambda c, dy: (multiply(dy, sign(c.ins[0])),))

# --- exponentials ----------------------------------------------------------------------------------


def _exp(x):
    return math.exp(x)


def _expm1(x):
    return math.expm1(x)


def _log(x):
    return math.log(x)


def _log1p(x):
    return math.log1p(x)


def _tanh(x):
    return math.tanh(x)


def _sigmoid(x):
    return 1 / (1 + math.exp(-x))


def _softplus(x):
    return (x if x > 0 else 0) + math.log1p(math.exp(-abs(x)))


def _sigmoid_reference(x):
    return (0.5 * (1 + np.tanh(0.5 * x.astype(np.float64)))).astype(x.dtype)


def _sigmoid_vjp(call, dy):
    y = call.outs[0]
    return (multiply(dy, multiply(y, subtract(like(y, 1), y))),)


def _softplus_reference(x):
    return np.logaddexp(x, x.dtype.type(0))


exp = row(_exp, np.exp, lambda c, dy: (multiply(dy, c.outs[0]),))
expm1 = row(_expm1, np.expm1, lambda c, dy: (multiply(dy, add(c.outs[0], like(dy, 1))),))
log = row(_log, np.log, lambda c, dy: (divide(dy, c.ins[0]),))
log1p = row(_log1p, np.log1p, lambda c, dy: (divide(dy, add(c.ins[0], like(dy, 1))),))
tanh = row(_tanh, np.tanh, lambda c, dy: (multiply(dy, subtract(like(dy, 1), square(c.outs[0]))),))
sigmoid = row(_sigmoid, _sigmoid_reference, _sigmoid_vjp)
softplus = row(_softplus, _softplus_reference, lambda c, dy: (multiply(dy, sigmoid(c.ins[0])),))

# --- trigonometry and special functions ------------------------------------------------------------


def _sin(x):
    return math.sin(x)


def _cos(x):
    return math.cos(x)


def _tan(x):
    return math.tan(x)


def _arctan(x):
    return math.atan(x)


def _arctan2(x, y):
    return math.atan2(x, y)


def _erf(x):
    return math.erf(x)


def _arctan2_vjp(call, dy):
    x, y = call.ins
    scaled = divide(dy, add(square(x), square(y)))
    return multiply(scaled, y), negative(multiply(scaled, x))


def _erf_reference(x):
    return np.vectorize(math.erf, otypes=[np.float64])(x).astype(x.dtype)


def _erf_vjp(call, dy):
    return (multiply(multiply(dy, like(dy, 2 / math.sqrt(math.pi))), exp(negative(square(call.ins[0])))),)


sin = row(_sin, np.sin, lambda c, dy: (multiply(dy, cos(c.ins[0])),))
cos = row(_cos, np.cos, lambda c, dy: (negative(multiply(dy, sin(c.ins[0]))),))
tan = row(_tan, np.tan, lambda c, dy: (multiply(dy, add(like(dy, 1), square(c.outs[0]))),))
arctan = row(_arctan, np.arctan, lambda c, dy: (divide(dy, add(like(dy, 1), square(c.ins[0]))),))
arctan2 = row(_arctan2, np.arctan2, _arctan2_vjp)
erf = row(_erf, _erf_reference, _erf_vjp)

# --- rounding --------------------------------------------------------------------------------------


def _floor(x):
    return np.floor(x)


def _ceil(x):
    return np.ceil(x)


def _round(x):
    return np.rint(x)


def _no_gradient(call, dy):
    return (multiply(dy, like(dy, 0)),)


floor = row(_floor, np.floor, _no_gradient)
ceil = row(_ceil, np.ceil, _no_gradient)
rint = row(_round, np.rint, _no_gradient, name="rint")

# --- comparison and choice -------------------------------------------------------------------------


def _equal(x, y):
    return x == y


def _not_equal(x, y):
    return x != y


def _less(x, y):
    return x < y


def _less_equal(x, y):
    return x <= y


def _greater(x, y):
    return x > y


def _greater_equal(x, y):
    return x >= y


equal = row(_equal, np.equal, dtype="bool")
not_equal = row(_not_equal, np.not_equal, dtype="bool")
less = row(_less, np.less, dtype="bool")
less_equal = row(_less_equal, np.less_equal, dtype="bool")
greater = row(_greater, np.greater, dtype="bool")
greater_equal = row(_greater_equal, np.greater_equal, dtype="bool")


def _logical_and(x, y):
    return x and y


def _logical_or(x, y):
    return x or y


def _logical_not(x):
    return not x


logical_and = row(_logical_and, np.logical_and, dtype="bool")
logical_or = row(_logical_or, np.logical_or, dtype="bool")
logical_not = row(_logical_not, np.logical_not, dtype="bool")


def _isnan(x):
    return x != x


def _isfinite(x):
    return x - x == 0


isnan = row(_isnan, np.isnan, dtype="bool")
isfinite = row(_isfinite, np.isfinite, dtype="bool")


def _where(condition, x, y):
    return x if condition else y


def _where_vjp(call, dy):
    condition, zero = call.ins[0], like(dy, 0)
    return None, where(condition, dy, zero), where(condition, zero, dy)


where = row(_where, np.where, _where_vjp)


def _maximum(x, y):
    return x if (x >= y or x != x) else y


def _minimum(x, y):
    return x if (x <= y or x != x) else y


def _share(chosen):
    """The gradient goes to the chosen input, half to each where both are equal."""

    def vjp(call, dy):
        x, y = call.ins
        half, zero = multiply(dy, like(dy, 0.5)), like(dy, 0)
        tie = equal(x, y)
        return tuple(where(tie, half, where(chosen(a, b), dy, zero)) for a, b in ((x, y), (y, x)))

    return vjp


maximum = row(_maximum, np.maximum, _share(lambda a, b: greater(a, b)))
minimum = row(_minimum, np.minimum, _share(lambda a, b: less(a, b)))

# --- activations that are worth one pass -----------------------------------------------------------


def _relu(x):
    return x if (x > 0 or x != x) else 0


def _relu_grad(y, dy):
    return dy if y > 0 else 0


relu = row(_relu, lambda x: np.maximum(x, x.dtype.type(0)), lambda c, dy: (relu_grad(c.outs[0], dy),))
relu_grad = row(
    _relu_grad, lambda y, dy: np.where(y > 0, dy, dy.dtype.type(0)), lambda c, ddy: (None, relu_grad(c.ins[0], ddy))
)


def _masked_scale(mask, x, scale):
    return x * scale if mask else 0


masked_scale = row(
    _masked_scale,
    lambda mask, x, scale: np.where(mask, x * x.dtype.type(scale), x.dtype.type(0)),
    lambda c, dy: (None, masked_scale(c.ins[0], dy, **c.attrs)),
)

# --- cast ------------------------------------------------------------------------------------------


def _cast(x):
    return x


def _cast_to_bool(x):
    return x != 0


def _cast_vjp(call, dy):
    wanted = call.ins[0].dtype
    return (cast_to(dy, wanted) if wanted in FLOATS and dy.dtype in FLOATS else None,)


cast = row(_cast, lambda x, *, dtype: x.astype(dtype), _cast_vjp, dtype="attr")
cast_bool = row(_cast_to_bool, lambda x: x.astype(bool), dtype="bool", name="cast_bool")


def cast_to(x, dtype: str):
    """`x` with another dtype; no gradient flows through a cast to integers or bool."""
    if x.dtype == dtype:
        return x
    return cast_bool(x) if dtype == "bool" else cast(x, dtype=dtype)


Hooks.cast = cast_to
Arithmetic.add = add


def _ones_like(x):
    return from_host(np.ones(x.shape), x.dtype)


Arithmetic.ones_like = _ones_like
