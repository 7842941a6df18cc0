"""Downloads and archives that are not what they claim: a clear error, and nothing is left of them."""

from __future__ import annotations

import io
import os
import tarfile
import zipfile

import pytest

from kerasnb.utils import get_file
from kerasnb.utils.download import DownloadError
from tests.server import serving


@pytest.mark.parametrize("length", ["many", "-5", "1e6", "0x10", "1,000", "٣"])
def test_content_length_that_is_no_number(tmp_path, length):
    """It is a failed download, as any other that the server is to blame for."""
    with serving(b"x" * 1000, length=length.encode().decode("latin-1")) as server:
        with pytest.raises(DownloadError, match="URL fetch failure on http.*Content-Length"):
            get_file("a.bin", server.url, cache_dir=str(tmp_path))
    assert not any(files for _, _, files in os.walk(tmp_path))


def bomb(path, kind: str, members: int) -> None:
    """An archive of so many members of 8 MB of zeros."""
    content = bytes(8 << 20)
    if kind == "zip":
        with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
            for i in range(members):
                archive.writestr(f"zeros{i}", content)
        return
    with tarfile.open(path, f"w:{kind.removeprefix('tar.')}") as archive:
        for i in range(members):
            info = tarfile.TarInfo(f"zeros{i}")
            info.size = len(content)
            archive.addfile(info, io.BytesIO(content))


@pytest.mark.parametrize("kind", ["zip", "tar.gz", "tar.bz2"])
def test_archive_that_unpacks_to_far_more(tmp_path, kind):
    """It is refused before the disk is full, and the folder is as it was; a small one unpacks."""
    path = tmp_path / f"archive.{kind}"
    bomb(path, kind, 12)
    with pytest.raises(ValueError, match="decompression bomb"):
        get_file("a", path.as_uri(), extract=True, cache_dir=str(tmp_path / "cache"))
    left = [name for _, _, files in os.walk(tmp_path / "cache") for name in files if name.startswith("zeros")]
    assert left == []
    bomb(path, kind, 2)
    folder = get_file("b", path.as_uri(), extract=True, cache_dir=str(tmp_path / "cache"))
    assert len([name for _, _, files in os.walk(folder) for name in files]) == 2
