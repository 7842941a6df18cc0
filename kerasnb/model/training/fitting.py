"""The loop of fit: it trains on batches, validates, applies what a person asks for, and records a run."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from typing import Any

import numpy as np

from kerasnb.backend import settings
from kerasnb.backend.plan.plan import engine_lock
from kerasnb.backend.warn import warn_user
from kerasnb.callbacks import CallbackList, History
from kerasnb.model.data.iterators import RAN_OUT, Batches
from kerasnb.model.run import config, facts, failure, reason
from kerasnb.model.run.replay import Replay
from kerasnb.model.run.run import Run, at_home, is_notebook, open_view, widgets
from kerasnb.model.training.background import Background
from kerasnb.model.training.interrupt import graceful
from kerasnb.model.training.loop import Executions, FitOptions, Logs, NoBatch, callbacks_of, run_of, test, watched
from kerasnb.model.training.probe import Before, find
from kerasnb.model.training.session import Session, claim, release, run_elsewhere, training
from kerasnb.model.training.steering import Steering


def fit(
    model: Any, batches: Batches, validation: Batches | None, callbacks: Any, options: FitOptions
) -> History | Background:  # fmt: skip
    """Trains and returns the History callback; in the background, returns what waits for it."""
    run = run_of(model, "fit", batches, options, validation is not None)
    run.config = config.of(
        model, batch_size=batches.batch_size, epochs=options.epochs - options.initial_epoch,
        samples=getattr(batches, "count", None), validation=validation is not None,
    )  # fmt: skip
    calls = callbacks_of(model, callbacks, batches, options, history=True)
    if options.watch is not None:
        calls.append(options.watch)
        options.watch.set_model(model)
    # From here on an interrupt ends this run, also one that comes before its first batch.
    with graceful(run.interrupt), training(model, run), _begun(run):
        model.stop_training, run.watch, model.run = False, options.watch, run
        # The view comes first: while the loop is made, JupyterLab opens a way for messages into the busy kernel. What a
        # page asks before, waits for the end of the cell; the panel then asks again, a second and a half later.
        view = open_view(run, options.verbose, options.background)
        loop = FitLoop(model, batches, validation, calls, run, view, options)
        run.session = loop.session
        model._report("trains", run)
        return loop.in_background() if options.background else loop.train()


@contextlib.contextmanager
def _begun(run: Run) -> Iterator[None]:
    """Ends a run that has not begun, where something comes between: nothing waits for it for ever."""
    try:
        yield
    except BaseException as problem:
        if run.started is None:
            run.finish("interrupted" if isinstance(problem, KeyboardInterrupt) else "failed")
        raise


@contextlib.contextmanager
def reported(model: Any, epochs: Any, verbose: Any) -> Iterator[None]:
    """Makes a run of an error that comes before there is one: `model.run.failure` describes it."""
    try:
        yield
    except Exception as problem:
        if not failure.is_reported(problem):
            run = Run(epochs=epochs if isinstance(epochs, int) else 1, model_name=model.name)
            run.failure = failure.of(problem, run)
            run.finish("failed")
            _show(run, problem, model, verbose)
            if run_elsewhere(model) is None:  # a run that goes on is worth more
                model.run = run
        raise


def _show(run: Run, problem: Exception, model: Any, verbose: Any) -> None:
    """Shows a run that did not start, in a notebook."""
    if verbose == "auto" and is_notebook() and settings.is_interactive_logging_enabled():
        widgets().show_failure(run, problem, model)


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
        self.replay = next((c for c in calls.callbacks if isinstance(c, Replay)), None)
        self.session = Session(model, run, training, self.again)
        self.steering = Steering(model, run, self.session, self.replay)
        self.first = options.initial_epoch
        self.before = Before(model, training)
        run.probe = self._probe

    # --- all of it, here or on another thread, once or again

    def train(self) -> History:
        """Trains, with all that a replay asks for after the end."""
        self._once()
        while self.replay is not None and (count := self.replay.take_extension()) is not None:
            self._reopen(count)
            self._once()
        return self.calls._history or self.model.history

    def in_background(self) -> Background:
        """Trains on another thread. The view appears where this one was called."""
        with graceful(self.run.interrupt):  # whoever is interrupted here gets no handle: the training ends, too
            claim(self.model, self.run)
            try:
                if self.run.started is None:
                    self.run.start()
                return Background(self.run, self.train)
            except BaseException:
                release(self.model)
                raise

    def again(self, count: int) -> Background:
        """Trains more epochs after the end, in the background."""
        self._reopen(count)
        return self.in_background()

    def _reopen(self, count: int) -> None:
        run = self.run
        self.first = run.epoch_numbers[-1] + 1 if run.epoch_numbers else self.options.initial_epoch
        self.model.stop_training = False
        self.step = self.model._step("train_step")  # another one, where the model was compiled again
        run.reopen(self.first + count)
        self._renew_history()

    def _renew_history(self) -> None:
        """Gives the next part a History of its own, as every call of fit has."""
        calls, history = self.calls, History()
        if calls._history is not None:
            calls.callbacks = [history if callback is calls._history else callback for callback in calls.callbacks]
            calls._history = history
            calls.set_model(self.model)
            calls.set_params(calls.params or {})

    def _once(self) -> None:
        with (
            at_home(self.run), training(self.model, self.run), graceful(self.run.interrupt),
            watched(self.run, self.view),
        ):  # fmt: skip
            if self.run.started is None:
                self.run.start()
            try:
                self.go()
            finally:
                self.before.snapshot = None  # it is as large as the model
                self.session.note_layers()
        if self.model.history is not None:  # a list of callbacks that a person made may have none
            self.model.history.run = self.run

    # --- the epochs

    def go(self) -> None:
        """Runs all epochs."""
        self.model.timeline.begin()
        self.calls.on_train_begin()
        self.steering.before_epochs(self.before)
        logs, epoch, exhausted = None, self.first, False
        while epoch < self.run.epochs:
            logs = self._epoch(epoch)
            exhausted = self._has_ended(epoch)
            if not self._goes_on(epoch, exhausted):
                break
            epoch += 1
        if hasattr(self.model.optimizer, "finalize_variable_values"):
            self.model.optimizer.finalize_variable_values(self.model.trainable_weights)
        self.calls.on_train_end(logs)
        self._end(exhausted, complete=logs is not None)

    def _goes_on(self, epoch: int, exhausted: bool) -> bool:
        """Whether another epoch follows. What is asked for until the very end counts: it may be more epochs."""
        control = self.run.control
        while exhausted or self.model.stop_training or control.stop or epoch + 1 >= self.run.epochs:
            if control.close():
                return False
            self._apply(epoch, None)
        return True

    def _end(self, exhausted: bool, complete: bool) -> None:
        """Notes why the training has ended, and which weights are in the model."""
        run = self.run
        if run.control.stop:
            self.steering.stopped(complete)
        run.reason = reason.of_end(self.model, self.calls, run, exhausted)
        if run.reason.get("restored"):
            run.restored = run.reason["best_epoch"]
        if run.keep_snapshots:  # a person looks
            with contextlib.suppress(Exception):  # a layer that cannot be called so has no units to count
                self.session.look_for_dead_units()
        self.steering.after_end(run.epoch)

    def _epoch(self, epoch: int) -> dict | None:
        with engine_lock:
            self.model.reset_metrics()
        self.calls.on_epoch_begin(epoch)
        self.run.begin_epoch(epoch)
        self.before.begin_epoch()
        logs, complete = self._batches(epoch)
        if logs is None or (not complete and self.run.control.stop):
            return None  # the history holds complete epochs only
        if self.validation is not None and self._validates(epoch):
            validated = self._validate()
            if validated is None:
                return None
            logs.update(validated)
        logs = dict(logs)
        self.calls.on_epoch_end(epoch, logs)
        self.run.end_epoch(epoch, logs)
        self.model.timeline.add(epoch, self.run.logs)
        self.steering.after_epoch(epoch)
        self.view.update()
        if self.run.control.pending:
            self._apply(epoch, None)
        return logs

    def _batches(self, epoch: int) -> tuple[dict | None, bool]:
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
                self._apply(epoch, number)
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
        if self.training.ended and self.training.steps is None and epoch + 1 < self.run.epochs:
            warn_user(RAN_OUT)
        return self.training.ended

    def _ran_out(self) -> None:
        """Ends the run where the data is exhausted; the first epoch needs some."""
        if not self.run.batches:
            raise NoBatch
        warn_user(RAN_OUT)
        self.model.stop_training = True

    def _apply(self, epoch: int, batch: int | None) -> None:
        """Applies requests that came while the batch ran, or until the end of the epoch."""
        self.steering.apply(epoch, batch, self.model.stop_training)
        if self.calls.params:
            self.calls.params["epochs"] = self.run.epochs
        if self.steering.acted:
            self.steering.acted = False
            self.before.changed(batch)
        if self.steering.changed:
            self.steering.changed = False
            self.step = self.model._step("train_step")

    def _probe(self) -> dict | None:
        """The first value that is not finite, once the loss is not; ends the training if that was asked for."""
        if self.options.stop_on_nan:
            self.run.stopped_on_nan = self.run.control.stop = self.run.control.pending = True
        try:
            found = find(self.before, self.step, self.run.step, facts.step_seconds(self.run) or 0.0)
            return found if found is None else self._placed(found)
        except Exception as problem:  # a layer that cannot run twice must not end a training
            warn_user(f"Where the loss became not finite could not be found: {problem!r}")
            return None

    def _placed(self, found: dict) -> dict:
        """What was found with its batch, where that is the one before."""
        if not found.pop("earlier", 0):
            return found
        if self.run.step > 0:
            return {**found, "batch": self.run.step - 1}
        return {**found, "epoch": self.run.epoch - 1, "batch": (self.training.steps or 1) - 1}

    def _validates(self, epoch: int) -> bool:
        frequency = self.options.validation_freq
        if isinstance(frequency, (int, np.integer)):
            return (epoch + 1) % frequency == 0
        return epoch + 1 in frequency

    def _validate(self) -> dict | None:
        """The results of the validation by name; None where it was stopped."""
        if self.validation is None:
            return {}
        if self.validation.ended:
            warn_user(f"{RAN_OUT} The remaining epochs are not validated.")
            self.validation = None
            return {}
        self.run.begin_validation(self.validation.steps)
        try:
            logs = test(self.model, self.validation, self.calls, None, None, self.run.control)
            return None if logs is None else {f"val_{k}": v for k, v in logs.items()}
        except NoBatch:
            if not self.validation.parts:
                raise
            self.validation.ended = True  # a generator whose last batch was used by the validation before
            return self._validate()
