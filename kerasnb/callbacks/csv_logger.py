"""CSVLogger: the values of each epoch as rows of a file."""

from __future__ import annotations

import csv
import os
from collections.abc import Iterable

import numpy as np

from kerasnb.callbacks.callback import Callback


class CSVLogger(Callback):
    """Callback that streams epoch results to a CSV file.

    Args:
        filename: Path of the file.
        separator: String between the values. Defaults to `","`.
        append: Boolean, whether to go on with an existing file. Defaults to `False`.

    Example:

    >>> callback = keras.callbacks.CSVLogger("training.csv")
    """

    def __init__(self, filename, separator=",", append=False) -> None:
        super().__init__()
        self.filename, self.sep, self.append = os.fspath(filename), separator, append
        self.writer = self.keys = self.csv_file = None
        self.append_header = True

    def on_train_begin(self, logs=None):
        """Opens the file."""
        if self.append and os.path.exists(self.filename):
            with open(self.filename) as file:
                self.append_header = not file.readline()
        if self.csv_file and not self.csv_file.closed:
            self.csv_file.close()
        self.csv_file = open(self.filename, "a" if self.append else "w", newline="")
        self.writer = self.keys = None

    def on_epoch_end(self, epoch, logs=None):
        """Writes a row."""
        logs = logs or {}
        if self.keys is None:
            self._set_keys(logs)
        row = {"epoch": epoch} | {key: _cell(logs.get(key, "NA")) for key in self.keys}
        self.writer.writerow(row)
        self.csv_file.flush()

    def _set_keys(self, logs) -> None:
        """The columns are those of the first epoch, with room for a validation that may come later."""
        self.keys = sorted(logs)
        if not any(key.startswith("val_") for key in self.keys):
            self.keys += [f"val_{key}" for key in self.keys]
        self.writer = csv.DictWriter(self.csv_file, ["epoch", *self.keys], delimiter=self.sep)
        if self.append_header:
            self.writer.writeheader()

    def on_train_end(self, logs=None):
        """Closes the file."""
        if self.csv_file and not self.csv_file.closed:
            self.csv_file.close()
        self.writer = None


def _cell(value):
    if isinstance(value, str) or (isinstance(value, np.ndarray) and value.ndim == 0) or not isinstance(value, Iterable):
        return value
    return f'"[{", ".join(map(str, value))}]"'
