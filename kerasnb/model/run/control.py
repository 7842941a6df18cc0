"""Control: what a person asks of a running training. Handlers set it, the loop reads it between batches."""

from __future__ import annotations

import math
import threading

WAIT = 0.05


class Control:
    """Flags and slots between a person and the training loop.

    A handler may run on any thread while a batch is being computed, so it only sets flags here. The loop
    looks at `pending` after each batch and does what was asked for.

    Args:
        tell: Called as `tell(kind)` on the training thread when a pause begins or ends.
        tick: Called again and again on the training thread while paused.

    Example:

    >>> from kerasnb.model.run.control import Control
    >>> control = Control()
    >>> control.set_learning_rate(0.01)
    >>> control.pending, control.take_learning_rate(), control.pending
    (True, 0.01, False)
    """

    def __init__(self, tell=lambda kind: None, tick=lambda: None) -> None:
        self.stop = False
        self.paused = False
        self.learning_rate: float | None = None
        self.pending = False
        self._tell, self._tick, self._waiting = tell, tick, False
        self._wake = threading.Event()

    def request_stop(self) -> None:
        """Asks the loop to end after the running batch."""
        self.stop = self.pending = True
        self._wake.set()

    def pause(self) -> None:
        """Asks the loop to wait after the running batch."""
        self._wake.clear()
        self.paused = self.pending = True

    def resume(self) -> None:
        """Lets a paused loop go on."""
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
        """Returns the learning rate that was asked for since the last call, or None."""
        self.pending = False  # before reading: a click in between is then seen after the next batch
        rate, self.learning_rate = self.learning_rate, None
        return rate

    def wait_while_paused(self) -> None:
        """Blocks the training thread, in waits short enough for an interrupt to be seen.

        Ends at once if nobody paused; when training may go on; when it shall stop; and when `pending` tells of
        another wish: then the caller does it and comes back.
        """
        if self.paused and not self._waiting:
            self._waiting = True
            self._tell("paused")
        while self.paused and not self.stop and not self.pending:
            self._tick()
            self._wake.wait(WAIT)
        if self._waiting and (self.stop or not self.paused):
            self._waiting = False
            self._tell("resumed")
