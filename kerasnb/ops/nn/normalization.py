"""Normalizations of `keras.ops` with statistics: over a batch, over a layer, by the root of the mean square."""

from __future__ import annotations

from kerasnb.backend.tensor import dtypes
from kerasnb.backend.tensor.tensor import Tensor, size_of
from kerasnb.backend.typing import Axis, TensorLike
from kerasnb.kernels.normalize import normalize_rows
from kerasnb.kernels.normalize_batch import normalize_batch as normalized_batch
from kerasnb.kernels.normalize_scaled import normalize_scaled
from kerasnb.ops.arguments import axes_of, floating, one_axis, tensor
from kerasnb.ops.core import cast
from kerasnb.ops.math.special import rsqrt
from kerasnb.ops.numpy.creation import full
from kerasnb.ops.numpy.elementwise.extremes import clip
from kerasnb.ops.numpy.shapes import reshape, squeeze, transpose
from kerasnb.ops.numpy.statistics import mean as mean_of
from kerasnb.ops.numpy.statistics import var
from kerasnb.ops.operation import operation

__all__ = ["batch_normalization", "layer_normalization", "moments", "rms_normalization"]

HALF = ("float16", "bfloat16")
LARGEST_HALF = 65504.0


@operation("Moments", "axes", "keepdims", "synchronized")
def moments(x: TensorLike, axes: Axis, keepdims: bool = False, synchronized: bool = False) -> tuple[Tensor, Tensor]:
    """Computes the mean and the variance of a tensor over axes.

    Args:
        x: Input tensor.
        axes: Integer or list of integers.
        keepdims: Boolean, whether reduced axes stay with extent 1. Defaults to `False`.
        synchronized: Must be `False`: there is one device.

    Returns:
        Tuple of two tensors, mean and variance.

    Raises:
        NotImplementedError: If `synchronized` is true.

    Example:

    >>> mean, variance = keras.ops.moments([1.0, 3.0], axes=[0])
    >>> float(mean), float(variance)
    (2.0, 1.0)
    """
    if synchronized:
        raise NotImplementedError("Argument synchronized=True is not supported: kerasnb computes on one device.")
    x = floating(x)
    wide = cast(x, "float32") if x.dtype in HALF else x  # statistics of half precision would overflow
    axes = axes_of(axes, x.ndim, "axes")
    mean, variance = mean_of(wide, axes, keepdims=True), var(wide, axes, keepdims=True)
    if not keepdims and axes:
        mean, variance = squeeze(mean, axes), squeeze(variance, axes)
    return _halved(mean, x.dtype), _halved(variance, x.dtype)


def _halved(s, dtype: str):
    if dtype not in HALF:
        return s
    return cast(clip(s, -LARGEST_HALF, LARGEST_HALF), dtype)


@operation("BatchNorm", "axis", "epsilon")
def batch_normalization(
    x: TensorLike,
    mean: TensorLike,
    variance: TensorLike,
    axis: int,
    offset: TensorLike | None = None,
    scale: TensorLike | None = None,
    epsilon: float = 0.001,
) -> Tensor:
    """Normalizes with statistics that are passed: `(x - mean) / sqrt(variance + epsilon) * scale + offset`.

    Reference: [Ioffe & Szegedy, 2015](https://arxiv.org/abs/1502.03167)

    Args:
        x: Input tensor.
        mean: Vector of means, one for each element of `axis`.
        variance: Vector of variances.
        axis: Integer, the axis that is kept, typically of channels.
        offset: Optional vector that is added. Defaults to `None`.
        scale: Optional vector that is multiplied with. Defaults to `None`.
        epsilon: Small float that prevents a division by zero. Defaults to `1e-3`.

    Returns:
        A tensor of the shape of `x`.

    Raises:
        ValueError: If a vector does not fit the axis.

    Example:

    >>> keras.ops.batch_normalization(np.array([[3.0]]), [1.0], [4.0], axis=-1, epsilon=0.0).tolist()
    [[1.0]]
    """
    x = floating(x)
    axis = one_axis(axis, x.ndim)
    vectors = {"mean": mean, "variance": variance, "offset": offset, "scale": scale}
    shaped = {name: _along(value, x, axis, name) for name, value in vectors.items() if value is not None}
    factor = rsqrt(shaped["variance"] + epsilon)
    if scale is not None:
        factor = factor * shaped["scale"]
    shift = -shaped["mean"] * factor
    return x * factor + (shaped["offset"] + shift if offset is not None else shift)


def normalize_batch(
    x: TensorLike,
    axis: int = -1,
    scale: TensorLike | None = None,
    offset: TensorLike | None = None,
    epsilon: float = 0.001,
) -> tuple[Tensor, Tensor, Tensor]:
    """Normalizes with the batch's own statistics in one operation, for layers that train.

    Args:
        x: Input tensor.
        axis: Integer, the axis that is kept, typically of channels. Defaults to `-1`.
        scale: Optional vector that is multiplied with. Defaults to `None`.
        offset: Optional vector that is added. Defaults to `None`.
        epsilon: Small float that prevents a division by zero. Defaults to `1e-3`.

    Returns:
        Tuple of the tensor of the shape of `x`, the means and the variances, vectors of the extent of `axis`. Half
        precision is computed in float32, the dtype of the statistics then.

    Raises:
        ValueError: If a vector does not fit the axis.

    Example:

    >>> from kerasnb.ops.nn.normalization import normalize_batch
    >>> y, mean, variance = normalize_batch(np.array([[1.0], [3.0]]), epsilon=0.0)
    >>> y.tolist(), mean.tolist(), variance.tolist()
    ([[-1.0], [1.0]], [2.0], [1.0])
    """
    x = floating(x)
    wide, axis = cast(x, "float32") if x.dtype in HALF else x, one_axis(axis, x.ndim)
    vectors = (("scale", scale, 1), ("offset", offset, 0))
    gamma, beta = (
        full((x.shape[axis],), default, wide.dtype) if v is None else reshape(_along(v, wide, axis, name), (-1,))
        for name, v, default in vectors
    )
    order = (*(a for a in range(x.ndim) if a != axis), axis)
    y, mean, var = normalized_batch(transpose(wide, order), gamma, beta, epsilon=float(epsilon))
    return cast(transpose(y, tuple(order.index(a) for a in range(x.ndim))), x.dtype), mean, var


def _along(value, x, axis: int, name: str):
    """A vector in the shape that broadcasts along one axis of x."""
    v = tensor(value, x.dtype)
    if v.ndim != 1 or (x.shape[axis] not in (None, v.shape[0])):
        raise ValueError(
            f"Argument `{name}` must be a vector of the extent of axis {axis} of `x`, {x.shape[axis]}. "
            f"Received: {name}.shape={v.shape}"
        )
    return reshape(v, tuple(v.shape[0] if a == axis else 1 for a in range(x.ndim)))


# --- normalizing rows ------------------------------------------------------------------------------


def _rows_last(x, axes) -> tuple:
    """The tensor with the axes at its end, and the order of axes that undoes this."""
    order = (*(a for a in range(x.ndim) if a not in axes), *axes)
    return transpose(x, order), tuple(order.index(a) for a in range(x.ndim))


def _normalized(x, axes, epsilon: float, centered: bool, gamma, beta):
    """The tensor with the mean square 1 over the axes, scaled and shifted."""
    y, back = _rows_last(x, axes)
    y = transpose(normalize_rows(y, axes=len(axes), epsilon=epsilon, centered=centered)[0], back)
    y = y if gamma is None else y * gamma
    return y if beta is None else y + beta


def _scaled(x, axes, epsilon: float, centered: bool, gamma, beta):
    """The same in one operation."""
    y, back = _rows_last(x, axes)
    beta = full(gamma.shape, 0, x.dtype) if beta is None else beta
    along = size_of(gamma.shape)
    rows = _of_shape(y, (size_of(tuple(x.shape)) // along, along))
    gamma, beta = _of_shape(gamma, (along,)), _of_shape(beta, (along,))
    z = normalize_scaled(rows, gamma, beta, epsilon=epsilon, centered=centered)[0]
    return transpose(_of_shape(z, y.shape), back)


def _of_shape(x, shape):
    """The tensor with another shape; the same tensor if it has it already, because a plan would copy it."""
    return x if tuple(x.shape) == tuple(shape) else reshape(x, shape)


def _stand_along(x, axes, gamma, beta) -> bool:
    """Whether both vectors have one number for each element of a row, and its size is known."""
    vectors = [gamma] if beta is None else [gamma, beta]
    if gamma is None or None in x.shape or 0 in x.shape or axes != tuple(sorted(axes)):
        return False
    if any(None in v.shape for v in vectors):
        return False
    along = size_of(tuple(x.shape[a] for a in axes))
    return all(v.dtype == x.dtype and size_of(tuple(v.shape)) == along for v in vectors)


def _shaped_like(v, x, axes):
    """A parameter in the shape that broadcasts over the normalized axes."""
    v = tensor(v, x.dtype)
    if v.ndim == x.ndim or axes == (x.ndim - 1,):
        return v
    return reshape(v, tuple(x.shape[a] if a in axes else 1 for a in range(x.ndim)))


def _rows(x, axis, epsilon, centered, gamma, beta):
    x = tensor(x)
    dtype = x.dtype  # as in Keras, integers too are returned in their dtype
    x = cast(x, "float32") if dtype in HALF else floating(x)
    scalar = x.ndim == 0
    x = reshape(x, (1,)) if scalar else x
    axes, epsilon = axes_of(axis, x.ndim), dtypes.epsilon() if epsilon is None else epsilon
    gamma, beta = (None if v is None else _shaped_like(v, x, axes) for v in (gamma, beta))
    normalized = _scaled if _stand_along(x, axes, gamma, beta) else _normalized
    return cast(normalized(x, axes, float(epsilon), centered, gamma, beta), dtype)


@operation("LayerNorm", "axis", "epsilon", "rms_scaling")
def layer_normalization(
    x: TensorLike,
    gamma: TensorLike | None = None,
    beta: TensorLike | None = None,
    axis: Axis = -1,
    epsilon: float | None = None,
    **kwargs: bool,
) -> Tensor:
    """Normalizes each sample by its own mean and variance over the axes.

    Reference: [Ba et al., 2016](https://arxiv.org/abs/1607.06450)

    Args:
        x: Input tensor.
        gamma: Optional scale, of the extents of the axes. Defaults to `None`.
        beta: Optional offset, of the extents of the axes. Defaults to `None`.
        axis: Integer or list of integers. Defaults to `-1`.
        epsilon: Small float that prevents a division by zero. Defaults to `keras.config.epsilon()`.
        **kwargs: `rms_scaling`, boolean: if true, `x` is only divided by its standard deviation.

    Returns:
        A tensor of the shape of `x`.

    Example:

    >>> keras.ops.layer_normalization(np.array([[1.0, 3.0]]), epsilon=0.0).tolist()
    [[-1.0, 1.0]]
    """
    if kwargs.pop("rms_scaling", False):
        x = floating(x)
        factor = rsqrt(
            var(x, axes_of(axis, x.ndim), keepdims=True) + (dtypes.epsilon() if epsilon is None else epsilon)
        )
        return x * factor * (1 if gamma is None else _shaped_like(gamma, x, axes_of(axis, x.ndim)))
    return _rows(x, axis, epsilon, True, gamma, beta)


@operation("RMSNorm", "axis", "epsilon", keywords=("scale",))
def rms_normalization(
    x: TensorLike, scale: TensorLike | None = None, axis: Axis = -1, epsilon: float | None = None
) -> Tensor:
    """Divides each sample by the root of its mean square over the axes.

    Reference: [Zhang & Sennrich, 2019](https://arxiv.org/abs/1910.07467)

    Args:
        x: Input tensor.
        scale: Optional scale. Defaults to `None`.
        axis: Integer or list of integers. Defaults to `-1`.
        epsilon: Small float that prevents a division by zero. Defaults to `keras.config.epsilon()`.

    Returns:
        A tensor of the shape of `x`.

    Example:

    >>> keras.ops.rms_normalization(np.array([[2.0, -2.0]]), epsilon=0.0).tolist()
    [[1.0, -1.0]]
    """
    return _rows(x, axis, epsilon, False, scale, None)
