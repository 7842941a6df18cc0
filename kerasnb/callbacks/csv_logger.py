"""CSVLogger: the values of each epoch as rows of a file."""

from __future__ import annotations

import csv
import os
from collections.abc import Iterable
from typing import Any, TextIO

import numpy as np

from kerasnb.callbacks.callback import Callback


class CSVLogger(Callback):
    """Callback that streams epoch results to a CSV file.

    Args:
        filename: Path of the file.
        separator: String between the values. Defaults to `","`.
        append: Boolean, whether to append to an existing file. Defaults to `False`.

    Example:

    >>> callback = keras.callbacks.CSVLogger("training.csv")
    """

    def __init__(self, filename: str | os.PathLike, separator: str = ",", append: bool = False) -> None:
        super().__init__()
        self.filename, self.sep, self.append = os.fspath(filename), separator, append
        self.writer: csv.DictWriter | None = None
        self.keys: list[str] | None = None
        self.csv_file: TextIO | None = None
        self.append_header = True

    def on_train_begin(self, logs: dict | None = None) -> None:
        """Opens the file."""
        if self.append and os.path.exists(self.filename):
            with open(self.filename) as file:
                self.append_header = not file.readline()
        if self.csv_file and not self.csv_file.closed:
            self.csv_file.close()
        self.csv_file = open(self.filename, "a" if self.append else "w", newline="")
        self.writer = self.keys = None

    def on_epoch_end(self, epoch: int, logs: dict | None = None) -> None:
        """Writes a row."""
        logs = logs or {}
        if self.csv_file is None:
            raise ValueError("`CSVLogger` writes only while `fit` runs: its file is opened by `on_train_begin`.")
        if self.keys is None or self.writer is None:
            self.keys = _columns(logs)
            self.writer = self._writer(self.csv_file, self.keys)
        row = {"epoch": epoch} | {key: _cell(logs.get(key, "NA")) for key in self.keys}
        self.writer.writerow(row)
        self.csv_file.flush()

    def _writer(self, file: TextIO, keys: list[str]) -> csv.DictWriter:
        writer = csv.DictWriter(file, ["epoch", *keys], delimiter=self.sep)
        if self.append_header:
            writer.writeheader()
        return writer

    def on_train_end(self, logs: dict | None = None) -> None:
        """Closes the file."""
        if self.csv_file and not self.csv_file.closed:
            self.csv_file.close()
        self.writer = None


def _columns(logs: dict) -> list[str]:
    """The names in the logs of the first epoch, and columns for a validation that may come later."""
    keys = sorted(logs)
    if not any(key.startswith("val_") for key in keys):
        keys += [f"val_{key}" for key in keys]
    return keys


def _cell(value: Any) -> Any:
    if isinstance(value, str) or (isinstance(value, np.ndarray) and value.ndim == 0) or not isinstance(value, Iterable):
        return value
    return f'"[{", ".join(map(str, value))}]"'
