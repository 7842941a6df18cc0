"""The axes of curves: which values they span, and where round numbers are."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence

from kerasnb.widgets.kit.words import number

LEAST_EPOCHS = 4  # from so many on, a first epoch that flattens all others is cut
MOST_AHEAD = 20  # epochs that an axis shows at least, where so many are planned
FLATTENS = 0.5  # the others fill less than this part of the range
MANY_TIMES = 50  # values that differ by more need a logarithmic scale
ABOVE_ONE = 1.000001  # below it, values from 0 on may be shares: their axis ends at 1


class Values:
    """The axis of values of one metric: round bounds, round numbers between them.

    Args:
        series: The values of each curve, by epochs.
        extra: Other values to span, of batches for example.
        log: Boolean, whether the scale is logarithmic.

    Attributes:
        cut: The first value of each curve that lies outside, else None.

    Example:

    >>> from kerasnb.widgets.panel.axes import Values
    >>> axis = Values([[0.342, 0.098, 0.069, 0.054], [0.105, 0.074, 0.061, 0.055]])
    >>> axis.labels(), axis.cut
    (['0.04', '0.06', '0.08', '0.1', '0.12'], [0.342, None])
    """

    def __init__(self, series: Sequence[Sequence[float]], extra: Iterable[float] = (), log: bool = False) -> None:
        self.cut: list[float | None] = [None] * len(series)
        kept = [[v for v in values if self._fits(v, log)] for values in series]
        extra = [v for v in extra if self._fits(v, log)]
        for i, values in enumerate(kept):
            if len(values) >= LEAST_EPOCHS and _flattens(kept, i, extra):
                self.cut[i], kept[i] = values[0], values[1:]
        found = [v for values in [*kept, extra] for v in values]
        self.log = log and bool(found)
        self.low, self.high, self.ticks = _decades(found) if self.log else _rounded(found)

    def _fits(self, value: float, log: bool) -> bool:
        return math.isfinite(value) and (not log or value > 0)

    def place(self, value: float) -> float:
        """The height of a value, from 0 at the bottom to 1 at the top."""
        if self.log:
            return math.log(value / self.low) / math.log(self.high / self.low)
        return (value - self.low) / (self.high - self.low)

    def labels(self) -> list[str]:
        """The round numbers as text."""
        largest = max(map(abs, self.ticks))
        return [label(0.0 if abs(v) < 1e-9 * largest else v) for v in self.ticks]


def label(value: float) -> str:
    """A round number as short as it can be: `0.05`, `1,000`, `1e-5`."""
    if value == 0 or 1e-4 <= abs(value) < 1000:
        return f"{value:.5g}".replace("-", "−")
    return number(value)


def differ_much(values: Iterable[float]) -> bool:
    """Whether only a logarithmic scale shows all of the values."""
    finite = [v for v in values if math.isfinite(v)]
    return len(finite) > 1 and min(finite) > 0 and max(finite) / min(finite) > MANY_TIMES


def _flattens(kept: list[list[float]], i: int, extra: list[float]) -> bool:
    others = [v for j, values in enumerate(kept) for v in (values[1:] if j == i else values)] + extra
    whole = [*others, kept[i][0]]
    return max(others) - min(others) < FLATTENS * (max(whole) - min(whole))


def most(low: float, high: float) -> float:
    """The largest value that an axis of values from `low` to `high` may name: 1 where they may be shares."""
    return 1.0 if low >= 0 and high < ABOVE_ONE else math.inf


def _rounded(values: list[float]) -> tuple[float, float, list[float]]:
    low, high = (min(values), max(values)) if values else (0.0, 1.0)
    top = most(low, high)
    size = max(high, -low)
    if high - low < 1e-12 * max(size, 1e-290):
        low, high = low - (size * 0.1 or 0.5), high + (size * 0.1 or 0.5)
    high = min(high, top)
    step = round_step((high - low) / 3)
    first, last = math.floor(low / step + 1e-9), math.ceil(high / step - 1e-9)
    ticks = [i * step for i in range(first, last + 1)]
    return ticks[0], ticks[-1], ticks


def _decades(values: list[float]) -> tuple[float, float, list[float]]:
    first, last = math.floor(math.log10(min(values)) + 1e-9), math.ceil(math.log10(max(values)) - 1e-9)
    last = max(last, first + 1)
    step = math.ceil((last - first) / 5)
    last = first + step * math.ceil((last - first) / step)
    ticks = [10.0**e for e in range(first, last + 1, step)]
    return ticks[0], ticks[-1], ticks


def round_step(rough: float) -> float:
    """The smallest of 1, 2 and 5 times a power of ten that is not below `rough`."""
    ten = 10.0 ** math.floor(math.log10(rough))
    return next(m * ten for m in (1, 2, 5, 10) if m * ten >= rough * 0.999)


def epochs_shown(first: int, planned: int, done: float) -> float:
    """The last epoch on the axis: the planned one, or half, a quarter ... of it while that is enough.

    Args:
        first: Integer, number of epochs before the run.
        planned: Integer, the epoch at which it is to end.
        done: Float, epochs that the run has done.
    """
    extent = float(max(1, planned - first))
    while extent / 2 >= MOST_AHEAD and extent / 2 >= done * 1.05:
        extent /= 2
    return first + max(extent, done)
