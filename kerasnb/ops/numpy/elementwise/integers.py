"""Operations on integers alone: common divisors and multiples."""

from __future__ import annotations

from kerasnb.backend.tensor.dtypes import FLOATS
from kerasnb.backend.tensor.tensor import Tensor
from kerasnb.backend.typing import TensorLike
from kerasnb.kernels import elementwise
from kerasnb.ops.arguments import promoted, tensor
from kerasnb.ops.operation import operation

__all__ = ["gcd", "lcm"]


@operation("Gcd")
def gcd(x1: TensorLike, x2: TensorLike) -> Tensor:
    """Returns the greatest common divisor, element-wise.

    Args:
        x1: First integer tensor.
        x2: Second integer tensor.

    Returns:
        Integer tensor.

    Raises:
        TypeError: If an argument holds floats.

    Example:

    >>> int(keras.ops.gcd(12, 18))
    6
    """
    return elementwise.gcd(*integers("gcd", x1, x2))


@operation("Lcm")
def lcm(x1: TensorLike, x2: TensorLike) -> Tensor:
    """Returns the least common multiple, element-wise.

    Args:
        x1: First integer tensor.
        x2: Second integer tensor.

    Returns:
        Integer tensor.

    Raises:
        TypeError: If an argument holds floats.

    Example:

    >>> int(keras.ops.lcm(4, 6))
    12
    """
    x1, x2 = integers("lcm", x1, x2)
    shared, zero = elementwise.gcd(x1, x2), elementwise.like(x1, 0)
    safe = elementwise.where(elementwise.equal(shared, zero), elementwise.like(x1, 1), shared)
    multiple = elementwise.absolute(elementwise.multiply(elementwise.floor_divide_int(x1, safe), x2))
    return elementwise.where(elementwise.equal(shared, zero), zero, multiple)


def integers(name: str, *xs: TensorLike) -> list[Tensor]:
    """The arguments as integers (or booleans) of their common dtype.

    Raises:
        TypeError: If one is of floats.
    """
    result = promoted(*xs)
    if result[0].dtype in FLOATS:
        raise TypeError(f"`{name}` needs arguments of an integer dtype. Received: {[tensor(x).dtype for x in xs]}")
    return result
