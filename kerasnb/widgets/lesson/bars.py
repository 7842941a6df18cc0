"""Bars and attention: tables whose rows are drawn too."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from kerasnb.widgets.kit.card import address
from kerasnb.widgets.lesson.card import BLUE, GREY, ORANGE, Shown, figure, lines, number, percent, words


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
    """A table with names, bars and values, as wide as the page allows."""
    lines_of = [[name, "█" * round(20 * max(0, share)), value] for name, share, value in rows]
    body = "".join(
        f'<tr><td style="{CELL}text-align:left;overflow-wrap:anywhere">{words(name)}</td>'
        f'<td style="{CELL}width:45%">{_bar(share, colour, f"{name}: {value}")}</td>'
        f'<td style="{CELL}text-align:right;white-space:nowrap"><b>{words(value)}</b></td></tr>'
        for name, share, value in rows
    )
    style = "width:100%;max-width:480px;margin:2px 0;font-size:13px;border-collapse:collapse"
    text = lines(["", "", ""], lines_of)
    return figure(f'<table style="{style}"><tbody>{body}</tbody></table>', alt, text, title)


CELL = "padding:2px 6px;vertical-align:middle;"


def _bar(share: float, colour: str, alt: str) -> str:
    share = min(1.0, max(0.0, share))
    drawn = (
        '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 1000 10" preserveAspectRatio="none">'
        f'<rect width="1000" height="10" fill="{GREY}" fill-opacity=".25"/>'
        f'<rect width="{max(4, 1000 * share):.0f}" height="10" fill="{colour}"/></svg>'
    )
    style = "display:block;width:100%;height:14px;margin:2px 0;max-width:none"
    return f'<img alt="{words(alt)}" src="{address(drawn)}" width="200" height="14" style="{style}">'
