"""Limits of epochs and of their batches, which `keras.config` sets to try out a program."""

from __future__ import annotations

import itertools
from collections.abc import Iterator

from kerasnb.backend import settings
from kerasnb.backend.warn import warn_user
from kerasnb.model.data.iterators import Batch, Batches


def limited_epochs(epochs: int) -> int:
    """The number of epochs, at most `keras.config.max_epochs()`."""
    most = settings.max_epochs()
    if not most or not isinstance(epochs, int) or epochs <= most:
        return epochs
    warn_user(f"Limiting epochs to {most}")
    return most


def limited(batches: Batches) -> Batches:
    """The batches of every epoch, at most `keras.config.max_steps_per_epoch()`."""
    most = settings.max_steps_per_epoch()
    if not most or (batches.steps is not None and batches.steps <= most):
        return batches
    warn_user(f"Limiting steps_per_epoch to {most}")
    return First(batches, most)


class First(Batches):
    """The first batches of every epoch.

    Args:
        batches: The batches of the data.
        steps: Integer, how many.
    """

    steps: int

    def __init__(self, batches: Batches, steps: int) -> None:
        self.batches, self.steps, self.batch_size = batches, steps, batches.batch_size

    @property
    def parts(self) -> tuple:  # type: ignore[override]  # of what it is made of
        """The parts of the data."""
        return self.batches.parts

    @property
    def ended(self) -> bool:
        """Whether the source is exhausted."""
        return self.batches.ended

    @ended.setter
    def ended(self, value: bool) -> None:
        self.batches.ended = value

    def epoch(self) -> Iterator[Batch]:
        """Yields the batches of one epoch."""
        yield from itertools.islice(self.batches.epoch(), self.steps)
