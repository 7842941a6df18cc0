"""A run as HTML that shows the same in a live notebook, a saved one, and a web page."""

from __future__ import annotations

import html
import math

from kerasnb.model import run_facts
from kerasnb.widgets import svg
from kerasnb.widgets.thin import spread

ROWS = 100


def bundle(run) -> dict:
    """The mime bundle of a run. Its plain text is the same for every run of a notebook."""
    return {"text/plain": repr(run), "text/html": page(run)}


def page(run) -> str:
    """The HTML of a run: one line, a picture for each metric, and the same values as a table."""
    name = run.model_name or "model"
    if run.kind != "fit":
        return f"<div>{svg.line(_result(run), name)}</div>"
    pictures = "".join(svg.picture(run, n) for n in run_facts.curves(run))
    return (
        f'<div style="max-width:1120px">{svg.line(run_facts.headline(run), name)}'
        f'<div style="display:flex;flex-wrap:wrap;gap:0 8px">{pictures}</div>{table(run)}</div>'
    )


def _result(run) -> str:
    values = " · ".join(f"{n} {run_facts.number(v)}" for n, v in run.logs.items())
    return f"{run_facts.headline(run)} · {values}" if values else run_facts.headline(run)


def table(run) -> str:
    """The values of the epochs as a folded table."""
    names = list(run.history)
    head = "".join(f"<th>{html.escape(n)}</th>" for n in ["epoch", *names])
    rows = "".join(_row(run, names, i) for i in spread(len(run.epoch_ends), ROWS))
    return (
        '<details class="kerasnb-values" style="font-size:12px">'
        '<summary style="cursor:pointer">Values per epoch</summary><div style="overflow-x:auto">'
        f'<table style="text-align:right;border-spacing:10px 0"><thead><tr>{head}</tr></thead>'
        f"<tbody>{rows}</tbody></table></div></details>"
    )


def _row(run, names, i) -> str:
    values = [run.history[n][i] if i < len(run.history[n]) else math.nan for n in names]
    cells = "".join(f"<td>{run_facts.number(v) if not math.isnan(v) else '–'}</td>" for v in values)
    return f"<tr><td>{run.epoch_numbers[i] + 1}</td>{cells}</tr>"
