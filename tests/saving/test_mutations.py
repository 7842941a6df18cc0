"""Mutated files: each is refused with a clear error, or loads the numbers that were saved."""

from __future__ import annotations

import io
import warnings

import h5py
import keras as judge
import numpy as np
import pytest

import kerasnb as keras
from kerasnb.saving import h5
from kerasnb.saving.h5 import CHECKSUM

COUNT = 150


def make_model(library=keras):
    return library.Sequential(
        [library.Input((4,)), library.layers.Dense(3), library.layers.Dropout(0.5), library.layers.Dense(2)]
    )


def flipped(content: bytearray, random) -> None:
    content[random.integers(len(content))] ^= 1 << int(random.integers(8))


def overwritten(content: bytearray, random) -> None:
    at, length = random.integers(len(content)), random.integers(1, 9)
    content[at : at + length] = random.bytes(length)


def zeroed(content: bytearray, random) -> None:
    at, length = random.integers(len(content)), random.integers(1, 65)
    content[at : at + length] = bytes(min(length, len(content) - at))


def saturated(content: bytearray, random) -> None:
    at = random.integers(len(content))
    content[at : at + 8] = b"\xff" * min(8, len(content) - at)


def cut(content: bytearray, random) -> None:
    del content[random.integers(len(content)) :]


def lost(content: bytearray, random) -> None:
    at = random.integers(len(content))
    del content[at : at + random.integers(1, 9)]


def doubled(content: bytearray, random) -> None:
    at = random.integers(len(content))
    content[at:at] = content[at : at + random.integers(1, 9)]


def swapped(content: bytearray, random) -> None:
    a, b = random.integers(len(content) - 8, size=2)
    content[a : a + 8], content[b : b + 8] = content[b : b + 8], content[a : a + 8]


MUTATIONS = [flipped, overwritten, zeroed, saturated, cut, lost, doubled, swapped]


def saved(tmp_path, name: str) -> tuple:
    """A file with numbers of its own, and those numbers."""
    model, random = make_model(), np.random.default_rng(0)
    model.set_weights([random.random(w.shape).astype("float32") for w in model.get_weights()])
    path = tmp_path / name
    (model.save_weights if name.endswith(".h5") else model.save)(path)
    return path, model.get_weights()


def equal(a, b) -> bool:
    return len(a) == len(b) and all(np.array_equal(x, y) for x, y in zip(a, b, strict=True))


def loaded(path, model=None):
    """The weights that a file gives, or None if it is refused with an error that names it."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            if model is None:
                return keras.saving.load_model(path).get_weights()
            model.load_weights(path)
            return model.get_weights()
        except (ValueError, OSError) as problem:
            assert str(path) in str(problem)
            return None


@pytest.mark.parametrize("name", ["m.weights.h5", "m.keras"])
@pytest.mark.parametrize("mutation", MUTATIONS, ids=lambda m: m.__name__)
def test_mutated_files(tmp_path, name, mutation):
    """A mutated file is refused, or loads exactly what was saved; a refusal changes no weight."""
    path, expected = saved(tmp_path, name)
    content, random, refused = path.read_bytes(), np.random.default_rng(len(mutation.__name__)), 0
    model = make_model()
    before = [w + 1 for w in model.get_weights()]
    for number in range(COUNT if name == "m.weights.h5" else COUNT // 5):
        mutated = bytearray(content)
        mutation(mutated, random)
        path.write_bytes(bytes(mutated))
        model.set_weights(before)
        found = loaded(path, model if name == "m.weights.h5" else None)
        if found is None:
            refused += 1
            assert equal(model.get_weights(), before), number
        else:
            assert equal(found, expected), number
    assert refused > 5


def test_files_without_a_checksum(tmp_path):
    """Those of Keras load as they are; mutated ones raise no other error, whatever else they do."""
    path = tmp_path / "m.weights.h5"
    theirs = make_model(judge)
    theirs.save_weights(path)
    with h5py.File(path) as file:
        assert CHECKSUM not in file.attrs
    model = make_model()
    model.load_weights(path)
    assert equal(sorted(map(repr, model.get_weights())), sorted(map(repr, theirs.get_weights())))
    content, random = path.read_bytes(), np.random.default_rng(3)
    for number in range(COUNT):
        mutated = bytearray(content)
        MUTATIONS[number % len(MUTATIONS)](mutated, random)
        path.write_bytes(bytes(mutated))
        loaded(path, model)


def test_keras_reads_files_with_a_checksum(tmp_path):
    """The attribute does not disturb Keras, and an archive, which has checksums of its own, goes without."""
    path, expected = saved(tmp_path, "m.weights.h5")
    theirs = make_model(judge)
    theirs.load_weights(path)
    assert equal(sorted(map(repr, theirs.get_weights())), sorted(map(repr, expected)))
    with h5py.File(path) as file:
        assert CHECKSUM in file.attrs


@pytest.mark.parametrize("dtype", ["float32", "float16", "bfloat16", "float64", "int8", "uint8", "bool", "int64"])
def test_checksums_of_every_dtype(tmp_path, dtype):
    """Variables of any dtype and shape, scalars and empty ones too, are sealed and load."""

    class Holder(keras.layers.Layer):
        def build(self, shape):
            self.parts = [
                self.add_weight(s, "ones", dtype=dtype, trainable=False, name=f"w{i}")
                for i, s in enumerate([(), (3,), (2, 3), (0, 2)])
            ]

        def call(self, x):
            return x

    model = keras.Sequential([keras.Input((2,)), Holder()])
    model.save_weights(tmp_path / "m.weights.h5")
    for weight in model.weights:
        weight.assign(np.zeros(weight.shape))
    model.load_weights(tmp_path / "m.weights.h5")
    assert all((np.asarray(w, "float32") == 1).all() for w in model.get_weights())


def test_numbers_changed_by_another_program_are_refused_and_can_be_saved_anew(tmp_path):
    """Who edits a file on purpose removes the attribute."""
    path, _ = saved(tmp_path, "m.weights.h5")
    model = make_model()
    with h5py.File(path, "r+") as file:
        file["layers/dense/vars/1"][0] = 5.0
    with pytest.raises(ValueError, match="wrong checksum"):
        model.load_weights(path)
    with h5py.File(path, "r+") as file:
        del file.attrs[CHECKSUM]
    model.load_weights(path)
    assert model.get_weights()[1][0] == 5


def test_content_may_be_any_bytes():
    """What is not HDF5 at all is refused as such."""
    for content in (b"", b"\x89HDF\r\n\x1a\n", io.BytesIO().getvalue() + b"x" * 5000):
        with pytest.raises(ValueError, match="damaged: here"):
            h5.unpack(content, "here")
