"""The ladder: each planted fault at its rung, numbers against NumPy, and nothing changed."""

from __future__ import annotations

import math
import random
import time

import numpy as np
import pytest

import kerasnb as keras
import kerasnb.widgets as kw
from kerasnb import layers
from kerasnb.widgets.kit import words
from tests.promises.widgets import check_bundle

GENERATOR = np.random.default_rng(5)
X = GENERATOR.normal(size=(200, 6)).astype("float32")
Y = (X[:, 0] > 0).astype(int) + (X[:, 1] > 0)
NUMBERS = "inputs are finite and well scaled"
LABELS = "labels are in range"
ORDER = "rows are in random order"
ENDING = "the last layer fits the loss"
FIRST = "first loss is that of a guess"
DIFFER = "answers depend on the inputs"
SLOPES = "each layer gets a gradient"
BATCH = "one batch is learned by heart"


def model(units=3, last="softmax", loss="sparse_categorical_crossentropy", rate=0.01, hidden=16, **options):
    """A small classifier."""
    built = keras.Sequential(
        [keras.Input((6,)), layers.Dense(hidden, activation="relu", **options), layers.Dense(units, activation=last)]
    )
    built.compile(keras.optimizers.Adam(rate), loss, metrics=["accuracy"])
    return built


def holes():
    x = X.copy()
    x[7, 2] = np.nan
    return x


def frozen():
    built = model()
    for layer in built.layers:
        layer.trainable = False
    built.compile("adam", "sparse_categorical_crossentropy")
    return built


LOGITS = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
PLANTED = {
    "raw pixels": (NUMBERS, lambda: (model(), np.abs(X) * 60, Y)),
    "a hole in the data": (NUMBERS, lambda: (model(), holes(), Y)),
    "class ids from 1": (LABELS, lambda: (model(), X, Y + 1)),
    "one class too few": (LABELS, lambda: (model(units=2), X, Y)),
    "one label only": (LABELS, lambda: (model(), X, np.zeros(200, int))),
    "softmax twice": (ENDING, lambda: (model(loss=LOGITS), X, Y)),
    "logits as probabilities": (ENDING, lambda: (model(last="linear"), X, Y)),
    "softmax over one unit": (ENDING, lambda: (model(1, "softmax", "binary_crossentropy"), X, Y > 0)),
    "softmax for a number": (ENDING, lambda: (model(1, "relu", "mse"), X, X[:, :1])),
    "constant answer": (DIFFER, lambda: (model(kernel_initializer="zeros"), X, Y)),
    "dead units": (SLOPES, lambda: (model(bias_initializer=keras.initializers.Constant(-50)), X, Y)),
    "frozen": (SLOPES, lambda: (frozen(), X, Y)),
    "rate too high": (BATCH, lambda: (model(rate=50.0), X, Y)),
    "rate too low": (BATCH, lambda: (model(rate=1e-7), X, Y)),
    "too large a start": (FIRST, lambda: (model(kernel_initializer=keras.initializers.RandomNormal(stddev=9)), X, Y)),
    "fewer labels": ("shapes fit", lambda: (model(), X, Y[:150])),
    "one-hot labels": ("shapes fit", lambda: (model(), X, keras.utils.to_categorical(Y))),
    "more features": ("shapes fit", lambda: (model(), np.hstack([X, X]), Y)),
}


@pytest.mark.parametrize("name", PLANTED)
def test_a_planted_fault_is_found_at_its_rung(name):
    """The rung fails, and says what to do."""
    kw.seed(1)
    rung, make = PLANTED[name]
    found = kw.check(*make())
    assert rung in found.failed and not found.ok
    mends = {r.name: r.mend for r in found.rungs}
    assert mends[rung].endswith((".", "`", ")"))
    assert f"✘ {rung}" in repr(found)


def test_a_sound_model_passes():
    """All rungs hold; the first loss is near ln C; the text without numbers is the same for another seed."""
    texts = set()
    for seed in (1, 2):
        kw.seed(seed)
        found = kw.check(model(), X, Y)
        assert found.ok and found.notes == [] and not found.failed
        texts.add(repr(found).split("\n", 1)[1])
        assert f"ln 3 = {math.log(3):.4f}" in str(found)
    assert len(texts) == 1 and len(found.rungs) == 10
    check_bundle(found._repr_mimebundle_())


def test_sorted_rows_are_a_note():
    """`validation_split` takes the last rows: sorted labels are worth a look, and no error by themselves."""
    order = np.argsort(Y, kind="stable")
    assert kw.check(model(), X, Y.astype("uint8")).notes == []  # whose differences have no sign
    found = kw.check(model(), X[order], Y[order])
    assert found.ok and found.notes == [ORDER]
    assert "shuffle x and y alike" in str(found)
    late = np.sort(Y)
    late[-40:] = 2
    late[:-40] = np.minimum(late[:-40], 1)
    assert "classes that the rest lacks: 2" in str(kw.check(model(), X, late))


def test_the_first_loss_is_the_engines():
    """The number in the evidence is what `evaluate` says about the same rows."""
    built = model()
    rows = np.linspace(0, 199, 32).astype(int)
    expected = built.evaluate(X[rows], Y[rows], verbose=0)[0]
    evidence = {r.name: r.found for r in kw.check(built, X, Y).rungs}[FIRST]
    assert float(evidence.split()[1]) == pytest.approx(expected, rel=1e-3)


def variables(built) -> list:
    """Weights, slots of the optimizer, metrics."""
    return [*built.variables, *built.optimizer.variables, *built.metrics_variables]


def state(every) -> list:
    """Everything that must not change."""
    numbers = [random.getstate(), tuple(np.random.get_state()[1]), np.random.get_state()[2:]]
    return [variable.numpy().tobytes() for variable in every] + numbers


def with_dropout():
    built = keras.Sequential(
        [keras.Input((6,)), layers.Dense(8), layers.BatchNormalization(), layers.Dropout(0.3),
         layers.Dense(3, "softmax")]
    )  # fmt: skip
    built.compile("adam", "sparse_categorical_crossentropy", metrics=["accuracy"])
    return built


@pytest.mark.parametrize("call", [kw.check, kw.lr_find], ids=["check", "lr_find"])
@pytest.mark.parametrize("trained", [False, True])
def test_nothing_changes(call, trained):
    """Weights, slots, statistics, metrics and all random numbers are the same bits; training goes on as without it."""
    outcomes = []
    for looks in (True, False):
        kw.seed(4)
        built = with_dropout()
        if trained:
            built.fit(X, Y, epochs=1, verbose=0)
        else:
            built.optimizer.build(built.trainable_variables)
        if looks:
            every = variables(built)
            before = state(every)
            run = getattr(built, "run", None)
            call(built, X, Y)
            assert state(every) == before and getattr(built, "run", None) is run
        built.fit(X, Y, epochs=2, verbose=0)
        outcomes.append([kw.run_hash(built), np.array(keras.random.normal((3,))).tobytes(), np.random.random()])
    assert outcomes[0] == outcomes[1]


def test_a_model_that_is_not_built():
    """It is built as `fit` would build it: the training is the same as without the check."""
    hashes = []
    for looks in (True, False):
        kw.seed(4)
        built = keras.Sequential([layers.Dense(8, activation="relu"), layers.Dense(3, activation="softmax")])
        built.compile("adam", "sparse_categorical_crossentropy")
        if looks:
            assert kw.check(built, X, Y).rungs
        built.fit(X, Y, epochs=1, verbose=0, shuffle=False)
        hashes.append(kw.run_hash(built))
    assert hashes[0] == hashes[1]


def test_regression_and_several_outputs():
    """A loss without classes, and a model with two outputs."""
    built = keras.Sequential([keras.Input((6,)), layers.Dense(1)])
    built.compile(keras.optimizers.Adam(0.1), "mse")
    assert kw.check(built, X, X[:, :1]).ok
    i = keras.Input((6,))
    two = keras.Model(i, [layers.Dense(1, name="a")(i), layers.Dense(1, name="b")(i)])
    two.compile(keras.optimizers.Adam(0.1), ["mse", "mae"])
    found = kw.check(two, X, [X[:, :1], X[:, 1:2]])
    assert "shapes fit" not in found.failed and {r.name: r.state for r in found.rungs}[LABELS] == "left"


def test_it_takes_a_few_seconds(monkeypatch):
    """Under five seconds on a network for digits, once its kernels are compiled."""
    (x, y), _ = keras.datasets.mnist.load_data(source="small")
    kw.seed(0)
    built = keras.Sequential(
        [keras.Input((28, 28)), layers.Flatten(), layers.Dense(256, "relu"), layers.Dropout(0.4),
         layers.Dense(128, "relu"), layers.Dense(10, "softmax")]
    )  # fmt: skip
    built.compile("adam", "sparse_categorical_crossentropy", metrics=["accuracy"])
    kw.check(built, x[:64] / 255, y[:64])
    started = time.perf_counter()
    found = kw.check(built, x / 255, y)
    assert time.perf_counter() - started < 5 and found.ok


def test_wrong_arguments():
    """They are named before anything runs."""
    with pytest.raises(ValueError, match="compile"):
        kw.check(keras.Sequential([keras.Input((6,)), layers.Dense(1)]), X, Y)
    with pytest.raises(ValueError, match="at least one sample"):
        kw.check(model(), X[:0], Y[:0])
    with pytest.raises(ValueError, match="0 < low < high.*low=1"):
        kw.lr_find(model(), X, Y, low=1, high=0.1)
    with pytest.raises(ValueError, match="`steps` must be at least 10.*steps=3"):
        kw.lr_find(model(), X, Y, steps=3)


def test_the_rate_that_is_found_trains():
    """It is a number where the curve falls; training with it beats a hundredth and a hundred times it."""
    kw.seed(2)
    built = model()
    rate = kw.lr_find(built, X, Y)
    assert isinstance(rate, float) and 1e-6 < rate < 1 and len(rate.rates) == len(rate.losses) > 10
    check_bundle(rate._repr_mimebundle_())
    assert str(rate) == f"{rate}" == repr(rate) == words.rate(rate) and float(str(rate)) == rate
    losses = {}
    for factor in (0.01, 1, 100):
        kw.seed(2)
        trained = model(rate=float(rate) * factor)
        losses[factor] = trained.fit(X, Y, epochs=5, verbose=0).history["loss"][-1]
    assert losses[1] < losses[0.01] and losses[1] < losses[100]
    assert float(keras.optimizers.Adam(rate).learning_rate.numpy()) == pytest.approx(float(rate))


def test_a_schedule_is_refused():
    """The schedule would not let the rate grow."""
    built = model(rate=keras.optimizers.schedules.ExponentialDecay(0.1, 10, 0.9))
    with pytest.raises(ValueError, match="schedule"):
        kw.lr_find(built, X, Y)
