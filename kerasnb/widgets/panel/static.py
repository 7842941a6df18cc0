"""A run as HTML that shows the same in a live notebook, a saved one, and a web page."""

from __future__ import annotations

import html
import math

from kerasnb.model.run import facts
from kerasnb.model.run.run import Run
from kerasnb.widgets.kit.card import card, headline
from kerasnb.widgets.kit.few import fitted
from kerasnb.widgets.kit.words import aligned, number, rate
from kerasnb.widgets.panel import line, steps, svg
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
    mark = f' data-knb="{uid}"' if uid else ""

    def drawn(most: int | None) -> str:
        return f'<div class="kerasnb-run"{mark}>{card(_shown(run, most), _text(run, most))}</div>'

    return fitted(drawn, len(facts.curves(run)))


def _shown(run: Run, most: int | None) -> str:
    """All but the text, with at most so many metrics."""
    shown = _headline(run)
    if run.kind == "fit" and run.batches:
        pictures = " ".join(svg.picture(run, name) for name in facts.curves(run)[:most])
        shown += f"{_last(run, most)}<div>{pictures}</div>{_more(run, most)}{_rates(run)}{table(run, most)}{_step(run)}"
    return shown + (_failure(run.failure) if run.failure else "")


def _series(run: Run, most: int | None) -> dict[str, list]:
    """The values of the epochs of at most so many metrics: the loss first."""
    if most is None:
        return run.history
    kept = {"learning_rate", *(n for name in facts.curves(run)[:most] for n in (name, f"val_{name}"))}
    return {name: values for name, values in run.history.items() if name in kept}


def _left(run: Run, most: int | None) -> str:
    """How many metrics are not shown, and where they are."""
    count = 0 if most is None else max(0, len(facts.curves(run)) - most)
    return f"… {count} more metric{'s' * (count != 1)}: a live notebook and run.history show all" if count else ""


def _more(run: Run, most: int | None) -> str:
    left = _left(run, most)
    return f"<div {SMALL}>{left}</div>" if left else ""


def _headline(run: Run) -> str:
    """The headline, and the values of an evaluation: words that wrap, without any time."""
    if run.kind != "fit":
        return headline(run.model_name or "model", " · ".join(["", facts.headline(run, timed=False), *_values(run)]))
    return headline(run.model_name or "model", f" · {line.headline(run)}")


def _values(run: Run) -> list[str]:
    return [f"{name} {number(value)}" for name, value in run.logs.items()]


def _last(run: Run, most: int | None = None) -> str:
    """What the lines mean, and where they end."""
    shown = _series(run, most)
    last = ", ".join(f"{name} {number(series[-1])}" for name, series in shown.items() if name != "learning_rate")
    if not last:
        return ""
    meaning = "Solid: train. Dashed: val. " if any(n.startswith("val_") for n in run.history) else ""
    best = "★: best epoch. " if len(run.epoch_ends) > 1 else ""
    return f"<div {SMALL}>{meaning}{best}Last values: {html.escape(last)}.</div>"


def _rates(run: Run) -> str:
    """The dashed marks in words."""
    words = svg.rates_in_words(run)
    return f"<div {SMALL}>┊ learning rate {words}</div>" if words else ""


def _step(run: Run) -> str:
    """What the last single step did."""
    return "".join(f"<div {SMALL}>{html.escape(words)}</div>" for words in steps.lines(run))


def _failure(failure: dict) -> str:
    """Why a fit failed, and what to do."""
    sides = " ≠ ".join(f"<code>{html.escape(side)}</code>" for side in sides_in_words(failure))
    parts = [sides, html.escape(str(failure.get("text") or "")), html.escape(str(failure.get("fix") or ""))]
    return "".join(f"<div {SMALL}>{part}</div>" for part in parts if part)


def sides_in_words(failure: dict) -> list[str]:
    """The two sides that disagree: `dense_1 gives (None, 10)`."""
    return [" ".join(map(str, side)) for side in failure.get("sides") or []]


def table(run: Run, most: int | None = None) -> str:
    """The values of the epochs as a folded table, of at most so many metrics."""
    shown = _series(run, most)
    names = ["rate" if n == "learning_rate" else n for n in shown]
    head = "".join(f'<th scope="col">{html.escape(n)}</th>' for n in ["epoch", *names])
    limit = min(ROWS, max(12, CELLS // max(1, len(names))))
    rows = "".join("<tr>" + "".join(f"<td>{v}</td>" for v in row) + "</tr>" for row in _rows(run, limit, shown))
    return (
        '<details style="font-size:12px">'
        '<summary style="cursor:pointer">Values per epoch</summary><div style="overflow-x:auto">'
        f'<table style="text-align:right;margin:0"><thead><tr>{head}</tr></thead>'
        f"<tbody>{rows}</tbody></table></div></details>"
    )


def _rows(run: Run, limit: int, shown: dict[str, list]) -> list[list[str]]:
    """The values of at most `limit` epochs as text, the best one with a star."""
    best = line.best(run)
    chosen = {*spread(len(run.epoch_ends), limit).tolist(), *([] if best is None else [best])}
    return [
        [f"{'★ ' * (i == best)}{run.epoch_numbers[i] + 1}", *(_value(n, s, i) for n, s in shown.items())]
        for i in sorted(chosen)
    ]


def _value(name: str, series: list, i: int) -> str:
    if i >= len(series) or math.isnan(series[i]):
        return "–"
    return rate(series[i]) if name == "learning_rate" else number(series[i])


def _text(run: Run, most: int | None = None) -> str:
    """Headline, curves as small bars, and the values, for pages that show only text."""
    name = run.model_name or "model"
    if run.kind != "fit":
        return " · ".join([f"{name}: {facts.headline(run, timed=False)}", *_values(run)])
    failure = run.failure or {}
    words = [" ≠ ".join(sides_in_words(failure)), str(failure.get("text") or ""), str(failure.get("fix") or "")]
    shown = _series(run, most)
    every = zip(run.history, facts.text(run, timed=False).splitlines()[1:], strict=False)
    bars = [bar for metric, bar in every if metric in shown]
    lines = [f"{name}: {line.headline(run)}", *filter(None, [*words, *bars, _left(run, most)]), *steps.lines(run)]
    if not run.history:
        return "\n".join(lines)
    rows = [["epoch", *shown], *_rows(run, min(20, max(5, CELLS // 3 // len(shown))), shown)]
    return "\n".join([*lines, "", *aligned(rows)])


text = _text
