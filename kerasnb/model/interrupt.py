"""The first interrupt ends training after the running batch; the second one raises KeyboardInterrupt."""

from __future__ import annotations

import contextlib
import signal
import threading


@contextlib.contextmanager
def graceful(on_interrupt):
    """Calls `on_interrupt()` at the first SIGINT inside, in place of an exception in the middle of a batch.

    Signals reach the main thread only, and only a handler of Python's can be put back afterwards.
    """
    if threading.current_thread() is not threading.main_thread() or signal.getsignal(signal.SIGINT) is None:
        yield
        return
    asked = []

    def handler(number, frame):
        if asked:
            raise KeyboardInterrupt
        asked.append(number)
        on_interrupt()

    outer = signal.signal(signal.SIGINT, handler)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, outer)
