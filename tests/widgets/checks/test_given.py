"""What people hand over: lists, words as labels, one sample, several outputs, generators; rates that fail."""

from __future__ import annotations

import itertools

import numpy as np
import pytest

import kerasnb as keras
import kerasnb.widgets as kw
from kerasnb import layers
from tests.widgets.checks.test_check import DIFFER, ENDING, FIRST, LABELS, ORDER, X, Y, model


def rungs(check) -> dict:
    """The rungs by their names."""
    return {rung.name: rung for rung in check.rungs}


def two_outputs():
    """A regression and a classifier on one trunk."""
    inputs = keras.Input((6,))
    hidden = layers.Dense(8, activation="relu")(inputs)
    ends = [layers.Dense(1)(hidden), layers.Dense(3, activation="softmax")(hidden)]
    built = keras.Model(inputs, ends)
    built.compile("adam", ["mse", "sparse_categorical_crossentropy"])
    return built


def test_several_outputs_are_left():
    """A model of two outputs is right: no rung says otherwise, and none has a hole where a name should stand."""
    found = rungs(kw.check(two_outputs(), X, [X[:, :1], Y]))
    assert {found[name].state for name in (ENDING, FIRST, LABELS, ORDER)} == {"left"}
    assert not [r for r in found.values() if r.state == "bad"]
    assert not any(r.found.endswith((" ", "for ", "loss ")) for r in found.values())


def test_lists_are_arrays():
    """Python lists are taken as `fit` takes them."""
    kw.seed(0)
    expected = {r.name: r.state for r in kw.check(model(), X, Y).rungs}
    kw.seed(0)
    assert {r.name: r.state for r in kw.check(model(), X.tolist(), Y.tolist()).rungs} == expected
    with pytest.raises(ValueError, match="`x` must have rows of one length"):
        kw.check(model(), [[1.0, 2.0], [1.0]], [0, 1])


@pytest.mark.parametrize("labels", [np.array(["cat", "dog"])[Y % 2], [["cat", "dog"][i % 2] for i in Y]])
def test_words_as_labels(labels):
    """They say how words become numbers."""
    rung = rungs(kw.check(model(), X, labels))[LABELS]
    assert rung.state == "bad" and "'cat'" in rung.found and "np.unique(y, return_inverse=True)" in rung.mend
    with pytest.raises(ValueError, match=r"`y` must have whole numbers.*'cat'.*np.unique"):
        kw.lr_find(model(), X, labels)


def test_one_sample():
    """One sample cannot differ from another: that is not a fault of the labels or the model."""
    found = rungs(kw.check(model(), X[:1], Y[:1]))
    assert "bad" not in {found[name].state for name in (LABELS, ORDER, DIFFER)}
    assert found[DIFFER].state == found[ORDER].state == "left"


def test_class_ids_are_whole():
    """The number of a class has no decimals."""
    assert rungs(kw.check(model(), X, np.full(200, 2)))[LABELS].found == "all labels are 2"
    assert rungs(kw.check(model(), X, np.full(200, 2.0)))[LABELS].found == "all labels are 2"


GIVEN = {
    "generator": lambda: ((X[:4], Y[:4]) for _ in itertools.count()),
    "iterator": lambda: iter([(X, Y)]),
    "dataset": lambda: Batches(),
    "nothing": lambda: None,
}


class Batches:
    """A dataset without end."""

    def __len__(self):
        return 10**9

    def __getitem__(self, index):
        return X[:4], Y[:4]


@pytest.mark.parametrize("kind", list(GIVEN))
@pytest.mark.parametrize("call", [kw.check, kw.lr_find, kw.confusion, kw.mistakes_first, kw.space])
def test_batches_are_no_arrays(call, kind):
    """It ends at once, and says which argument must be an array."""
    with pytest.raises(ValueError, match="Argument `x` must be an array"):
        call(model(), GIVEN[kind](), Y)
    if kind != "nothing" or call is not kw.space:
        with pytest.raises(ValueError, match="Argument `y` must be an array"):
            call(model(), X, GIVEN[kind]())


@pytest.mark.parametrize("kind", ["generator", "iterator", "dataset"])
def test_a_summary_takes_arrays(kind):
    """As the others."""
    with pytest.raises(ValueError, match="Argument `x` must be an array"):
        kw.summary(model(), GIVEN[kind](), Y)


@pytest.fixture
def half():
    """The policy mixed_float16, in this test only."""
    before = keras.config.dtype_policy()
    keras.config.set_dtype_policy("mixed_float16")
    yield
    keras.config.set_dtype_policy(before)


def steep():
    """A regression whose gradients overflow at the first loss scales."""
    kw.seed(0)
    built = keras.Sequential([keras.Input((6,)), layers.Dense(16, activation="relu"), layers.Dense(1)])
    built.compile("sgd", "mse")
    return built


def test_float16_finds_the_same(half):
    """Steps that only lower the loss scale try no rate: the curve is that of float32, and the scale is put back."""
    x = 100 * np.random.default_rng(0).random((256, 6), np.float32)
    y = x[:, :1]
    built = steep()
    built.optimizer.build(built.trainable_variables)
    found = kw.lr_find(built, x, y)
    assert float(built.optimizer.dynamic_scale.numpy()) == 2.0**15
    keras.config.set_dtype_policy("float32")
    whole = kw.lr_find(steep(), x, y)
    assert 1e-6 < whole < 1e-3 and found == pytest.approx(whole, rel=0.5)
    np.testing.assert_allclose(found.losses[:20], whole.losses[:20], rtol=0.02)


def test_no_rate_is_said():
    """Where the loss does not fall, there is no number that looks like an answer."""
    kw.seed(0)
    built = model()
    for weight in built.weights:
        weight.assign(np.zeros(weight.shape))  # no signal passes: only the last bias learns
    with pytest.raises(ValueError, match="No learning rate found: the loss stays at .*kw.check"):
        kw.lr_find(built, X, np.arange(200) % 3, high=1e-4)
    with pytest.raises(ValueError, match="No learning rate found: the loss grows|not finite after"):
        kw.lr_find(steep(), 1000 * X, X[:, :1])


@pytest.mark.parametrize("x", [np.ones((20, 6)).astype(object), np.array([["a"] * 6] * 20)])
def test_inputs_that_are_no_numbers(x):
    """A rung says what x holds, and how it becomes numbers."""
    model = keras.Sequential([keras.Input((6,)), keras.layers.Dense(2, activation="softmax")])
    model.compile("sgd", "sparse_categorical_crossentropy")
    found = kw.check(model, x, np.arange(20) % 2)
    assert found.failed == ["shapes fit"]
    assert f"x holds {x.dtype}, and cannot convert to a tensor" in str(found)
    assert "x.astype('float32')" in str(found)


def test_no_rate_is_looked_for_where_the_first_loss_is_not_finite():
    """The sentence says where it ends, and what to call."""
    model = keras.Sequential([keras.Input((6,)), keras.layers.Dense(1)])
    model.compile("sgd", "mse")
    with pytest.raises(ValueError, match="not finite at the first step. Look at the data first"):
        kw.lr_find(model, np.full((20, 6), np.nan), np.ones(20))
