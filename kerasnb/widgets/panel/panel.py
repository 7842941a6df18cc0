"""The live panel: one widget, and the one file that imports anywidget.

It is drawn in js/; this file only holds what is sent to the browser.
"""

from __future__ import annotations

import functools
import importlib.util
import pathlib

HERE = pathlib.Path(__file__).parent / "js"
PARTS = ("store.js", "chart.js", "panel.js")


@functools.cache
def esm() -> str:
    """The module that the browser runs, as one string: anywidget would keep a widget with a path alive for ever."""
    return "\n".join((HERE / part).read_text(encoding="utf-8") for part in PARTS)


@functools.cache
def css() -> str:
    """The style of the panel."""
    return (HERE / "panel.css").read_text(encoding="utf-8")


def available() -> bool:
    """Whether anywidget is installed."""
    return importlib.util.find_spec("anywidget") is not None


@functools.cache
def panel_class() -> type:
    """Returns the widget's class, which is created at first use, since it needs anywidget.

    Raises:
        ImportError: If anywidget is not installed.
    """
    try:
        import anywidget
        import traitlets
    except ImportError as problem:
        raise ImportError("The live panel needs the package anywidget: pip install anywidget") from problem

    class Panel(anywidget.AnyWidget):
        """Shows a run while it happens; `fit` creates it.

        Attributes:
            history: Bytes, the run so far in compact form, for a view that opens late.
        """

        _esm = esm()
        _css = css()
        history = traitlets.Bytes(b"").tag(sync=True)

        def __repr__(self) -> str:
            return "<kerasnb.widgets.Panel>"  # constant: an address would be another one in each run of a notebook

    return Panel
