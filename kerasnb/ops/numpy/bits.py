"""Operations of `keras.ops` on integers as bits, and on the bits of floats."""

from __future__ import annotations

from kerasnb.backend.tensor.dtypes import FLOATS, limits, numpy_dtype, standardize_dtype
from kerasnb.kernels import bits as rooms
from kerasnb.kernels import elementwise as rows
from kerasnb.ops.arguments import promoted, tensor
from kerasnb.ops.describe import described

__all__ = [
    "bitwise_and", "bitwise_invert", "bitwise_left_shift", "bitwise_not", "bitwise_or", "bitwise_right_shift",
    "bitwise_xor", "gcd", "lcm", "left_shift", "nextafter", "right_shift", "signbit", "view",
]  # fmt: skip


def _integers(name: str, *xs):
    """The arguments as integers (or booleans) of their common dtype."""
    found = promoted(*xs)
    if found[0].dtype in FLOATS:
        raise TypeError(f"`{name}` needs arguments of an integer dtype. Received: {[tensor(x).dtype for x in xs]}")
    return found


def _bitwise(name: str, summary: str, result: str):
    def function(x, y):
        return getattr(rows, name)(*_integers(name, x, y))

    function.__name__ = function.__qualname__ = name
    described(
        summary, f"int(keras.ops.{name}(6, 3))", result, raises="TypeError: If an argument is not of integers.",
        x="Integer or boolean tensor.", y="Integer or boolean tensor.",
    )(function)  # fmt: skip
    return function


bitwise_and = _bitwise("bitwise_and", "Returns the bits that both arguments have, element-wise.", "2")
bitwise_or = _bitwise("bitwise_or", "Returns the bits that one argument has, element-wise.", "7")
bitwise_xor = _bitwise("bitwise_xor", "Returns the bits that only one argument has, element-wise.", "5")


@described(
    "Turns each bit around.", "int(keras.ops.bitwise_not(5))", "-6",
    raises="TypeError: If the argument is not of integers.", x="Integer or boolean tensor.",
)  # fmt: skip
def bitwise_not(x):
    return rows.bitwise_not(*_integers("bitwise_not", x))


@described(
    "Turns each bit around.", "int(keras.ops.bitwise_invert(5))", "-6",
    raises="TypeError: If the argument is not of integers.", x="Integer or boolean tensor.",
)  # fmt: skip
def bitwise_invert(x):
    return bitwise_not(x)


def _shift(name: str, row, summary: str, result: str):
    def function(x, y):
        x, y = _integers(name, x, y)
        if x.dtype == "bool":
            x, y = rows.cast_to(x, "int32"), rows.cast_to(y, "int32")
        return row(x, y, bits=8 * numpy_dtype(x.dtype).itemsize)

    function.__name__ = function.__qualname__ = name
    described(
        summary, f"int(keras.ops.{name}(6, 1))", result, raises="TypeError: If an argument is not of integers.",
        x="Integer tensor.", y="Integer tensor: by how many places.",
    )(function)  # fmt: skip
    return function


bitwise_left_shift = _shift("bitwise_left_shift", rows.left_shift, "Shifts bits to the left, element-wise.", "12")
bitwise_right_shift = _shift("bitwise_right_shift", rows.right_shift, "Shifts bits to the right, element-wise.", "3")
left_shift = _shift("left_shift", rows.left_shift, "Shifts bits to the left, element-wise.", "12")
right_shift = _shift("right_shift", rows.right_shift, "Shifts bits to the right, element-wise.", "3")


@described(
    "Returns the greatest common divisor, element-wise.", "int(keras.ops.gcd(12, 18))", "6",
    raises="TypeError: If an argument is not of integers.",
)  # fmt: skip
def gcd(x1, x2):
    return rows.gcd(*_integers("gcd", x1, x2))


@described(
    "Returns the least common multiple, element-wise.", "int(keras.ops.lcm(4, 6))", "12",
    raises="TypeError: If an argument is not of integers.",
)  # fmt: skip
def lcm(x1, x2):
    x1, x2 = _integers("lcm", x1, x2)
    shared, zero = rows.gcd(x1, x2), rows.like(x1, 0)
    safe = rows.where(rows.equal(shared, zero), rows.like(x1, 1), shared)
    multiple = rows.absolute(rows.multiply(rows.floor_divide_int(x1, safe), x2))
    return rows.where(rows.equal(shared, zero), zero, multiple)


@described(
    "Returns whether the sign bit is set, element-wise: also that of -0.0.", "bool(keras.ops.signbit(-0.0))", "True",
    "Boolean tensor.",
)  # fmt: skip
def signbit(x):
    x = tensor(x)
    if x.dtype in FLOATS:
        return rows.signbit(x)
    x = rows.cast_to(x, "int32") if x.dtype == "bool" else x
    return rows.less(x, rows.like(x, 0))


@described(
    "Reads the same bytes as numbers of another dtype.", "int(keras.ops.view(1.0, 'int32'))", "1065353216",
    raises="ValueError: If the last axis does not hold whole elements of the dtype.",
)  # fmt: skip
def view(x, dtype=None):
    x = tensor(x)
    dtype = x.dtype if dtype is None else standardize_dtype(dtype)
    before, after = numpy_dtype(x.dtype).itemsize, numpy_dtype(dtype).itemsize
    last = x.shape[-1] if x.ndim else 1
    if (before != after and not x.ndim) or (last is not None and last * before % after):
        raise ValueError(f"Argument `dtype`={dtype} does not fit the bytes of a tensor {x.shape} of {x.dtype}.")
    return x if dtype == x.dtype else rooms.bitcast(x, dtype=dtype)


@described(
    "Returns the next number that a float can hold, from `x1` towards `x2`.",
    "float(keras.ops.nextafter(1.0, 2.0)) - 1.0", "1.1920928955078125e-07",
)  # fmt: skip
def nextafter(x1, x2):
    x1, x2 = promoted(x1, x2, floating=True)
    kind = f"int{8 * numpy_dtype(x1.dtype).itemsize}"
    same = rows.equal(x1, x2)
    x1, x2 = rows.where(same, x1, x1), rows.where(same, x2, x2)  # of one shape
    zero, bits = rows.like(x1, 0), rooms.bitcast(x1, dtype=kind)
    # of numbers with one sign, those further from zero have the larger bits
    away = rows.equal(rows.greater(x2, x1), rows.greater(x1, zero))
    moved = rows.add(bits, rows.where(away, rows.like(bits, 1), rows.like(bits, -1)))
    least = rows.where(rows.greater(x2, zero), rows.like(bits, 1), rows.like(bits, limits(kind).min + 1))
    moved = rooms.bitcast(rows.where(rows.equal(x1, zero), least, moved), dtype=x1.dtype)
    unknown = rows.logical_or(rows.isnan(x1), rows.isnan(x2))
    return rows.where(same, x2, rows.where(unknown, rows.add(x1, x2), moved))
