"""Configs of models of Keras 2, and files that are not there: `from_config` and errors as in Keras."""

from __future__ import annotations

import keras as real
import numpy as np
import pytest

import kerasnb

X = np.random.default_rng(0).standard_normal((4, 6)).astype("float32")
BOTH = pytest.mark.parametrize("k", [kerasnb, real], ids=["kerasnb", "keras"])


def dense(name: str, units: int) -> dict:
    config = {
        "name": name, "trainable": True, "dtype": "float32", "units": units, "activation": "tanh", "use_bias": True,
        "kernel_initializer": {"class_name": "GlorotUniform", "config": {"seed": None}},
        "bias_initializer": {"class_name": "Zeros", "config": {}}, "kernel_regularizer": None,
        "bias_regularizer": None, "activity_regularizer": None, "kernel_constraint": None, "bias_constraint": None,
    }  # fmt: skip
    return {"class_name": "Dense", "config": config}


def input_layer(key: str = "batch_input_shape") -> dict:
    config = {key: [None, 6], "dtype": "float32", "sparse": False, "ragged": False, "name": "in"}
    return {"class_name": "InputLayer", "config": config}


def weighted(model):
    random = np.random.default_rng(3)
    model.set_weights([random.uniform(-1, 1, w.shape).astype("float32") for w in model.weights])
    return model


def layers_of(model) -> tuple:
    a, b, c, d = (np.asarray(w) for w in model.weights)
    return np.tanh(np.tanh(X @ a + b) @ c + d)


@BOTH
def test_stacks(k):
    """The config of a Sequential of Keras 2."""
    config = {"name": "s", "layers": [input_layer("batch_shape"), dense("one", 5), dense("two", 2)]}
    model = weighted(k.Sequential.from_config(config))
    np.testing.assert_allclose(np.asarray(model(X)), layers_of(model), rtol=1e-5, atol=1e-5)


MODULE = {"module": "keras.layers", "registered_name": None}


@BOTH
@pytest.mark.parametrize("place", [{}, MODULE], ids=["2.9", "2.13"])
def test_graphs(k, place):
    """The config of a functional model of Keras 2, whose calls are lists."""
    calls = {"in": [], "one": [[["in", 0, 0, {}]]], "two": [[["one", 0, 0, {}]]]}
    entries = [input_layer("batch_shape"), dense("one", 5), dense("two", 2)]
    layers = [{**e, **place, "name": n, "inbound_nodes": c} for e, (n, c) in zip(entries, calls.items(), strict=True)]
    config = {"name": "m", "layers": layers, "input_layers": [["in", 0, 0]], "output_layers": [["two", 0, 0]]}
    model = weighted(k.Model.from_config(config))
    np.testing.assert_allclose(np.asarray(model([X])), layers_of(model), rtol=1e-5, atol=1e-5)


@BOTH
def test_missing_files(k, tmp_path):
    """A script that begins anew where there are no weights yet catches what Keras raises."""
    model = k.Sequential([k.Input((6,)), k.layers.Dense(2)])
    with pytest.raises(FileNotFoundError):
        model.load_weights(str(tmp_path / "none.weights.h5"))
    with pytest.raises(FileNotFoundError):
        model.load_weights(str(tmp_path / "none.weights.json"))
    with pytest.raises(FileNotFoundError):
        k.saving.load_model(str(tmp_path / "none.h5"))
    with pytest.raises(ValueError, match="File not found"):
        k.saving.load_model(str(tmp_path / "none.keras"))
