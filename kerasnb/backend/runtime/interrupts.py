"""Interrupts that wait: one during an import leaves half a module, one inside of LLVM's bindings leaves their lock."""

from __future__ import annotations

import functools
import signal
import threading
from collections.abc import Callable
from typing import Any, Self


def handler() -> Any:
    """The function that an interrupt calls, where it may be replaced for a while; else None.

    Interrupts reach the main thread alone. A handler that is not Python's cannot be put back, and a process that was
    started to ignore interrupts goes on doing so.
    """
    if threading.current_thread() is not threading.main_thread():
        return None
    current = signal.getsignal(signal.SIGINT)
    return None if current is signal.SIG_IGN else current


class uninterrupted:
    """Puts interrupts off until the end.

    Attributes:
        noted: List with an entry for each interrupt so far.

    Example:

    >>> import signal
    >>> from kerasnb.backend.runtime.interrupts import uninterrupted
    >>> with uninterrupted() as shield:
    ...     signal.raise_signal(signal.SIGINT)
    ...     shield.noted.clear()
    """

    def __enter__(self) -> Self:
        self.handler = handler()
        self.noted: list[bool] = []
        if self.handler is not None:
            signal.signal(signal.SIGINT, lambda *_: self.noted.append(True))
        return self

    def __exit__(self, *problem: object) -> None:
        self.restore()
        for _ in self.noted:
            signal.raise_signal(signal.SIGINT)

    def restore(self) -> None:
        """Puts the handler back."""
        if self.handler is not None:
            signal.signal(signal.SIGINT, self.handler)


def shielded(function: Callable) -> Callable:
    """The function, without interrupts while it runs."""

    @functools.wraps(function)
    def run(*args, **kwargs):
        with uninterrupted():
            return function(*args, **kwargs)

    return run
