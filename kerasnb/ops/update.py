"""Updates of variables, for `keras.optimizers`: one pass over memory each, written in place.

The common forms are kernels of their own; the rarer ones are composed, and a recorded step fuses them.
"""

from __future__ import annotations

from kerasnb.backend.tensor.tensor import Tensor
from kerasnb.backend.tensor.variable import Variable
from kerasnb.backend.typing import TensorLike
from kerasnb.kernels import move, update
from kerasnb.kernels.elementwise import add, divide, like, maximum, multiply, sqrt, square, subtract
from kerasnb.ops.arguments import tensor

__all__ = ["adam", "rmsprop", "sgd"]


def _prepared(variable: Variable, gradient: TensorLike, rate: TensorLike) -> tuple[Tensor, Tensor]:
    """The gradient and the rate in the variable's dtype, after the shapes were checked."""
    gradient, rate = tensor(gradient, variable.dtype), tensor(rate, variable.dtype)
    if tuple(gradient.shape) != tuple(variable.shape):
        raise ValueError(
            "The gradient must have the shape of its variable. "
            f"Expected: {tuple(variable.shape)} for {variable.path!r}, Received: gradient.shape={tuple(gradient.shape)}"
        )
    if rate.size != 1:
        raise ValueError(f"Argument `learning_rate` must be a scalar. Received: shape={tuple(rate.shape)}")
    return gradient, move.reshape(rate, shape=()) if rate.shape else rate


def sgd(
    variable: Variable,
    gradient: TensorLike,
    learning_rate: TensorLike,
    velocity: Variable | None = None,
    momentum: float = 0.0,
    nesterov: bool = False,
) -> None:
    """Updates a variable by gradient descent, with momentum if there is a velocity (Sutskever et al., 2013).

    Args:
        variable: The variable.
        gradient: Tensor of its shape.
        learning_rate: Scalar tensor or float.
        velocity: Optional variable of its shape, updated too.
        momentum: Float. Defaults to `0.0`.
        nesterov: Boolean. Defaults to `False`.
    """
    gradient, rate = _prepared(variable, gradient, learning_rate)
    if velocity is None:
        update.sgd(variable, gradient, rate)
    else:
        update.sgd_momentum(variable, velocity, gradient, rate, momentum=float(momentum), nesterov=bool(nesterov))


def rmsprop(
    variable: Variable,
    gradient: TensorLike,
    learning_rate: TensorLike,
    velocity: Variable,
    rho: float,
    epsilon: float,
    momentum_variable: Variable | None = None,
    momentum: float = 0.0,
    average_gradient: Variable | None = None,
) -> None:
    """Updates a variable by RMSprop (Hinton, 2012): the gradient over the root of its running mean square.

    Args:
        variable: The variable.
        gradient: Tensor of its shape.
        learning_rate: Scalar tensor or float.
        velocity: Variable, the running mean square, updated too.
        rho: Float, the decay of the running mean.
        epsilon: Float, added under the root.
        momentum_variable: Optional variable, updated too.
        momentum: Float. Defaults to `0.0`.
        average_gradient: Optional variable, updated too: the running mean of the centered form.
    """
    gradient, rate = _prepared(variable, gradient, learning_rate)
    if momentum_variable is None and average_gradient is None:
        update.rmsprop(variable, velocity, gradient, rate, rho=float(rho), epsilon=float(epsilon))
        return
    kept, rest = like(gradient, rho), like(gradient, 1 - rho)
    mean_square = _mixed(velocity, square(gradient), kept, rest)
    if average_gradient is not None:
        mean_square = subtract(mean_square, square(_mixed(average_gradient, gradient, kept, rest)))
    root = sqrt(add(mean_square, like(gradient, epsilon)))
    step = divide(multiply(rate, gradient), root)
    if momentum_variable is not None:
        step = add(multiply(like(gradient, momentum), momentum_variable.value), step)
        momentum_variable.assign(step)
    variable.assign(subtract(variable.value, step))


def _mixed(running: Variable, new, kept, rest):
    """The running mean with a new value mixed in; it is also stored."""
    value = add(multiply(kept, running.value), multiply(rest, new))
    running.assign(value)
    return value


def adam(
    variable: Variable,
    gradient: TensorLike,
    alpha: TensorLike,
    m: Variable,
    v: Variable,
    beta_1: float,
    beta_2: float,
    epsilon: float,
    v_hat: Variable | None = None,
) -> None:
    """Updates a variable by Adam (Kingma and Ba, 2014), or by AMSGrad (Reddi et al., 2018) if there is a `v_hat`.

    Args:
        variable: The variable.
        gradient: Tensor of its shape.
        alpha: Scalar tensor or float: the learning rate with the bias corrections multiplied in.
        m: Variable, the running mean of gradients, updated too.
        v: Variable, the running mean of their squares, updated too.
        beta_1: Float, the decay of `m`.
        beta_2: Float, the decay of `v`.
        epsilon: Float, added to the root.
        v_hat: Optional variable, the largest `v` so far, updated too.
    """
    gradient, rate = _prepared(variable, gradient, alpha)
    if v_hat is None:
        update.adam(variable, m, v, gradient, rate, beta_1=float(beta_1), beta_2=float(beta_2), epsilon=float(epsilon))
        return
    mean = _moved(m, gradient, 1 - beta_1)
    largest = maximum(v_hat.value, _moved(v, square(gradient), 1 - beta_2))
    v_hat.assign(largest)
    root = add(sqrt(largest), like(gradient, epsilon))
    variable.assign(subtract(variable.value, divide(multiply(mean, rate), root)))


def _moved(running: Variable, new, share):
    """The running value moved towards a new one; it is also stored."""
    old = running.value
    value = add(old, multiply(subtract(new, old), like(new, share)))
    running.assign(value)
    return value
