"""The text view of a run: the progress lines of Keras."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

from kerasnb.utils.progbar import Progbar, write

if TYPE_CHECKING:  # runs import this file, for their view
    from kerasnb.model.run.run import Run

INTERVAL = 0.05


class NoView:
    """Shows nothing."""

    def update(self) -> None:
        """Does nothing."""

    def close(self) -> None:
        """Does nothing."""


class TextView:
    """Writes progress to stdout.

    Args:
        run: `Run` to show.
        verbose: Integer, 1 (bar) or 2 (one line per epoch).
    """

    def __init__(self, run: Run, verbose: int) -> None:
        self.run, self.verbose = run, verbose
        self.target, self.due, self.open_line = run.steps, 0.0, False
        self.bar: Any = None  # `Progbar` of the current epoch
        run.listeners.append(self._on_event)

    def _on_event(self, kind: str) -> None:
        if kind == "epoch_begin":
            self._begin()
        elif kind == "epoch_end":
            self._end()

    def _begin(self) -> None:
        self.due = 0.0  # the first batch is always shown
        self.bar = Progbar(self.target, verbose=self.verbose, interval=INTERVAL, stateless_metrics=())
        if self.run.kind == "fit" and self.run.epochs > 1:
            write(f"Epoch {self.run.epoch + 1}/{self.run.epochs}\n")

    def update(self) -> None:
        """Updates the line if it is due."""
        if time.monotonic() < self.due or self.verbose != 1:
            return
        run = self.run
        if run.step < 0 or run.epoch_starts[-1] == run.batches or len(run.epoch_ends) == len(run.epoch_starts):
            return
        self.open_line = True
        self.bar.update(run.step + 1, self._latest(), finalize=False)
        self.due = self.bar._last_update + INTERVAL

    def _latest(self) -> list[tuple]:
        if self.run.kind == "predict":
            return []
        return sorted((name, column[-1]) for name, column in self.run.columns.items())

    def _end(self) -> None:
        run = self.run
        if self.target is None:
            self.target = self.bar.target = run.step + 1
        self.bar.update(self.target, list(run.logs.items()), finalize=True)
        self.open_line = False

    def close(self) -> None:
        """Ends a line that was left open by a stop in the middle of an epoch."""
        if self.open_line:
            write("\n")
            self.open_line = False
        if self._on_event in self.run.listeners:
            self.run.listeners.remove(self._on_event)
