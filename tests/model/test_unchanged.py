"""Code in the manner of Keras' guides runs unchanged, beside real Keras where it runs on JAX."""

from __future__ import annotations

import os

os.environ.setdefault("KERAS_BACKEND", "jax")

import keras as real
import numpy as np
import pytest

import kerasnb
from kerasnb import layers, ops
from tests.seeded import RANDOM


class Repeated(layers.Layer):
    """A causal mask for each sample, as decoders of translators make it: from sizes that are tensors."""

    def call(self, x):
        batch, length = ops.shape(x)[0], ops.shape(x)[1]
        at = ops.arange(length)
        mask = ops.reshape(ops.cast(at[:, None] >= at, "int32"), (1, length, length))
        times = ops.concatenate([ops.expand_dims(batch, -1), ops.convert_to_tensor([1, 1])], axis=0)
        return ops.matmul(ops.cast(ops.tile(mask, times), "float32"), x)


class Plain(kerasnb.Model):
    """A model as people write it who do not think of saving yet."""

    def __init__(self, units):
        super().__init__()
        self.dense = layers.Dense(units)

    def call(self, x):
        return self.dense(x)


def test_sizes_may_be_computed_as_tensors():
    """A shape or a number of repetitions may be computed by operations, in graphs and in recorded steps."""
    inputs = kerasnb.Input((None, 2))
    repeated = Repeated()(inputs)
    assert repeated.shape == (None, None, 2)
    x = RANDOM.random((4, 3, 2), dtype="float32")
    model = kerasnb.Model(inputs, repeated)
    for batch_size in (4, 2, 1):
        np.testing.assert_allclose(model.predict(x, batch_size=batch_size, verbose=0), np.cumsum(x, axis=1), rtol=1e-5)
    trained = kerasnb.Sequential([layers.Dense(2, kernel_initializer="identity"), Repeated()])
    trained.compile(kerasnb.optimizers.SGD(0.0), "mse")
    history = trained.fit(x, x, epochs=2, batch_size=2, verbose=0, shuffle=False).history["loss"]
    np.testing.assert_allclose(history, [np.mean((np.cumsum(x, axis=1) - x) ** 2)] * 2, rtol=1e-5)


@pytest.mark.parametrize("loss, metrics", [("CE", ["Acc"]), ("CrossEntropy", ["ACCURACY", "acc"])])
def test_names_in_any_case(loss, metrics):
    """Names that the shapes decide may be written in any case, and are those of the history, as in Keras."""
    x, y = RANDOM.random((6, 3), dtype="float32"), np.eye(2, dtype="float32")[[0, 1, 1, 0, 1, 0]]
    kernel = RANDOM.random((3, 2), dtype="float32")
    histories = []
    for k in (real, kerasnb):
        model = k.Sequential([k.Input((3,)), k.layers.Dense(2, activation="softmax")])
        model.set_weights([kernel, np.zeros(2, "float32")])
        model.compile("sgd", loss, metrics=metrics)
        histories.append(model.fit(x, y, verbose=0, shuffle=False).history)
    assert list(histories[0]) == list(histories[1])
    for name, values in histories[0].items():
        np.testing.assert_allclose(histories[1][name], values, rtol=1e-5)


@pytest.mark.parametrize("method", ["fit", "evaluate", "predict", "validation"])
def test_missing_inputs_are_named(method):
    """A dict without one of the inputs is refused with its name, by models that look up ids, too."""
    a, b = kerasnb.Input((2,), name="a"), kerasnb.Input((2,), name="b")
    model = kerasnb.Model([a, b], layers.add([layers.Embedding(4, 3)(a), layers.Embedding(4, 3)(b)]))
    model.compile("sgd", "mse")
    ids, y = np.ones((2, 2)), np.ones((2, 2, 3))
    with pytest.raises(ValueError, match='Missing data for input "b"'):
        if method == "predict":
            model.predict({"a": ids}, verbose=0)
        elif method == "validation":
            model.fit({"a": ids, "b": ids}, y, validation_data=({"a": ids}, y), verbose=0)
        else:
            getattr(model, method)({"a": ids}, y, verbose=0)


def test_round():
    """Tensors, variables and symbolic tensors may be rounded by Python's own function."""
    values = np.array([1.26, -0.44, 2.5], "float32")
    for x in (ops.convert_to_tensor(values), kerasnb.Variable(values)):
        np.testing.assert_allclose(ops.convert_to_numpy(round(x, 1)), np.round(values, 1))
        assert ops.convert_to_numpy(round(x)).tolist() == [1.0, -0.0, 2.0]
    inputs = kerasnb.Input((3,))
    model = kerasnb.Model(inputs, round(inputs, 1))
    np.testing.assert_allclose(model.predict(values[None], verbose=0), np.round(values[None], 1))


def test_models_with_a_plain_constructor_are_saved(tmp_path):
    """A model whose constructor passes nothing on keeps its weights, and whether it is frozen, in a file."""
    model = Plain(2)
    x = RANDOM.random((2, 3), dtype="float32")
    predicted = model.predict(x, verbose=0)
    model.trainable = False
    model.save(tmp_path / "model.keras")
    loaded = kerasnb.saving.load_model(tmp_path / "model.keras", custom_objects={"Plain": Plain})
    assert not loaded.trainable
    np.testing.assert_array_equal(loaded.predict(x, verbose=0), predicted)


def test_a_variable_takes_the_name_of_its_initializer():
    """With a shape; other names are refused."""
    assert kerasnb.Variable("ones", shape=(2, 3)).numpy().tolist() == [[1.0] * 3] * 2
    with pytest.raises(ValueError, match="`shape` argument should be specified"):
        kerasnb.Variable("zeros")
    with pytest.raises(ValueError, match="Could not interpret initializer identifier: nothing"):
        kerasnb.Variable("nothing", shape=(2,))
