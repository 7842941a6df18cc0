"""Bars and attention: tables whose rows are drawn too."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from kerasnb.widgets.lesson.card import BLUE, GREY, ORANGE, Shown, figure, lines, number, percent, table, words
from kerasnb.widgets.panel.svg import address

WIDTH = 200


def bars(
    data: Mapping[str, float], alt: str, title: str = "", low: float = 0.0, high: float | None = None,
    unit: str = "",
) -> Shown:  # fmt: skip
    """Draws a bar for each number, from `low` to the longest or to `high`."""
    if not data:
        raise ValueError("Argument `data` must have a name and a number at least. Received an empty dict")
    top = max(data.values()) if high is None else high
    rows = [[name, (value - low) / ((top - low) or 1), f"{number(value)}{unit}"] for name, value in data.items()]
    return Shown(f"Figure: {alt}", _drawn(rows, alt, title, BLUE))


def attention(data: Sequence[tuple[str, float]], alt: str, title: str = "", mark: int | None = None) -> Shown:
    """Draws how much a model attends to each sentence; `mark` is the place of the one that decides."""
    if not data:
        raise ValueError("Argument `data` must have a sentence and a weight at least. Received none")
    rows = [[f"{i + 1}. {text}", weight, percent(weight)] for i, (text, weight) in enumerate(data)]
    if mark is not None:
        rows[mark][0] = f"{rows[mark][0]} ◂"
    return Shown(f"Figure: {alt}", _drawn(rows, alt, title, ORANGE))


def _drawn(rows: Sequence, alt: str, title: str, colour: str) -> str:
    """A table with names, bars and values."""
    cells = [
        [words(name), _bar(share, colour, f"{name}: {value}"), f"<b>{words(value)}</b>"] for name, share, value in rows
    ]
    text = lines(["", "", ""], [[name, "█" * round(20 * max(0, share)), value] for name, share, value in rows])
    return figure(table(["", "", ""], cells, left=2), alt, text, title)


def _bar(share: float, colour: str, alt: str) -> str:
    share = min(1.0, max(0.0, share))
    drawn = (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{WIDTH}" height="14"><rect width="{WIDTH}" height="14" rx="2" '
        f'fill="{GREY}" fill-opacity=".25"/><rect width="{max(1, WIDTH * share):.0f}" height="14" rx="2" '
        f'fill="{colour}"/></svg>'
    )
    style = "display:block;margin:3px 0;max-width:none"
    return f'<img alt="{words(alt)}" src="{address(drawn)}" width="{WIDTH}" height="14" style="{style}">'
