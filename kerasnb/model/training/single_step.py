"""A single step: what one batch, or the rest of an epoch, does to the weights, for a person who steps."""

from __future__ import annotations

from typing import Any

import numpy as np


class SingleStep:
    """Remembers the weights before a step, and says after it how they have changed.

    Args:
        model: The model, between two batches.
        unit: `"batch"` or `"epoch"`, how far the step goes.
    """

    def __init__(self, model: Any, unit: str = "batch") -> None:
        self.model, self.unit = model, unit
        self.before = {id(w): w.numpy() for w in model.trainable_weights}
        self.sums = _sums(model)

    def report(self, run: Any) -> dict:
        """What the step did.

        Args:
            run: `Run`, after the step.

        Returns:
            Dict with `unit`, `epoch` and `batch` (from 0), the `loss` of this batch or epoch alone, the
            `learning_rate`, the norms `update` (of the change of all weights), `before` and `after` (of the weights),
            and `layers`, a list of dicts with the `name` of each layer that has weights and the same three norms.
        """
        found = [_of_layer(layer.name, layer.trainable_weights, self.before) for layer in _leaves(self.model)]
        layers = [layer for layer in found if layer is not None]
        total = {key: float(np.sqrt(sum(layer[key] ** 2 for layer in layers))) for key in ("before", "after", "update")}
        loss = self._loss(run)
        return {
            "unit": self.unit, "epoch": run.epoch, "batch": run.step, "loss": loss, "learning_rate": run.learning_rate,
            **total, "layers": layers,
        }  # fmt: skip

    def _loss(self, run: Any) -> float:
        """The loss of the batch: what the mean of the epoch has been moved by; the mean itself where there is none."""
        if self.unit == "epoch":
            return float(run.history.get("loss", [float("nan")])[-1])
        mean = run.values("loss", run.batches - 1)[0] if "loss" in run.columns else float("nan")
        if self.sums is None:
            return mean
        (total, count), (after_total, after_count) = self.sums, _sums(self.model) or (0.0, 0.0)
        if after_count <= count:  # an epoch has begun
            total = count = 0.0
        return (after_total - total) / (after_count - count) if after_count > count else mean


def _sums(model: Any) -> tuple[float, float] | None:
    """The sum of the losses of an epoch so far, and of their weights."""
    tracker = model._loss_tracker
    if tracker is None:
        return None
    return float(tracker.total.numpy()), float(tracker.count.numpy())


def _leaves(model: Any) -> list:
    """The layers that own weights, inside of models too."""
    return [layer for layer in model._flatten_layers(include_self=True) if layer._own_variables]


def _of_layer(name: str, weights: list, before: dict) -> dict | None:
    pairs = [(before[id(w)], w.numpy()) for w in weights if id(w) in before]
    if not pairs:
        return None
    return {
        "name": name, "before": _norm([old for old, _ in pairs]), "after": _norm([new for _, new in pairs]),
        "update": _norm([new.astype("float64") - old for old, new in pairs]),
    }  # fmt: skip


def _norm(arrays: list) -> float:
    return float(np.sqrt(sum(np.sum(np.square(a, dtype="float64")) for a in arrays)))
