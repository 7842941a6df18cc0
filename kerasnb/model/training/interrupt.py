"""The first interrupt ends training after the running batch, then whatever runs it; the second one ends all at once."""

from __future__ import annotations

import contextlib
import signal
import sys

from kerasnb.backend.runtime.interrupts import handler

MESSAGE = "Training was interrupted and ended after the running batch. Press again to end the cell."

_cells: list = []  # the notebook cell in which a fit was interrupted last


class _Listener:
    """What a running fit does at interrupts."""

    def __init__(self, on_interrupt) -> None:
        self.on_interrupt, self.asked = on_interrupt, False

    def __call__(self, number, frame):
        if self.asked:
            raise KeyboardInterrupt
        self.asked = True
        self.on_interrupt()


@contextlib.contextmanager
def graceful(on_interrupt):
    """Calls `on_interrupt()` at the first interrupt inside, in place of an exception in the middle of a batch.

    When all is done, the interrupt is raised again: a script that trains several models ends. In a notebook cell the
    first one ends the fit alone, and says how to end the cell.
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
    if listener.asked:
        _pass_on(outer)


def _pass_on(outer) -> None:
    """Raises the interrupt for what is around: another fit, a script, or a cell that was interrupted before."""
    cell = _cell()
    if cell is None or cell in _cells or isinstance(outer, _Listener):
        signal.raise_signal(signal.SIGINT)
    else:
        _cells[:] = [cell]
        print(MESSAGE)


def _cell() -> int | None:
    """The number of the notebook cell that runs; None outside of notebooks."""
    ipython = sys.modules.get("IPython")
    shell = ipython.get_ipython() if ipython is not None else None
    return None if getattr(shell, "kernel", None) is None else getattr(shell, "execution_count", None)
