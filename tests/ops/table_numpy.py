"""Calls of the numpy and math families: by name, a list of (arguments, keywords). Arrays stand for tensors."""

from __future__ import annotations

import numpy as np

from tests.seeded import RANDOM as _random

NAN, INF = np.nan, np.inf


def f(*shape, low=-2.0, high=2.0, dtype="float32"):
    """Random floats."""
    return np.asarray(_random.uniform(low, high, shape)).astype(dtype)


def i(*shape, low=-6, high=7, dtype="int32"):
    """Random integers."""
    return np.asarray(_random.integers(low, high, shape)).astype(dtype)


def b(*shape):
    """Random booleans."""
    return np.asarray(_random.integers(0, 2, shape)).astype(bool)


def call(*args, **kwargs):
    return args, kwargs


def holes(*shape):
    """Floats of which some are NaN."""
    x = f(*shape)
    x[_random.uniform(size=shape) < 0.3] = NAN
    return x


def one(low=-2.0, high=2.0, integers=True):
    """Calls of a function of one number: random, empty, scalar, half precision, special, integers, booleans."""
    floats = [f(2, 3, low=low, high=high), f(0, 2), f(low=low, high=high), f(3, low=low, high=high, dtype="float16")]
    more = (
        [i(4, low=int(np.ceil(low)), high=int(high) + 1), b(3), i(2, low=0, high=2, dtype="uint8")] if integers else []
    )
    return [call(x) for x in (*floats, *more, np.array([NAN, INF, -INF, 0.0, -0.0], "float32"))]


def two(make=f, *, floats=True, integers=True, low=-2.0, high=2.0):
    """Calls of a function of two numbers: alike, broadcast, empty, scalar, and of mixed dtypes."""
    calls = []
    if floats:
        pairs = [((2, 3), (2, 3)), ((3, 1), (4,)), ((0, 3), (3,)), ((2,), ())]
        calls = [call(f(*p, low=low, high=high), f(*q, low=low, high=high)) for p, q in pairs]
        calls += [call(f(2, low=low, high=high, dtype="float16"), f(2, low=low, high=high, dtype="float16"))]
        calls += [call(f(2, low=low, high=high), 1.5)]
    if integers:
        calls += [
            call(i(2, 3), i(3, low=1)),
            call(i(3, low=1, high=9, dtype="uint8"), i(3, low=1, high=9, dtype="int8")),
        ]
    return calls + ([call(f(3, low=low, high=high), i(3, low=1))] if floats and integers else [])


def whole(*, floats=True, empty=True):
    """Calls of a reduction or scan: no axis, one, the last, of floats, integers and booleans."""
    calls = [call(f(2, 3)), call(f(2, 3), axis=0), call(f(2, 3, 2), axis=-1), call(i(2, 3), axis=1), call(b(2, 3))]
    calls += [call(f(4, dtype="float16")), call(i(3, dtype="uint8")), call(i(3, dtype="int8"), axis=0)]
    return calls + ([call(f(0, 3), axis=1)] if empty else [])


def reduced(make=f, empty=False):
    calls = [call(make(2, 3)), call(make(2, 3), axis=0), call(make(2, 3, 2), axis=(0, 2), keepdims=True)]
    calls += [call(make(2, 3), axis=1, keepdims=True), call(i(2, 3), axis=1), call(f(3, dtype="float16"))]
    return calls


def positions():
    return [
        call(holes(3, 4)),
        call(holes(3, 4), axis=0),
        call(np.array([[NAN, NAN], [1, NAN]], "float32"), axis=1),
        call(i(2, 3), axis=1, keepdims=True),
    ]


_LINE = np.sort(f(6))
_IDS = np.array([0, 2, 2, 0, -1, 5], "int32")
_METHODS = ("linear", "lower", "higher", "midpoint", "nearest")


def quantiles(make, top):
    calls = [call(make(3, 4), 0.3 * top, axis=1, method=m) for m in _METHODS]
    calls += [call(make(3, 4), np.array([0.2, 1.0], "float32") * np.float32(top), axis=0, keepdims=True)]
    return calls + [call(make(2, 3, 2), 0.5 * top, axis=(0, 2)), call(i(5), 0.4 * top), call(make(2, 3), 0.5 * top)]


def segments():
    return [
        call(f(6, 2), _IDS, num_segments=4),
        call(i(6), np.abs(_IDS), 6),
        call(f(6), np.sort(np.abs(_IDS)), 7, True),
    ]


_SHIFTS = [
    call(i(2, 3), i(3, low=0, high=6)),
    call(i(3), np.array([31, 40, -1], "int32")),
    call(i(3, low=0, dtype="uint8"), i(3, low=0, high=9, dtype="uint8")),
    call(b(3), b(3)),
]
_BITS = [call(i(2, 3), i(3)), call(b(3), b(3)), call(i(3, dtype="int8"), i(3, low=0, dtype="uint8")), call(i(3), 3)]
_ROWS = [call([f(3), f(3)]), call([i(2, 3), f(2, 3)]), call([f(2, 3, 2), f(2, 3, 2)])]
_EXACT = [call(f(2, 3)), call(i(4)), call(b(2, 2)), call(f(0, 2))]

OF_ONE = (
    "arcsinh", "sinh", "cosh", "exp2", "cbrt", "deg2rad", "rad2deg", "sinc", "erfc", "angle", "fabs", "isinf",
    "isposinf", "isneginf", "isreal", "signbit", "trunc", "nan_to_num", "real", "conj", "conjugate", "imag", "copy",
    "array", "exp", "abs", "square", "floor", "isnan", "isfinite",
)  # fmt: skip
OF_TWO = (
    "hypot", "logaddexp", "logaddexp2", "fmax", "fmin", "isclose", "heaviside", "add", "multiply", "maximum",
    "arctan2", "logical_xor", "equal", "less",
)  # fmt: skip

FUNCTIONS = {
    **{n: one(-0.9, 0.9) for n in ("arcsin", "arccos", "arctanh")},
    **{n: one() for n in OF_ONE},
    **{n: one(integers=False) for n in ("negative", "sign")},
    **{n: one(-0.9, 0.9, integers=False) for n in ("erfinv",)},
    "i0": one(-6, 6, integers=False),
    "arccosh": one(1.1, 4.0),
    **{n: one(0.2, 5.0) for n in ("log2", "log10")},
    **{n: two() for n in OF_TWO},
    "fmod": two(low=0.6, high=2.4) + [call(-f(4, low=0.5), f(4, low=0.5)), call(i(4), -i(4, low=1))],
    "nextafter": two(integers=False)
    + [call(np.array([0, 0, -0.0, 1, NAN], "float32"), np.array([1, -1, 1, 1, 2], "float32"))],
    "ldexp": [call(f(2, 3), i(3)), call(f(3, dtype="float16"), i(3, low=-3, high=4)), call(i(3), i(3, low=0))],
    "gcd": two(floats=False),
    "lcm": two(floats=False),
    **{n: _BITS for n in ("bitwise_and", "bitwise_or", "bitwise_xor")},
    **{n: [call(i(2, 3)), call(b(3)), call(i(3, low=0, dtype="uint8"))] for n in ("bitwise_not", "bitwise_invert")},
    **{n: _SHIFTS for n in ("bitwise_left_shift", "bitwise_right_shift", "left_shift", "right_shift")},
    "view": [
        call(f(3), "int32"),
        call(i(2, 4), dtype="float32"),
        call(f(2, 2), "uint8"),
        call(i(4, dtype="int8"), "int16"),
    ],
    "allclose": [call(f(2, 3), f(2, 3)), call(np.ones(2, "float32"), np.ones(2, "float32")), call(i(2), i(2))],
    "isin": [call(i(2, 3), i(4)), call(f(3), f(2, 2)), call(i(3), i(4), invert=True), call(i(0), i(3))],
    "ndim": [call(f(2, 3)), call(f())],
    "select": [call([b(3), b(3)], [f(3), f(3)], 1.5), call([b(3)], [i(3)])],
}

MOVES = {
    "flip": [call(f(2, 3)), call(f(2, 3), axis=1), call(i(2, 3), axis=(0, 1)), call(f(0, 3), axis=0)],
    "fliplr": _EXACT[:1],
    "flipud": _EXACT,
    "moveaxis": [call(f(2, 3, 4), 0, -1), call(f(2, 3, 4), (0, 2), (1, 0)), call(f(2, 3, 4), [2], [0])],
    "swapaxes": [call(f(2, 3, 4), 0, -1), call(i(2, 3), 1, 0)],
    "rot90": [call(f(2, 3), k) for k in (0, 1, 2, 3, -1)] + [call(f(2, 3, 4), 1, (2, 0))],
    "roll": [call(f(5), 2), call(f(2, 3), -1, axis=1), call(f(2, 3), (1, 2), axis=(0, 1)), call(f(2, 3), 4)],
    "repeat": [
        call(f(2, 3), 2),
        call(f(2, 3), 2, axis=1),
        call(f(3), np.array([1, 0, 2])),
        call(i(2, 2), np.array([2, 1]), axis=0),
    ],
    "tile": [call(f(2, 3), 2), call(f(2, 3), (2, 1, 2)), call(f(2, 3), [2]), call(f(2, 3, 1), (2, 2))],
    "pad": [
        call(f(2, 3), 1),
        call(f(2, 3), (1, 2)),
        call(f(2, 3), ((1, 0), (0, 2)), constant_values=3.0),
        call(i(2, 3), 1, constant_values=2),
        call(b(2, 2), 1),
    ]
    + [call(f(4, 3), ((1, 2), (2, 1)), m) for m in ("reflect", "symmetric", "edge", "wrap")],
    "get_item": [call(f(3, 4), 1), call(f(3, 4), (np.s_[1:], -1)), call(f(3, 4), (None, Ellipsis, 0))],
    "append": [call(f(2, 3), f(2)), call(f(2, 3), f(1, 3), axis=0), call(i(2), f(2))],
    "split": [call(f(6, 2), 3), call(f(6, 2), [1, 4]), call(f(2, 6), 2, axis=-1)],
    "array_split": [call(f(6, 2), 3), call(f(2, 7), 2, axis=-1), call(f(2), 3)],
    "vsplit": [call(f(4, 2), 2), call(f(4, 2), [1])],
    "hsplit": [call(f(2, 4), 2), call(f(4), 2)],
    "dsplit": [call(f(2, 1, 4), 2)],
    "unstack": [call(f(2, 3)), call(f(2, 3), axis=-1), call(f(2, 3), 2)],
    "vstack": _ROWS,
    "hstack": _ROWS,
    "dstack": _ROWS,
    "stack": _ROWS,
    "concatenate": _ROWS,
    "meshgrid": [call(f(2), f(3)), call(f(2), f(3), indexing="ij"), call(f(2), i(3), f(2)), call(f(3))],
    "diag": [
        call(f(3)),
        call(f(3), 1),
        call(f(2), -2),
        call(f(3, 4), 1),
        call(f(3, 4), -1),
        call(i(3, 3)),
        call(f(2, 3), 5),
    ],
    "diagflat": [call(f(2, 2)), call(f(3), -1)],
    "diagonal": [call(f(3, 4)), call(f(3, 4), 2), call(f(3, 4, 2), -1, 2, 0), call(f(2, 3), -4)],
    "trace": [
        call(f(3, 4)),
        call(i(3, 3), 1),
        call(f(2, 3, 3), axis1=1, axis2=2),
        call(b(3, 3)),
        call(i(2, 2, dtype="int8")),
    ],
    "tri": [call(3), call(2, 4, 1), call(3, k=-1, dtype="int32")],
    "tril": [call(f(3, 4)), call(f(2, 3, 3), -1), call(i(3, 3), 1), call(b(2, 2))],
    "triu": [call(f(3, 4)), call(f(2, 3, 3), -1), call(i(3, 3), 1), call(b(2, 2))],
    "vander": [call(f(3)), call(i(3), 2), call(f(3), 4, True)],
    "bartlett": [call(5), call(1), call(0)],
    "blackman": [call(5), call(1)],
    "hamming": [call(6)],
    "hanning": [call(6)],
    "kaiser": [call(5, 3.0), call(1, 2.0)],
    "linspace": [
        call(0, 1, 5),
        call(0.0, 1.0, 4, endpoint=False),
        call(f(2), f(2), 3, axis=-1),
        call(1, 9, 4, dtype="int32"),
        call(0.0, 2.0, 5, retstep=True),
        call(0.0, 1.0, 1),
        call(0.0, 1.0, 0),
        call(i(3), 5, 3),
    ],
    "logspace": [call(0, 2, 5), call(0.0, 1.0, 4, base=2, endpoint=False), call(f(2), f(2), 3)],
    "geomspace": [call(1, 9, 5), call(1.0, 2.0, 4, endpoint=False), call(-1.0, -8.0, 4)],
}

SUMMARIES = {
    "cumsum": [*whole(), call(f(2, 3), axis=1, dtype="float16"), call(f(71))],
    "cumprod": [*whole(), call(np.array([2, 0, 3, 0, 1], "float32"))],
    "nancumsum": [call(holes(3, 4)), call(holes(3, 4), axis=1), call(i(3))],
    "nancumprod": [call(holes(3, 4)), call(holes(3, 4), axis=1), call(i(3))],
    "diff": [call(f(5)), call(f(2, 5), 2), call(f(4, 2), axis=0), call(i(5)), call(b(5)), call(f(1)), call(f(3), 0)],
    "trapezoid": [
        call(f(2, 4)),
        call(f(2, 4), dx=0.5, axis=0),
        call(f(2, 4), f(4)),
        call(i(4)),
        call(f(3, 2), f(3), axis=0),
    ],
    "sort": [
        call(f(5)),
        call(f(2, 3), axis=0),
        call(f(2, 3), axis=None),
        call(i(2, 6)),
        call(b(5)),
        call(holes(6)),
        call(f(3, dtype="float16")),
        call(f(0, 3)),
    ],
    "argsort": [call(f(5)), call(f(2, 3), axis=0), call(f(2, 3), axis=None), call(i(2, 6)), call(b(5)), call(holes(6))],
    "top_k": [call(f(5), 2), call(f(2, 4), 4), call(i(2, 6), 3), call(f(3), 0)],
    "in_top_k": [call(i(3, low=0, high=4), f(3, 4), 2), call(i(3, low=0, high=4), np.round(f(3, 4)), 1)],
    "searchsorted": [
        call(_LINE, f(2, 3)),
        call(_LINE, _LINE, side="right"),
        call(np.sort(i(5)), i(3)),
        call(_LINE, holes(4)),
    ],
    "digitize": [call(f(2, 3), _LINE), call(i(4), np.sort(i(3)))],
    "nonzero": [call(i(3, 2, low=0, high=2)), call(f(3)), call(b(4))],
    "unique": [
        call(i(7, low=0, high=3)),
        call(i(7, low=0, high=3), return_index=True, return_inverse=True, return_counts=True),
        call(i(3, low=0, high=2), size=5, fill_value=9),
        call(f(4)),
        call(i(6, 1, low=0, high=2), axis=0),
    ],
    **{n: reduced() for n in ("amax", "amin", "ptp", "logsumexp", "max", "mean", "var", "std", "prod")},
    "sum": [*reduced(), call(b(4)), call(i(3, dtype="uint8"))],
    "average": [
        call(f(2, 3)),
        call(f(2, 3), axis=0, weights=f(2, low=0.5)),
        call(f(2, 3), weights=f(2, 3, low=0.5)),
        call(i(2, 3), axis=1, weights=i(3, low=1)),
        call(f(2, 3), axis=(0, 1)),
    ],
    **{n: reduced(holes) for n in ("nansum", "nanprod", "nanmean", "nanvar", "nanstd")},
    **{n: reduced(holes) + [call(np.array([[NAN, NAN], [1, NAN]], "float32"), axis=1)] for n in ("nanmax", "nanmin")},
    "nanargmax": positions(),
    "nanargmin": positions(),
    "quantile": quantiles(f, 1.0) + [call(holes(2, 4), 0.5, axis=1)],
    "percentile": quantiles(f, 100.0),
    "nanquantile": quantiles(holes, 1.0),
    "nanpercentile": quantiles(holes, 100.0),
    "median": reduced() + [call(holes(3, 3), axis=1)],
    "nanmedian": reduced(holes),
}

PRODUCTS = {
    "tensordot": [
        call(f(2, 3, 4), f(3, 4, 2)),
        call(f(2, 3), f(3, 2), axes=1),
        call(f(2), f(3), axes=0),
        call(f(2, 3, 4), f(4, 2), axes=([0, 2], [1, 0])),
        call(i(2, 3), i(3), axes=1),
    ],
    "inner": [call(f(3), f(3)), call(f(2, 3), f(4, 3)), call(f(), f(3)), call(i(3), f(3))],
    "outer": [call(f(3), f(2)), call(f(2, 2), i(3)), call(i(3), i(2))],
    "vdot": [call(f(3), f(3)), call(f(2, 3), f(3, 2)), call(i(3), i(3))],
    "kron": [call(f(2), f(3)), call(f(2, 3), f(3, 2)), call(f(2), f(3, 2)), call(i(2, 2), i(2))],
    "cross": [
        call(f(3), f(3)),
        call(f(2, 3), f(3)),
        call(f(2, 2), f(2, 2)),
        call(f(2), f(3)),
        call(f(3, 4), f(3, 4), axis=0),
    ],
    "cdist": [call(f(3, 2), f(4, 2)), call(f(2, 3, 2), f(2, 4, 2))],
    "einsum": [
        call(s, *xs)
        for s, *xs in (
            ("ij,jk->ik", f(2, 3), f(3, 4)),
            ("ij,jk->ik", f(0, 3), f(3, 4)),
            ("bij,jk->bik", f(2, 0, 3), f(3, 4)),
            ("ij,jk", f(2, 3), f(3, 4)),
            ("bij,bjk->bik", f(2, 3, 4), f(2, 4, 2)),
            ("ii->i", f(3, 3)),
            ("ii", f(3, 3)),
            ("ij->ji", f(2, 3)),
            ("ij->j", f(2, 3)),
            ("i,j->ij", f(2), f(3)),
            ("ij,ij->", f(2, 3), f(2, 3)),
            ("...ij,...jk->...ik", f(2, 3, 4), f(2, 4, 2)),
            ("...i->...", f(2, 3)),
            ("bqhd,bkhd->bhqk", f(2, 3, 2, 4), f(2, 5, 2, 4)),
            ("ij,jk,kl->il", f(2, 3), f(3, 4), f(4, 2)),
            ("abc,dc,e->bad", f(2, 3, 4), f(2, 4), f(3)),
            ("ij,jk->ik", i(2, 3), i(3, 2)),
            ("ij,j->i", i(2, 3), f(3)),
            ("i...,i...->...", f(3, 2), f(3, 2)),
        )
    ],
}

INDEXES = {
    "scatter": [
        call(np.array([[0], [2], [0]], "int32"), f(3), (4,)),
        call(np.array([[0, 1], [1, 1]], "int32"), f(2, 2), (2, 3, 2)),
        call(np.array([[1], [-1], [9]], "int32"), i(3), (4,)),
    ],
    "scatter_update": [
        call(f(4, 2), np.array([[0], [2], [0]], "int32"), f(3, 2), reduction=r) for r in ("add", "max", "min", "mul")
    ]
    + [call(f(4, 2), np.array([[0, 1], [2, 0]], "int32"), f(2)), call(i(4), np.array([[3], [-4]], "int32"), i(2))],
    "slice": [call(f(3, 4), (1, 0), (2, 3)), call(f(3, 4), np.array([2, 3], "int32"), (2, -1)), call(f(3), [9], (2,))],
    "slice_update": [
        call(f(3, 4), (1, 0), f(2, 3)),
        call(f(3, 4), np.array([2, 3], "int32"), f(2, 2)),
        call(i(3), [-9], i(2)),
    ],
    **{n: segments() for n in ("segment_sum", "segment_max", "segment_min", "segment_prod")},
    "unravel_index": [call(i(3, low=0, high=6), (2, 3)), call(np.array([-1, 9], "int32"), (2, 3))],
    "extract_sequences": [call(f(7), 3, 2), call(f(2, 6), 2, 2), call(f(2, 2, 5), 5, 1)],
    "bincount": [
        call(i(5, low=0)),
        call(i(5, low=0), minlength=9),
        call(i(5, low=0), weights=f(5)),
        call(np.array([[0, 2], [2, 1]], "int32")),
    ],
    "histogram": [call(f(9)), call(f(9), 4), call(f(9), 3, (-1.0, 1.0)), call(i(9), 3)],
}

TABLE = {n: calls for part in (FUNCTIONS, MOVES, SUMMARIES, PRODUCTS, INDEXES) for n, calls in part.items()}
