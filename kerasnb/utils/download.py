"""Downloads that are whole or not there: resumed when cut, checked, and put in place in one move.

Not `pooch`: it begins anew after a cut, shows progress only with another package, and is one more dependency.
"""

from __future__ import annotations

import contextlib
import functools
import hashlib
import importlib
import importlib.util
import os
import uuid
from typing import Any

from kerasnb.utils.progress import Line, bar

# Not on Windows: there, a cut download starts again.
fcntl: Any = importlib.import_module("fcntl") if importlib.util.find_spec("fcntl") else None

CHUNK = 1 << 16
TIMEOUT_S = 30
ATTEMPTS = 3


class DownloadError(OSError):
    """A file could not be fetched: no network, an error of the server, or a connection that was cut."""


class _Cut(Exception):
    """The connection ended before the file did."""


@functools.cache
def _network():
    """`urllib.request`, imported for the first download: 7 MB and 30 ms that most processes never need."""
    return importlib.import_module("urllib.request")


def file_hash(path: str, algorithm: str) -> str:
    """The hash of a file as a hexadecimal string."""
    with open(path, "rb") as file:
        return hashlib.file_digest(file, algorithm).hexdigest()


def download(origin: str, target: str, digest: str | None = None, algorithm: str = "sha256") -> None:
    """Fetches a URL into a file, showing progress.

    The target appears in one move and whole, or not at all; a file that was there stays until then. With a
    `digest`, a cut download is kept and goes on where it stopped, in this call or in a later one.

    Args:
        origin: String, the URL.
        target: String, the path to write.
        digest: The expected hash as a hexadecimal string, or `None`.
        algorithm: String, the name of the hash.

    Raises:
        DownloadError: If the file could not be fetched.
        ValueError: If what was fetched does not have the expected hash.
    """
    with _partial(target, keep=digest is not None) as part:
        resumed = _fetch_all(origin, part)
        ok = digest is None or _matches(part, digest, algorithm)
        if not ok and resumed:  # what was kept may be of another version of the file
            _fetch_all(origin, part)
            ok = _matches(part, digest, algorithm)
        if not ok:
            raise ValueError(
                f"Incomplete or corrupted file detected. The {algorithm} file hash does not match the provided "
                f"value of {digest}. Received: origin={origin}"
            )
        os.fsync(part.fileno())
        os.replace(part.name, target)


def _matches(part, digest, algorithm) -> bool:
    """Whether the partial file has the hash; if not, it is emptied."""
    part.flush()
    ok = file_hash(part.name, algorithm) == digest
    if not ok:
        _empty(part)
    return ok


# --- the partial file ------------------------------------------------------------------------------


@contextlib.contextmanager
def _partial(target: str, keep: bool):
    """The file that a download is written to; after a failure it is kept when it can be resumed."""
    part, shared = _open_partial(target, keep)
    try:
        with part:
            yield part
    finally:
        # After success the name is gone. An empty rest is of no use to anyone.
        with contextlib.suppress(FileNotFoundError):
            if not shared or os.path.getsize(part.name) == 0:
                os.unlink(part.name)


def _open_partial(target: str, shared: bool):
    """The partial file of the target when no other process writes it, else one of our own."""
    if shared and fcntl:
        part = open(target + ".part", "ab")
        with contextlib.suppress(OSError):
            fcntl.flock(part, fcntl.LOCK_EX | fcntl.LOCK_NB)
            # Between opening and locking, another process may have finished and moved the file away.
            if os.path.samestat(os.fstat(part.fileno()), os.stat(part.name)):
                return part, True
        part.close()
    return open(f"{target}.{uuid.uuid4().hex}.part", "xb"), False


def _empty(part) -> None:
    part.seek(0)
    part.truncate()


# --- the transport ---------------------------------------------------------------------------------


def _fetch_all(origin: str, part) -> bool:
    """Fetches the rest of a file, going on after a cut; returns whether some of it was there before."""
    resumed = part.tell() > 0
    for _ in range(ATTEMPTS):
        before = part.tell()
        try:
            _fetch_rest(origin, part)
            return resumed
        except _Cut as cut:
            problem = cut
        if part.tell() <= before:  # a server that sent nothing new will not at the next try either
            break
    raise DownloadError(f"URL fetch failure on {origin}: {problem}") from problem


def _fetch_rest(origin: str, part) -> None:
    with _open(origin, part) as response:
        total = _total(response, part.tell(), origin)
        line = Line()
        for chunk in _chunks(response):
            part.write(chunk)
            line.show(_state(part.tell(), total))
        line.finish(_state(part.tell(), total))
    if total is not None and part.tell() != total:
        raise _Cut(f"the connection was cut after {part.tell()} of {total} bytes")


def _chunks(response):
    try:
        while chunk := response.read(CHUNK):
            yield chunk
    except (OSError, _network().http.client.HTTPException) as problem:
        raise _Cut(f"the connection was cut ({problem})") from problem


def _open(origin: str, part):
    """The response for what is missing; empties the partial file where the server starts anew."""
    start = part.tell()
    request = _network().Request(origin, headers={"Range": f"bytes={start}-"} if start else {})
    try:
        response = _network().urlopen(request, timeout=TIMEOUT_S)
    except _network().HTTPError as error:
        error.close()
        if error.code == 416 and start:  # what we have is not a beginning of what is there
            _empty(part)
            return _open(origin, part)
        raise DownloadError(f"URL fetch failure on {origin}: {error.code} -- {error.msg}") from error
    except (OSError, _network().http.client.HTTPException) as error:
        reason = getattr(error, "reason", error)
        raise DownloadError(f"URL fetch failure on {origin}: {getattr(reason, 'errno', None)} -- {reason}") from error
    if start and not _continues(response, start):
        _empty(part)
    return response


def _continues(response, start: int) -> bool:
    sent = response.headers.get("Content-Range", "")
    return response.status == 206 and sent.startswith(f"bytes {start}-")


def _total(response, start: int, origin: str) -> int | None:
    length = response.headers.get("Content-Length")
    if length is None:
        return None
    if not (length.strip().isascii() and length.strip().isdigit()):
        raise DownloadError(f"URL fetch failure on {origin}: the server says Content-Length: {length[:80]!r}")
    return start + int(length)


def _state(done: int, total: int | None) -> str:
    if total is None:
        return f"{done / 1e6:.1f} MB"
    return f"{bar(done, total)} {done / 1e6:.1f}/{total / 1e6:.1f} MB"
