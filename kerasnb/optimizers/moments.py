"""Running averages of gradients, and the step they are at."""

from __future__ import annotations

from typing import Any

from kerasnb import ops
from kerasnb.backend.tensor.tensor import Tensor
from kerasnb.backend.tensor.variable import Variable
from kerasnb.backend.typing import TensorLike


def moved(running: Variable, new: TensorLike, share: float) -> Tensor:
    """Moves a running value towards a new one by `share` of the way, stores and returns it."""
    value = ops.add(running.value, ops.multiply(ops.subtract(new, running.value), share))
    running.assign(value)
    return value


def mixed(running: Variable, new: TensorLike, kept: Any) -> Tensor:
    """Keeps a share of a running value and adds the rest of a new one; stores and returns it.

    An infinite value stays infinite here, where `moved` would make it NaN.
    """
    value = ops.add(ops.multiply(running.value, kept), ops.multiply(new, 1.0 - kept))
    running.assign(value)
    return value


def step_number(optimizer: Any, dtype: str) -> Tensor:
    """The number of the present update, from 1, as a float tensor."""
    return ops.cast(ops.add(ops.convert_to_tensor(optimizer.iterations), 1), dtype)


def left_of(beta: float, step: TensorLike) -> Tensor:
    """`1 - beta ** step`, what an average that started at zero has taken up of its values."""
    return ops.subtract(1.0, ops.power(float(beta), step))
