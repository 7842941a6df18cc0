"""Activation functions made of exponentials, composed from `keras.ops`."""

from __future__ import annotations

from kerasnb import ops


def softmax(x, axis: int = -1):
    """Softmax converts a vector of values to a probability distribution: `exp(x) / sum(exp(x))`.

    Args:
        x: Input tensor.
        axis: Integer, the axis along which the probabilities sum to 1. Defaults to `-1`.

    Example:

    >>> keras.activations.softmax(np.array([[1.0, 1.0]])).tolist()
    [[0.5, 0.5]]
    """
    return ops.softmax(x, axis=axis)


def elu(x, alpha: float = 1.0):
    """Exponential linear unit: `x` where positive, else `alpha * (exp(x) - 1)`.

    Reference: [Clevert et al., 2016](https://arxiv.org/abs/1511.07289)

    Args:
        x: Input tensor.
        alpha: Value to which negative inputs saturate, negated. Defaults to `1.0`.

    Example:

    >>> keras.activations.elu(np.array([0.0, 1.0])).tolist()
    [0.0, 1.0]
    """
    return ops.elu(x, alpha=alpha)


def selu(x):
    """Scaled exponential linear unit: `scale * elu(x, alpha)` with fixed `alpha` and `scale`.

    Reference: [Klambauer et al., 2017](https://arxiv.org/abs/1706.02515)

    Args:
        x: Input tensor.

    Example:

    >>> keras.activations.selu(np.array([0.0])).tolist()
    [0.0]
    """
    return ops.selu(x)


def softplus(x):
    """Softplus activation function: `log(exp(x) + 1)`.

    Args:
        x: Input tensor.

    Example:

    >>> f"{keras.activations.softplus(np.array([0.0])).numpy()[0]:.4f}"
    '0.6931'
    """
    return ops.softplus(x)


def softsign(x):
    """Softsign activation function: `x / (abs(x) + 1)`.

    Args:
        x: Input tensor.

    Example:

    >>> keras.activations.softsign(np.array([1.0, -1.0])).tolist()
    [0.5, -0.5]
    """
    return ops.softsign(x)


def silu(x):
    """Swish (or SiLU) activation function: `x * sigmoid(x)`.

    Reference: [Ramachandran et al., 2017](https://arxiv.org/abs/1710.05941)

    Args:
        x: Input tensor.

    Example:

    >>> keras.activations.silu(np.array([0.0])).tolist()
    [0.0]
    """
    return ops.silu(x)


def squareplus(x, b: float = 4):
    """Squareplus activation function: `(x + sqrt(x^2 + b)) / 2`.

    Args:
        x: Input tensor.
        b: Smoothness parameter. Defaults to `4`.

    Example:

    >>> keras.activations.squareplus(np.array([0.0])).tolist()
    [1.0]
    """
    return ops.squareplus(x, b=b)


def gelu(x, approximate: bool = False):
    """Gaussian error linear unit: `x * P(X <= x)` where `X ~ N(0, 1)`.

    Reference: [Hendrycks et al., 2016](https://arxiv.org/abs/1606.08415)

    Args:
        x: Input tensor.
        approximate: Boolean, whether the tanh approximation is used. Defaults to `False`.

    Example:

    >>> keras.activations.gelu(np.array([0.0])).tolist()
    [0.0]
    """
    return ops.gelu(x, approximate=approximate)


def celu(x, alpha: float = 1.0):
    """Continuously differentiable ELU: `max(x, 0) + min(alpha * (exp(x / alpha) - 1), 0)`.

    Reference: [Barron, 2017](https://arxiv.org/abs/1704.07483)

    Args:
        x: Input tensor.
        alpha: Defaults to `1.0`.

    Example:

    >>> keras.activations.celu(np.array([0.0, 1.0])).tolist()
    [0.0, 1.0]
    """
    return ops.celu(x, alpha=alpha)


def glu(x, axis: int = -1):
    """Gated linear unit: the first half of `x` along an axis times the sigmoid of the second.

    Reference: [Dauphin et al., 2017](https://arxiv.org/abs/1612.08083)

    Args:
        x: Input tensor.
        axis: Integer, the axis that is split. Defaults to `-1`.

    Example:

    >>> keras.activations.glu(np.array([[2.0, 0.0]])).tolist()
    [[1.0]]
    """
    return ops.glu(x, axis=axis)


def tanh(x):
    """Hyperbolic tangent activation function.

    Args:
        x: Input tensor.

    Example:

    >>> keras.activations.tanh(np.array([0.0])).tolist()
    [0.0]
    """
    return ops.tanh(x)


def tanh_shrink(x):
    """Tanh shrink activation function: `x - tanh(x)`.

    Args:
        x: Input tensor.

    Example:

    >>> keras.activations.tanh_shrink(np.array([0.0])).tolist()
    [0.0]
    """
    return ops.tanh_shrink(x)


def sigmoid(x):
    """Sigmoid activation function: `1 / (1 + exp(-x))`.

    Args:
        x: Input tensor.

    Example:

    >>> keras.activations.sigmoid(np.array([0.0])).tolist()
    [0.5]
    """
    return ops.sigmoid(x)


def exponential(x):
    """Exponential activation function.

    Args:
        x: Input tensor.

    Example:

    >>> keras.activations.exponential(np.array([0.0])).tolist()
    [1.0]
    """
    return ops.exp(x)


def log_sigmoid(x):
    """Logarithm of the sigmoid activation function.

    Args:
        x: Input tensor.

    Example:

    >>> f"{keras.activations.log_sigmoid(np.array([0.0])).numpy()[0]:.4f}"
    '-0.6931'
    """
    return ops.log_sigmoid(x)


def mish(x):
    """Mish activation function: `x * tanh(softplus(x))`.

    Reference: [Misra, 2019](https://arxiv.org/abs/1908.08681)

    Args:
        x: Input tensor.

    Example:

    >>> keras.activations.mish(np.array([0.0])).tolist()
    [0.0]
    """
    x = ops.convert_to_tensor(x)
    return ops.multiply(x, ops.tanh(ops.softplus(x)))


def log_softmax(x, axis: int = -1):
    """Log-softmax activation function.

    Args:
        x: Input tensor.
        axis: Integer, the axis along which the softmax is taken. Defaults to `-1`.

    Example:

    >>> f"{keras.activations.log_softmax(np.array([[1.0, 1.0]])).numpy()[0, 0]:.4f}"
    '-0.6931'
    """
    return ops.log_softmax(x, axis=axis)


def sparsemax(x, axis: int = -1):
    """Sparsemax activation function: the point of the probability simplex nearest to `x`.

    Reference: [Martins & Astudillo, 2016](https://arxiv.org/abs/1602.02068)

    Args:
        x: Input tensor.
        axis: Integer, the axis along which the probabilities sum to 1. Defaults to `-1`.

    Example:

    >>> keras.activations.sparsemax(np.array([[0.0, 2.0]])).tolist()
    [[0.0, 1.0]]
    """
    return ops.sparsemax(x, axis=axis)
