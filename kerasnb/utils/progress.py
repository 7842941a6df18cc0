"""One line of progress for work that takes a while outside training: downloads, compiling."""

from __future__ import annotations

import sys
import time
from typing import IO

from kerasnb.backend import settings
from kerasnb.utils.progbar import write

WIDTH = 20


def bar(done: float, total: float) -> str:
    """A bar of `WIDTH` characters for a share of the work.

    Example:

    >>> from kerasnb.utils.progress import bar
    >>> bar(5, 10)
    '━━━━━━━━━━──────────'
    """
    filled = int(WIDTH * min(1.0, done / total)) if total else WIDTH
    return "━" * filled + "─" * (WIDTH - filled)


class Line:
    """A line that is written over while work goes on.

    Where the output is a file or a log, only the last state is written.

    Args:
        interval: Float, seconds between two writes.
        stream: Where to write, `sys.stdout` by default.
    """

    def __init__(self, interval: float = 0.1, stream: IO[str] | None = None) -> None:
        self.stream = stream or sys.stdout
        self.interval = interval
        self.live = bool(getattr(self.stream, "isatty", lambda: False)()) or "ipykernel" in sys.modules
        self._last_time = 0.0
        self._last_width = 0

    def show(self, text: str) -> None:
        """Writes the text over the last one, at most every `interval` seconds."""
        if self.live and time.monotonic() - self._last_time >= self.interval:
            self._write(text)

    def _write(self, text: str, end: str = "") -> None:
        if self.stream is sys.stdout and not settings.is_interactive_logging_enabled():
            write(text + end)
            return
        start = "\r" if self.live else ""
        self.stream.write(start + text + " " * (self._last_width - len(text)) + end)
        self.stream.flush()
        self._last_time, self._last_width = time.monotonic(), len(text)

    def finish(self, text: str) -> None:
        """Writes the last text and ends the line."""
        self._write(text, end="\n")
