"""The decision boundary of a model with two inputs, on one's own data."""

from __future__ import annotations

from typing import Any, ClassVar

import numpy as np

from kerasnb.widgets.kit.card import picture
from kerasnb.widgets.kit.words import number
from kerasnb.widgets.lesson.pixels import png
from kerasnb.widgets.watch.looks import COLOURS, MARKS, Frames, Look, array, classes, packed, paired, probabilities

GRID, POINTS, FRAMES = 40, 200, 12
STEPS = 15  # of confidence
SHAPES = (
    "M-3 0a3 3 0 1 0 6 0a3 3 0 1 0-6 0", "M0-3.6 3.4 2.6H-3.4Z", "M-2.7-2.7h5.4v5.4h-5.4Z", "M0-3.8 3.6 0 0 3.8-3.6 0Z",
    "M0 3.6 3.4-2.6H-3.4Z", "M-1-3.4h2V-1h2.4v2H1v2.4h-2V1h-2.4v-2H-1Z",
)  # fmt: skip


class Boundary(Look):
    """Predictions on a grid around the data.

    Args:
        model: Model of two inputs.
        x: Array of shape (samples, 2).
        y: Targets, or None.

    Raises:
        ValueError: If the model or the data has another number of inputs.
    """

    kind: ClassVar[str] = "boundary"
    title: ClassVar[str] = "decision boundary"

    def __init__(self, model: Any, x: Any = None, y: Any = None) -> None:
        super().__init__(model)
        points = array(x, "x", self.kind)
        if points.ndim != 2 or points.shape[1] != 2:
            raise ValueError(
                'watch="boundary" draws models of two inputs: x must have the shape (samples, 2). '
                f"Received: x.shape={points.shape}"
            )
        targets = None if y is None else array(y, "y", self.kind)
        paired(points, targets, self.kind)
        chosen = np.random.default_rng(0).permutation(len(points))[:POINTS]
        self.points = points[chosen].astype("float64")
        self.targets = None if targets is None else targets[chosen]
        low, high = points.min(0), points.max(0)
        pad = np.where(high > low, 0.12 * (high - low), 1.0)
        self.box = [float(v) for v in (low[0] - pad[0], high[0] + pad[0], low[1] - pad[1], high[1] + pad[1])]
        self.grid = self._grid(points.dtype if points.dtype.kind == "f" else np.dtype("float32"))
        self.frames, self.width = Frames(FRAMES), 0

    def _grid(self, dtype: np.dtype) -> np.ndarray:
        """The middle of each cell, row by row from the top."""
        left, right, bottom, top = self.box
        middle = (np.arange(GRID) + 0.5) / GRID
        xs, ys = np.meshgrid(left + (right - left) * middle, top - (top - bottom) * middle)
        return np.stack([xs.ravel(), ys.ravel()], axis=1).astype(dtype)

    def look(self, epoch: int) -> None:
        """Predicts the grid."""
        outputs = np.asarray(self.model.predict_on_batch(self.grid), "float64").reshape(GRID * GRID, -1)
        self.width = outputs.shape[1]
        outputs = probabilities(outputs, classes(self.targets, self.width) is not None)
        self.frames.add(epoch, self._byte(outputs))

    def _byte(self, outputs: np.ndarray) -> np.ndarray:
        """A cell in one byte: its class and how sure the model is; of a single output, the value on one scale."""
        outputs = np.nan_to_num(outputs)
        if self.width > 1:
            best, count = outputs.argmax(1), self.width
            sure = np.clip((outputs.max(1) - 1 / count) / (1 - 1 / count), 0, 1)
            return (best % STEPS * (STEPS + 1) + np.round(STEPS * sure)).astype(np.uint8)
        low, high = self._range()
        return np.round(254 * np.clip((outputs[:, 0] - low) / (high - low), 0, 1)).astype(np.uint8)

    def _range(self) -> tuple[float, float]:
        """The values that are fully orange and fully blue: 0 and 1 for two classes, else those of the targets."""
        if self.targets is None or classes(self.targets, 1) is not None:
            return 0.0, 1.0
        low, high = float(np.min(self.targets)), float(np.max(self.targets))
        return (low, high) if high > low else (low - 0.5, low + 0.5)

    def marks(self) -> list[int]:
        """The class of each point that is drawn; for other targets, which half of the range they are in."""
        known = classes(self.targets, self.width)
        if known is not None:
            return [int(v) for v in known]
        if self.targets is None:
            return [0] * len(self.points)
        values = self.targets.reshape(len(self.points), -1)[:, 0]
        return [int(v) for v in values > sum(self._range()) / 2]

    def right(self) -> float | None:
        """The share of the points drawn that stand on ground of their class, in the newest picture."""
        known = classes(self.targets, self.width)
        if known is None or not self.frames:
            return None
        left, right, bottom, top = self.box
        column = np.clip(((self.points[:, 0] - left) / (right - left) * GRID).astype(int), 0, GRID - 1)
        row = np.clip(((top - self.points[:, 1]) / (top - bottom) * GRID).astype(int), 0, GRID - 1)
        cells = self.frames[-1][1][row * GRID + column]
        ground = cells // (STEPS + 1) if self.width > 1 else cells > 127
        return float((ground == known).mean())

    def state(self) -> dict:
        """Grid, points, and a picture for each epoch that was looked at."""
        return {
            "kind": self.kind, "title": self.title, "epochs": self.frames.epochs, "grid": GRID, "steps": STEPS,
            "classes": self.width, "box": self.box, "colours": COLOURS, "shapes": SHAPES, "marks": self.marks(),
            "points": [[_short(a), _short(b)] for a, b in self.points.tolist()], "line": self.line(),
            "frames": [packed(frame) for _, frame in self.frames],
        }  # fmt: skip

    def line(self) -> str:
        """What there is to see, in words."""
        right = self.right()
        told = f"{100 * right:.0f} % of the points stand on ground of their class" if right is not None else ""
        left, bottom, height = self.box[0], self.box[2], self.box[3]
        ranges = f"x[:, 0] {number(left)} to {number(self.box[1])}, x[:, 1] {number(bottom)} to {number(height)}"
        return " · ".join(part for part in (told, ranges) if part)

    def html(self) -> str:
        """The newest picture."""
        epoch, frame = self.frames[-1]
        words = f"Decision boundary after epoch {epoch}: {self.line()}"
        return f'<div style="font-size:12px">{words}</div>{picture(self.drawing(frame), words, 300)}'

    def drawing(self, frame: np.ndarray) -> str:
        """Ground and points as an SVG document."""
        left, right, bottom, top = self.box
        data = packed(np.frombuffer(png(self.pixels(frame)), np.uint8))
        dots = []
        for (a, b), mark in zip(self.points, self.marks(), strict=True):
            place = f"{300 * (a - left) / (right - left):.0f} {300 * (top - b) / (top - bottom):.0f}"
            colour = self.colour(mark)
            dots.append(f'<use href="#m{mark % 6}" transform="translate({place})" fill="{colour}"/>')
        used = sorted({mark % 6 for mark in self.marks()})
        shapes = "".join(f'<path id="m{i}" d="{SHAPES[i]}" stroke="#fff" stroke-width=".8"/>' for i in used)
        return (
            '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 300 300" width="300" height="300">'
            f"<defs>{shapes}</defs>"
            f'<image href="data:image/png;base64,{data}" width="300" height="300" preserveAspectRatio="none"/>'
            f'{"".join(dots)}<rect width="300" height="300" fill="none" stroke="#808080"/></svg>'
        )

    def colour(self, mark: int) -> str:
        """The colour of a class; of two classes with a single output, 0 is orange and 1 is blue."""
        return COLOURS[1 - mark % 2] if self.width == 1 else COLOURS[mark % len(COLOURS)]

    def pixels(self, frame: np.ndarray) -> np.ndarray:
        """A frame as colours with transparency."""
        hues = np.array([[int(c[i : i + 2], 16) for i in (1, 3, 5)] for c in COLOURS])
        if self.width > 1:
            hue, sure = frame // (STEPS + 1) % len(COLOURS), frame % (STEPS + 1) / STEPS
        else:
            signed = frame.astype(float) / 127 - 1
            hue, sure = np.where(signed > 0, 0, 1), np.abs(signed)
        alpha = np.round(255 * (0.1 + 0.6 * sure))
        return np.concatenate([hues[hue], alpha[:, None]], axis=1).astype(np.uint8).reshape(GRID, GRID, 4)

    def text(self) -> str:
        """Classes as letters on a coarse grid, and what is right."""
        epoch, frame = self.frames[-1]
        cells = frame.reshape(GRID, GRID)[2::4, 1::2]
        ground = cells // (STEPS + 1) if self.width > 1 else (cells > 127).astype(int)
        rows = ["".join(MARKS[v % len(MARKS)] if self.width > 1 else "·█"[v] for v in row) for row in ground]
        return "\n".join([f"decision boundary after epoch {epoch}: {self.line()}", *rows])


def _short(value: float) -> float:
    return float(f"{value:.4g}")
