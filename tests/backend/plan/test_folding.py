"""Batch normalization that a plan folds into the convolution before it."""

from __future__ import annotations

import numpy as np
import pytest

import kerasnb as keras
from kerasnb import layers
from tests.recorded import Replayed

SHAPE = (4, 12, 12, 8)
X = np.random.default_rng(1).standard_normal(SHAPE).astype("float32")


def random_weights(model) -> None:
    """Sets weights among which nothing is 0 or 1."""
    random = np.random.default_rng(2)
    model.set_weights([random.uniform(0.3, 0.9, w.shape) for w in model.weights])


def replayed(model) -> Replayed:
    """The plan of an inference."""
    return Replayed(lambda a: keras.tree.flatten(model(a, training=False)), X)


def close(plan, model) -> None:
    """The numbers of a plan are those of eager layers, which fold nothing."""
    for found, expected in zip(plan(X), keras.tree.flatten(model(X, training=False)), strict=True):
        expected = np.asarray(expected)
        np.testing.assert_allclose(found, expected, rtol=1e-5, atol=1e-5 * np.abs(expected).max())


def chain(*behind, **arguments):
    """A convolution, a batch normalization and what is behind it."""
    arguments = {"padding": "same", "use_bias": False, **arguments}
    convolution = layers.Conv2D(8, 3, **arguments)
    model = keras.Sequential([keras.Input(SHAPE[1:]), convolution, layers.BatchNormalization(), *behind])
    random_weights(model)
    return model


def whole_passes(plan) -> list[str]:
    """The calls with a result of the size of the outputs."""
    return [r.op.name for r in plan.plan.records if any(o.shape == SHAPE for o in r.outs)]


@pytest.mark.parametrize("arguments", [{}, {"use_bias": True}, {"strides": 1, "groups": 2}])
@pytest.mark.parametrize("behind", [[], [layers.ReLU()]])
def test_one_pass_is_left(arguments, behind):
    """With and without a bias, groups, and a ReLU; weights that change later are honoured."""
    model = chain(*behind, **arguments)
    plan = replayed(model)
    assert whole_passes(plan) == ["conv_bias"]
    close(plan, model)
    model.set_weights([w[::-1] * 2 for w in model.get_weights()])
    close(plan, model)


@pytest.mark.parametrize("arguments", [{"activation": "relu"}, {"kernel_size": 1}])
def test_what_stays(arguments):
    """An activation between the two, and products of matrices, for which another loop costs the same."""
    size = arguments.pop("kernel_size", 3)
    model = keras.Sequential(
        [keras.Input(SHAPE[1:]), layers.Conv2D(8, size, padding="same", **arguments), layers.BatchNormalization()]
    )
    random_weights(model)
    plan = replayed(model)
    assert len(whole_passes(plan)) == 2
    close(plan, model)


def test_a_result_that_is_read_elsewhere():
    """A convolution whose outputs are those of the model too is not folded."""
    x = keras.Input(SHAPE[1:])
    between = layers.Conv2D(8, 3, padding="same")(x)
    model = keras.Model(x, [between, layers.BatchNormalization()(between)])
    random_weights(model)
    plan = replayed(model)
    assert len(whole_passes(plan)) == 2
    close(plan, model)


def test_residual_blocks():
    """A normalization whose offset is another layer's output is none: both are part of one pass anyway."""
    x = keras.Input(SHAPE[1:])
    y = layers.Conv2D(8, 3, padding="same", use_bias=False)(x)
    y = layers.ReLU()(layers.BatchNormalization()(y) + x)
    model = keras.Model(x, y)
    random_weights(model)
    close(replayed(model), model)


def test_predict_after_fit():
    """Training is not folded, and what it changes is seen by the next prediction."""
    model = keras.Sequential([*chain(layers.ReLU()).layers, layers.Flatten(), layers.Dense(1)])
    model.compile(optimizer="sgd", loss="mse")
    first = model.predict(X, verbose=0)
    for _ in range(2):
        model.fit(X, np.ones((4, 1)), epochs=1, batch_size=4, verbose=0)
        predicted = model.predict(X, batch_size=4, verbose=0)
        np.testing.assert_allclose(predicted, model(X, training=False), rtol=1e-4, atol=1e-4 * np.abs(first).max())
        assert not np.allclose(first, predicted)
        first = predicted
