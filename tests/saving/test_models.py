"""Models survive files: here, and between here and Keras."""

from __future__ import annotations

import copy
import json
import pickle
import zipfile

import keras as real
import numpy as np
import pytest

import kerasnb as keras
from tests.promises.saving import assert_same_state, check_saving

X = np.random.default_rng(0).standard_normal((12, 8)).astype("float32")
CLASSES = np.arange(12) % 3


def classifier(k=keras, compiled: bool = True):
    layers = k.layers
    model = k.Sequential(
        [
            k.Input((8,)), layers.Dense(6, activation="relu"), layers.Dropout(0.3, seed=1),
            layers.Dense(3, activation="softmax"),
        ]
    )  # fmt: skip
    if compiled:
        model.compile("adam", "sparse_categorical_crossentropy", metrics=["accuracy"])
    return model


def trained():
    model = classifier()
    model.fit(X, CLASSES, verbose=0)
    return model


def kinds():
    layers = keras.layers
    return keras.Sequential(
        [
            keras.Input((4, 6)), layers.Rescaling(0.5, offset=[0.1] * 6), layers.Permute((2, 1)), layers.Flatten(),
            layers.Reshape((8, 3)), layers.Flatten(), layers.RepeatVector(2), layers.Flatten(),
            layers.ReLU(max_value=2.0), layers.LeakyReLU(0.1), layers.ELU(), layers.Activation("gelu"),
            layers.Dense(4, kernel_regularizer="l2"),
            layers.Softmax(),
        ]
    )  # fmt: skip


def deferred():
    model = keras.Sequential([keras.layers.Dense(3), keras.layers.Dense(2)])
    model.build((None, 8))
    return model


def nested():
    inner = keras.Sequential([keras.layers.Dense(4), keras.layers.Dropout(0.1)], name="inner")
    return keras.Sequential([keras.Input((8,)), inner, keras.layers.Dense(1)])


def frozen():
    model = classifier(compiled=False)
    model.layers[0].trainable = False
    return model


MODELS = {
    "trained": (trained, X),
    "plain": (lambda: classifier(compiled=False), X),
    "kinds": (kinds, np.ones((2, 4, 6), "float32")),
    "deferred": (deferred, X),
    "nested": (nested, X),
    "frozen": (frozen, X),
}


@pytest.mark.parametrize("name", MODELS)
def test_promises(name):
    """Files of every kind bring the model back, and Keras reads and writes the same."""
    build, x = MODELS[name]
    check_saving(build(), x)


OPTIMIZERS = ["sgd", "rmsprop", "adam", "adamw", "adagrad", "nadam"]


def optimizer_of(k, name: str):
    options = {"momentum": 0.9, "nesterov": True} if name == "sgd" else {}
    return k.optimizers.get(
        {"class_name": type(k.optimizers.get(name)).__name__, "config": {"learning_rate": 0.01, **options}}
    )


@pytest.mark.parametrize("name", OPTIMIZERS)
def test_training_continues_in_keras(name, tmp_path):
    """A file of a trained model goes on training in Keras as it does here."""
    model = classifier(compiled=False)
    model.pop()
    model.layers[-1].rate = 0.0
    model.add(keras.layers.Dense(3, activation="softmax"))
    model.compile(optimizer_of(keras, name), "sparse_categorical_crossentropy", metrics=["accuracy"])
    _dropout_off(model)
    model.fit(X, CLASSES, epochs=2, verbose=0, shuffle=False)
    model.save(tmp_path / "m.keras")
    theirs = real.saving.load_model(tmp_path / "m.keras")
    assert_same_state(theirs, model)
    loss = model.train_on_batch(X, CLASSES)[0]
    assert loss == pytest.approx(float(theirs.train_on_batch(X, CLASSES)[0]), rel=1e-4)
    for a, b in zip(model.get_weights(), theirs.get_weights(), strict=True):
        np.testing.assert_allclose(a, b, rtol=1e-4, atol=1e-5)


@pytest.mark.parametrize("name", OPTIMIZERS)
def test_training_continues_from_keras(name, tmp_path):
    """A model trained in Keras goes on training here as it does there."""
    theirs = classifier(real, compiled=False)
    _dropout_off(theirs)
    theirs.compile(optimizer_of(real, name), "sparse_categorical_crossentropy", metrics=["accuracy"])
    theirs.fit(X, CLASSES, epochs=2, verbose=0, shuffle=False)
    theirs.save(tmp_path / "m.keras")
    model = keras.saving.load_model(tmp_path / "m.keras")
    assert model.compiled
    assert_same_state(model, theirs)
    loss = model.train_on_batch(X, CLASSES)[0]
    assert loss == pytest.approx(float(theirs.train_on_batch(X, CLASSES)[0]), rel=1e-4)
    for a, b in zip(model.get_weights(), theirs.get_weights(), strict=True):
        np.testing.assert_allclose(a, b, rtol=1e-4, atol=1e-5)


def _dropout_off(model) -> None:
    next(layer for layer in model.layers if layer.name.startswith("dropout")).rate = 0.0


@pytest.mark.parametrize("name", ["Adadelta", "Adagrad", "Adam", "AdamW", "Adamax", "Lion", "Nadam", "RMSprop", "SGD"])
def test_optimizers_of_keras_on_torch(name, tmp_path):
    """Keras on PyTorch has modules of its own for its optimizers, and names them in its files."""
    model = classifier(compiled=False)
    model.compile(getattr(keras.optimizers, name)(0.02), "sparse_categorical_crossentropy")
    model.save(tmp_path / "m.keras")
    with zipfile.ZipFile(tmp_path / "m.keras") as archive:
        members = {member: archive.read(member) for member in archive.namelist()}
    config = json.loads(members["config.json"])
    place = {"module": f"keras.src.backend.torch.optimizers.torch_{name.lower()}", "registered_name": name}
    config["compile_config"]["optimizer"].update(place)
    members["config.json"] = json.dumps(config)
    with zipfile.ZipFile(tmp_path / "torch.keras", "w") as archive:
        for member, content in members.items():
            archive.writestr(member, content)
    optimizer = keras.saving.load_model(tmp_path / "torch.keras").optimizer
    assert type(optimizer) is getattr(keras.optimizers, name)
    assert float(optimizer.learning_rate) == pytest.approx(0.02)


def test_training_continues_bit_for_bit(tmp_path):
    """Loading and going on gives the weights of not having stopped, dropout included."""
    model = classifier()
    model.fit(X, CLASSES, epochs=2, verbose=0, shuffle=False)
    model.save(tmp_path / "m.keras")
    loaded = keras.saving.load_model(tmp_path / "m.keras")
    for each in (model, loaded):
        each.fit(X, CLASSES, epochs=2, verbose=0, shuffle=False)
    assert_same_state(loaded, model)


def test_weights_files_go_both_ways(tmp_path):
    """A `.weights.h5` file written by one is read by the other."""
    ours, theirs = classifier(compiled=False), classifier(real, compiled=False)
    ours.save_weights(tmp_path / "ours.weights.h5")
    theirs.load_weights(tmp_path / "ours.weights.h5")
    assert_same_state(theirs, ours)
    theirs.set_weights([w + 1 for w in theirs.get_weights()])
    theirs.save_weights(tmp_path / "theirs.weights.h5")
    ours.load_weights(tmp_path / "theirs.weights.h5")
    assert_same_state(theirs, ours)


def test_weights_from_a_keras_file(tmp_path):
    """`load_weights` takes a `.keras` file too."""
    model, other = classifier(), classifier()
    model.save(tmp_path / "m.keras")
    other.load_weights(tmp_path / "m.keras")
    assert_same_state(other, model)


def test_file_looks_as_keras_writes_it(tmp_path):
    """The archive has Keras' members, stored, and the config is that of Keras' own file."""
    theirs = classifier(real)
    theirs.fit(X, CLASSES, verbose=0)
    theirs.save(tmp_path / "theirs.keras")
    loaded = keras.saving.load_model(tmp_path / "theirs.keras")
    loaded.save(tmp_path / "ours.keras")
    with zipfile.ZipFile(tmp_path / "ours.keras") as ours, zipfile.ZipFile(tmp_path / "theirs.keras") as theirs:
        assert [(i.filename, i.compress_type) for i in ours.infolist()] == [
            (i.filename, i.compress_type) for i in theirs.infolist()
        ]
        assert sorted(json.loads(ours.read("metadata.json"))) == sorted(json.loads(theirs.read("metadata.json")))
        assert list(json.loads(ours.read("config.json"))) == list(json.loads(theirs.read("config.json")))


def test_compiled_but_not_trained(tmp_path):
    """An optimizer that has not done a step is saved and loaded without a word."""
    classifier().save(tmp_path / "m.keras")
    loaded = keras.saving.load_model(tmp_path / "m.keras")
    assert int(loaded.optimizer.iterations) == 0
    loaded.fit(X, CLASSES, verbose=0)


def test_not_compiled_on_request(tmp_path):
    """`compile=False` leaves the optimizer out."""
    classifier().save(tmp_path / "m.keras")
    model = keras.saving.load_model(tmp_path / "m.keras", compile=False)
    assert not model.compiled
    assert model.optimizer is None


@pytest.mark.parametrize("writer", [keras, real], ids=["kerasnb", "keras"])
def test_layers_as_activations(writer, tmp_path):
    """A layer may be the activation of another one, with weights of its own."""
    layers = writer.layers
    inner = [layers.Dense(6, activation=layers.LeakyReLU(0.2)), layers.Dense(5, activation=layers.PReLU())]
    model = writer.Sequential([writer.Input((8,)), *inner, layers.Dense(3, layers.Softmax(axis=-1))])
    model(X)  # makes the weights of the activation
    model.set_weights([w + 0.1 for w in model.get_weights()])
    model.save(tmp_path / "m.keras")
    for reader in (keras, real):
        loaded = reader.saving.load_model(tmp_path / "m.keras")
        assert_same_state(loaded, model)
        assert [type(layer.activation).__name__ for layer in loaded.layers] == ["LeakyReLU", "PReLU", "Softmax"]
        expected = np.asarray(model(X))
        np.testing.assert_allclose(np.asarray(loaded(X)), expected, rtol=1e-5, atol=1e-6)
    clone = keras.models.clone_model(keras.saving.load_model(tmp_path / "m.keras"))
    assert clone.layers[0].activation.negative_slope == pytest.approx(0.2)


class Doubled(keras.layers.Layer):
    """A layer of the user's own, with a layer inside."""

    def __init__(self, units, **kwargs):
        super().__init__(**kwargs)
        self.units = units
        self.inner = keras.layers.Dense(units)

    def build(self, input_shape):
        self.inner.build(input_shape)
        self.factor = self.add_weight(shape=(), initializer="ones", name="factor")

    def call(self, inputs):
        return self.inner(inputs) * self.factor * 2.0

    def compute_output_shape(self, input_shape):
        return (*input_shape[:-1], self.units)

    def get_config(self):
        return {**super().get_config(), "units": self.units}


def test_custom_layer(tmp_path):
    """A class of the user's own is found by `custom_objects`, by a scope, or because it is registered."""
    model = keras.Sequential([keras.Input((8,)), Doubled(3)])
    path = tmp_path / "m.keras"
    model.save(path)
    assert_same_state(keras.saving.load_model(path, custom_objects={"Doubled": Doubled}), model)
    with keras.saving.custom_object_scope({"Doubled": Doubled}):
        assert_same_state(keras.saving.load_model(path), model)
    keras.saving.register_keras_serializable("tests")(Doubled)
    try:
        model.save(path)
        assert_same_state(keras.saving.load_model(path), model)
        assert keras.saving.get_registered_object("tests>Doubled") is Doubled
    finally:
        keras.saving.get_custom_objects().clear()


class Own(keras.Model):
    """A model of the user's own, with layers in containers."""

    def __init__(self, width=4, **kwargs):
        super().__init__(**kwargs)
        self.width = width
        self.first = keras.layers.Dense(width)
        self.others = [keras.layers.Dense(width), {"last": keras.layers.Dense(2)}]
        self.stack = keras.Sequential([keras.layers.Dense(2)])

    def call(self, inputs):
        return self.stack(self.others[1]["last"](self.others[0](self.first(inputs))))

    def get_config(self):
        return {**super().get_config(), "width": self.width}


def test_subclassed_model(tmp_path):
    """A subclassed model is built anew by calling it symbolically."""
    model = Own(width=5)
    model(X)
    model.save(tmp_path / "m.keras")
    loaded = keras.saving.load_model(tmp_path / "m.keras", custom_objects={"Own": Own})
    assert loaded.width == 5
    np.testing.assert_array_equal(np.asarray(loaded(X)), np.asarray(model(X)))


def test_groups_of_a_subclassed_model_are_those_of_keras(tmp_path):
    """Layers in attributes and containers stand under Keras' paths: each reads the other's weights."""

    def make(k):
        class Own(k.Model):
            def __init__(self):
                super().__init__()
                self.first = k.layers.Dense(4)
                self.others = [k.layers.Dense(4), {"last": k.layers.Dense(3)}]
                self._hidden = k.layers.Dense(2)
                self.stack = k.Sequential([k.layers.Dense(2)])

            def call(self, inputs):
                return self.stack(self._hidden(self.others[1]["last"](self.others[0](self.first(inputs)))))

        model = Own()
        model(X)
        return model

    ours, theirs = make(keras), make(real)
    ours.save_weights(tmp_path / "ours.weights.h5")
    theirs.load_weights(tmp_path / "ours.weights.h5")
    np.testing.assert_allclose(np.asarray(theirs(X)), np.asarray(ours(X)), rtol=1e-5, atol=1e-5)
    theirs.set_weights([w * 2 for w in theirs.get_weights()])
    theirs.save_weights(tmp_path / "theirs.weights.h5")
    ours.load_weights(tmp_path / "theirs.weights.h5")
    expected = np.asarray(theirs(X))  # of doubled weights: some outputs are sums of large terms
    np.testing.assert_allclose(np.asarray(ours(X)), expected, rtol=1e-5, atol=1e-5 * np.abs(expected).max())


def test_lambda_needs_leave(tmp_path):
    """A lambda is saved with a warning, refused in safe mode, and read when asked for."""
    model = keras.Sequential([keras.Input((8,)), keras.layers.Dense(2, activation=lambda x: x * 2.0 + 1.0)])
    with pytest.warns(UserWarning, match="includes a `lambda`"):
        model.save(tmp_path / "m.keras")
    with pytest.raises(ValueError, match="safe_mode=False"):
        keras.saving.load_model(tmp_path / "m.keras")
    loaded = keras.saving.load_model(tmp_path / "m.keras", safe_mode=False)
    np.testing.assert_allclose(np.asarray(loaded(X)), np.asarray(model(X)), rtol=1e-6)


def test_unbuilt_model_warns(tmp_path):
    """Saving a model without weights is allowed, with a warning."""
    model = keras.Sequential([keras.layers.Dense(2)])
    with pytest.warns(UserWarning, match="not yet been built"):
        model.save(tmp_path / "m.keras")
    assert not keras.saving.load_model(tmp_path / "m.keras").built
    with pytest.raises(ValueError, match="not yet been built"):
        model.save_weights(tmp_path / "m.weights.h5")


def test_metrics_and_losses_of_several_kinds(tmp_path):
    """Objects, names and functions given to compile come back."""
    model = classifier(compiled=False)
    model.compile(
        keras.optimizers.SGD(keras.optimizers.schedules.ExponentialDecay(0.1, 10, 0.5)),
        keras.losses.SparseCategoricalCrossentropy(),
        metrics=[keras.metrics.SparseCategoricalAccuracy(name="right"), "sparse_top_k_categorical_accuracy"],
    )
    model.fit(X, CLASSES, verbose=0)
    model.save(tmp_path / "m.keras")
    loaded = keras.saving.load_model(tmp_path / "m.keras")
    assert loaded.evaluate(X, CLASSES, verbose=0) == pytest.approx(model.evaluate(X, CLASSES, verbose=0))
    theirs = real.saving.load_model(tmp_path / "m.keras")
    assert model.evaluate(X, CLASSES, verbose=0) == pytest.approx(theirs.evaluate(X, CLASSES, verbose=0), rel=1e-4)


def test_pickle_and_deep_copy():
    """A model can be copied and pickled, with its optimizer's state and classes of the user's own."""
    model = keras.Sequential([keras.Input((8,)), Doubled(3)])
    model.compile("adam", "mse")
    model.fit(X, X[:, :3], verbose=0)
    for other in (copy.deepcopy(model), pickle.loads(pickle.dumps(model))):
        assert_same_state(other, model)
        other.fit(X, X[:, :3], verbose=0)
        assert not np.array_equal(other.get_weights()[0], model.get_weights()[0])
