"""Saved pictures stay small: of a long list they show the first and the last, and say how many are between."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

LIMIT = 39_500  # bytes of a saved picture
STEPS = (96, 64, 48, 36, 24, 16, 8, 4)  # how many parts are tried


def fitted(draw: Callable[[int | None], str], count: int) -> str:
    """The fullest picture that is small enough.

    Args:
        draw: Function that draws with at most so many parts; None is all of them.
        count: Integer, how many parts there are.

    Example:

    >>> from kerasnb.widgets.kit.few import fitted
    >>> len(fitted(lambda most: "x" * 1000 * (most or 500), 500))
    36000
    """
    page = ""
    for most in [None] * (count <= STEPS[0]) + [n for n in STEPS if n < count]:
        page = draw(most)
        if len(page.encode()) <= LIMIT:
            break
    return page


def ends(parts: Sequence, most: int | None) -> tuple[list[Any], int, list[Any]]:
    """The first parts, how many are left out, and the last parts.

    Args:
        parts: All of them.
        most: Integer, how many may remain; None is all of them.

    Example:

    >>> from kerasnb.widgets.kit.few import ends
    >>> ends(range(10), 4)
    ([0, 1, 2], 6, [9])
    """
    if most is None or len(parts) <= most:
        return list(parts), 0, []
    last = max(1, most // 4)
    return list(parts[: most - last]), len(parts) - most, list(parts[len(parts) - last :])


def left_out(count: int, where: str, noun: str = "layer") -> str:
    """What stands for the parts between: how many there are, and where all are shown."""
    return f"… {count:,} more {noun}{'s' * (count != 1)}: {where} in a live notebook shows all"
