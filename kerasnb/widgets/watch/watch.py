"""`fit(..., watch=...)`: looks at a training between its epochs, within 5 % of its time."""

from __future__ import annotations

import contextlib
import math
import os
import time
from collections.abc import Callable, Iterator
from typing import Any

from kerasnb.backend.warn import warn_user
from kerasnb.callbacks import Callback
from kerasnb.model.run.control import as_number
from kerasnb.widgets.kit import frontend
from kerasnb.widgets.notebook import notebook
from kerasnb.widgets.watch.boundary import Boundary
from kerasnb.widgets.watch.budget import SHARE, Budget
from kerasnb.widgets.watch.card import WatchCard
from kerasnb.widgets.watch.looks import Look
from kerasnb.widgets.watch.predictions import Predictions
from kerasnb.widgets.watch.strips import Gradients, Weights

INTERVAL = 1.0  # seconds between two messages to the page
LOOKS: dict[str, type[Look]] = {look.kind: look for look in (Boundary, Predictions, Weights, Gradients)}


class Watch(Callback):
    """Callback that looks at a model between the epochs and shows what it sees.

    The looks together take at most 5 % of the training time: an epoch is skipped when another look would take more.
    They change nothing: a training that is watched gives the same weights.

    Args:
        what: `"boundary"` (for two inputs), `"predictions"`, `"weights"`, `"gradients"`, or a list of them.
        x: Samples to look at, for all but `"weights"`.
        y: Their targets.
        share: Float, the part of the training time that looks may take. Defaults to `0.05`.
        clock: Function that returns seconds.

    Raises:
        ValueError: If `what` is something else, or `share` is not above 0 and at most 1.

    Example:

    >>> import kerasnb.widgets as kw
    >>> x, y = np.random.default_rng(0).normal(size=(64, 2)), np.arange(64) % 2
    >>> model = keras.Sequential([keras.Input((2,)), keras.layers.Dense(1, activation="sigmoid")])
    >>> model.compile("adam", "binary_crossentropy")
    >>> watch = kw.Watch("weights")
    >>> history = model.fit(x, y, epochs=2, verbose=0, callbacks=[watch])  # doctest: +ELLIPSIS
    weights after epoch 2...
    """

    def __init__(
        self, what: str | list[str] = "boundary", x: Any = None, y: Any = None, share: float = SHARE,
        clock: Callable[[], float] = time.perf_counter,
    ) -> None:  # fmt: skip
        super().__init__()
        self.names: list[str] = list(what) if isinstance(what, (list, tuple, set)) else [what]
        unknown = [name for name in self.names if not isinstance(name, str) or name not in LOOKS]
        if unknown or not self.names:
            listed = ", ".join(f'"{name}"' for name in LOOKS)
            raise ValueError(f"Argument `watch` must be one of {listed}, or a list of them. Received: watch={what!r}")
        if not 0 < as_number(share) <= 1:
            raise ValueError(f"Argument `share` must be above 0 and at most 1. Received: share={share!r}")
        self.x, self.y = x, y
        self.budget = Budget(share, clock)
        self.looks: list[Look] = []
        self.card: WatchCard | None = None
        self.seen = -1  # the epoch that was looked at last
        self.done = 0
        self.run: Any = None  # the one that is watched
        self.due = -math.inf
        self.broken = False

    def prepare(self, model: Any) -> None:
        """Makes the looks, and with them all checks.

        Args:
            model: The model.

        Raises:
            ValueError: If the data does not fit what is watched.
        """
        self.looks = [LOOKS[name](model, self.x, self.y) for name in dict.fromkeys(self.names)]

    def on_train_begin(self, logs: dict | None = None) -> None:
        """Looks for the first time, and shows the card where a person watches; epochs that are added go on in it."""
        if self.card is not None and self.run is not None and self.run is self.model.run:
            self.card.ended = ""
            self.budget.begin()
            return
        self.run, self.broken = self.model.run, False
        if not self.looks or self.card is not None:
            self.prepare(self.model)
        self.card, self.done = WatchCard(self.looks, self.budget), 0
        for _ in range(2):  # the first look compiles; the second one tells what a look takes
            with self.budget.look():
                self._see()
        if is_live():
            self.card.show()
        self.budget.begin()
        self.budget.looks = self.budget.skipped = 0

    def on_epoch_end(self, epoch: int, logs: dict | None = None) -> None:
        """Looks, if there is time left to."""
        self.done += 1
        if not self.broken and self.budget.allows():
            with self._harmless(), self.budget.look():
                self._see()
                self._send()

    def _send(self) -> None:
        if self.card is not None and self.budget.clock() >= self.due:
            self.card.refresh(picture=False)
            self.due = self.budget.clock() + INTERVAL

    def on_train_end(self, logs: dict | None = None) -> None:
        """Looks for the last time, and leaves the picture."""
        if self.card is None:
            return
        with self._harmless():
            if self.seen != self.done and not self.broken:
                self._see()
            self.card.finish()
            if not self.card._displays:
                self.card.show()

    @contextlib.contextmanager
    def _harmless(self) -> Iterator[None]:
        """A look that fails must not end a training: it is the last one."""
        try:
            yield
        except Exception as problem:
            self.broken = True
            warn_user(f"The training is not watched any more: {problem!r}")

    def _see(self) -> None:
        for look in self.looks:
            look.look(self.done)
        self.seen = self.done


def is_live() -> bool:
    """Whether a tool that is shown now can change later."""
    renderer = os.environ.get("KERASNB_RENDERER") or "auto"
    watched = notebook.is_present() and notebook.is_watched()
    return (renderer == "live" or (renderer == "auto" and watched)) and frontend.available()


def callback(what: Any, model: Any, x: Any, y: Any) -> Watch:
    """The callback for `fit(..., watch=what)`; it checks everything before training begins.

    Args:
        what: What to watch: a name, a list of names, or a `Watch`.
        model: The model.
        x: Inputs of `fit`.
        y: Targets of `fit`.

    Returns:
        `Watch`.

    Raises:
        ValueError: If there is nothing of that name, or the data does not fit it.
    """
    watch = what if isinstance(what, Watch) else Watch(what, x, y)
    watch.prepare(model)
    return watch
