"""Atomic files: a file is there whole, or as it was before."""

from __future__ import annotations

import contextlib
import os
import tempfile


def write(path: str, parts) -> None:
    """Writes a file under another name, makes sure it is on the disk, and renames it.

    Args:
        path: Where the file shall be. A link is followed.
        parts: Iterable of bytes-like objects.

    Raises:
        OSError: If it cannot be written; what stood there before is untouched.
    """
    path = os.path.realpath(path)
    folder, name = os.path.split(path)
    number, temporary = tempfile.mkstemp(dir=folder, prefix=f".{name[:40]}.", suffix=".tmp")
    try:
        with os.fdopen(number, "wb") as file:
            for part in parts:
                file.write(part)
            file.flush()
            os.fsync(file.fileno())
        os.chmod(temporary, _mode(path))
        os.replace(temporary, path)
    except BaseException:
        with contextlib.suppress(OSError):
            os.unlink(temporary)
        raise
    _sync_folder(folder)


def _mode(path: str) -> int:
    """The permissions of the file that is replaced, or those that a new file gets."""
    with contextlib.suppress(OSError):
        return os.stat(path).st_mode & 0o777
    mask = os.umask(0)
    os.umask(mask)
    return 0o666 & ~mask


def _sync_folder(folder: str) -> None:
    """Makes the new name last through a power cut, where the system can."""
    with contextlib.suppress(OSError):
        number = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(number)
        finally:
            os.close(number)
