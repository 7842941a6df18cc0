"""Replay: what a person did during a training, as code that does it again."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable
from numbers import Integral
from typing import Any

from kerasnb.callbacks.callback import Callback

VERBS = ("set", "add_epochs", "restore", "stop", "extend")
BEHIND = {  # what stands behind a verb, and how many values that are
    "set": ("a name and a value", 2), "add_epochs": ("a number of epochs", 1), "restore": ("an epoch", 1),
    "stop": ("nothing more", 0), "extend": ("a number of epochs", 1),
}  # fmt: skip


class Replay(Callback):
    """Callback that steers a training as a person did before.

    Args:
        actions: List of tuples `(epoch, batch, what, ...)`: after that batch of that epoch (both from 0), at the end of
            the epoch where `batch` is None, or after the training where it is `"end"`, do `"set"` (with a name and a
            value), `"add_epochs"` (with a number), `"restore"` (with an epoch; -1 is before the first one), `"stop"`,
            or `"extend"` (with a number of epochs).

    Raises:
        ValueError: If one of them is something else.

    Example:

    >>> from kerasnb.model.run.replay import Replay
    >>> model = keras.Sequential([keras.Input((2,)), keras.layers.Dense(1)])
    >>> model.compile("sgd", "mse")
    >>> replay = Replay([(0, 0, "set", "learning_rate", 0.5), (1, None, "stop")])
    >>> history = model.fit(np.ones((4, 2)), np.ones((4, 1)), epochs=3, verbose=0, callbacks=[replay])
    >>> len(history.history["loss"]), float(model.optimizer.learning_rate)
    (2, 0.5)
    """

    def __init__(self, actions: Iterable[tuple]) -> None:
        super().__init__()
        if not isinstance(actions, Iterable):
            raise ValueError(f"Argument `actions` must be a list of tuples. Received: {actions!r}")
        self.actions = [_checked(action) for action in actions]
        self.waiting = deque(self.actions)

    def take(self, epoch: int, batch: int | str | None) -> list[tuple]:
        """Returns the actions whose time has come, in order."""
        due = []
        while self.waiting and self.waiting[0][:2] == (epoch, batch) and self.waiting[0][2] != "extend":
            due.append(self.waiting.popleft()[2:])
        return due

    def take_extension(self) -> int | None:
        """Returns how many epochs come next after the end, if they do."""
        if self.waiting and self.waiting[0][2] == "extend":
            return self.waiting.popleft()[3]
        return None

    def needed(self) -> set[int]:
        """The epochs whose state is put back later."""
        return {action[3] for action in self.waiting if action[2] == "restore"}


def _checked(action: Any) -> tuple:
    """An action that can be followed.

    Raises:
        ValueError: If it is something else.
    """
    if not isinstance(action, (tuple, list)) or len(action) < 3 or action[2] not in VERBS:
        raise ValueError(
            f"An action is a tuple (epoch, batch, what, ...) with what being one of {VERBS}; got {action!r}"
        )
    epoch, batch, what, *behind = action
    if not _is_count(epoch) or not (batch is None or batch == "end" or _is_count(batch)):
        raise ValueError(
            "An action begins with the numbers of an epoch and a batch, from 0, or None for the end of the epoch; "
            f"got {action!r}"
        )
    words, needed = BEHIND[what]
    if len(behind) < needed:
        raise ValueError(f"Behind {what!r} an action has {words}; got {action!r}")
    return tuple(action)


def _is_count(value: Any) -> bool:
    return isinstance(value, Integral) and not isinstance(value, bool) and int(value) >= 0


def code(run: Any) -> str:
    """The actions of a run as Python code.

    Args:
        run: `Run` of a fit.
    """
    if not run.actions:
        return "# Nobody steered this run: the same fit of an equal model gives the same weights.\n"
    rows = "".join(f"    {action!r},{_comment(action)}\n" for action in run.actions)
    return (
        "# Steers a training as it was steered. Before, build an equal model after the same\n"
        "# keras.utils.set_random_seed(...). Then add `steered` to the callbacks of the same fit.\n"
        "from kerasnb.widgets import Replay\n\n"
        f"steered = Replay([\n    # epoch and batch from 0, what\n{rows}])\n"
        "# model.fit(..., callbacks=[steered])\n"
    )


def _comment(action: tuple) -> str:
    epoch, batch = action[0] + 1, action[1]
    if batch == "end":
        return "  # after the end"
    return f"  # epoch {epoch}, " + ("at its end" if batch is None else f"batch {batch + 1}")
