"""Views of a run in a notebook: the live panel, and the picture at the end."""

from __future__ import annotations

import importlib
import math
import os
import threading
import time
import uuid
import warnings
from typing import Any

from kerasnb.model.run.run import Run
from kerasnb.widgets.kit import frontend
from kerasnb.widgets.notebook import notebook
from kerasnb.widgets.panel import static
from kerasnb.widgets.panel.panel import Panel
from kerasnb.widgets.runs import fold

INTERVAL = 0.2  # seconds between two updates of a panel, from the first batch on and after events
LATER = ((60.0, 1.0), (2.0, 0.4))  # from so many seconds on, so many: drawing in the browser takes the same processor
WHOLE_INTERVAL = 1.0  # seconds between two refreshes of a picture that stands for a panel
LATE_INTERVAL = 3.0  # seconds between two refreshes of what a late view reads
WHOLE_BYTES = 25_000  # of it in a second
PICTURE_INTERVAL = 10.0  # seconds between two refreshes of the picture that is saved while it trains
SHARE = 0.02  # of the time may go into showing
PATIENCE = 10.0  # seconds that the page has to draw a panel whose run has ended already
MOST = 5  # panels of ended runs that stay live
_ended: list[Panel] = []


def home() -> Any:
    """The cell that runs now; `at_home` brings the output of another thread there."""
    return notebook.parent() or None


def at_home(cell: Any) -> Any:
    """A context in which this thread's output appears in a cell."""
    return notebook.at_home(cell)


def bundle(run: Run) -> dict:
    """The mime bundle of a run as it is now."""
    return static.bundle(run)


def open_view(run: Run, renderer: str) -> Any:
    """The view for the notebook that runs the code, or None outside of notebooks.

    Args:
        run: `Run`.
        renderer: `"auto"`, `"live"` or `"static"`.
    """
    if not notebook.is_present() or (run.home is not None and notebook.host() == "colab"):
        return None  # Colab loses what another thread sends
    live = renderer == "live" or (renderer == "auto" and notebook.is_watched())
    if run.kind != "fit":
        return StaticView(run, live)
    return fold.view(run, live, lambda: LiveView(run) if live and frontend.available() else StaticView(run, live))


def show_failure(run: Run, problem: Exception, model: Any) -> None:
    """Shows a run that failed before it started, unless the traceback of the error brings a card of its own.

    Args:
        run: `Run`, failed.
        problem: The error.
        model: The model.
    """
    renderer = os.environ.get("KERASNB_RENDERER") or "auto"
    if renderer not in ("auto", "live", "static") or _is_drawn(problem, model):
        return
    view = open_view(run, renderer)
    if isinstance(view, LiveView):
        view.panel.show_live()
    if view is not None:
        view.close()


def _is_drawn(problem: Exception, model: Any) -> bool:
    """Whether an error is drawn where its traceback is shown; what draws it is imported only for an error."""
    return importlib.import_module("kerasnb.widgets.errors.render").is_drawn(problem, model)


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
        if not self.live and self.run.watch is not None and self.display_id is None:
            self._show()  # what is watched comes below it
        if not self.live or time.perf_counter() < self.due:
            return
        began = time.perf_counter()
        self._show()
        ended = time.perf_counter()
        self.due = ended + max(WHOLE_INTERVAL, (ended - began) / SHARE)

    def _show(self) -> None:
        if self.display_id is None:
            self.display_id = uuid.uuid4().hex
            notebook.show(static.bundle(self.run), self.display_id)
        else:
            notebook.replace(static.bundle(self.run), self.display_id)

    def close(self) -> None:
        """Shows the end."""
        if self.run.kind != "predict" or self.display_id is not None:
            self._show()
            self.run.failure_is_shown = self.run.failure is not None


class LiveView:
    """Keeps a panel up to date while a run happens, and leaves it open when the run has ended.

    Mostly the training thread sends. Messages from the browser may arrive on another thread; they set flags, and send
    what has changed.

    Args:
        run: `Run` that has not started.
        widget: The panel's widget; a new one if it is None.
    """

    def __init__(self, run: Run, widget: Any = None) -> None:
        self.run, self.panel = run, Panel(run)
        self.due = self.soonest = self.whole_due = self.picture_due = 0.0
        self.first_batch = math.inf  # when it was seen
        self.broken = False
        run.keep_snapshots = True
        self.timer: threading.Timer | None = None
        if widget is not None:
            self.panel.widget = widget
            widget.on_msg(self.panel._on_message)
        self.panel._open()
        run.listeners.append(self._on_event)
        self.panel.ends.append(self._let_go)

    # --- from the run

    def _on_event(self, kind: str) -> None:
        if kind == "start" and not self.panel._displays:
            self.panel.show_live()
            self._publish()
        elif kind == "finish" and self.panel in _ended:  # a run that went on after its end
            self._settle()
        elif kind != "finish":
            if kind in ("event", "phase", "reopen"):
                self.due = self.soonest
            self.update()

    def update(self) -> None:
        """Sends what is new, if it is time to."""
        if time.perf_counter() >= self.due:
            self._publish()

    def _publish(self) -> None:
        if self.broken:
            return
        began = ended = time.perf_counter()
        try:
            first = self.panel.cursor.batches == 0 and self.run.batches > 0
            self.first_batch = began if first else self.first_batch
            published = self.panel.publish()
            ended = time.perf_counter()
            if published:
                self._refresh(began, first)
        except Exception as problem:  # a broken connection must not end a training
            self.broken = True
            warnings.warn(f"The live panel stopped updating: {problem!r}", stacklevel=2)
        now = time.perf_counter()
        self.soonest = now + max(INTERVAL, (ended - began) / SHARE)
        age = now - self.first_batch
        self.due = max(self.soonest, now + next((each for later, each in LATER if age >= later), INTERVAL))

    def _refresh(self, began: float, first: bool) -> None:
        """Brings what a late view and a saved notebook read up to date: seldom, as it takes time and bytes."""
        if began >= self.whole_due or first:
            self.panel.refresh(picture=False)
            ended = time.perf_counter()
            size = len(self.panel.widget.state["whole"]) if self.panel.widget is not None else 0
            self.whole_due = ended + max(LATE_INTERVAL, size / WHOLE_BYTES, (ended - began) / SHARE)
        if self.panel.drawn and began >= self.picture_due:
            began = time.perf_counter()
            self.panel._freeze()
            ended = time.perf_counter()
            self.picture_due = ended + max(PICTURE_INTERVAL, (ended - began) / SHARE)

    def _let_go(self) -> None:
        """The panel is closed: nothing is sent any more."""
        if self._on_event in self.run.listeners:
            self.run.listeners.remove(self._on_event)
        if self.timer is not None:
            self.timer.cancel()
        if self.panel in _ended:
            _ended.remove(self.panel)

    # --- the end

    def close(self) -> None:
        """Leaves the last state in the panel and the picture in the notebook; only a few panels stay open."""
        self._settle()
        self.run.failure_is_shown = self.run.failure is not None and bool(self.panel._displays)
        if self.panel in _ended:
            _ended.remove(self.panel)
        _ended.append(self.panel)
        while len(_ended) > MOST:
            _ended[0].close()

    def _settle(self) -> None:
        """Sends the end. The picture replaces a panel that a page has drawn, or has had the time to draw."""
        self._publish()
        if self.broken:
            self.panel.close()
            return
        waits = not self.panel.seen and notebook.is_watched()
        self.panel.refresh(picture=not waits)
        if waits:
            self.timer = threading.Timer(PATIENCE, self.panel._freeze)
            self.timer.daemon = True
            self.timer.start()
