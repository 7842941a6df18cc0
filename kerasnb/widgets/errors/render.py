"""What a notebook shows of an error that nobody caught: of one about shapes the picture and a short traceback."""

from __future__ import annotations

import sys
from traceback import format_exception

from kerasnb.widgets.errors import trace
from kerasnb.widgets.errors.explain import ShapeError, explain
from kerasnb.widgets.notebook import notebook

DRAWN = "_kerasnb_drawn"


def traceback(problem: Exception) -> list[str]:
    """The traceback as IPython shows it, in lines. An error of shapes is drawn above it.

    Args:
        problem: The error.
    """
    told = _told(problem)
    if told is None:
        return _plain(problem)
    if notebook.shell() is not None:
        words: list[str] = []
        if not vars(problem).setdefault(DRAWN, False):  # IPython asks again for the reply to the frontend
            vars(problem)[DRAWN] = True
            told.show()
    else:
        words = ["", *told.text().splitlines()]
    first, *more = str(problem).strip().splitlines()
    return [*trace.short(problem, message=False).splitlines(), f"{type(problem).__name__}: {first}", *more, *words]


def _told(problem: Exception) -> ShapeError | None:
    try:
        return explain(problem)
    except Exception:  # an error while an error is explained must not hide the first one
        return None


def _plain(problem: Exception) -> list[str]:
    """What IPython would have shown without us."""
    ipython = sys.modules["IPython"].get_ipython()
    shown = problem.__traceback__
    if ipython is None:
        return format_exception(type(problem), problem, shown)
    return ipython.InteractiveTB.structured_traceback(type(problem), problem, shown, tb_offset=1)
