"""Probe: finds the first value that is not finite, by running the batch once more from the state before it.

The state is copied at the start of an epoch, so seldom that it costs at most a hundredth of the time. When a loss is
not finite, the batches since then run again, the last one operation by operation; then everything is put back.
"""

from __future__ import annotations

import contextlib
import time
from collections.abc import Iterator
from typing import Any

import numpy as np

from kerasnb import tree
from kerasnb.backend.autodiff import recording
from kerasnb.backend.autodiff.recording import BACKWARD, Record
from kerasnb.backend.plan.plan import engine_lock
from kerasnb.backend.tensor.tensor import Tensor, from_host
from kerasnb.model.data.iterators import PARTS, ArrayBatches, Batch
from kerasnb.model.run.snapshots import MEGABYTE, Snapshot, bytes_of, metrics_of, variables_of
from kerasnb.model.training.targets import are_inherited

SHARE = 0.01  # of the time may go into copies
LARGEST = 256 * MEGABYTE  # of a copy
LONGEST = 20.0  # seconds that batches may run again


class Before:
    """The state of a training at the start of an epoch.

    Args:
        model: The model.
        training: The batches of the data.
    """

    def __init__(self, model: Any, training: Any) -> None:
        self.model, self.training = model, training
        self.snapshot: Snapshot | None = None
        self.due = 0.0
        self.orders: list = []  # of the epochs since then
        self.skipped = 0  # batches of the first of them that came before

    def begin_epoch(self) -> None:
        """Copies the state, if it is time to; else notes one more epoch since then."""
        if self.snapshot is not None and time.perf_counter() < self.due:
            self.orders.append(self.training.order)
        elif isinstance(self.training, ArrayBatches) and self.is_whole():
            self.copy()

    def is_whole(self) -> bool:
        """Whether all that training changes exists; the optimizer's part is created if nothing else is missing."""
        model, optimizer = self.model, self.model.optimizer
        if not all(layer.built for layer in model._flatten_layers()):
            return False
        if not optimizer.built and are_inherited(model, "train_step"):
            optimizer.build(model.trainable_weights)
        return optimizer.built

    def copy(self, skipped: int = 0) -> None:
        """Copies the state; so many batches of the epoch have run."""
        began = time.perf_counter()
        variables = [*variables_of(self.model), *metrics_of(self.model)]
        self.snapshot = Snapshot(variables) if bytes_of(variables) <= LARGEST else None
        self.orders, self.skipped = [], skipped
        ended = time.perf_counter()
        self.due = ended + (ended - began) / SHARE

    def changed(self, batch: int | None) -> None:
        """Notes that a person has changed the state after a batch, or at the end of an epoch."""
        self.due = 0.0
        if self.snapshot is not None and batch is not None:
            self.copy(skipped=batch + 1)

    def batches(self, number: int) -> list[Batch]:
        """The batches since the copy, up to one of this epoch by its number."""
        source, orders = self.training, [*self.orders, self.training.order]
        numbers = [range(source.steps)] * (len(orders) - 1) + [range(number + 1)]
        listed = [source.batch(i, order) for order, each in zip(orders, numbers, strict=True) for i in each]
        return listed[self.skipped :]


def find(before: Before, step: Any, number: int, seconds: float) -> dict | None:
    """Finds the first value that was not finite in a batch that has just run.

    Args:
        before: The state before it.
        step: The `Step` that trains.
        number: Integer, the number of the batch within its epoch.
        seconds: The time that a batch takes.

    Returns:
        Dict with `where` (such as `"gradient of dense/kernel"`), `kind`, `value`, `bad` (how many values of `size` are
        not finite), and `order`: the same of all values of the batch in the order in which they are computed, with the
        largest finite size as `largest`. None where it cannot be found.
    """
    if before.snapshot is None:
        return _in_data(before.training)
    batches = before.batches(number)
    if len(batches) * seconds > LONGEST:
        return _in_data(before.training)
    variables = [*variables_of(before.model), *metrics_of(before.model)]
    with engine_lock:
        now = Snapshot(variables)
        try:
            before.snapshot.restore()
            found = _first(before.model, step, batches)
            if found is not None and found["kind"] == "weight" and len(batches) > 1:
                before.snapshot.restore()  # the batch before made the weight so: look at that one
                found = (_first(before.model, step, batches[:-1]) or found) | {"earlier": 1}
        finally:
            now.restore()
    return found


def _first(model: Any, step: Any, batches: list[Batch]) -> dict | None:
    """The first value of the last batch that is not finite, after all batches before it."""
    for batch in batches[:-1]:
        step.run(batch)
    prefix = f"{model.name}/"
    values = Probe(model).run(step.function, batches[-1])
    for value in values:
        value["where"] = value["where"].replace(prefix, "", 1)
    first = next((value for value in values if value["bad"]), None)
    return None if first is None else {**first, "order": values}


def _in_data(training: Any) -> dict | None:
    """The same, for what can be seen without the state before."""
    values = [_described("input", name, leaf) for name, leaf in _named(training.parts)]
    first = next((value for value in values if value["bad"]), None)
    return None if first is None else {**first, "order": values}


def _named(parts: tuple) -> list[tuple[str, Any]]:
    """The arrays of a batch with the names of the arguments."""
    named = []
    for name, part in zip(PARTS, parts, strict=False):
        leaves = tree.flatten(part)
        named += [(f"{name}[{i}]" if len(leaves) > 1 else name, np.asarray(leaf)) for i, leaf in enumerate(leaves)]
    return named


def _described(kind: str, where: str, array: Any) -> dict:
    array = np.asarray(array)
    wide = array.astype("float64") if array.dtype.kind not in "biuf" or array.dtype.itemsize < 4 else array
    finite = np.isfinite(wide)
    bad = int(finite.size - np.count_nonzero(finite))
    value = str(wide[~finite].flat[0]) if bad else ""
    largest = float(np.max(np.abs(wide), where=finite, initial=0.0))
    return {"kind": kind, "where": where, "value": value, "bad": bad, "size": int(wide.size), "largest": largest}


class _Found(Exception):
    """All values are known: the step need not go on."""


class Probe:
    """Runs a step operation by operation, and looks at each value.

    Args:
        model: The model, in the state before the step.
    """

    def __init__(self, model: Any) -> None:
        self.model = model
        self.layers: dict[str, Any] = {}  # the last value of each layer, and the first that is not finite
        self.rest: list[dict] = []

    def run(self, function: Any, batch: Batch) -> list[dict]:
        """The values of a step in their order: data, weights, layers, loss, gradients."""
        arrays = [np.empty(shape, dtype) for shape, dtype in batch.signature()]
        batch.into(arrays)
        data = tree.pack_sequence_as(batch.structure(), arrays)
        values = [_described("input", name, leaf) for name, leaf in _named(data)]
        values += [_described("weight", v.path, v.numpy()) for v in self.model.weights if v.dtype.startswith("float")]
        tensors = [from_host(a, d) for a, (_, d) in zip(arrays, batch.signature(), strict=True)]
        recording.open_tape(self)
        try:
            with _instead(self.model, "compute_loss", self._loss), _instead(self.model.optimizer, "apply", self._apply):
                function(tree.pack_sequence_as(batch.structure(), tensors))
        except _Found:
            pass
        finally:
            recording.close_tape(self)
        return [*values, *self.layers.values(), *self.rest]

    def append(self, record: Record) -> None:
        """Looks at the results of a call; the innermost layer that makes it has its name."""
        record.where = recording.where()
        where = record.where
        if not where or where.endswith(BACKWARD) or not record.outs or self.rest:
            return
        known = self.layers.get(where)
        if known is None or not known["bad"]:
            self.layers[where] = _described("activation", where, record.outs[0].numpy())

    def _loss(self, original: Any, *args: Any, **kwargs: Any) -> Tensor:
        loss = original(*args, **kwargs)
        self.rest.append(_described("loss", "loss", loss.numpy()))
        return loss

    def _apply(self, original: Any, grads: Any, variables: Any = None) -> None:
        pairs = list(zip(grads, variables or self.model.trainable_weights, strict=True))
        for gradient, variable in reversed(pairs):  # the last layer's come first
            if gradient is not None:
                self.rest.append(_described("gradient", f"gradient of {variable.path}", gradient.numpy()))
        raise _Found


@contextlib.contextmanager
def _instead(owner: Any, name: str, function: Any) -> Iterator[None]:
    """Puts `function(original, ...)` in the place of a method for a while."""
    original, own = getattr(owner, name), {n: v for n, v in vars(owner).items() if n == name}
    vars(owner)[name] = lambda *args, **kwargs: function(original, *args, **kwargs)
    try:
        yield
    finally:
        del vars(owner)[name]
        vars(owner).update(own)  # a person may have put a function of their own there
