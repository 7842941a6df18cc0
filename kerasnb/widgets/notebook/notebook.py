"""The notebook that runs the code: the one file that imports IPython."""

from __future__ import annotations

import contextlib
import os
import sys
import threading
from collections.abc import Iterator
from typing import Any


def shell() -> Any:
    """The IPython shell of a Jupyter kernel, or None."""
    ipython = sys.modules.get("IPython")
    running = ipython.get_ipython() if ipython is not None else None
    return running if getattr(running, "kernel", None) is not None else None


def host() -> str:
    """What shows the outputs: `jupyter` (VS Code too), `colab`, `voila`, `marimo`, or `none` where nothing does."""
    if _in_marimo():
        return "marimo"
    if shell() is None:
        return "none"
    if "google.colab" in sys.modules:
        return "colab"
    if os.environ.get("SERVER_SOFTWARE", "").startswith("voila"):
        return "voila"
    return "jupyter"


def is_present() -> bool:
    """Whether a cell runs the code, so that outputs have a place."""
    return host() != "none"


def _in_marimo() -> bool:
    """Whether a cell of marimo runs the code."""
    marimo = sys.modules.get("marimo")
    return bool(marimo is not None and marimo.running_in_notebook())


def parent() -> dict:
    """The request that runs the code: the running cell's, or, on a thread, that of the cell the thread belongs to."""
    home = getattr(_thread, "home", None)
    if home is not None:
        return home
    try:
        return shell().kernel.get_parent("shell") or {}
    except (AttributeError, TypeError, LookupError):
        return {}


def is_watched() -> bool:
    """Whether a person watches the running cell: frontends name the cell, programs that run notebooks do not.

    JupyterLab, Notebook and VS Code send the id of the cell with each execution; nbconvert, papermill and nbval do not.
    A page of Voila is drawn when all cells have run, and what changes later may not arrive: it gets pictures.
    """
    where = host()
    if where == "marimo":
        return sys.modules["marimo"].app_meta().request is not None  # there is none while a notebook is exported
    return where == "colab" or (where != "voila" and "cellId" in parent().get("metadata", {}))


def running_request() -> str:
    """The id of the request that runs the code; an empty string outside of notebooks."""
    return str(parent().get("header", {}).get("msg_id", ""))


# --- threads


_thread = threading.local()  # `home`: the request of the cell in which the output of this thread belongs


@contextlib.contextmanager
def at_home(request: dict | None = None) -> Iterator[None]:
    """Lets what this thread shows appear in the cell that started it, not in whichever cell runs then.

    Args:
        request: Dict, what `parent` returned in the cell. Defaults to that of the cell that runs now.
    """
    home = request or parent()
    if shell() is None or not home or threading.current_thread() is threading.main_thread():
        yield
        return
    _thread.home, before = home, getattr(_thread, "home", None)
    token = shell().set_thread_parent(home) if hasattr(shell(), "set_thread_parent") else None
    try:
        yield
    finally:
        _thread.home = before
        if token is not None:
            shell().reset_thread_parent(token)


@contextlib.contextmanager
def _in_its_cell() -> Iterator[None]:
    """For kernels before ipykernel 7.4, whose threads have no cell of their own: the cell is set for one message."""
    running = shell()
    home = getattr(_thread, "home", None)
    if home is None or hasattr(running, "set_thread_parent"):
        yield
        return
    before = running.get_parent()
    running.set_parent(home)
    try:
        yield
    finally:
        running.set_parent(before)


# --- tools and outputs


_kept: dict[str, tuple[str, list]] = {}  # by cell: the request that ran it last, and the tools that it shows


def keep(tool: Any) -> None:
    """Remembers that the running cell shows a tool. When the cell runs again, its earlier tools are closed."""
    if shell() is None:
        return
    cell, request = _running_cell()
    before, tools = _kept.get(cell, ("", []))
    if before != request:
        for earlier in list(tools):  # each leaves the list
            earlier.close()
        tools = []
    _kept[cell] = (request, [*tools, tool])


def forget(tool: Any) -> None:
    """Lets go of a tool that is closed."""
    for _, tools in list(_kept.values()):  # a copy: a training that ends closes tools on its own thread
        tools[:] = [other for other in tools if other is not tool]


def _running_cell() -> tuple[str, str]:
    """The id of the cell that runs, and of the request that runs it."""
    return str(parent().get("metadata", {}).get("cellId", "")), running_request()


def show(bundle: dict, display_id: str | None = None) -> None:
    """Displays a mime bundle."""
    if host() == "marimo":
        marimo = sys.modules["marimo"]
        marimo.output.append(marimo.Html(bundle["text/html"]))
        return
    from IPython.display import display

    with _in_its_cell():
        display(bundle, raw=True, **({"display_id": display_id} if display_id else {}))


def show_widget(widget: Any, bundle: dict, display_id: str) -> None:
    """Displays a live view, beside what stands there without it.

    Args:
        widget: The widget.
        bundle: The mime bundle of its view and of its picture.
        display_id: String.
    """
    if host() == "marimo":
        sys.modules["marimo"].output.append(widget)
    else:
        show(bundle, display_id)


def replace(bundle: dict, display_id: str) -> None:
    """Replaces a displayed mime bundle; in marimo nothing, where a live view stays and a picture is shown once."""
    if shell() is None:
        return
    from IPython.display import update_display

    with _in_its_cell():
        update_display(bundle, display_id=display_id, raw=True)
