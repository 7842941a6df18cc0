"""Shapes: tuples of extents, where None is an extent that is not known."""

from __future__ import annotations

import operator
from collections.abc import Callable
from typing import Any

import numpy as np


def standardize_shape(shape: Any) -> tuple:
    """A shape as a tuple of Python integers and None.

    Raises:
        ValueError: If it is no sequence of non-negative integers.
    """
    if shape is None:
        raise ValueError("Undefined shapes are not supported.")
    if not hasattr(shape, "__iter__"):
        raise ValueError(f"Cannot convert '{shape}' to a shape.")
    return tuple(_extent(e, shape) for e in shape)


def _extent(extent, shape) -> int | None:
    if extent is None:
        return None
    try:
        size = operator.index(extent)
    except TypeError:
        raise ValueError(
            f"Cannot convert '{tuple(shape)}' to a shape. Found invalid entry '{extent}' of type '{type(extent)}'. "
        ) from None
    if size < 0:
        raise ValueError(f"Cannot convert '{tuple(shape)}' to a shape. Negative dimensions are not allowed.")
    return size


def is_shape(x: Any) -> bool:
    """Whether `x` is one shape rather than a structure of shapes."""
    return isinstance(x, (list, tuple)) and all(e is None or isinstance(e, (int, np.integer)) for e in x)


def map_shapes(function: Callable[[tuple], Any], shapes: Any) -> Any:
    """Applies a function to each shape of a nested structure of shapes."""
    if is_shape(shapes):
        return function(tuple(shapes))
    if isinstance(shapes, dict):
        return {k: map_shapes(function, s) for k, s in shapes.items()}
    if isinstance(shapes, (list, tuple)):
        return type(shapes)(map_shapes(function, s) for s in shapes)
    raise ValueError(f"Expected a shape or a structure of shapes. Received: {shapes}")
