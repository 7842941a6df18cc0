"""The first interrupt ends training after the current batch, then the code around it; the second ends all at once."""

from __future__ import annotations

import contextlib
import signal
import sys
from collections.abc import Callable, Iterator
from typing import Any

from kerasnb.backend.runtime.interrupts import handler

MESSAGE = "Training was interrupted and stopped after the current batch. Interrupt again to stop the whole cell."

_cells: list = []  # the notebook cell whose fit was interrupted last


class _Listener:
    """Handles interrupts while a fit runs."""

    def __init__(self, on_interrupt: Callable[[], None]) -> None:
        self.on_interrupt, self.interrupted = on_interrupt, False

    def __call__(self, number: int, frame: Any) -> None:
        if self.interrupted:
            raise KeyboardInterrupt
        self.interrupted = True
        self.on_interrupt()


@contextlib.contextmanager
def graceful(on_interrupt: Callable[[], None]) -> Iterator[None]:
    """Calls `on_interrupt()` at the first interrupt inside, in place of an exception in the middle of a batch.

    At the end the interrupt is raised again, so that a script that trains several models ends. In a notebook cell the
    first one ends only the fit, and a message explains how to stop the cell.
    """
    outer, listener = handler(), _Listener(on_interrupt)
    if outer is None:
        yield
        return
    try:
        signal.signal(signal.SIGINT, listener)
        yield
    finally:
        signal.signal(signal.SIGINT, outer)
    if listener.interrupted:
        _pass_on(outer)


def _pass_on(outer: Any) -> None:
    """Raises the interrupt for the code around: another fit, a script, or a cell that was interrupted before."""
    cell = _cell()
    if cell is None or cell in _cells or isinstance(outer, _Listener):
        signal.raise_signal(signal.SIGINT)
    else:
        _cells[:] = [cell]
        print(MESSAGE)


def _cell() -> int | None:
    """The number of the running notebook cell; None outside of notebooks."""
    ipython = sys.modules.get("IPython")
    shell = ipython.get_ipython() if ipython is not None else None
    return None if getattr(shell, "kernel", None) is None else getattr(shell, "execution_count", None)
