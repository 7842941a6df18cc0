"""The notebook that runs the code: the one file that imports IPython."""

from __future__ import annotations

import sys
from typing import Any


def shell() -> Any:
    """The IPython shell of a Jupyter kernel, or None."""
    ipython = sys.modules.get("IPython")
    running = ipython.get_ipython() if ipython is not None else None
    return running if getattr(running, "kernel", None) is not None else None


def is_watched() -> bool:
    """Whether a person watches the running cell: frontends name the cell, programs that run notebooks do not."""
    if "google.colab" in sys.modules:
        return True
    try:
        return "cellId" in (shell().kernel.get_parent("shell") or {}).get("metadata", {})
    except (AttributeError, TypeError):
        return False


_kept: dict[str, tuple[str, list]] = {}  # by cell: the request that ran it last, and the tools that it shows


def keep(tool: Any) -> None:
    """Remembers that the running cell shows a tool. When the cell runs again, its earlier tools are closed."""
    cell, request = _running_cell()
    before, tools = _kept.get(cell, ("", []))
    if before != request:
        for earlier in tools:
            earlier.close()
        tools = []
    _kept[cell] = (request, [*tools, tool])


def _running_cell() -> tuple[str, str]:
    """The id of the cell that runs, and of the request that runs it."""
    parent = shell().kernel.get_parent("shell") or {}
    return str(parent.get("metadata", {}).get("cellId", "")), str(parent.get("header", {}).get("msg_id", ""))


def show(bundle: dict, display_id: str | None = None) -> None:
    """Displays a mime bundle."""
    from IPython.display import display

    display(bundle, raw=True, **({"display_id": display_id} if display_id else {}))


def replace(bundle: dict, display_id: str) -> None:
    """Replaces a displayed mime bundle."""
    from IPython.display import update_display

    update_display(bundle, display_id=display_id, raw=True)
