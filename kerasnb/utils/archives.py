"""Archives, unpacked so that nothing lands outside of their folder."""

from __future__ import annotations

import os
import shutil
import tarfile
import tempfile
import warnings
import zipfile
from collections.abc import Sequence

FORMATS = ("tar", "zip")
RATIO = 200  # text unpacks to about 10 times its packed size, tables of zeros and ones to 100 times
LEAST = 64 << 20  # bytes that may come out of an archive of any size


def extract(path: str, folder: str, archive_format: str | Sequence[str] | None = "auto") -> bool:
    """Unpacks an archive into a folder, which appears whole or not at all.

    Args:
        path: String, the archive.
        folder: String, the folder; one that is there is replaced.
        archive_format: `"auto"`, `"tar"`, `"zip"`, a list of those, or `None` for none.

    Returns:
        Whether the file was an archive of these formats.

    Raises:
        ValueError: If far more would come out of it than such a file holds. Nothing is left of it then.
    """
    formats = [archive_format] if isinstance(archive_format, str) else archive_format or []
    formats = FORMATS if "auto" in formats else formats
    if unknown := [f for f in formats if f not in FORMATS]:
        raise NotImplementedError(f'`archive_format` must be "auto", "tar", "zip" or None. Received: {unknown[0]!r}')
    for name in formats:
        is_match, unpack = (tarfile.is_tarfile, _untar) if name == "tar" else (zipfile.is_zipfile, _unzip)
        if is_match(path):
            _whole(folder, lambda into, unpack=unpack: unpack(path, into))
            return True
    return False


def _whole(folder: str, unpack) -> None:
    if os.path.basename(folder) in ("", ".", ".."):  # what is replaced is removed before
        raise ValueError(f"An archive is extracted into a folder with a name. Received: {folder!r}")
    fresh = tempfile.mkdtemp(prefix=os.path.basename(folder) + ".", dir=os.path.dirname(folder))
    try:
        unpack(fresh)
        os.chmod(fresh, 0o755)  # mkdtemp's 0o700 would hide a shared cache from others
        shutil.rmtree(folder, ignore_errors=True)
        os.replace(fresh, folder)
    except BaseException:
        shutil.rmtree(fresh, ignore_errors=True)
        raise


class _Budget:
    """How many bytes may still come out of an archive."""

    def __init__(self, path: str) -> None:
        self.path, self.packed = path, os.path.getsize(path)
        self.left = self.limit = max(LEAST, RATIO * self.packed)

    def spend(self, size: int) -> None:
        """Takes the size of a member off."""
        self.left -= size
        if self.left < 0:
            raise ValueError(
                f"Not allowed: the archive {self.path} has {self.packed} bytes and unpacks to more than {self.limit}: "
                "a potential decompression bomb. If you trust it, fetch it with `extract=False` and unpack it yourself."
            )


def _warn(name: str) -> None:
    warnings.warn(f"Skipping invalid path during archive extraction: '{name}'.", stacklevel=6)


def _inside(root: str, name: str) -> bool:
    """Whether a member of an archive lands in the folder it is extracted to."""
    return os.path.commonpath([root, os.path.realpath(os.path.join(root, name))]) == root


def _untar_plainly(archive, root: str, budget: _Budget) -> None:
    """Files and folders alone, for a Python before 3.11.4, which knows no filters."""
    for member in archive:
        if _inside(root, member.name) and (member.isfile() or member.isdir()):
            budget.spend(member.size)
            archive.extract(member, root)
        else:
            _warn(member.name)


def _untar(path: str, folder: str) -> None:
    budget = _Budget(path)

    def safe(member, into):
        budget.spend(member.size)
        try:
            return tarfile.data_filter(member, into)
        except tarfile.FilterError:
            _warn(member.name)
            return None

    with tarfile.open(path) as archive:
        if hasattr(tarfile, "data_filter"):
            archive.extractall(folder, filter=safe)
        else:
            _untar_plainly(archive, os.path.realpath(folder), budget)


def _unzip(path: str, folder: str) -> None:
    root, budget = os.path.realpath(folder), _Budget(path)
    with zipfile.ZipFile(path) as archive:
        for member in archive.infolist():
            if _inside(root, member.filename):
                budget.spend(member.file_size)
                archive.extract(member, root)
            else:
                _warn(member.filename)
