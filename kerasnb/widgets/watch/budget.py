"""How much of the time of a training may go into looking at it."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

SHARE = 0.05


class Budget:
    """Allows a look only while all looks together take a small part of the training time.

    The look before the first batch is free: training has not begun. From then on a look is allowed if what was spent
    and what the last one took are within the share of the time that went into training itself.

    Args:
        share: Float, the part of the training time.
        clock: Function that returns seconds.

    Example:

    >>> from kerasnb.widgets.watch.budget import Budget
    >>> now = [0.0]
    >>> budget = Budget(share=0.05, clock=lambda: now[0])
    >>> budget.begin()
    >>> now[0] = 10.0
    >>> budget.allows()
    True
    """

    def __init__(self, share: float = SHARE, clock: Callable[[], float] = time.perf_counter) -> None:
        self.share, self.clock = share, clock
        self.spent = self.last = 0.0
        self.looks = self.skipped = 0
        self._began: float | None = None

    def begin(self, since: float | None = None) -> None:
        """The training begins, or began at that second of the clock."""
        self._began, self.spent = self.clock() if since is None else since, 0.0

    def trained(self) -> float:
        """Seconds of training without those of looking."""
        return 0.0 if self._began is None else self.clock() - self._began - self.spent

    def allows(self) -> bool:
        """Whether another look as long as the last one stays within the share; a refusal is counted."""
        allowed = self.spent + self.last <= self.share * self.trained()
        self.skipped += not allowed
        return allowed

    @contextmanager
    def look(self) -> Iterator[None]:
        """Measures a look."""
        started = self.clock()
        try:
            yield
        finally:
            self.last = self.clock() - started
            if self._began is not None:
                self.spent += self.last
                self.looks += 1

    def used(self) -> float:
        """The part of the training time that went into looking."""
        trained = self.trained()
        return self.spent / trained if trained > 0 else 0.0
