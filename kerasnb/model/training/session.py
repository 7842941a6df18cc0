"""Session: the model and the data of a run, for what a person asks for during the training and after it."""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import numpy as np

from kerasnb.backend.plan.plan import engine_lock
from kerasnb.backend.tensor.variable import guards
from kerasnb.model.run import adjust, facts
from kerasnb.model.run.control import whole_epochs
from kerasnb.model.run.snapshots import Ring, Snapshot, metrics_of, variables_of
from kerasnb.model.training.dead import dead_units
from kerasnb.model.training.steering import END

if TYPE_CHECKING:  # the loop imports this file
    from collections.abc import Callable

    from kerasnb.model.run.run import Run

_busy: dict[int, tuple[int, Any]] = {}  # the thread and the run of each model that trains, by its id
_marks = threading.Lock()  # around looking whether a model is free and marking it
_STARTING = 0
PATIENCE = 2.0  # seconds in which a batch should end


class Session:
    """What a run of `fit` knows beyond its record.

    Args:
        model: The model.
        run: `Run`.
        training: The batches that it is trained on.
        again: Function of a number of epochs that goes on training in the background.
    """

    def __init__(self, model: Any, run: Run, training: Any, again: Callable[[int], Any]) -> None:
        self.model, self.run, self.training, self.again = model, run, training, again
        self.optimizer = model.optimizer
        self.planned = max(1, run.epochs - run.initial_epoch)
        self.ring = Ring()
        self.ring.start = run.initial_epoch - 1
        self.layers: list = []  # of the model at the end of the training
        run.control.check = lambda name, value: adjust.checked(model, name, value)
        run.control.check_epoch = self.promise_epoch

    def adjustable(self) -> dict[str, float]:
        """The hyper-parameters and their values."""
        return adjust.adjustable(self.model)

    def note_layers(self) -> None:
        """Notes which layers the model has, at the end of a training."""
        self.layers = layers_of(self.model)

    def check_epoch(self, epoch: Any) -> int:
        """The number of an epoch whose state is kept.

        Raises:
            ValueError: If it is not.
        """
        kept = self.ring.epochs()
        if epoch not in self.ring.kept:
            if not kept:
                raise ValueError(f"No weights are kept of this run. {self._how_to_keep()}")
            which = ", ".join(str(e + 1) for e in kept)
            shown = epoch + 1 if isinstance(epoch, int) else repr(epoch)
            raise ValueError(f"The weights of epoch {shown} are not kept. Kept: {which}. (The first epoch is 1 here.)")
        return int(epoch)

    def promise_epoch(self, epoch: Any) -> int:
        """The same, for an epoch that is put back later: its state stays until then."""
        with self.ring.lock:
            number = self.check_epoch(epoch)
            self.ring.pinned.add(number)
        return number

    def _how_to_keep(self) -> str:
        if self.run.keep_snapshots:
            return "They take too much memory, or no epoch has ended: `kw.set_budget(megabytes)` allows more."
        return (
            "The panel of a notebook keeps them while it is open. Elsewhere, a callback can set "
            "`self.model.run.keep_snapshots = True` in its `on_train_begin`."
        )

    def keep(self, epoch: int, pinned: bool = False) -> None:
        """Keeps the state at the end of an epoch."""
        if pinned:
            self.ring.pinned.add(epoch)
        place = facts.best_epoch(self.run, "loss")
        best = None if place is None else self.run.epoch_numbers[place]
        self.ring.take(epoch, variables_of(self.model), best)

    def keep_start(self, pinned: bool = False) -> None:
        """Keeps the state before the first epoch, as if an epoch had ended there."""
        if pinned:
            self.ring.pinned.add(self.ring.start)
        if self.ring.start not in self.ring.kept and not self.run.batches:
            self.ring.take(self.ring.start, variables_of(self.model))

    def look_for_dead_units(self) -> None:
        """Counts the units that do nothing, after the end or on the training thread."""
        if run_elsewhere(self.model) is None and self.run.trouble is None:
            self.run.dead = dead_units(self.model, self.training)

    def put_back(self, epoch: int) -> None:
        """Puts the state at the end of an epoch back.

        Raises:
            ValueError: If it is not kept, or the model has other weights than then.
        """
        with self.ring.lock:  # another training may drop it
            snapshot = self.ring.kept[self.check_epoch(epoch)]
        if snapshot.younger(self.model.variables):
            raise ValueError(f"The model has other weights than at the end of epoch {epoch + 1}, so they do not fit.")
        snapshot.restore()
        if self.model.optimizer is self.optimizer:
            for slot in snapshot.younger(self.optimizer.variables):
                slot.assign(np.zeros(slot.shape, slot.numpy().dtype))  # a velocity that came later
        self.run.restored = epoch
        self.run.event("restored", epoch=epoch)
        if self.run.trouble is not None and epoch < self.run.trouble["epoch"]:
            self.run.trouble, self.run.is_finite = None, True  # of weights that are gone
            self.model.reset_metrics()  # means would stay not finite up to the end of the epoch
        rate = self.adjustable().get(adjust.RATE)
        if rate is not None and rate != self.run.learning_rate:
            self.run.event("learning_rate", value=rate)

    def restore(self, epoch: int) -> None:
        """Puts the state at the end of an epoch back: now, or after the batch that runs."""
        if not self.run.finished:
            self.run.control.restore(epoch)
            return
        self.check_epoch(epoch)
        check_free(self.model)
        with engine_lock:
            self.put_back(epoch)
        self.run.actions.append((self.run.epoch, END, "restore", epoch))

    def start_again(self) -> Any:
        """Puts the state before the first epoch back; after the end, also trains as many epochs as were planned."""
        start = self.ring.start
        if start not in self.ring.kept:
            raise ValueError(f"The weights before the first epoch are not kept. {self._how_to_keep()}")
        self.restore(start)
        return self.extend(self.planned) if self.run.finished else None

    def extend(self, epochs: int) -> Any:
        """Trains more epochs in the background."""
        count = whole_epochs(epochs)
        if not self.run.finished:
            raise ValueError("The training has not ended. To add epochs to it, use run.control.add_epochs(epochs).")
        check_free(self.model)
        if not same(self.layers, layers_of(self.model)):
            raise ValueError(
                "The layers of the model have changed since this training, so it cannot go on. "
                "Call `model.fit(...)` to train the model as it is now."
            )
        self.run.actions.append((self.run.epoch, END, "extend", count))
        return self.again(count)


def layers_of(model: Any) -> list:
    """All layers, those inside of others too, in their order."""
    return list(model._flatten_layers(include_self=False))


def same(one: list, two: list) -> bool:
    """Whether two lists hold the same objects."""
    return len(one) == len(two) and all(a is b for a, b in zip(one, two, strict=True))


def claim(model: Any, run: Run) -> None:
    """Marks a model as being trained by a thread that is about to start."""
    _mark(model, _STARTING, run)


def release(model: Any) -> None:
    """Takes the mark off."""
    _busy.pop(id(model), None)
    guards.pop(id(model), None)


def _mark(model: Any, thread: int, run: Run) -> tuple | None:
    """Marks a model as being trained, unless another run does so; returns the mark that it had."""
    with _marks:
        before = _busy.get(id(model))
        if before is None or before[1] is not run:
            check_free(model)
        _busy[id(model)] = (thread, run)
    _guard(model)
    return before


def _guard(model: Any) -> None:
    """Refuses that another thread assigns a weight of the model, whichever layer it gets it from."""

    def refuse(variable: Any) -> None:
        if run_elsewhere(model) is not None and any(variable is weight for weight in model.weights):
            check_free(model)

    guards[id(model)] = refuse


class training:
    """Marks a model as being trained by this thread, so that no other thread begins to.

    Raises:
        RuntimeError: If another thread trains it.
    """

    def __init__(self, model: Any, run: Run) -> None:
        self.model, self.run = model, run
        self.outer: tuple | None = None

    def __enter__(self) -> None:
        self.outer = _mark(self.model, threading.get_ident(), self.run)

    def __exit__(self, *_: object) -> None:
        if _busy.get(id(self.model), (None,))[0] != threading.get_ident():
            return  # the run goes on in the background
        if self.outer is None or self.outer[0] == _STARTING:
            release(self.model)
        else:
            _busy[id(self.model)] = self.outer


def run_elsewhere(model: Any) -> Run | None:
    """The run in which another thread trains a model, or None."""
    thread, run = _busy.get(id(model), (None, None))
    return None if thread in (None, threading.get_ident()) else run


def check_free(model: Any) -> None:
    """Raises RuntimeError while another thread trains a model."""
    run = run_elsewhere(model)
    if run is not None:
        raise RuntimeError(
            f"The model is being trained ({facts.headline(run)}). Wait for its end, or stop it with "
            "`model.run.control.request_stop()`; then try again."
        )


@contextlib.contextmanager
def visiting(model: Any, metrics: bool = False) -> Iterator[None]:
    """While another thread trains a model, holds that training between two batches.

    Args:
        model: The model.
        metrics: Boolean, whether metrics change inside, and must be put back.
    """
    run = run_elsewhere(model)
    if run is None:
        yield
        return
    run.control.enter()
    try:  # also around the wait: an interrupt in it must not leave the training parked
        run.control.wait_until_parked(PATIENCE)
        if metrics:
            with engine_lock:
                kept = Snapshot(metrics_of(model))
                try:
                    yield
                finally:
                    kept.restore()
        else:
            yield
    finally:
        run.control.leave()
