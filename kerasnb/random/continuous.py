"""Random numbers of continuous distributions."""

from __future__ import annotations

import math

import numpy as np

from kerasnb.backend import floatx, is_float_dtype, standardize_dtype
from kerasnb.backend.tensor.dtypes import numpy_dtype
from kerasnb.backend.tensor.tensor import Tensor
from kerasnb.backend.typing import DType, Shape, TensorLike
from kerasnb.kernels import distributions
from kerasnb.kernels import random as kernels
from kerasnb.kernels.special import erfinv
from kerasnb.ops.arguments import tensor
from kerasnb.ops.core import cast
from kerasnb.ops.numpy.creation import dimensions
from kerasnb.ops.numpy.elementwise.extremes import maximum, minimum
from kerasnb.random.seed_generator import Seed, draw_seed


def float_dtype(dtype: DType | None, name: str) -> str:
    """The dtype of a result that must be a float.

    Raises:
        ValueError: If it is none.
    """
    if dtype is not None and not is_float_dtype(dtype):
        raise ValueError(f"`keras.random.{name}` requires a floating point `dtype`. Received: dtype={dtype} ")
    return standardize_dtype(dtype) if dtype is not None else floatx()


def unit(shape: Shape, dtype: str, seed: Seed, inside: bool = False) -> Tensor:
    """Numbers from [0, 1), or from inside of (0, 1); half precision is computed in float32."""
    wide = "float64" if dtype == "float64" else "float32"
    return kernels.random_unit(draw_seed(seed), shape=dimensions(shape), dtype=wide, inside=inside)


def uniform(
    shape: Shape, minval: TensorLike = 0.0, maxval: TensorLike = 1.0, dtype: DType | None = None, seed: Seed = None
) -> Tensor:
    """Draws samples from a uniform distribution.

    Args:
        shape: The shape of the result.
        minval: Float, the lower bound, included. Defaults to `0.0`.
        maxval: Float, the upper bound, excluded. Defaults to `1.0`.
        dtype: Optional float dtype. Defaults to `keras.config.floatx()`.
        seed: Integer (the same numbers at every call), `keras.random.SeedGenerator`, or None.

    Returns:
        A tensor.

    Raises:
        ValueError: If `dtype` is no float dtype.

    Example:

    >>> keras.random.uniform((2, 3), seed=1).shape
    (2, 3)
    """
    dtype = float_dtype(dtype, "uniform")
    drawn = unit(shape, dtype, seed)
    if isinstance(minval, (int, float)) and isinstance(maxval, (int, float)):
        return _between(drawn, minval, maxval, dtype)
    return cast(drawn * (tensor(maxval, drawn.dtype) - minval) + minval, dtype)


def _between(drawn, low, high, dtype: str) -> Tensor:
    """Stretched to [low, high); rounding could otherwise reach `high`."""
    if (low, high) == (0, 1) and dtype == drawn.dtype:
        return drawn
    kind = numpy_dtype(dtype).type
    last = np.nextafter(kind(high), kind(low))
    stretched = drawn * (high - low) + low
    return minimum(cast(stretched, dtype), tensor(np.asarray(last))) if high > low else cast(stretched, dtype)


def _quantile(drawn, reach: float, mean, stddev, dtype: str) -> Tensor:
    """The normal quantile of numbers from (0, 1); `reach` is the fraction of the distribution in between."""
    return cast(erfinv((drawn * 2 - 1) * reach) * math.sqrt(2) * stddev + mean, dtype)


def normal(
    shape: Shape, mean: TensorLike = 0.0, stddev: TensorLike = 1.0, dtype: DType | None = None, seed: Seed = None
) -> Tensor:
    """Draws samples from a normal distribution.

    Args:
        shape: The shape of the result.
        mean: Float. Defaults to `0.0`.
        stddev: Float, the standard deviation. Defaults to `1.0`.
        dtype: Optional float dtype. Defaults to `keras.config.floatx()`.
        seed: Integer (the same numbers at every call), `keras.random.SeedGenerator`, or None.

    Returns:
        A tensor.

    Raises:
        ValueError: If `dtype` is no float dtype.

    Example:

    >>> keras.random.normal((2, 3), seed=1).shape
    (2, 3)
    """
    dtype = float_dtype(dtype, "normal")
    return _quantile(unit(shape, dtype, seed, inside=True), 1.0, mean, stddev, dtype)


def truncated_normal(
    shape: Shape, mean: TensorLike = 0.0, stddev: TensorLike = 1.0, dtype: DType | None = None, seed: Seed = None
) -> Tensor:
    """Draws samples from a normal distribution cut off two standard deviations from the mean.

    Args:
        shape: The shape of the result.
        mean: Float. Defaults to `0.0`.
        stddev: Float, the standard deviation before cutting. Defaults to `1.0`.
        dtype: Optional float dtype. Defaults to `keras.config.floatx()`.
        seed: Integer (the same numbers at every call), `keras.random.SeedGenerator`, or None.

    Returns:
        A tensor.

    Raises:
        ValueError: If `dtype` is no float dtype.

    Example:

    >>> x = keras.random.truncated_normal((100,), seed=1)
    >>> bool(keras.ops.max(keras.ops.abs(x)) <= 2)
    True
    """
    dtype = float_dtype(dtype, "truncated_normal")
    return _quantile(unit(shape, dtype, seed, inside=True), math.erf(math.sqrt(2)), mean, stddev, dtype)


def gamma(shape: Shape, alpha: TensorLike, dtype: DType | None = None, seed: Seed = None) -> Tensor:
    """Draws samples from a gamma distribution (Marsaglia and Tsang, 2000).

    Args:
        shape: The shape of the result.
        alpha: Float or tensor that broadcasts to `shape`, the shape parameter.
        dtype: Optional float dtype. Defaults to `keras.config.floatx()`.
        seed: Integer (the same numbers at every call), `keras.random.SeedGenerator`, or None.

    Returns:
        A tensor.

    Raises:
        ValueError: If `dtype` is no float dtype.

    Example:

    >>> keras.random.gamma((2, 3), 0.5, seed=1).shape
    (2, 3)
    """
    dtype = float_dtype(dtype, "gamma")
    return cast(distributions.gamma(draw_seed(seed), tensor(alpha, "float64"), shape=dimensions(shape)), dtype)


def beta(shape: Shape, alpha: TensorLike, beta: TensorLike, dtype: DType | None = None, seed: Seed = None) -> Tensor:
    """Draws samples from a beta distribution: `a / (a + b)` of two gamma variables.

    Args:
        shape: The shape of the result.
        alpha: Float or tensor that broadcasts to `shape`.
        beta: Float or tensor that broadcasts to `shape`.
        dtype: Optional float dtype. Defaults to `keras.config.floatx()`.
        seed: Integer (the same numbers at every call), `keras.random.SeedGenerator`, or None.

    Returns:
        A tensor.

    Raises:
        ValueError: If `dtype` is no float dtype.

    Example:

    >>> keras.random.beta((2, 3), 0.5, 2.0, seed=1).shape
    (2, 3)
    """
    dtype = float_dtype(dtype, "beta")
    state, shape = draw_seed(seed), dimensions(shape)
    first = distributions.gamma(state, tensor(alpha, "float64"), shape=shape)
    second = distributions.gamma(state, tensor(beta, "float64"), shape=shape, stream=1)
    return cast(first / maximum(first + second, 1e-300), dtype)
