"""A run: an append-only record of what happens during `fit`, `evaluate` or `predict`.

The loop writes, views read; a reader may be on another thread. Nothing of Jupyter is imported, and recording a batch
takes a few list appends, so it is always on.
"""

from __future__ import annotations

import contextlib
import importlib
import math
import os
import sys
import threading
import time
from array import array
from collections.abc import Callable, Iterable, Mapping
from types import ModuleType
from typing import Any

import numpy as np

from kerasnb.backend import settings
from kerasnb.model.run import coach, facts, past
from kerasnb.model.run.control import Control
from kerasnb.model.run.steered import Steered
from kerasnb.model.run.text import NoView, TextView

ENDED = ("completed", "stopped", "interrupted", "failed")
_last: list[Run] = []


class Run(Steered):
    """The record of one call of `fit`, `evaluate` or `predict`.

    Args:
        kind: String, `"fit"`, `"evaluate"` or `"predict"`.
        epochs: Integer, the epoch at which training ends.
        initial_epoch: Integer, the epoch at which it starts.
        steps: Integer, number of batches in an epoch, or None if unknown.
        batch_size: Integer, or None if unknown.
        model_name: String.
        metrics_names: Names of the values that batches report.
        validation: Boolean, whether epochs end with a validation.
        learning_rate: Float, or None where it cannot be changed while training.
        cause: Function that returns why the loss may be NaN or infinite, or None.

    Attributes:
        control: `Control`, what a person asks of the training while it runs.
        reason: Dict, why the training ended: see `reason.of_end`. None before.
        trouble: Dict with `epoch`, `batch`, `where` and `value` of the first value that was not finite, or None.
        failure: Dict with `title`, `text`, `fix`, `sides`, `line` and `trace` of an error that ended the run, or None.
        last_step: Dict of what the last single step did, or None: see `Control.step`.
        keep_snapshots: Boolean, whether the state at the end of each epoch is kept; views for a person set it.
        restored: The number of the epoch whose weights were put back and are in the model, or None.
        actions: List of what a person did and when: tuples `(epoch, batch, what, ...)`; `batch` is None at the end
            of an epoch. `code()` makes code of it.
        watch: What `fit(watch=...)` was given.

    Numbers of epochs and batches start from 0 in all of them.

    Example:

    >>> from kerasnb.model.run.run import Run
    >>> run = Run(epochs=1, steps=2)
    >>> run.start()
    >>> run.begin_epoch(0)
    >>> run.record_batch(0, {"loss": 0.5})
    >>> run.end_epoch(0, {"loss": 0.4})
    >>> run.finish("completed")
    >>> run.history, run
    ({'loss': [0.4]}, <kerasnb.Run epochs=1>)
    """

    def __init__(
        self, kind: str = "fit", epochs: int = 1, initial_epoch: int = 0, steps: int | None = None,
        batch_size: int | None = None, model_name: str = "", metrics_names: Iterable[str] = (),
        validation: bool = False, learning_rate: float | None = None,
        cause: Callable[[], str | None] = lambda: None,
    ) -> None:  # fmt: skip
        self.kind, self.epochs, self.initial_epoch = kind, epochs, initial_epoch
        self.steps, self.batch_size, self.model_name = steps, batch_size, model_name
        self.metrics_names, self.validation, self.learning_rate = list(metrics_names), validation, learning_rate
        self.home: Any = None  # the cell that called `fit`, where another thread than the notebook's trains
        self.config: dict = {}  # what it was made with, as `config.of` returns it
        self.status, self.interrupted = "created", False
        self.cause, self.is_finite = cause, True
        self.started: float | None = None
        self.ended: float | None = None
        self.control = Control(self.event, lambda: self._notify("tick"))
        self.listeners: list[Callable[[str], None]] = []
        # One row per batch. A row is complete once it has a time, so time is appended last.
        # Readers take slices: a buffer that is kept of one of these arrays would make appending fail.
        self.columns: dict[str, array] = {}
        self.batch_times = array("d")
        self._names = self.columns.keys()
        self._appends: list = []
        self.epoch, self.step = initial_epoch, -1
        self.epoch_starts: list[int] = []  # number of batches before each epoch
        # One entry per complete epoch.
        self.history: dict[str, list[float]] = {}
        self.epoch_numbers: list[int] = []
        self.epoch_ends: list[int] = []  # number of batches up to its end
        self.epoch_seconds: list[float] = []
        self.logs: dict[str, float] = {}  # of the last one
        self.validation_steps: int | None = None
        self.validation_started: float | None = None
        self.validation_seconds = 0.0
        self.events: list[dict] = []
        self.phases: list[tuple] = []
        self.phase_times: list[float] = []
        self._epoch_started = 0.0
        # What a person may ask for, and the answers.
        self.session: Any = None  # `Session`: the model and the data, where there is a training to steer
        self.probe: Callable[[], dict | None] = lambda: None  # finds the first value that is not finite
        self.reason: dict | None = None
        self.trouble: dict | None = None
        self.dead: dict[str, tuple[int, int]] = {}  # dead units and all units by layer, once somebody has looked
        self.failure: dict | None = None
        self.failure_is_shown = False  # by a card in a notebook
        self.last_step: dict | None = None
        self.watch: Any = None
        self.keep_snapshots = self.stopped_on_nan = False
        self.restored: int | None = None
        self.actions: list[tuple] = []
        self.kin = past.kind_of(model_name)
        self._ghosts: list[past.Ghost] = []
        self.ghost: past.Ghost | None = None  # what later runs see of this one

    def __repr__(self) -> str:
        if self.kind != "fit":
            return f"<kerasnb.Run {self.kind}>"
        return f"<kerasnb.Run epochs={self.epochs}>"

    def __str__(self) -> str:
        return facts.text(self)

    def _repr_mimebundle_(self, include: Any = None, exclude: Any = None) -> dict:
        return widgets().bundle(self)

    # --- what the loop writes

    def start(self) -> None:
        """Begins the run."""
        self.started, self.status = time.perf_counter(), "training" if self.kind == "fit" else "running"
        if self.kind == "fit":
            _last[:] = [self]
            self._ghosts = past.ghosts(self.kin)
        self._notify("start")

    def begin_epoch(self, epoch: int) -> None:
        """Begins an epoch."""
        self.epoch, self.step = epoch, -1
        self.epoch_starts.append(len(self.batch_times))
        self._epoch_started = time.perf_counter()
        self._notify("epoch_begin")

    def record_batch(self, step: int, logs: dict[str, float]) -> None:
        """Records a batch.

        Args:
            step: Integer, number of the batch within its epoch.
            logs: Dict of the running values by name.
        """
        if logs.keys() == self._names:
            for name, append in self._appends:
                append(logs[name])
        else:
            self._append_other(logs)
        self.step = step
        self.batch_times.append(time.perf_counter())
        if self.is_finite and not math.isfinite(logs.get("loss", 0.0)) and self.kind == "fit":
            self._report_loss(logs["loss"])

    def _report_loss(self, loss: float) -> None:
        """Reports once that the loss is NaN or infinite, and the likely cause."""
        self.is_finite = False
        place = {"epoch": self.epoch, "batch": self.step}
        self.trouble = {**place, "where": "loss", "value": str(loss), **(self.probe() or {})}
        self.event("loss_not_finite", value=str(loss), advice=self.cause() or "try a smaller learning rate")

    def _append_other(self, logs: dict[str, float]) -> None:
        """Appends a row whose names differ from those before: missing values are NaN."""
        logs = numbers(logs)
        for name in logs:
            if name not in self.columns:
                self.columns[name] = array("d", [float("nan")]) * len(self.batch_times)
        self._appends = [(name, column.append) for name, column in self.columns.items()]
        for name, append in self._appends:
            append(logs.get(name, float("nan")))

    def begin_validation(self, steps: int | None) -> None:
        """Begins the validation at the end of an epoch."""
        self.validation_steps, self.validation_started = steps, time.perf_counter()
        self._notify("validation_begin")

    def end_epoch(self, epoch: int, logs: dict[str, float]) -> None:
        """Ends an epoch.

        Args:
            epoch: Integer, its number.
            logs: Dict of its values by name; those of the validation start with `val_`. Of a metric with
                several values, the mean is kept.
        """
        now, logs = time.perf_counter(), numbers(logs)
        if self.validation_started is not None:
            self.validation_seconds, self.validation_started = now - self.validation_started, None
        self._note_learning_rate(logs)
        self.logs = logs
        for name, value in logs.items():
            series = self.history.setdefault(name, [])
            series.extend([float("nan")] * (len(self.epoch_ends) - len(series)))
            series.append(value)
        self.epoch_seconds.append(now - self._epoch_started)
        self.epoch_numbers.append(epoch)
        self.epoch_ends.append(len(self.batch_times))  # last: readers count epochs by it
        self._notify("epoch_end")

    def _note_learning_rate(self, logs: dict[str, float]) -> None:
        """Records a learning rate that a callback has changed and reports in the logs."""
        rate = logs.get("learning_rate")
        if rate is not None and self.learning_rate is not None and rate != self.learning_rate:
            self.event("learning_rate", value=float(rate))

    def phase(self, text: str, done: int, total: int, seconds: float = 0.0) -> None:
        """Records work that is not a batch, such as compiling; may be called from any thread."""
        self.phase_times.append(time.perf_counter())
        self.phases.append((text, done, total, seconds))
        self._notify("phase")

    def event(self, kind: str, **info: Any) -> None:
        """Records an event: `learning_rate` (with `value`), `loss_not_finite`, `paused`, `resumed`, `stopped`, ..."""
        if kind == "learning_rate":
            self.learning_rate = info.get("value", self.learning_rate)
        if kind in ("paused", "resumed"):
            self.status = {"paused": "paused", "resumed": "training"}[kind]
        self.events.append({"kind": kind, "at": len(self.batch_times), "time": time.perf_counter(), **info})
        self._notify("event")

    def interrupt(self) -> None:
        """The first interrupt: the current batch is the last one. Only sets flags, as it runs in a signal handler."""
        self.interrupted = True
        self.control.stop = self.control.pending = True  # nothing else: the interrupted code may hold a lock

    def status_at_end(self, status: str) -> str:
        """The final status, from whether the loop reached its end (`"completed"`) or not (`"failed"`)."""
        if self.interrupted:
            return "interrupted"
        return "stopped" if status == "completed" and self.control.stop else status

    def finish(self, status: str) -> None:
        """Ends the run.

        Args:
            status: String, one of `"completed"`, `"stopped"`, `"interrupted"`, `"failed"`.

        Raises:
            ValueError: If it is another string.
        """
        if status not in ENDED:
            raise ValueError(f"Argument `status` must be one of {ENDED}. Received: status={status}")
        self.control.ended = True
        self.ended, self.status = time.perf_counter(), status
        if self.kind == "fit":
            past.remember(self)
        self._notify("finish")

    def reopen(self, epochs: int) -> None:
        """Begins again after the end, for more epochs."""
        past.forget(self)
        self.control.reopen()
        if self.started is not None and self.ended is not None:
            self.started += time.perf_counter() - self.ended  # time in which nothing happened does not count
        self.epochs, self.ended, self.status = epochs, None, "training"
        self.reason = self.failure = self.restored = None
        self.interrupted = self.stopped_on_nan = False
        self._notify("reopen")

    def _notify(self, kind: str) -> None:
        for listener in tuple(self.listeners):  # one may leave when it is called, or another thread may add one
            listener(kind)

    # --- what views read

    @property
    def batches(self) -> int:
        """The number of batches recorded so far."""
        return len(self.batch_times)

    @property
    def finished(self) -> bool:
        """Whether the run has ended."""
        return self.status in ENDED

    def elapsed(self) -> float:
        """Seconds since the start, up to the end."""
        if self.started is None:
            return 0.0
        return (time.perf_counter() if self.ended is None else self.ended) - self.started

    def values(self, name: str, start: int = 0, stop: int | None = None) -> array:
        """A copy of the batch values of one name; complete rows only."""
        stop = len(self.batch_times) if stop is None else stop
        return self.columns[name][start:stop]

    @property
    def compile_seconds(self) -> float:
        """Seconds that compiling took, or has taken so far."""
        return facts.compile_seconds(self)


def numbers(logs: Mapping[str, Any]) -> dict[str, float]:
    """The logs that are numbers, of several the mean: a callback may put texts and None among them."""
    found = {}
    for name, value in logs.items():
        with contextlib.suppress(TypeError, ValueError):
            found[name] = float(np.mean(value))
    return found


def last_run() -> Run | None:
    """Returns the run of the last `fit` in this process, or None.

    Example:

    >>> from kerasnb.model.run.run import Run, last_run
    >>> run = Run()
    >>> run.start()
    >>> last_run() is run
    True
    """
    return _last[0] if _last else None


coach.newest.append(last_run)


def widgets() -> ModuleType:
    """The module that draws runs, imported only when there is a notebook to draw in."""
    return importlib.import_module("kerasnb.widgets.panel.views")


def is_notebook() -> bool:
    """Whether there may be a cell that shows more than text."""
    marimo = sys.modules.get("marimo")
    return "ipykernel" in sys.modules or (marimo is not None and marimo.running_in_notebook())


def at_home(run: Run) -> contextlib.AbstractContextManager:
    """A context in which what the training's thread shows and prints appears in the cell that called `fit`."""
    return contextlib.nullcontext() if run.home is None else widgets().at_home(run.home)


def open_view(run: Run, verbose: str | int, background: bool = False) -> Any:
    """Shows a run while it happens.

    Args:
        run: `Run` that has not started.
        verbose: `"auto"`, 0, 1 or 2. "auto" is a panel in a notebook and the progress bar elsewhere;
            the environment variable `KERASNB_RENDERER` (`live`, `static`, `text`, `none`) decides otherwise.
        background: Boolean, whether the caller goes on meanwhile: then "auto" writes no text between its lines.

    Returns:
        A view with the methods `update()`, for after each batch, and `close()`.

    Raises:
        ValueError: If `KERASNB_RENDERER` has another value.
    """
    if "ipykernel" in sys.modules and (background or threading.current_thread() is not threading.main_thread()):
        run.home = widgets().home()
    if verbose != "auto":
        return TextView(run, int(verbose)) if verbose else NoView()
    renderer = os.environ.get("KERASNB_RENDERER") or "auto"
    if renderer not in ("auto", "live", "static", "text", "none"):
        raise ValueError(f"KERASNB_RENDERER must be live, static, text or none. Received: {renderer}")
    if renderer == "none":
        return NoView()
    in_notebook = is_notebook() and settings.is_interactive_logging_enabled()
    if renderer == "text" or (renderer == "auto" and not in_notebook):
        return NoView() if background else TextView(run, 1)
    if threading.current_thread() is not threading.main_thread() and run.kind != "fit":
        return NoView()
    return widgets().open_view(run, renderer) or (NoView() if background else TextView(run, 1))
