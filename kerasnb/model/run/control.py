"""Control: requests to a running training. Handlers set them, the loop reads them between batches."""

from __future__ import annotations

import math
import threading
import time
from collections import deque
from collections.abc import Callable
from typing import Any

WAIT = 0.05
GUEST = 0.0005  # seconds between two looks at whether the other thread has come, or gone
UNITS = ("batch", "epoch")
LARGEST = 1e38  # a learning rate in float32
MOST = 1_000_000_000  # epochs that may be asked for at once


def positive_rate(value: Any) -> float:
    """A learning rate as a number.

    Raises:
        ValueError: If it is not a positive number of float32.
    """
    rate = as_number(value)
    if not 0 < rate < LARGEST:
        raise ValueError(f"The learning rate must be a positive number, such as 0.001; got {value}")
    return rate


def as_number(value: Any) -> float:
    """A value that a person gave as a number, NaN where it is none."""
    try:
        return math.nan if isinstance(value, bool) else float(value)
    except (TypeError, ValueError, OverflowError):
        return math.nan


class Control:
    """Flags and slots between a person and the training loop.

    A handler may run on any thread while a batch is computed, so it only leaves requests here. The loop looks at
    `pending` after each batch and applies them in their order.

    Args:
        report: Called as `report(kind)` on the training thread when a pause begins or ends.
        tick: Called repeatedly on the training thread while paused.

    Example:

    >>> from kerasnb.model.run.control import Control
    >>> control = Control()
    >>> control.set_learning_rate(0.01)
    >>> control.pending, control.take(), control.pending
    (True, [('set', 'learning_rate', 0.01)], False)
    """

    def __init__(
        self, report: Callable[[str], None] = lambda kind: None, tick: Callable[[], None] = lambda: None
    ) -> None:  # fmt: skip
        self.stop = False
        self.paused = False
        self.pending = False
        self.ended = False  # whether there is nothing left to steer
        self.closed = False  # whether the loop has looked at requests for the last time
        self.guests = 0  # how many other threads use the model
        self.parked = False  # whether the loop waits for them
        self._door = threading.Lock()
        self.check: Callable[[str, Any], Any] = _only_the_rate
        self.check_epoch: Callable[[int], int] = _no_snapshot
        self._requests: deque[tuple] = deque()
        self._report, self._tick, self._waiting = report, tick, False
        self._wake = threading.Event()

    def request_stop(self) -> None:
        """Asks the loop to end after the current batch."""
        self.stop = self.pending = True
        self._wake.set()

    def pause(self) -> None:
        """Asks the loop to wait after the current batch."""
        self._wake.clear()
        self.paused = self.pending = True

    def resume(self) -> None:
        """Lets a paused loop continue."""
        self.paused = False
        self._wake.set()

    def step(self, unit: str = "batch") -> None:
        """Asks the loop to run one more batch, or to the end of an epoch, and then to wait.

        Args:
            unit: `"batch"` or `"epoch"`.

        Raises:
            ValueError: If it is another string, or the training has ended.
        """
        if unit not in UNITS:
            raise ValueError(f"A step is one 'batch' or one 'epoch'; got {unit!r}")
        self._check_open()
        self.paused = True  # before the request: a loop that took it first would run on after the step
        self._ask("step", unit)

    def set(self, name: str, value: Any) -> None:
        """Asks the loop to use another value of a hyper-parameter from the next batch on.

        Args:
            name: String, one of the names in `run.adjustable`, such as `"learning_rate"` or `"momentum"`.
            value: Number.

        Raises:
            ValueError: If there is no such hyper-parameter, the value is out of its range, or the training has ended.
        """
        self._ask("set", name, self.check(name, value))

    def set_learning_rate(self, value: Any) -> None:
        """Asks the loop to use another learning rate from the next batch on.

        Args:
            value: Positive number.

        Raises:
            ValueError: If it is not a positive, finite number.
        """
        self.set("learning_rate", value)

    def add_epochs(self, count: int) -> None:
        """Asks for more epochs.

        Args:
            count: Positive integer.

        Raises:
            ValueError: If it is another number, or the training has ended.
        """
        self._ask("add_epochs", whole_epochs(count))

    def restore(self, epoch: int) -> None:
        """Asks the loop to put the weights and the optimizer's state at the end of an epoch back into the model.

        Args:
            epoch: Integer, the number of the epoch from 0: one of `run.restorable`.

        Raises:
            ValueError: If that epoch is not kept, or the training has ended.
        """
        self._ask("restore", self.check_epoch(epoch))

    def _check_open(self) -> None:
        if self.ended:
            raise ValueError("The training has ended. To train more epochs, use run.extend(epochs).")
        if self.closed:
            raise ValueError("The last batch has run: wait for the end of the training, then try again.")

    def _ask(self, *request: Any) -> None:
        with self._door:
            self._check_open()
            self._requests.append(request)
            self.pending = True
        self._wake.set()

    # --- other threads that use the model

    def enter(self) -> None:
        """Asks the loop to wait between two batches until `leave` is called."""
        with self._door:
            self.guests += 1
            self.pending = True
            self._wake.set()

    def leave(self) -> None:
        """Lets the loop go on after the last guest; whoever comes then waits until another batch has run."""
        with self._door:
            self.guests -= 1
            self.parked = self.parked and self.guests > 0

    def let_guests_in(self) -> None:
        """Waits on the training thread while others use the model."""
        with self._door:
            self.parked = self.guests > 0
        while self.parked and not self.stop:
            time.sleep(GUEST)

    def wait_until_parked(self, seconds: float) -> None:
        """Waits until the loop stands between two batches; goes on after some seconds in any case.

        A pause does not count: a single step may run in it. A loop that is paused parks as soon as a guest enters.
        """
        until = time.monotonic() + seconds
        while not (self.parked or self.ended) and time.monotonic() < until:
            time.sleep(GUEST)

    # --- what the loop calls

    def reopen(self) -> None:
        """Begins again after the end: what was asked for before has passed."""
        with self._door:
            self._requests.clear()
            self.stop = self.paused = self.ended = self.closed = self.parked = False
            self.pending = self.guests > 0  # one that came after the end still uses the model

    def take(self) -> list[tuple]:
        """Returns the requests since the last call, in order; of values set in a row, only the last."""
        self.pending = False  # before reading: a click in between is then noticed after the next batch
        taken: list[tuple] = []
        while self._requests:
            request = self._requests.popleft()
            if taken and request[0] == "set" and taken[-1][:2] == request[:2]:
                taken.pop()
            taken.append(request)
        return taken

    def close(self) -> bool:
        """Refuses requests from here on, unless some are waiting that a stop does not make void.

        Returns:
            Boolean, whether it is closed. Otherwise the caller applies what is waiting and calls this again.
        """
        with self._door:
            self.closed = self.stop or not self._requests
            return self.closed

    def wait_while_paused(self) -> None:
        """Blocks the training thread while it is paused, in waits short enough to notice an interrupt.

        Ends immediately if it is not paused; when training resumes or must stop; and when there is another request: the
        caller applies it and calls this again.
        """
        if self.paused and not self._waiting:
            self._waiting = True
            self._report("paused")
        while self.paused and not self.stop and not self.pending:
            self._tick()
            self._wake.wait(WAIT)
            self._wake.clear()
        self.settle()

    def settle(self, running: bool = False) -> None:
        """Reports that a pause has ended, where it has, or where the loop runs on for longer than a batch."""
        if self._waiting and (running or self.stop or not self.paused):
            self._waiting = False
            self._report("resumed")


def whole_epochs(count: Any) -> int:
    """A number of epochs that a person asked for.

    Raises:
        ValueError: If it is not a positive integer.
    """
    number = as_number(count)
    if not (1 <= number <= MOST and number == int(number)):
        raise ValueError(f"The number of epochs must be a whole number from 1 on, such as 5; got {count}")
    return int(number)


def _only_the_rate(name: str, value: Any) -> float:
    if name != "learning_rate":
        raise ValueError(f"This run has no hyper-parameter {name!r}. It has: learning_rate")
    return positive_rate(value)


def _no_snapshot(epoch: int) -> int:
    raise ValueError(f"The weights of epoch {epoch} are not kept.")
