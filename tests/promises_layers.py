"""The promises that every layer keeps: one call checks all of them."""

from __future__ import annotations

import json

import keras as real
import numpy as np

import kerasnb
from kerasnb.backend import GradientTape


def inputs_of(shape, dtype: str = "float32") -> np.ndarray:
    """Numbers for a layer: floats of both signs, or small integers."""
    random = np.random.default_rng(1)
    if dtype.startswith("float"):
        return random.standard_normal(shape).astype(dtype)
    return random.integers(0, 4, shape).astype(dtype)


def check_layer(
    cls,
    init: dict,
    input_shape: tuple,
    expected_output_shape: tuple,
    expected_n_weights: int = 0,
    expected_n_trainable: int | None = None,
    expected_n_seeds: int = 0,
    expected_dtype: str = "float32",
    input_dtype: str = "float32",
    parity: bool = True,
) -> None:
    """Checks a layer's shapes, dtypes, weights, gradients, config, saving, recording and parity with Keras.

    Args:
        cls: The layer's class.
        init: Arguments of its constructor.
        input_shape: Shape of the inputs with the batch size.
        expected_output_shape: Shape of the outputs with the batch size.
        expected_n_weights: How many weights there are.
        expected_n_trainable: How many of them are trainable. Defaults to all.
        expected_n_seeds: How many seed states there are.
        expected_dtype: Dtype of the outputs.
        input_dtype: Dtype of the inputs.
        parity: Whether Keras' layer of the same name must give the same numbers.
    """
    x = inputs_of(input_shape, input_dtype)
    _check_symbolic(cls, init, input_shape, expected_output_shape, input_dtype)
    layer = cls(**init)
    y = layer(x, **_inference(layer))
    assert tuple(y.shape) == tuple(expected_output_shape)
    assert y.dtype == expected_dtype
    assert layer.built
    trainable = expected_n_weights if expected_n_trainable is None else expected_n_trainable
    _check_weights(layer, expected_n_weights, trainable, expected_n_seeds)
    _check_config(cls, layer, x, y)
    _check_recorded(layer, x, y)
    _check_gradients(layer, x, input_dtype)
    if parity:
        _check_parity(cls, layer, init, x, y)


def _inference(layer) -> dict:
    return {"training": False} if "training" in layer._call_signature.parameters else {}


def _check_symbolic(cls, init, input_shape, expected, dtype) -> None:
    """A symbolic call infers the shape, keeps an unknown batch size, and builds the layer."""
    layer = cls(**init)
    symbolic = layer(kerasnb.Input(input_shape[1:], dtype=dtype))
    assert symbolic.shape == (None, *expected[1:])
    assert symbolic._keras_history.operation is layer
    assert layer.output is symbolic
    assert tuple(layer.compute_output_shape(input_shape)) == tuple(expected)


def _check_weights(layer, total: int, trainable: int, seeds: int) -> None:
    assert len(layer.weights) == total
    assert len(layer.trainable_weights) == trainable
    assert len(layer.non_trainable_weights) == total - trainable
    assert len(layer.variables) == total + seeds
    assert len({w.path for w in layer.weights}) == total
    assert layer.count_params() == sum(int(np.prod(w.shape)) for w in layer.weights)
    layer.trainable = False
    assert layer.trainable_weights == []
    layer.trainable = True
    assert len(layer.trainable_weights) == trainable
    values = [v + 1 for v in layer.get_weights()]
    before = layer.get_weights()
    layer.set_weights(values)
    for value, now in zip(values, layer.get_weights(), strict=True):
        np.testing.assert_array_equal(value, now)
    layer.set_weights(before)


def _check_config(cls, layer, x, y) -> None:
    """The config survives JSON and makes an equal layer, which gives equal outputs from equal weights."""
    config = json.loads(json.dumps(kerasnb.saving.serialize_keras_object(layer)))
    again = kerasnb.saving.deserialize_keras_object(config)
    assert type(again) is cls
    assert json.loads(json.dumps(again.get_config())) == json.loads(json.dumps(layer.get_config()))
    assert again.built == layer.built
    again.set_weights(layer.get_weights())
    np.testing.assert_array_equal(np.asarray(again(x, **_inference(again))), np.asarray(y))
    assert sorted(cls.from_config(layer.get_config()).get_config()) == sorted(layer.get_config())


def _check_recorded(layer, x, y) -> None:
    """A recorded step gives the numbers of the eager call."""
    model = kerasnb.Sequential([kerasnb.Input(x.shape[1:], dtype=str(x.dtype)), layer])
    np.testing.assert_allclose(model.predict_on_batch(x), np.asarray(y), rtol=1e-6, atol=1e-6)


def _check_gradients(layer, x, dtype: str) -> None:
    """Gradients reach all trainable weights and are finite; so they are for float inputs."""
    inputs = kerasnb.Variable(x) if dtype.startswith("float") else x
    sources = [*layer.trainable_weights, *([inputs] if dtype.startswith("float") else [])]
    with GradientTape() as tape:
        outputs = layer(inputs.value if sources[-1:] == [inputs] else inputs, **_inference(layer))
        total = kerasnb.ops.sum(outputs * outputs)
    for source, gradient in zip(sources, tape.gradient(total, sources), strict=True):
        assert gradient is not None, source.path
        assert gradient.shape == source.shape
        assert np.isfinite(np.asarray(gradient)).all(), source.path


def _check_parity(cls, layer, init, x, y) -> None:
    """Keras' layer of the same name and weights gives the same numbers, and has the same config."""
    theirs = getattr(real.layers, cls.__name__).from_config(layer.get_config())
    theirs.build(x.shape)
    theirs.set_weights(layer.get_weights())
    np.testing.assert_allclose(np.asarray(y), np.asarray(theirs(x)), rtol=1e-5, atol=1e-5)
    found, expected = (json.loads(json.dumps(v.get_config())) for v in (layer, theirs))
    assert found == expected
    assert [w.path for w in layer.weights] == [w.path for w in theirs.weights]
