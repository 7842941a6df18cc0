"""MonitorCallback: a callback that watches one metric."""

from __future__ import annotations

from typing import Any

from kerasnb.backend.warn import warn_user
from kerasnb.callbacks.callback import Callback


class MonitorCallback(Callback):
    """Base class for callbacks that check after each epoch whether a metric has improved.

    Args:
        monitor: String, name of the metric in the logs. Defaults to `"val_loss"`.
        mode: `"min"`, `"max"`, or `"auto"`: the metric itself knows its direction. Defaults to `"auto"`.
        baseline: Optional float, the value to beat from the start.
        min_delta: Float, a smaller change is no improvement. Defaults to `0`.
    """

    def __init__(
        self, monitor: str = "val_loss", mode: str = "auto", baseline: float | None = None, min_delta: float = 0
    ) -> None:  # fmt: skip
        super().__init__()
        if mode not in ("auto", "min", "max"):
            warn_user(f"{type(self).__name__} mode '{mode}' is unknown, fallback to auto mode.")
            mode = "auto"
        self.monitor, self.mode, self.min_delta = monitor, mode, abs(min_delta)
        self.best: Any = baseline
        self._sign: int | None = None  # 1 where larger is better, -1 where smaller is

    def _set_direction(self) -> None:
        if self._sign is None:
            self._sign = {"min": -1, "max": 1}.get(self.mode) or self._direction_of_metric()

    def _direction_of_metric(self) -> int:
        name = self.monitor.removeprefix("val_")
        if name == "loss":
            return -1
        for metric in getattr(self.model, "metrics", []):
            if metric.name == name and hasattr(metric, "_direction"):
                return 1 if metric._direction == "up" else -1
        raise ValueError(
            f"{type(self).__name__} callback received monitor={self.monitor}, but Keras isn't able to automatically "
            "determine whether that metric should be maximized or minimized. Pass `mode='max'` in order to monitor "
            "based on the highest metric value, or pass `mode='min'` in order to use the lowest value."
        )

    def _is_improvement(self, value: Any, reference: Any) -> bool:
        return reference is None or (self._sign or -1) * (value - reference) > self.min_delta
