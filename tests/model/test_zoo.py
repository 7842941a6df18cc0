"""Models of all kinds beside real Keras: configs, summaries, files both ways, and the losses of training."""

from __future__ import annotations

import json

import keras as real
import numpy as np
import pytest

import kerasnb
from kerasnb import tree
from tests.zoo import ZOO

OPTIMIZERS = ("Adam", "SGD", "RMSprop", "AdamW", "Nadam", "Adagrad")
BATCH, UNKNOWN = 4, 5


def compiled(keras, name: str):
    """A model of the zoo with one of the optimizers."""
    keras.backend.clear_session()
    model = ZOO[name](keras)
    kind = OPTIMIZERS[list(ZOO).index(name) % len(OPTIMIZERS)]
    options = {"momentum": 0.9} if kind == "SGD" else {}
    model.compile(getattr(keras.optimizers, kind)(0.01, **options), loss="mse")
    return model


def arrays_like(structure, random):
    """Small integers for integer tensors, normal numbers for others."""

    def array(tensor):
        shape = (BATCH, *(UNKNOWN if n is None else n for n in tensor.shape[1:]))
        if tensor.dtype.startswith("int"):
            return random.integers(0, 10, shape).astype(tensor.dtype)
        return random.standard_normal(shape).astype("float32")

    return tree.map_structure(array, structure)


def data(model):
    """Inputs and targets for a model of either side."""
    random = np.random.default_rng(7)
    x = arrays_like(model._inputs_struct if hasattr(model, "_inputs_struct") else model.inputs[0], random)
    shapes = model.compute_output_shape(tree.map_structure(np.shape, x))
    return x, tree.map_shape_structure(lambda shape: random.uniform(0, 1, shape).astype("float32"), shapes)


def same_outputs(ours, theirs, x):
    """Both models give the same outputs for the same inputs."""
    for a, b in zip(tree.flatten(ours.predict_on_batch(x)), tree.flatten(theirs(x, training=False)), strict=True):
        np.testing.assert_allclose(a, np.asarray(b), rtol=1e-5, atol=1e-5)


def text(model) -> str:
    """The summary of a model."""
    texts = []
    model.summary(print_fn=lambda line, **_: texts.append(line), expand_nested=True, show_trainable=True)
    return "\n".join(texts)


@pytest.mark.parametrize("name", ZOO)
def test_beside_keras(name, tmp_path):
    """Config and summary are the same; what Keras has trained goes on here, and it reads our files."""
    ours, theirs = compiled(kerasnb, name), compiled(real, name)
    assert json.loads(ours.to_json()) == json.loads(theirs.to_json())
    assert text(ours) == text(theirs)
    assert [w.path for w in ours.weights] == [w.path for w in theirs.weights]
    x, y = data(theirs)
    for _ in range(2):
        theirs.train_on_batch(x, y)
    theirs.save(tmp_path / "theirs.keras")
    ours = kerasnb.models.load_model(tmp_path / "theirs.keras")
    for step in range(20):
        loss, expected = ours.train_on_batch(x, y), theirs.train_on_batch(x, y)
        np.testing.assert_allclose(loss, expected, rtol=1e-3, atol=1e-5, err_msg=f"step {step}")
    same_weights(ours, theirs)
    ours.save(tmp_path / "ours.keras")
    again = real.models.load_model(tmp_path / "ours.keras")
    same_outputs(ours, again, x)
    for a, b in zip(ours.optimizer.variables, again.optimizer.variables, strict=True):
        np.testing.assert_array_equal(a.numpy(), np.asarray(b))


@pytest.mark.parametrize("name", ZOO)
def test_replay_is_eager(name):
    """Recorded steps give the numbers of eager ones."""
    kerasnb.utils.set_random_seed(0)
    recorded = compiled(kerasnb, name)
    eager = compiled(kerasnb, name)
    eager.set_weights(recorded.get_weights())
    eager.run_eagerly = True
    x, y = data(recorded)
    losses = [[one.train_on_batch(x, y) for _ in range(4)] for one in (recorded, eager)]
    np.testing.assert_allclose(*losses, rtol=2e-5)
    for a, b in zip(recorded.weights, eager.weights, strict=True):
        np.testing.assert_allclose(a.numpy(), b.numpy(), rtol=2e-4, atol=2e-5, err_msg=a.path)


def same_weights(ours, theirs):
    """The weights are near each other after training."""
    for a, b in zip(ours.weights, theirs.weights, strict=True):
        np.testing.assert_allclose(a.numpy(), np.asarray(b), rtol=5e-3, atol=5e-4, err_msg=a.path)


def test_there_are_sixty():
    """No kind is left out by accident."""
    assert len(ZOO) >= 60
