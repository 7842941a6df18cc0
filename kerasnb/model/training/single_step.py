"""A single step: what one batch, or the rest of an epoch, does to the weights, for a person who steps."""

from __future__ import annotations

from typing import Any

import numpy as np

from kerasnb.backend.plan.plan import engine_lock
from kerasnb.model.data.iterators import ArrayBatches, Batch, as_tensors, unpack
from kerasnb.model.run.snapshots import Snapshot
from kerasnb.model.training.dead import may_be_called
from kerasnb.model.training.targets import are_inherited

MOST = 5  # weights that are named


class SingleStep:
    """Remembers the weights before a step, and says after it how they have changed.

    Args:
        model: The model, between two batches.
        unit: `"batch"` or `"epoch"`, how far the step goes.
    """

    def __init__(self, model: Any, unit: str = "batch") -> None:
        self.model, self.unit = model, unit
        self.state = Snapshot(model.variables)
        self.before = {id(variable): value for variable, value in self.state.values}
        self.sums = _sums(model)

    def report(self, run: Any) -> dict:
        """What the step did.

        Args:
            run: `Run`, after the step.

        Returns:
            Dict with `unit`, `epoch` and `batch` (from 0), the `loss` of this batch or epoch alone, `losses` (of the
            same batch before and after the update, as an evaluation computes them, or None where that is not known),
            the `learning_rate`, the norms `update` (of the change of all weights), `before` and `after` (of the
            weights), `layers`, a list of dicts with the `name` of each layer that has weights and the same three
            norms, and `changes`, the weights that changed most as dicts with `name`, `before` and `after`.
        """
        found = [_of_layer(layer.name, layer.trainable_weights, self.before) for layer in _leaves(self.model)]
        layers = [layer for layer in found if layer is not None]
        total = {key: float(np.sqrt(sum(layer[key] ** 2 for layer in layers))) for key in ("before", "after", "update")}
        loss = self._loss(run)
        return {
            "unit": self.unit, "epoch": run.epoch, "batch": run.step, "loss": loss, "losses": self._losses(run),
            "learning_rate": run.learning_rate, **total, "layers": layers, "changes": self._changes(),
        }  # fmt: skip

    def _losses(self, run: Any) -> list[float] | None:
        """The loss of the batch with the weights before and after; the state is afterwards what it was."""
        training = None if run.session is None else run.session.training
        is_plain = are_inherited(self.model, "train_step") and all(map(may_be_called, self.model._flatten_layers()))
        if self.unit != "batch" or not isinstance(training, ArrayBatches) or not is_plain:
            return None
        batch = training.batch(run.step, training.order)
        with engine_lock:
            now = Snapshot(self.model.variables)
            try:
                self.state.restore()
                before = _loss_of(self.model, batch)
            finally:
                now.restore()
            return [before, _loss_of(self.model, batch)]

    def _changes(self) -> list[dict]:
        """The weights that changed most, one by one."""
        found: list[tuple] = []
        for weight in self.model.trainable_weights:
            if id(weight) not in self.before:
                continue
            old, new = np.ravel(self.before[id(weight)]), np.ravel(weight.numpy())
            sizes = np.nan_to_num(np.abs(new.astype("float64") - old), nan=np.inf)
            found += [(sizes[i], weight, i, float(old[i]), float(new[i])) for i in _largest(sizes)]
        found.sort(key=lambda one: -one[0])
        return [
            {"name": _place(self.model, weight, i), "before": old, "after": new}
            for size, weight, i, old, new in found[:MOST] if size > 0
        ]  # fmt: skip

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


def _loss_of(model: Any, batch: Batch) -> float:
    """The loss of a batch as an evaluation computes it: nothing is drawn at random, no metric moves."""
    x, y, weight = unpack(as_tensors(batch))
    return float(model.compute_loss(x, y, model(x, training=False), weight, training=False))


def _largest(sizes: np.ndarray) -> np.ndarray:
    """Where the largest values are, without sorting all."""
    return np.argpartition(-sizes, MOST)[:MOST] if len(sizes) > MOST else np.arange(len(sizes))


def _place(model: Any, weight: Any, at: int) -> str:
    """`dense/kernel[2, 5]`."""
    name = weight.path.replace(f"{model.name}/", "", 1)
    place = ", ".join(str(int(i)) for i in np.unravel_index(at, weight.shape)) if weight.shape else ""
    return f"{name}[{place}]" if place else name


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
