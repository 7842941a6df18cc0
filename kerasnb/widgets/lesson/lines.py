"""Curves of a lesson as a picture: any width, for light and dark pages."""

from __future__ import annotations

import html
import math
from collections.abc import Mapping, Sequence

from kerasnb.widgets.kit.card import address
from kerasnb.widgets.lesson.card import BLUE, FIXED, GREEN, GREY, ORANGE, SANS, Shown, figure, number, twin, words
from kerasnb.widgets.lesson.card import lines as text_lines

COLOURS = (BLUE, ORANGE, GREEN, "#8a63d2", "#c2528b")
DASHES = ("", "7 4", "2 4", "9 3 2 3", "12 4")
SIGNS = ("━", "╍", "┅", "┉", "━")
HEIGHT, TOP, BOTTOM, LEFT = 170, 10, 38, 46
Band = tuple[Sequence[float], Sequence[float]]


def lines(
    series: Mapping[str, Sequence[float]],
    alt: str,
    title: str = "",
    band: Band | None = None,
    x: Sequence | None = None,
    x_title: str = "",
    first: int = 0,
) -> Shown:
    """Draws curves.

    Args:
        series: Dict of names and values.
        alt: String, one sentence that says what to see.
        title: String, what the values are.
        band: The lower and the upper edge of a grey band behind the curves.
        x: Labels below the values. Defaults to whole numbers from `first`.
        x_title: String, what the labels are.
        first: Integer, the first of the whole numbers.
    """
    longest = max([len(v) for v in series.values()] + [len(b) for b in band or ()])
    labels = [str(v) for v in (x if x is not None else range(first, first + longest))]
    drawn = _Drawing(series, band, labels, x_title)
    head, rows = [x_title or "place", *series], _rows(series, labels)
    if band:
        head, rows = [*head, "ten seeds"], [[*r, _span(band, i)] for i, r in enumerate(rows)]
    picture = (
        f'<div style="font-size:13px">{_keys(series, band)}</div><img alt="{html.escape(alt)}" width="560" '
        f'height="{HEIGHT + TOP + BOTTOM}" style="display:block;width:100%;height:{HEIGHT + TOP + BOTTOM}px;margin:0" '
        f'src="{address(drawn.svg())}">{twin(head, rows)}'
    )
    return Shown(f"Figure: {alt}", figure(picture, alt, text_lines(head, rows), title, 600))


def _span(band: Band, i: int) -> str:
    return f"{number(band[0][i])} to {number(band[1][i])}" if i < len(band[0]) else "–"


def _rows(series: Mapping[str, Sequence[float]], labels: list[str]) -> list[list[str]]:
    values = [[number(v) for v in column] for column in series.values()]
    return [[label, *(column[i] if i < len(column) else "–" for column in values)] for i, label in enumerate(labels)]


def _keys(series: Mapping[str, Sequence[float]], band: Band | None) -> str:
    keys = [
        f'<span style="white-space:nowrap"><span style="color:{COLOURS[i % 5]};font-weight:700">{SIGNS[i % 5]}</span> '
        f"{words(name)}</span>" for i, name in enumerate(series)
    ]  # fmt: skip
    if band:
        keys.append(f'<span style="white-space:nowrap"><span style="color:{GREY}">▒</span> ten other seeds</span>')
    return " &nbsp; ".join(keys)


class _Drawing:
    """The places of values in a picture, in thousandths of its width and height."""

    def __init__(
        self, series: Mapping[str, Sequence[float]], band: Band | None, labels: list[str], x_title: str
    ) -> None:
        self.series, self.band, self.labels, self.x_title = series, band, labels, x_title
        every = [v for column in [*series.values(), *(band or ())] for v in column if math.isfinite(v)] or [0.0]
        low, high = min(every), max(every)
        pad = (high - low) * 0.08 or abs(high) * 0.1 or 0.5
        self.low, self.high = low - pad, high + pad

    def x(self, i: float) -> float:
        return 1000 * (i + 0.25) / max(len(self.labels) - 0.5, 0.5)

    def y(self, value: float) -> float:
        return 1000 * (self.high - value) / (self.high - self.low)

    def ticks(self) -> list[float]:
        step = 10 ** math.floor(math.log10((self.high - self.low) / 2))
        step *= next(m for m in (5, 2, 1, 0.5) if (self.high - self.low) / (step * m) >= 3)
        return [i * step for i in range(math.ceil(self.low / step), math.floor(self.high / step) + 1)]

    def svg(self) -> str:
        place = f'x="{LEFT}" y="{TOP}" width="84%" height="{HEIGHT}"'
        return (
            f'<svg xmlns="http://www.w3.org/2000/svg" width="100%" height="100%" fill="{GREY}" font-family="{SANS}" '
            f'font-size="12"><svg {place} viewBox="0 0 1000 1000" preserveAspectRatio="none" fill="none">'
            f'{self._grid()}{self._curves()}</svg><svg {place} overflow="visible">{self._words()}</svg></svg>'
        )

    def _grid(self) -> str:
        grid = [
            f'<path d="M0 {self.y(v):.0f}H1000" stroke="{GREY}" stroke-opacity=".3" {FIXED}/>' for v in self.ticks()
        ]
        if self.band:
            lower, upper = ([(self.x(i), self.y(v)) for i, v in enumerate(edge)] for edge in self.band)
            edge = "L".join(f"{x:.1f} {y:.0f}" for x, y in [*upper, *reversed(lower)])
            grid.append(f'<path d="M{edge}Z" fill="{GREY}" fill-opacity=".35"/>')
        return "".join(grid)

    def _curves(self) -> str:
        parts = []
        for i, column in enumerate(self.series.values()):
            points = [(self.x(at), self.y(v)) for at, v in enumerate(column) if math.isfinite(v)]
            if points:
                path = "L".join(f"{x:.1f} {y:.0f}" for x, y in points)
                dots = "".join(f"M{x:.1f} {y:.0f}h0" for x, y in points)
                pen = f'stroke="{COLOURS[i % 5]}"'
                parts.append(f'<path d="M{path}" {pen} stroke-width="2" stroke-dasharray="{DASHES[i % 5]}" {FIXED}/>')
                parts.append(f'<path d="{dots}" {pen} stroke-width="6" stroke-linecap="round" {FIXED}/>')
        return "".join(parts)

    def _words(self) -> str:
        parts = [
            f'<text x="-6" y="{self.y(v) / 10:.1f}%" dy="4" text-anchor="end">{number(_clean(v, self.high))}</text>'
            for v in self.ticks()
        ]
        every = max(1, math.ceil(len(self.labels) / 8))
        for i, label in list(enumerate(self.labels))[::every]:
            at = f'x="{self.x(i) / 10:.1f}%" y="{HEIGHT + 16}"'
            parts.append(f'<text {at} text-anchor="middle">{html.escape(label)}</text>')
        if self.x_title:
            at = f'x="50%" y="{HEIGHT + 33}"'
            parts.append(f'<text {at} text-anchor="middle">{html.escape(self.x_title)}</text>')
        return "".join(parts)


def _clean(value: float, largest: float) -> float:
    return 0.0 if abs(value) < 1e-9 * abs(largest) else value
