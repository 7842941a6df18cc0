"""Where compiled kernels are kept, and what happens where they cannot be kept: training goes on.

Numba keeps compiled code beside the source, in `NUMBA_CACHE_DIR`, or in the user's cache. Where none of these can be
written, its files go where generated loops go, and last into a folder for temporary files. What the files hold is
executed, so that folder must be the user's own.
"""

from __future__ import annotations

import atexit
import contextlib
import functools
import hashlib
import os
import pathlib
import shutil
import stat
import tempfile
import warnings
from collections.abc import Callable, Iterable
from typing import Any

from kerasnb.backend.compile import numba_internals

# --- folders -----------------------------------------------------------------------------------------


def cache_folder() -> pathlib.Path | None:
    """The folder for generated loops and their compiled code: `KERASNB_CACHE_DIR` or the user's cache.

    Where it cannot be written, a private folder for temporary files takes its place, or nothing.
    """
    base = wanted_folder()
    return base if base is not None and _can_write(base) else private_folder()


def wanted_folder() -> pathlib.Path | None:
    """The folder of `KERASNB_CACHE_DIR`, or the user's cache; None for a user without a home."""
    requested = os.environ.get("KERASNB_CACHE_DIR")
    if requested:
        return pathlib.Path(requested)
    home = os.path.expanduser(os.environ.get("XDG_CACHE_HOME") or os.path.join("~", ".cache"))
    return pathlib.Path(home) / "kerasnb" if os.path.isabs(home) else None


@functools.lru_cache(maxsize=16)
def _can_write(folder: pathlib.Path) -> bool:
    """Only a real file proves it: access bits say nothing of read-only mounts, nor to root."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=folder):
            return True
    except OSError:
        return False


@functools.cache
def private_folder() -> pathlib.Path | None:
    """A folder for temporary files that nobody else can write: compiled code lives there until the machine restarts.

    Returns:
        The folder; one that lives as long as this process where somebody else was there first; or None.
    """
    name = f"kerasnb-{os.getuid() if hasattr(os, 'getuid') else 'user'}"
    try:  # Python raises too where it finds no folder for temporary files
        base = _temporary()
        if base is None:
            return None
        folder = base / name
        with contextlib.suppress(FileExistsError):
            folder.mkdir(mode=0o700)
        return folder if _is_private(folder) else _short_lived(name)
    except OSError:
        return None


def _temporary() -> pathlib.Path | None:
    """The folder for temporary files, if there is one: Python takes the working directory in its place."""
    folder = tempfile.gettempdir()
    usual = {os.environ.get(name) for name in ("TMPDIR", "TEMP", "TMP")} | {"/tmp", "/var/tmp", "/usr/tmp"}
    return pathlib.Path(folder) if folder in usual or folder != os.getcwd() else None


def _is_private(folder: pathlib.Path) -> bool:
    """Whether this is a real folder of this user that nobody else could ever write; others may not read it either."""
    state = folder.lstat()
    if os.name == "nt":  # each user has a folder for temporary files
        return stat.S_ISDIR(state.st_mode)
    if not stat.S_ISDIR(state.st_mode) or state.st_uid != os.getuid() or state.st_mode & (stat.S_IWGRP | stat.S_IWOTH):
        return False
    if stat.S_IMODE(state.st_mode) != 0o700:
        folder.chmod(0o700)
    return True


def _short_lived(name: str) -> pathlib.Path:
    folder, owner = tempfile.mkdtemp(prefix=f"{name}-"), os.getpid()
    atexit.register(lambda: shutil.rmtree(folder, ignore_errors=True) if os.getpid() == owner else None)
    return pathlib.Path(folder)


# --- warnings ----------------------------------------------------------------------------------------

_warned: list = []


def warn(problem: Exception | str, instead: pathlib.Path | None) -> None:
    """Warns, once in a process, that compiled code is not kept where it should be."""
    if not _warned:
        _warned.append(problem)
        where = "each process compiles its kernels anew" if instead is None else f"they are kept in {instead}"
        warnings.warn(
            f"Compiled kernels cannot be kept as usual ({problem}): {where}. Set KERASNB_CACHE_DIR and NUMBA_CACHE_DIR "
            "to a folder that can be written.",
            stacklevel=2,
        )


# --- Numba's cache -------------------------------------------------------------------------------------


def kept(numba: Any, make: Callable[[bool], Any], sources: Iterable[str]) -> Any:
    """A function of Numba's whose compiled code is kept on disk where that can be done.

    Args:
        numba: The module.
        make: Called as `make(cache)`, decorates the function.
        sources: Paths of the files of all functions that it calls: after an edit in one of them it is compiled anew.
    """
    states = tuple(map(_state, sorted(sources)))
    dispatcher = _kept_somewhere(numba, make)
    if dispatcher is None:
        return make(False)
    # Numba looks at the file of the function alone, and would go on with what it once inlined from other files.
    if numba_internals.check_cache(dispatcher):
        numba_internals.stamp(dispatcher, states)
        return lenient(dispatcher)
    digest = hashlib.sha256(repr(states).encode()).hexdigest()[:16]
    return _kept_elsewhere(numba.config, make, digest) or make(False)


def _state(path: str) -> tuple:
    """When a file was changed last; the cells of a notebook have no file."""
    with contextlib.suppress(OSError):
        state = os.stat(path)
        return os.path.basename(path), state.st_mtime, state.st_size
    return (path,)


def _kept_somewhere(numba, make):
    homeless = not (numba.config.CACHE_DIR or os.path.isabs(os.path.expanduser("~")))
    try:
        if not homeless:  # Numba would make a folder of the name "~"
            return make(True)
    except RuntimeError:  # no folder that Numba knows can be written
        pass
    return _kept_elsewhere(numba.config, make, "")


def _kept_elsewhere(config, make, name: str):
    """The function with a folder of ours for its cache, or None where there is none."""
    folder, before = cache_folder(), config.CACHE_DIR
    if folder is None or folder != wanted_folder():
        warn("no folder for caches can be written", folder)
    try:
        config.CACHE_DIR = str(folder / "kernels" / name) if folder is not None else ""
        return make(True)
    except RuntimeError:
        return None
    finally:
        config.CACHE_DIR = before


def lenient(dispatcher: Any) -> Any:
    """Lets Numba compile what it cannot read from disk, and go on where it cannot write."""
    return numba_internals.lenient(dispatcher, lambda problem: warn(problem, None))
