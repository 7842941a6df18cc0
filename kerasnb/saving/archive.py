"""Archives: the zip file that a `.keras` file is, written plainly and read with suspicion."""

from __future__ import annotations

import io
import os
import stat
import time
import zipfile
import zlib

MEMBERS = 10_000  # an archive of Keras has three, and a few more with vocabularies
RATIO = 100  # Keras stores members as they are; a packed copy of weights does not come near this
FLOOR = 16 << 20  # below this a member may be packed as tightly as it likes
LIMITS = {"metadata.json": 1 << 20, "config.json": 256 << 20}
LARGEST = 64 << 30
CHUNK = 1 << 20


def pack(members: dict) -> memoryview:
    """The bytes of an archive of named members, stored as they are."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_STORED) as archive:
        for name, content in members.items():
            archive.writestr(zipfile.ZipInfo(name, _now()), content)
    return buffer.getbuffer()


def _now() -> tuple:
    """The time for members, within the years that an archive can say."""
    now = time.localtime()[:6]
    return min(max(now, (1980, 1, 1, 0, 0, 0)), (2107, 12, 31, 23, 59, 58))


class Archive:
    """The members of a `.keras` file.

    Args:
        path: Where it is, for error messages too.
        content: Optional bytes of the file, to be read instead.

    Raises:
        ValueError: If it is no archive, damaged, or dangerous.
    """

    def __init__(self, path: str, content: bytes | None = None) -> None:
        self.path = path
        try:
            self.bytes = len(content) if content is not None else os.stat(path).st_size
            self.zip = zipfile.ZipFile(path if content is None else io.BytesIO(content))
        except (zipfile.BadZipFile, EOFError, NotImplementedError, ValueError) as problem:
            raise ValueError(
                f"The file is no intact `.keras` archive: filepath={path} ({problem}). It may be truncated, "
                "or not have been saved by Keras."
            ) from None
        try:
            self._check()
        except ValueError:
            self.zip.close()
            raise

    def __enter__(self) -> Archive:
        return self

    def __exit__(self, *_: object) -> None:
        self.zip.close()

    def names(self) -> list[str]:
        """The names of the members."""
        return self.zip.namelist()

    def _refuse(self, name: str, problem: str):
        raise ValueError(f"Not allowed: filepath={self.path}, member {name!r}: {problem}")

    def _check(self) -> None:
        infos = self.zip.infolist()
        if len(infos) > MEMBERS:
            self._refuse("*", f"the archive has {len(infos)} members, more than {MEMBERS}")
        seen = set()
        for info in infos:
            self._check_name(info)
            self._check_size(info)
            if info.filename in seen:
                self._refuse(info.filename, "two members have this name")
            seen.add(info.filename)

    def _check_name(self, info) -> None:
        name = info.orig_filename
        parts = name.replace("\\", "/").split("/")
        if name.startswith(("/", "\\")) or ".." in parts or ":" in parts[0] or "\0" in name:
            self._refuse(name, "its path leads out of the archive")
        if stat.S_ISLNK(info.external_attr >> 16):
            self._refuse(name, "it is a link")
        if info.flag_bits & 1:
            self._refuse(name, "it is encrypted")

    def _check_size(self, info) -> None:
        limit = LIMITS.get(info.filename, LARGEST)
        if info.file_size > limit:
            self._refuse(info.filename, f"it has {info.file_size} bytes, more than {limit}")
        if info.compress_size > self.bytes:
            self._refuse(info.filename, f"it claims to store {info.compress_size} bytes in a file of {self.bytes}")
        if info.file_size > FLOOR and info.file_size > RATIO * max(info.compress_size, 1):
            self._refuse(
                info.filename,
                f"it claims {info.file_size} bytes but stores {info.compress_size}: a potential decompression bomb",
            )

    def read(self, name: str) -> bytes:
        """The content of a member.

        Raises:
            ValueError: If it is missing, damaged, or larger than it claims.
        """
        if name not in self.names():
            raise ValueError(f"The archive has no member {name!r}: filepath={self.path}. It has {self.names()}")
        info = self.zip.getinfo(name)
        try:
            with self.zip.open(name) as member:
                # What is stored as it is comes in one piece, without a copy; what is packed may unpack to anything.
                stored = info.compress_type == zipfile.ZIP_STORED
                content = member.read() if stored else self._unpacked(member, info)
        except (zipfile.BadZipFile, zlib.error, EOFError, OSError, NotImplementedError, RuntimeError) as problem:
            raise ValueError(f"The archive is damaged: filepath={self.path}, member {name!r} ({problem})") from None
        if len(content) != info.file_size:
            raise ValueError(f"The archive is damaged: filepath={self.path}, member {name!r} is cut off")
        return content

    def _unpacked(self, member, info) -> bytes:
        content = bytearray()
        while chunk := member.read(CHUNK):
            content += chunk
            if len(content) > info.file_size:
                self._refuse(info.filename, f"it has more than the {info.file_size} bytes it claims")
        return bytes(content)
