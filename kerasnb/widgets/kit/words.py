"""Numbers as all tools write them: three significant digits, four decimals from 0.9 up, a true minus sign."""

from __future__ import annotations

import math
from collections.abc import Sequence


def number(value: float | None) -> str:
    """Returns a value as text.

    Example:

    >>> from kerasnb.widgets.kit.words import number
    >>> [number(v) for v in (0.046312, 0.98562, -0.0274, 14410.0, 1.5e-7, float("nan"), None)]
    ['0.0463', '0.9856', '−0.0274', '14,410', '1.5e-7', 'NaN', '–']
    """
    if value is None:
        return "–"
    if not math.isfinite(value):
        return "NaN" if math.isnan(value) else "∞" if value > 0 else "−∞"
    size = abs(value)
    if value == 0:
        text = "0"
    elif size >= 1e6 or size < 1e-4:
        text = _exponent(value, 2)
    elif size >= 1000:
        text = f"{value:,.0f}"
    elif 0.9 <= size < 10:
        text = f"{value:.4f}"
    else:
        text = f"{value:#.3g}".rstrip(".")
    return text.replace("-", "−").replace("e−", "e-")


def short(value: float) -> str:
    """Returns a number where three digits are enough: a range, a feature; what is whole has no decimals.

    Example:

    >>> from kerasnb.widgets.kit.words import short
    >>> [short(v) for v in (8.0, -1.0, 3504.0, 1.48214, 0.98562, 0.046312)]
    ['8', '−1', '3,504', '1.48', '0.986', '0.0463']
    """
    if abs(value) < 1e6 and value == round(value):
        return f"{value:,.0f}".replace("-", "−")
    return f"{value:#.3g}".rstrip(".").replace("-", "−") if 0.9 <= abs(value) < 1000 else number(value)


def rate(value: float) -> str:
    """Returns a learning rate as people type it.

    Example:

    >>> from kerasnb.widgets.kit.words import rate
    >>> [rate(v) for v in (0.001, 5e-4, 0.1, 0.0125, 0.01)]
    ['1e-3', '5e-4', '0.1', '1.25e-2', '1e-2']
    """
    return f"{value:.4g}" if value == 0 or 0.1 <= value < 1000 else _exponent(value, 3)


def _exponent(value: float, digits: int) -> str:
    mantissa, exponent = f"{value:.{digits}e}".split("e")
    short = mantissa.rstrip("0").rstrip(".") if "." in mantissa else mantissa
    return f"{short}e{int(exponent)}"


def count(value: int, noun: str, plural: str | None = None) -> str:
    """Returns a number with its noun.

    Example:

    >>> from kerasnb.widgets.kit.words import count
    >>> count(1, "epoch"), count(14410, "sample")
    ('1 epoch', '14,410 samples')
    """
    return f"{value:,} {noun if value == 1 else plural or noun + 's'}"


def aligned(rows: Sequence[Sequence[str]]) -> list[str]:
    """Returns rows of cells as lines, columns to the right.

    Example:

    >>> from kerasnb.widgets.kit.words import aligned
    >>> aligned([["epoch", "loss"], ["1", "0.342"]])
    ['epoch   loss', '    1  0.342']
    """
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    return ["  ".join(v.rjust(w) for v, w in zip(row, widths, strict=True)) for row in rows]
