"""`@operation`: what makes a function of `keras.ops` an operation of Keras' symbolic graph."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

from kerasnb.ops.describe import shaped

Function = TypeVar("Function", bound=Callable)


def operation(
    class_name: str, *config: str, keywords: tuple[str, ...] = (), trials: bool = False
) -> Callable[[Function], Function]:
    """Declares a public function as an operation: symbolic arguments give a node of the graph.

    Args:
        class_name: The name of its class in Keras, which stands in configs.
        *config: The arguments that are part of its config; the others are what it is called with.
        keywords: Those of the others that a node holds by name.
        trials: Boolean, whether unknown extents are found by trying sizes, because its body needs numbers.

    Returns:
        A decorator.
    """

    def decorate(function: Function) -> Function:
        return shaped(function) if trials else function

    return decorate
