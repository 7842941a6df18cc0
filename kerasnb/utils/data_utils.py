"""The forms of training data."""

from __future__ import annotations

from typing import Any


def unpack_x_y_sample_weight(data: Any) -> tuple:
    """Unpacks user-provided data tuple.

    Args:
        data: `x`, or a tuple `(x,)`, `(x, y)` or `(x, y, sample_weight)`.

    Returns:
        The tuple `(x, y, sample_weight)`, with `None` for what is missing.

    Raises:
        ValueError: If the tuple has more or fewer parts.

    Example:

    >>> keras.utils.unpack_x_y_sample_weight(("x", "y"))
    ('x', 'y', None)
    """
    if not isinstance(data, (tuple, list)):
        return data, None, None
    if 1 <= len(data) <= 3:
        return (*data, None, None)[:3]
    raise ValueError(
        f"Data is expected to be in format `x`, `(x,)`, `(x, y)`, or `(x, y, sample_weight)`, found: {tuple(data)}"
    )


def pack_x_y_sample_weight(x: Any, y: Any = None, sample_weight: Any = None) -> Any:
    """Makes a tuple of inputs, targets and weights.

    Args:
        x: Features to pass to the model.
        y: Targets, or `None`.
        sample_weight: A weight for each sample, or `None`.

    Returns:
        `x`, `(x, y)` or `(x, y, sample_weight)`; an `x` that is itself a tuple or list is wrapped as `(x,)`.

    Example:

    >>> keras.utils.pack_x_y_sample_weight("x", "y")
    ('x', 'y')
    """
    if y is None:
        return (x,) if isinstance(x, (tuple, list)) else x
    return (x, y) if sample_weight is None else (x, y, sample_weight)
