"""Runs side by side: curves over each other, and only the settings that differ."""

from __future__ import annotations

from typing import Any

from kerasnb.model.run import facts
from kerasnb.model.run.run import Run
from kerasnb.widgets.kit.tool import Tool
from kerasnb.widgets.kit.words import aligned, number
from kerasnb.widgets.runs import picture
from kerasnb.widgets.runs import state as states
from kerasnb.widgets.runs.fits import SCRIPTS, SHEETS

MOST = 6  # curves that colours and dashes can tell apart


def compare(*runs: Any, **named: Any) -> Compare:
    """Compares trainings: their curves, what differs in their settings, and what came of it.

    Args:
        *runs: Two to six trainings: what `fit` returned, a `Run`, or a model (its last training).
        **named: More of them, with the names that the comparison uses in place of numbers.

    Returns:
        `Compare`, which a notebook shows and `print(comparison.text())` prints.

    Raises:
        ValueError: If there are too few or too many, or one of them has not been trained.
        TypeError: If one of them is something else.

    Example:

    >>> import kerasnb.widgets as kw
    >>> x, y = np.ones((8, 4)), np.ones((8, 1))
    >>> histories = []
    >>> for units in (2, 4):
    ...     model = keras.Sequential([keras.Input((4,)), keras.layers.Dense(units), keras.layers.Dense(1)])
    ...     model.compile("sgd", "mse")
    ...     histories.append(model.fit(x, y, epochs=2, verbose=0))
    >>> kw.compare(*histories).state()["differ"]
    ['units of dense 1', 'parameters']
    """
    chosen = {str(i + 1): run for i, run in enumerate(runs)} | named
    if not 2 <= len(chosen) <= MOST:
        raise ValueError(f"`compare` needs 2 to {MOST} trainings. Received: {len(chosen)}")
    return Compare([_run(thing, label) for label, thing in chosen.items()], list(chosen))


def _run(thing: Any, label: str) -> Run:
    """The run of what a person calls a training."""
    run = thing if isinstance(thing, Run) else _known(thing)
    if run is None:
        if hasattr(thing, "fit"):
            raise ValueError(f"Argument {label} of `compare` is a model without a training. Call `fit` first.")
        raise TypeError(
            f"Argument {label} of `compare` must be what `fit` returned, a `Run` or a trained model. "
            f"Received: {thing!r} (of type {type(thing).__name__})"
        )
    if run.kind != "fit" or not run.epoch_ends:
        raise ValueError(f"Argument {label} of `compare` has no complete epoch. Received: {run!r}")
    return run


def _known(thing: Any) -> Run | None:
    run = getattr(thing, "run", None)
    return run if isinstance(run, Run) else None


class Compare(Tool):
    """Curves of runs over each other, with a table of what differs; `compare` makes it.

    Args:
        runs: List of `Run`.
        labels: What they are called.
    """

    name = "Compare"
    scripts = (*SCRIPTS, "runs/js/side.js")
    sheets = SHEETS

    def __init__(self, runs: list[Run], labels: list[str]) -> None:
        super().__init__()
        self.runs, self.labels = runs, labels

    def state(self) -> dict:
        """The runs, what differs between them, their curves and best values."""
        return states.of(self.runs, self.labels)

    def line(self) -> str:
        """What is better, and by how much."""
        return verdict(self.runs, self.state())

    def html(self) -> str:
        """Curves over each other beside a table."""
        return picture.compared(self.runs, self.state(), self.line(), self.text())

    def text(self) -> str:
        """The verdict, a small curve for each run, and the table."""
        state = self.state()
        rows = picture.both(self.runs, state)
        width = max(len(row[0]) for row in rows)
        columns = aligned([row[1:] for row in rows])
        lines = [f"{row[0]:<{width}}  {rest}".rstrip() for row, rest in zip(rows, columns, strict=True)]
        equal = ", ".join(f"{name} {value}" for name, value in state["equal"])
        folded = f"{picture.settings_are_equal(state)}: {equal}" if equal else ""
        series = states.judged(self.runs, "loss")
        sparks = [f"{label}  {_spark(run, series)}" for label, run in zip(self.labels, self.runs, strict=True)]
        return "\n".join([f"{picture.title(state)}: {self.line()}", *sparks, *lines, *([folded] if folded else [])])


def _spark(run: Run, name: str) -> str:
    return f"{name} {facts.sparkline(run.history.get(name, [])[-60:])}"


def verdict(runs: list[Run], state: dict) -> str:
    """`run 7 is better by 0.0238 val_loss and slower by 7 s`."""
    name = state["metrics"][0] if state["metrics"] else "loss"
    at = states.winner(runs, name)
    if at is None:
        return "no run has a finite loss"
    entries = state["runs"]
    label, series = picture.called(entries[at]["label"]), states.judged(runs, name)
    others = [i for i in range(len(runs)) if i != at]
    left = [i for i in others if name in entries[i]["best"]]
    if not left:
        return f"{label} has the best {series}; the other loss is not finite"
    second = min(left, key=lambda i: abs(entries[i]["best"][name][0] - entries[at]["best"][name][0]))
    gap = abs(entries[second]["best"][name][0] - entries[at]["best"][name][0])
    if gap == 0:
        return f"equal best {series}"
    slower = entries[at]["seconds"] - entries[second]["seconds"]
    than = f" than {picture.called(entries[second]['label'])}" if len(runs) > 2 else ""
    pace = f" and {'slower' if slower > 0 else 'faster'} by {facts.duration(abs(slower))}"
    return f"{label} is better{than} by {number(gap)} {series}{pace}"
