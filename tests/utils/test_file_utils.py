"""get_file: what is in the cache is whole, checked, and put there in one move."""

from __future__ import annotations

import hashlib
import multiprocessing
import os
import pathlib
import tarfile
import tempfile
import zipfile

import pytest

from kerasnb.utils import archives, get_file
from kerasnb.utils.download import DownloadError
from tests.server import serving

CONTENT = bytes(range(256)) * 2000
SHA256 = hashlib.sha256(CONTENT).hexdigest()


@pytest.fixture(autouse=True)
def cache(tmp_path, monkeypatch) -> pathlib.Path:
    """The cache folder; the spare one for temporary files is fresh too."""
    monkeypatch.setenv("KERAS_HOME", str(tmp_path / "home"))
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    return tmp_path / "home" / "datasets"


def names(folder: pathlib.Path) -> list[str]:
    return sorted(p.name for p in folder.iterdir())


def test_downloads_once(cache, capsys):
    """A file is fetched, checked, and not asked for again."""
    with serving(CONTENT) as server:
        path = get_file(origin=server.url, file_hash=SHA256)
        assert get_file(origin=server.url, file_hash=SHA256) == path
        assert server.asked == [None]
    assert pathlib.Path(path) == cache / "file.npz"
    assert pathlib.Path(path).read_bytes() == CONTENT
    assert names(cache) == ["file.npz"]
    printed = capsys.readouterr().out
    assert printed.startswith(f"Downloading data from {server.url}\n") and "0.5/0.5 MB\n" in printed


def test_md5_and_force(cache):
    """An MD5 hash is recognised by its length, and `force_download` fetches anew."""
    md5 = hashlib.md5(CONTENT).hexdigest()
    with serving(CONTENT) as server:
        get_file("a.bin", server.url, file_hash=md5)
        get_file("a.bin", server.url, md5_hash=md5, force_download=True)
        assert len(server.asked) == 2


def test_wrong_hash_leaves_nothing(cache):
    """A file that is not the expected one never appears in the cache."""
    with serving(CONTENT[:-1] + b"!") as server:
        with pytest.raises(ValueError, match="Incomplete or corrupted file detected"):
            get_file(origin=server.url, file_hash=SHA256)
    assert names(cache) == []


def test_outdated_file_is_replaced_only_by_a_good_one(cache, capsys):
    """A cached file with another hash is fetched anew, and stays where that fails."""
    cache.mkdir(parents=True)
    (cache / "file.npz").write_bytes(b"old")
    with serving(b"wrong") as server, pytest.raises(ValueError, match="corrupted"):
        get_file(origin=server.url, file_hash=SHA256)
    assert (cache / "file.npz").read_bytes() == b"old"
    with serving(CONTENT) as server:
        get_file(origin=server.url, file_hash=SHA256)
    assert (cache / "file.npz").read_bytes() == CONTENT
    assert "incomplete or outdated" in capsys.readouterr().out


def test_cut_connection_goes_on_in_the_same_call(cache):
    """After a cut only the rest is asked for."""
    with serving(CONTENT, cuts=[1000, 3000]) as server:
        path = get_file(origin=server.url, file_hash=SHA256)
        assert server.asked == [None, "bytes=1000-", "bytes=4000-"]
    assert pathlib.Path(path).read_bytes() == CONTENT


def test_cut_connection_goes_on_in_a_later_call(cache):
    """What arrived before the network went away is kept, and used by the next call."""
    with serving(CONTENT, cuts=[1000, 0]) as server:
        with pytest.raises(DownloadError, match="cut after 1000 of 512000 bytes"):
            get_file(origin=server.url, file_hash=SHA256)
        assert names(cache) == ["file.npz.part"]
        path = get_file(origin=server.url, file_hash=SHA256)
        assert server.asked[-1] == "bytes=1000-"
    assert pathlib.Path(path).read_bytes() == CONTENT
    assert names(cache) == ["file.npz"]


def test_partial_is_discarded_where_the_server_starts_anew(cache):
    """A server without ranges sends all of it: nothing is doubled."""
    with serving(CONTENT, ranges=False, cuts=[1000, 500]) as server:
        with pytest.raises(DownloadError):
            get_file(origin=server.url, file_hash=SHA256)
        path = get_file(origin=server.url, file_hash=SHA256)
    assert pathlib.Path(path).read_bytes() == CONTENT


@pytest.mark.parametrize("rest", [b"another version", CONTENT + b"longer"])
def test_partial_of_another_file_is_discarded(cache, rest):
    """What was kept is only trusted if the whole has the hash."""
    cache.mkdir(parents=True)
    (cache / "file.npz.part").write_bytes(rest)
    with serving(CONTENT) as server:
        path = get_file(origin=server.url, file_hash=SHA256)
    assert pathlib.Path(path).read_bytes() == CONTENT


def test_without_hash_nothing_is_kept(cache):
    """Without a hash nobody knows whether two halves belong to one file."""
    with serving(CONTENT, cuts=[1000, 0]) as server:
        with pytest.raises(DownloadError):
            get_file(origin=server.url)
    assert names(cache) == []


def test_error_of_the_server(cache):
    """A missing file gives Keras' message and leaves nothing."""
    with serving(CONTENT, status=404) as server:
        with pytest.raises(DownloadError, match=f"URL fetch failure on {server.url}: 404 -- Not Found"):
            get_file(origin=server.url, file_hash=SHA256)
    assert names(cache) == []


def test_no_server(cache):
    """Without a network the error says so."""
    with serving(CONTENT) as server:
        url = server.url
    with pytest.raises(DownloadError, match="Connection refused"):
        get_file(origin=url, file_hash=SHA256)


def test_cache_that_cannot_be_written(cache, tmp_path):
    """Where the cache cannot be written, the folder for temporary files takes its place."""
    cache.parent.write_text("a file where the folder should be")
    with serving(CONTENT) as server:
        path = get_file(origin=server.url, file_hash=SHA256)
        assert get_file(origin=server.url, file_hash=SHA256) == path
        assert len(server.asked) == 1
    assert pathlib.Path(path) == tmp_path / ".keras" / "datasets" / "file.npz"


def test_no_folder_can_be_written(cache, tmp_path):
    """Where no folder can be written, the error says what to do."""
    cache.parent.write_text("a file where the folder should be")
    (tmp_path / ".keras").write_text("and here")
    with pytest.raises(OSError, match="Set `cache_dir` or KERAS_HOME"):
        get_file(origin="http://127.0.0.1:9/x.npz")


def _fetch(url, home):
    os.environ["KERAS_HOME"] = home
    return get_file(origin=url, file_hash=SHA256)


def test_two_processes_at_once(cache):
    """Processes that ask at the same time all get the whole file, and leave nothing else."""
    with serving(CONTENT) as server:
        with multiprocessing.get_context("spawn").Pool(3) as pool:
            paths = pool.starmap(_fetch, [(server.url, str(cache.parent))] * 6)
    assert {pathlib.Path(p).read_bytes() == CONTENT for p in paths} == {True}
    assert names(cache) == ["file.npz"]


@pytest.mark.parametrize("kind", ["tar", "zip"])
def test_extracts_archives_and_nothing_outside(cache, tmp_path, kind):
    """An archive becomes a folder; a member that points outside is skipped with a warning."""
    inner = tmp_path / "inner.txt"
    inner.write_text("hello")
    archive = tmp_path / "made"
    if kind == "tar":
        with tarfile.open(archive, "w:gz") as file:
            file.add(inner, "data/inner.txt")
            file.add(inner, "../../evil.txt")
    else:
        with zipfile.ZipFile(archive, "w") as file:
            file.write(inner, "data/inner.txt")
            file.write(inner, "../../evil.txt")
    with serving(archive.read_bytes()) as server, pytest.warns(UserWarning, match="Skipping invalid path"):
        folder = pathlib.Path(get_file("data.tgz", server.url, extract=True))
    assert folder == cache / "data_extracted"
    assert (folder / "data" / "inner.txt").read_text() == "hello"
    assert names(cache) == ["data.tgz", "data_extracted"]
    assert not list(tmp_path.rglob("evil.txt"))


def test_no_archive(cache):
    """A file that is no archive is reported."""
    with serving(CONTENT) as server, pytest.warns(UserWarning, match="Could not extract archive"):
        assert get_file("x", server.url, untar=True) == str(cache / "x")


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({}, 'specify the "origin" argument'),
        ({"origin": "http://127.0.0.1:9/"}, "Can't parse the file name"),
        ({"fname": "a/b", "origin": "http://127.0.0.1:9/x"}, "Received: fname=a/b"),
        ({"origin": "http://127.0.0.1:9/x", "hash_algorithm": "crc"}, "Received: 'crc'"),
    ],
)
def test_errors_name_the_argument(arguments, message):
    """Wrong arguments are refused before anything is fetched."""
    with pytest.raises(ValueError, match=message):
        get_file(**arguments)


# --- names that point elsewhere


@pytest.fixture
def archive(tmp_path) -> bytes:
    """A zip archive of one file."""
    path = tmp_path / "made.zip"
    with zipfile.ZipFile(path, "w") as file:
        file.writestr("inner.txt", "hello")
    return path.read_bytes()


@pytest.mark.parametrize("extract", [True, False])
@pytest.mark.parametrize(
    "name",
    [
        "..",
        ".",
        "%2e%2e",
        ".%2E",
        "%252e%252e",
        "..%2fother",
        "a%5cb",
        "a\\b",
        "..\\..",
        "%00",
        "c:x",
        " ",
        "%20",
        ".. ",
    ],
)
def test_names_that_point_elsewhere_are_refused(cache, archive, name, extract):
    """Whatever is in the cache stays, and nothing is fetched, for names of origins and for given ones."""
    (cache / "other").mkdir(parents=True)
    (cache / "other" / "precious.txt").write_text("of another model")
    with serving(archive) as server:
        base = server.url.rpartition("/")[0]
        with pytest.raises(ValueError, match="`fname` argument"):
            get_file(origin=f"{base}/{name}", extract=extract)
        with pytest.raises(ValueError, match="`fname` argument"):
            get_file(name, f"{base}/x", extract=extract)
        assert not server.asked
    assert names(cache) == ["other"] and names(cache / "other") == ["precious.txt"]


@pytest.mark.parametrize("name", ["...", "a..b", "data.v1.tar.gz", "100%", "mod\u00e8le", "a b", ".hidden"])
def test_odd_names_are_names(cache, archive, name):
    """Dots, blanks and signs of percent in a name are nothing to refuse."""
    with serving(archive) as server:
        path = pathlib.Path(get_file(name, server.url, extract=True))
    assert path.parent == cache and (path / "inner.txt").read_text() == "hello"


@pytest.mark.parametrize("ending", ["", ".", ".."])
def test_archives_replace_no_folder_above(tmp_path, archive, ending):
    """The folder that is replaced has a name of its own."""
    (tmp_path / "kept").mkdir()
    with pytest.raises(ValueError, match="a folder with a name"):
        archives.extract(str(tmp_path / "made.zip"), os.path.join(tmp_path, "kept", ending))
    assert (tmp_path / "kept").is_dir() and (tmp_path / "made.zip").is_file()
