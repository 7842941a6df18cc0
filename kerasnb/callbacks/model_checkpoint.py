"""ModelCheckpoint: saves the model during training."""

from __future__ import annotations

import os

from kerasnb.backend.warn import warn_user
from kerasnb.callbacks.monitor import MonitorCallback
from kerasnb.utils.progbar import write


class ModelCheckpoint(MonitorCallback):
    """Callback to save the model, or its weights, at some frequency.

    Args:
        filepath: Path that ends in `.keras` (or `.weights.h5` with `save_weights_only`). It may contain
            `{epoch}`, counted from 1, and names of the logs, such as `{val_loss:.2f}`.
        monitor: String, name of the metric. Defaults to `"val_loss"`.
        verbose: Integer, 1 to report it. Defaults to `0`.
        save_best_only: Boolean, whether to save only when the metric has improved. Defaults to `False`.
        save_weights_only: Boolean, whether to save only weights. Defaults to `False`.
        mode: `"auto"`, `"min"` or `"max"`. Defaults to `"auto"`.
        save_freq: `"epoch"`, or an integer number of batches. Defaults to `"epoch"`.
        initial_value_threshold: Optional float, the value to beat from the start.

    Raises:
        ValueError: If `filepath` has another ending, or `save_freq` another type.

    Example:

    >>> callback = keras.callbacks.ModelCheckpoint("best.keras", monitor="loss", save_best_only=True)
    """

    def __init__(
        self, filepath: str | os.PathLike, monitor: str = "val_loss", verbose: int = 0, save_best_only: bool = False,
        save_weights_only: bool = False, mode: str = "auto", save_freq: str | int = "epoch",
        initial_value_threshold: float | None = None,
    ) -> None:  # fmt: skip
        super().__init__(monitor, mode, initial_value_threshold)
        self.filepath, self.verbose, self.save_freq = os.fspath(filepath), verbose, save_freq
        self.save_best_only, self.save_weights_only = save_best_only, save_weights_only
        self._current_epoch, self._batches = 0, 0
        self._last_batch: int | None = None
        if save_freq != "epoch" and not isinstance(save_freq, int):
            raise ValueError(f"Unrecognized save_freq: {save_freq}. Expected save_freq are 'epoch' or integer values")
        _check_ending(self.filepath, save_weights_only)
        if save_freq != "epoch":
            hook = {"on_train_batch_end": self._count_batch}  # only then: a hook costs time at every batch
            self.__dict__.update(hook)

    def _count_batch(self, batch: int, logs: dict | None = None) -> None:
        last = self._last_batch
        self._batches += batch + 1 if last is None or batch <= last else batch - last
        self._last_batch = batch
        if self._batches >= int(self.save_freq):
            self._batches = 0
            self._save(self._current_epoch, batch, logs)

    def on_epoch_begin(self, epoch: int, logs: dict | None = None) -> None:
        """Notes the number of the epoch."""
        self._current_epoch = epoch

    def on_epoch_end(self, epoch: int, logs: dict | None = None) -> None:
        """Saves, where `save_freq` counts epochs."""
        if self.save_freq == "epoch":
            self._save(epoch, None, logs)

    def _save(self, epoch: int, batch: int | None, logs: dict | None) -> None:
        path = self._path(epoch, batch, logs or {})
        if not self._must_save(epoch, logs or {}, path):
            return
        if os.path.isdir(path):
            raise OSError(
                f"Please specify a non-directory filepath for ModelCheckpoint. "
                f"Filepath used is an existing directory: {path}"
            )
        if os.path.dirname(path):
            os.makedirs(os.path.dirname(path), exist_ok=True)
        save = self.model.save_weights if self.save_weights_only else self.model.save
        save(path, overwrite=True)
        self._report(epoch, f"finished saving model to {path}")

    def _must_save(self, epoch: int, logs: dict, path: str) -> bool:
        if not self.save_best_only:
            self._report(epoch, f"saving model to {path}")
            return True
        self._set_direction()
        current = logs.get(self.monitor)
        if current is None:
            warn_user(f"Can save best model only with {self.monitor} available.")
            return True
        before = "None" if self.best is None else f"{self.best:.5f}"
        if not self._is_improvement(current, self.best):
            self._report(epoch, f"{self.monitor} did not improve from {before}")
            return False
        self._report(epoch, f"{self.monitor} improved from {before} to {current:.5f}, saving model to {path}")
        self.best = current
        return True

    def _report(self, epoch: int, text: str) -> None:
        if self.verbose > 0:
            write(f"\nEpoch {epoch + 1}: {text}\n")

    def _path(self, epoch: int, batch: int | None, logs: dict) -> str:
        """The path with its placeholders filled."""
        numbers = {"epoch": epoch + 1} | ({} if batch is None else {"batch": batch + 1})
        try:
            return self.filepath.format(**numbers, **logs)
        except KeyError as missing:
            raise KeyError(
                f'Failed to format this callback filepath: "{self.filepath}". Reason: {missing}'
            ) from missing


def _check_ending(path: str, weights_only: bool) -> None:
    if weights_only and not path.endswith(".weights.h5"):
        raise ValueError(
            "When using `save_weights_only=True` in `ModelCheckpoint`, the filepath provided must end in `.weights.h5` "
            f"(Keras weights format). Received: filepath={path}"
        )
    if not weights_only and not path.endswith((".keras", ".h5")):
        raise ValueError(f"The filepath provided must end in `.keras` (Keras model format). Received: filepath={path}")
