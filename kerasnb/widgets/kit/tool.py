"""A tool of the notebook: its state stands here, the browser draws it, and a picture stays in the saved notebook."""

from __future__ import annotations

import contextlib
import os
import threading
import uuid
from typing import Any, ClassVar

from kerasnb.widgets.kit import frontend
from kerasnb.widgets.notebook import notebook

LONGEST = 600  # letters of an answer that says what is wrong


class Tool:
    """What is shown in a cell and answers the browser.

    A tool names its scripts and sheets, describes itself by `state`, `html` and `text`, and handles the message `verb`
    in a method `on_verb(message, buffers)`. What that returns, a dict or a tuple of a dict and a list of buffers, is
    the answer; a `ValueError` is an answer too, shown to the person as it is.

    The cell's output starts as the live view. As soon as the browser draws it, the output becomes the static picture,
    and the live card moves in front of it: so that the notebook holds the picture whenever it is saved, a reload shows
    it, and no reader ever meets a view without its kernel.

    Handlers run on another thread while a cell runs, one at a time.
    """

    name: ClassVar[str] = "tool"
    scripts: ClassVar[tuple[str, ...]] = ()
    sheets: ClassVar[tuple[str, ...]] = ()

    def __init__(self) -> None:
        self.uid = uuid.uuid4().hex[:12]
        self.widget: Any = None
        self.lock = threading.RLock()
        self._displays: list[str] = []  # ids of the outputs that show it
        self._views: set[str] = set()  # those that are not yet a picture

    def __repr__(self) -> str:
        return f"<kerasnb.widgets {self.name}>"  # constant, for notebooks that are compared with what they printed

    # --- what a tool defines

    def state(self) -> dict:
        """What a new view needs to draw everything: JSON values."""
        raise NotImplementedError(f"{type(self).__name__} needs a method state()")

    def html(self) -> str:
        """The static picture, made with `kit.card.card`: HTML without scripts and without `<svg>`."""
        raise NotImplementedError(f"{type(self).__name__} needs a method html()")

    def text(self) -> str:
        """The same as text, for consoles."""
        raise NotImplementedError(f"{type(self).__name__} needs a method text()")

    # --- showing

    def bundle(self) -> dict:
        """The mime bundle of the static picture."""
        return {"text/plain": repr(self), "text/html": f'<div data-knb="{self.uid}">{self.html()}</div>'}

    def _ipython_display_(self) -> None:
        self.show()

    def _repr_mimebundle_(self, include: Any = None, exclude: Any = None) -> dict:
        return self.bundle()

    def _display_(self) -> Any:
        """What marimo shows."""
        return self._open()

    def show(self) -> None:
        """Shows the tool in the running cell: live where a person watches, else its picture, else its text."""
        renderer = os.environ.get("KERASNB_RENDERER") or "auto"
        if renderer == "none":
            return
        if not notebook.is_present() or renderer == "text":
            print(self.text())
            return
        live = renderer == "live" or (renderer == "auto" and notebook.is_watched())
        if not (live and frontend.available()):
            notebook.show(self.bundle())
            return
        self.show_live()

    def show_live(self) -> None:
        """Shows the live view in the running cell, and keeps it until the cell runs again."""
        widget, display_id = self._open(), uuid.uuid4().hex
        notebook.keep(self)
        self._displays.append(display_id)
        self._views.add(display_id)
        first = {"application/vnd.jupyter.widget-view+json": frontend.view_reference(widget), **self.bundle()}
        notebook.show_widget(widget, first, display_id)

    def _open(self) -> Any:
        if self.widget is None:
            self.widget = frontend.widget(self.name, self.uid, self.state(), self.scripts, self.sheets)
            self.widget.on_msg(self._on_message)
        return self.widget

    def refresh(self, picture: bool = True) -> None:
        """Sends the state as it is now to the views.

        Args:
            picture: Boolean, whether the saved picture is replaced too.
        """
        widget = self.widget  # another thread may close it while the state is made
        if widget is not None:
            widget.state = self.state()
        if picture:
            self._freeze()

    def push(self, kind: str, buffers: Any = (), **payload: Any) -> None:
        """Sends a message to the views: an event, not state."""
        widget = self.widget
        if widget is not None:
            widget.send({"kind": kind, **payload}, list(buffers))

    def _freeze(self) -> None:
        self._views.clear()
        for display_id in self._displays:
            notebook.replace(self.bundle(), display_id)

    def close(self) -> None:
        """Leaves the picture and ends the view."""
        if self.widget is None:
            return
        with contextlib.suppress(Exception):  # a broken connection: the picture must stay all the same
            self.push("closed")
        self._freeze()
        frontend.close(self.widget)
        self.widget = None
        notebook.forget(self)

    # --- messages from the browser

    def _on_message(self, widget: Any, content: dict, buffers: list) -> None:
        if not isinstance(content, dict):
            return  # no page sends that, and nobody waits for an answer
        verb = str(content.get("do"))
        reply: dict
        try:
            with self.lock:
                answer = self._answer(verb, content, buffers)
        except Exception as problem:  # whatever it is, the person who clicked must see it
            reply, sent = {"error": explained(problem)}, []
        else:
            result, sent = answer if isinstance(answer, tuple) else (answer, [])
            reply = {"result": result or {}}
        if "ask" in content:
            widget.send({"reply": content["ask"], **reply}, sent)

    def _has_been_shown(self, content: dict) -> dict:
        """The picture takes the place of the view, once for each output: the message may come several times."""
        if content.get("stays") and self._views:
            self._freeze()
        return {}

    def _answer(self, verb: str, content: dict, buffers: list) -> Any:
        if verb == "ping":
            return {}
        if verb == "shown":
            return self._has_been_shown(content)
        handler = getattr(self, f"on_{verb}", None)
        if handler is None:
            raise ValueError(f"{self.name} has no action {verb}")
        return handler(content, buffers)


def explained(problem: Exception) -> str:
    """An error as a sentence for the person who clicked."""
    words = str(problem).strip()
    if not words or not isinstance(problem, ValueError):
        words = f"{type(problem).__name__}: {words}".rstrip(": ")
    return words if len(words) <= LONGEST else f"{words[: LONGEST - 2]} …"
