"""Atomic files: a file is there whole, or as it was before."""

from __future__ import annotations

import contextlib
import errno
import os
import re
import socket
import tempfile
import zlib
from collections.abc import Iterable
from types import ModuleType

fcntl: ModuleType | None
try:
    import fcntl
except ImportError:  # Windows, which does not delete files that are open
    fcntl = None

_HOST = f"{zlib.crc32(socket.gethostname().encode()):08x}"
_LEFTOVER = re.compile(r"^\..*\.([0-9a-f]{8})-(\d+)-\w+\.kerasnb\.tmp$")


def check_folder(path: str) -> None:
    """Raises if a file cannot be written because of where it shall be.

    Raises:
        FileNotFoundError: If its folder does not exist.
        IsADirectoryError: If there is a folder of this name.
    """
    folder = os.path.dirname(os.path.realpath(path))
    if not os.path.isdir(folder):
        raise FileNotFoundError(errno.ENOENT, f"The folder of filepath={path} does not exist. Create it first", folder)
    if os.path.isdir(path):
        raise IsADirectoryError(errno.EISDIR, "The path to save to is a folder. Add a file name", path)


def write(path: str, parts: Iterable[bytes | memoryview]) -> None:
    """Writes a file under another name, makes sure it is on the disk, and renames it.

    Args:
        path: Where the file shall be. A link is followed.
        parts: Iterable of bytes-like objects.

    Raises:
        OSError: If it cannot be written; what stood there before is untouched.
    """
    write_together([(path, parts)])


def write_together(files: Iterable[tuple[str, Iterable[bytes | memoryview]]]) -> None:
    """Writes files that belong together: they are renamed in their order once all are on the disk.

    Args:
        files: Iterable of pairs as the arguments of `write`.

    Raises:
        OSError: If one cannot be written; what stood there before is untouched.
    """
    written: list[tuple[str, str]] = []
    try:
        for path, parts in files:
            check_folder(path)
            path = os.path.realpath(path)
            number, temporary = _temporary(*os.path.split(path), path)
            written.append((temporary, path))
            _fill(number, parts)
            os.chmod(temporary, _mode(path))
        for temporary, path in written:
            os.replace(temporary, path)
    except BaseException:
        for temporary, _ in written:
            with contextlib.suppress(OSError):
                os.unlink(temporary)
        raise
    for folder in {os.path.dirname(path) for _, path in written}:
        _sync_folder(folder)


def _fill(number: int, parts: Iterable[bytes | memoryview]) -> None:
    """Writes into an open file and closes it."""
    with os.fdopen(number, "wb") as file:
        _lock(file)
        for part in parts:
            file.write(part)
        file.flush()
        os.fsync(file.fileno())


def _temporary(folder: str, name: str, path: str) -> tuple:
    """A new file beside the one to be written; its name says which process writes it."""
    _remove_leftovers(folder)
    try:
        mark = f".{name[:40]}.{_HOST}-{os.getpid()}-"
        return tempfile.mkstemp(dir=folder, prefix=mark, suffix=".kerasnb.tmp")
    except OSError as problem:  # the name of the temporary file says nothing to whoever reads the error
        raise type(problem)(problem.errno, problem.strerror, path) from None


def _lock(file) -> None:
    """Marks the file as being written, which ends with the process, however that ends."""
    if fcntl is not None:
        with contextlib.suppress(OSError):  # some network folders have no locks
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)


def _remove_leftovers(folder: str) -> None:
    """Removes what processes of this machine that were killed while saving have left in the folder."""
    with contextlib.suppress(OSError):
        for name in os.listdir(folder):
            found = _LEFTOVER.match(name)
            if found and found[1] == _HOST and not _runs(int(found[2])):
                with contextlib.suppress(OSError):
                    _remove_unless_locked(os.path.join(folder, name))


def _runs(process: int) -> bool:
    """Whether a process of this number may be running."""
    if os.name == "nt":
        return process == os.getpid()  # files of other running processes are open, and cannot be removed
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    except OSError:
        return True
    return True


def _remove_unless_locked(path: str) -> None:
    """Removes a file that nobody writes: the number of its process may mean another one in another container."""
    with open(path, "rb") as file:
        if fcntl is not None:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            os.unlink(path)
            return
    os.unlink(path)


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
