"""Sequential: building, changing, calling, and Keras' words for what goes wrong."""

from __future__ import annotations

import json

import keras as real
import numpy as np
import pytest

import kerasnb as keras
from kerasnb.backend.tensor import naming

X = np.random.default_rng(0).standard_normal((4, 8)).astype("float32")


@pytest.fixture(autouse=True)
def fresh_names():
    """Automatic names are reset in both packages."""
    naming.reset_uids()
    real.backend.clear_session()


def stack(k, *more):
    return k.Sequential([k.Input((8,)), k.layers.Dense(4, activation="relu"), k.layers.Dense(2), *more])


def test_built_as_layers_are_added():
    """With an input, each layer has its weights as soon as it is added."""
    model = keras.Sequential()
    model.add(keras.Input((8,)))
    assert not model.built
    model.add(keras.layers.Dense(4))
    assert model.built
    assert len(model.weights) == 2
    model.add(keras.layers.Dense(2))
    assert model.output_shape == (None, 2)
    assert model.input_shape == (None, 8)
    assert model.count_params() == 46


def test_paths_and_names_are_those_of_keras():
    """Automatic names and the paths of variables agree, nested models included."""

    def paths(k):
        inner = k.Sequential([k.layers.Dense(3), k.layers.Dense(4, name="named")])
        model = k.Sequential([k.Input((8,)), inner, k.layers.Dropout(0.5), k.layers.Dense(1)])
        later = k.Sequential([k.layers.Dense(2), k.layers.Dense(2)])
        later.build((None, 3))
        called = k.Sequential([k.layers.Dense(2)])
        called(X)
        lone = k.layers.Dense(3)
        lone.build((None, 2))
        models = (model, later, called, lone)
        return [v.path for m in models for v in m.weights], [v.name for v in models], [v.name for v in model.layers]

    assert paths(keras) == paths(real)


def test_deferred_build():
    """Without an input, weights appear with the first data, `build`, `fit` or `predict`."""
    for use in (
        lambda m: m(X),
        lambda m: m.build((None, 8)),
        lambda m: m.predict(X, verbose=0),
        lambda m: (m.compile("sgd", "mse"), m.fit(X, X[:, :2], verbose=0)),
    ):
        model = keras.Sequential([keras.layers.Dense(4), keras.layers.Dense(2)])
        assert not model.built
        assert model.weights == []
        use(model)
        assert model.built
        assert [w.shape for w in model.weights] == [(8, 4), (4,), (4, 2), (2,)]


def test_any_batch_size_after_a_call():
    """A model built by a call on data takes batches of other sizes."""
    model = keras.Sequential([keras.layers.Dense(2)])
    assert model(X).shape == (4, 2)
    assert model(X[:3]).shape == (3, 2)
    assert model.predict(np.ones((70, 8)), verbose=0).shape == (70, 2)


def test_call_is_the_layers_one_after_the_other():
    """The output is that of the layers applied in turn."""
    model = stack(keras)
    x = X
    for layer in model.layers:
        x = layer(x)
    np.testing.assert_array_equal(np.asarray(model(X)), np.asarray(x))


def test_training_reaches_the_layers():
    """`training` passes through nested models to the layers that use it."""
    model = keras.Sequential([keras.Input((8,)), keras.Sequential([keras.layers.Dropout(0.5, seed=1)])])
    np.testing.assert_array_equal(np.asarray(model(X)), X)
    np.testing.assert_array_equal(np.asarray(model(X, training=False)), X)
    dropped = np.asarray(model(X, training=True))
    assert (dropped == 0).any()
    np.testing.assert_allclose(dropped[dropped != 0], 2 * X[dropped != 0])


def test_pop():
    """`pop` returns the last layer and the model works without it."""
    model = stack(keras)
    last = model.layers[-1]
    assert model.pop() is last
    assert model.output_shape == (None, 4)
    model.add(keras.layers.Dense(7))
    assert model(X).shape == (4, 7)
    one = keras.Sequential([keras.layers.Dense(1)])
    one.pop()
    assert one.layers == []


def test_layers_leave_out_the_input():
    """`layers` are those that were added."""
    model = stack(keras)
    assert [type(layer).__name__ for layer in model.layers] == ["Dense", "Dense"]
    assert model.inputs[0].shape == (None, 8)
    assert model.outputs[0].shape == (None, 2)


def test_get_layer():
    """Layers are found by name and by place."""
    model = stack(keras)
    assert model.get_layer("dense_1") is model.layers[1]
    assert model.get_layer(index=0) is model.layers[0]


def test_input_shape_of_the_first_layer():
    """Keras 2's way to give the input shape works, with a warning."""
    with pytest.warns(UserWarning, match="Do not pass an `input_shape`"):
        model = keras.Sequential([keras.layers.Dense(4, input_shape=(8,))])
    assert model.input_shape == (None, 8)
    with pytest.warns(UserWarning, match="Do not pass an `input_shape`"):
        assert keras.Sequential([keras.layers.Dense(4, input_dim=5), keras.layers.Dense(1)]).built


def test_axis_of_one_is_added_or_taken_off():
    """Inputs may lack a last axis of 1, or have one too many."""
    model = keras.Sequential([keras.Input((1,)), keras.layers.Dense(2)])
    assert model(np.ones(5)).shape == (5, 2)
    model = keras.Sequential([keras.Input((8,)), keras.layers.Dense(2)])
    assert model(X[:, :, None]).shape == (4, 2)


def test_dtype_of_the_input():
    """Integers stay integers for a model with an integer input."""
    model = keras.Sequential([keras.Input((8,), dtype="uint8"), keras.layers.Rescaling(1 / 255)])
    y = model(np.full((1, 8), 255, "uint8"))
    assert y.dtype == "float32"
    np.testing.assert_allclose(np.asarray(y), 1.0)


def test_config_is_that_of_keras():
    """Config and JSON agree with Keras', and make the model again."""
    ours, theirs = stack(keras, keras.layers.Dropout(0.2)), stack(real, real.layers.Dropout(0.2))
    assert json.loads(ours.to_json()) == json.loads(theirs.to_json())
    again = keras.Sequential.from_config(ours.get_config())
    assert again.to_json() == ours.to_json()
    assert real.models.model_from_json(ours.to_json()).count_params() == ours.count_params()
    deferred, expected = (k.Sequential([k.layers.Dense(2)], name="d") for k in (keras, real))
    assert deferred.to_json() == expected.to_json()


def test_same_layer_twice():
    """A layer may stand in a model twice and shares its weights."""
    layer = keras.layers.Dense(8)
    model = keras.Sequential([keras.Input((8,)), layer, layer])
    assert len(model.weights) == 2
    np.testing.assert_allclose(np.asarray(model(X)), np.asarray(layer(layer(X))), rtol=1e-6)


def test_trainable():
    """Freezing a model freezes its layers; unfreezing one layer frees it."""
    model = stack(keras)
    model.trainable = False
    assert model.trainable_weights == []
    assert len(model.non_trainable_weights) == 4
    model.trainable = True
    model.layers[0].trainable = False
    assert [w.path for w in model.trainable_weights] == ["sequential/dense_1/kernel", "sequential/dense_1/bias"]


def test_set_weights_changes_all_or_nothing():
    """Weights of a wrong shape change nothing."""
    model = stack(keras)
    before = model.get_weights()
    values = [w + 1 for w in before]
    values[3] = np.ones(5)
    with pytest.raises(ValueError, match="weight shape"):
        model.set_weights(values)
    for a, b in zip(before, model.get_weights(), strict=True):
        np.testing.assert_array_equal(a, b)


def test_subclass():
    """A subclass of Sequential works as one."""

    class Mine(keras.Sequential):
        pass

    model = Mine([keras.Input((8,)), keras.layers.Dense(2)])
    assert model(X).shape == (4, 2)
    assert type(Mine.from_config(model.get_config())) is Mine


WRONG = {
    "no layer": lambda k: k.Sequential([3]),
    "same name": lambda k: k.Sequential([k.layers.Dense(1, name="a"), k.layers.Dense(1, name="a")]),
    "two inputs": lambda k: k.Sequential([k.Input((8,)), k.Input((8,))]),
    "no layers": lambda k: k.Sequential(name="m").build((None, 3)),
    "other shape": lambda k: stack(k).build((None, 9)),
    "no shape yet": lambda k: k.Sequential(name="m").input_shape,
    "no outputs yet": lambda k: k.Sequential(name="m").outputs,
    "no such layer": lambda k: stack(k).get_layer("x"),
    "no such index": lambda k: stack(k).get_layer(index=5),
    "which layer": lambda k: stack(k).get_layer(),
    "both": lambda k: stack(k).get_layer("dense", 0),
    "layers reserved": lambda k: setattr(stack(k), "layers", []),
    "too few weights": lambda k: stack(k).set_weights([]),
    "count before build": lambda k: k.layers.Dense(2, name="d").count_params(),
    "units": lambda k: k.layers.Dense(-1),
    "rate": lambda k: k.layers.Dropout(2),
    "noise": lambda k: k.layers.Dropout(0.5, noise_shape="x"),
    "keyword": lambda k: k.layers.Dense(1, surprise=2),
    "trainable": lambda k: k.layers.Dense(1, trainable="yes"),
    "no shape": lambda k: k.Input(),
    "two shapes": lambda k: k.Input((2,), batch_shape=(1, 2)),
    "permutation": lambda k: k.layers.Permute((0, 1)),
    "repeat": lambda k: k.layers.RepeatVector(1.5),
    "target": lambda k: k.layers.Reshape((3,)).compute_output_shape((None, 4)),
    "not divisible": lambda k: k.layers.Reshape((3, -1)).compute_output_shape((None, 4)),
    "below one": lambda k: k.layers.Reshape((3, -2)),
    "two unknown": lambda k: k.layers.Reshape((-1, -1)),
    "positional": lambda k: k.layers.Dense(1)(X, "x"),
    "kernel": lambda k: k.layers.Dense(1).kernel,
    "never called": lambda k: k.layers.Dense(1, name="d").output,
    "policy": lambda k: k.layers.Dense(1, dtype="float33"),
    "wrong width": lambda k: k.layers.Dense(1, name="d").build((None, 3)) or k.layers.Dense(1)(np.ones((2,), "f")),
    "slope": lambda k: k.layers.LeakyReLU(-1),
    "from config": lambda k: k.layers.Dropout.from_config({"rate": 0.5, "surprise": 1}),
    "data format": lambda k: k.layers.Flatten(data_format="x"),
}  # fmt: skip


@pytest.mark.parametrize("case", WRONG)
def test_errors_in_the_words_of_keras(case):
    """What is wrong raises Keras' type of error, with Keras' text."""
    with pytest.raises(Exception) as expected:
        WRONG[case](real)
    naming.reset_uids()
    with pytest.raises(Exception) as found:
        WRONG[case](keras)
    assert type(found.value) is type(expected.value)
    text = str(expected.value).replace("keras.src.", "kerasnb.").replace(", 'quantization_config': None", "")
    assert _words(str(found.value).split("\nHint: ")[0]) == _words(text)


def test_errors_inside_a_call_name_the_layer():
    """An error in a layer's call comes with a note: which layer, and what it was given."""
    model = stack(keras)
    with pytest.raises(ValueError, match="expected axis -1 of input shape to have value 8") as caught:
        model(np.ones((2, 9)))
    assert caught.value.__notes__ == [
        "Exception encountered when calling Sequential.call().\n\nArguments received by Sequential.call():\n"
        "  • inputs=Tensor(shape=(2, 9), dtype=float32)\n  • mask=None"
    ]
    with pytest.raises(ValueError, match=r"Expected shape \(None, 8\), but input has incompatible shape \(2, 3, 4\)"):
        model(np.ones((2, 3, 4)))


def _words(text: str) -> str:
    """The text with single spaces."""
    return " ".join(text.split())


@pytest.mark.parametrize("built", ["by an Input", "by data"])
def test_one_sample_without_a_batch_axis(built):
    """The error gives the shapes that a user knows, and what to do; it names no recorded tensor."""
    first = [keras.Input((5,))] if built == "by an Input" else []
    model = keras.Sequential([*first, keras.layers.Dense(1)], name="rates")
    x = np.ones((4, 5), "float32")
    model.predict(x, verbose=0)
    expected = (
        r"the model 'rates'\. Expected shape \(None, 5\), but input has incompatible shape \(5,\)\.\nHint: One sample"
    )
    with pytest.raises(ValueError, match=expected):
        model.predict(x[0], verbose=0)
    with pytest.raises(ValueError, match=r"incompatible shape \(4,\)\.\n"):
        model.predict(x[:, 0], verbose=0)


def test_columns_for_one_input():
    """A dict of columns for the one input of a stack: the error says how to join them, and that works."""
    model = keras.Sequential([keras.Input((2,)), keras.layers.Dense(1)])
    columns = {"a": np.ones(4, "float32"), "b": np.zeros(4, "float32")}
    with pytest.raises(ValueError, match=r"(?s)structure of `inputs`.*\{'a': \(4,\), 'b': \(4,\)\}\nHint: .*np\.stack"):
        model.predict(columns, verbose=0)
    assert model.predict(np.stack(list(columns.values()), axis=-1), verbose=0).shape == (4, 1)


def test_names_after_loading():
    """A stack that is made from a config counts as often as in Keras, which later names show."""
    names = []
    for api in (real, keras):
        api.backend.clear_session()
        stack = api.Sequential([api.Input((3,)), *(api.layers.Dense(2) for _ in range(3))])
        api.Sequential.from_config(stack.get_config())
        inputs = api.Input((3,))
        names.append(api.Model(inputs, api.layers.Dense(1)(inputs)).name)
    assert names[0] == names[1]


def test_a_list_of_one_input_has_a_list_of_one_mask():
    """A first layer that takes a mask gets that of the input, not a list."""
    model = keras.Sequential([keras.Input((3,)), keras.layers.BatchNormalization()])
    x = np.ones((2, 3), "float32")
    np.testing.assert_array_equal(np.asarray(model([x])), np.asarray(model(x)))
