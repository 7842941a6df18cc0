"""The loops of fit, evaluate and predict: they run steps on batches, and record a run."""

from __future__ import annotations

import contextlib
from collections.abc import Collection, Iterator
from typing import Any, NamedTuple

import numpy as np

from kerasnb import tree
from kerasnb.backend.compile import jit
from kerasnb.backend.warn import warn_user
from kerasnb.callbacks import CallbackList, History
from kerasnb.model.data.checks import check_count, check_frequency
from kerasnb.model.data.iterators import RAN_OUT, Batches
from kerasnb.model.run import config
from kerasnb.model.run.control import Control
from kerasnb.model.run.run import Run, of_history, open_view
from kerasnb.model.training import outputs
from kerasnb.model.training.interrupt import graceful
from kerasnb.model.training.step import Outcome
from kerasnb.model.training.targets import cause_in_data


class FitOptions(NamedTuple):
    """Epochs, validation and display of a run."""

    epochs: int
    initial_epoch: int
    verbose: str | int
    validation_freq: int | Collection[int]


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
def _watched(run: Run, verbose: str | int) -> Iterator[Any]:
    """Opens a view of the run, and records compile phases in it."""
    view = open_view(run, verbose)
    status = "failed"
    try:
        jit.phases.listeners.append(run.phase)
        yield view
        status = "completed"
    finally:
        with contextlib.suppress(ValueError):  # an interrupt may come before it was added
            jit.phases.listeners.remove(run.phase)
        run.finish(run.status_at_end(status))
        view.close()


def fit(model: Any, training: Batches, validation: Batches | None, callbacks: Any, options: FitOptions) -> History:
    """Trains and returns the History callback."""
    run = _run(model, "fit", training, options, validation is not None)
    run.config = config.of(
        model, batch_size=training.batch_size, epochs=options.epochs - options.initial_epoch,
        samples=getattr(training, "count", None), validation=validation is not None,
    )  # fmt: skip
    calls = _callbacks(model, callbacks, training, options)
    model.stop_training = False
    with graceful(run.interrupt):
        with _watched(run, options.verbose) as view:
            run.start()
            FitLoop(model, training, validation, calls, run, view, options).go()
        model.run = run
        if model.history is not None:  # a list of callbacks that a person made may have none
            of_history[model.history] = run
    return model.history


def _run(model: Any, kind: str, batches: Batches, options: FitOptions, validation: bool) -> Run:
    _check(options)
    optimizer = model.optimizer
    run = Run(
        kind=kind, epochs=options.epochs, initial_epoch=options.initial_epoch, steps=batches.steps,
        batch_size=batches.batch_size, model_name=model.name, metrics_names=_known_names(model), validation=validation,
        learning_rate=_rate(optimizer) if optimizer is not None else None, cause=lambda: cause_in_data(model, batches),
    )  # fmt: skip
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


def _callbacks(model: Any, callbacks: Any, batches: Batches, options: FitOptions) -> CallbackList:
    if isinstance(callbacks, CallbackList):
        return callbacks
    return CallbackList(
        callbacks, add_history=True, add_progbar=False, model=model, verbose=options.verbose, epochs=options.epochs,
        steps=batches.steps,
    )  # fmt: skip


class FitLoop:
    """One call of fit.

    Args:
        model: The model.
        training: Batches to train on.
        validation: Batches to validate on, or None.
        calls: `CallbackList`.
        run: `Run` that records it.
        view: View of the run.
        options: `FitOptions`.
    """

    def __init__(
        self, model: Any, training: Batches, validation: Batches | None, calls: CallbackList, run: Run, view: Any,
        options: FitOptions,
    ) -> None:  # fmt: skip
        self.model, self.training, self.validation = model, training, validation
        self.calls, self.run, self.view, self.options = calls, run, view, options
        self.step = model._step("train_step")
        self.logs = Logs()

    def go(self) -> None:
        """Runs all epochs."""
        self.calls.on_train_begin()
        logs = None
        for epoch in range(self.options.initial_epoch, self.options.epochs):
            logs = self._epoch(epoch)
            if self.model.stop_training or self.run.control.stop or self._has_ended(epoch):
                break
        if hasattr(self.model.optimizer, "finalize_variable_values"):
            self.model.optimizer.finalize_variable_values(self.model.trainable_weights)
        self.calls.on_train_end(logs)

    def _epoch(self, epoch: int) -> dict | None:
        self.model.reset_metrics()
        self.calls.on_epoch_begin(epoch)
        self.run.begin_epoch(epoch)
        logs, complete = self._batches()
        if logs is None or (not complete and self.run.control.stop):
            return None  # the history holds complete epochs only
        if self.validation is not None and self._validates(epoch):
            logs.update(self._validate())
        logs = dict(logs)
        self.calls.on_epoch_end(epoch, logs)
        self.run.end_epoch(epoch, logs)
        self.view.update()
        return logs

    def _batches(self) -> tuple[dict | None, bool]:
        """Trains on the batches of an epoch; returns its logs (None without any batch) and whether it was complete."""
        logs: dict = {}
        control, hooks = self.run.control, Executions(self.calls, "train", self.model.steps_per_execution)
        number = -1
        for number, batch in enumerate(self.training.epoch()):
            hooks.before(number)
            logs = self.logs(self.step.run(batch))
            complete = hooks.after(number, logs)
            self.run.record_batch(number, self.logs.plain(logs))
            self.view.update()
            if control.pending:
                self._apply(control)
            if control.stop or (complete and self.model.stop_training):
                hooks.finish()
                return logs, self.training.steps is not None and number + 1 == self.training.steps
        hooks.finish()
        if number < 0:
            self._ran_out()
            return None, False
        return logs, True

    def _has_ended(self, epoch: int) -> bool:
        """Whether the data is exhausted; for a generator of an unknown number of batches, warns of it."""
        if self.training.ended and self.training.steps is None and epoch + 1 < self.options.epochs:
            warn_user(RAN_OUT)
        return self.training.ended

    def _ran_out(self) -> None:
        """Ends the run where the data is exhausted; the first epoch needs some."""
        if not self.run.batches:
            raise NoBatch
        warn_user(RAN_OUT)
        self.model.stop_training = True

    def _apply(self, control: Control) -> None:
        """Applies requests that came while the batch ran."""
        while control.pending:
            rate = control.take_learning_rate()
            if rate is not None:
                self.model.optimizer.learning_rate = rate
                self.run.event("learning_rate", value=rate)
            control.wait_while_paused()  # until resumed, stopped, or another learning rate is requested

    def _validates(self, epoch: int) -> bool:
        frequency = self.options.validation_freq
        if isinstance(frequency, (int, np.integer)):
            return (epoch + 1) % frequency == 0
        return epoch + 1 in frequency

    def _validate(self) -> dict:
        if self.validation is None:
            return {}
        if self.validation.ended:
            warn_user(f"{RAN_OUT} The remaining epochs are not validated.")
            self.validation = None
            return {}
        self.run.begin_validation(self.validation.steps)
        try:
            return {f"val_{k}": v for k, v in _test(self.model, self.validation, self.calls, None, None).items()}
        except NoBatch:
            if not self.validation.parts:
                raise
            self.validation.ended = True  # a generator whose last batch was used by the validation before
            return self._validate()


class NoBatch(ValueError):
    """The data has no batch."""

    def __init__(self) -> None:
        super().__init__("The data gave no batch: expected at least one.")


def _test(model: Any, batches: Batches, calls: CallbackList, run: Run | None, view: Any) -> dict:
    """Runs the test step on all batches."""
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
    hooks.finish()
    if not logs:
        raise NoBatch
    calls.on_test_end(logs)
    return logs


def evaluate(model: Any, batches: Batches, callbacks: Any, verbose: str | int) -> dict:
    """The loss and metrics on all batches, by name."""
    options = FitOptions(1, 0, verbose, 1)
    run, calls = _run(model, "evaluate", batches, options, False), _callbacks(model, callbacks, batches, options)
    with _watched(run, verbose) as view:
        run.start()
        run.begin_epoch(0)
        logs = _test(model, batches, calls, run, view)
        run.end_epoch(0, logs)
    return logs


def predict(model: Any, batches: Batches, callbacks: Any, verbose: str | int) -> Any:
    """The outputs for all batches, joined."""
    options = FitOptions(1, 0, verbose, 1)
    run, calls = _run(model, "predict", batches, options, False), _callbacks(model, callbacks, batches, options)
    step, joined, pending = model._step("predict_step"), None, None
    hooks = Executions(calls, "predict", model.steps_per_execution)
    with _watched(run, verbose) as view:
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
