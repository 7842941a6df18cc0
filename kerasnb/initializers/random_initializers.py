"""Initializers that draw random numbers."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np

from kerasnb import ops, random, serialization
from kerasnb.backend.tensor import seed as seeds
from kerasnb.backend.tensor.dtypes import standardize_dtype
from kerasnb.backend.tensor.tensor import Tensor
from kerasnb.initializers.initializer import Initializer
from kerasnb.random import SeedGenerator

# The standard deviation of a unit normal cut at two standard deviations.
_TRUNCATED_STDDEV = 0.87962566103423978


class RandomInitializer(Initializer):
    """Base class of initializers that have a seed.

    Args:
        seed: Integer (the same numbers at every call), `keras.random.SeedGenerator` (other numbers
            at every call), or None (an integer drawn once).

    Raises:
        ValueError: If `seed` is none of these.
    """

    def __init__(self, seed: int | SeedGenerator | dict | None = None) -> None:
        self._init_seed = seed
        self.seed: int | SeedGenerator
        if seed is None:
            self.seed = seeds.make_default_seed()
        elif isinstance(seed, dict):
            self.seed = serialization.deserialize_keras_object(seed)
        elif isinstance(seed, (int, SeedGenerator)):
            self.seed = seed
        else:
            raise ValueError(
                "`seed` argument should be an instance of `keras.random.SeedGenerator()` or an integer. "
                f"Received: seed={seed}"
            )

    def get_config(self) -> dict:
        """Returns the config: a JSON-serializable dict from which `from_config` creates the object again."""
        return {**super().get_config(), "seed": serialization.serialize_keras_object(self._init_seed)}


class RandomNormal(RandomInitializer):
    """Random normal initializer.

    Args:
        mean: Mean of the values. Defaults to `0.0`.
        stddev: Standard deviation of the values. Defaults to `0.05`.
        seed: Integer, `keras.random.SeedGenerator`, or None.

    Example:

    >>> keras.initializers.RandomNormal(stddev=1.0, seed=1)((3, 4)).shape
    (3, 4)
    """

    def __init__(self, mean: float = 0.0, stddev: float = 0.05, seed: int | SeedGenerator | dict | None = None) -> None:
        self.mean, self.stddev = mean, stddev
        super().__init__(seed)

    def __call__(self, shape: tuple, dtype: str | None = None) -> Tensor:
        """Returns the initial values, a tensor of a shape and a dtype."""
        return random.normal(shape, mean=self.mean, stddev=self.stddev, dtype=standardize_dtype(dtype), seed=self.seed)


class TruncatedNormal(RandomInitializer):
    """Random normal initializer whose values farther than two standard deviations are drawn again.

    Args:
        mean: Mean of the values before truncation. Defaults to `0.0`.
        stddev: Standard deviation of the values before truncation. Defaults to `0.05`.
        seed: Integer, `keras.random.SeedGenerator`, or None.

    Example:

    >>> x = keras.initializers.TruncatedNormal(stddev=1.0, seed=1)((100,))
    >>> bool(np.abs(x).max() <= 2.0)
    True
    """

    def __init__(self, mean: float = 0.0, stddev: float = 0.05, seed: int | SeedGenerator | dict | None = None) -> None:
        self.mean, self.stddev = mean, stddev
        super().__init__(seed)

    def __call__(self, shape: tuple, dtype: str | None = None) -> Tensor:
        """Returns the initial values, a tensor of a shape and a dtype."""
        dtype = standardize_dtype(dtype)
        return random.truncated_normal(shape, mean=self.mean, stddev=self.stddev, dtype=dtype, seed=self.seed)


class RandomUniform(RandomInitializer):
    """Random uniform initializer.

    Args:
        minval: Lower bound of the values (inclusive). Defaults to `-0.05`.
        maxval: Upper bound of the values (exclusive). Defaults to `0.05`.
        seed: Integer, `keras.random.SeedGenerator`, or None.

    Example:

    >>> x = keras.initializers.RandomUniform(0.0, 1.0, seed=1)((100,))
    >>> bool(np.min(x) >= 0.0)
    True
    """

    def __init__(
        self, minval: float = -0.05, maxval: float = 0.05, seed: int | SeedGenerator | dict | None = None
    ) -> None:
        self.minval, self.maxval = minval, maxval
        super().__init__(seed)

    def __call__(self, shape: tuple, dtype: str | None = None) -> Tensor:
        """Returns the initial values, a tensor of a shape and a dtype."""
        dtype = standardize_dtype(dtype)
        return random.uniform(shape, minval=self.minval, maxval=self.maxval, dtype=dtype, seed=self.seed)


class VarianceScaling(RandomInitializer):
    """Initializer whose scale follows from the shape of what it fills.

    The variance is `scale / n`, where `n` is the number of inputs of a unit (`"fan_in"`), of its
    outputs (`"fan_out"`), or the mean of both (`"fan_avg"`).

    Args:
        scale: Positive number. Defaults to `1.0`.
        mode: One of `"fan_in"`, `"fan_out"`, `"fan_avg"`. Defaults to `"fan_in"`.
        distribution: One of `"truncated_normal"`, `"untruncated_normal"`, `"uniform"`.
        seed: Integer, `keras.random.SeedGenerator`, or None.
        input_axes: Optional list of the axes that count as inputs.
        output_axes: Optional list of the axes that count as outputs.

    Raises:
        ValueError: If `scale`, `mode` or `distribution` is none of these.

    Example:

    >>> keras.initializers.VarianceScaling(2.0, seed=1)((3, 4)).shape
    (3, 4)
    """

    def __init__(
        self, scale: float = 1.0, mode: str = "fan_in", distribution: str = "truncated_normal",
        seed: int | SeedGenerator | dict | None = None, input_axes: Sequence[int] | None = None,
        output_axes: Sequence[int] | None = None,
    ) -> None:  # fmt: skip
        if scale <= 0.0:
            raise ValueError(f"Argument `scale` must be positive float. Received: scale={scale}")
        _check_choice("mode", mode, ("fan_in", "fan_out", "fan_avg"))
        distribution = distribution.lower()
        distribution = "truncated_normal" if distribution == "normal" else distribution
        _check_choice("distribution", distribution, ("uniform", "truncated_normal", "untruncated_normal"))
        self.scale, self.mode, self.distribution = scale, mode, distribution
        self.input_axes, self.output_axes = input_axes, output_axes
        super().__init__(seed)

    def __call__(self, shape: tuple, dtype: str | None = None) -> Tensor:
        """Returns the initial values, a tensor of a shape and a dtype."""
        dtype = standardize_dtype(dtype)
        fan_in, fan_out = compute_fans(shape, self.input_axes, self.output_axes)
        fan = {"fan_in": fan_in, "fan_out": fan_out, "fan_avg": (fan_in + fan_out) / 2.0}[self.mode]
        variance = self.scale / max(1.0, fan)
        if self.distribution == "uniform":
            limit = math.sqrt(3.0 * variance)
            return random.uniform(shape, minval=-limit, maxval=limit, dtype=dtype, seed=self.seed)
        stddev = math.sqrt(variance)
        if self.distribution == "untruncated_normal":
            return random.normal(shape, mean=0.0, stddev=stddev, dtype=dtype, seed=self.seed)
        return random.truncated_normal(shape, mean=0.0, stddev=stddev / _TRUNCATED_STDDEV, dtype=dtype, seed=self.seed)


def _check_choice(name: str, value: str, allowed: tuple) -> None:
    if value not in allowed:
        raise ValueError(f"Invalid `{name}` argument: {value}. Please use one of {allowed}")


def compute_fans(
    shape: tuple, input_axes: Sequence[int] | None = None, output_axes: Sequence[int] | None = None
) -> tuple[int, int]:
    """The numbers of inputs and outputs of one unit of a weight of the given shape."""
    shape = tuple(shape)
    if input_axes is not None and output_axes is not None:
        return math.prod(shape[a] for a in input_axes), math.prod(shape[a] for a in output_axes)
    if len(shape) < 2:
        fan = int(shape[0]) if shape else 1
        return fan, fan
    receptive_field = math.prod(shape[:-2])
    return int(shape[-2] * receptive_field), int(shape[-1] * receptive_field)


class _FixedScaling(VarianceScaling):
    """A `VarianceScaling` whose scale, mode and distribution are what the class is named after."""

    fixed: tuple[float, str, str]

    def __init__(
        self, seed: int | SeedGenerator | dict | None = None, input_axes: Sequence[int] | None = None,
        output_axes: Sequence[int] | None = None,
    ) -> None:  # fmt: skip
        super().__init__(*self.fixed, seed, input_axes, output_axes)


class GlorotUniform(_FixedScaling):
    """The Glorot uniform initializer, also called Xavier uniform.

    Uniform within `[-limit, limit]`, where `limit = sqrt(6 / (fan_in + fan_out))`.
    Reference: [Glorot & Bengio, 2010](https://proceedings.mlr.press/v9/glorot10a.html)

    Args:
        seed: Integer, `keras.random.SeedGenerator`, or None.
        input_axes: Optional list of the axes that count as inputs.
        output_axes: Optional list of the axes that count as outputs.

    Example:

    >>> bool(np.abs(keras.initializers.GlorotUniform(seed=1)((3, 3))).max() <= 1.0)
    True
    """

    fixed = (1.0, "fan_avg", "uniform")


class GlorotNormal(_FixedScaling):
    """The Glorot normal initializer, also called Xavier normal.

    Truncated normal with `stddev = sqrt(2 / (fan_in + fan_out))`.
    Reference: [Glorot & Bengio, 2010](https://proceedings.mlr.press/v9/glorot10a.html)

    Args:
        seed: Integer, `keras.random.SeedGenerator`, or None.
        input_axes: Optional list of the axes that count as inputs.
        output_axes: Optional list of the axes that count as outputs.

    Example:

    >>> keras.initializers.GlorotNormal(seed=1)((3, 3)).shape
    (3, 3)
    """

    fixed = (1.0, "fan_avg", "truncated_normal")


class LecunNormal(_FixedScaling):
    """The Lecun normal initializer: truncated normal with `stddev = sqrt(1 / fan_in)`.

    Reference: [Klambauer et al., 2017](https://arxiv.org/abs/1706.02515)

    Args:
        seed: Integer, `keras.random.SeedGenerator`, or None.
        input_axes: Optional list of the axes that count as inputs.
        output_axes: Optional list of the axes that count as outputs.

    Example:

    >>> keras.initializers.LecunNormal(seed=1)((3, 3)).shape
    (3, 3)
    """

    fixed = (1.0, "fan_in", "truncated_normal")


class LecunUniform(_FixedScaling):
    """The Lecun uniform initializer: uniform within `sqrt(3 / fan_in)`.

    Reference: [Klambauer et al., 2017](https://arxiv.org/abs/1706.02515)

    Args:
        seed: Integer, `keras.random.SeedGenerator`, or None.
        input_axes: Optional list of the axes that count as inputs.
        output_axes: Optional list of the axes that count as outputs.

    Example:

    >>> keras.initializers.LecunUniform(seed=1)((3, 3)).shape
    (3, 3)
    """

    fixed = (1.0, "fan_in", "uniform")


class HeNormal(_FixedScaling):
    """The He normal initializer: truncated normal with `stddev = sqrt(2 / fan_in)`.

    Reference: [He et al., 2015](https://arxiv.org/abs/1502.01852)

    Args:
        seed: Integer, `keras.random.SeedGenerator`, or None.
        input_axes: Optional list of the axes that count as inputs.
        output_axes: Optional list of the axes that count as outputs.

    Example:

    >>> keras.initializers.HeNormal(seed=1)((3, 3)).shape
    (3, 3)
    """

    fixed = (2.0, "fan_in", "truncated_normal")


class HeUniform(_FixedScaling):
    """The He uniform initializer: uniform within `sqrt(6 / fan_in)`.

    Reference: [He et al., 2015](https://arxiv.org/abs/1502.01852)

    Args:
        seed: Integer, `keras.random.SeedGenerator`, or None.
        input_axes: Optional list of the axes that count as inputs.
        output_axes: Optional list of the axes that count as outputs.

    Example:

    >>> keras.initializers.HeUniform(seed=1)((3, 3)).shape
    (3, 3)
    """

    fixed = (2.0, "fan_in", "uniform")


class Orthogonal(RandomInitializer):
    """Initializer that generates a matrix with orthonormal rows or columns.

    The axes in front of the last are seen as one. Reference: [Saxe et al., 2014](https://arxiv.org/abs/1312.6120)

    Args:
        gain: Factor of the matrix. Defaults to `1.0`.
        seed: Integer, `keras.random.SeedGenerator`, or None.

    Raises:
        ValueError: When called, if the shape has fewer than two axes.

    Example:

    >>> q = keras.initializers.Orthogonal(seed=1)((3, 3)).numpy()
    >>> bool(np.allclose(q @ q.T, np.eye(3), atol=1e-5))
    True
    """

    def __init__(self, gain: float = 1.0, seed: int | SeedGenerator | dict | None = None) -> None:
        self.gain = gain
        super().__init__(seed)

    def __call__(self, shape: tuple, dtype: str | None = None) -> Tensor:
        """Returns the initial values, a tensor of a shape and a dtype."""
        if len(shape) < 2:
            raise ValueError(
                "The tensor to initialize must be at least two-dimensional. "
                f"Received: shape={shape} of rank {len(shape)}."
            )
        rows, columns = math.prod(shape[:-1]), shape[-1]
        drawn = random.normal((max(rows, columns), min(rows, columns)), seed=self.seed).numpy()
        q, r = np.linalg.qr(drawn)
        q = q * np.sign(np.diag(r))
        q = q.T if rows < columns else q
        return ops.cast(ops.convert_to_tensor(self.gain * q.reshape(shape)), standardize_dtype(dtype))
