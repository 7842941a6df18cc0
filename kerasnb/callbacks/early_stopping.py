"""EarlyStopping: ends training when a metric has stopped improving."""

from __future__ import annotations

from typing import Any

from kerasnb.backend.warn import warn_user
from kerasnb.callbacks.monitor import MonitorCallback
from kerasnb.utils.progbar import write


class EarlyStopping(MonitorCallback):
    """Stop training when a monitored metric has stopped improving.

    Args:
        monitor: String, name of the metric. Defaults to `"val_loss"`.
        min_delta: Float, a smaller change is no improvement. Defaults to `0`.
        patience: Integer, number of epochs without improvement after which training ends. Defaults to `0`.
        verbose: Integer, 1 to report it. Defaults to `0`.
        mode: `"auto"`, `"min"` or `"max"`. Defaults to `"auto"`.
        baseline: Float, value that must be beaten for training to continue, or None.
        restore_best_weights: Boolean, whether to restore the weights of the best epoch. Defaults to `False`.
        start_from_epoch: Integer, number of epochs before the metric is monitored. Defaults to `0`.

    Example:

    >>> callback = keras.callbacks.EarlyStopping(monitor="loss", patience=3)
    """

    def __init__(
        self, monitor: str = "val_loss", min_delta: float = 0, patience: int = 0, verbose: int = 0, mode: str = "auto",
        baseline: float | None = None, restore_best_weights: bool = False, start_from_epoch: int = 0,
    ) -> None:  # fmt: skip
        super().__init__(monitor, mode, min_delta=min_delta)
        self.patience, self.verbose, self.baseline = patience, verbose, baseline
        self.restore_best_weights, self.start_from_epoch = restore_best_weights, start_from_epoch
        self.wait, self.stopped_epoch, self.best_epoch = 0, 0, 0
        self.best_weights: list | None = None

    def on_train_begin(self, logs: dict | None = None) -> None:
        """Forgets an earlier training."""
        self.wait, self.stopped_epoch, self.best_epoch = 0, 0, 0
        self.best = self.best_weights = None

    def on_epoch_end(self, epoch: int, logs: dict | None = None) -> None:
        """Ends training when no epoch has improved the metric for `patience` epochs."""
        self._set_direction()
        current = self.get_monitor_value(logs)
        if current is None or epoch < self.start_from_epoch:
            return
        if self.restore_best_weights and self.best_weights is None:
            self._keep_best(epoch)
        self.wait += 1
        if self._is_improvement(current, self.best):
            self.best = current
            self._keep_best(epoch)
            if self.baseline is None or self._is_improvement(current, self.baseline):
                self.wait = 0
        elif self.wait >= self.patience and epoch > 0:
            self.stopped_epoch = epoch
            self.model.stop_training = True

    def _keep_best(self, epoch: int) -> None:
        self.best_epoch = epoch
        if self.restore_best_weights:
            self.best_weights = self.model.get_weights()

    def on_train_end(self, logs: dict | None = None) -> None:
        """Restores the best weights."""
        if self.stopped_epoch > 0 and self.verbose > 0:
            write(f"Epoch {self.stopped_epoch + 1}: early stopping\n")
        if self.restore_best_weights and self.best_weights is not None:
            if self.verbose > 0:
                write(f"Restoring model weights from the end of the best epoch: {self.best_epoch + 1}.\n")
            self.model.set_weights(self.best_weights)

    def get_monitor_value(self, logs: dict | None) -> Any:
        """Returns the watched value of an epoch, or None with a warning."""
        logs = logs or {}
        value = logs.get(self.monitor)
        if value is None:
            warn_user(
                f"Early stopping conditioned on metric `{self.monitor}` which is not available. "
                f"Available metrics are: {','.join(logs)}",
            )
        return value
