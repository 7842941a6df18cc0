"""The progress bar of Keras: one line of text that is written over itself."""

from __future__ import annotations

import importlib
import math
import os
import re
import sys
import time
from collections.abc import Iterable
from typing import Any

import numpy as np

from kerasnb.backend import settings

_CONTROL = re.compile(r"\x1b\[\d+m|[\b\r]")
BOLD, GREEN, WHITE, PLAIN = "\x1b[1m", "\x1b[32m", "\x1b[37m", "\x1b[0m"


class Progbar:
    """Displays a progress bar.

    Metrics are averaged over the steps shown so far, unless they are stateful: those are shown as they are.

    Args:
        target: How many steps there will be, None if unknown.
        width: Integer, width of the bar in characters. Defaults to `20`.
        verbose: Verbosity mode: 0 (silent), 1 (bar), 2 (one line at the end). Defaults to `1`.
        interval: Float, shortest time between two updates in seconds. Defaults to `0.05`.
        stateful_metrics: Names of metrics that are not averaged.
        stateless_metrics: Names of the only metrics that are averaged.
        unit_name: String, what a step is called. Defaults to `"step"`.

    Raises:
        ValueError: If both `stateful_metrics` and `stateless_metrics` are given.

    Example:

    >>> from kerasnb.utils.progbar import Progbar
    >>> bar = Progbar(2, verbose=0)
    >>> bar.update(1, [("loss", 0.5)])
    """

    def __init__(
        self,
        target: int | None,
        width: int = 20,
        verbose: int = 1,
        interval: float = 0.05,
        stateful_metrics: Iterable[str] | None = None,
        stateless_metrics: Iterable[str] | None = None,
        unit_name: str = "step",
    ) -> None:
        if stateful_metrics is not None and stateless_metrics is not None:
            raise ValueError(
                "Only one of `stateful_metrics` or `stateless_metrics` can be provided. Received: "
                f"stateful_metrics={stateful_metrics}, stateless_metrics={stateless_metrics}"
            )
        self.target, self.width, self.verbose = target, width, verbose
        self.interval, self.unit_name = interval, unit_name
        self.stateful_metrics = set(stateful_metrics or ())
        self.stateless_metrics = None if stateless_metrics is None else set(stateless_metrics)
        self._dynamic = _can_rewrite()
        self._sums: dict[str, list] = {}
        self._seen = 0
        self._start = time.monotonic()
        self._last_update = 0.0
        self._after_first_step: float | None = None
        self._previous_width = 0

    def update(
        self, current: int, values: Iterable[tuple[str, Any]] | None = None, finalize: bool | None = None
    ) -> None:
        """Shows that `current` steps are done.

        Args:
            current: Integer, number of steps done.
            values: List of pairs `(name, value)`.
            finalize: Whether this is the last update. Defaults to whether `target` is reached.
        """
        if finalize is None:
            finalize = self.target is not None and current >= self.target
        for name, value in values or []:
            self._count(name, value, current, finalize)
        self._seen = current
        now = time.monotonic()
        step_seconds = self._step_seconds(current, now)
        if self.verbose == 1:
            if now - self._last_update < self.interval and not finalize:
                return
            write(self._bar_line(current, now, step_seconds, finalize))
        elif self.verbose == 2 and finalize and self.target:
            write(self._short_line(current, now, step_seconds))
        self._last_update = now

    def add(self, n: int, values: Iterable[tuple[str, Any]] | None = None) -> None:
        """Shows that `n` more steps are done.

        Args:
            n: Integer, number of steps.
            values: List of pairs `(name, value)`.
        """
        self.update(self._seen + n, values)

    def _count(self, name, value, current, finalize) -> None:
        averaged = (
            name not in self.stateful_metrics if self.stateless_metrics is None else name in self.stateless_metrics
        )
        if not averaged or finalize:
            self._sums[name] = [value, 1]
            return
        steps = max(current - self._seen, 1)
        total, count = self._sums.get(name, (0, 0))
        self._sums[name] = [total + value * steps, count + steps]

    def _step_seconds(self, current: int, now: float) -> float:
        """Seconds for one step; the first one, which sets things up, counts only while it is alone."""
        if not current:
            return 0
        if self._after_first_step is not None and current > 1:
            return (now - self._after_first_step) / (current - 1)
        if current == 1:
            self._after_first_step = now
        return (now - self._start) / current

    def _bar_line(self, current, now, step_seconds, finalize) -> str:
        bar, hidden = self._bar(current)
        if self.target and not finalize:
            clock = _duration(step_seconds * (self.target - current))
        else:
            clock = f"{now - self._start:.0f}s"
        info = f" {BOLD}{clock}{PLAIN}{_per_unit(step_seconds, self.unit_name)}{self._metrics(abs)}"
        width = len(bar) + len(info) - hidden - 8
        start = "\b" * self._previous_width + "\r" if self._dynamic else "\n"
        line = start + bar + info + " " * (self._previous_width - width) + ("\n" if finalize else "")
        self._previous_width = width
        return line

    def _bar(self, current: int) -> tuple[str, int]:
        """The bar and how many of its characters only set colours."""
        if not self.target or self.target < 0:
            return f"{current:7d}/Unknown", 0
        digits = int(math.log10(self.target)) + 1
        filled = int(self.width * (float(current) / self.target))
        done = f"{GREEN}{'━' * filled}{PLAIN}" if filled > 0 else ""
        text = f"{BOLD}{current:{digits}d}/{self.target}{PLAIN} {done}{WHITE}{'━' * (self.width - filled)}{PLAIN}"
        return text, 26 if done else 17

    def _short_line(self, current, now, step_seconds) -> str:
        target = self.target or 1
        digits = int(math.log10(target)) + 1
        took = f"{now - self._start:.0f}s -{_per_unit(step_seconds, self.unit_name)}"
        return f"{current:{digits}d}/{target} - {took}{self._metrics(float)}\n"

    def _metrics(self, size) -> str:
        return "".join(f" - {name}: {_number(total, count, size)}" for name, (total, count) in self._sums.items())


def _number(total, count, size) -> str:
    average = float(np.mean(total)) / max(1, count)
    return f"{average:.4f}" if size(average) > 1e-3 else f"{average:.4e}"


def _duration(seconds: float) -> str:
    if seconds > 3600:
        return f"{int(seconds // 3600)}:{int(seconds % 3600 // 60):02d}:{int(seconds % 60):02d}"
    if seconds > 60:
        return f"{int(seconds // 60)}:{int(seconds % 60):02d}"
    return f"{int(seconds)}s"


def _per_unit(seconds: float, unit: str) -> str:
    if seconds >= 1 or seconds == 0:
        return f" {seconds:.0f}s/{unit}"
    if seconds >= 1e-3:
        return f" {seconds * 1e3:.0f}ms/{unit}"
    return f" {seconds * 1e6:.0f}us/{unit}"


def _can_rewrite() -> bool:
    """Whether a line can be written over; the answer of Keras, so that logs look the same."""
    terminal = hasattr(sys.stdout, "isatty") and sys.stdout.isatty()
    return terminal or "ipykernel" in sys.modules or "posix" in sys.modules or "PYCHARM_HOSTED" in os.environ


def write(text: str) -> None:
    """Writes to stdout without delay, with plain characters where its encoding has no others.

    Without interactive logging, complete lines go to the logger of the package.
    """
    if not settings.is_interactive_logging_enabled():
        if text.endswith("\n") and (line := _CONTROL.sub("", text).strip()):
            importlib.import_module("logging").getLogger("kerasnb").info(line)  # rarely needed
        return
    try:
        sys.stdout.write(text)
    except UnicodeEncodeError:
        encoding = sys.stdout.encoding or "utf-8"
        sys.stdout.write(text.replace("━", "=").encode(encoding, errors="ignore").decode(encoding))
    sys.stdout.flush()
