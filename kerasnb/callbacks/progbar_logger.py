"""ProgbarLogger: the progress lines of Keras as a callback, for custom training loops."""

from __future__ import annotations

from typing import Any

from kerasnb.callbacks.callback import Callback
from kerasnb.utils.progbar import Progbar, write


class ProgbarLogger(Callback):
    """Callback that prints metrics to stdout.

    `fit(verbose=1)` prints the same lines without it.

    Example:

    >>> callback = keras.callbacks.ProgbarLogger()
    >>> callback.set_params({"verbose": 0, "epochs": 1, "steps": 2})
    """

    def __init__(self) -> None:
        super().__init__()
        self.seen = 0
        self.target: int | None = None
        self.progbar: Any = None  # `Progbar` of the running epoch
        self.verbose, self.epochs, self._called_in_fit = 1, 1, False

    def set_params(self, params: dict) -> None:
        """Takes verbosity, epochs and steps."""
        self.verbose = 1 if params["verbose"] == "auto" else params["verbose"]
        self.epochs, self.target = params["epochs"], params["steps"]

    def on_train_begin(self, logs: dict | None = None) -> None:
        """From now on, validation prints nothing."""
        self._called_in_fit = True

    def on_epoch_begin(self, epoch: int, logs: dict | None = None) -> None:
        """Starts a line."""
        self._start()
        if self.verbose and self.epochs > 1:
            write(f"Epoch {epoch + 1}/{self.epochs}\n")

    def on_test_begin(self, logs: dict | None = None) -> None:
        """Starts a line, outside of `fit`."""
        if not self._called_in_fit:
            self._start()

    def on_predict_begin(self, logs: dict | None = None) -> None:
        """Starts a line."""
        self._start()

    def on_train_batch_end(self, batch: int, logs: dict | None = None) -> None:
        """Writes the line again."""
        self._show(batch, logs)

    def on_test_batch_end(self, batch: int, logs: dict | None = None) -> None:
        """Writes the line again, outside of `fit`."""
        if not self._called_in_fit:
            self._show(batch, logs)

    def on_predict_batch_end(self, batch: int, logs: dict | None = None) -> None:
        """Writes the line again."""
        self._show(batch, None)

    def on_epoch_end(self, epoch: int, logs: dict | None = None) -> None:
        """Ends the line."""
        self._end(logs)

    def on_test_end(self, logs: dict | None = None) -> None:
        """Ends the line, outside of `fit`."""
        if not self._called_in_fit:
            self._end(logs)

    def on_predict_end(self, logs: dict | None = None) -> None:
        """Ends the line."""
        self._end(None)

    def _start(self) -> None:
        self.seen = 0
        self.progbar = Progbar(self.target, verbose=self.verbose, stateless_metrics=())

    def _show(self, batch: int, logs: dict | None) -> None:
        self.seen = batch + 1
        if self.verbose == 1:
            self.progbar.update(self.seen, list((logs or {}).items()), finalize=False)

    def _end(self, logs: dict | None) -> None:
        if self.target is None:
            self.target = self.progbar.target = self.seen
        self.progbar.update(self.target, list((logs or {}).items()), finalize=True)
