"""Functional models beside real Keras: structures, shared layers, training, files, summaries, errors."""

from __future__ import annotations

import json
import os

os.environ.setdefault("KERAS_BACKEND", "jax")

import keras as real
import numpy as np
import pytest

import kerasnb
from kerasnb.backend.tensor import naming
from tests.seeded import RANDOM


def plain(k):
    x = k.Input((6,))
    h = k.layers.Dense(5, activation="relu")(x)
    return k.Model(x, k.layers.Dense(3, activation="softmax")(h))


def two_inputs(k):
    a, b = k.Input((6,), name="a"), k.Input((2, 3), name="b")
    h = k.ops.concatenate([a, k.layers.Flatten()(b)], axis=-1)
    h = k.layers.Dense(4, activation="tanh", name="hidden")(h)
    return k.Model([a, b], k.layers.Dense(2, name="out")(h), name="two_inputs")


def two_outputs(k):
    x = k.Input((6,), name="x")
    h = k.layers.Dense(5, activation="relu", name="trunk")(x)
    return k.Model(x, {"number": k.layers.Dense(1, name="n")(h), "kind": k.layers.Dense(3, "softmax", name="k")(h)})


def siamese(k):
    a, b = k.Input((6,), name="left"), k.Input((6,), name="right")
    encoder = k.Sequential([k.Input((6,)), k.layers.Dense(4, "tanh"), k.layers.Dense(3)], name="encoder")
    difference = k.ops.abs(encoder(a) - encoder(b))
    return k.Model({"left": a, "right": b}, k.layers.Dense(1, "sigmoid", name="same")(difference), name="siamese")


def residual(k):
    x = h = k.Input((6,), name="x")
    for i in range(3):
        h = h + k.layers.Dense(6, activation="relu", name=f"block_{i}")(h)
    layer = k.layers.Dense(6, name="twice")
    return k.Model(x, k.ops.mean(layer(layer(h)) * 0.5, axis=-1, keepdims=True), name="residual")


def nested(k):
    inner = two_outputs(k)
    x = k.Input((6,), name="outer")
    outputs = inner(x * 0.5)
    return k.Model(x, k.ops.concatenate([outputs["number"], outputs["kind"]], axis=-1), name="nested")


MODELS = {m.__name__: m for m in (plain, two_inputs, two_outputs, siamese, residual, nested)}


def fresh(k, make):
    (naming.reset_uids if k is kerasnb else real.backend.clear_session)()
    return make(k)


def inputs_of(model, count=8):
    values = [RANDOM.uniform(-1, 1, (count, *x.shape[1:])).astype("f") for x in model.inputs]
    if isinstance(model.input, dict):
        return dict(zip(sorted(model.input), values, strict=True))
    return values if isinstance(model.input, (list, tuple)) else values[0]


def flat(outputs) -> list:
    return [np.asarray(x) for x in kerasnb.tree.flatten(outputs)]


def close(found, expected, tolerance=1e-5):
    for a, b in zip(flat(found), flat(expected), strict=True):
        np.testing.assert_allclose(a, b, rtol=tolerance, atol=tolerance)


def pair(make):
    """The same model here and in Keras, with the same weights."""
    ours, theirs = fresh(kerasnb, make), fresh(real, make)
    theirs.set_weights(ours.get_weights())
    return ours, theirs


@pytest.mark.parametrize("name", MODELS)
def test_outputs_names_and_config(name):
    """Outputs, layers, weights, shapes and the config are those of Keras; the config makes the model again."""
    ours, theirs = pair(MODELS[name])
    x = inputs_of(ours)
    close(ours(x), theirs(x))
    close(ours.predict(x, verbose=0), theirs.predict(x, verbose=0))
    assert [layer.name for layer in ours.layers] == [layer.name for layer in theirs.layers]
    assert [w.path for w in ours.weights] == [w.path for w in theirs.weights]
    assert ours.output_names == theirs.output_names
    assert (ours.input_shape, ours.output_shape) == (theirs.input_shape, theirs.output_shape)
    config = json.loads(ours.to_json())
    assert config == json.loads(theirs.to_json())
    for again in (kerasnb.models.model_from_json(ours.to_json()), kerasnb.Model.from_config(ours.get_config())):
        again.set_weights(ours.get_weights())
        close(again(x), ours(x), 0)
    loaded = real.models.model_from_json(ours.to_json())
    loaded.set_weights(ours.get_weights())
    close(loaded(x), ours(x))


@pytest.mark.parametrize("name", MODELS)
@pytest.mark.parametrize("options", [{}, {"expand_nested": True, "show_trainable": True}, {"line_length": 70}], ids=str)
def test_summary_is_that_of_keras(name, options):
    """The printed table is Keras' own, with connections where the graph is more than a chain."""
    texts: dict = {}
    for k in (kerasnb, real):
        fresh(k, MODELS[name]).summary(print_fn=lambda text, k=k: texts.setdefault(k, text), **options)
    assert texts[kerasnb] == texts[real]


LOSSES = {
    "plain": "categorical_crossentropy", "two_inputs": "mse", "two_outputs": {"number": "mse", "kind": "kl_divergence"},
    "siamese": "binary_crossentropy", "residual": "mae", "nested": "mse",
}  # fmt: skip


@pytest.mark.parametrize("name", MODELS)
def test_training_is_that_of_keras(name):
    """Twenty steps from the same weights have the same losses; the recorded step equals the eager one."""
    ours, theirs = pair(MODELS[name])
    eager = fresh(kerasnb, MODELS[name])
    eager.set_weights(ours.get_weights())
    x = inputs_of(ours, 32)
    y = kerasnb.tree.map_structure(lambda t: np.abs(np.asarray(t)) + 0.1, ours.predict(x, verbose=0))
    losses = []
    for model, k, options in ((ours, kerasnb, {}), (theirs, real, {}), (eager, kerasnb, {"run_eagerly": True})):
        model.compile(k.optimizers.Adam(0.01), LOSSES[name], **options)
        history = model.fit(x, y, batch_size=8, epochs=5, shuffle=False, verbose=0).history
        losses.append(history)
    assert set(losses[0]) == set(losses[1])
    for key, values in losses[0].items():
        np.testing.assert_allclose(values, losses[1][key], rtol=2e-4, err_msg=key)
        np.testing.assert_allclose(values, losses[2][key], rtol=1e-5, err_msg=key)


@pytest.mark.parametrize("name", MODELS)
def test_files_both_ways(name, tmp_path):
    """A trained model opens in Keras and the other way round, with its optimizer's state, and training goes on."""
    ours, theirs = pair(MODELS[name])
    x = inputs_of(ours, 16)
    y = kerasnb.tree.map_structure(lambda t: np.abs(np.asarray(t)) + 0.1, ours.predict(x, verbose=0))
    for model in (ours, theirs):
        model.compile("adam", LOSSES[name])
        model.fit(x, y, batch_size=8, shuffle=False, verbose=0)
        model.save(tmp_path / f"{type(model).__module__.split('.')[0]}.keras")
    there, here = (
        real.saving.load_model(tmp_path / "kerasnb.keras"),
        kerasnb.saving.load_model(tmp_path / "keras.keras"),
    )
    close(there(x), ours(x))
    close(here(x), theirs(x))
    for first, second in ((ours, there), (theirs, here)):
        a, b = (m.fit(x, y, batch_size=8, shuffle=False, verbose=0).history["loss"] for m in (first, second))
        np.testing.assert_allclose(a, b, rtol=1e-4)


def test_inputs_in_any_form():
    """A list, a tuple, a dict by the names of the input layers, more than is needed, and a last axis of 1."""
    model = fresh(kerasnb, two_inputs)
    a, b = inputs_of(model)
    expected = model([a, b])
    for inputs in ((a, b), {"b": b, "a": a, "c": a}, [a[..., None], b]):
        close(model(inputs), expected, 0)
    close(model.predict({"a": a, "b": b}, verbose=0), expected)
    assert model([a.astype("float64"), b]).dtype == "float32"


def test_a_part_of_another_model():
    """A model between any tensors of another one shares its layers."""
    whole = fresh(kerasnb, plain)
    first = kerasnb.Model(whole.input, whole.layers[1].output)
    rest = kerasnb.Model(whole.layers[1].output, whole.output)
    x = inputs_of(whole)
    close(rest(first(x)), whole(x), 0)
    assert rest.layers[0].name.endswith("_input") and rest.layers[1] is whole.layers[2]
    features = kerasnb.Model(whole.input, [layer.output for layer in whole.layers[1:]])
    assert [f.shape for f in features(x)] == [(8, 5), (8, 3)]
    again = kerasnb.Model.from_config(rest.get_config())
    again.set_weights(rest.get_weights())
    close(again(first(x)), whole(x), 0)


def test_frozen_layers():
    """Layers that are not trainable keep their weights; so does a whole model."""
    model = fresh(kerasnb, two_outputs)
    model.get_layer("trunk").trainable = False
    model.compile("sgd", LOSSES["two_outputs"])
    x = inputs_of(model)
    before = [w.numpy() for w in model.get_layer("trunk").weights]
    model.fit(x, model.predict(x, verbose=0), verbose=0)
    for weight, value in zip(model.get_layer("trunk").weights, before, strict=True):
        np.testing.assert_array_equal(weight.numpy(), value)
    assert len(model.trainable_weights) == 4 and len(model.non_trainable_weights) == 2


class Own(kerasnb.Model):
    """A subclass whose constructor makes the graph."""

    def __init__(self, units=2):
        x = kerasnb.Input((3,))
        super().__init__(inputs=x, outputs=kerasnb.layers.Dense(units)(x), name="own")
        self.units, self.extra = units, kerasnb.layers.Dense(1)


def test_subclass_with_a_graph():
    """It is a functional model with attributes of its own, and its config is that of its constructor."""
    model = Own(units=4)
    assert model(np.ones((2, 3), "f")).shape == (2, 4)
    assert [type(layer).__name__ for layer in model.layers] == ["InputLayer", "Dense"]
    assert Own.from_config({"units": 5}).units == 5 and Own(3).units == 3


def test_optional_input():
    """An input that may be missing is None."""
    a, b = kerasnb.Input((2,), name="a"), kerasnb.Input((2,), optional=True, name="b")
    assert kerasnb.Model([a, b], a * 2)([np.ones((1, 2), "f"), None]).tolist() == [[2.0, 2.0]]


ERRORS = {
    "another input": (lambda x: kerasnb.Model(x, kerasnb.ops.relu(kerasnb.Input((2,)))), "disconnected"),
    "no tensor": (lambda x: kerasnb.Model(x, 1), "All `outputs` values must be KerasTensors"),
    "one argument": (lambda x: kerasnb.Model(x), "takes `inputs` and `outputs`"),
    "only inputs": (lambda x: kerasnb.Model(inputs=x), "Unrecognized keyword arguments"),
    "missing": (lambda x: kerasnb.Model(x, x * 2)({"z": np.ones((1, 2))}), 'Missing data for input "x"'),
    "too many": (lambda x: kerasnb.Model(x, x * 2)([np.ones((1, 2))] * 2), "received 2 input tensors"),
    "width": (lambda x: kerasnb.Model(x, x * 2)(np.ones((1, 3))), r"expected shape=\(None, 2\), found shape=\(1, 3\)"),
    "rank": (lambda x: kerasnb.Model(x, x * 2)(np.ones((2,))), r"Expected shape \(None, 2\)"),
}


@pytest.mark.parametrize("name", ERRORS)
def test_errors(name):
    """What is wrong is named."""
    make, message = ERRORS[name]
    with pytest.raises(ValueError, match=message):
        make(kerasnb.Input((2,), name="x"))
