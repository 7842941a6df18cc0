"""Curves as SVG that needs nothing: no script, no style sheet, any width, on light and on dark ground.

A picture is two SVG elements over each other, never one in the other: the curves are stretched to the width,
the words are not. All numbers are inside SVG, where a notebook test can leave them out.
"""

from __future__ import annotations

import html
import math

import numpy as np

from kerasnb.model import run_facts
from kerasnb.widgets.thin import spread, thin

TRAIN, VALIDATION = "#2f7de1", "#e8710a"
HEIGHT, POINTS, DOTS = 132, 160, 20
EPOCHS_WITH_BATCHES = 10  # with more of them the running means within epochs are only noise


def picture(run, name: str) -> str:
    """The curves of one metric: batches thin, epochs with dots, validation dashed, a star at the best epoch."""
    axes = Axes(run, name)
    style = "flex:1 1 300px;min-width:0;max-width:560px;box-sizing:border-box;padding:30px 12px 24px 46px"
    return (
        f'<div style="{style}"><div style="position:relative;height:{HEIGHT}px">'
        f'<svg width="100%" height="{HEIGHT}" style="overflow:visible;height:{HEIGHT}px" fill="currentColor" '
        f'font-family="system-ui,sans-serif" font-size="11">{_words(run, name, axes)}</svg>'
        f'<svg width="100%" height="{HEIGHT}" style="position:absolute;left:0;top:0;overflow:hidden;height:{HEIGHT}px" '
        f'viewBox="0 0 1000 1000" preserveAspectRatio="none" fill="none" role="img" '
        f'aria-label="{_spoken(run, name)}">{_curves(run, name, axes)}</svg></div></div>'
    )


class Axes:
    """Where values are on a picture, in thousandths of its width and height."""

    def __init__(self, run, name: str):
        self.run = run
        self.batches = run.batches if name in run.columns else 0
        self.planned = max(1, len(run.epoch_ends)) if run.finished else max(1, run.epochs - run.initial_epoch)
        steps = run.steps or (run.epoch_ends[0] if run.epoch_ends else max(1, run.batches))
        self.right = max(run.batches, steps * self.planned, 1) if not run.finished else max(run.batches, 1)
        self.right *= 1.01  # room for the last dot
        self.steps = steps
        self.low, self.high = self._range(name)

    def _range(self, name) -> tuple[float, float]:
        """What the values span; of the batches only the last after some epochs, as the first would flatten all."""
        values = [v for n in (name, f"val_{name}") for v in self.run.history.get(n, []) if math.isfinite(v)]
        if self.batches:
            column = np.array(self.run.values(name, 0, self.batches))[-1 if len(self.run.epoch_ends) > 3 else 0 :]
            column = column[np.isfinite(column)]
            values += [column.min(), column.max()] if len(column) else []
        if not values:
            return 0.0, 1.0
        low, high = min(values), max(values)
        pad = (high - low) * 0.08 or abs(high) * 0.1 or 0.5
        return float(low - pad), float(high + pad)

    def x(self, batches) -> float:
        return 1000 * batches / self.right

    def y(self, value) -> float:
        return 1000 * (self.high - value) / (self.high - self.low)

    def y_ticks(self) -> list[float]:
        """Three to six round numbers."""
        step = 10 ** math.floor(math.log10((self.high - self.low) / 2))
        step *= next(m for m in (5, 2, 1, 0.5) if (self.high - self.low) / (step * m) >= 3)
        first = math.ceil(self.low / step)
        return [i * step for i in range(first, math.floor(self.high / step) + 1)]

    def x_ticks(self) -> list[tuple[float, int]]:
        """Places of some epochs: (number of batches, number of the epoch)."""
        first, last = self.run.initial_epoch, self.run.initial_epoch + math.ceil(self.right / self.steps)
        step = next(s * 10**e for e in range(9) for s in (1, 2, 5) if (last - first) / (s * 10**e) <= 6)
        numbers = [n for n in range(first, last + 1) if n % step == 0]
        return [((n - first) * self.steps, n) for n in numbers if (n - first) * self.steps <= self.right]


def _curves(run, name, axes) -> str:
    parts = [
        f'<path d="M0 {axes.y(v):.0f}H1000" stroke="currentColor" stroke-opacity=".14" {FIXED}/>'
        for v in axes.y_ticks()
    ]
    parts += [_event(axes, e) for e in run.events if e["kind"] == "learning_rate"]
    epochs = len(run.history.get(name, []))
    if axes.batches and epochs <= EPOCHS_WITH_BATCHES:
        thin_line = epochs > 1
        width, opacity = (1, 0.45) if thin_line else (2, 1)
        parts += [
            f'<path d="{d}" stroke="{TRAIN}" stroke-width="{width}" stroke-opacity="{opacity}" '
            f'stroke-linejoin="round" {FIXED}/>' for d in _batch_paths(run, name, axes)
        ]  # fmt: skip
    parts.append(_epochs(run, name, axes, TRAIN, ""))
    parts.append(_epochs(run, f"val_{name}", axes, VALIDATION, 'stroke-dasharray="6 4"'))
    return "".join(parts)


FIXED = 'vector-effect="non-scaling-stroke"'


def _event(axes, event) -> str:
    title = f"<title>learning rate {run_facts.number(event.get('value', math.nan))}</title>"
    line = f'd="M{axes.x(event["at"]):.1f} 0V1000" stroke="currentColor" stroke-opacity=".5" stroke-dasharray="1 3"'
    return f"<g>{title}<path {line} {FIXED}/></g>"


def _batch_paths(run, name, axes) -> list[str]:
    """One path for each epoch, as the running mean starts anew; for many epochs only what can be seen."""
    starts = list(run.epoch_starts) or [0]
    values = np.array(run.values(name, 0, axes.batches))
    for start in starts[1:]:  # the first batches of a running mean are noise
        values[start : start + max(2, int(0.08 * axes.steps))] = np.nan
    x, y = thin(np.arange(1, axes.batches + 1), values, POINTS)
    pieces = np.searchsorted(x, np.array(starts[1:]) + 0.5) if len(starts) <= POINTS // 4 else []
    pairs = np.split(np.stack([x, y], axis=1), pieces)
    return [_path(axes, piece) for piece in pairs if len(piece) > 1]


def _path(axes, points) -> str:
    return "M" + "L".join(f"{axes.x(x):.1f} {axes.y(y):.1f}" for x, y in points)


def _epochs(run, name, axes, colour, dash) -> str:
    series = run.history.get(name, [])
    places = [(run.epoch_ends[i], v, run.epoch_numbers[i]) for i, v in enumerate(series) if math.isfinite(v)]
    if not places:
        return ""
    x, y = thin([p[0] for p in places], [p[1] for p in places], POINTS)
    line = f'<path d="{_path(axes, zip(x, y, strict=True))}" stroke="{colour}" stroke-width="2" {dash} {FIXED}/>'
    return line + _dots(axes, name, [places[i] for i in spread(len(places), DOTS)], colour)


def _dots(axes, name, places, colour) -> str:
    """Dots that stay round however the picture is stretched, each with its value on hover."""
    spots = [f"M{axes.x(at):.0f} {axes.y(value):.0f}h0" for at, value, _ in places]
    seen = f'<path d="{"".join(spots)}" stroke="{colour}" stroke-width="5" stroke-linecap="round" {FIXED}/>'
    felt = [
        f'<path d="{spot}" {FIXED}><title>epoch {number + 1}: {html.escape(name)} {run_facts.number(value)}'
        "</title></path>"
        for spot, (_, value, number) in zip(spots, places, strict=True)
    ]
    return f'{seen}<g stroke="{colour}" stroke-width="16" stroke-opacity="0" stroke-linecap="round">{"".join(felt)}</g>'


def _words(run, name, axes) -> str:
    parts = [f'<text x="-34" y="-14" font-size="13" font-weight="600">{html.escape(name)}</text>']
    parts.append(f'<text x="100%" y="-14" text-anchor="end">{_legend(run, name)}</text>')
    largest = max(map(abs, axes.y_ticks()), default=0)
    for value in axes.y_ticks():
        place = f'x="-6" y="{axes.y(value) / 10:.1f}%" dy="4"'
        parts.append(f'<text {place} text-anchor="end" opacity=".7">{_tick(value, largest)}</text>')
    for at, number in axes.x_ticks():
        parts.append(
            f'<text x="{axes.x(at) / 10:.1f}%" y="{HEIGHT + 16}" text-anchor="middle" opacity=".7">{number}</text>'
        )
    best = run_facts.best_epoch(run, name)
    if best is not None and len(run.epoch_ends) > 1:
        value = (run.history.get(f"val_{name}") or run.history[name])[best]
        place = f'x="{axes.x(run.epoch_ends[best]) / 10:.1f}%" y="{axes.y(value) / 10:.1f}%"'
        parts.append(f'<text {place} dy="-6" text-anchor="middle" font-size="13">★</text>')
    return "".join(parts)


def _legend(run, name) -> str:
    """The last values, and where the best one was."""
    train, validation = run.history.get(name), run.history.get(f"val_{name}")
    if not train and name in run.columns and run.batches:
        train = run.values(name, run.batches - 1)
    parts = [_key(TRAIN, "━", "train", train[-1])] if train else []
    parts += [_key(VALIDATION, "╍", "val", validation[-1])] if validation else []
    best = run_facts.best_epoch(run, name)
    if best is not None and len(run.epoch_ends) > 1:
        parts.append(f'<tspan dx="10">★ {run.epoch_numbers[best] + 1}</tspan>')
    return "".join(parts)


def _key(colour, sign, word, value) -> str:
    return f'<tspan dx="10" fill="{colour}" font-weight="700">{sign}</tspan> {word} {run_facts.number(value)}'


def _tick(value: float, largest: float) -> str:
    """A value beside the axis, short; what rounding left of a zero is a zero."""
    shown = 0.0 if abs(value) < 1e-9 * largest else value
    return f"{shown:.3g}".replace("e+", "e").replace("e-0", "e-")


def _spoken(run, name) -> str:
    words = [f"{n} {run_facts.number(run.history[n][-1])}" for n in (name, f"val_{name}") if run.history.get(n)]
    return html.escape(f"Curves of {name}. Last: {', '.join(words) or 'none yet'}")


def line(text: str, model: str) -> str:
    """A line of words as SVG: the name of the model, and what happened."""
    spoken = html.escape(f"{model}: {text}")
    return (
        f'<svg width="100%" height="20" style="height:20px" role="img" aria-label="{spoken}" fill="currentColor" '
        f'font-family="system-ui,sans-serif" font-size="13"><text x="0" y="15"><tspan font-weight="600">'
        f"{html.escape(model)}</tspan> · {html.escape(text)}</text></svg>"
    )
