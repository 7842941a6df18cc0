"""History: the values of each epoch."""

from __future__ import annotations

import importlib
from typing import Any

from kerasnb.callbacks.callback import Callback


class History(Callback):
    """Callback that records the logs of each epoch. It is always there, and `fit()` returns it.

    Attributes:
        history: Dict of lists: the values of each metric, epoch by epoch.
        epoch: List of the numbers of the epochs.

    Example:

    >>> history = keras.callbacks.History()
    >>> history.history
    {}
    """

    def __init__(self) -> None:
        super().__init__()
        self.history: dict[str, list] = {}
        self.epoch: list[int]
        self.run: Any = None  # the record of the training, which `fit` sets

    def __getstate__(self) -> dict:
        return {name: value for name, value in vars(self).items() if name != "run"}  # it belongs to its process

    def __setstate__(self, state: dict) -> None:
        vars(self).update(state, run=None)

    def __repr__(self) -> str:
        return "<kerasnb.History>"  # constant: an address would be another one in each run of a notebook

    def on_train_begin(self, logs: dict | None = None) -> None:
        """Starts the list of epochs."""
        self.epoch = []

    def on_epoch_end(self, epoch: int, logs: dict | None = None) -> None:
        """Adds the values of an epoch."""
        self.epoch.append(epoch)
        for name, value in (logs or {}).items():
            self.history.setdefault(name, []).append(value)
        self.model.history = self

    def plot(self, metrics: str | list[str] | None = None) -> Any:
        """Draws the curves of training and validation with plotly.

        Args:
            metrics: Names of the metrics to draw. Defaults to all of them.

        Returns:
            `plotly.graph_objects.Figure`.

        Raises:
            ValueError: If a metric is not in the history.
            ImportError: If plotly is not installed.
        """
        plot = importlib.import_module("kerasnb.widgets.panel.plot")  # drawing is above callbacks, and optional
        return plot.figure(self.history, getattr(self, "epoch", []), metrics)
