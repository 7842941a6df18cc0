"""The promises that saving keeps: one call checks all of them."""

from __future__ import annotations

import json
import pathlib
import tempfile
import zipfile

import keras as real
import numpy as np

import kerasnb


def check_saving(model, x, judge: bool = True) -> None:
    """Checks that a model survives each kind of file, here and in Keras.

    Args:
        model: A built model of public layers.
        x: Inputs for one batch.
        judge: Whether Keras must be able to read what is written, and the reverse.
    """
    y = np.asarray(model(x, training=False))
    with tempfile.TemporaryDirectory() as folder:
        path = pathlib.Path(folder) / "model.keras"
        model.save(path)
        assert [p.name for p in path.parent.iterdir()] == ["model.keras"]
        _check_loaded(kerasnb.saving.load_model(path), model, x, y)
        _check_weights_file(model, x, y, path.with_name("model.weights.h5"))
        _check_json(model)
        if judge:
            _check_judge(model, x, y, path)


def state_of(model) -> list:
    """All values that a file holds: weights, and the optimizer's state."""
    optimizer = getattr(model, "optimizer", None)
    slots = optimizer.variables if optimizer is not None and optimizer.built else []
    return [np.asarray(v) for v in [*model.weights, *slots]]


def assert_same_state(found, expected) -> None:
    """Asserts that two models hold the same numbers."""
    for a, b in zip(state_of(found), state_of(expected), strict=True):
        np.testing.assert_array_equal(a, b)


def _check_loaded(loaded, model, x, y) -> None:
    assert type(loaded) is type(model)
    assert loaded.compiled == model.compiled
    assert_same_state(loaded, model)
    np.testing.assert_array_equal(np.asarray(loaded(x, training=False)), y)


def _check_weights_file(model, x, y, path) -> None:
    model.save_weights(path)
    other = kerasnb.saving.deserialize_keras_object(kerasnb.saving.serialize_keras_object(model))
    other.set_weights([w + 1 for w in other.get_weights()])
    other.load_weights(path)
    np.testing.assert_array_equal(np.asarray(other(x, training=False)), y)


def _check_json(model) -> None:
    again = kerasnb.models.model_from_json(model.to_json())
    assert json.loads(again.to_json())["config"] == json.loads(model.to_json())["config"]


def _check_judge(model, x, y, path) -> None:
    """Keras reads the file, predicts the same, has the same state; and what Keras writes is read here."""
    theirs = real.saving.load_model(path)
    np.testing.assert_allclose(np.asarray(theirs(x)), y, rtol=1e-5, atol=1e-5)
    assert_same_state(theirs, model)
    back = path.with_name("theirs.keras")
    theirs.save(back)
    assert config_of(back) == config_of(path)
    ours = kerasnb.saving.load_model(back)
    np.testing.assert_allclose(np.asarray(ours(x, training=False)), y, rtol=1e-5, atol=1e-5)
    assert_same_state(ours, model)


def config_of(path) -> dict:
    """The config in a file, without the addresses in memory."""
    return _without(json.loads(zipfile.ZipFile(path).read("config.json")), "shared_object_id")


def _without(config, key: str):
    if isinstance(config, dict):
        return {k: _without(v, key) for k, v in config.items() if k != key}
    return [_without(v, key) for v in config] if isinstance(config, list) else config
