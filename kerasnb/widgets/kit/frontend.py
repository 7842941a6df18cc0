"""The browser's side of the tools: one widget for each, and the one file that imports anywidget."""

from __future__ import annotations

import functools
import importlib.util
import pathlib
import re
from typing import Any

WIDGETS = pathlib.Path(__file__).parents[1]
KIT = ("kit/js/elements.js", "kit/js/host.js")
LOOK = "kit/js/kit.css"
STRING = re.compile(r"""'(?:\\.|[^'\\])*'|"(?:\\.|[^"\\])*"|`(?:\\.|\$\{[^{}`]*\}|[^`\\$]|\$(?!\{))*`""")  # on one line


def available() -> bool:
    """Whether anywidget is installed."""
    return importlib.util.find_spec("anywidget") is not None


@functools.cache
def module(scripts: tuple[str, ...]) -> str:
    """The module that the browser runs, as one string: anywidget would keep a widget with a path alive for ever.

    Args:
        scripts: Paths of a tool's scripts below `kerasnb/widgets`; one of them defines `mount(host)`.
    """
    parts = [lean(_read(path)) for path in (*KIT, *scripts)]
    return "\n".join([*parts, "export default { initialize, render };\n"])


def lean(source: str) -> str:
    r"""A script without its comment lines and its indentation, which every open page would keep.

    A script is left as it is where that is not certain to mean the same: with strings over several lines, or with
    comments between `/*` and `*/`.

    Args:
        source: String, JavaScript.

    Example:

    >>> from kerasnb.widgets.kit.frontend import lean
    >>> lean("// Doubles.\nfunction twice(x) {\n  return 2 * x; // not more\n}\n")
    'function twice(x) {\nreturn 2 * x; // not more\n}'
    """
    lines = source.splitlines()
    if "/*" in source or any(line.endswith("\\") or "`" in STRING.sub("", line) for line in lines):
        return source
    stripped = (line.strip() for line in lines)
    return "\n".join(line for line in stripped if line and not line.startswith("//"))


@functools.cache
def style(sheets: tuple[str, ...]) -> str:
    """The style of a tool: what all share, then its own."""
    return "\n".join(_read(path) for path in (LOOK, *sheets))


def _read(path: str) -> str:
    return (WIDGETS / path).read_text(encoding="utf-8")


@functools.cache
def _widget_class(name: str, scripts: tuple[str, ...]) -> type:
    """The widget's class, which is created at first use, since it needs anywidget."""
    try:
        import anywidget
        import traitlets
    except ImportError as problem:
        raise ImportError(f"The live {name} needs the package anywidget: pip install anywidget") from problem

    class ToolWidget(anywidget.AnyWidget):
        """Holds what a view needs to start: the state, the style, and a name that does not change."""

        _esm = module(scripts)
        state = traitlets.Dict().tag(sync=True)
        css = traitlets.Unicode().tag(sync=True)
        uid = traitlets.Unicode().tag(sync=True)

        def __repr__(self) -> str:
            return f"<kerasnb.widgets {name}>"  # constant: an address would be another one in each run of a notebook

    return ToolWidget


def widget(name: str, uid: str, state: dict, scripts: tuple[str, ...], sheets: tuple[str, ...]) -> Any:
    """Returns a new widget.

    Args:
        name: String, what it is called in messages.
        uid: String, which marks its static picture in the page.
        state: Dict of JSON values.
        scripts: Paths of scripts below `kerasnb/widgets`.
        sheets: Paths of style sheets below `kerasnb/widgets`.

    Raises:
        ImportError: If anywidget is not installed.
    """
    made = _widget_class(name, scripts)(uid=uid, state=state, css=style(sheets))
    _allow_subshells(made)
    return made


def view_reference(made: Any) -> dict:
    """The mime data with which a notebook shows the widget."""
    return {"version_major": 2, "version_minor": 0, "model_id": made.model_id}


def close(made: Any) -> None:
    """Closes a widget, and the layout that ipywidgets would keep."""
    layout = getattr(made, "layout", None)
    made.close()
    if layout is not None:
        layout.close()


def _allow_subshells(made: Any) -> None:
    """Lets messages through while the cell runs.

    From ipykernel 7.4 on, a message from the browser is handled by the shell that last sent one on the same channel.
    That is the one of the running cell, which is busy. Without a route the browser chooses the shell, as before 7.4.
    """
    if hasattr(made.comm, "_reply_subshell_for"):
        made.comm._reply_subshell_for = None
