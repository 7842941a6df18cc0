"""Legacy `.h5` files: written by real Keras 3, and by hand in the layout of Keras 1 and 2."""

from __future__ import annotations

import json
import warnings

import h5py
import keras as real
import numpy as np
import pytest

import kerasnb
from kerasnb.backend.tensor import naming
from tests.seeded import RANDOM

pytestmark = pytest.mark.filterwarnings("ignore::UserWarning:keras")


def stack(k):
    return k.Sequential([k.Input((6,)), k.layers.Dense(5, "relu", kernel_regularizer="l2"), k.layers.Dropout(0.0),
                         k.layers.Dense(3, "softmax", name="out")])  # fmt: skip


def images(k):
    x = k.Input((8, 8, 3), name="image")
    h = k.layers.Conv2D(4, 3, padding="same", activation="relu")(x)
    h = k.layers.MaxPooling2D()(k.layers.DepthwiseConv2D(3, padding="same")(h))
    h = k.layers.Flatten()(h)
    return k.Model(x, k.layers.Dense(3)(h))


def words(k):
    x = k.Input((5,), name="ids", dtype="int32")
    h = k.layers.Embedding(11, 4)(x)
    h = k.layers.Concatenate()([k.layers.GlobalAveragePooling1D()(h), k.layers.GlobalMaxPooling1D()(h)])
    return k.Model(x, [k.layers.Dense(2, name="a")(h), k.layers.Dense(1, name="b")(h)])


def nested(k):
    y = k.Input((6,), name="inner_in")
    inner = k.Model(y, k.layers.Add()([k.layers.Dense(6, name="deep")(y), y]), name="inner")
    head = k.Sequential([k.Input((6,)), k.layers.Dense(4, "tanh", name="first"), k.layers.Dense(2)], name="head")
    x = k.Input((6,), name="x")
    return k.Model({"x": x}, head(inner(inner(x))), name="outer")


def ends_in_a_model(k):
    y = k.Input((6,), name="inner_in")
    inner = k.Model(y, k.layers.Dense(2, name="deep")(y), name="inner")
    x = k.Input((6,), name="x")
    return k.Model(x, inner(k.layers.Dense(6, name="pre")(x)), name="outer")


MODELS = {m.__name__: m for m in (stack, images, words, nested, ends_in_a_model)}


def inputs_of(model, count=8):
    values = []
    for x in model.inputs:
        shape = (count, *x.shape[1:])
        values.append(RANDOM.integers(0, 11, shape) if x.dtype == "int32" else RANDOM.uniform(-1, 1, shape).astype("f"))
    return values[0]


def flat(outputs) -> list:
    return [np.asarray(x) for x in kerasnb.tree.flatten(outputs)]


def close(found, expected, tolerance=1e-5):
    for a, b in zip(flat(found), flat(expected), strict=True):
        np.testing.assert_allclose(a, b, rtol=tolerance, atol=tolerance)


@pytest.mark.parametrize("name", MODELS)
def test_files_of_keras_3(name, tmp_path):
    """A trained model that Keras saved as `.h5` predicts and goes on training here as it does there."""
    theirs = MODELS[name](real)
    x = inputs_of(theirs, 16)
    y = [RANDOM.uniform(size=p.shape).astype("f") for p in flat(theirs.predict(x, verbose=0))]
    y = y if len(y) > 1 else y[0]
    theirs.compile("adam", "mse", metrics=None if isinstance(y, list) else ["mae"], run_eagerly=True)
    theirs.fit(x, y, batch_size=8, shuffle=False, verbose=0)
    theirs.save(tmp_path / "m.h5")
    ours = kerasnb.models.load_model(tmp_path / "m.h5")
    assert ours.name == theirs.name and [w.path for w in ours.weights] == [w.path for w in theirs.weights]
    close(ours.predict(x, verbose=0), theirs.predict(x, verbose=0))
    close(ours.optimizer.variables, theirs.optimizer.variables)
    found, expected = (m.fit(x, y, batch_size=8, epochs=2, shuffle=False, verbose=0).history for m in (ours, theirs))
    assert set(found) == set(expected)
    for key in expected:
        np.testing.assert_allclose(found[key], expected[key], rtol=2e-4)
    assert not kerasnb.models.load_model(tmp_path / "m.h5", compile=False).compiled


def test_models_of_own_classes_inside(tmp_path):
    """Classes that extend `Model` and `Sequential` and have their config are read like these."""

    def make(k):
        class Graph(k.Model):
            pass

        class Stack(k.Sequential):
            pass

        y, x = k.Input((6,), name="y"), k.Input((6,), name="x")
        inner = Graph(y, k.layers.Dense(6, name="deep")(y) + 1.0, name="inner")
        head = Stack([k.Input((6,)), k.layers.Dense(2, "tanh", name="last")], name="head")
        return k.Model(x, head(inner(x)), name="outer"), {"Graph": Graph, "Stack": Stack}

    theirs, _ = make(real)
    theirs.save(tmp_path / "m.h5")
    custom = make(kerasnb)[1]
    ours = kerasnb.models.load_model(tmp_path / "m.h5", custom, compile=False)
    assert [type(ours.get_layer(name)) for name in ("inner", "head")] == list(custom.values())
    x = inputs_of(theirs)
    close(ours(x), theirs(x))


def test_operations_between_layers(tmp_path):
    """Bare operations in a file of Keras 3: here they load, also those whose names layers have, too."""

    def make(k):
        a = k.Input((3,), name="a")
        h = k.layers.Add()([k.layers.Dense(3, name="d")(a), a])
        h = k.ops.sum(k.ops.reshape(k.ops.repeat(h, 2, axis=-1), (-1, 3, 2)), axis=2)
        return k.Model(a, k.ops.softmax(k.ops.einsum("ab,ab->ab", h, k.ops.relu(h * 2 + a)), axis=-1))

    theirs = make(real)
    theirs.save(tmp_path / "m.h5")
    ours = kerasnb.models.load_model(tmp_path / "m.h5", compile=False)
    x = inputs_of(theirs)
    close(ours(x), theirs(x))


# --- files of Keras 1 and 2


def write(path, config, weights, training=None, optimizer=None, where="model_weights", version="2.15.0"):
    """A file in the layout of Keras 2.

    Args:
        path: Where.
        config: Dict of the model, None for a file of weights alone.
        weights: Dict of layers to dicts of names to arrays.
        training: Optional dict of the arguments of `compile`.
        optimizer: Optional dict of names to arrays.
    """
    with h5py.File(path, "w") as file:
        file.attrs["keras_version"], file.attrs["backend"] = version, "tensorflow"
        if config is not None:
            file.attrs["model_config"] = json.dumps(config).encode()
        if training is not None:
            file.attrs["training_config"] = json.dumps(training).encode()
        group = file.create_group(where) if where else file
        group.attrs["layer_names"] = np.array([name.encode() for name in weights], dtype="S")
        for layer, arrays in weights.items():
            _write_arrays(group.create_group(layer), arrays)
        if optimizer:
            _write_arrays(file.create_group("optimizer_weights"), optimizer)


def _write_arrays(group, arrays):
    group.attrs["weight_names"] = np.array([name.encode() for name in arrays], dtype="S")
    for name, value in arrays.items():
        group[name] = value


INIT = {"class_name": "GlorotUniform", "config": {"seed": None}}
ZEROS = {"class_name": "Zeros", "config": {}}


def dense(name, units, activation="linear", **more):
    config = {
        "name": name, "trainable": True, "dtype": "float32", "units": units, "activation": activation, "use_bias": True,
        "kernel_initializer": INIT, "bias_initializer": ZEROS, "kernel_regularizer": None, "bias_regularizer": None,
        "activity_regularizer": None, "kernel_constraint": None, "bias_constraint": None, **more,
    }  # fmt: skip
    return {"class_name": "Dense", "config": config}


def input_layer(name, shape):
    config = {"batch_input_shape": [None, *shape], "dtype": "float32", "sparse": False, "ragged": False, "name": name}
    return {"class_name": "InputLayer", "config": config}


def arrays(*shape):
    kernel = RANDOM.uniform(-1, 1, shape).astype("f")
    return kernel, RANDOM.uniform(-1, 1, shape[-1:]).astype("f")


def named(layer, kernel, bias):
    return {f"{layer}/kernel:0": kernel, f"{layer}/bias:0": bias}


TRAINING = {
    "loss": "categorical_crossentropy", "weighted_metrics": None, "loss_weights": None, "sample_weight_mode": None,
    "metrics": [[{"class_name": "MeanMetricWrapper",
                  "config": {"name": "accuracy", "dtype": "float32", "fn": "categorical_accuracy"}}]],
    "optimizer_config": {"class_name": "Adam", "config": {
        "name": "Adam", "learning_rate": 0.02, "decay": 0.0, "beta_1": 0.8, "beta_2": 0.999, "epsilon": 1e-07,
        "amsgrad": False}},
}  # fmt: skip


def two_dense():
    """A Sequential of Keras 2 as config, weights, and the function that it computes."""
    (k1, b1), (k2, b2) = arrays(4, 5), arrays(5, 3)
    layers = [input_layer("dense_input", (4,)), dense("dense", 5, "relu"), dense("out", 3)]
    config = {"class_name": "Sequential", "config": {"name": "sequential", "layers": layers}}
    weights = {"dense": named("dense", k1, b1), "out": named("out", k2, b2)}
    return config, weights, lambda x: np.maximum(x @ k1 + b1, 0) @ k2 + b2


X = np.linspace(-1, 1, 24, dtype="float32").reshape(6, 4)


def test_sequential_of_keras_2(tmp_path):
    """Its layers, its weights, and what it was compiled with."""
    config, weights, expected = two_dense()
    write(tmp_path / "m.h5", config, weights, TRAINING)
    model = kerasnb.models.load_model(tmp_path / "m.h5")
    close(model(X), expected(X))
    assert model.optimizer.beta_1 == 0.8 and float(model.optimizer.learning_rate) == pytest.approx(0.02)
    assert "categorical_accuracy" in model.evaluate(X, np.eye(3)[[0, 1, 2] * 2], verbose=0, return_dict=True)
    theirs = real.saving.load_model(tmp_path / "m.h5", compile=False)
    close(theirs(X), model(X))


def test_sequential_of_keras_1(tmp_path):
    """Its config is a list, whose first layer knows the shape of the input; arguments had other names."""
    kernel, bias = arrays(4, 3)
    layer = {"class_name": "Dense", "config": {
        "name": "dense_1", "trainable": True, "output_dim": 3, "init": "glorot_uniform", "activation": "tanh",
        "W_regularizer": None, "b_regularizer": None, "bias": True, "input_dim": None,
        "batch_input_shape": [None, 4], "input_dtype": "float32"}}  # fmt: skip
    training = {
        "loss": "mse", "metrics": ["accuracy"], "sample_weight_mode": None, "loss_weights": None,
        "optimizer_config": {"class_name": "SGD", "config": {"lr": 0.5, "momentum": 0.0, "nesterov": False}},
    }  # fmt: skip
    weights = {"dense_1": {"dense_1_W": kernel, "dense_1_b": bias}}
    write(tmp_path / "m.h5", {"class_name": "Sequential", "config": [layer]}, weights, training, version="1.2.2")
    model = kerasnb.models.load_model(tmp_path / "m.h5")
    close(model(X), np.tanh(X @ kernel + bias))
    assert float(model.optimizer.learning_rate) == 0.5 and model.input_shape == (None, 4)


def layer_of_graph(config, *calls):
    return {**config, "name": config["config"]["name"], "inbound_nodes": list(calls)}


def test_functional_of_keras_2(tmp_path):
    """Calls as lists, a shared layer, a merging layer, several outputs."""
    (k1, b1), (k2, b2) = arrays(4, 4), arrays(8, 2)
    add = {"class_name": "Concatenate", "config": {"name": "both", "trainable": True, "dtype": "float32", "axis": -1}}
    layers = [
        layer_of_graph(input_layer("a", (4,))), layer_of_graph(input_layer("b", (4,))),
        layer_of_graph(dense("shared", 4, "tanh"), [["a", 0, 0, {}]], [["b", 0, 0, {}]]),
        layer_of_graph(add, [["shared", 0, 0, {}], ["shared", 1, 0, {}]]),
        layer_of_graph(dense("out", 2), [["both", 0, 0, {}]]),
    ]  # fmt: skip
    config = {"class_name": "Functional", "config": {
        "name": "model", "trainable": True, "layers": layers, "input_layers": [["a", 0, 0], ["b", 0, 0]],
        "output_layers": [["out", 0, 0], ["shared", 1, 0]]}}  # fmt: skip
    weights = {"a": {}, "b": {}, "shared": named("shared", k1, b1), "both": {}, "out": named("out", k2, b2)}
    write(tmp_path / "m.h5", config, weights)
    with pytest.warns(UserWarning, match="No training configuration"):
        model = kerasnb.models.load_model(tmp_path / "m.h5")
    f = [np.tanh(x @ k1 + b1) for x in (X, X + 1)]
    close(model([X, X + 1]), [np.concatenate(f, axis=-1) @ k2 + b2, f[1]])
    theirs = real.saving.load_model(tmp_path / "m.h5", compile=False)
    close(theirs([X, X + 1]), model([X, X + 1]))


@pytest.mark.parametrize("kind", ["Functional", "Model", "Sequential"])
def test_models_inside_of_keras_2(kind, tmp_path):
    """Their calls are counted from 1, since their own graph counts as one."""
    (k1, b1), (k2, b2) = arrays(4, 4), arrays(4, 2)
    inner = {"name": "inner", "layers": [input_layer("in", (4,)), dense("deep", 4, "tanh")]}
    if kind != "Sequential":
        inner["layers"] = [layer_of_graph(inner["layers"][0]), layer_of_graph(inner["layers"][1], [["in", 0, 0, {}]])]
        inner |= {"input_layers": [["in", 0, 0]], "output_layers": [["deep", 0, 0]]}
    layers = [
        layer_of_graph(input_layer("x", (4,))),
        layer_of_graph({"class_name": kind, "config": inner}, [["x", 0, 0, {}]], [["inner", 1, 0, {}]]),
        layer_of_graph(dense("out", 2), [["inner", 2, 0, {}]]),
    ]  # fmt: skip
    config = {"class_name": kind.replace("Sequential", "Functional"), "config": {
        "name": "outer", "layers": layers, "input_layers": [["x", 0, 0]],
        "output_layers": [["out", 0, 0], ["inner", 2, 0]]}}  # fmt: skip
    write(tmp_path / "m.h5", config, {"x": {}, "inner": named("deep", k1, b1), "out": named("out", k2, b2)})
    model = kerasnb.models.load_model(tmp_path / "m.h5", compile=False)
    h = np.tanh(np.tanh(X @ k1 + b1) @ k1 + b1)
    close(model(X), [h @ k2 + b2, h])
    again = kerasnb.Model.from_config(model.get_config())
    again.set_weights(model.get_weights())
    close(again(X), model(X), 0)


def test_arguments_that_are_gone(tmp_path):
    """Arguments of Keras 2 that a layer no longer has do not matter; a policy is its name."""
    kernel = RANDOM.uniform(-1, 1, (3, 3, 2, 1)).astype("f")
    depthwise = {"class_name": "DepthwiseConv2D", "config": {
        "name": "d", "trainable": True, "dtype": {"class_name": "Policy", "config": {"name": "float32"}},
        "kernel_size": [3, 3], "strides": [1, 1], "padding": "valid", "data_format": "channels_last",
        "dilation_rate": [1, 1], "groups": 1, "activation": "linear", "use_bias": False, "bias_initializer": ZEROS,
        "depth_multiplier": 1, "depthwise_initializer": INIT}}  # fmt: skip
    config = {"class_name": "Sequential", "config": {"name": "s", "layers": [input_layer("i", (5, 5, 2)), depthwise]}}
    write(tmp_path / "m.h5", config, {"d": {"d/depthwise_kernel:0": kernel}})
    model = kerasnb.models.load_model(tmp_path / "m.h5", compile=False)
    x = RANDOM.uniform(size=(2, 5, 5, 2)).astype("f")
    layer = real.layers.DepthwiseConv2D(3, use_bias=False)
    layer.build(x.shape)
    layer.set_weights([kernel])
    close(model(x), layer(x))


@pytest.mark.parametrize("style", ["Adam/{}/{}:0", "training/Adam/{1}/{0}:0"])
def test_optimizer_of_keras_2(style, tmp_path):
    """Momentum and velocity go back to their weights: first one slot of all of them, then the other."""
    config, weights, _ = two_dense()
    variables = [name.removesuffix(":0") for arrays in weights.values() for name in arrays]
    values = {
        style.format(slot, name): np.full(value.shape, 10 * i + j, "f")
        for i, slot in enumerate(("m", "v"))
        for j, (name, value) in enumerate(
            zip(variables, (v for a in weights.values() for v in a.values()), strict=True)
        )
    }
    write(tmp_path / "m.h5", config, weights, TRAINING, {"Adam/iter:0": np.int64(7), **values})
    optimizer = kerasnb.models.load_model(tmp_path / "m.h5").optimizer
    assert int(optimizer.iterations) == 7
    slots = {v.name: float(np.asarray(v).flat[0]) for v in optimizer.variables[2:]}
    assert [v for n, v in slots.items() if n.endswith("momentum")] == [0, 1, 2, 3]
    assert [v for n, v in slots.items() if n.endswith("velocity")] == [10, 11, 12, 13]
    write(tmp_path / "n.h5", config, weights, TRAINING, {"Adam/iter:0": np.int64(7), "Adam/m/x:0": np.zeros(3)})
    with pytest.warns(UserWarning, match="freshly initialized optimizer"):
        fresh = kerasnb.models.load_model(tmp_path / "n.h5").optimizer
    assert int(fresh.iterations) == 0


# --- weights alone


@pytest.mark.parametrize("where", ["", "model_weights"])
def test_weights_in_order_and_by_name(where, tmp_path):
    """Weights are loaded layer after layer, or into the layers of the same names."""
    _, weights, expected = two_dense()
    write(tmp_path / "w.h5", None, weights, where=where)
    names = ["x", "y"], ["out", "other"]
    for k in (kerasnb, real):
        by_order = k.Sequential([k.Input((4,)), *(k.layers.Dense(u, a, name=n) for u, a, n in
                                                  zip((5, 3), ("relu", None), names[0], strict=True))])  # fmt: skip
        by_order.load_weights(tmp_path / "w.h5")
        close(by_order(X), expected(X))
        by_name = k.Sequential([k.Input((5,)), *(k.layers.Dense(3, name=n) for n in names[1])])
        before = by_name.layers[1].get_weights()
        by_name.load_weights(tmp_path / "w.h5", by_name=True)
        close(by_name.layers[0].get_weights(), list(weights["out"].values()), 0)
        close(by_name.layers[1].get_weights(), before, 0)


def test_long_lists_of_names(tmp_path):
    """HDF5 splits attributes that are too long."""
    _, weights, expected = two_dense()
    write(tmp_path / "w.h5", None, weights, where="")
    with h5py.File(tmp_path / "w.h5", "a") as file:
        names = file.attrs["layer_names"]
        del file.attrs["layer_names"]
        file.attrs["layer_names0"], file.attrs["layer_names1"] = names[:1], names[1:]
    model = kerasnb.Sequential([kerasnb.Input((4,)), kerasnb.layers.Dense(5, "relu"), kerasnb.layers.Dense(3)])
    model.load_weights(tmp_path / "w.h5")
    close(model(X), expected(X))


def small(k, *units):
    return k.Sequential([k.Input((4,)), *(k.layers.Dense(u) for u in units)])


ERRORS = {
    "layers": (lambda k, p: small(k, 5).load_weights(p), "Layer count mismatch when loading weights from file"),
    "shape": (lambda k, p: small(k, 5, 2).load_weights(p), "Weight expects shape"),
    "by name with .keras": (lambda k, p: small(k, 5, 2).load_weights("a.keras", by_name=True), "`by_name` only"),
    "unknown": (lambda k, p: small(k, 5, 2).load_weights(p, by_nam=True), "Invalid keyword arguments"),
    "no model": (lambda k, p: k.saving.load_model(p), "No model config found in the file"),
}


@pytest.mark.parametrize("name", ERRORS)
def test_errors(name, tmp_path):
    """What does not fit is named as in Keras."""
    _, weights, _ = two_dense()
    write(tmp_path / "w.h5", None, weights, where="")
    call, message = ERRORS[name]
    for k in (kerasnb, real):
        with pytest.raises(ValueError, match=message):
            call(k, tmp_path / "w.h5")


def test_all_or_nothing(tmp_path):
    """A file that does not fit changes no weight; with `skip_mismatch` the rest is loaded."""
    naming.reset_uids()
    _, weights, _ = two_dense()
    write(tmp_path / "w.h5", None, weights, where="")
    model = small(kerasnb, 5, 2)
    before = model.get_weights()
    with pytest.raises(ValueError, match="Shape mismatch"):
        model.load_weights(tmp_path / "w.h5")
    close(model.get_weights(), before, 0)
    with pytest.warns(UserWarning, match="Skipping loading weights for layer #1"):
        model.load_weights(tmp_path / "w.h5", skip_mismatch=True)
    close(model.layers[0].get_weights(), list(weights["dense"].values()), 0)
    close(model.layers[1].get_weights(), before[2:], 0)


def test_damaged_files(tmp_path):
    """Damaged and unknown files are refused with a reason."""
    config, weights, _ = two_dense()
    write(tmp_path / "m.h5", config, weights)
    content = (tmp_path / "m.h5").read_bytes()
    (tmp_path / "cut.h5").write_bytes(content[: len(content) // 2])
    with pytest.raises(ValueError, match="damaged"):
        kerasnb.models.load_model(tmp_path / "cut.h5")
    write(
        tmp_path / "bad.h5",
        {"class_name": "Sequential", "config": {"layers": [{"class_name": "Nope", "config": {}}]}},
        {},
    )
    with pytest.raises(ValueError, match="Could not locate class 'Nope'"):
        kerasnb.models.load_model(tmp_path / "bad.h5")
    with h5py.File(tmp_path / "m.h5", "a") as file:
        del file["model_weights/out/out/bias:0"]
    with pytest.raises(ValueError, match=r"has no weights \['out/bias:0'\]"), warnings.catch_warnings():
        kerasnb.models.load_model(tmp_path / "m.h5")
