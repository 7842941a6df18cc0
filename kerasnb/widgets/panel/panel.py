"""The training panel: one card that shows a run while it happens and after it, and steers it.

It is drawn in js/; this file holds what is sent to the browser, and what a click does.
"""

from __future__ import annotations

import base64
import math
import threading
from collections.abc import Callable
from typing import Any, ClassVar

from kerasnb.model.run.control import as_number
from kerasnb.model.run.run import Run
from kerasnb.widgets.kit.tool import Tool
from kerasnb.widgets.panel import static, wire
from kerasnb.widgets.runs.meter import Meter


class Panel(Tool):
    """Shows a run, and passes on what a person asks of it.

    Clicks only set flags: the training loop reads them between two batches.

    Args:
        run: `Run`.

    Example:

    >>> from kerasnb.model.run.run import Run
    >>> from kerasnb.widgets.panel.panel import Panel
    >>> print(Panel(Run(epochs=2, model_name="digits")).text())
    digits: Starting
    """

    name = "Panel"
    scripts: ClassVar[tuple[str, ...]] = tuple(
        f"panel/js/{name}.js" for name in ("store", "axes", "marks", "chart", "head", "tools", "panel")
    )
    sheets: ClassVar[tuple[str, ...]] = ("panel/js/panel.css",)

    def __init__(self, run: Run) -> None:
        super().__init__()
        if not isinstance(run, Run):
            raise ValueError(f"Argument `run` must be a run, such as `model.run`. Received: {type(run).__name__}")
        self.run = run
        changed = any(event["kind"] == "learning_rate" for event in run.events)
        self.first_rate = None if changed else run.learning_rate
        self.seen = False  # whether a page has drawn it
        self.drawn = False  # and keeps it in front of the picture
        self.cursor, self.version = wire.Cursor(), 0
        self.sent_more: dict | None = None
        self.meter = Meter()
        self.sending = threading.Lock()
        self.ends: list[Callable[[], None]] = []  # called when it is closed

    # --- what it is

    def state(self) -> dict:
        """The run so far in compact form: a page that opens late draws it."""
        return {"whole": base64.b64encode(wire.whole(self.run)).decode(), "rate": self.first_rate}

    def bundle(self) -> dict:
        """The mime bundle of the static picture."""
        return static.bundle(self.run, self.uid)

    def html(self) -> str:
        """The static picture."""
        return static.page(self.run)

    def text(self) -> str:
        """The run in words and numbers."""
        return static.text(self.run)

    def publish(self) -> bool:
        """Sends what is new; returns whether it did: not while another thread is sending, which brings the rest."""
        if self.widget is None or not self.sending.acquire(blocking=False):
            return False
        try:
            head, buffers, reached = wire.delta(self.run, self.cursor)
            head["state"]["meter"] = "" if self.run.finished else self.meter.read().text()
            more = wire.more(self.run)
            if more != self.sent_more:
                self.version += 1
                head["more"] = more
            self.push("delta", buffers, version=self.version, **head)
            self.cursor, self.sent_more = reached, more
            return True
        finally:
            self.sending.release()

    def close(self) -> None:
        """Leaves the picture and ends the view."""
        for end in self.ends:
            end()
        super().close()

    def _on_message(self, widget: Any, content: dict, buffers: list) -> None:
        if not isinstance(content, dict):
            return
        if content.get("do") == "shown":
            self.seen, self.drawn = True, self.drawn or bool(content.get("stays"))
        super()._on_message(widget, content, buffers)
        if content.get("do") in CLICKS:
            self.publish()

    # --- what a click does

    def on_whole(self, message: dict, buffers: list) -> tuple[dict, list]:
        """A page that missed a message gets everything."""
        return {}, [wire.whole(self.run)]

    def on_stop(self, message: dict, buffers: list) -> None:
        """Ends the training after the current batch."""
        self._running().request_stop()

    def on_pause(self, message: dict, buffers: list) -> None:
        """Waits after the current batch."""
        self._running().pause()

    def on_resume(self, message: dict, buffers: list) -> None:
        """Goes on."""
        self._running().resume()

    def on_step(self, message: dict, buffers: list) -> None:
        """Trains one batch or one epoch, then waits."""
        self._running().step("epoch" if message.get("what") == "epoch" else "batch")

    def on_more(self, message: dict, buffers: list) -> None:
        """Adds epochs to this run, also when it has ended."""
        count = whole_number("number of epochs", message.get("count", 5), 1)
        if self.run.finished:
            self.run.extend(count)
        else:
            self.run.control.add_epochs(count)

    def on_set(self, message: dict, buffers: list) -> dict:
        """Changes the learning rate or another number from the next batch on."""
        name, typed = str(message.get("name", "learning_rate")), str(message.get("value", "")).strip()
        value = typed_number(name, typed)
        self._running().set(name, value)
        return {"name": name, "value": value}

    def on_restore(self, message: dict, buffers: list) -> dict:
        """Puts the weights of an epoch back into the model."""
        epoch = whole_number("epoch", message.get("epoch"), 0)
        self.run.restore(epoch)
        self._freeze()
        return {"epoch": epoch}

    def on_again(self, message: dict, buffers: list) -> None:
        """Puts the weights before the first epoch back, and trains again."""
        self.run.start_again()

    def on_code(self, message: dict, buffers: list) -> dict:
        """The code that replays every click."""
        return {"code": self.run.code()}

    def _running(self) -> Any:
        if self.run.finished:
            raise ValueError("The training has ended: there is nothing to steer. Run the cell again to train.")
        return self.run.control


MOST = 100_000  # epochs that one message may ask for
CLICKS = ("stop", "pause", "resume", "step", "more", "set", "restore", "again")


def whole_number(what: str, value: Any, least: int) -> int:
    """A whole number that a page sent, up to 100,000.

    Args:
        what: String, what it is for.
        value: What came.
        least: Integer, the smallest one.

    Raises:
        ValueError: If it is not such a number.
    """
    number = as_number(value)
    if not (least <= number <= MOST and number == int(number)):
        raise ValueError(f"The {what} must be a whole number from {least} to {MOST:,}, such as 5; got {value}")
    return int(number)


def typed_number(name: str, typed: str) -> float:
    """What a person typed as a number; a learning rate is above zero.

    Args:
        name: String, what it is for.
        typed: String; a comma may stand for the point.

    Raises:
        ValueError: If it is not such a number.

    Example:

    >>> from kerasnb.widgets.panel.panel import typed_number
    >>> typed_number("learning_rate", "1e-4"), typed_number("learning_rate", "0,01")
    (0.0001, 0.01)
    """
    try:
        value = float(typed.replace(",", "."))
    except ValueError:
        value = math.nan
    rate = name == "learning_rate"
    if not math.isfinite(value) or (rate and value <= 0):
        what, kind = name.replace("_", " "), "a positive number, such as 1e-3" if rate else "a number"
        raise ValueError(f"The {what} must be {kind}. You typed: {typed or 'nothing'}")
    return value
