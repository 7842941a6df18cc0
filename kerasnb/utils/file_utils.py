"""Files from the network, kept in Keras' cache folder."""

from __future__ import annotations

import ntpath
import os
import tempfile
import urllib.parse
import warnings
from collections.abc import Sequence

from kerasnb.backend.settings import keras_home
from kerasnb.utils import archives
from kerasnb.utils.download import download
from kerasnb.utils.download import file_hash as hash_of
from kerasnb.utils.progbar import write


def get_file(
    fname: str | os.PathLike | None = None,
    origin: str | None = None,
    untar: bool = False,
    md5_hash: str | None = None,
    file_hash: str | None = None,
    cache_subdir: str = "datasets",
    hash_algorithm: str = "auto",
    extract: bool = False,
    archive_format: str | Sequence[str] | None = "auto",
    cache_dir: str | os.PathLike | None = None,
    force_download: bool = False,
) -> str:
    """Downloads a file, unless the cache has it.

    The file is kept as `~/.keras/datasets/<fname>`, where Keras looks too. It appears there whole or not at
    all, however many processes fetch it at the same time. With a hash, a download that was cut goes on where it
    stopped, and the file is checked. Where the cache folder cannot be written, a folder for temporary
    files takes its place.

    Args:
        fname: The name of the file in the cache. Defaults to the last part of `origin`. When an archive is
            extracted, this names its folder.
        origin: String, the URL of the file.
        untar: Deprecated in favor of `extract`. Boolean, whether to extract a tar archive.
        md5_hash: Deprecated in favor of `file_hash`. The MD5 hash of the file.
        file_hash: The expected hash of the file, SHA-256 or MD5, as a hexadecimal string.
        cache_subdir: The folder below the cache folder. An absolute path is used as it is.
        hash_algorithm: `"md5"`, `"sha256"`, or `"auto"`, which distinguishes them by their length.
        extract: Boolean, whether to extract the file as an archive.
        archive_format: `"auto"`, `"tar"`, `"zip"`, or `None`.
        cache_dir: The cache folder. Defaults to `$KERAS_HOME`, else `~/.keras`.
        force_download: Boolean, whether to download a file that is there already.

    Returns:
        The path of the file, or of the folder of an extracted archive.

    Raises:
        ValueError: If `origin` is missing, `fname` holds a path, or the hash does not match.
        OSError: If the file could not be fetched.

    Example:

    >>> path = keras.utils.get_file(origin="https://example.com/data.csv")  # doctest: +SKIP
    """
    if origin is None:
        raise ValueError('Please specify the "origin" argument (URL of the file to download).')
    digest, algorithm = _hash(md5_hash, file_hash, hash_algorithm)
    target, folder = _names(fname, origin, extract or untar)
    homes = (os.path.expanduser(cache_dir or keras_home()), os.path.join(tempfile.gettempdir(), ".keras"))
    places = [os.path.join(home, cache_subdir) for home in homes]
    path = None if force_download else _cached([os.path.join(p, target) for p in places], digest, algorithm)
    if path is None:
        path = os.path.join(_writable(places), target)
        write(f"Downloading data from {origin}\n")
        download(origin, path, digest, algorithm)
    if not folder:
        return path
    return _extracted(path, os.path.join(os.path.dirname(path), folder), "tar" if untar else archive_format)


def _hash(md5_hash, file_hash, algorithm: str) -> tuple:
    if md5_hash is not None and file_hash is None:
        return md5_hash, "md5"
    if algorithm == "auto":
        algorithm = "sha256" if len(file_hash or "") == 64 else "md5"
    if algorithm not in ("sha256", "md5"):
        raise ValueError(f'`hash_algorithm` must be "auto", "sha256" or "md5". Received: {algorithm!r}')
    return file_hash, algorithm


def _names(fname, origin: str, is_archive: bool) -> tuple:
    """The name of the file that is downloaded, and of the folder of an archive."""
    named = bool(fname)
    fname = os.fspath(fname) if named else os.path.basename(urllib.parse.urlsplit(origin).path)
    if not fname:
        raise ValueError(
            f"Can't parse the file name from the origin provided: '{origin}'. Please specify the `fname` argument."
        )
    if not _is_plain(fname):
        raise ValueError(
            "Paths are no longer accepted as the `fname` argument, which must be the name of a file. To specify the "
            f"file's parent directory, use the `cache_dir` argument. Received: fname={fname}"
            f"{'' if named else f', which is the last part of origin={origin}'}"
        )
    if not is_archive:
        return fname, None
    if named and "." in fname:
        return fname, fname[: fname.find(".")] + "_extracted"
    return f"{fname}_archive", fname


def _is_plain(name: str) -> bool:
    """Whether a name stands for a file inside of whichever folder, as it is and as servers decode it."""
    while True:
        if name.strip() in ("", ".", "..") or any(c in name for c in "/\\\0") or ntpath.splitdrive(name)[0]:
            return False
        decoded = urllib.parse.unquote(name)
        if decoded == name:
            return True
        name = decoded


def _cached(paths, digest, algorithm) -> str | None:
    for path in paths:
        if not os.path.isfile(path):
            continue
        if digest is None or hash_of(path, algorithm) == digest:
            return path
        write(
            "A local file was found, but it seems to be incomplete or outdated because the "
            f"{algorithm} file hash does not match the original value of {digest} so we will re-download the data.\n"
        )
    return None


def _writable(folders) -> str:
    """The first folder that can be written, created if need be."""
    for folder in folders:
        try:
            os.makedirs(folder, exist_ok=True)
            # Only a real file proves it: access bits say nothing of read-only mounts, nor to root.
            with tempfile.TemporaryFile(dir=folder):
                return folder
        except OSError as error:
            problem = error
    raise OSError(f"No folder for downloads can be written: {problem}. Set `cache_dir` or KERAS_HOME.") from problem


def _extracted(path: str, folder: str, archive_format) -> str:
    if not archives.extract(path, folder, archive_format):
        warnings.warn("Could not extract archive.", stacklevel=3)
    return folder
