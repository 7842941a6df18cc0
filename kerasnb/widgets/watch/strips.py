"""Weights and gradients of each layer, epoch after epoch, as strips of heat."""

from __future__ import annotations

import html
from typing import Any, ClassVar

import numpy as np

from kerasnb import tree
from kerasnb.backend.autodiff.tape import GradientTape
from kerasnb.widgets.kit.card import picture
from kerasnb.widgets.kit.words import number
from kerasnb.widgets.lesson.pixels import png
from kerasnb.widgets.watch.looks import Frames, Look, array, packed

BINS, FRAMES, LAYERS, SAMPLES = 24, 40, 24, 256
HEAT = (47, 127, 224)


def weighted(model: Any) -> list:
    """Layers with weights that are trained, also those of models within the model."""
    found = []
    for layer in model.layers:
        found += weighted(layer) if hasattr(layer, "layers") else [layer] if layer.trainable_weights else []
    return found


class Weights(Look):
    """How the weights of each layer are spread, and how much they change.

    Args:
        model: The model.
        x: Not used.
        y: Not used.
    """

    kind: ClassVar[str] = "weights"
    title: ClassVar[str] = "weights"

    def __init__(self, model: Any, x: Any = None, y: Any = None) -> None:
        super().__init__(model)
        self.frames = Frames(FRAMES)
        self.before: dict[str, np.ndarray] = {}
        self.ranges: dict[str, float] = {}

    def look(self, epoch: int) -> None:
        """Counts the weights of each layer by their value."""
        seen = {}
        for layer in weighted(self.model)[:LAYERS]:
            values = np.concatenate([np.ravel(np.asarray(w)) for w in layer.trainable_weights]).astype("float64")
            seen[layer.name] = self._measured(layer.name, values)
        self.frames.add(epoch, seen)

    def _measured(self, name: str, values: np.ndarray) -> dict:
        """Size, change since the look before, the share that is not finite, and the histogram with its range."""
        before = self.before.get(name)
        self.before[name] = values
        finite = values[np.isfinite(values)]
        size = float(np.linalg.norm(finite))
        change = None
        if before is not None and before.shape == values.shape and np.linalg.norm(before) > 0:
            change = float(np.linalg.norm(np.nan_to_num(values - before)) / np.linalg.norm(np.nan_to_num(before)))
        reach = float(np.abs(finite).max(initial=0)) or 1.0
        reach = self.ranges[name] = max(self.ranges.get(name, 0.0), 2.0 ** np.ceil(np.log2(reach)))
        counts = np.histogram(finite, BINS, (-reach, reach))[0]
        return {"size": size, "change": change, "bad": len(values) - len(finite), "counts": counts, "reach": reach}

    def layers(self) -> list[str]:
        """Names of the layers that were seen last."""
        return list(self.frames[-1][1])

    def heat(self, name: str) -> np.ndarray:
        """Heat from 0 to 255: a column for each look, the largest values on top."""
        reach = self.ranges[name]
        columns = [_stretched(frame[name]["counts"], frame[name]["reach"], reach) for _, frame in self.frames]
        whole = np.sqrt(np.stack(columns, axis=1)[::-1] / np.maximum(1, np.sum(columns, axis=1)))
        return np.round(255 * whole / max(whole.max(), 1e-12)).astype(np.uint8)

    def told(self, name: str) -> str:
        """The newest numbers of a layer."""
        seen = self.frames[-1][1][name]
        parts = [f"norm {number(seen['size'])}"]
        parts += [f"changed {100 * seen['change']:.2g} %"] if seen["change"] is not None else []
        parts += [f"{seen['bad']} not finite"] if seen["bad"] else []
        return " · ".join(parts)

    def axis(self, name: str) -> str:
        """What the height of a strip means."""
        return f"±{self.ranges[name]:g}"

    def line(self) -> str:
        """What there is to see, in words."""
        return "each column is a look: how many weights have a value, zero in the middle"

    def state(self) -> dict:
        """A strip for each layer."""
        return {
            "kind": self.kind, "title": self.title, "epochs": self.frames.epochs, "line": self.line(),
            "layers": [self._entry(name) for name in self.layers()],
            "more": max(0, len(weighted(self.model)) - LAYERS),
        }  # fmt: skip

    def _entry(self, name: str) -> dict:
        strip = self.heat(name)
        return {
            "name": name, "told": self.told(name), "axis": self.axis(name), "rows": len(strip), "heat": packed(strip)
        }  # fmt: skip

    def html(self) -> str:
        """The strips as pictures."""
        rows = []
        for name in self.layers():
            words = f"{name}: {self.told(name)}"
            rows.append(
                f'<tr><td style="text-align:left">{html.escape(name)}</td><td>{html.escape(self.axis(name))}</td>'
                f"<td>{picture(_heated(self.heat(name)), words, 240)}</td>"
                f'<td style="text-align:left">{html.escape(self.told(name))}</td></tr>'
            )
        epochs = self.frames.epochs
        line = f"{self.title.capitalize()}, epochs {epochs[0]} to {epochs[-1]}: {self.line()}"
        return f'<div style="font-size:12px">{line}</div><table style="margin:0;font-size:12px">{"".join(rows)}</table>'

    def text(self) -> str:
        """A line for each layer."""
        width = max(map(len, self.layers()), default=0)
        lines = [f"  {name:<{width}}  {self.told(name)}" for name in self.layers()]
        return "\n".join([f"{self.title} after epoch {self.frames.epochs[-1]}", *lines])


class Gradients(Weights):
    """How large the gradient of the loss is in each layer, on a part of the data.

    Args:
        model: The compiled model.
        x: Array of samples, or a list or dict of them.
        y: Targets.
    """

    kind: ClassVar[str] = "gradients"
    title: ClassVar[str] = "gradients"

    def __init__(self, model: Any, x: Any = None, y: Any = None) -> None:
        super().__init__(model)
        self.x = _first(x, SAMPLES) if isinstance(x, (list, tuple, dict)) else array(x, "x", self.kind)[:SAMPLES]
        self.y = None if y is None else _first(y, SAMPLES)
        self.count = len(tree.flatten(self.x)[0])

    def look(self, epoch: int) -> None:
        """Computes the gradient on the samples, as an evaluation would: nothing is drawn at random, nothing moves."""
        model = self.model
        layers = weighted(model)[:LAYERS]
        sources = [weight for layer in layers for weight in layer.trainable_weights]
        with GradientTape() as tape:
            outputs = model(self.x, training=False)
            loss = model.compute_loss(self.x, self.y, outputs, None, training=False)
        found = iter(tape.gradient(loss, sources))
        seen = {}
        for layer in layers:
            parts = [next(found) for _ in layer.trainable_weights]
            values = [np.ravel(np.asarray(part)) for part in parts if part is not None]
            seen[layer.name] = {"size": float(np.linalg.norm(np.concatenate(values))) if values else 0.0}
        self.frames.add(epoch, seen)

    def heat(self, name: str) -> np.ndarray:
        """Heat from 0 to 255 on one logarithmic scale for all layers: one row, a column for each look."""
        sizes = np.array([[frame[layer]["size"] for _, frame in self.frames] for layer in self.layers()])
        logs = np.log10(np.where((sizes > 0) & np.isfinite(sizes), sizes, np.nan))
        low, high = (np.nanmin(logs), np.nanmax(logs)) if np.isfinite(logs).any() else (0.0, 1.0)
        row = (logs[self.layers().index(name)] - low) / ((high - low) or 1.0)
        return np.round(255 * (0.12 + 0.88 * np.nan_to_num(row, nan=-0.136)))[None].clip(0, 255).astype(np.uint8)

    def told(self, name: str) -> str:
        """The newest norm."""
        return f"norm {number(self.frames[-1][1][name]['size'])}"

    def axis(self, name: str) -> str:
        """A strip has one row."""
        return ""

    def line(self) -> str:
        """What there is to see, in words."""
        return f"norm of the gradient of the loss on {self.count:,} samples; one logarithmic scale for all layers"


def _first(value: Any, count: int) -> Any:
    if isinstance(value, dict):
        return {key: np.asarray(part)[:count] for key, part in value.items()}
    if isinstance(value, (list, tuple)) and value and hasattr(value[0], "shape"):
        return [np.asarray(part)[:count] for part in value]
    return np.asarray(value)[:count]


def _stretched(counts: np.ndarray, reach: float, wide: float) -> np.ndarray:
    """A histogram over a range that is a power of two wider: neighbours are joined, and zeros stand outside."""
    while reach < wide:
        joined = counts.reshape(-1, 2).sum(1)
        counts, reach = np.pad(joined, len(joined) // 2), 2 * reach
    return counts


def _heated(strip: np.ndarray) -> str:
    """A strip as an SVG document: the more, the bluer."""
    pixels = np.concatenate([np.broadcast_to(np.array(HEAT, np.uint8), (*strip.shape, 3)), strip[..., None]], axis=2)
    data = packed(np.frombuffer(png(pixels), np.uint8))
    return (
        '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 240 24" width="240" height="24">'
        f'<image href="data:image/png;base64,{data}" width="240" height="24" preserveAspectRatio="none" '
        'style="image-rendering:pixelated"/><rect width="240" height="24" fill="none" stroke="#808080"/></svg>'
    )
