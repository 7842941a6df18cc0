"""Views of a run in a notebook: the live panel, and the picture at the end."""

from __future__ import annotations

import threading
import time
import uuid
import warnings
from typing import Any

from kerasnb.model.run.run import Run
from kerasnb.widgets.notebook import notebook
from kerasnb.widgets.panel import panel, static, wire

INTERVAL = 0.2  # seconds between two updates of a panel
WHOLE_INTERVAL = 1.0  # seconds between two refreshes of what a late view reads
SHARE = 0.02  # of the time may go into showing


def bundle(run: Run) -> dict:
    """The mime bundle of a run as it is now."""
    return static.bundle(run)


def open_view(run: Run, renderer: str) -> LiveView | StaticView | None:
    """The view for the notebook that runs the code, or None outside of notebooks.

    Args:
        run: `Run`.
        renderer: `"auto"`, `"live"` or `"static"`.
    """
    if notebook.shell() is None:
        return None
    live = renderer == "live" or (renderer == "auto" and notebook.is_watched())
    if run.kind == "fit" and live and panel.available():
        return LiveView(run)
    return StaticView(run, live)


class StaticView:
    """Shows how a run ended and, while a person watches, its progress about once a second.

    A quick prediction shows nothing.

    Args:
        run: `Run`.
        live: Boolean, whether a person watches.
    """

    def __init__(self, run: Run, live: bool) -> None:
        self.run, self.live = run, live
        self.display_id: str | None = None
        self.due = time.perf_counter() + (2.0 if run.kind != "fit" else 0.0)

    def update(self) -> None:
        """Shows the run as it is now, if it is time to."""
        if not self.live or time.perf_counter() < self.due:
            return
        began = time.perf_counter()
        self._show()
        ended = time.perf_counter()
        self.due = ended + max(WHOLE_INTERVAL, (ended - began) / SHARE)

    def _show(self) -> None:
        if self.display_id is None:
            self.display_id = uuid.uuid4().hex
            notebook.show(static.bundle(self.run), self.display_id if self.live else None)
        else:
            notebook.replace(static.bundle(self.run), self.display_id)

    def close(self) -> None:
        """Shows the end."""
        if self.run.kind != "predict" or self.display_id is not None:
            self._show()


def _allow_subshells(widget: Any) -> None:
    """Lets messages through while the cell runs.

    From ipykernel 7.4 on, a message from the browser is handled by the shell that last sent one on the same channel.
    That is the one of the running cell, which is busy. Without a route the browser chooses the shell, as before 7.4.
    """
    if hasattr(widget.comm, "_reply_subshell_for"):
        widget.comm._reply_subshell_for = None


class LiveView:
    """Keeps a panel up to date while a run happens, and replaces it by a picture at the end.

    Everything is sent under one lock, mostly by the training thread. Messages from the browser may arrive on another
    thread, and only set flags.

    Args:
        run: `Run` that has not started.
        widget: The panel; a new one if it is None.
    """

    def __init__(self, run: Run, widget: Any = None) -> None:
        self.run, self.display_id = run, uuid.uuid4().hex
        self.panel: Any = panel.panel_class()(history=wire.whole(run)) if widget is None else widget
        self.cursor, self.due, self.whole_due, self.closed = wire.Cursor(), 0.0, 0.0, False
        self.seq, self.resend = 0, False
        self.lock = threading.Lock()
        self.panel.on_msg(self._on_message)
        _allow_subshells(self.panel)
        run.listeners.append(self._on_event)

    # --- from the run

    def _on_event(self, kind: str) -> None:
        if kind == "start":
            self._display()
        elif kind != "finish":
            self.update()

    def _display(self) -> None:
        first = {"application/vnd.jupyter.widget-view+json": self._reference(), **static.bundle(self.run)}
        notebook.show(first, self.display_id)
        self._publish()

    def _reference(self) -> dict:
        return {"version_major": 2, "version_minor": 0, "model_id": self.panel.model_id}

    def update(self) -> None:
        """Sends what is new, if it is time to."""
        if time.perf_counter() >= self.due:
            self._publish()

    def _publish(self) -> None:
        if self.closed or not self.lock.acquire(blocking=False):
            return  # another thread is sending; the next update brings the rest
        try:
            began = time.perf_counter()
            first = self.cursor.batches == 0 and self.run.batches > 0
            self._send_delta()
            if began >= self.whole_due or first:
                self._send_whole()
            self.due = time.perf_counter() + INTERVAL
        except Exception as problem:  # a broken connection must not end a training
            self.closed = True
            warnings.warn(f"The live panel stopped updating: {problem!r}", stacklevel=2)
        finally:
            self.lock.release()

    def _send_delta(self) -> None:
        if self.resend:
            self.resend = False
            self.panel.send({"do": "whole", "seq": self.seq}, [wire.whole(self.run)])
        head, buffers, self.cursor = wire.delta(self.run, self.cursor)
        self.seq += 1
        self.panel.send({"do": "delta", "seq": self.seq, **head}, buffers)

    def _send_whole(self) -> None:
        began = time.perf_counter()
        self.panel.history = wire.whole(self.run)
        ended = time.perf_counter()
        self.whole_due = ended + max(WHOLE_INTERVAL, (ended - began) / SHARE)

    # --- from the browser, on any thread

    def _on_message(self, widget: Any, content: dict, buffers: list) -> None:
        control, request = self.run.control, content.get("do")
        if request == "ping":
            widget.send({"do": "pong", "n": content.get("n")})
        elif request == "resend":
            self.resend = True
        elif request == "stop":
            control.request_stop()
        elif request == "pause":
            control.pause()
        elif request == "resume":
            control.resume()
        elif request == "rate":
            self._set_rate(widget, content.get("value"))

    def _set_rate(self, widget: Any, value: Any) -> None:
        try:
            self.run.control.set_learning_rate(value)
        except (TypeError, ValueError) as problem:
            widget.send({"do": "refused", "why": str(problem)})

    # --- the end

    def close(self) -> None:
        """Puts the final picture where the panel was, then closes the panel (in this order: closing hides it)."""
        if self.closed and self.panel is None:
            return
        with self.lock:
            self.closed = True
            notebook.replace(static.bundle(self.run), self.display_id)
            self.panel.close()
        if self._on_event in self.run.listeners:
            self.run.listeners.remove(self._on_event)
        self.panel = None
