"""A model as a foldable HTML table: no script, readable on a phone, on light and dark pages."""

from __future__ import annotations

import html
from collections.abc import Callable
from typing import Any

from kerasnb.widgets.kit.card import BLUE, GREY, card
from kerasnb.widgets.kit.few import ends, fitted, left_out
from kerasnb.widgets.summaries.kinds import COLOURS
from kerasnb.widgets.summaries.measure import Measured
from kerasnb.widgets.summaries.rows import Row, compact, kilobytes, milliseconds, output_shape, rows_of, sizes
from kerasnb.widgets.summaries.units import Units

KINDS = {  # by a part of the class name; for figures of lessons
    "Conv": "#8a63d2", "Pool": "#5f8d4e", "Dense": "#2f7de1", "Embedding": "#2f7de1", "LSTM": "#c2528b",
    "GRU": "#c2528b", "RNN": "#c2528b", "Attention": "#c2528b", "Norm": "#b58900", "Dropout": "#e8710a",
    "Noise": "#e8710a",
}  # fmt: skip
PLAIN = "#8a8f98"
WORDS = "text-align:left;white-space:normal;overflow-wrap:anywhere"
BAR = 34  # pixels of the longest bar
INDENT = 22
WHERE = "kw.summary(model)"
MOST_BARS = 30  # rows with bars: the picture stays small


def model_html(
    model: Any, measured: Measured | None = None, units: dict[str, Units] | None = None, told: str = ""
) -> str:  # fmt: skip
    """Returns a model's summary as HTML.

    Args:
        model: A model; one that is not built shows `?` for what is unknown.
        measured: Optional costs of its layers, as `kerasnb.widgets.summaries.measure.measure` returns them.
        units: Optional dict of `Units` by the path of the layer, newer than those that were measured.
        told: String, when these units were looked at.

    Returns:
        String: a table of its layers; models within the model are folded.

    Example:

    >>> from kerasnb.widgets import model_html
    >>> model = keras.Sequential([keras.Input((4,)), keras.layers.Dense(2)])
    >>> "10" in model_html(model)
    True
    """
    rows = rows_of(model, measured, units)
    name = f"<b>{_safe(getattr(model, 'name', 'model'))}</b> {type(model).__name__} · {_safe(sizes(model))}"
    lines = _told(step_words(measured) if measured else "") + _told(told)
    head = f'<div style="overflow-wrap:anywhere">{name}{lines}</div>'

    def page(most: int | None) -> str:
        body = _table(rows, measured, most) if rows else "<div>No layers yet.</div>"
        return card(f'<div style="font-size:13px">{head}{body}</div>', model_text(model, measured, most, units, told))

    return fitted(page, sum(len(list(row.flat())) for row in rows))


def step_words(measured: Measured) -> str:
    """What was measured: "batch of 128: 5.02 ms measured, 4.86 ms in the rows (97 %)"."""
    batch = f"batch of {measured.batch:,}"
    if not measured.step:
        return batch
    share = f"{measured.total / measured.step:.0%}".replace("%", " %")
    step, total = (f"{t:.2f} ms" if t >= 0.1 else f"{t * 1e3:.0f} µs" for t in (measured.step, measured.total))
    return f"{batch}: {step} measured, {total} in the rows ({share})"


def model_text(
    model: Any, measured: Measured | None = None, most: int | None = None, units: dict[str, Units] | None = None,
    told: str = "",
) -> str:  # fmt: skip
    """The same as lines of text, at most so many of each model."""
    lines = [f"{getattr(model, 'name', 'model')} ({type(model).__name__}): {sizes(model)}"]
    lines += [step_words(measured)] if measured else []
    lines += [told] if told else []
    return "\n".join(lines + _lines(rows_of(model, measured, units), "  ", most))


def _lines(rows: list[Row], indent: str, most: int | None) -> list[str]:
    first, left, last = ends(rows, most)
    lines = []
    for row in [*first, *([None] if left else []), *last]:
        if row is None:
            lines.append(f"{indent}{left_out(left, WHERE)}")
            continue
        parts = [f"{indent}{row.name} ({row.kind})", row.shape, _params(row)]
        if row.cost is not None:
            parts += [f"{milliseconds(row.cost.ms)} ms", f"{compact(row.cost.flops)} FLOPs"]
        parts += [word for word in (_from(row), _state(row)) if word]
        lines += ["  ".join(p for p in parts if p), *_lines(row.children, indent + "  ", most)]
    return lines


# --- HTML: a row is a line of fields that wraps on a narrow page, so each field says what it is


class _Columns:
    """The columns of measured values, each with one scale for all its bars."""

    def __init__(self, rows: list[Row], measured: Measured | None) -> None:
        costs = [row.cost for top in rows for row in top.flat() if row.cost is not None]
        self.has_bars = len(costs) <= MOST_BARS
        timed = measured is not None and measured.step > 0
        kinds: list[tuple[int, Callable, Callable]] = [
            (100, lambda c: c.ms, lambda v: f"{milliseconds(v)} ms"),
            (122, lambda c: c.flops, lambda v: f"{compact(v)} FLOPs"),
            (98, lambda c: c.bytes, kilobytes),
        ]
        shown = kinds if timed else kinds[1:]
        self.all = [(width, get, word, max(map(get, costs))) for width, get, word in shown] if costs else []

    def fields(self, row: Row) -> str:
        """The values of a row, with their bars."""
        return "".join(self._one(row, *column) for column in self.all)

    def _one(self, row: Row, width: int, get: Callable, word: Callable, top: float) -> str:
        if row.cost is None:
            return _field("–", width)
        long = round(BAR * get(row.cost) / top) if top else 0
        look = f"display:inline-block;height:6px;width:{long}px;background:{GREY if row.frozen else BLUE}"
        bar = f'<span style="{look}"></span> ' if long and self.has_bars else ""
        return _field(f"{bar}{word(get(row.cost))}", width)


def _table(rows: list[Row], measured: Measured | None, most: int | None) -> str:
    body = _body(rows, _Columns(rows, measured), 0, most)
    return f'<div style="margin-top:4px;text-align:right;white-space:nowrap">{body}</div>'


def _field(content: str, width: int, style: str = "", grow: int = 0) -> str:
    return f'<span style="flex:{grow} {width}px{";" if style else ""}{style}">{content}</span>'


def _body(rows: list[Row], columns: _Columns, level: int, most: int | None) -> str:
    first, left, last = ends(rows, most)
    gap = f'<div style="{WORDS};padding:3px 0 3px {INDENT * level}px">{_safe(left_out(left, WHERE))}</div>'
    parts = ["".join(_row(row, columns, level, most) for row in part) for part in (first, last)]
    return parts[0] + (gap if left else "") + parts[1]


def _row(row: Row, columns: _Columns, level: int, most: int | None) -> str:
    look = f"flex-wrap:wrap;gap:0 10px;padding:3px 0 3px {INDENT * level}px{';opacity:.75' if row.frozen else ''}"
    if not row.children:
        return f'<div style="display:flex;{look}">{_fields(row, columns)}</div>'
    look = f"text-align:right;display:inline-flex;width:96%;vertical-align:top;{look}"
    line = f'<span style="{look}">{_fields(row, columns)}</span>'
    inside = _body(row.children, columns, level + 1, most)
    return f'<details><summary style="cursor:pointer;text-align:left">{line}</summary>{inside}</details>'


def _fields(row: Row, columns: _Columns) -> str:
    dot = f'<span aria-hidden="true" style="color:{COLOURS.get(row.family, PLAIN)}">■ </span>'
    name = f"<i>{_safe(row.name)}</i>" if row.frozen else _safe(row.name)
    label = f'{dot}{name} <span style="opacity:.75">{_safe(row.kind)}</span>'
    for words in (_state(row), _from(row)):
        label += f'<span style="opacity:.75"> · {_safe(words)}</span>' if words else ""
    fields = _field(label, 230, f"{WORDS};min-width:0", grow=2)
    fields += _field(_safe(row.shape), 130, WORDS if len(row.shape) > 20 else "text-align:left")
    fields += _field(f"{_params(row)} parameters", 124)
    return fields + columns.fields(row)


def _state(row: Row) -> str:
    if row.frozen:
        return "frozen"
    if row.state is None:
        return ""
    return f"⚠ {row.state[1]}" if row.state[0] == "warn" else row.state[1]


def _from(row: Row) -> str:
    return f"from {', '.join(row.sources)}" if row.sources else ""


def _params(row: Row) -> str:
    return "?" if row.params is None else f"{row.params:,}"


def _told(words: str) -> str:
    return f'<div style="opacity:.75">{_safe(words)}</div>' if words else ""


def _safe(text: Any) -> str:
    return html.escape(str(text))


__all__ = ["KINDS", "PLAIN", "model_html", "model_text", "output_shape", "step_words"]
