"""Activation functions with exponentials, composed of `keras.ops`."""

from __future__ import annotations

from kerasnb import ops
from kerasnb.backend.tensor.tensor import Tensor
from kerasnb.backend.typing import Axis, TensorLike


def softmax(x: TensorLike, axis: Axis = -1) -> Tensor:
    """Softmax converts a vector of values to a probability distribution: `exp(x) / sum(exp(x))`.

    Args:
        x: Input tensor.
        axis: Integer, the axis along which the probabilities sum to 1. Defaults to `-1`.

    Returns:
        A tensor of the shape of `x`.

    Example:

    >>> keras.activations.softmax(np.array([[1.0, 1.0]])).tolist()
    [[0.5, 0.5]]
    """
    return ops.softmax(x, axis=axis)


def elu(x: TensorLike, alpha: float = 1.0) -> Tensor:
    """Exponential linear unit: `x` where positive, else `alpha * (exp(x) - 1)`.

    Reference: [Clevert et al., 2016](https://arxiv.org/abs/1511.07289)

    Args:
        x: Input tensor.
        alpha: Value to which negative inputs saturate, negated. Defaults to `1.0`.

    Returns:
        A tensor of the shape of `x`.

    Example:

    >>> keras.activations.elu(np.array([0.0, 1.0])).tolist()
    [0.0, 1.0]
    """
    return ops.elu(x, alpha=alpha)


def selu(x: TensorLike) -> Tensor:
    """Scaled exponential linear unit: `scale * elu(x, alpha)` with fixed `alpha` and `scale`.

    Reference: [Klambauer et al., 2017](https://arxiv.org/abs/1706.02515)

    Args:
        x: Input tensor.

    Returns:
        A tensor of the shape of `x`.

    Example:

    >>> keras.activations.selu(np.array([0.0])).tolist()
    [0.0]
    """
    return ops.selu(x)


def softplus(x: TensorLike) -> Tensor:
    """Softplus activation function: `log(exp(x) + 1)`.

    Args:
        x: Input tensor.

    Returns:
        A tensor of the shape of `x`.

    Example:

    >>> f"{keras.activations.softplus(np.array([0.0])).numpy()[0]:.4f}"
    '0.6931'
    """
    return ops.softplus(x)


def softsign(x: TensorLike) -> Tensor:
    """Softsign activation function: `x / (abs(x) + 1)`.

    Args:
        x: Input tensor.

    Returns:
        A tensor of the shape of `x`.

    Example:

    >>> keras.activations.softsign(np.array([1.0, -1.0])).tolist()
    [0.5, -0.5]
    """
    return ops.softsign(x)


def silu(x: TensorLike) -> Tensor:
    """Swish (or SiLU) activation function: `x * sigmoid(x)`.

    Reference: [Ramachandran et al., 2017](https://arxiv.org/abs/1710.05941)

    Args:
        x: Input tensor.

    Returns:
        A tensor of the shape of `x`.

    Example:

    >>> keras.activations.silu(np.array([0.0])).tolist()
    [0.0]
    """
    return ops.silu(x)


def squareplus(x: TensorLike, b: float = 4) -> Tensor:
    """Squareplus activation function: `(x + sqrt(x^2 + b)) / 2`.

    Args:
        x: Input tensor.
        b: Smoothness parameter. Defaults to `4`.

    Returns:
        A tensor of the shape of `x`.

    Example:

    >>> keras.activations.squareplus(np.array([0.0])).tolist()
    [1.0]
    """
    return ops.squareplus(x, b=b)


def gelu(x: TensorLike, approximate: bool = False) -> Tensor:
    """Gaussian error linear unit: `x * P(X <= x)` where `X ~ N(0, 1)`.

    Reference: [Hendrycks et al., 2016](https://arxiv.org/abs/1606.08415)

    Args:
        x: Input tensor.
        approximate: Boolean, whether the tanh approximation is used. Defaults to `False`.

    Returns:
        A tensor of the shape of `x`.

    Example:

    >>> keras.activations.gelu(np.array([0.0])).tolist()
    [0.0]
    """
    return ops.gelu(x, approximate=approximate)


def celu(x: TensorLike, alpha: float = 1.0) -> Tensor:
    """Continuously differentiable ELU: `max(x, 0) + min(alpha * (exp(x / alpha) - 1), 0)`.

    Reference: [Barron, 2017](https://arxiv.org/abs/1704.07483)

    Args:
        x: Input tensor.
        alpha: Float. Defaults to `1.0`.

    Returns:
        A tensor of the shape of `x`.

    Example:

    >>> keras.activations.celu(np.array([0.0, 1.0])).tolist()
    [0.0, 1.0]
    """
    return ops.celu(x, alpha=alpha)


def glu(x: TensorLike, axis: int = -1) -> Tensor:
    """Gated linear unit: the first half of `x` along an axis times the sigmoid of the second.

    Reference: [Dauphin et al., 2017](https://arxiv.org/abs/1612.08083)

    Args:
        x: Input tensor.
        axis: Integer, the axis that is split. Defaults to `-1`.

    Returns:
        A tensor of the shape of `x`.

    Example:

    >>> keras.activations.glu(np.array([[2.0, 0.0]])).tolist()
    [[1.0]]
    """
    return ops.glu(x, axis=axis)


def tanh(x: TensorLike) -> Tensor:
    """Hyperbolic tangent activation function.

    Args:
        x: Input tensor.

    Returns:
        A tensor of the shape of `x`.

    Example:

    >>> keras.activations.tanh(np.array([0.0])).tolist()
    [0.0]
    """
    return ops.tanh(x)


def tanh_shrink(x: TensorLike) -> Tensor:
    """Tanh shrink activation function: `x - tanh(x)`.

    Args:
        x: Input tensor.

    Returns:
        A tensor of the shape of `x`.

    Example:

    >>> keras.activations.tanh_shrink(np.array([0.0])).tolist()
    [0.0]
    """
    return ops.tanh_shrink(x)


def sigmoid(x: TensorLike) -> Tensor:
    """Sigmoid activation function: `1 / (1 + exp(-x))`.

    Args:
        x: Input tensor.

    Returns:
        A tensor of the shape of `x`.

    Example:

    >>> keras.activations.sigmoid(np.array([0.0])).tolist()
    [0.5]
    """
    return ops.sigmoid(x)


def exponential(x: TensorLike) -> Tensor:
    """Exponential activation function.

    Args:
        x: Input tensor.

    Returns:
        A tensor of the shape of `x`.

    Example:

    >>> keras.activations.exponential(np.array([0.0])).tolist()
    [1.0]
    """
    return ops.exp(x)


def log_sigmoid(x: TensorLike) -> Tensor:
    """Logarithm of the sigmoid activation function.

    Args:
        x: Input tensor.

    Returns:
        A tensor of the shape of `x`.

    Example:

    >>> f"{keras.activations.log_sigmoid(np.array([0.0])).numpy()[0]:.4f}"
    '-0.6931'
    """
    return ops.log_sigmoid(x)


def mish(x: TensorLike) -> Tensor:
    """Mish activation function: `x * tanh(softplus(x))`.

    Reference: [Misra, 2019](https://arxiv.org/abs/1908.08681)

    Args:
        x: Input tensor.

    Returns:
        A tensor of the shape of `x`.

    Example:

    >>> keras.activations.mish(np.array([0.0])).tolist()
    [0.0]
    """
    x = ops.convert_to_tensor(x)
    return ops.multiply(x, ops.tanh(ops.softplus(x)))


def log_softmax(x: TensorLike, axis: Axis = -1) -> Tensor:
    """Log-softmax activation function.

    Args:
        x: Input tensor.
        axis: Integer, the axis along which the softmax is taken. Defaults to `-1`.

    Returns:
        A tensor of the shape of `x`.

    Example:

    >>> f"{keras.activations.log_softmax(np.array([[1.0, 1.0]])).numpy()[0, 0]:.4f}"
    '-0.6931'
    """
    return ops.log_softmax(x, axis=axis)


def sparsemax(x: TensorLike, axis: int = -1) -> Tensor:
    """Sparsemax activation function: the point of the probability simplex nearest to `x`.

    Reference: [Martins & Astudillo, 2016](https://arxiv.org/abs/1602.02068)

    Args:
        x: Input tensor.
        axis: Integer, the axis along which the probabilities sum to 1. Defaults to `-1`.

    Returns:
        A tensor of the shape of `x`.

    Example:

    >>> keras.activations.sparsemax(np.array([[0.0, 2.0]])).tolist()
    [[0.0, 1.0]]
    """
    return ops.sparsemax(x, axis=axis)
