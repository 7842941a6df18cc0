"""Callback: the base class. A subclass overrides the hooks it is interested in."""

from __future__ import annotations

from typing import Any


class Callback:
    """Base class used to build new callbacks.

    Callbacks are passed to `fit()`, `evaluate()` and `predict()` to look at, and to steer, what happens.

    Attributes:
        params: Dict of training parameters (`verbose`, `epochs`, `steps`).
        model: The model that is trained.

    Example:

    >>> class Count(keras.callbacks.Callback):
    ...     def on_epoch_end(self, epoch: int, logs: dict | None = None) -> None:
    ...         self.epochs = epoch + 1
    """

    def __init__(self) -> None:
        self.params: dict | None = None
        self._model: Any = None

    def set_params(self, params: dict) -> None:
        """Receives the parameters of the training."""
        self.params = params

    def set_model(self, model: Any) -> None:
        """Receives the model."""
        self._model = model

    @property
    def model(self) -> Any:
        """The model that is trained."""
        return self._model

    def on_train_batch_begin(self, batch: int, logs: dict | None = None) -> None:
        """Called before a batch of `fit`; `batch` is its index within the epoch."""
        self.on_batch_begin(batch, logs=logs)

    def on_train_batch_end(self, batch: int, logs: dict | None = None) -> None:
        """Called after a batch of `fit`; `logs` has the metrics up to this batch."""
        self.on_batch_end(batch, logs=logs)

    def on_batch_begin(self, batch: int, logs: dict | None = None) -> None:
        """Older name of `on_train_batch_begin`."""

    def on_batch_end(self, batch: int, logs: dict | None = None) -> None:
        """Older name of `on_train_batch_end`."""

    def on_epoch_begin(self, epoch: int, logs: dict | None = None) -> None:
        """Called at the start of an epoch of `fit`."""

    def on_epoch_end(self, epoch: int, logs: dict | None = None) -> None:
        """Called at the end of an epoch of `fit`; `logs` has its metrics, those of the validation as `val_...`."""

    def on_test_batch_begin(self, batch: int, logs: dict | None = None) -> None:
        """Called before a batch of `evaluate`, and of the validation in `fit`."""

    def on_test_batch_end(self, batch: int, logs: dict | None = None) -> None:
        """Called after a batch of `evaluate`, and of the validation in `fit`."""

    def on_predict_batch_begin(self, batch: int, logs: dict | None = None) -> None:
        """Called before a batch of `predict`."""

    def on_predict_batch_end(self, batch: int, logs: dict | None = None) -> None:
        """Called after a batch of `predict`; `logs` has the outputs."""

    def on_train_begin(self, logs: dict | None = None) -> None:
        """Called at the beginning of training."""

    def on_train_end(self, logs: dict | None = None) -> None:
        """Called at the end of training; `logs` are those of the last epoch."""

    def on_test_begin(self, logs: dict | None = None) -> None:
        """Called at the beginning of evaluation or validation."""

    def on_test_end(self, logs: dict | None = None) -> None:
        """Called at the end of evaluation or validation; `logs` are those of its last batch."""

    def on_predict_begin(self, logs: dict | None = None) -> None:
        """Called at the beginning of prediction."""

    def on_predict_end(self, logs: dict | None = None) -> None:
        """Called at the end of prediction."""
