"""How much signals are alike: correlation coefficients and cross-correlation."""

from __future__ import annotations

from kerasnb.backend.tensor.dtypes import FLOATS, result_type
from kerasnb.backend.tensor.tensor import Tensor
from kerasnb.backend.typing import TensorLike
from kerasnb.kernels import elementwise
from kerasnb.ops.arguments import dtype_of, floating, tensor
from kerasnb.ops.math.sequences import extract_sequences
from kerasnb.ops.numpy.diagonals import diagonal
from kerasnb.ops.numpy.elementwise.arithmetic import multiply, subtract
from kerasnb.ops.numpy.elementwise.extremes import clip
from kerasnb.ops.numpy.half import in_float32
from kerasnb.ops.numpy.products import matmul
from kerasnb.ops.numpy.rearranging import pad
from kerasnb.ops.numpy.shapes import expand_dims, reshape, transpose
from kerasnb.ops.numpy.statistics import mean
from kerasnb.ops.operation import operation

__all__ = ["corrcoef", "correlate"]


@operation("Corrcoef", trials=True)
@in_float32
def corrcoef(x: TensorLike) -> Tensor:
    """Computes Pearson's correlation coefficients of all pairs of rows.

    Args:
        x: Tensor of shape `(N, D)`: N variables, each observed D times.

    Returns:
        Tensor of shape `(N, N)`.

    Raises:
        ValueError: If the rank is above 2.

    Example:

    >>> np.round(keras.ops.corrcoef([[1.0, 2.0, 3.0], [3.0, 2.0, 1.0]]), 4).tolist()
    [[1.0, -1.0], [-1.0, 1.0]]
    """
    x = tensor(x)
    x = tensor(x, "float64") if x.dtype == "int64" else floating(x)
    if x.ndim > 2:
        raise ValueError(f"`x` must have at most two dimensions. Received: x.shape={tuple(x.shape)}")
    variables = x if x.ndim == 2 else reshape(x, (1, -1))
    variables = subtract(variables, mean(variables, axis=1, keepdims=True))
    product = matmul(variables, transpose(variables))
    scale = elementwise.rsqrt(diagonal(product))
    coefficients = clip(multiply(multiply(product, expand_dims(scale, 1)), scale), -1.0, 1.0)
    return coefficients if x.ndim == 2 else reshape(coefficients, ())


@operation("Correlate", "mode", trials=True)
def correlate(x1: TensorLike, x2: TensorLike, mode: str = "valid") -> Tensor:
    """Computes the cross-correlation of two signals.

    Args:
        x1: Tensor of one axis, with M elements.
        x2: Tensor of one axis, with N elements.
        mode: `"valid"`: places where one signal lies inside the other; `"same"`: as many places as the longer signal
            has; `"full"`: all places where they overlap, M + N - 1. Defaults to `"valid"`.

    Returns:
        Tensor of one axis: a sum of products for each place.

    Raises:
        ValueError: If a signal is empty or does not have one axis, or `mode` is unknown.

    Example:

    >>> keras.ops.correlate([1.0, 2.0, 3.0], [0.0, 1.0]).tolist()
    [2.0, 3.0]
    """
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


def _correlated_dtype(*xs) -> str:
    dtype = result_type(*map(dtype_of, xs))
    return "float64" if dtype == "int64" else dtype if dtype in FLOATS else "float32"
