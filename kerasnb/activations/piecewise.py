"""Activation functions of linear and quadratic pieces, composed of `keras.ops`."""

from __future__ import annotations

from typing import Any

from kerasnb import ops
from kerasnb.backend.tensor.tensor import Tensor
from kerasnb.backend.typing import TensorLike


def relu(x: TensorLike, negative_slope: float = 0.0, max_value: float | None = None, threshold: float = 0.0) -> Tensor:
    """Applies the rectified linear unit activation function.

    `max(x, 0)` with default arguments; in general `max_value` for `x >= max_value`, `x` for
    `threshold <= x < max_value`, and `negative_slope * (x - threshold)` below.

    Args:
        x: Input tensor.
        negative_slope: Slope of the values below the threshold. Defaults to `0.0`.
        max_value: Saturation threshold, or None. Defaults to `None`.
        threshold: Values below it are damped or set to zero. Defaults to `0.0`.

    Returns:
        A tensor of the shape and dtype of `x`.

    Example:

    >>> keras.activations.relu(np.array([-10.0, 0.0, 10.0]), negative_slope=0.5).tolist()
    [-5.0, 0.0, 10.0]
    """
    if threshold == 0 and max_value is None:
        return ops.relu(x) if negative_slope == 0 else ops.leaky_relu(x, negative_slope=negative_slope)
    x = ops.convert_to_tensor(x)
    capped = threshold == 0 and max_value == 6  # of slope 0 at 6, where `clip` has one half
    if threshold != 0:
        y = ops.where(ops.greater(x, threshold), x, ops.zeros_like(x))
    else:
        y = ops.relu6(x) if capped else ops.relu(x)
    if max_value is not None and not capped:
        y = ops.clip(y, 0.0, max_value)
    if negative_slope != 0:
        y = ops.subtract(y, ops.multiply(ops.relu(ops.subtract(threshold, x)), negative_slope))
    return y


def leaky_relu(x: TensorLike, negative_slope: float = 0.2) -> Tensor:
    """Leaky relu activation function: `x` where positive, else `negative_slope * x`.

    Args:
        x: Input tensor.
        negative_slope: Slope of the negative part. Defaults to `0.2`.

    Returns:
        A tensor of the shape of `x`.

    Example:

    >>> keras.activations.leaky_relu(np.array([-1.0, 1.0]), 0.5).tolist()
    [-0.5, 1.0]
    """
    return ops.leaky_relu(x, negative_slope=negative_slope)


def relu6(x: TensorLike) -> Tensor:
    """Relu6 activation function: `min(max(x, 0), 6)`.

    Args:
        x: Input tensor.

    Returns:
        A tensor of the shape of `x`.

    Example:

    >>> keras.activations.relu6(np.array([-1.0, 1.0, 7.0])).tolist()
    [0.0, 1.0, 6.0]
    """
    return ops.relu6(x)


def soft_shrink(x: TensorLike, threshold: float = 0.5) -> Tensor:
    """Soft shrink activation function: moves `x` towards zero by `threshold`.

    Args:
        x: Input tensor.
        threshold: Float. Defaults to `0.5`.

    Returns:
        A tensor of the shape of `x`.

    Example:

    >>> keras.activations.soft_shrink(np.array([-1.0, 0.25, 1.0])).tolist()
    [-0.5, 0.0, 0.5]
    """
    return ops.soft_shrink(x, threshold=threshold)


def sparse_plus(x: TensorLike) -> Tensor:
    """SparsePlus: 0 for `x <= -1`, `(x + 1)^2 / 4` for `-1 < x < 1`, `x` for `x >= 1`.

    Args:
        x: Input tensor.

    Returns:
        A tensor of the shape of `x`.

    Example:

    >>> keras.activations.sparse_plus(np.array([-2.0, 0.0, 2.0])).tolist()
    [0.0, 0.25, 2.0]
    """
    return ops.sparse_plus(x)


def hard_tanh(x: TensorLike) -> Tensor:
    """HardTanh activation function: `x` clipped to `[-1, 1]`.

    Args:
        x: Input tensor.

    Returns:
        A tensor of the shape of `x`.

    Example:

    >>> keras.activations.hard_tanh(np.array([-2.0, 0.5])).tolist()
    [-1.0, 0.5]
    """
    return ops.hard_tanh(x)


def hard_shrink(x: TensorLike, threshold: float = 0.5) -> Tensor:
    """Hard shrink activation function: `x` where `abs(x) > threshold`, else 0.

    Args:
        x: Input tensor.
        threshold: Float. Defaults to `0.5`.

    Returns:
        A tensor of the shape of `x`.

    Example:

    >>> keras.activations.hard_shrink(np.array([-1.0, 0.25])).tolist()
    [-1.0, 0.0]
    """
    return ops.hard_shrink(x, threshold=threshold)


def threshold(x: TensorLike, threshold: float, default_value: float) -> Tensor:
    """Threshold activation function: `x` where `x > threshold`, else `default_value`.

    Args:
        x: Input tensor.
        threshold: The value to compare with.
        default_value: The value below the threshold.

    Returns:
        A tensor of the shape of `x`.

    Example:

    >>> keras.activations.threshold(np.array([-1.0, 2.0]), 0.0, 5.0).tolist()
    [5.0, 2.0]
    """
    return ops.threshold(x, threshold, default_value)


def hard_sigmoid(x: TensorLike) -> Tensor:
    """Hard sigmoid activation function: `x / 6 + 0.5` clipped to `[0, 1]`.

    Args:
        x: Input tensor.

    Returns:
        A tensor of the shape of `x`.

    Example:

    >>> keras.activations.hard_sigmoid(np.array([-4.0, 0.0, 4.0])).tolist()
    [0.0, 0.5, 1.0]
    """
    return ops.hard_sigmoid(x)


def sparse_sigmoid(x: TensorLike) -> Tensor:
    """Sparse sigmoid: 0 for `x <= -1`, `(x + 1) / 2` for `-1 < x < 1`, 1 for `x >= 1`.

    Args:
        x: Input tensor.

    Returns:
        A tensor of the shape of `x`.

    Example:

    >>> keras.activations.sparse_sigmoid(np.array([-2.0, 0.0, 2.0])).tolist()
    [0.0, 0.5, 1.0]
    """
    return ops.sparse_sigmoid(x)


def hard_silu(x: TensorLike) -> Tensor:
    """Hard SiLU activation function, also known as Hard Swish: `x * hard_sigmoid(x)`.

    Reference: [Howard et al., 2019](https://arxiv.org/abs/1905.02244)

    Args:
        x: Input tensor.

    Returns:
        A tensor of the shape of `x`.

    Example:

    >>> keras.activations.hard_silu(np.array([0.0, 4.0])).tolist()
    [0.0, 4.0]
    """
    return ops.hard_silu(x)


def linear(x: Any) -> Any:
    """Linear activation function (pass-through).

    Args:
        x: Input tensor.

    Returns:
        A tensor of the shape of `x`.

    Example:

    >>> keras.activations.linear(3.0)
    3.0
    """
    return x
