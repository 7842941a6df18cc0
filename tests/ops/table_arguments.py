"""Calls of functions that NumPy has, too: every combination of arguments that both document."""

from __future__ import annotations

import numpy as np

NAN, INF = np.nan, np.inf
CALLS: list = []
_random = np.random.Generator(np.random.PCG64(11))


def f(*shape, dtype="float32"):
    """Random floats."""
    return np.asarray(_random.normal(size=shape)).astype(dtype)


def i(*shape, low=-5, high=6, dtype="int32"):
    """Random integers."""
    return np.asarray(_random.integers(low, high, shape)).astype(dtype)


def b(*shape):
    """Random booleans."""
    return _random.random(shape) < 0.5


def call(_name, *args, **kwargs):
    CALLS.append((_name, args, kwargs))


def each(names: str, *args, **kwargs):
    for name in names.split():
        call(name, *args, **kwargs)


X, M, SQUARE = f(2, 3, 4), f(3, 4), f(4, 4)
HOLES = np.array([[1, NAN, INF, 3], [NAN, INF, INF, NAN], [NAN] * 4, [-INF, NAN, NAN, 2]], "float32")
FINITE = np.where(np.isinf(HOLES), np.float32(5), HOLES)  # NumPy interpolates between two infinities as NaN

# --- reductions: any axis, several, none at all; floats, integers, booleans, lists, numbers

SUMS = "sum prod mean var std all any count_nonzero nansum nanprod"
EXTREMES = "max min amax amin median nanmax nanmin nanmean nanvar nanstd nanmedian"
for axis in (None, 0, -1, (0, 2), (-1, 0), ()):
    for x in (X, i(2, 3, 4), b(2, 3, 4), i(2, 3, 4, low=0, dtype="uint8")):
        each(f"{SUMS} {EXTREMES}", x, axis=axis)
    each(f"{SUMS} {EXTREMES} ptp".replace("count_nonzero ", ""), X, axis=axis, keepdims=True)
    each("ptp", i(2, 3, 4), axis=axis)
each(f"{SUMS} {EXTREMES} ptp argmax argmin nanargmax nanargmin", [[1, 2], [3, 1]])
each(f"{SUMS} {EXTREMES} ptp argmax argmin", 3.0)
for axis in (None, 0, -1):
    each("argmax argmin nanargmax nanargmin", X, axis=axis)
    each("argmax argmin nanargmax nanargmin", i(3, 4), axis=axis, keepdims=True)
each("max min", X, axis=0, initial=0.0)
each("max min", i(3, 2), axis=(0, 1), initial=9, keepdims=True)
call("prod", i(3, dtype="int8"), dtype="float32")
call("prod", b(3), dtype="int32")
for axis in (None, 0, 1):
    each("nanmedian nanmax nanmin nanmean nansum nanvar nanstd median", HOLES, axis=axis)
each("average", X, axis=1)
each("average", X, weights=f(2, 3, 4))
each("average", X, axis=-1, weights=[1, 2, 3, 4])
each("average", X, axis=(0, 1), weights=f(2, 3) ** 2)
each("average", X, axis=(2, 0), weights=f(4, 2) ** 2)
each("average", i(3, 4), axis=(0, 1))
each("average", b(3))

# --- quantiles

for method in ("linear", "lower", "higher", "midpoint", "nearest"):
    for axis in (None, 0, 1, (0, 1)):
        for keepdims in (False, True):
            call("quantile", f(4, 5), [0.1, 0.5, 1.0], axis=axis, method=method, keepdims=keepdims)
            call("percentile", f(4, 5), [[10.0, 50.0], [0.0, 99.0]], axis=axis, method=method, keepdims=keepdims)
            call("nanquantile", FINITE[[0, 2]], 0.3, axis=axis, method=method, keepdims=keepdims)
            call("nanpercentile", FINITE[[3, 2]], 33.0, axis=axis, method=method, keepdims=keepdims)
    call("quantile", i(7), 0.4, method=method)
    call("quantile", [1, 2, 3, 4], [0.5], method=method)

# --- order and counts

for axis in (0, 1, -1, None):
    each("argsort sort", X, axis=axis)
each("argsort", 5.0)
each("argsort", np.float32(5), axis=0)
each("argsort sort", [3, 1, 2])
each("argsort sort", np.array([NAN, 1, INF, -INF], "float32"))
each("argsort sort", i(4, dtype="uint8"))
each("searchsorted", [1, 3, 5], [0, 1, 2, 5, 6])
for side in ("left", "right"):
    call("searchsorted", np.sort(f(6)), f(2, 3), side=side)
    call("searchsorted", [1, 2, 2, 3], 2, side=side)
    call("searchsorted", [1.0, 2.0, INF, NAN], [NAN, INF, 0.0], side=side)
each("digitize", [0.5, 1.5, 3.0], [0.0, 1.0, 2.0])
each("digitize", f(2, 3), [-1.0, 0.0, 1.0])
for dtype in ("uint8", "int8", "uint16", "int16", "uint32", "int64"):
    call("bincount", i(6, low=0, dtype=dtype))
    call("bincount", i(6, low=0, dtype=dtype), weights=f(6), minlength=9)
each("bincount", np.zeros(0, "int32"))
each("bincount", np.zeros(0, "int32"), minlength=3)
each("bincount", [1, 2, 2], weights=[1, 2, 3])
NEAR = [np.array([1e10, 1e10 + 2048, 1e10 + 12288], "float32"), np.array([10**10 + k for k in (0, 1, 5, 10)])]
NEAR += [np.array([1e10, 1e10 + 1, 1e10 + 3]), np.array([0.3, 0.7, 0, 1], "float32")]
for x in (f(50), i(50), i(50, low=0, high=250, dtype="uint8"), f(4, 5), [1, 2, 3, 4], np.array([2.0, 2.0], "float32"),
          np.zeros(0, "float32"), 3.0, f(7, dtype="float64"), *NEAR):  # fmt: skip
    call("histogram", x)
    call("histogram", x, bins=np.int64(4))
    call("histogram", x, bins=3, range=(-1, 2))
    call("histogram", x, bins=1, range=(0.0, 1.0))
    call("histogram", x, bins=[0, 1, 5])
each("unique", [3, 1, 3])
each("unique", [1.0, NAN, NAN])
each("unique", i(9, low=0, high=3), return_index=True, return_inverse=True, return_counts=True)
each("unique", i(3, 3, low=0, high=3), return_inverse=True)
for axis in (0, -1):
    call("unique", i(3, 4, low=0, high=2), axis=axis)
each("nonzero", i(3, 3))
each("nonzero", b(0, 2))
each("where", i(3, 3))
each("isin", i(3, 4), i(2, 2), invert=True)
each("isin", [], [1])
each("unravel_index", [5, 0], (2, 3))

# --- moving elements

for shift, axis in ((2, (0, 1)), ((1, 2), (0, 1)), ((1, 2), 0), (3, None), ((1, 2), None), (-5, -1), (2, (0, 0)),
                    ((1, -1), (1, -2)), (np.array([1, 2]), (0, 1)), (7, (-1,))):  # fmt: skip
    call("roll", M, shift, axis=axis)
    call("roll", i(2, 3, 2), shift, axis=axis)
each("roll", np.arange(12).reshape(3, 4), 2, axis=(0, 1))
for axis in (None, 0, -1, (0, 1), (-1,)):
    call("flip", X, axis=axis)
for k in range(-5, 6):
    for axes in ((0, 1), (1, 2), (-1, 0)):
        call("rot90", X, k=k, axes=axes)
for axis in (0, 1, -1, None):
    each("repeat", X, 2, axis=axis)
    each("append", i(2, 2), i(2, 2), axis=axis)
    each("take", X, [[0, -1], [1, 1]], axis=axis)
    each("take", X, 1, axis=axis)
each("repeat", [[1, 2], [3, 4]], [1, 2], axis=0)
each("repeat", 3, 2)
each("repeat", [1, 2], [2])
each("repeat", [1, 2], [0, 3])
each("append", [1], [2.5])
each("append", 3, 4)
for reps in (2, (2,), (1, 2), (2, 1, 2), (0, 1), (), [2, 2], np.array([2, 2])):
    call("tile", M, reps)
    call("tile", 3, reps)
for width in (1, (1, 2), ((1, 2),), ((1, 0), (2, 3)), [1, 2]):
    for mode in ("constant", "reflect", "symmetric", "edge", "wrap"):
        call("pad", f(4, 5), width, mode=mode)
    call("pad", i(2, 3), width, constant_values=7)
for mode in ("reflect", "symmetric", "wrap"):
    call("pad", f(3), (7, 9), mode=mode)
    call("pad", f(1, 3), 1, mode=mode)
each("pad", b(2), 1)
for source, destination in ((0, -1), ((0, 1), (-1, 0)), ((0, 2), (1, 0)), (-1, 0)):
    call("moveaxis", X, source, destination)
for axes in ((0, 1), (-1, 0), (1, 1)):
    call("swapaxes", X, *axes)
for axes in (None, (1, 0, 2), (-1, 0, 1)):
    call("transpose", X, axes)
each("transpose ravel", 3.0)
each("transpose ravel", [[1, 2]])
for axis in (0, -1, (0, -1), (1, 2)):
    call("expand_dims", X, axis)
for axis in (None, 0, (0, 2), -1):
    call("squeeze", f(1, 3, 1), axis=axis)
for arrays in ([[1, 2], [3, 4]], [f(2, 3), f(2, 3)], [X, X], [1, 2], (i(2), f(2))):
    each("vstack hstack dstack", arrays)
for axis in (0, 1, -1):
    each("stack concatenate", [X, X], axis=axis)
    for parts in (2, [1, 3], [3, 1, 9], [-1], []):
        call("split", SQUARE, parts, axis=axis)
    call("array_split", f(4, 5), 3, axis=axis)
each("vsplit hsplit", SQUARE, [1])
each("hsplit", f(4), 2)
each("dsplit", X, 2)
each("concatenate", [i(2, dtype="int8"), i(2, dtype="uint8")])
each("meshgrid", [1, 2], [3, 4, 5])
each("meshgrid", [1, 2], [3, 4, 5], [6, 7], indexing="ij")
each("meshgrid", 1, [2, 3])
each("reshape", X, (4, -1))
each("broadcast_to", [1, 2], (3, 2))
each("take_along_axis", X, np.argsort(X, -1), axis=-1)
each("take_along_axis", X, i(24, low=0, high=24), axis=None)
each("take_along_axis", X, i(1, 3, 1, low=-4, high=4), axis=-1)

# --- scans, diagonals, products

for axis in (0, 1, -1, None):
    each("cumsum cumprod nancumsum nancumprod", M, axis=axis)
    each("cumsum cumprod", i(3, 4), axis=axis)
    each("nancumsum nancumprod", HOLES, axis=axis)
each("cumsum cumprod nancumsum nancumprod", i(4, dtype="int8"), dtype="float32")
each("cumsum cumprod nancumsum nancumprod", b(4))
each("cumsum cumprod nancumsum nancumprod", 3.0)
for n in (0, 1, 2, 9):
    for axis in (0, -1):
        call("diff", M, n=n, axis=axis)
each("diff", b(4))
for k in (0, 1, -1, 2, 5, -5):
    each("diagonal trace", X, offset=k)
    each("diagonal trace", X, offset=k, axis1=-1, axis2=0)
    each("diag", f(3), k=k)
    each("diag tril triu", M, k=k)
    each("tri", 3, k=k)
    each("tri", 3, M=5, k=k)
    each("diagflat", [[1, 2], [3, 4]], k=k)
each("trace", b(3, 3))
each("vander", [1, 2, 3])
each("vander", [1.0, 2.0], N=4, increasing=True)
each("vander", [1.0, 2.0], N=0)
each("trapezoid", X)
each("trapezoid", X, dx=2.0, axis=0)
each("trapezoid", X, [0.0, 1.0, 3.0, 4.0])
each("trapezoid", X, X, axis=1)
each("trapezoid", [1, 2, 3])
for axis in (None, 0, 1, -1):
    call("cross", f(3, 3), f(3, 3), axis=axis)
each("cross", f(3, 2), f(3, 2), axisa=0, axisb=0, axisc=0)
each("cross", i(1, 3), i(4, 3))
each("tensordot", f(2, 3), f(3, 2), axes=1)
each("tensordot", f(2), f(3), axes=0)
each("tensordot", X, f(4, 3), axes=((1, 2), (1, 0)))
each("tensordot", X, f(4, 3), axes=(-1, 0))
each("tensordot", i(2, 2), i(2, 2), axes=([0], [1]))
for p, q in ((f(3), f(3)), (2, 3), (i(3), f(3)), (b(3), b(3)), (f(0), f(0)), (f(2, 3), 2.0), (f(2, 3), f(4, 3))):
    each("inner outer kron", p, q)
    each("vdot" if np.size(p) == np.size(q) else "outer", p, q)
each("dot", X, f(2, 4, 3))
each("dot matmul", f(3), f(3))
each("matmul", f(3), X.transpose(0, 1, 2))
each("matmul", X, f(4))
each("matmul", b(2, 2), b(2, 2))
each("matmul", i(2, 2, dtype="int8"), i(2, 2, dtype="uint8"))
each("einsum", "...i->...", X)
each("einsum", "ii", f(3, 3))
each("einsum", "ij,ij,ij->", f(2, 2), f(2, 2), f(2, 2))
each("corrcoef", f(3, 5))
each("corrcoef", f(5))
for mode in ("valid", "same", "full"):
    call("correlate", f(5), f(3), mode=mode)
    call("correlate", f(3), f(5), mode=mode)

# --- making arrays

each("linspace", 0, 1, 5)
each("linspace", 0, 10, 5, endpoint=False, retstep=True)
each("linspace", [0.0, 1.0], [1.0, 5.0], 4, axis=-1)
each("linspace", 0, 5, 4, dtype="int32")
each("linspace", 0, -5, 4, dtype="int32")
for num in (0, 1):
    call("linspace", 0, 1, num)
    call("linspace", 0, 1, num, endpoint=False)
each("linspace", 0, 1, 1, retstep=True)
each("logspace", 0, 2, 4, base=2, endpoint=False)
each("logspace", [0.0, 1.0], [1.0, 2.0], 3, axis=1)
each("geomspace", -1, -1000, 4)
each("geomspace", 1, 256, 8, endpoint=False)
for bounds in ((5,), (1, 5), (1, 5, 2), (5, 1, -2), (0.0, 1.0, 0.3), (5, 1), (0,), (-3,), (1.5,)):
    call("arange", *bounds)
each("arange", 3, dtype="uint8")
each("eye", 2, 3, 1)
each("eye", 3, M=2, k=-1, dtype="int32")
each("identity", 3, dtype="bool")
each("full", 3, [1, 2, 3])
each("full_like", i(2), 2.7)
each("full_like", X, 1, dtype="int32")
each("ones_like zeros_like", b(2), dtype="float32")
each("bartlett blackman hamming hanning", 5)
each("bartlett blackman hamming hanning", 1)
each("bartlett blackman hamming hanning", 0)
each("kaiser", 5, 2.0)
each("kaiser", 1, 2.0)

# --- elements: broadcast, mixed dtypes, lists and numbers

PAIRS = [
    (f(2, 1), f(3)),
    (i(3, low=0, high=4), i(3, low=1, high=4)),
    ([1, 2], [2, 2]),
    (3, 2),
    (f(0, 3), f(3)),
    (f(3), 2),
]
for p, q in PAIRS:
    each("add subtract multiply divide maximum minimum fmax fmin arctan2 logaddexp hypot", p, q)
    each("equal less greater_equal not_equal logical_and logical_or logical_xor isclose", p, q)
for p, q in ((i(3, low=1, dtype="int8"), i(3, low=1, high=4, dtype="uint8")), (3, 2), (i(2, 1), i(3, low=1, high=4))):
    each("floor_divide mod bitwise_and bitwise_or bitwise_xor left_shift right_shift gcd lcm", p, q)
each("where", [True, False], 1, 2.5)
each("where", b(2, 3), f(3), 0)
each("where", i(3), 1, 2)
each("clip", i(5), [0] * 5, 3)
each("select", [b(3), b(3)], [i(3), f(3)], default=7)
each("isclose", [1.0, NAN, INF], [1.0, NAN, INF], equal_nan=True)
each("isclose", 100, 101, rtol=0.1)
each("allclose", [INF, 1.0], [INF, 1.0])
each("isreal", np.array([1 + 1j, 2, 3j], "complex64"))
each("isreal", np.array([NAN, 2], "float32"))
each("isreal", [1, 2])
each("nan_to_num", HOLES, nan=1.0, posinf=5.0, neginf=-5.0)
each("nan_to_num", i(2))
