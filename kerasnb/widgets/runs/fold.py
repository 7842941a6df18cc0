"""Which fits belong together: those of one execution of a cell, one after the other."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from kerasnb.model.run.run import Run
from kerasnb.widgets.notebook import notebook
from kerasnb.widgets.runs.fits import Fits, FoldedView, record


class _Cell:
    """The fits of the cell that ran last."""

    def __init__(self) -> None:
        self.request = ""
        self.first: Any = None  # the view of the first fit
        self.runs: list[Run] = []  # the last of them
        self.fits: Fits | None = None


_cell = _Cell()


def view(run: Run, live: bool, make: Callable[[], Any]) -> Any:
    """The view of a fit: its own for the first one of a cell, a place in the common card for each that follows.

    Args:
        run: `Run` that has not started.
        live: Boolean, whether a person watches.
        make: Function that returns the fit's own view.
    """
    request = notebook.running_request()
    ended = all(earlier.finished for earlier in _cell.runs)
    if not request or request != _cell.request or not ended or not _place():
        own = make()
        if request != _cell.request or ended:  # a fit within a fit, or beside one, belongs to no group
            _cell.request, _cell.first, _cell.runs, _cell.fits = request, own, [run], None
        return own
    if _cell.fits is None:
        _cell.fits, place = Fits([record(_cell.runs[0]), run]), _place()
        getattr(_cell.first, "panel", _cell.first).close()
        _cell.first = None
        _cell.fits.take_place(place, live)
    else:
        _cell.fits.runs = [*_cell.fits.runs, run]
    _cell.runs = [run]
    return FoldedView(_cell.fits, run, live)


def _place() -> str:
    """The output of the first fit, if it has one."""
    if _cell.fits is not None:
        return _cell.fits._displays[0]
    panel = getattr(_cell.first, "panel", None)
    return (panel._displays[0] if panel._displays else "") if panel is not None else _cell.first.display_id or ""
