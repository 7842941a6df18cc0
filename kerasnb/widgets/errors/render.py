"""What a notebook shows of an error that nobody caught: of one about shapes the picture and a short traceback."""

from __future__ import annotations

import sys
from traceback import format_exception
from typing import Any

from kerasnb.backend import settings
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
        if not vars(problem).setdefault(DRAWN, _is_shown(problem)):  # IPython asks again for the reply to the frontend
            vars(problem)[DRAWN] = True
            told.show()
    else:
        words = ["", *told.text().splitlines()]
    first, *more = str(problem).strip().splitlines()
    return [*trace.short(problem, message=False).splitlines(), f"{type(problem).__name__}: {first}", *more, *words]


def is_drawn(problem: Exception, model: Any) -> bool:
    """Whether an error is drawn where it is shown: one of shapes, unless tracebacks are shown whole.

    Args:
        problem: The error.
        model: The model that failed.
    """
    is_short = isinstance(problem, ValueError) and settings.is_traceback_filtering_enabled()
    return is_short and _told(problem, model) is not None


def _is_shown(problem: Exception) -> bool:
    """Whether the card of a run shows the error already."""
    return getattr(vars(problem).get("_kerasnb_run"), "failure_is_shown", False)


def _told(problem: Exception, model: Any = None) -> ShapeError | None:
    try:
        return explain(problem, model)
    except Exception:  # an error while an error is explained must not hide the first one
        return None


def _plain(problem: Exception) -> list[str]:
    """What IPython would have shown without us."""
    ipython = sys.modules["IPython"].get_ipython()
    shown = problem.__traceback__
    if ipython is None:
        return format_exception(type(problem), problem, shown)
    return ipython.InteractiveTB.structured_traceback(type(problem), problem, shown, tb_offset=1)
