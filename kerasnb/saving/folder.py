"""Folders: the members of a `.keras` archive as files, what `zipped=False` writes."""

from __future__ import annotations

import os

from kerasnb.saving import atomic
from kerasnb.saving.archive import LARGEST, LIMITS


def is_model(path: str) -> bool:
    """Whether there is a model in a folder."""
    return os.path.isdir(path) and os.path.isfile(os.path.join(path, "config.json"))


def write(path: str, members: dict) -> None:
    """Writes members into a folder, which is made if it is not there; if one cannot be written, all stay as before."""
    files = {os.path.join(path, *name.split("/")): content for name, content in members.items()}
    for file in files:
        os.makedirs(os.path.dirname(file), exist_ok=True)
    atomic.write_together((f, [c.encode() if isinstance(c, str) else c]) for f, c in files.items())


def names_below(path: str) -> list[str]:
    """The names of all files below a folder, as an archive of them names its members."""
    found = [os.path.join(folder, name) for folder, _, names in os.walk(path) for name in names]
    return [os.path.relpath(file, path).replace(os.sep, "/") for file in found]


class Folder:
    """The members of a model in a folder, read as those of an `Archive`.

    Args:
        path: Where it is.
    """

    def __init__(self, path: str) -> None:
        self.path = path

    def names(self) -> list[str]:
        """The names of the members."""
        return names_below(self.path)

    def read(self, name: str) -> bytes:
        """The content of a member.

        Raises:
            ValueError: If it is missing or too large.
        """
        path = os.path.join(self.path, *name.split("/"))
        if not os.path.isfile(path):
            raise ValueError(f"The folder has no file {name!r}: filepath={self.path}. It has {sorted(self.names())}")
        if os.path.getsize(path) > LIMITS.get(name, LARGEST):
            raise ValueError(f"Not allowed: filepath={self.path}, file {name!r} has {os.path.getsize(path)} bytes")
        with open(path, "rb") as file:
            return file.read()
