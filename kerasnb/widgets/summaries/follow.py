"""A displayed model that trains: its dead and saturated units are counted again between the epochs."""

from __future__ import annotations

import math
import weakref
from typing import TYPE_CHECKING, Any

from kerasnb import tree
from kerasnb.backend.plan.plan import engine_lock
from kerasnb.backend.warn import warn_user
from kerasnb.model.data.iterators import ArrayBatches
from kerasnb.model.training.dead import may_be_called
from kerasnb.widgets.kit.words import count
from kerasnb.widgets.summaries.units import MOST, unit_states
from kerasnb.widgets.watch.budget import Budget

if TYPE_CHECKING:  # the card imports this file
    from kerasnb.model.run.run import Run
    from kerasnb.widgets.summaries.summary import Summary

INTERVAL = 1.0  # seconds between two messages to the page


def follow(card: Summary, run: Run) -> None:
    """Lets a card follow a run, from before its first epoch or from now on.

    Args:
        card: `Summary`; it may go away meanwhile.
        run: `Run` of its model.
    """
    run.listeners.append(Follower(card, run))


class Follower:
    """Looks at the units of a model at the ends of epochs, in at most 5 % of the training time.

    The run calls it on the thread that trains. As for `fit(watch=...)`, looks before the first batch and after the end
    are free. A look calls the model as a prediction does: it draws nothing at random, and changes nothing.

    Args:
        card: `Summary`, which gets what was seen while a page shows it.
        run: `Run`.
    """

    def __init__(self, card: Summary, run: Run) -> None:
        self.card, self.run = weakref.ref(card), run
        self.budget = Budget()
        self.begun = self.broken = False
        self.seen = -1  # how many epochs were complete at the last look
        self.samples = 0  # that were looked at
        self.due = -math.inf

    def __call__(self, kind: str) -> None:
        """Something happened in the run."""
        card = self.card()
        act = {"epoch_begin": self._begin, "epoch_end": self._between, "finish": self._end}.get(kind)
        if kind == "reopen":
            self.begun = False
        if act is None or card is None or card.widget is None or self.broken:
            return
        try:
            act(card)
        except Exception as problem:  # a look that fails must not end a training: it is the last one
            self.broken = True
            warn_user(f"The card of {card.model.name} does not follow the training any more: {problem!r}")

    def _begin(self, card: Summary) -> None:
        if self.begun:
            return
        self.begun = True
        if self.run.batches or not all(layer.built for layer in card.model._flatten_layers()):
            self.budget.begin(self.run.started)
            return
        for _ in range(2):  # the first look compiles; the second one tells what a look takes
            with self.budget.look():
                self._look(card)
                if self.seen >= 0:
                    self._show(card, picture=False)
        self.budget.begin()
        self.budget.looks = self.budget.skipped = 0

    def _between(self, card: Summary) -> None:
        self._begin(card)  # a card that was opened in the middle of an epoch
        if self.budget.allows():
            with self.budget.look():
                self._look(card)
                if self.seen >= 0 and self.budget.clock() >= self.due:
                    self._show(card, picture=False)
                    self.due = self.budget.clock() + INTERVAL

    def _end(self, card: Summary) -> None:
        if self.run.status != "failed" and self.seen != self._done():
            self._look(card)
        if self.seen >= 0:
            self._show(card, picture=True)

    def _done(self) -> int:
        """How many epochs are complete."""
        return self.run.epoch_numbers[-1] + 1 if self.run.epoch_numbers else self.run.initial_epoch

    def _look(self, card: Summary) -> None:
        x = self._samples(card)
        if x is None or self.run.trouble is not None:  # a unit that is NaN is neither dead nor healthy
            return
        with engine_lock:
            card.units = unit_states(card.model, x)
        self.seen, self.samples = self._done(), len(tree.flatten(x)[0])

    def _samples(self, card: Summary) -> Any:
        """The first samples of the training, else the card's own; None where there are none, or calls may not run."""
        if not all(map(may_be_called, card.model._flatten_layers())):
            return None
        training = self.run.session.training
        x = training.parts[0] if isinstance(training, ArrayBatches) else card.data[0]
        return None if x is None else tree.map_structure(lambda part: part[:MOST], x)

    def _words(self) -> str:
        """`Units after epoch 5 of 20, on 256 samples · 12 looks: 1.3 % of the training time`."""
        budget, when = self.budget, f"after epoch {self.seen} of {self.run.epochs}" if self.seen else "before epoch 1"
        cost = f" · {count(budget.looks, 'look')}: {100 * budget.used():.1f} % of the training time"
        return f"Units {when}, on {count(self.samples, 'sample')}{cost if budget.looks else ''}"

    def _show(self, card: Summary, picture: bool) -> None:
        """Sends what was seen; not while a click is answered on another thread."""
        if not card.lock.acquire(blocking=False):
            return
        try:
            card.told = self._words()
            card.refresh(picture)
        finally:
            card.lock.release()
