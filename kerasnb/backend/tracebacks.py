"""Tracebacks without the frames of kerasnb: those of the user's own code remain."""

from __future__ import annotations

import functools
import importlib
import sys
import types
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

from kerasnb.backend import settings

Function = TypeVar("Function", bound=Callable)
_OWN = f"{Path(__file__).parents[1]}/"


def filtered(function: Function) -> Function:
    """Wraps a public function: tracebacks of errors inside it leave out the frames of kerasnb.

    `keras.config.disable_traceback_filtering()` shows them again.
    """

    @functools.wraps(function)
    def call(*args: Any, **kwargs: Any) -> Any:
        try:
            return function(*args, **kwargs)
        except Exception as problem:
            if settings.is_traceback_filtering_enabled():
                problem.__traceback__ = without_own_frames(problem.__traceback__)
                _draw(problem)
            raise

    return call  # type: ignore[return-value]  # it has the same arguments


def _draw(problem: Exception) -> None:
    """Lets a notebook draw an error of shapes, beside a short traceback; elsewhere nothing changes."""
    if "IPython" in sys.modules and isinstance(problem, ValueError) and "_render_traceback_" not in vars(problem):
        vars(problem)["_render_traceback_"] = functools.partial(_rendered, problem)


def _rendered(problem: Exception) -> list[str]:
    """What IPython shows of an error; drawing is far above this layer, and imported only now."""
    return importlib.import_module("kerasnb.widgets.errors.render").traceback(problem)


def without_own_frames(tb: types.TracebackType | None) -> types.TracebackType | None:
    """The traceback of the frames outside of kerasnb; of the innermost one, where there are no others."""
    frames = []
    while tb is not None:
        frames.append(tb)
        tb = tb.tb_next
    kept = [f for f in frames if not f.tb_frame.f_code.co_filename.startswith(_OWN)] or frames[-1:]
    result = None
    for entry in reversed(kept):
        result = types.TracebackType(result, entry.tb_frame, entry.tb_lasti, entry.tb_lineno)
    return result
