"""Control: requests to a running training. Handlers set them, the loop reads them between batches."""

from __future__ import annotations

import math
import threading
from collections.abc import Callable

WAIT = 0.05


class Control:
    """Flags and slots between a person and the training loop.

    A handler may run on any thread while a batch is computed, so it only sets flags here. The loop looks at `pending`
    after each batch and applies the requests.

    Args:
        report: Called as `report(kind)` on the training thread when a pause begins or ends.
        tick: Called repeatedly on the training thread while paused.

    Example:

    >>> from kerasnb.model.run.control import Control
    >>> control = Control()
    >>> control.set_learning_rate(0.01)
    >>> control.pending, control.take_learning_rate(), control.pending
    (True, 0.01, False)
    """

    def __init__(
        self, report: Callable[[str], None] = lambda kind: None, tick: Callable[[], None] = lambda: None
    ) -> None:  # fmt: skip
        self.stop = False
        self.paused = False
        self.learning_rate: float | None = None
        self.pending = False
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

    def set_learning_rate(self, value: float) -> None:
        """Asks the loop to use another learning rate from the next batch on.

        Args:
            value: Positive number.

        Raises:
            ValueError: If it is not a positive, finite number.
        """
        rate = math.nan if value is None else float(value)
        if not (rate > 0 and math.isfinite(rate)):
            raise ValueError(f"Argument `value` must be a positive number, such as 0.001. Received: value={value}")
        self.learning_rate = rate
        self.pending = True

    def take_learning_rate(self) -> float | None:
        """Returns the learning rate that was requested since the last call, or None."""
        self.pending = False  # before reading: a click in between is then noticed after the next batch
        rate, self.learning_rate = self.learning_rate, None
        return rate

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
        if self._waiting and (self.stop or not self.paused):
            self._waiting = False
            self._report("resumed")
