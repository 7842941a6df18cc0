"""Several runs as pictures that a saved notebook keeps: small multiples, and curves over each other."""

from __future__ import annotations

import html
import math
from collections.abc import Callable, Sequence
from typing import NamedTuple

from kerasnb.model.run import facts
from kerasnb.model.run.run import Run
from kerasnb.widgets.kit.card import BLUE, GREY, ORANGE, card, headline, picture
from kerasnb.widgets.kit.words import count, number
from kerasnb.widgets.panel.axes import most
from kerasnb.widgets.runs import state as states

PICTURES, ROWS = 24, 60  # in a saved notebook, however many runs there are
STYLES = (
    (ORANGE, "6 4"), ("#0e8f80", "2 3"), ("#a557b3", "9 3 2 3"), ("#857a12", "12 4"), ("#d84a7f", "1 3 5 3"),
    (BLUE, ""),
)  # fmt: skip
NOTHING: dict = {"x": [], "t": [], "v": [], "j": "t"}
FIXED = 'fill="none" stroke-linejoin="round" vector-effect="non-scaling-stroke"'
SANS = "system-ui,-apple-system,'Segoe UI',sans-serif"


class Scale(NamedTuple):
    """The ranges of the axes of a picture."""

    left: float
    right: float
    low: float
    high: float
    top: float  # the largest value that is named: 1 for shares

    def path(self, x: Sequence, y: Sequence) -> str:
        """A curve in thousandths of the picture; it breaks where a value is missing."""
        parts, pen = [], "M"
        for at, value in zip(x, y, strict=True):
            if value is None or not math.isfinite(value):
                pen = "M"
                continue
            parts.append(f"{pen}{self.x(at):.0f} {self.y(value):.0f}")
            pen = "L"
        return "".join(parts)

    def x(self, epoch: float) -> float:
        """The place of an epoch."""
        return 1000 * (epoch - self.left) / ((self.right - self.left) or 1)

    def y(self, value: float) -> float:
        """The place of a value."""
        return 1000 * (self.high - value) / ((self.high - self.low) or 1)


def scale(entries: Sequence[dict], name: str, keys: Callable[[dict], str] = lambda curve: "tv") -> Scale:
    """One scale for the curves of a metric in several runs; from zero up where values are not far from zero."""
    curves = [entry["curves"][name] for entry in entries if name in entry["curves"]]
    values = [v for curve in curves for key in keys(curve) for v in curve[key] if v is not None]
    low, high = (min(values), max(values)) if values else (0.0, 1.0)
    if 0 <= low < 0.5 * high:
        low = 0.0
    pad = 0.06 * (high - low) or abs(high) * 0.1 or 0.5
    right = max([x for curve in curves for x in curve["x"]] + [entry["planned"] for entry in entries], default=1)
    top = min(most(low, high), high + pad)
    return Scale(min(entry["first"] for entry in entries), right, low if low == 0 else low - pad, high + pad, top)


def small(entry: dict, name: str, shared: Scale) -> str:
    """The curves of one run as a small SVG document: training thin and solid, validation dashed."""
    curve = entry["curves"].get(name, NOTHING)
    lines = [f'<path d="M0 500H1000" stroke="{GREY}" stroke-opacity=".3" {FIXED}/>']
    lines.append(f'<path d="M0 1000H1000" stroke="{GREY}" {FIXED}/>')
    for key, colour, width, dash in (("v", ORANGE, 2, "6 4"), ("t", BLUE, 1, "")):
        drawn = shared.path(curve["x"], curve[key]) if curve[key] else ""
        if drawn:
            dashed = f'stroke-dasharray="{dash}" ' if dash else ""
            lines.append(f'<path d="{drawn}" stroke="{colour}" stroke-width="{width}" {dashed}{FIXED}/>')
    return (
        '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 1000 1000" width="158" height="58" '
        f'preserveAspectRatio="none">{"".join(lines)}</svg>'
    )


def multiples(runs: Sequence[Run], state: dict, text: str) -> str:
    """The card of several runs as HTML: headline, a small picture for each, a table.

    Args:
        runs: Sequence of `Run`.
        state: What `state.of` returned for them.
        text: String, the text twin.
    """
    name = state["metrics"][0] if state["metrics"] else "loss"
    shared, best = scale(state["runs"], name), states.winner(runs, name)
    series = states.judged(runs, name)
    shown = [
        _cell(entry, name, shared, i == best, series)
        for i, entry in enumerate(state["runs"][:PICTURES])
    ]
    more = [f"the table lists {count(len(runs) - PICTURES, 'more run')}"] if len(runs) > PICTURES else []
    told = " · ".join(["run", *state["telling"], f"best {states.judged(runs, name)}"])
    line = f"Title: {told}. All: {_axes(name, shared)}."
    return card(
        headline(count(len(runs), "fit"), " · ".join([states.sentence(runs, state, name), *more]))
        + f'<div style="display:flex;flex-wrap:wrap;gap:8px 12px;margin-top:6px">{"".join(shown)}</div>'
        + f'<div style="font-size:12px;overflow-wrap:anywhere">{html.escape(line)}</div>{table(runs, state)}',
        text,
    )


def _axes(name: str, shared: Scale) -> str:
    return f"epochs {shared.left:g}–{shared.right:g}, {name} {number(shared.low)}–{number(shared.top)}"


def _cell(entry: dict, name: str, shared: Scale, best: bool, series: str) -> str:
    """One run: its title, its best value, its picture."""
    title = " · ".join([entry["label"], *entry["title"]])
    value = worth(entry, name)
    words = f"Run {title}: best {series} {value}"
    return (
        f'<div style="width:158px"><div style="display:flex;gap:6px;font-size:12px"><span>{html.escape(title)}</span>'
        f'<b style="margin-left:auto">{"★ " if best else ""}{value}</b></div>'
        f"{picture(small(entry, name, shared), words, 158)}</div>"
    )


def worth(entry: dict, name: str) -> str:
    """The best value of a run as text, or that it has none."""
    if entry["bad"] is not None:
        return "NaN"
    if entry["status"] == "failed" and not entry["done"]:
        return "failed"
    return number(entry["best"][name][0]) if name in entry["best"] else "–"


def rows(runs: Sequence[Run], state: dict) -> list[list[str]]:
    """The runs as a table of text: what differs, the best values, epochs and time."""
    names = state["metrics"]
    head = ["run", *state["differ"], *(f"best {states.judged(runs, n)}" for n in names), "at epoch", "epochs"]
    table = [head]
    for entry in state["runs"]:
        main = entry["best"].get(names[0]) if names else None
        table.append([
            entry["label"], *(entry["values"][n] for n in state["differ"]), *(worth(entry, n) for n in names),
            str(main[1]) if main else "–", str(entry["done"]),
        ])  # fmt: skip
    return table


def table(runs: Sequence[Run], state: dict) -> str:
    """The runs as a folded table in HTML."""
    head, *body = rows(runs, state)
    cells = "".join(f"<th>{html.escape(name)}</th>" for name in head)
    lines = "".join("<tr>" + "".join(f"<td>{html.escape(v)}</td>" for v in row) + "</tr>" for row in body[:ROWS])
    rest = f"<div>{count(len(body) - ROWS, 'more run')}</div>" if len(body) > ROWS else ""
    return (
        '<details style="font-size:12px"><summary style="cursor:pointer">'
        f"Table of the {count(len(body), 'run')}</summary>"
        f'<div style="overflow-x:auto"><table style="text-align:right;margin:0"><thead><tr>{cells}</tr></thead>'
        f"<tbody>{lines}</tbody></table></div>{rest}</details>"
    )


def over(state: dict, name: str) -> str:
    """The curves of a metric of several runs over each other, as an SVG document with axes."""
    shared = scale(state["runs"], name, lambda curve: curve["j"])
    lines, marks = [], []
    ticks = _ticks(shared)
    for value in ticks:
        lines.append(f'<path d="M0 {shared.y(value):.0f}H1000" stroke="{GREY}" stroke-opacity=".3" {FIXED}/>')
        marks.append(f'<text x="-6" y="{shared.y(value) / 10:.1f}%" dy="4" text-anchor="end">{value:.4g}</text>')
    for i, entry in enumerate(state["runs"]):
        if name not in entry["curves"]:
            continue
        colour, dash = STYLES[i % len(STYLES)]
        curve = entry["curves"][name]
        drawn = shared.path(curve["x"], curve[curve["j"]])
        lines.append(f'<path d="{drawn}" stroke="{colour}" stroke-width="2" stroke-dasharray="{dash}" {FIXED}/>')
        if name in entry["best"]:
            value, epoch = entry["best"][name]
            place = f'x="{shared.x(epoch) / 10:.1f}%" y="{shared.y(value) / 10:.1f}%"'
            marks.append(f'<text {place} dy="5" text-anchor="middle" font-size="14" fill="{colour}">★</text>')
    for epoch in _epochs(shared):
        marks.append(f'<text x="{shared.x(epoch) / 10:.1f}%" y="172" text-anchor="middle">{epoch}</text>')
    place = 'x="48" y="8" width="480" height="148"'
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="540" height="196" viewBox="0 0 540 196" fill="{GREY}" '
        f'font-family="{SANS}" font-size="11"><svg {place} viewBox="0 0 1000 1000" preserveAspectRatio="none" '
        f'overflow="visible">{"".join(lines)}</svg><svg {place} overflow="visible">{"".join(marks)}'
        '<text x="50%" y="186" text-anchor="middle">epoch</text></svg></svg>'
    )


def _ticks(shared: Scale) -> list[float]:
    """Three to six round numbers."""
    step = 10 ** math.floor(math.log10((shared.high - shared.low) / 2))
    step *= next(m for m in (5, 2, 1, 0.5) if (shared.high - shared.low) / (step * m) >= 3)
    first = math.ceil(shared.low / step - 1e-9)
    return [i * step for i in range(first, math.floor(shared.top / step + 1e-9) + 1)]


def _epochs(shared: Scale) -> list[int]:
    span = max(1.0, shared.right - shared.left)
    step = next(s * 10**e for e in range(9) for s in (1, 2, 5) if span / (s * 10**e) <= 6)
    return [n for n in range(int(shared.left), int(shared.right) + 1) if n % step == 0]


def compared(runs: Sequence[Run], state: dict, line: str, text: str) -> str:
    """The comparison as HTML: what is better, the curves, the settings that differ and the results."""
    names = [n for n in state["metrics"] if all(n in entry["curves"] for entry in state["runs"])]
    drawn = "".join(_figure(runs, state, name) for name in names[:2])
    equal = ", ".join(f"{name} {value}" for name, value in state["equal"])
    folded = (
        f'<details style="font-size:12px"><summary style="cursor:pointer">'
        f"{settings_are_equal(state)}</summary>{html.escape(equal)}</details>" if equal else ""
    )  # fmt: skip
    return card(
        headline(title(state), line)
        + f'<div style="display:flex;flex-wrap:wrap;gap:6px 20px"><div>{drawn}</div>'
        f"<div>{_both(runs, state)}{folded}</div></div>",
        text,
    )


def title(state: dict) -> str:
    """What is compared: `Run 7 and run 4`."""
    labels = [called(entry["label"]) for entry in state["runs"]]
    text = " and ".join([", ".join(labels[:-1]), labels[-1]]) if len(labels) > 1 else labels[0]
    return text[:1].upper() + text[1:]


def called(label: str) -> str:
    """`run 7`, or the name that a person gave."""
    return f"run {label}" if label.isdigit() else label


def settings_are_equal(state: dict) -> str:
    """`17 settings are equal`."""
    one = len(state["equal"]) == 1
    return f"{count(len(state['equal']), 'setting')} {'is' if one else 'are'} equal"


def _figure(runs: Sequence[Run], state: dict, name: str) -> str:
    keys = "".join(
        f'<span style="white-space:nowrap;margin-left:10px"><span style="color:{STYLES[i % len(STYLES)][0]};'
        f'font-weight:700">{"╍┅┉━┄┈"[i % 6]}</span> {html.escape(called(entry["label"]))}</span>'
        for i, entry in enumerate(state["runs"])
    )
    series = states.judged(runs, name)
    told = [f"{entry['label']} best {worth(entry, name)}" for entry in state["runs"]]
    return (
        f'<div><div style="font-size:12px"><b>{html.escape(series)}</b>{keys}</div>'
        f"{picture(over(state, name), f'Curves of {series}: ' + ', '.join(told), 540)}</div>"
    )


def both(runs: Sequence[Run], state: dict) -> list[list[str]]:
    """What differs and what came of it, a column for each run."""
    table = [["differs", *(called(entry["label"]) for entry in state["runs"])]]
    table += [[name, *(entry["values"][name] for entry in state["runs"])] for name in state["differ"]]
    table.append(["result"] + [""] * len(runs))
    for name in state["metrics"]:
        winner = states.winner(runs, name)
        worths = [worth(entry, name) + (" ★" if i == winner else "") for i, entry in enumerate(state["runs"])]
        table.append([f"best {states.judged(runs, name)}", *worths])
        at = [str(entry["best"][name][1]) if name in entry["best"] else "–" for entry in state["runs"]]
        table.append(["at epoch", *at])
    table.append(["time", *(facts.duration(entry["seconds"]) for entry in state["runs"])])
    return table


def _both(runs: Sequence[Run], state: dict) -> str:
    lines = []
    for first, *values in both(runs, state):
        tag = "th" if first in ("differs", "result") else "td"
        cells = "".join(f"<{tag}>{html.escape(v)}</{tag}>" for v in values)
        lines.append(f'<tr><{tag} style="text-align:left">{html.escape(first)}</{tag}>{cells}</tr>')
    return f'<table style="text-align:right;margin:0;font-size:12px">{"".join(lines)}</table>'
