"""A run as HTML that shows the same in a live notebook, a saved one, and a web page."""

from __future__ import annotations

import html
import math

from kerasnb.model.run import facts
from kerasnb.model.run.run import Run
from kerasnb.widgets.kit.card import card
from kerasnb.widgets.panel import svg
from kerasnb.widgets.panel.thin import spread

ROWS, EVENTS = 100, 5


def bundle(run: Run) -> dict:
    """The mime bundle of a run. Its plain text is the same for every run of a notebook."""
    return {"text/plain": repr(run), "text/html": page(run)}


def page(run: Run) -> str:
    """The HTML of a run: one line, a picture for each metric, and the same values as a table."""
    shown = _headline(run)
    if run.kind == "fit":
        pictures = "".join(svg.picture(run, name) for name in facts.curves(run))
        shown += f'<div style="display:flex;flex-wrap:wrap;gap:6px 20px">{pictures}</div>{_rates(run)}{table(run)}'
    return f'<div class="kerasnb-run">{card(shown, _text(run))}</div>'


def _headline(run: Run) -> str:
    """The headline, and the values of an evaluation: words that wrap, without any time."""
    name, values = html.escape(run.model_name or "model"), []
    if run.kind != "fit":
        values = [f"{html.escape(n)} <b>{facts.number(v)}</b>" for n, v in run.logs.items()]
    line = " · ".join([html.escape(facts.headline(run, timed=False)), *values])
    return f'<div style="font-size:13px;overflow-wrap:anywhere"><b>{name}</b> · {line}</div>'


def _rates(run: Run) -> str:
    """The dotted lines in words: the new learning rates, and when they changed."""
    changes = [e for e in run.events if e["kind"] == "learning_rate"]
    if not changes:
        return ""
    listed = [f"{facts.number(e.get('value', math.nan))} after batch {e['at']}" for e in changes[:EVENTS]]
    more = [f"{len(changes) - EVENTS} more"] if len(changes) > EVENTS else []
    return f'<div style="font-size:12px">┊ learning rate {", ".join(listed + more)}</div>'


def table(run: Run) -> str:
    """The values of the epochs as a folded table."""
    head = "".join(f"<th>{html.escape(n)}</th>" for n in ["epoch", *run.history])
    rows = "".join("<tr>" + "".join(f"<td>{v}</td>" for v in row) + "</tr>" for row in _rows(run, ROWS))
    return (
        '<details style="font-size:12px">'
        '<summary style="cursor:pointer">Values per epoch</summary><div style="overflow-x:auto">'
        f'<table style="text-align:right;margin:0"><thead><tr>{head}</tr></thead>'
        f"<tbody>{rows}</tbody></table></div></details>"
    )


def _rows(run: Run, limit: int) -> list[list[str]]:
    """The values of at most `limit` epochs as text."""
    series = list(run.history.values())
    chosen = spread(len(run.epoch_ends), limit)
    return [[str(run.epoch_numbers[i] + 1), *(_value(s, i) for s in series)] for i in chosen]


def _value(series: list, i: int) -> str:
    return "–" if i >= len(series) or math.isnan(series[i]) else facts.number(series[i])


def _text(run: Run) -> str:
    """Headline, curves as small bars, and the values, for pages that show only text."""
    if run.kind != "fit":
        values = [f"{n} {facts.number(v)}" for n, v in run.logs.items()]
        return " · ".join([f"{run.model_name or 'model'}: {facts.headline(run, timed=False)}", *values])
    rows = [["epoch", *run.history], *_rows(run, 20)]
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    lines = ["  ".join(v.rjust(w) for v, w in zip(row, widths, strict=True)) for row in rows]
    return "\n".join([facts.text(run, timed=False), "", *lines])
