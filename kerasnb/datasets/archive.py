"""What all data sets share: where the file comes from, what is in it, and the part that ships with kerasnb."""

from __future__ import annotations

import dataclasses
import os
import pathlib
import warnings
import zipfile
import zlib
from collections.abc import Callable

import numpy as np

from kerasnb.utils.download import DownloadError
from kerasnb.utils.file_utils import get_file

SHIPPED = pathlib.Path(__file__).parent
# What NumPy, zipfile and zlib raise for files that are damaged or something else.
UNREADABLE = (KeyError, ValueError, TypeError, AttributeError, EOFError, OSError, zipfile.BadZipFile, zlib.error)


@dataclasses.dataclass(frozen=True)
class Archive:
    """A data set in an `.npz` file.

    Args:
        fname: String, the name of the file in the cache.
        origin: String, its URL.
        sha256: String, its hash.
        arrays: Tuple of strings, the arrays that it holds.
        small: String, the file of the shipped part in this folder.
        about_small: String, what the shipped part holds, for messages.
        check: Called with the arrays by name; returns what is wrong with them, or an empty string.
    """

    fname: str
    origin: str
    sha256: str
    arrays: tuple
    small: str
    about_small: str
    check: Callable[[dict], str]

    def load(self, path: str, source: str | None) -> dict:
        """The arrays by name, from the shipped part, a local file, the cache, or the network.

        Args:
            path: A name in the cache folder, or the absolute path of a local file.
            source: `"small"` for the shipped part, `None` for all of it.

        Raises:
            ValueError: If `source` is unknown, `path` is relative, or the file does not hold the arrays.
            FileNotFoundError: If `path` is absolute and there is no such file.
        """
        if source not in (None, "small"):
            raise ValueError(f'`source` must be None or "small". Received: source={source!r}')
        if source == "small":
            return self.read(SHIPPED / self.small)
        path = os.path.expanduser(path)
        if os.path.isabs(path):
            return self.read(path)
        if os.path.dirname(path):
            raise ValueError(
                "`path` must be the name of a file in the cache folder or an absolute path. "
                f"Received: path={path!r}. For a file of yours use {os.path.abspath(path)!r}"
            )
        try:
            return self.read(get_file(path, self.origin, file_hash=self.sha256))
        except DownloadError as problem:
            warnings.warn(
                f"{self.fname} is not in the cache and could not be downloaded ({problem}). Using the part that ships "
                f'with kerasnb instead: {self.about_small}. Ask for it with source="small" to silence this warning.',
                stacklevel=3,
            )
            return self.read(SHIPPED / self.small)

    def read(self, path: str | os.PathLike) -> dict:
        """The arrays of a file by name."""
        if not os.path.isfile(path):
            raise FileNotFoundError(f"`path` must be an .npz file. There is no file {os.fspath(path)!r}")
        try:
            with open(path, "rb") as stream, np.load(stream, allow_pickle=False) as file:
                arrays = {name: file[name] for name in self.arrays}
        except UNREADABLE as problem:
            raise self._wrong(path, problem) from problem
        if wrong := self.check(arrays):
            raise self._wrong(path, wrong)
        return arrays

    def _wrong(self, path, problem) -> ValueError:
        return ValueError(
            f"`path` must be an .npz file with the arrays {', '.join(self.arrays)} of {self.fname}. "
            f"Received: {os.fspath(path)!r} ({problem})"
        )
