"""Files that cost more than they should, and places and clocks that are odd: a clear error, and quickly."""

from __future__ import annotations

import fcntl
import io
import json
import os
import signal
import subprocess
import sys
import textwrap
import time
import tracemalloc
import zipfile

import h5py
import numpy as np
import pytest

import kerasnb as keras
from kerasnb.saving import atomic
from kerasnb.serialization.brief import LIMIT
from tests.saving.test_damaged import change, edited, members_of


def make_model(width: int = 3):
    return keras.Sequential([keras.Input((4,)), keras.layers.Dense(width, name="a"), keras.layers.Dense(2, name="b")])


@pytest.fixture
def saved(tmp_path):
    """The path of an intact file."""
    path = tmp_path / "model.keras"
    make_model().save(path)
    return path


# --- files that ask for much


@pytest.mark.parametrize("units", [1500, 4000])
def test_initializers_do_not_run_for_what_a_file_holds(saved, monkeypatch, units):
    """A small file that names a large model with costly initializers is refused before any of them runs."""

    def edit(config):
        for layer in config["config"]["layers"][1:]:
            layer["config"]["units"] = units
            layer["config"]["kernel_initializer"] = {
                "module": "keras.initializers", "class_name": "Orthogonal", "config": {"gain": 1.0, "seed": 1},
                "registered_name": None,
            }  # fmt: skip
            layer["build_config"]["input_shape"] = [None, units]
        config["config"]["layers"][0]["config"]["batch_shape"] = [None, units]

    def fail(self, shape, dtype=None):
        raise AssertionError("an initializer ran")

    edited(saved, edit)
    monkeypatch.setattr(keras.initializers.Orthogonal, "__call__", fail)
    tracemalloc.start()
    with pytest.raises(ValueError, match="file can hold|could not be loaded"):
        keras.saving.load_model(saved)
    assert tracemalloc.get_traced_memory()[1] < 64 << 20
    tracemalloc.stop()


def test_what_a_file_does_not_hold_gets_its_first_values(tmp_path):
    """A layer that loads nothing has the values that it starts with, and what `build` has assigned."""

    @keras.saving.register_keras_serializable("hostile")
    class Unsaved(keras.layers.Layer):
        def build(self, shape):
            self.ones = self.add_weight((2,), "ones", name="ones")
            self.given = self.add_weight((2,), "ones", name="given")
            self.given.assign([3.0, 4.0])

        def call(self, x):
            return x * self.ones * self.given

        def save_own_variables(self, store):
            pass

        def load_own_variables(self, store):
            pass

    model = keras.Sequential([keras.Input((2,)), Unsaved(), keras.layers.Dense(1)])
    model.save(tmp_path / "m.keras")
    again = keras.saving.load_model(tmp_path / "m.keras")
    for ours, theirs in zip(again.get_weights(), model.get_weights(), strict=True):
        np.testing.assert_array_equal(ours, theirs)


@pytest.mark.parametrize(
    "edit",
    [
        lambda c, big: c["config"]["layers"][1].update(class_name=big, registered_name=None),
        lambda c, big: c["config"]["layers"][1].update(class_name="Nope", config={big: big}),
        lambda c, big: c["config"]["layers"][1]["config"].update(units=big),
        lambda c, big: c["config"]["layers"][1]["config"].update({big: 1}),
        lambda c, big: c["config"]["layers"][1].update(config=big),
        lambda c, big: c.update(config=big),
        lambda c, big: c["config"]["layers"][1]["config"].update(activation=[big] * 3),
    ],
)
def test_long_configs_are_not_repeated(saved, edit):
    """An error about a long config names what is wrong, and is short."""
    edited(saved, lambda config: edit(config, "ab" * 500_000))
    with pytest.raises(ValueError) as caught:
        keras.saving.load_model(saved)
    problem, length = caught.value, 0
    while problem is not None:
        length += len(str(problem))
        problem = problem.__cause__ or (None if problem.__suppress_context__ else problem.__context__)
    assert length < 10 * LIMIT
    assert str(saved) in str(caught.value)


@pytest.mark.parametrize("kind", ["dataset", "group"])
def test_many_names_of_one_thing(saved, kind):
    """Very many hard links cost little; a data set with two names is refused."""
    buffer = io.BytesIO(members_of(saved)["model.weights.h5"])
    with h5py.File(buffer, "a") as file:
        target = file["layers/dense/vars/0" if kind == "dataset" else "layers/dense"]
        for i in range(2000):
            file[f"layers/dense/vars/x{i}" if kind == "dataset" else f"layers/x{i}"] = target
    change(saved, "model.weights.h5", buffer.getvalue())
    opened = []
    original = h5py.Group.__getitem__
    h5py.Group.__getitem__ = lambda self, name: opened.append(name) or original(self, name)
    try:
        if kind == "dataset":
            with pytest.raises(ValueError, match="has 2001 names"):
                keras.saving.load_model(saved)
        else:
            keras.saving.load_model(saved)
    finally:
        h5py.Group.__getitem__ = original
    assert len(opened) < 50


def test_member_that_claims_more_than_the_archive(saved):
    """A stored size beyond the file is refused before it is read."""
    content = bytearray(saved.read_bytes())
    with zipfile.ZipFile(saved) as archive:
        info = archive.getinfo("model.weights.h5")
    size, huge = info.file_size.to_bytes(4, "little"), (1 << 31).to_bytes(4, "little")
    saved.write_bytes(bytes(content.replace(size, huge)))
    with pytest.raises(ValueError, match="model.weights.h5"):
        keras.saving.load_model(saved)


# --- places


def test_h5_is_not_recommended_where_it_is_refused(tmp_path):
    """The message about a `.h5` file says what to do instead."""
    with pytest.raises(ValueError) as caught:
        make_model().save(tmp_path / "model.h5")
    assert "`.keras`" in str(caught.value) and ".weights.h5" in str(caught.value)
    assert "a `.h5` extension" not in str(caught.value) and "export" not in str(caught.value)


@pytest.mark.parametrize("name", ["m.keras", "m.weights.h5"])
def test_folder_that_is_not_there(tmp_path, name):
    """The folder is named, and no hidden file."""
    model = make_model()
    save = model.save if name == "m.keras" else model.save_weights
    with pytest.raises(FileNotFoundError, match="does not exist") as caught:
        save(tmp_path / "none" / name)
    assert str(tmp_path / "none") in str(caught.value) and ".tmp" not in str(caught.value)
    (tmp_path / name).mkdir()
    with pytest.raises(IsADirectoryError, match=name):
        save(tmp_path / name)


def test_folder_that_may_not_be_written(tmp_path, monkeypatch):
    """The error names the file that was to be saved."""

    def refuse(dir, prefix, suffix):
        raise PermissionError(13, "Permission denied", os.path.join(dir, prefix + suffix))

    monkeypatch.setattr(atomic.tempfile, "mkstemp", refuse)
    with pytest.raises(PermissionError) as caught:
        make_model().save(tmp_path / "m.keras")
    assert str(caught.value).endswith("m.keras'") and ".tmp" not in str(caught.value)


def test_leftovers_of_a_killed_process_are_removed(tmp_path):
    """The next save of any name removes what a dead process left, and nothing else."""
    code = f"""
        import os, signal
        from kerasnb.saving import atomic
        def parts():
            yield b"half"
            os.kill(os.getpid(), signal.SIGKILL)
        atomic.write({str(tmp_path / "other.keras")!r}, parts())
    """
    ran = subprocess.run([sys.executable, "-c", textwrap.dedent(code)])
    assert ran.returncode == -signal.SIGKILL
    left = [p for p in os.listdir(tmp_path) if p.endswith(".tmp")]
    assert len(left) == 1 and left[0].startswith(".other.keras.")
    kept = [
        left[0].replace(f"{atomic._HOST}-", "00000000-"),  # of another machine
        f".m.keras.{atomic._HOST}-{os.getpid()}-abc.kerasnb.tmp",  # of a process that runs
        ".m.keras.tmp", "m.tmp",
    ]  # fmt: skip
    for name in kept:
        (tmp_path / name).write_bytes(b"x")
    make_model().save(tmp_path / "m.keras")
    assert sorted(os.listdir(tmp_path)) == sorted([*kept, "m.keras"])


def test_files_that_are_being_written_are_left_alone(tmp_path):
    """A lock keeps a file whose process has a number that means nothing here, as in another container."""
    dead = subprocess.Popen([sys.executable, "-c", ""])
    dead.wait()
    name = f".m.keras.{atomic._HOST}-{dead.pid}-abc.kerasnb.tmp"
    with open(tmp_path / name, "wb") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        make_model().save(tmp_path / "m.keras")
        assert name in os.listdir(tmp_path)
    make_model().save(tmp_path / "m.keras")
    assert os.listdir(tmp_path) == ["m.keras"]


# --- clocks


@pytest.mark.parametrize(("year", "written"), [(1970, 1980), (2200, 2107)])
def test_clock_that_is_wrong(tmp_path, monkeypatch, year, written):
    """A clock outside of the years that an archive knows does not keep from saving."""
    real = time.localtime
    monkeypatch.setattr(time, "localtime", lambda *_: time.struct_time((year, 1, 1, 0, 0, 0, 0, 1, 0)))
    make_model().save(tmp_path / "m.keras")
    monkeypatch.setattr(time, "localtime", real)
    with zipfile.ZipFile(tmp_path / "m.keras") as archive:
        assert {i.date_time[0] for i in archive.infolist()} == {written}
    keras.saving.load_model(tmp_path / "m.keras")


def test_clock_that_jumps_back(monkeypatch, capsys):
    """Progress lines measure time with a clock that cannot be set."""
    times = iter(range(10**6, 0, -1000))
    monkeypatch.setattr(time, "time", lambda: float(next(times)))
    model = make_model()
    model.compile("sgd", "mse")
    model.fit(np.ones((8, 4)), np.ones((8, 2)), batch_size=2, epochs=2, verbose=1)
    model.fit(np.ones((8, 4)), np.ones((8, 2)), batch_size=2, epochs=2, verbose=2)
    text = capsys.readouterr().out
    assert "Epoch 2/2" in text and "-" not in "".join(text.replace(" - ", " ").split("e-"))


def test_metadata_of_a_model_is_json(saved):
    """The archive still says which Keras can read it."""
    assert json.loads(members_of(saved)["metadata.json"])["keras_version"].startswith("3.")
