"""Models in folders, weights in several files, assets: what Keras writes beside one file, both ways."""

from __future__ import annotations

import json
import pathlib
import zipfile

import h5py
import keras as real
import numpy as np
import pytest

import kerasnb
from tests.promises.saving import assert_same_state

X = np.random.default_rng(0).standard_normal((4, 8)).astype("float32")
BOTH = {"kerasnb": (kerasnb, real), "keras": (real, kerasnb)}


def model_of(k, seed: int = 0):
    layers = [k.layers.Dense(6, "relu"), k.layers.BatchNormalization(), k.layers.Dense(3)]
    model = k.Sequential([k.Input((8,)), *layers])
    random = np.random.default_rng(seed)
    model.set_weights([random.uniform(0.1, 1, w.shape).astype("float32") for w in model.weights])
    return model


@pytest.mark.parametrize("writer", BOTH)
def test_folders(writer, tmp_path):
    """`zipped=False` writes a folder, which both open, with the optimizer's state."""
    k, other = BOTH[writer]
    model = model_of(k)
    model.compile("adam", "mse")
    model.train_on_batch(X, X[:, :3])
    model.save(tmp_path / "model", zipped=False)
    assert {"config.json", "metadata.json", "model.weights.h5"} <= {p.name for p in (tmp_path / "model").iterdir()}
    for reader in (k, other):
        loaded = reader.saving.load_model(str(tmp_path / "model"))
        assert_same_state(loaded, model)
        for a, b in zip(loaded.optimizer.variables, model.optimizer.variables, strict=True):
            np.testing.assert_array_equal(np.asarray(a), np.asarray(b))
    with pytest.raises(ValueError, match=r"should not end in `\.keras`"):
        model.save(tmp_path / "m.keras", zipped=False)


def test_damaged_folders(tmp_path):
    """What is missing in a folder is named."""
    model_of(kerasnb).save(tmp_path / "model", zipped=False)
    (tmp_path / "model" / "model.weights.h5").unlink()
    with pytest.raises(ValueError, match="no file 'model.weights.h5'"):
        kerasnb.saving.load_model(tmp_path / "model")
    (tmp_path / "model" / "config.json").unlink()
    with pytest.raises(ValueError, match="not supported"):
        kerasnb.saving.load_model(tmp_path / "model")


SMALL = 200 / 1024**3  # bytes, in GB


@pytest.mark.parametrize("writer", BOTH)
def test_shards(writer, tmp_path):
    """Weights in several files, one layer's among them, are read by both."""
    k, other = BOTH[writer]
    model = model_of(k)
    model.save_weights(tmp_path / "m.weights.json", max_shard_size=SMALL)
    index = json.loads((tmp_path / "m.weights.json").read_text())
    assert index["metadata"]["total_size"] == sum(np.asarray(w).nbytes for w in model.weights)
    assert index["weight_map"]["/layers/dense/vars"] == ["m_00000.weights.h5", "m_00001.weights.h5"]
    assert len(list(tmp_path.glob("m_0*.weights.h5"))) == 3
    for reader in (k, other):
        loaded = model_of(reader, seed=1)
        loaded.load_weights(str(tmp_path / "m.weights.json"))
        assert_same_state(loaded, model)


def test_shards_of_a_name_of_one_file(tmp_path):
    """The ending `.weights.h5` becomes `.weights.json`, with a warning."""
    model = model_of(kerasnb)
    with pytest.warns(UserWarning, match="will be renamed"):
        model.save_weights(tmp_path / "m.weights.h5", max_shard_size=1)
    loaded = model_of(real, seed=1)
    loaded.load_weights(str(tmp_path / "m.weights.json"))
    assert_same_state(loaded, model)
    assert sorted(p.name for p in tmp_path.iterdir()) == ["m.weights.json", "m_00000.weights.h5"]


def test_bad_shards(tmp_path):
    """Arrays that are too large, files that are missing, and names that lead elsewhere are refused."""
    model, path = model_of(kerasnb), tmp_path / "m.weights.json"
    with pytest.raises(ValueError, match="exceeds the maximum shard size of 100 bytes"):
        model.save_weights(path, max_shard_size=100 / 1024**3)
    assert not list(tmp_path.iterdir())
    with pytest.raises(ValueError, match=r"must end in `\.weights\.json`"):
        model.save_weights(tmp_path / "m.h5", max_shard_size=1)
    model.save_weights(path, max_shard_size=SMALL)
    before = model.get_weights()
    (tmp_path / "m_00002.weights.h5").unlink()
    with pytest.raises(ValueError, match="File not found"):
        model.load_weights(path)
    for text in ('{"weight_map": {"/vars": "../m_00000.weights.h5"}}', '{"weight_map": [1]}', "{", '{"weight_map": 1}'):
        path.write_text(text)
        with pytest.raises(ValueError, match="Not allowed|not valid JSON|does not describe"):
            model.load_weights(path)
    for a, b in zip(model.get_weights(), before, strict=True):
        np.testing.assert_array_equal(a, b)


@pytest.mark.parametrize("writer", BOTH)
def test_objects_to_skip(writer, tmp_path):
    """Layers can be left out of a file, or when it is read."""
    k, _ = BOTH[writer]
    model, loaded = model_of(k), model_of(k, seed=1)
    before = loaded.get_weights()
    k.saving.save_weights(model, tmp_path / "m.weights.h5")
    k.saving.load_weights(loaded, tmp_path / "m.weights.h5", objects_to_skip=[loaded.layers[0]])
    for a, b in zip(loaded.get_weights(), before[:2] + model.get_weights()[2:], strict=True):
        np.testing.assert_array_equal(a, b)
    k.saving.save_weights(model, tmp_path / "n.weights.h5", objects_to_skip=[model.layers[0]])
    with h5py.File(tmp_path / "n.weights.h5") as file:
        assert sorted(file["layers"]) == ["batch_normalization", "dense_1"]


def wordy(k):
    """A layer that keeps words in a file of its own."""

    class Words(k.layers.Layer):
        def __init__(self, **kwargs):
            super().__init__(**kwargs)
            self.words: list = []

        def call(self, inputs):
            return inputs * 1.0

        def save_assets(self, dir_path):
            (pathlib.Path(dir_path) / "words.txt").write_text("\n".join(self.words), encoding="utf-8")

        def load_assets(self, dir_path):
            self.words = (pathlib.Path(dir_path) / "words.txt").read_text(encoding="utf-8").split("\n")

    return Words


@pytest.mark.parametrize("zipped", [True, False])
@pytest.mark.parametrize("writer", BOTH)
def test_assets(writer, zipped, tmp_path):
    """What a layer saves with `save_assets` comes back to `load_assets`, in Keras too, from a file or a folder."""
    k, other = BOTH[writer]
    cls = wordy(k)
    model = k.Sequential([k.Input((8,)), cls(), k.Sequential([k.layers.Dense(2), cls()])])
    model.layers[0].words, model.layers[1].layers[1].words = ["a", "b"], ["ü"]
    path = tmp_path / ("m.keras" if zipped else "model")
    model.save(path, zipped=zipped)
    for reader in (k, other):
        loaded = reader.saving.load_model(str(path), custom_objects={"Words": wordy(reader)})
        assert loaded.layers[0].words == ["a", "b"] and loaded.layers[1].layers[1].words == ["ü"]
    if zipped:
        with zipfile.ZipFile(path) as archive:
            assert "assets/layers/words/words.txt" in archive.namelist()


def test_assets_that_cannot_be_read(tmp_path):
    """What goes wrong in `load_assets` is an error about the file."""
    cls = wordy(kerasnb)
    model = kerasnb.Sequential([kerasnb.Input((8,)), cls()])
    model.save(tmp_path / "m.keras")

    def fails(self, dir_path):
        raise KeyError("no words")

    cls.load_assets = fails
    with pytest.raises(ValueError, match="could not load its assets at 'layers/words'.*no words"):
        kerasnb.saving.load_model(tmp_path / "m.keras", custom_objects={"Words": cls})


def test_layers_of_keras_2_13(tmp_path):
    """Files of Keras 2.13 have another name for the layers of a model."""
    source = model_of(kerasnb)
    source.save_weights(tmp_path / "m.weights.h5")
    with h5py.File(tmp_path / "m.weights.h5") as new, h5py.File(tmp_path / "old.weights.h5", "w") as old:
        new.copy(new["layers"], old, "_layer_checkpoint_dependencies")
    for k in (kerasnb, real):
        loaded = model_of(k, seed=1)
        loaded.load_weights(tmp_path / "old.weights.h5")
        assert_same_state(loaded, source)


def test_save_format():
    """The argument of Keras 2 is accepted for the same format, with a warning."""
    with pytest.warns(UserWarning, match="save_format"), pytest.raises(FileNotFoundError):
        model_of(kerasnb).save("/nowhere/m.keras", save_format="keras")
    with pytest.raises(ValueError, match="Invalid filepath extension"):
        model_of(kerasnb).save("/nowhere/m", save_format="tf")
