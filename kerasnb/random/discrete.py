"""Random integers, choices and orders."""

from __future__ import annotations

from kerasnb.backend import floatx, is_int_dtype, standardize_dtype
from kerasnb.backend.tensor.tensor import Tensor
from kerasnb.backend.typing import DType, Shape, TensorLike
from kerasnb.kernels import distributions
from kerasnb.ops.arguments import floating, one_axis, tensor
from kerasnb.ops.core import cast
from kerasnb.ops.numpy.creation import dimensions
from kerasnb.ops.numpy.elementwise.exponents import log
from kerasnb.ops.numpy.elementwise.rounding import floor
from kerasnb.ops.numpy.indexing import take
from kerasnb.ops.numpy.reductions import argmax
from kerasnb.ops.numpy.shapes import expand_dims
from kerasnb.random.continuous import unit
from kerasnb.random.seed_generator import Seed, draw_seed


def randint(
    shape: Shape, minval: TensorLike, maxval: TensorLike, dtype: DType | None = "int32", seed: Seed = None
) -> Tensor:
    """Draws integers from a uniform distribution.

    Args:
        shape: The shape of the result.
        minval: Integer, the lower bound, included.
        maxval: Integer, the upper bound, excluded.
        dtype: Optional integer dtype. Defaults to `"int32"`.
        seed: Integer (the same numbers at every call), `keras.random.SeedGenerator`, or None.

    Returns:
        A tensor.

    Raises:
        ValueError: If `dtype` is no integer dtype.

    Example:

    >>> x = keras.random.randint((100,), 0, 10, seed=1)
    >>> bool(keras.ops.all(x < 10))
    True
    """
    if dtype is not None and not is_int_dtype(dtype):
        raise ValueError(f"`keras.random.randint` requires an integer `dtype`. Received: dtype={dtype} ")
    low, high = tensor(minval, "float64"), tensor(maxval, "float64")
    drawn = floor(unit(shape, "float64", seed) * (high - low) + low)
    return cast(drawn, standardize_dtype(dtype or "int32"))


def categorical(logits: TensorLike, num_samples: int, dtype: DType | None = "int32", seed: Seed = None) -> Tensor:
    """Draws samples from categorical distributions (the Gumbel-max trick; Maddison et al., 2014).

    Args:
        logits: Tensor of shape `(batch_size, num_classes)`, unnormalized log-probabilities.
        num_samples: Integer, samples per row.
        dtype: Optional dtype of the result. Defaults to `"int32"`.
        seed: Integer (the same numbers at every call), `keras.random.SeedGenerator`, or None.

    Returns:
        A tensor of shape `(batch_size, num_samples)`.

    Raises:
        ValueError: If `logits` is not two-dimensional.

    Example:

    >>> keras.random.categorical([[0.0, 9.0]], 3, seed=1).shape
    (1, 3)
    """
    logits = floating(logits)
    if logits.ndim != 2:
        raise ValueError(
            f"`logits` should be a 2-D tensor with shape [batch_size, num_classes]. Received: logits={logits}"
        )
    rows, classes = logits.shape
    noise = -log(-log(unit((rows, int(num_samples), classes), "float32", seed, inside=True)))
    return cast(argmax(expand_dims(cast(logits, "float32"), 1) + noise, axis=-1), standardize_dtype(dtype or "int32"))


def binomial(
    shape: Shape, counts: TensorLike, probabilities: TensorLike, dtype: DType | None = None, seed: Seed = None
) -> Tensor:
    """Draws samples from a binomial distribution.

    Args:
        shape: The shape of the result.
        counts: Number or tensor that broadcasts to `shape`: how many trials.
        probabilities: Float or tensor that broadcasts to `shape`: the chance of each.
        dtype: Optional dtype. Defaults to `keras.config.floatx()`.
        seed: Integer (the same numbers at every call), `keras.random.SeedGenerator`, or None.

    Returns:
        A tensor.

    Example:

    >>> keras.random.binomial((2, 3), 10, 0.5, seed=1).shape
    (2, 3)
    """
    counts, probabilities = tensor(counts, "float64"), tensor(probabilities, "float64")
    drawn = distributions.binomial(draw_seed(seed), counts, probabilities, shape=dimensions(shape))
    return cast(drawn, standardize_dtype(dtype) if dtype is not None else floatx())


def shuffle(x: TensorLike, axis: int = 0, seed: Seed = None) -> Tensor:
    """Shuffles the slices of a tensor along an axis.

    Args:
        x: The tensor.
        axis: Integer. Defaults to `0`.
        seed: Integer (the same order at every call), `keras.random.SeedGenerator`, or None.

    Returns:
        A tensor of the same shape.

    Example:

    >>> sorted(keras.random.shuffle([1, 2, 3], seed=1).tolist())
    [1, 2, 3]
    """
    x = tensor(x)
    axis = one_axis(axis, x.ndim)
    order = distributions.permutation(draw_seed(seed), count=x.shape[axis])
    return take(x, order, axis=axis)
