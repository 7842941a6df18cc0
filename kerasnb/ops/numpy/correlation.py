"""How much signals are alike: correlation, and the ratio of a signal to its noise."""

from __future__ import annotations

from kerasnb.backend.tensor.dtypes import FLOATS, result_type
from kerasnb.ops.arguments import dtype_of, floating, promoted, tensor
from kerasnb.ops.describe import described, shaped
from kerasnb.ops.numpy import arithmetic as ar
from kerasnb.ops.numpy import reductions as red
from kerasnb.ops.numpy.diagonals import diagonal
from kerasnb.ops.numpy.functions import rsqrt
from kerasnb.ops.numpy.half import in_float32
from kerasnb.ops.numpy.indexing import extract_sequences
from kerasnb.ops.numpy.matrix import matmul
from kerasnb.ops.numpy.rearranging import pad
from kerasnb.ops.numpy.shapes import expand_dims, reshape, transpose
from kerasnb.ops.numpy.trigonometry import log10

__all__ = ["corrcoef", "correlate", "psnr"]


@described(
    "Computes the correlation coefficients (Pearson's) of each row with each other.",
    "np.round(keras.ops.corrcoef([[1.0, 2.0, 3.0], [3.0, 2.0, 1.0]]), 4).tolist()", "[[1.0, -1.0], [-1.0, 1.0]]",
    "Tensor of shape `(N, N)`.", raises="ValueError: If the rank is above 2.",
    x="Tensor of shape `(N, D)`: N variables, each observed D times.",
)  # fmt: skip
@in_float32
@shaped
def corrcoef(x):
    x = tensor(x)
    x = tensor(x, "float64") if x.dtype == "int64" else floating(x)
    if x.ndim > 2:
        raise ValueError(f"`x` must have at most two dimensions. Received: x.shape={tuple(x.shape)}")
    rows = x if x.ndim == 2 else reshape(x, (1, -1))
    rows = ar.subtract(rows, red.mean(rows, axis=1, keepdims=True))
    product = matmul(rows, transpose(rows))
    scale = rsqrt(diagonal(product))
    found = ar.clip(ar.multiply(ar.multiply(product, expand_dims(scale, 1)), scale), -1.0, 1.0)
    return found if x.ndim == 2 else reshape(found, ())


def _correlated_dtype(*xs) -> str:
    dtype = result_type(*map(dtype_of, xs))
    return "float64" if dtype == "int64" else dtype if dtype in FLOATS else "float32"


@described(
    "Computes the cross-correlation of two signals.",
    "keras.ops.correlate([1.0, 2.0, 3.0], [0.0, 1.0]).tolist()", "[2.0, 3.0]",
    raises="ValueError: If a signal is empty or has not one axis, or `mode` is not known.",
    x1="Tensor of one axis, of M elements.", x2="Tensor of one axis, of N elements.",
    mode='`"valid"`: where one lies in the other; `"same"`: as many elements as the longer; `"full"`: all places where '
    "they overlap, M + N - 1. Defaults to `'valid'`.",
)  # fmt: skip
@shaped
def correlate(x1, x2, mode="valid"):
    if mode not in ("valid", "same", "full"):
        raise ValueError(f"`mode` must be either `valid`, `same`, or `full`, but received: {mode}")
    dtype = _correlated_dtype(x1, x2)
    x1, x2 = tensor(x1, dtype), tensor(x2, dtype)
    for name, x in (("x1", x1), ("x2", x2)):
        if x.ndim != 1 or x.shape[0] == 0:
            raise ValueError(f"`{name}` must be a 1-dimensional tensor, but received shape {tuple(x.shape)}")
    m, n = x1.shape[0], x2.shape[0]
    full = matmul(extract_sequences(pad(x1, ((n - 1, n - 1),)), n, 1), x2)
    if mode == "full":
        return full
    less, more = min(m, n), max(m, n)
    start = less - 1 if mode == "valid" else (less - 1) // 2 if m >= n else less // 2
    return full[start : start + (more - less + 1 if mode == "valid" else more)]


@described(
    "Computes the peak signal-to-noise ratio of two signals, in decibels.",
    "round(float(keras.ops.psnr([0.0, 1.0], [0.0, 0.9], 1.0)), 2)", "23.01", "A scalar tensor.",
    raises="ValueError: If the shapes differ.", x1="The first signal.", x2="The second signal, of the same shape.",
    max_val="The largest value that a signal may have.",
)  # fmt: skip
@in_float32
def psnr(x1, x2, max_val):
    most = tensor(max_val, dtype_of(x2) if isinstance(dtype_of(x2), str) else None)
    x1, x2 = promoted(x1, x2)
    if x1.ndim != x2.ndim or any(p != q and None not in (p, q) for p, q in zip(x1.shape, x2.shape, strict=True)):
        raise ValueError(f"Input shapes {tuple(x1.shape)} and {tuple(x2.shape)} must match for PSNR calculation.")
    noise = red.mean(ar.square(ar.subtract(x1, x2)))
    return ar.subtract(ar.multiply(log10(most), 20), ar.multiply(log10(noise), 10))
