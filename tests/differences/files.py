"""Files and numbers of the engine that differ from those of Keras 3.15."""

from __future__ import annotations

import io
import os
import pathlib
import warnings
import zipfile

import h5py
import keras as judge
import numpy as np
import pytest

import kerasnb as keras
from tests.differences import difference


def model(library):
    return library.Sequential([library.Input((4,)), library.layers.Dense(3), library.layers.Dense(2)])


@difference
def whole_files():
    """A crash in the middle of saving leaves what was there."""
    ours = model(keras)
    ours.save("ours.keras")
    before = pathlib.Path("ours.keras").read_bytes()
    real = os.replace

    def crash(*_):
        raise KeyboardInterrupt

    os.replace = crash
    try:
        with pytest.raises(KeyboardInterrupt):
            model(keras).save("ours.keras")
    finally:
        os.replace = real
    assert pathlib.Path("ours.keras").read_bytes() == before and os.listdir() == ["ours.keras"]


@difference
def checksums():
    """A changed number is noticed; files go both ways."""
    ours, theirs = model(keras), model(judge)
    ours.save_weights("ours.weights.h5")
    theirs.save_weights("theirs.weights.h5")
    model(judge).load_weights("ours.weights.h5")
    ours.load_weights("theirs.weights.h5")
    ours.load_weights("ours.weights.h5")
    with h5py.File("ours.weights.h5", "r+") as file:
        file["layers/dense/vars/0"][0, 0] += 1
    with pytest.raises(ValueError, match="wrong checksum"):
        ours.load_weights("ours.weights.h5")
    model(judge).load_weights("ours.weights.h5")


@difference
def no_legacy_files():
    """The message says what to do."""
    with pytest.raises(ValueError, match=r"please add a `\.keras` extension.*\.weights\.h5"):
        model(keras).save("m.h5")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        model(judge).save("m.h5")
    assert os.path.exists("m.h5")


@difference
def no_initializers_on_loading():
    """Values come from the file, of which the initializers know nothing."""
    calls = []
    real = keras.initializers.GlorotUniform.__call__
    made = model(keras)
    made.save("m.keras")
    keras.initializers.GlorotUniform.__call__ = lambda self, *a, **k: calls.append(1) or real(self, *a, **k)
    try:
        again = keras.saving.load_model("m.keras")
    finally:
        keras.initializers.GlorotUniform.__call__ = real
    assert calls == []
    for ours, saved in zip(again.get_weights(), made.get_weights(), strict=True):
        np.testing.assert_array_equal(ours, saved)
    with zipfile.ZipFile("m.keras") as archive:
        with h5py.File(io.BytesIO(archive.read("model.weights.h5"))) as file:
            assert file["layers/dense/vars/0"].shape == (4, 3)


@difference
def float64_stays():
    """Wide arrays are computed as they are."""
    for dtype in ("float64", "int64"):
        x = np.array([1, 2], dtype)
        assert keras.ops.convert_to_tensor(x).dtype == keras.ops.add(x, x).dtype == dtype
        assert str(judge.ops.convert_to_tensor(x).dtype) == dtype.replace("64", "32")
    assert float(keras.ops.add(np.float64(1.0), np.array([1e-12]))[0]) > 1.0


@difference
def random_numbers():
    """Equal here, and of the same distribution there."""
    draw = [np.asarray(m.random.normal((1000,), seed=3)) for m in (keras, keras, judge)]
    np.testing.assert_array_equal(draw[0], draw[1])
    assert not np.allclose(draw[0], draw[2])
    assert all(abs(d.mean()) < 0.15 and abs(d.std() - 1) < 0.1 for d in draw)


@difference
def names_of_downloads():
    """The name is the last part of the address where none is given; Keras asks the server, which is not there."""
    for origin in ("http://127.0.0.1:9/data/..", "http://127.0.0.1:9/data/.", "http://127.0.0.1:9/data/%2e%2e"):
        with pytest.raises(ValueError, match="name"):
            keras.utils.get_file(origin=origin, extract=True, cache_dir=".")
        with pytest.raises(Exception, match="URL fetch failure"):
            judge.utils.get_file(origin=origin, extract=True, cache_dir=".")


@difference
def legacy_graphs():
    """A file that Keras 3 wrote and cannot read: the graph has an operation with a number."""
    x = judge.Input((4,))
    theirs = judge.Model(x, judge.layers.Dense(3)(x) * 2)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        theirs.save("theirs.h5")
    with pytest.raises(ValueError, match="Only input tensors may be passed"):
        judge.saving.load_model("theirs.h5", compile=False)
    ours = keras.saving.load_model("theirs.h5", compile=False)
    data = np.linspace(-1, 1, 8, dtype="float32").reshape(2, 4)
    np.testing.assert_allclose(ours(data), theirs(data), rtol=1e-5, atol=1e-6)
