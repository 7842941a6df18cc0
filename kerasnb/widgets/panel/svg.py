"""Curves as an image without dependencies: no script, no style sheet, for light and dark pages.

Notebooks that come from elsewhere may not show SVG elements, but they show an image whose data URL holds the picture.
An image cannot use the colours of the page: these stand out from white and from black. What an axis says is also in
the headline and in the table.
"""

from __future__ import annotations

import html
import math
from collections.abc import Iterable, Sequence

import numpy as np

from kerasnb.model.run import facts
from kerasnb.model.run.run import Run
from kerasnb.widgets.kit import card
from kerasnb.widgets.kit.card import BLUE as TRAIN
from kerasnb.widgets.kit.card import GREY
from kerasnb.widgets.kit.card import ORANGE as VALIDATION
from kerasnb.widgets.kit.words import number, rate
from kerasnb.widgets.panel.axes import Values, differ_much, epochs_shown, round_step
from kerasnb.widgets.panel.thin import spread, thin

WIDTH = 330  # of the image in a page
LEFT, RIGHT, TOP, BOTTOM, SIZE = 44, 286, 24, 162, (300, 200)
POINTS, DOTS, MARKS = 160, 20, 6


def picture(run: Run, name: str) -> str:
    """The curves of one metric as an image: training solid, validation dashed, a star at the best epoch."""
    return card.picture(drawing(run, name), described(run, name), WIDTH)


def drawing(run: Run, name: str) -> str:
    """The curves of one metric as a whole SVG document."""
    return Drawing(run, name).whole()


class Drawing:
    """The picture of one metric.

    Args:
        run: `Run`.
        name: String, the metric.
    """

    def __init__(self, run: Run, name: str) -> None:
        self.run, self.name = run, name
        self.lines = [
            (n, colour, dash) for n, colour, dash in ((name, TRAIN, ""), (f"val_{name}", VALIDATION, "6 4"))
            if _points(run, n)
        ]  # fmt: skip
        self.batches = [] if any(len(_points(run, n)) > 1 for n, _, _ in self.lines) else _batches(run, name)
        series = [[v for _, v in _points(run, n)] for n, _, _ in self.lines]
        everything = [v for values in series for v in values] + [v for _, v in self.batches]
        log = not facts.rises(name) and differ_much(everything) and run.trouble is not None
        self.axis = Values(series, [v for _, v in self.batches], log)
        self.first, self.last, self.unit = self._span()
        curves = max(1, len(facts.curves(run)))
        self.points, self.dots = min(POINTS, max(40, 320 // curves)), min(DOTS, max(6, 60 // curves))

    def _span(self) -> tuple[float, float, float]:
        """First and last place on the axis, and the length of a batch where batches are counted, else 0."""
        run, first = self.run, self.run.initial_epoch
        if run.batches and (not any(_points(run, n) for n, _, _ in self.lines) or run.epochs - first == 1):
            steps = run.steps or (run.epoch_ends[0] if run.epoch_ends else run.batches)
            if run.trouble:
                first = run.trouble["epoch"]
                return first, first + max(10, 3 * (run.trouble["batch"] + 1)) / steps, 1 / steps
            return first, first + 1, 1 / steps
        return first, epochs_shown(first, run.epochs, epoch_of(run, run.batches) - first), 0.0

    def x(self, epoch: float) -> float:
        """The place of an epoch."""
        return LEFT + (RIGHT - LEFT) * (epoch - self.first) / (self.last - self.first)

    def y(self, value: float) -> float:
        """The place of a value; far outside it is only known to be outside."""
        if self.axis.log and value <= 0:
            return 2.0 * BOTTOM
        return min(2000.0, max(-2000.0, BOTTOM - (BOTTOM - TOP) * self.axis.place(value)))

    def whole(self) -> str:
        """All of it."""
        clip = f'<clipPath id="c"><path d="M{LEFT} {TOP - 4}h{RIGHT - LEFT + 8}V{BOTTOM + 3}H{LEFT}z"/></clipPath>'
        width, height = SIZE
        return (
            f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" font-family="sans-serif" '
            f'font-size="12" fill="{GREY}">{self._title()}{self._grid()}{self._epochs()}{self._rates()}'
            f'<g clip-path="url(#c)" fill="none" stroke-width="2" stroke-linejoin="round">{self._curves()}</g>{clip}'
            f"{self._cut()}{self._star()}{self._trouble()}</svg>"
        )

    def _title(self) -> str:
        small = f' font-size="{max(7, 12 * 30 / len(self.name)):.1f}"' if len(self.name) > 30 else ""
        return f'<text x="{LEFT}" y="13" font-weight="bold"{small}>{html.escape(self.name)}</text>'

    def _grid(self) -> str:
        lines = "".join(f"M{LEFT} {self.y(v):.1f}H{RIGHT}" for v in self.axis.ticks)
        texts = [
            f'<text x="{LEFT - 6}" y="{self.y(v) + 4:.1f}">{text}</text>'
            for v, text in zip(self.axis.ticks, self.axis.labels(), strict=True)
        ]
        small = ' font-size="10"' if max(map(len, self.axis.labels())) > 5 else ""
        labels = f'<g text-anchor="end"{small}>{"".join(texts)}</g>'
        return f'<path stroke="{GREY}" stroke-opacity=".35" d="{lines}"/>{labels}'

    def _epochs(self) -> str:
        unit, start = self.unit or 1, self.first if self.unit else 0
        low, high = (self.first - start) / unit, (self.last - start) / unit
        step = max(1, int(round_step((high - low) / 5)))
        numbers = range(step * math.ceil(low / step), int(high + 0.001) + 1, step)
        texts = [f'<text x="{self.x(start + n * unit):.1f}" y="{BOTTOM + 16}">{n:,}</text>' for n in numbers]
        name = f"batch of epoch {int(self.first) + 1}" if self.unit else "epoch"
        texts.append(f'<text x="{(LEFT + RIGHT) / 2}" y="{BOTTOM + 33}">{name}</text>')
        return f'<g text-anchor="middle">{"".join(texts)}</g>'

    def _trouble(self) -> str:
        """Where the values stop being finite."""
        trouble = self.run.trouble
        if not trouble:
            return ""
        steps = self.run.steps or max(1, self.run.batches)
        at = min(RIGHT - 2, self.x(trouble["epoch"] + (trouble["batch"] + (1 if self.unit else 0)) / steps))
        side = "end" if at > 200 else "start"
        return (
            f'<path stroke="{GREY}" stroke-width="2" stroke-dasharray="5 4" d="M{at:.1f} {TOP}V{BOTTOM}"/>'
            f'<text x="{at + (-6 if side == "end" else 6):.1f}" y="{TOP + 14}" text-anchor="{side}">not finite</text>'
        )

    def _rates(self) -> str:
        """Dashed marks where the learning rate changed, as long as they can be told apart."""
        changes = rate_changes(self.run)
        if not 0 < len(changes) <= MARKS:
            return ""
        lines = "".join(f"M{self.x(at):.1f} {TOP}V{BOTTOM}" for at, _ in changes)
        return f'<path stroke="{GREY}" stroke-dasharray="3 3" d="{lines}"/>'

    def _curves(self) -> str:
        parts = []
        if len(self.batches) > 1:
            parts.append(self._line(self._thinned(self.batches), TRAIN, ""))
        for name, colour, dash in self.lines:
            points = _points(self.run, name)
            parts.append(self._line(self._thinned(points), colour, dash))
            dots = "".join(f"M{self.x(x):.1f} {self.y(y):.1f}h0" for x, y in _some(points, self.dots))
            parts.append(f'<path d="{dots}" stroke="{colour}" stroke-width="5" stroke-linecap="round"/>')
        return "".join(parts)

    def _thinned(self, points: Sequence[tuple[float, float]]) -> tuple[np.ndarray, np.ndarray]:
        return thin([x for x, _ in points], [y for _, y in points], self.points)

    def _line(self, points: tuple[Iterable, Iterable], colour: str, dash: str) -> str:
        digits = 0 if self.points < POINTS // 2 else 1
        places = " ".join(f"{self.x(x):.1f},{self.y(y):.{digits}f}" for x, y in zip(*points, strict=True))
        dashed = f' stroke-dasharray="{dash}"' if dash else ""
        return f'<polyline points="{places}" stroke="{colour}"{dashed}/>'

    def _cut(self) -> str:
        """The value of a first epoch that is outside, with an arrow."""
        parts = []
        for (name, _, _), value in zip(self.lines, self.axis.cut, strict=True):
            if value is None:
                continue
            above = self.y(value) < TOP
            y = TOP + 9 if above else BOTTOM - 4
            text = f"{'↑' if above else '↓'} {number(value)}"
            place = self._comes_in(_points(self.run, name)[:2], TOP if above else BOTTOM) + 4
            parts.append(f'<text x="{place:.1f}" y="{y}" font-size="11">{text}</text>')
        return "".join(parts[:1])

    def _comes_in(self, points: Sequence[tuple[float, float]], edge: float) -> float:
        """Where the line from a value outside comes into the picture."""
        (x0, y0), (x1, y1) = ((self.x(x), self.y(y)) for x, y in points)
        return x0 + (x1 - x0) * min(1.0, max(0.0, (edge - y0) / (y1 - y0)))

    def _star(self) -> str:
        best = facts.best_epoch(self.run, self.name)
        if best is None or len(self.run.epoch_ends) < 2:
            return ""
        name, colour, _ = self.lines[-1]
        value = self.run.history[name][best]
        place = f'x="{self.x(self.run.epoch_numbers[best] + 1):.1f}" y="{self.y(value) + 5:.1f}"'
        return f'<text {place} text-anchor="middle" font-size="14" fill="{colour}">★</text>'


def _points(run: Run, name: str) -> list[tuple[float, float]]:
    """The values of the epochs: epoch k at k."""
    series = run.history.get(name, [])
    return [(run.epoch_numbers[i] + 1.0, v) for i, v in enumerate(series) if math.isfinite(v)]


def _batches(run: Run, name: str) -> list[tuple[float, float]]:
    """Values of batches, between the epochs: as many as are seen."""
    if name not in run.columns or not run.batches:
        return []
    x, y = thin(np.arange(1, run.batches + 1), run.values(name, 0, run.batches), POINTS)
    return [(epoch_of(run, at), float(v)) for at, v in zip(x, y, strict=True)]


def epoch_of(run: Run, batches: float) -> float:
    """The place of a number of batches on an axis of epochs: the end of epoch k is k."""
    ends = [0, *run.epoch_ends]
    numbers = [run.initial_epoch, *(n + 1 for n in run.epoch_numbers)]
    if batches <= ends[-1]:
        return float(np.interp(batches, ends, numbers))
    steps = run.steps or (ends[1] if len(ends) > 1 else max(1, run.batches))
    so_far = run.batches - ends[-1]  # an epoch of unknown length may be longer than the first
    return numbers[-1] + min(1.0, (batches - ends[-1]) / max(1, steps, so_far))


def rate_changes(run: Run) -> list[tuple[float, float]]:
    """Where the learning rate changed, and to what."""
    changes = [e for e in run.events if e["kind"] == "learning_rate" and "value" in e]
    return [(epoch_of(run, e["at"]), float(e["value"])) for e in changes]


def _some(places: Sequence, count: int) -> list:
    return [places[i] for i in spread(len(places), count)]


def described(run: Run, name: str) -> str:
    """A picture in words."""
    words = []
    for kind, key in (("training", name), ("validation", f"val_{name}")):
        series = run.history.get(key)
        if series:
            words.append(f"{kind} from {number(series[0])} to {number(series[-1])}")
    best = facts.best_epoch(run, name)
    if best is not None and len(run.epoch_ends) > 1:
        words.append(f"best in epoch {run.epoch_numbers[best] + 1}")
    epochs = len(run.epoch_ends)
    return f"Curves of {name} over {epochs} epoch{'s' * (epochs != 1)}: {', '.join(words) or 'no values yet'}"


def rates_in_words(run: Run) -> str:
    """The new learning rates, and when they changed: `1e-3 from epoch 5`."""
    changes = rate_changes(run)
    if len(changes) > MARKS:
        return f"from {rate(changes[0][1])} to {rate(changes[-1][1])} in {len(changes)} changes"
    return ", ".join(f"{rate(value)} from epoch {math.floor(at) + 1}" for at, value in changes)
