"""Files are there whole, or as they were before."""

from __future__ import annotations

import os
import resource
import stat
import subprocess
import sys
import textwrap

import numpy as np
import pytest

import kerasnb as keras
from kerasnb.saving import atomic


def make_model(width: int = 3):
    return keras.Sequential([keras.Input((4,)), keras.layers.Dense(width)])


def names(folder) -> list[str]:
    return sorted(p.name for p in folder.iterdir())


SAVES = {
    "model.keras": lambda model, path: model.save(path),
    "model.weights.h5": lambda model, path: model.save_weights(path),
}


@pytest.mark.parametrize("name", SAVES)
@pytest.mark.parametrize("problem", [OSError(28, "No space left on device"), KeyboardInterrupt()], ids=["full", "stop"])
@pytest.mark.parametrize("place", ["fsync", "replace"])
def test_failure_leaves_the_old_file(tmp_path, monkeypatch, name, problem, place):
    """What goes wrong while writing leaves the old file, and no other."""
    path = tmp_path / name
    SAVES[name](make_model(), path)
    before = path.read_bytes()

    def fail(*_):
        raise problem

    monkeypatch.setattr(os, place, fail)
    with pytest.raises(type(problem)):
        SAVES[name](make_model(5), path)
    monkeypatch.undo()
    assert path.read_bytes() == before
    assert names(tmp_path) == [name]


TOGETHER = {
    "folder": lambda model, folder: model.save(folder / "model", zipped=False),
    "shards": lambda model, folder: model.save_weights(folder / "m.weights.json", max_shard_size=50 / 1024**3),
}


@pytest.mark.parametrize("name", TOGETHER)
def test_failure_leaves_all_old_files(tmp_path, monkeypatch, name):
    """Where the last of several files cannot be written, none of them has changed."""

    def contents():
        return {path: path.read_bytes() for path in tmp_path.rglob("*") if path.is_file()}

    def sync(number):
        synced.append(number)
        if len(synced) == len(before):
            raise OSError(28, "No space left on device")

    TOGETHER[name](make_model(), tmp_path)
    before, synced, model = contents(), [], make_model()
    monkeypatch.setattr(os, "fsync", sync)
    with pytest.raises(OSError, match="No space left"):
        TOGETHER[name](model, tmp_path)
    assert len(synced) == len(before) == 3
    assert contents() == before


def test_full_disk(tmp_path):
    """A disk that is full in the middle of a write leaves the old file, and no other."""
    path = tmp_path / "model.keras"
    make_model().save(path)
    before = path.read_bytes()
    code = f"""
        import resource, signal
        import kerasnb as keras
        model = keras.Sequential([keras.Input((100,)), keras.layers.Dense(1000)])
        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
        resource.setrlimit(resource.RLIMIT_FSIZE, (100_000, {resource.RLIM_INFINITY}))
        try:
            model.save({str(path)!r})
        except OSError as problem:
            print("refused:", problem.errno)
    """
    ran = subprocess.run([sys.executable, "-c", textwrap.dedent(code)], capture_output=True, text=True)
    assert ran.stdout.startswith("refused:"), ran.stderr
    assert path.read_bytes() == before
    assert names(tmp_path) == ["model.keras"]


def test_readers_never_see_half_a_file(tmp_path):
    """A reader that opened the old file keeps it while a new one is written."""
    path = tmp_path / "model.keras"
    make_model().save(path)
    before = path.read_bytes()
    with open(path, "rb") as reader:
        make_model(9).save(path)
        assert reader.read() == before
    assert keras.saving.load_model(path).count_params() == 45


def test_folder_that_does_not_exist(tmp_path):
    """A missing folder is an error of the system, which names it."""
    with pytest.raises(FileNotFoundError, match="nowhere"):
        make_model().save(tmp_path / "nowhere" / "model.keras")


def test_permissions(tmp_path):
    """A new file gets the usual permissions, a replaced one keeps its own."""
    path = tmp_path / "model.keras"
    mask = os.umask(0o022)
    try:
        make_model().save(path)
    finally:
        os.umask(mask)
    assert stat.S_IMODE(path.stat().st_mode) == 0o644
    path.chmod(0o640)
    make_model().save(path)
    assert stat.S_IMODE(path.stat().st_mode) == 0o640


def test_link_is_followed(tmp_path):
    """Saving to a link writes the file it points to."""
    (tmp_path / "a").mkdir()
    (tmp_path / "b").mkdir()
    link = tmp_path / "b" / "model.keras"
    link.symlink_to(tmp_path / "a" / "model.keras")
    make_model().save(link)
    assert link.is_symlink()
    assert names(tmp_path / "a") == ["model.keras"]


@pytest.mark.parametrize(("answers", "written"), [(["n"], False), (["y"], True), (["maybe", "", "Y"], True)])
@pytest.mark.parametrize("name", SAVES)
def test_overwrite_asks(tmp_path, monkeypatch, name, answers, written):
    """With `overwrite=False` an existing file is replaced only if the user says so."""
    path = tmp_path / name
    SAVES[name](make_model(), path)
    before = path.read_bytes()
    given = iter(answers)
    monkeypatch.setattr("builtins.input", lambda _: next(given))
    model = make_model(7)
    (model.save if name.endswith(".keras") else model.save_weights)(path, overwrite=False)
    assert (path.read_bytes() != before) is written


def test_overwrite_does_not_ask_for_a_new_file(tmp_path, monkeypatch):
    """Where nothing is, nothing is asked."""
    monkeypatch.delattr("builtins.input")
    make_model().save(tmp_path / "model.keras", overwrite=False)


def test_paths_of_all_kinds(tmp_path, monkeypatch):
    """Strings, path objects and relative names are paths."""
    monkeypatch.chdir(tmp_path)
    model = make_model()
    for path in ("a.keras", str(tmp_path / "b.keras"), tmp_path / "c d ü.keras"):
        model.save(path)
        np.testing.assert_array_equal(keras.saving.load_model(path).get_weights()[0], model.get_weights()[0])


def test_parts_are_joined(tmp_path):
    """A file is written from its parts, in order."""
    atomic.write(str(tmp_path / "x"), [b"ab", memoryview(b"cd"), b""])
    assert (tmp_path / "x").read_bytes() == b"abcd"


def test_names_may_be_as_long_as_the_system_allows(tmp_path):
    """The name of the temporary file is not longer than that of the file."""
    path = tmp_path / ("é" * 124 + ".keras")
    make_model().save(path)
    assert keras.models.load_model(path).count_params() == 15
