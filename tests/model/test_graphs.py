"""What goes through functional graphs beside real Keras: masks, `training`, losses, frozen layers, names of outputs."""

from __future__ import annotations

import json
import os
import time

os.environ.setdefault("KERAS_BACKEND", "jax")

import keras as real
import numpy as np
import pytest

import kerasnb
from kerasnb.backend.tensor import naming

X = np.linspace(-1, 1, 12, dtype="float32").reshape(4, 3)
IDS = np.array([[1, 2, 0, 0], [1, 1, 1, 1], [3, 0, 0, 0], [0, 0, 0, 0]])


def fresh(k, make, *arguments):
    (naming.reset_uids if k is kerasnb else real.backend.clear_session)()
    return make(k, *arguments)


def pair(make, *arguments):
    """The same model here and in Keras, with the same weights."""
    ours, theirs = fresh(kerasnb, make, *arguments), fresh(real, make, *arguments)
    theirs.set_weights(ours.get_weights())
    return ours, theirs


def close(found, expected, tolerance=1e-5):
    for a, b in zip(kerasnb.tree.flatten(found), kerasnb.tree.flatten(expected), strict=True):
        np.testing.assert_allclose(np.asarray(a), np.asarray(b), rtol=tolerance, atol=tolerance)


# --- masks


def through_layers(k):
    x = k.Input((4,), dtype="int32", name="ids")
    h = k.layers.Dropout(0.3)(k.layers.Embedding(5, 3, mask_zero=True)(x))
    h = k.layers.LSTM(4, return_sequences=True)(h)
    return k.Model(x, [k.layers.GlobalAveragePooling1D()(h), k.layers.GRU(2)(k.layers.Add()([h, h]))])


def through_operations(k):
    x = k.Input((4,), dtype="int32", name="ids")
    return k.Model(x, k.layers.LSTM(2)(k.layers.Embedding(5, 3, mask_zero=True)(x) * 2))  # operations drop masks


def into_a_graph(k):
    y = k.Input((4, 3), name="y")
    inner = k.Model(y, k.layers.LSTM(2)(k.layers.Dropout(0.2)(y)), name="inner")
    x = k.Input((4,), dtype="int32", name="ids")
    return k.Model(x, inner(k.layers.Embedding(5, 3, mask_zero=True)(x)))


def into_a_stack(k):
    inner = k.Sequential([k.layers.Dropout(0.2), k.layers.LSTM(2)], name="inner")
    x = k.Input((4,), dtype="int32", name="ids")
    return k.Model(x, inner(k.layers.Embedding(5, 3, mask_zero=True)(x)))


def out_of_a_model(k):
    y = k.Input((4,), dtype="int32", name="y")
    inner = k.Model(y, k.layers.Embedding(5, 3, mask_zero=True)(y), name="inner")
    x = k.Input((4,), dtype="int32", name="ids")
    return k.Model(x, k.layers.LSTM(2)(inner(x)))


def given(k):
    x, m = k.Input((4, 3), name="ids"), k.Input((4,), dtype="bool", name="m")
    return k.Model([x, m], k.layers.LSTM(2)(x, mask=m))


MASKED = {
    m.__name__: m for m in (through_layers, through_operations, into_a_graph, into_a_stack, out_of_a_model, given)
}


@pytest.mark.filterwarnings("ignore:Layer 'inner'.*was passed an input with a mask")
@pytest.mark.parametrize("name", MASKED)
def test_masks(name):
    """Outputs, operations of the graph and configs are those of Keras; configs make the same model again."""
    ours, theirs = pair(MASKED[name])
    x = [np.linspace(-1, 1, 48, dtype="float32").reshape(4, 4, 3), IDS > 0] if name == "given" else IDS
    close(ours(x), theirs(x))
    assert [o.name for o in ours.operations] == [o.name for o in theirs.operations]
    assert json.loads(ours.to_json()) == json.loads(theirs.to_json())
    again = kerasnb.models.model_from_json(theirs.to_json())
    again.set_weights(ours.get_weights())
    close(again(x), ours(x), 0)


# --- training


def dropped(k, training=None, nested=False):
    x = k.Input((3,), name="x")
    layer = k.layers.Dropout(0.9)
    layer = k.Sequential([k.Input((3,)), layer]) if nested else layer
    return k.Model(x, layer(x) if training is None else layer(x, training=training))


@pytest.mark.parametrize("nested", [False, True])
@pytest.mark.parametrize("in_graph", [None, True, False])
def test_training(in_graph, nested):
    """What the graph passes to a layer holds (training-of-inner-calls); else the call of the model decides."""
    data = np.ones((1, 3), "float32")
    found = []
    for k in (kerasnb, real):
        model = fresh(k, dropped, in_graph, nested)
        outputs = [model(np.repeat(data, 40, 0), training=t) for t in (None, True, False)]
        outputs.append(model.predict(np.repeat(data, 40, 0), verbose=0))
        found.append([bool((np.asarray(o) == 0).any()) for o in outputs])
        found.append(json.loads(model.to_json())["config"]["layers"][1]["inbound_nodes"])
    is_default = in_graph is None or (in_graph is False and not nested)  # False is what a call of Dropout holds anyway
    expected = found[2] if is_default else [in_graph] * 4
    assert found[0] == expected and found[1] == found[3]


# --- losses


class Penalty(kerasnb.layers.Layer):
    """Adds a loss in its call."""

    def call(self, x):
        self.add_loss(0.5 * kerasnb.ops.mean(kerasnb.ops.square(x)))
        return x


class TheirPenalty(real.layers.Layer):
    """The same in Keras."""

    def call(self, x):
        self.add_loss(0.5 * real.ops.mean(real.ops.square(x)))
        return x


def penalized(k):
    x = k.Input((3,), name="x")
    penalty = Penalty if k is kerasnb else TheirPenalty
    inner = k.Sequential([k.Input((3,)), k.layers.Dense(3, activity_regularizer="l2"), penalty()], name="inner")
    return k.Model(x, k.layers.Dense(1, kernel_regularizer="l2")(penalty()(inner(x))))


def test_losses_of_layers():
    """Losses of layers in graphs and in models inside are part of the loss; a step does what it does in Keras."""
    ours, theirs = pair(penalized)
    ours(X), theirs(X)
    close(sorted(float(v) for v in ours.losses), sorted(float(v) for v in theirs.losses))
    y = X[:, :1] * 2
    for model in (ours, theirs):
        model.compile("sgd", "mse")
    found, expected = (m.fit(X, y, batch_size=2, epochs=3, shuffle=False, verbose=0).history for m in (ours, theirs))
    np.testing.assert_allclose(found["loss"], expected["loss"], rtol=1e-4)
    with pytest.raises(NotImplementedError, match="of a layer of your own"):
        ours.add_loss(ours.output)


# --- frozen layers


def normalized(k):
    x = k.Input((3,), name="x")
    inner = k.Sequential([k.Input((3,)), k.layers.Dense(3), k.layers.BatchNormalization()], name="inner")
    return k.Model(x, k.layers.Dense(1, name="out")(inner(x)))


@pytest.mark.parametrize("freeze", [("inner", "before"), ("inner", "after"), ("out", "before"), (None, "before")])
def test_frozen_layers(freeze):
    """A frozen model keeps weights and moving averages, whatever was compiled before."""
    name, when = freeze
    ours, theirs = pair(normalized)
    before = [w.numpy() for w in ours.weights]
    for model in (ours, theirs):
        if when == "after":
            model.compile("sgd", "mse")
        (model.get_layer(name) if name else model).trainable = False
        model.compile("sgd", "mse")
        model.fit(X, X[:, :1], batch_size=2, shuffle=False, verbose=0)
    close(ours.get_weights(), theirs.get_weights(), 1e-4)
    assert [len(m.trainable_weights) for m in (ours, theirs)] == [len(theirs.trainable_weights)] * 2
    same = [np.array_equal(a, b.numpy()) for a, b in zip(before, ours.weights, strict=True)]
    assert same == {"inner": [True] * 6 + [False] * 2, "out": [False] * 6 + [True] * 2, None: [True] * 8}[name]


# --- outputs


def two(k, form):
    x = k.Input((3,), name="x")
    p, q = k.layers.Dense(1, name="p")(x), k.layers.Dense(2, name="q")(x)
    return k.Model(x, {"u": p, "v": q} if form == "dict" else (p, q) if form == "tuple" else [p, q])


COMPILED = {
    "list": ("list", {"loss": ["mse", "mae"], "metrics": [["mae"], ["mse", "mae"]], "loss_weights": [1.0, 0.5]}),
    "names": ("list", {"loss": {"p": "mse", "q": "mae"}, "metrics": {"q": ["mse"]}, "loss_weights": {"p": 2, "q": 3}}),
    "dict": ("dict", {"loss": {"u": "mse", "v": "mae"}, "metrics": {"u": ["mae"]}, "weighted_metrics": {"v": ["mse"]}}),
    "tuple": ("tuple", {"loss": ["mse", "mae"], "metrics": [["mae"], []]}),
    "one loss": ("list", {"loss": "mse"}),
    "some": ("list", {"loss": [None, "mse"]}),
}  # fmt: skip


@pytest.mark.parametrize("name", COMPILED)
def test_losses_and_metrics_of_outputs(name):
    """Names and values of all results are those of Keras."""
    form, arguments = COMPILED[name]
    ours, theirs = pair(two, form)
    y = [X[:, :1], X[:, :2] * 2]
    y = dict(zip("uv", y, strict=True)) if form == "dict" else tuple(y) if form == "tuple" else y
    results = []
    for model in (ours, theirs):
        model.compile("sgd", **arguments, run_eagerly=True)
        results.append(model.evaluate(X, y, batch_size=4, verbose=0, return_dict=True))
    assert set(results[0]) == set(results[1])
    for key in results[1]:
        np.testing.assert_allclose(results[0][key], results[1][key], rtol=1e-5, err_msg=key)


@pytest.mark.filterwarnings("ignore")  # Keras warns in `predict` that an array is no list
def test_lists_of_one():
    """A call returns the output alone, a symbolic call the list, as in Keras."""
    found = []
    for k in (kerasnb, real):
        x = k.Input((3,), name="x")
        model = k.Model([x], [x * 2])
        outer = model(k.Input((3,), name="z"))
        found.append(
            (np.asarray(model(X)).shape, model.predict(X, verbose=0).shape, type(outer).__name__, model.output_shape)
        )
    assert found[0] == found[1]


def test_missing_inputs():
    """Only optional inputs may be None."""
    for k in (kerasnb, real):
        a, b = k.Input((2,), name="a"), k.Input((2,), name="b")
        with pytest.raises(ValueError, match="The input 'b' is not optional, but None was passed"):
            k.Model([a, b], k.ops.add(a, b))([np.ones((1, 2), "f"), None])


def test_stateless_call():
    """Outputs, new values of the state and losses are those of Keras, and nothing is changed."""
    ours, theirs = pair(normalized)
    results = []
    for model in (ours, theirs):
        values = [
            [np.asarray(v) for v in group] for group in (model.trainable_variables, model.non_trainable_variables)
        ]
        results.append(model.stateless_call(*values, X, training=True, return_losses=True))
        close(model.non_trainable_variables, values[1], 0)
    close(results[0], results[1])


def test_a_hundred_layers():
    """Building costs the same for each layer, however the model is built."""

    def chain(count):
        x = h = kerasnb.Input((4,))
        for _ in range(count):
            h = kerasnb.layers.Dense(4)(h)
        return kerasnb.Model(x, h)

    def grown(count):
        model = kerasnb.Sequential([kerasnb.Input((4,))])
        for _ in range(count):
            model.add(kerasnb.layers.Dense(4))
        return model

    for build in (chain, grown):
        build(2)
        seconds = {}
        for count in (10, 100):
            start = time.process_time()
            build(count)
            seconds[count] = time.process_time() - start
        assert seconds[100] < 1.0 and seconds[100] < 30 * seconds[10] + 0.1
