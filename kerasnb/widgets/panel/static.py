"""A run as HTML that shows the same in a live notebook, a saved one, and a web page."""

from __future__ import annotations

import html
import math

from kerasnb.model.run import facts
from kerasnb.model.run.run import Run
from kerasnb.widgets.kit.card import card, headline
from kerasnb.widgets.kit.words import number, rate
from kerasnb.widgets.panel import line, svg
from kerasnb.widgets.panel.thin import spread

ROWS, CELLS = 100, 300  # of the table
SMALL = 'style="font-size:12px;margin:4px 0;overflow-wrap:anywhere"'


def bundle(run: Run, uid: str | None = None) -> dict:
    """The mime bundle of a run. Its plain text is the same for every run of a notebook."""
    return {"text/plain": repr(run), "text/html": page(run, uid)}


def page(run: Run, uid: str | None = None) -> str:
    """The HTML of a run: a sentence, a picture for each metric, and the same values as a table.

    Args:
        run: `Run`.
        uid: String, the name of the live card that may stand in front of it, or None.
    """
    shown = _headline(run)
    if run.kind == "fit" and run.batches:
        pictures = " ".join(svg.picture(run, name) for name in facts.curves(run))
        shown += f"{_last(run)}<div>{pictures}</div>{_rates(run)}{table(run)}"
    shown += _failure(run.failure) if run.failure else ""
    mark = f' data-knb="{uid}"' if uid else ""
    return f'<div class="kerasnb-run"{mark}>{card(shown, _text(run))}</div>'


def _headline(run: Run) -> str:
    """The headline, and the values of an evaluation: words that wrap, without any time."""
    if run.kind != "fit":
        return headline(run.model_name or "model", " · ".join(["", facts.headline(run, timed=False), *_values(run)]))
    return headline(run.model_name or "model", f" · {line.headline(run)}")


def _values(run: Run) -> list[str]:
    return [f"{name} {number(value)}" for name, value in run.logs.items()]


def _last(run: Run) -> str:
    """What the lines mean, and where they end."""
    last = ", ".join(f"{name} {number(series[-1])}" for name, series in run.history.items() if name != "learning_rate")
    if not last:
        return ""
    meaning = "Solid: train. Dashed: val. " if any(n.startswith("val_") for n in run.history) else ""
    best = "★: best epoch. " if len(run.epoch_ends) > 1 else ""
    return f"<div {SMALL}>{meaning}{best}Last values: {html.escape(last)}.</div>"


def _rates(run: Run) -> str:
    """The dashed marks in words."""
    words = svg.rates_in_words(run)
    return f"<div {SMALL}>┊ learning rate {words}</div>" if words else ""


def _failure(failure: dict) -> str:
    """Why a fit failed, and what to do."""
    sides = " ≠ ".join(f"<code>{html.escape(side)}</code>" for side in sides_in_words(failure))
    parts = [sides, html.escape(str(failure.get("text") or "")), html.escape(str(failure.get("fix") or ""))]
    return "".join(f"<div {SMALL}>{part}</div>" for part in parts if part)


def sides_in_words(failure: dict) -> list[str]:
    """The two sides that disagree: `dense_1 gives (None, 10)`."""
    return [" ".join(map(str, side)) for side in failure.get("sides") or []]


def table(run: Run) -> str:
    """The values of the epochs as a folded table."""
    names = ["rate" if n == "learning_rate" else n for n in run.history]
    head = "".join(f'<th scope="col">{html.escape(n)}</th>' for n in ["epoch", *names])
    limit = min(ROWS, max(12, CELLS // max(1, len(names))))
    rows = "".join("<tr>" + "".join(f"<td>{v}</td>" for v in row) + "</tr>" for row in _rows(run, limit))
    return (
        '<details style="font-size:12px">'
        '<summary style="cursor:pointer">Values per epoch</summary><div style="overflow-x:auto">'
        f'<table style="text-align:right;margin:0"><thead><tr>{head}</tr></thead>'
        f"<tbody>{rows}</tbody></table></div></details>"
    )


def _rows(run: Run, limit: int) -> list[list[str]]:
    """The values of at most `limit` epochs as text, the best one with a star."""
    best = line.best(run)
    chosen = {*spread(len(run.epoch_ends), limit).tolist(), *([] if best is None else [best])}
    return [
        [f"{'★ ' * (i == best)}{run.epoch_numbers[i] + 1}", *(_value(n, s, i) for n, s in run.history.items())]
        for i in sorted(chosen)
    ]


def _value(name: str, series: list, i: int) -> str:
    if i >= len(series) or math.isnan(series[i]):
        return "–"
    return rate(series[i]) if name == "learning_rate" else number(series[i])


def _text(run: Run) -> str:
    """Headline, curves as small bars, and the values, for pages that show only text."""
    name = run.model_name or "model"
    if run.kind != "fit":
        return " · ".join([f"{name}: {facts.headline(run, timed=False)}", *_values(run)])
    failure = run.failure or {}
    words = [" ≠ ".join(sides_in_words(failure)), str(failure.get("text") or ""), str(failure.get("fix") or "")]
    bars = facts.text(run, timed=False).splitlines()[1:]
    lines = [f"{name}: {line.headline(run)}", *filter(None, words), *bars]
    if not run.history:
        return "\n".join(lines)
    rows = [["epoch", *run.history], *_rows(run, min(20, max(5, CELLS // 3 // len(run.history))))]
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    return "\n".join([*lines, "", *("  ".join(v.rjust(w) for v, w in zip(r, widths, strict=True)) for r in rows)])


text = _text
