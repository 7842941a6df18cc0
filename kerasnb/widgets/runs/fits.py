"""The fits of one cell in one card: a small picture for each, the running one live, two of them side by side."""

from __future__ import annotations

import time
from typing import Any

from kerasnb.model.run import facts
from kerasnb.model.run.run import Run
from kerasnb.widgets.kit import frontend
from kerasnb.widgets.kit.tool import Tool
from kerasnb.widgets.kit.words import aligned, count
from kerasnb.widgets.notebook import notebook
from kerasnb.widgets.runs import picture
from kerasnb.widgets.runs import state as states

INTERVAL, SHARE = 0.5, 0.02  # seconds between two updates; the part of the time that may go into them
SCRIPTS = ("runs/js/curves.js", "runs/js/compare.js")
SHEETS = ("runs/js/runs.css",)


class Fits(Tool):
    """Small multiples of runs.

    Args:
        runs: Runs of one cell, in order.

    Example:

    >>> from kerasnb.model.run.run import Run
    >>> from kerasnb.widgets.runs.fits import Fits
    >>> print(Fits([Run(), Run()]).text().splitlines()[0])
    2 fits
    """

    name = "Fits"
    scripts = (*SCRIPTS, "runs/js/fits.js")
    sheets = SHEETS

    def __init__(self, runs: list[Run]) -> None:
        super().__init__()
        self.runs = list(runs)

    @property
    def labels(self) -> list[str]:
        """The runs are numbered from 1."""
        return [str(i + 1) for i in range(len(self.runs))]

    def state(self) -> dict:
        """The runs, what differs between them, their curves and best values."""
        return states.of(self.runs, self.labels)

    def bundle(self) -> dict:
        """The mime bundle of the static picture."""
        # The text is that of the first fit, which had this place: outputs of two executions stay comparable.
        mark = f' data-knb="{self.uid}"' if self.widget is not None else ""
        html = f'<div class="kerasnb-run"{mark}>{self.html()}</div>'
        return {"text/plain": repr(self.runs[0]), "text/html": html}

    def html(self) -> str:
        """Headline, a small picture for each run, a folded table."""
        return picture.multiples(self.runs, self.state(), self.text())

    def text(self) -> str:
        """Headline, and a line for each run."""
        state = self.state()
        sentence = states.sentence(self.runs, state)
        head = " · ".join([count(len(self.runs), "fit"), *([sentence] if sentence else [])])
        first, *rows = aligned(picture.rows(self.runs, state)[: picture.ROWS + 1])
        lines = [f"{row}  {_spark(run)}".rstrip() for row, run in zip(rows, self.runs, strict=False)]
        more = [f"{len(self.runs) - len(rows)} more"] if len(self.runs) > len(rows) else []
        return "\n".join([head, first, *lines, *more])

    def take_place(self, display_id: str, live: bool) -> None:
        """Puts the card where the first fit of the cell was shown.

        Args:
            display_id: String, of that output.
            live: Boolean, whether a person watches.
        """
        if live and frontend.available():
            reference = {"application/vnd.jupyter.widget-view+json": frontend.view_reference(self._open())}
            notebook.keep(self)
        else:
            reference = {}
        self._displays.append(display_id)
        notebook.replace(reference | self.bundle(), display_id)

    def on_stop(self, message: dict, buffers: Any) -> None:
        """Asks the running fit to end after its batch; only sets a flag."""
        for run in self.runs:
            if not run.finished:
                run.control.request_stop()


def _spark(run: Run) -> str:
    return facts.sparkline((run.history.get("val_loss") or run.history.get("loss", []))[-20:])


KEPT = (
    "status", "started", "ended", "config", "history", "epoch_numbers", "epoch_ends", "epoch_seconds", "learning_rate",
)  # fmt: skip


def record(run: Run) -> Run:
    """What is left of a run in the card: its epochs, without the model, the data and the batches behind it."""
    if not run.finished:
        return run
    kept = Run(
        run.kind, run.epochs, run.initial_epoch, run.steps, run.batch_size, run.model_name, run.metrics_names,
        run.validation,
    )  # fmt: skip
    vars(kept).update({name: getattr(run, name) for name in KEPT})
    return kept


class FoldedView:
    """The view of a fit that is not the first of its cell: a picture in the card of all of them.

    Args:
        fits: The card.
        run: `Run` that has not started.
        live: Boolean, whether a person watches.
    """

    def __init__(self, fits: Fits, run: Run, live: bool) -> None:
        self.fits, self.run, self.live, self.due = fits, run, live, 0.0
        run.listeners.append(self._on_event)

    def _on_event(self, kind: str) -> None:
        if kind != "finish":
            self.update()

    def update(self) -> None:
        """Sends the state as it is now, if it is time to."""
        if not self.live or time.perf_counter() < self.due:
            return
        began = time.perf_counter()
        self.fits.refresh(picture=False)
        ended = time.perf_counter()
        self.due = ended + max(INTERVAL, (ended - began) / SHARE)

    def close(self) -> None:
        """Shows the end, and keeps no more of the run than what is shown."""
        self.fits.runs = [record(run) for run in self.fits.runs]
        self.fits.refresh()
        if self._on_event in self.run.listeners:
            self.run.listeners.remove(self._on_event)
