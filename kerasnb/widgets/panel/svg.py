"""Curves as an image without dependencies: no script, no style sheet, any width, for light and dark pages.

Notebooks that come from elsewhere may not show SVG elements, but they show an image whose data URL holds the picture.
An image cannot use the colours of the page: these stand out from white and from black. Its width is that of the page:
curves are stretched, ticks and dots are not. Name and values are above it in HTML, where they can wrap.
"""

from __future__ import annotations

import base64
import html
import math
from collections.abc import Iterable, Sequence

import numpy as np

from kerasnb.model.run import facts
from kerasnb.model.run.run import Run
from kerasnb.widgets.panel.thin import spread, thin

TRAIN, VALIDATION, GREY = "#2f7fe0", "#d4620f", "#808080"
HEIGHT, TOP, BOTTOM, NARROWEST = 132, 12, 22, 250
POINTS, DOTS = 160, 20
EPOCHS_WITH_BATCHES = 10  # with more of them the running means within epochs are only noise
SANS = "system-ui,-apple-system,'Segoe UI',sans-serif"


def picture(run: Run, name: str) -> str:
    """The curves of one metric: batches thin, epochs with dots, validation dashed, a star at the best epoch."""
    height = HEIGHT + TOP + BOTTOM
    return (
        '<div style="flex:1 1 300px;min-width:0;max-width:550px">'
        f'<div style="font-size:12px;margin:6px 0 0;overflow-wrap:anywhere">{_caption(run, name)}</div>'
        f'<img alt="{html.escape(described(run, name))}" width="440" height="{height}" '
        f'style="display:block;width:100%;height:{height}px;margin:0" src="{address(drawing(run, name))}"></div>'
    )


def address(drawn: str) -> str:
    """A picture as a data URL."""
    return "data:image/svg+xml;base64," + base64.b64encode(drawn.encode()).decode()


def drawing(run: Run, name: str) -> str:
    """The curves of one metric as a whole SVG document."""
    axes = Axes(run, name)
    left = math.ceil(100 * (9 + 6.2 * max(map(len, axes.y_labels()), default=1)) / NARROWEST)
    place = f'x="{left}%" y="{TOP}" width="{96 - left}%" height="{HEIGHT}"'
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="100%" height="100%" fill="{GREY}" font-family="{SANS}" '
        f'font-size="11"><svg {place} overflow="visible">{_ticks(axes)}</svg>'
        f'<svg {place} viewBox="0 0 1000 1000" preserveAspectRatio="none" fill="none">{_curves(run, name, axes)}</svg>'
        f'<svg {place} overflow="visible">{_star(run, name, axes)}</svg></svg>'
    )


class Axes:
    """The places of values in a picture, in thousandths of its width and height."""

    def __init__(self, run: Run, name: str) -> None:
        self.run = run
        self.batches = run.batches if name in run.columns else 0
        self.planned = max(1, len(run.epoch_ends)) if run.finished else max(1, run.epochs - run.initial_epoch)
        steps = run.steps or (run.epoch_ends[0] if run.epoch_ends else max(1, run.batches))
        last = max(run.batches, 1) if run.finished else max(run.batches, steps * self.planned, 1)
        self.right = 1.01 * last  # space for the last dot
        self.steps = steps
        self.low, self.high = self._range(name)

    def _range(self, name: str) -> tuple[float, float]:
        """The range of the values; after some epochs only the last batch counts, as the first would flatten all."""
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

    def x(self, batches: float) -> float:
        """The place of a number of batches."""
        return 1000 * batches / self.right

    def y(self, value: float) -> float:
        """The place of a value."""
        return 1000 * (self.high - value) / (self.high - self.low)

    def y_ticks(self) -> list[float]:
        """Three to six round numbers."""
        step = 10 ** math.floor(math.log10((self.high - self.low) / 2))
        step *= next(m for m in (5, 2, 1, 0.5) if (self.high - self.low) / (step * m) >= 3)
        first = math.ceil(self.low / step)
        return [i * step for i in range(first, math.floor(self.high / step) + 1)]

    def y_labels(self) -> list[str]:
        """The round numbers as text."""
        ticks = self.y_ticks()
        largest = max(map(abs, ticks), default=0)
        return [_tick(value, largest) for value in ticks]

    def x_ticks(self) -> list[tuple[float, int]]:
        """Places of some epochs: (number of batches, number of the epoch)."""
        first, last = self.run.initial_epoch, self.run.initial_epoch + math.ceil(self.right / self.steps)
        step = next(s * 10**e for e in range(9) for s in (1, 2, 5) if (last - first) / (s * 10**e) <= 6)
        numbers = [n for n in range(first, last + 1) if n % step == 0]
        return [((n - first) * self.steps, n) for n in numbers if (n - first) * self.steps <= self.right]


def _curves(run: Run, name: str, axes: Axes) -> str:
    parts = [f'<path d="M0 {axes.y(v):.0f}H1000" stroke="{GREY}" stroke-opacity=".3" {FIXED}/>' for v in axes.y_ticks()]
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


def _event(axes: Axes, event: dict) -> str:
    return f'<path d="M{axes.x(event["at"]):.0f} 0V1000" stroke="{GREY}" stroke-dasharray="1 3" {FIXED}/>'


def _batch_paths(run: Run, name: str, axes: Axes) -> list[str]:
    """One path for each epoch, as the running mean restarts; of many epochs only what is visible."""
    starts = list(run.epoch_starts) or [0]
    values = np.array(run.values(name, 0, axes.batches))
    for start in starts[1:]:  # the first batches of a running mean are noise
        values[start : start + max(2, int(0.08 * axes.steps))] = np.nan
    x, y = thin(np.arange(1, axes.batches + 1), values, POINTS)
    breaks: np.ndarray | list = np.searchsorted(x, np.array(starts[1:]) + 0.5) if len(starts) <= POINTS // 4 else []
    pairs = np.split(np.stack([x, y], axis=1), breaks)
    return [_path(axes, piece) for piece in pairs if len(piece) > 1]


def _path(axes: Axes, points: Iterable) -> str:
    return "M" + "L".join(f"{axes.x(x):.1f} {axes.y(y):.0f}" for x, y in points)


def _epochs(run: Run, name: str, axes: Axes, colour: str, dash: str) -> str:
    series = run.history.get(name, [])
    places = [(run.epoch_ends[i], v, run.epoch_numbers[i]) for i, v in enumerate(series) if math.isfinite(v)]
    if not places:
        return ""
    x, y = thin([p[0] for p in places], [p[1] for p in places], POINTS)
    line = f'<path d="{_path(axes, zip(x, y, strict=True))}" stroke="{colour}" stroke-width="2" {dash} {FIXED}/>'
    spots = [f"M{axes.x(at):.0f} {axes.y(value):.0f}h0" for at, value, _ in _some(places)]
    return f'{line}<path d="{"".join(spots)}" stroke="{colour}" stroke-width="5" stroke-linecap="round" {FIXED}/>'


def _some(places: Sequence) -> list:
    return [places[i] for i in spread(len(places), DOTS)]


def _ticks(axes: Axes) -> str:
    parts = []
    for value, label in zip(axes.y_ticks(), axes.y_labels(), strict=True):
        parts.append(f'<text x="-6" y="{axes.y(value) / 10:.1f}%" dy="4" text-anchor="end">{label}</text>')
    for at, number in axes.x_ticks():
        parts.append(f'<text x="{axes.x(at) / 10:.1f}%" y="{HEIGHT + 16}" text-anchor="middle">{number}</text>')
    return "".join(parts)


def _star(run: Run, name: str, axes: Axes) -> str:
    best = facts.best_epoch(run, name)
    if best is None or len(run.epoch_ends) < 2:
        return ""
    validation = run.history.get(f"val_{name}")
    value, colour = (validation or run.history[name])[best], VALIDATION if validation else TRAIN
    place = f'x="{axes.x(run.epoch_ends[best]) / 10:.1f}%" y="{axes.y(value) / 10:.1f}%"'
    return f'<text {place} dy="-5" text-anchor="middle" font-size="13" fill="{colour}">★</text>'


def _last(run: Run, name: str) -> tuple:
    """The last training values, of batches where there is no epoch yet, and the last validation values."""
    train: Sequence | None = run.history.get(name)
    validation = run.history.get(f"val_{name}")
    if not train and name in run.columns and run.batches:
        train = run.values(name, run.batches - 1)
    return train, validation


def _caption(run: Run, name: str) -> str:
    """The name, the last values, and where the best one was."""
    train, validation = _last(run, name)
    parts = [f"<b>{html.escape(name)}</b>"]
    parts += [_key(TRAIN, "━", "train", train[-1])] if train else []
    parts += [_key(VALIDATION, "╍", "val", validation[-1])] if validation else []
    best = facts.best_epoch(run, name)
    if best is not None and len(run.epoch_ends) > 1:
        parts.append(f'<span style="white-space:nowrap">★ epoch {run.epoch_numbers[best] + 1}</span>')
    return " &nbsp; ".join(parts)


def _key(colour: str, sign: str, word: str, value: float) -> str:
    label = f'<span style="color:{colour};font-weight:700">{sign}</span> {word} {facts.number(value)}'
    return f'<span style="white-space:nowrap">{label}</span>'


def described(run: Run, name: str) -> str:
    """A picture in words."""
    words = []
    for kind, key in (("training", name), ("validation", f"val_{name}")):
        series = run.history.get(key)
        if series:
            words.append(f"{kind} from {facts.number(series[0])} to {facts.number(series[-1])}")
    best = facts.best_epoch(run, name)
    if best is not None and len(run.epoch_ends) > 1:
        words.append(f"best in epoch {run.epoch_numbers[best] + 1}")
    epochs = len(run.epoch_ends)
    return f"Curves of {name} over {epochs} epoch{'s' * (epochs != 1)}: {', '.join(words) or 'no values yet'}"


def _tick(value: float, largest: float) -> str:
    """A short label of a value on the axis; a zero with a rounding error is a zero."""
    rounded = 0.0 if abs(value) < 1e-9 * largest else value
    return f"{rounded:.3g}".replace("e+", "e").replace("e-0", "e-")
