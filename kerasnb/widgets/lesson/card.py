"""HTML of cards and figures: no script, legible on light and dark pages, words that stay when a page allows nothing."""

from __future__ import annotations

import html
from collections.abc import Iterable, Sequence
from typing import Any

from kerasnb.widgets.kit.card import card

BLUE, ORANGE, GREEN, GREY = "#2f7fe0", "#d4620f", "#2e9e5b", "#808080"
SANS = "system-ui,-apple-system,'Segoe UI',sans-serif"
FIXED = 'vector-effect="non-scaling-stroke"'
FRAME = "border:1px solid #8a8f98;border-radius:4px;padding:8px 12px;font-size:14px;line-height:1.45;"


class Shown:
    """What a cell shows: the same text in each run, and HTML beside it.

    Args:
        text: String, the text of consoles and tests.
        page: String, HTML.
    """

    def __init__(self, text: str, page: str) -> None:
        self.text, self.page = text, page

    def __repr__(self) -> str:
        return self.text

    def _repr_mimebundle_(self, include: Any = None, exclude: Any = None, **_: Any) -> dict:
        return {"text/plain": self.text, "text/html": self.page}


def words(text: Any) -> str:
    """Text as HTML; what stands in backticks is code."""
    parts = html.escape(str(text)).split("`")
    return "".join(f"<code>{part}</code>" if i % 2 else part for i, part in enumerate(parts))


def framed(content: str, text: str, colour: str = BLUE, width: int = 720) -> str:
    """A card with a coloured edge. Its words are the same in each run."""
    edge = f'<div style="{FRAME}border-left:4px solid {colour}">{content}</div>'
    return f'<div class="kerasnb-card">{card(edge, text, width)}</div>'


def figure(content: str, alt: str, text: str, title: str = "", width: int = 760) -> str:
    """A figure: title, pictures, and one sentence that says what to see. What is in it may differ between runs."""
    head = f'<div style="font-size:14px;margin:2px 0 4px"><b>{words(title)}</b></div>' if title else ""
    said = f'<div style="font-size:13px;margin:4px 0;opacity:.85">{words(alt)}</div>'
    spoken = f"{alt}\n{text}"
    return f'<div class="kerasnb-values">{card(head + content + said, spoken, width)}</div>'


def folded(summary: str, content: str, style: str = "") -> str:
    """What is hidden until a person asks for it. Both parts are HTML."""
    return f'<details style="{style}"><summary style="cursor:pointer">{summary}</summary>{content}</details>'


def table(head: Sequence, rows: Iterable[Sequence], left: int = 1) -> str:
    """A table; the first `left` columns hold words, the others numbers. Cells are HTML."""
    cells = [[_cell("th", v, i < left) for i, v in enumerate(head)]]
    cells += [[_cell("td", v, i < left) for i, v in enumerate(row)] for row in rows]
    lines = ["<tr>" + "".join(row) + "</tr>" for row in cells]
    return (
        '<div style="overflow-x:auto"><table style="margin:2px 0;font-size:13px;border-collapse:collapse">'
        f"{f'<thead>{lines[0]}</thead>' if any(head) else ''}<tbody>{''.join(lines[1:])}</tbody></table></div>"
    )


def _cell(tag: str, value: Any, left: bool) -> str:
    style = "text-align:left;overflow-wrap:anywhere" if left else "text-align:right;white-space:nowrap"
    return f'<{tag} style="{style};padding:2px 8px;vertical-align:top">{value}</{tag}>'


def twin(head: Sequence, rows: Iterable[Sequence], summary: str = "Values as a table") -> str:
    """The folded table that says the same as a picture."""
    escaped = [[words(v) for v in row] for row in rows]
    return folded(summary, table([words(v) for v in head], escaped), "font-size:12px")


def lines(head: Sequence, rows: Iterable[Sequence]) -> str:
    """A table as lines of text."""
    every = [[str(v) for v in row] for row in [head, *rows]]
    widths = [max(map(len, column)) for column in zip(*every, strict=True)]
    return "\n".join("  ".join(v.ljust(w) for v, w in zip(row, widths, strict=True)).rstrip() for row in every)


def tiles(parts: Iterable[str], gap: int = 10) -> str:
    """Small pictures with captions side by side, as many as the page is wide."""
    return f'<div style="display:flex;flex-wrap:wrap;gap:{gap}px;align-items:flex-start">{"".join(parts)}</div>'


def tile(address: str, alt: str, size: tuple[int, int], caption: str = "") -> str:
    """One small picture; the caption is HTML."""
    width, height = size
    style = f"font-size:12px;line-height:1.3;max-width:{max(width, 112)}px;overflow-wrap:anywhere"
    label = f'<div style="{style}">{caption}</div>' if caption else ""
    return (
        f'<div style="text-align:center"><img alt="{html.escape(alt)}" src="{address}" width="{width}" '
        f'height="{height}" style="display:block;margin:0 auto;max-width:none">{label}</div>'
    )


def number(value: float) -> str:
    """A short number."""
    return f"{value or 0.0:.3g}".replace("e+0", "e").replace("e-0", "e-").replace("-", "−")


def percent(value: float) -> str:
    """A share in percent; what is nearly all is not called all."""
    return (
        f"{100 * value:.0f} %" if 0.005 <= value < 0.995 or value in (0, 1) else ("> 99 %" if value > 0.5 else "< 1 %")
    )
