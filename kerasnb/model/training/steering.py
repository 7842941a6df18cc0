"""Steering: applies what a person asks for between two batches, and notes it."""

from __future__ import annotations

import time
from typing import Any

from kerasnb.model.run import adjust
from kerasnb.model.run.replay import Replay
from kerasnb.model.training.probe import Before
from kerasnb.model.training.single_step import SingleStep

SHARE = 0.02  # of the time may go into snapshots
END = "end"  # in the place of a batch: after the training


class Steering:
    """What the loop of a fit asks after each batch for which something is pending.

    Args:
        model: The model.
        run: `Run` of the fit.
        session: `Session` of the run, which keeps the snapshots.
        replay: `Replay` among the callbacks, or None.
    """

    def __init__(self, model: Any, run: Any, session: Any, replay: Replay | None) -> None:
        self.model, self.run, self.session, self.replay = model, run, session, replay
        self.control = run.control
        self.goal: str | None = None  # "batch" or "epoch": how far to run before waiting again
        self.left = 0
        self.single: SingleStep | None = None
        self.due = 0.0  # when the next snapshot may be taken
        self.changed = False  # whether a recorded step must be made again
        self.acted = False  # whether a person has changed anything since the loop last looked
        self._look_again()

    def _look_again(self) -> None:
        """Asks to be called after the next batch, while there is something to do then."""
        if self.goal or (self.replay is not None and self.replay.waiting):
            self.control.pending = True

    def apply(self, epoch: int, batch: int | None, ends: bool = False) -> None:
        """Applies requests, and waits while paused.

        Args:
            epoch: Integer, the number of the epoch.
            batch: Integer, the number of the batch that has just run, or None at the end of the epoch.
            ends: Boolean, whether a callback ends the training here, so that nothing waits for anything.
        """
        control = self.control
        self._reached(batch)
        for action in self.replay.take(epoch, batch) if self.replay is not None else []:
            self._do(epoch, batch, *action)
        while True:
            for request in control.take():
                self._do(epoch, batch, *request)
            control.let_guests_in()
            at_end = batch is None and (ends or epoch + 1 >= self.run.epochs)
            if control.stop or not control.paused or self.goal or at_end:
                break
            control.wait_while_paused()
        control.settle(running=self.goal == "epoch" and batch is not None)
        if not control.stop and not at_end:
            self.run.restored = None  # the next batch changes the weights
            self._begin_single()
        self._look_again()

    def _reached(self, batch: int | None) -> None:
        """Notes what a single step did, and whether the loop has come as far as it should."""
        reached = self.goal == ("epoch" if batch is None else "batch")
        if self.single is not None and self.single.unit == self.goal and reached:
            self.run.last_step = self.single.report(self.run)
            self.single = None
            self.run.event("step", **self.run.last_step)
        if self.goal == "epoch" and batch is None:
            self.goal = None
        elif self.goal == "batch" and batch is not None:
            self.left -= 1
            self.goal = "batch" if self.left else None

    def _begin_single(self) -> None:
        """Remembers the weights before a step: before each batch, or once before the rest of an epoch."""
        if self.goal == "batch" or (self.goal is not None and (self.single is None or self.single.unit != self.goal)):
            self.single = SingleStep(self.model, self.goal)

    def _do(self, epoch: int, batch: Any, what: str, *details: Any) -> None:
        """Does one thing and notes it, but for steps, which are only pauses."""
        if what == "step":
            self.left = self.left + 1 if (self.goal, details[0]) == ("batch", "batch") else 1
            self.goal = details[0]
            return
        getattr(self, f"_{what}")(*details)
        self.acted = True
        if what != "stop":  # `stopped` notes that one, wherever it comes from
            self.run.actions.append((epoch, batch, what, *details))

    def _set(self, name: str, value: float) -> None:
        adjust.apply(self.model, name, value)
        self.changed = self.changed or name != adjust.RATE
        if name == adjust.RATE:
            self.run.event("learning_rate", value=value)
        else:
            self.run.event("set", name=name, value=value)

    def _add_epochs(self, count: int) -> None:
        self.run.epochs += count
        self.run.event("epochs", value=self.run.epochs, added=count)

    def _restore(self, epoch: int) -> None:
        self.session.put_back(epoch)
        if epoch not in self._needed():
            self.session.ring.pinned.discard(epoch)

    def _needed(self) -> set[int]:
        """The epochs that a replay puts back later."""
        return set() if self.replay is None else self.replay.needed()

    def _stop(self) -> None:
        self.control.request_stop()

    def stopped(self, complete: bool) -> None:
        """Notes where the training was stopped: after a batch, or at the end of a complete epoch."""
        self.run.actions.append((self.run.epoch, None if complete else self.run.step, "stop"))

    def before_epochs(self, before: Before) -> None:
        """Keeps the state before the first epoch, if anybody may ask for it and all of it exists."""
        needed = self.session.ring.start in self._needed()
        if (needed or self.run.keep_snapshots) and before.is_whole():
            self.session.keep_start(pinned=needed)

    def after_epoch(self, epoch: int) -> None:
        """Keeps the state at the end of an epoch, if anybody may ask for it."""
        needed = epoch in self._needed()
        is_last = self.model.stop_training or epoch + 1 >= self.run.epochs
        began = time.perf_counter()
        if needed or (self.run.keep_snapshots and (is_last or began >= self.due)):
            self.session.keep(epoch, pinned=needed)
            ended = time.perf_counter()
            self.due = ended + (ended - began) / SHARE

    def after_end(self, epoch: int) -> None:
        """Does what comes after the end of the training in a replay."""
        for action in self.replay.take(epoch, END) if self.replay is not None else []:
            self._do(epoch, END, *action)
