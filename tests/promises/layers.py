"""The promises that every layer keeps: one call checks all of them."""

from __future__ import annotations

import json
from typing import Any

import keras as real
import numpy as np

import kerasnb
from kerasnb import tree
from kerasnb.backend.tensor.shapes import map_shapes
from tests.parity import layers
from tests.recorded import Replayed

EXPORTED = {"GroupedQueryAttention": "GroupQueryAttention"}  # names of classes that Keras exports under another one


def inputs_of(shape, dtype: str = "float32", seed: int = 0) -> np.ndarray:
    """Numbers for a layer: floats of both signs, or small integers."""
    random = np.random.default_rng(1 + seed)
    if dtype.startswith("float"):
        return random.standard_normal(shape).astype(dtype)
    return random.integers(0, 4, shape).astype(dtype)


def check_layer(
    cls, init: dict, input_shape, expected_output_shape=None, expected_n_weights: int = 0,
    expected_n_trainable: int | None = None, expected_n_seeds: int = 0, input_dtype: str = "float32",
    expected_dtype: str = "float32", parity=True,
) -> None:  # fmt: skip
    """Checks a layer's shapes, dtypes, weights, gradients, config, saving, recording and parity with Keras.

    Beside Keras: values, the gradients of weights and inputs, in inference and in training, masks, and the dtypes and
    values in half and in mixed precision.

    Args:
        cls: The layer's class.
        init: Arguments of its constructor.
        input_shape: Shape of the inputs with the batch size; a list of shapes for a layer that takes a list, a dict of
            them by argument for one that takes several arguments.
        expected_output_shape: Shape of the outputs with the batch size, a list for several. Defaults to Keras' own.
        expected_n_weights: How many weights there are.
        expected_n_trainable: How many of them are trainable. Defaults to all.
        expected_n_seeds: How many seed states there are.
        input_dtype: Dtype of the inputs.
        expected_dtype: Dtype of the outputs.
        parity: Whether Keras' layer of the same name must give the same numbers; or the class that must.
    """
    their_class = getattr(real.layers, EXPORTED.get(cls.__name__, cls.__name__)) if parity is True else parity
    x = _inputs(input_shape, input_dtype)
    layer = _made(cls, init)
    config = layer.get_config()
    expected = expected_output_shape or _their_shapes(layer, their_class, input_shape)
    _check_symbolic(cls, init, input_shape, expected, input_dtype)
    y = _call(layer, x)
    outputs = tree.flatten(y)
    assert [tuple(o.shape) for o in outputs] == _each_shape(expected)
    assert {o.dtype for o in outputs} == {expected_dtype}
    assert layer.built
    trainable = expected_n_weights if expected_n_trainable is None else expected_n_trainable
    _check_weights(layer, expected_n_weights, trainable, expected_n_seeds)
    _check_config(cls, layer, x, y)
    _check_recorded(layer, x, y)
    _check_gradients(layer, x, input_dtype)
    if layers.layer_draws(layer):
        layers.check_training(layer, x)
    elif layer.non_trainable_weights:
        layers.check_state(layer, x)
    if parity:
        _check_parity(layer, their_class.from_config(config), x, y)


def _made(cls, init: dict):
    """A layer, with a copy of each layer that is an argument."""
    inner = kerasnb.layers.Layer
    return cls(**{k: type(v).from_config(v.get_config()) if isinstance(v, inner) else v for k, v in init.items()})


def _call(layer, x):
    return layers.call(layer, x, **_inference(layer))


def _inputs(shape, dtype: str) -> Any:
    if isinstance(shape, dict):
        return dict(zip(shape, _inputs(list(shape.values()), dtype), strict=True))
    if isinstance(shape, list):
        return [inputs_of(s, dtype, i) for i, s in enumerate(shape)]
    return inputs_of(shape, dtype)


def _their_shapes(layer, their_class, input_shape):
    return _output_shape(their_class.from_config(layer.get_config()), input_shape)


def _output_shape(layer, shape):
    if isinstance(shape, dict):
        return layer.compute_output_shape(**{f"{name}_shape": s for name, s in shape.items()})
    return layer.compute_output_shape(shape)


def _each_shape(shapes) -> list[tuple]:
    """One shape or several, as a list."""
    one = all(isinstance(extent, int) for extent in shapes)
    return [tuple(shapes)] if one else [tuple(s) for s in shapes]


def _inference(layer) -> dict:
    return layers.call_options(layer, False)


def _check_symbolic(cls, init, input_shape, expected, dtype) -> None:
    """A symbolic call infers the shape, keeps an unknown batch size, and builds the layer."""
    layer = _made(cls, init)
    symbols = map_shapes(lambda shape: kerasnb.Input(shape[1:], dtype=dtype), input_shape)
    symbolic = tree.flatten(layers.call(layer, symbols))
    assert [s.shape for s in symbolic] == [(None, *s[1:]) for s in _each_shape(expected)]
    assert all(s._keras_history.operation is layer for s in symbolic)
    assert tree.flatten(layer.output)[0] is symbolic[0]
    assert _each_shape(_output_shape(layer, input_shape)) == _each_shape(expected)


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
    for a, b in zip(tree.flatten(_call(again, x)), tree.flatten(y), strict=True):
        np.testing.assert_array_equal(np.asarray(a), np.asarray(b))
    assert sorted(cls.from_config(layer.get_config()).get_config()) == sorted(layer.get_config())


def _check_recorded(layer, x, y) -> None:
    """A recorded step gives the numbers of the eager call."""
    arrays, outputs = tree.flatten(x), tree.flatten(y)
    replayed = Replayed(lambda *a: tree.flatten(_call(layer, tree.pack_sequence_as(x, list(a)))), *arrays)
    for found, expected in zip(replayed(*arrays), outputs, strict=True):
        np.testing.assert_allclose(found, np.asarray(expected), rtol=1e-6, atol=1e-6)
    if isinstance(x, np.ndarray) and len(outputs) == 1:
        model = kerasnb.Sequential([kerasnb.Input(x.shape[1:], dtype=str(x.dtype)), layer])
        np.testing.assert_allclose(model.predict_on_batch(x), np.asarray(y), rtol=1e-6, atol=1e-6)


def _check_gradients(layer, x, dtype: str) -> None:
    """Gradients reach all trainable weights and are finite; so they are for float inputs."""
    y = _call(layer, x)
    _, *grads = layers.ours(layer, x, _inference(layer), layers.upstream(tree.flatten(y)), missing=None)
    for gradient in [g for part in grads for g in part]:
        assert gradient is not None and np.isfinite(np.asarray(gradient)).all()


def _check_parity(layer, theirs, x, y) -> None:
    """Keras' layer of the same name and weights gives the same numbers, and has the same config."""
    layers.build(theirs, x)
    theirs.set_weights(layer.get_weights())
    for a, b in zip(tree.flatten(y), tree.flatten(layers.call(theirs, x)), strict=True):
        np.testing.assert_allclose(np.asarray(a), np.asarray(b), rtol=1e-5, atol=1e-5)
    config, expected = (json.loads(json.dumps(v.get_config())) for v in (layer, theirs))
    assert config == expected
    assert [w.path for w in layer.weights] == [w.path for w in theirs.weights]
    layers.check_beside(layer, theirs, x)
    config = {k: v for k, v in layer.get_config().items() if k not in ("dtype", "name")}
    layers.check_policies(type(layer), type(theirs), config, layer.get_weights(), x)
