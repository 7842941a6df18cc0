"""The loops of evaluate and predict, and what they share with that of fit: they run steps and record a run."""

from __future__ import annotations

import contextlib
from collections.abc import Collection, Iterator
from typing import Any, NamedTuple

import numpy as np

from kerasnb import tree
from kerasnb.backend.compile import jit
from kerasnb.backend.warn import warn_user
from kerasnb.callbacks import CallbackList
from kerasnb.model.data.checks import check_count, check_frequency
from kerasnb.model.data.iterators import Batches
from kerasnb.model.run import failure
from kerasnb.model.run.control import Control
from kerasnb.model.run.run import Run, open_view
from kerasnb.model.training import outputs
from kerasnb.model.training.session import visiting
from kerasnb.model.training.step import Outcome
from kerasnb.model.training.targets import cause_in_data


class FitOptions(NamedTuple):
    """Epochs, validation and display of a run, and how it is watched and steered."""

    epochs: int
    initial_epoch: int
    verbose: str | int
    validation_freq: int | Collection[int]
    background: bool = False
    watch: Any = None
    stop_on_nan: bool = False


def number_of(result: Any) -> Any:
    """A result as a float, or as an array where a metric has several values, one for each class for example."""
    array = np.asarray(result)
    return array.item() if array.size == 1 else array


class Logs:
    """Reads the results of a step by name, in sorted order: floats, and arrays where a metric has several values."""

    def __init__(self) -> None:
        self.structure: Any = None
        self.names: list[str] = []
        self.several = False

    def __call__(self, outcome: Outcome) -> dict:
        """The results of a step by name."""
        structure, arrays = outcome
        if structure is not self.structure:
            self.structure, self.names = structure, outputs.leaf_names(structure)
            self.several = any(array.size != 1 for array in arrays)
        return {name: number_of(array) for name, array in zip(self.names, arrays, strict=True)}

    def plain(self, logs: dict) -> dict:
        """The results as floats, for curves and progress lines: the mean of several values."""
        return {name: float(np.mean(value)) for name, value in logs.items()} if self.several else logs


class Executions:
    """Calls the hooks of callbacks around groups of batches, whose size is `steps_per_execution`.

    Args:
        calls: `CallbackList`.
        kind: `"train"`, `"test"` or `"predict"`.
        steps: Integer, number of batches in a group.
    """

    def __init__(self, calls: CallbackList, kind: str, steps: int) -> None:
        self.active, self.steps = calls.has_batch_hooks, steps
        self.start: int | None = None
        self.logs: dict | None = None
        self.begin, self.end = (getattr(calls, f"on_{kind}_batch_{when}") for when in ("begin", "end"))

    def before(self, number: int) -> None:
        """Before a batch."""
        if self.active and self.start is None:
            self.start = number
            self.begin(number)

    def after(self, number: int, logs: dict) -> bool:
        """After a batch; returns whether it was the last of a group."""
        last = self.steps == 1 or (number + 1) % self.steps == 0
        if self.active:
            self.logs = logs
            if last:
                self.finish()
        return last

    def finish(self) -> None:
        """After the last batch of a group."""
        if self.active and self.start is not None:
            self.end(self.start + self.steps - 1, self.logs)
        self.start = None


@contextlib.contextmanager
def watched(run: Run, view: Any) -> Iterator[Any]:
    """Records compile phases and errors in a run, and ends it and its view."""
    status = "failed"
    try:
        jit.phases.listeners.append(run.phase)
        yield view
        status = "completed"
    except Exception as problem:
        run.failure, run.reason = failure.of(problem, run), {"kind": "failed", "epoch": run.epoch, "batch": run.step}
        raise
    finally:
        with contextlib.suppress(ValueError):  # an interrupt may come before it was added
            jit.phases.listeners.remove(run.phase)
        run.finish(run.status_at_end(status))
        view.close()


def run_of(model: Any, kind: str, batches: Batches, options: FitOptions, validation: bool) -> Run:
    """The record of a call that begins.

    Raises:
        ValueError: If an option is invalid.
    """
    _check(options)
    optimizer = model.optimizer
    run = Run(
        kind=kind, epochs=options.epochs, initial_epoch=options.initial_epoch, steps=batches.steps,
        batch_size=batches.batch_size, model_name=model.name, metrics_names=_known_names(model), validation=validation,
        learning_rate=_rate(optimizer) if optimizer is not None else None, cause=lambda: cause_in_data(model, batches),
    )  # fmt: skip
    run.kin = f"{run.kin} {run.metrics_names} {getattr(model, 'input_shape', None)}"
    run.listeners.append(lambda kind: _warn_of_loss(run) if kind == "event" else None)
    return run


def _warn_of_loss(run: Run) -> None:
    """Warns when the loss has become NaN or infinite, which a run reports once."""
    event = run.events[-1]
    if event["kind"] == "loss_not_finite":
        warn_user(
            f"The loss is not finite: it is {event['value']} after batch {run.step + 1} of epoch {run.epoch + 1}; "
            f"{event['advice']}."
        )


def _check(options: FitOptions) -> None:
    """Raises ValueError for invalid options, before the loop begins."""
    check_count(options.initial_epoch, "initial_epoch", least=0)
    if check_count(options.epochs, "epochs", least=0) is None:
        raise ValueError("Argument `epochs` must be an integer. Received: epochs=None")
    check_frequency(options.validation_freq)
    if isinstance(options.verbose, str) and options.verbose != "auto":
        raise ValueError(f'Argument `verbose` must be "auto", 0, 1 or 2. Received: verbose={options.verbose!r}')


def _known_names(model: Any) -> list:
    return sorted(model._names()) if model.compiled else []


def _rate(optimizer: Any) -> float | None:
    """The learning rate, where it is a number that can be changed while training."""
    try:
        return float(optimizer.learning_rate)
    except (TypeError, AttributeError):
        return None


def callbacks_of(
    model: Any, callbacks: Any, batches: Batches, options: FitOptions, history: bool = False
) -> CallbackList:  # fmt: skip
    """The callbacks of a call as one; with a History if that is asked for."""
    if isinstance(callbacks, CallbackList):
        return callbacks
    return CallbackList(
        callbacks, add_history=history, add_progbar=False, model=model, verbose=options.verbose, epochs=options.epochs,
        steps=batches.steps,
    )  # fmt: skip


class NoBatch(ValueError):
    """The data has no batch."""

    def __init__(self) -> None:
        super().__init__("The data gave no batch: expected at least one.")


def test(
    model: Any, batches: Batches, calls: CallbackList, run: Run | None, view: Any, control: Control
) -> dict | None:  # fmt: skip
    """Runs the test step on all batches; returns None where that was stopped."""
    step = model._step("test_step")
    read, hooks = Logs(), Executions(calls, "test", model.steps_per_execution)
    logs: dict = {}
    model.reset_metrics()
    calls.on_test_begin()
    for number, batch in enumerate(batches.epoch()):
        hooks.before(number)
        logs = read(step.run(batch))
        hooks.after(number, logs)
        if run is not None:
            run.record_batch(number, read.plain(logs))
            view.update()
        if control.pending:
            control.let_guests_in()
            if control.stop:
                break
    hooks.finish()
    if not logs:
        raise NoBatch
    calls.on_test_end(logs)
    return None if control.stop else logs


def evaluate(model: Any, batches: Batches, callbacks: Any, verbose: str | int) -> dict:
    """The loss and metrics on all batches, by name."""
    options = FitOptions(1, 0, verbose, 1)
    run, calls = run_of(model, "evaluate", batches, options, False), callbacks_of(model, callbacks, batches, options)
    with visiting(model, metrics=True), watched(run, open_view(run, verbose)) as view:
        run.start()
        run.begin_epoch(0)
        logs = test(model, batches, calls, run, view, run.control) or {}
        run.end_epoch(0, logs)
    return logs


def predict(model: Any, batches: Batches, callbacks: Any, verbose: str | int) -> Any:
    """The outputs for all batches, joined."""
    options = FitOptions(1, 0, verbose, 1)
    run, calls = run_of(model, "predict", batches, options, False), callbacks_of(model, callbacks, batches, options)
    step, joined, pending = model._step("predict_step"), None, None
    hooks = Executions(calls, "predict", model.steps_per_execution)
    with visiting(model), watched(run, open_view(run, verbose)) as view:
        run.start()
        run.begin_epoch(0)
        calls.on_predict_begin()
        for number, batch in enumerate(batches.epoch()):
            hooks.before(number)
            structure, arrays = step.run(batch)
            joined = joined or Joined(arrays, batches.count)
            joined.add(arrays)
            pending = arrays if pending is None else [np.concatenate(p) for p in zip(pending, arrays, strict=True)]
            if hooks.after(number, {"outputs": tree.pack_sequence_as(structure, pending)}):
                pending = None
            run.record_batch(number, {})
            view.update()
        hooks.finish()
        calls.on_predict_end()
        run.end_epoch(0, {})
    if joined is None:
        raise NoBatch
    return tree.pack_sequence_as(structure, joined.arrays())


class Joined:
    """Joins the outputs of batches; the number of samples may be unknown."""

    def __init__(self, first: list, count: int | None) -> None:
        self.whole = [np.empty((count, *a.shape[1:]), a.dtype) for a in first] if count is not None else None
        self.parts: list[list] = [[] for _ in first]
        self.at = 0

    def add(self, arrays: list) -> None:
        """Adds the outputs of one batch."""
        rows = len(arrays[0])
        for i, array in enumerate(arrays):
            if self.whole is None:
                self.parts[i].append(array)
            else:
                self.whole[i][self.at : self.at + rows] = array
        self.at += rows

    def arrays(self) -> list:
        """The joined arrays."""
        if self.whole is None:
            return [np.concatenate(p) for p in self.parts]
        return [w[: self.at] for w in self.whole]
