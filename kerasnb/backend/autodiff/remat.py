"""Rematerialization: accepted for programs that ask for it; what a backward pass needs is kept here."""

from __future__ import annotations

import functools
from collections.abc import Callable, Sequence
from typing import Any, TypeVar

Function = TypeVar("Function", bound=Callable)
_MODES = ("full", "activations", "larger_than", "list_of_layers", None)


class RematScope:
    """Scope whose layers would compute their activations again in the backward pass, to save memory.

    The values are the same with and without it, and so is the memory here: the plan of a step keeps what its backward
    pass needs, in buffers that are used again once nothing needs them.

    Args:
        mode: `"full"`, `"activations"`, `"larger_than"`, `"list_of_layers"` or None. Defaults to `"full"`.
        output_size_threshold: Integer, the size for `"larger_than"`. Defaults to `1024`.
        layer_names: List of names for `"list_of_layers"`.

    Raises:
        ValueError: If the mode is unknown.

    Example:

    >>> with keras.RematScope(mode="full"):
    ...     layer = keras.layers.Dense(2)
    """

    def __init__(
        self, mode: str | None = "full", output_size_threshold: int = 1024, layer_names: Sequence[str] | None = None
    ) -> None:
        if mode not in _MODES:
            raise ValueError(
                f"Invalid mode '{mode}'. Supported modes are: 'full', 'activations', 'larger_than', 'list_of_layers', "
                "or None."
            )
        self.mode, self.output_size_threshold, self.layer_names = mode, output_size_threshold, list(layer_names or [])

    def __enter__(self) -> RematScope:
        return self

    def __exit__(self, *_: object) -> None:
        """Nothing is to be undone."""


def remat(f: Function) -> Function:
    """Returns a function that computes the same, and whose backward pass would compute its values again.

    Here they are kept, as those of other functions are; see `keras.RematScope`.

    Args:
        f: Function of tensors, or a layer.

    Example:

    >>> float(keras.remat(keras.ops.exp)(0.0))
    1.0
    """

    @functools.wraps(f, updated=())  # a layer has attributes that are no function's
    def call(*args: Any, **kwargs: Any) -> Any:
        return f(*args, **kwargs)

    return call  # type: ignore[return-value]  # it has the same arguments
