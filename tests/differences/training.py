"""Data, losses and metrics of models that behave differently from those of Keras 3.15."""

from __future__ import annotations

import inspect
import warnings

import keras as judge
import numpy as np
import pandas as pd
import pytest

import kerasnb as keras
from tests.differences import difference

X = np.random.default_rng(0).random((20, 3)).astype("float32")
Y = np.random.default_rng(1).random((20, 2)).astype("float32")


def model(library, inputs: int = 3, loss="mse", activation=None):
    made = library.Sequential(
        [library.Input((inputs,)), library.layers.Dense(2, activation, kernel_initializer="ones")]
    )
    made.compile(library.optimizers.SGD(0.0), loss)
    return made


def two_outputs(library, loss, nested: bool = False, **arguments):
    class Two(library.Model):
        def __init__(self):
            super().__init__()
            self.a = library.layers.Dense(2, kernel_initializer="ones")
            self.b = library.layers.Dense(2, kernel_initializer="zeros")

        def call(self, x):
            return {"p": {"a": self.a(x)}, "q": [self.b(x)]} if nested else [self.a(x), self.b(x)]

    made = Two()
    made.compile("sgd", loss, **arguments)
    return made


def quietly(call):
    """What a call returns and the texts of its warnings."""
    with warnings.catch_warnings(record=True) as seen:
        warnings.simplefilter("always")
        return call(), [str(w.message) for w in seen]


def fails(call) -> bool:
    """Whether a call raises an error; Keras raises many kinds."""
    try:
        quietly(call)
    except Exception:
        return True
    return False


# --- losses and metrics


@difference
def losses_of_one_output():
    """The loss is the sum of both."""
    single = [float(model(keras, loss=name).evaluate(X, Y, verbose=0)) for name in ("mse", "mae")]
    both = model(keras, loss=["mse", "mae"]).evaluate(X, Y, verbose=0, return_dict=True)
    assert both["loss"] == pytest.approx(sum(single), rel=1e-5)
    theirs = model(judge, loss=["mse", "mae"]).evaluate(X, Y, verbose=0, return_dict=True)
    assert theirs["loss"] == pytest.approx(single[0], rel=1e-5)


@difference
def loss_names():
    """No loss hides another."""
    ours = two_outputs(keras, "mse").evaluate(X, [Y, Y], verbose=0, return_dict=True)
    theirs = two_outputs(judge, "mse").evaluate(X, [Y, Y], verbose=0, return_dict=True)
    assert set(ours) == {"loss", "mse_loss", "mse_loss_1"} and set(theirs) == {"loss", "mse_loss"}
    assert ours["mse_loss"] + ours["mse_loss_1"] == pytest.approx(ours["loss"], rel=1e-5)
    assert ours["loss"] == pytest.approx(theirs["loss"], rel=1e-5)


@difference
def loss_per_output():
    """Too few and too many losses are refused."""
    for losses in (["mse"], ["mse"] * 3):
        with pytest.raises(ValueError, match="one entry for each of 2 outputs"):
            two_outputs(keras, losses).evaluate(X, [Y, Y], verbose=0)
    assert not fails(lambda: two_outputs(judge, ["mse"]).evaluate(X, [Y, Y], verbose=0))


@difference
def nested_metrics():
    """A metric for each place in the outputs."""
    arguments = {"nested": True, "metrics": {"p": {"a": ["mae"]}, "q": [["mse"]]}}
    y = {"p": {"a": Y}, "q": [Y]}
    found = two_outputs(keras, "mse", **arguments).evaluate(X, y, verbose=0, return_dict=True)
    assert {"mae", "mse"} < set(found) and found["mse"] == pytest.approx(found["q/mse_loss"], rel=1e-5)
    assert fails(lambda: two_outputs(judge, "mse", **arguments).evaluate(X, y, verbose=0))


# --- data


@difference
def mixed_tables():
    """Floats and booleans beside each other."""
    frame = pd.get_dummies(pd.DataFrame({"size": X[:, 0], "kind": ["a", "b"] * 10}))
    values = frame.to_numpy(dtype="float32")
    expected = model(judge).predict(values, verbose=0)
    np.testing.assert_allclose(model(keras).predict(frame, verbose=0), expected, rtol=1e-6)
    assert fails(lambda: model(judge).predict(frame, verbose=0))


@difference
def nullable_tables():
    """Columns of `Float32`, `Int64` and `boolean`."""
    frame = pd.DataFrame({"a": X[:, 0], "b": range(20), "c": [True, False] * 10}).convert_dtypes()
    expected = model(judge).predict(frame.to_numpy(dtype="float32"), verbose=0)
    np.testing.assert_allclose(model(keras).predict(frame, verbose=0), expected, rtol=1e-6)
    assert fails(lambda: model(judge).predict(frame, verbose=0))
    frame.loc[2, "b"] = pd.NA
    with pytest.raises(ValueError, match="missing in column 'b' of `x`"):
        model(keras).predict(frame, verbose=0)


@difference
def lists_of_numbers():
    """Rows as lists, and targets too."""
    expected = model(keras).evaluate(X, Y, verbose=0)
    assert model(keras).evaluate(X.tolist(), Y.tolist(), verbose=0) == expected
    assert fails(lambda: model(judge).evaluate(X.tolist(), Y.tolist(), verbose=0))


@difference
def values_that_do_not_fit():
    """Refused with the place; other wide integers arrive."""
    for bad in (np.array([[4_000_000_000]], "uint32"), np.array([[2**40]]), np.array([[1e300]])):
        with pytest.raises(ValueError, match=r"`x` has values that do not fit.*x\[0, 0\]="):
            model(keras, 1).predict(bad, verbose=0)
    theirs = model(judge, 1).predict(np.array([[2**40]]), verbose=0)
    assert not np.isclose(theirs[0, 0], 2.0**40)
    assert model(keras, 1).predict(np.array([[2**20]], "uint64"), verbose=0)[0, 0] == 2**20


@difference
def labels_out_of_range():
    """A class that is not there has no loss."""
    labels = np.array([0, 1, 7, 1])
    with pytest.raises(ValueError, match=r"`y` holds a class id.*y\[2\]=7"):
        model(keras, 3, "sparse_categorical_crossentropy", "softmax").evaluate(X[:4], labels, verbose=0)
    assert not fails(
        lambda: model(judge, 3, "sparse_categorical_crossentropy", "softmax").evaluate(X[:4], labels, verbose=0)
    )


@difference
def loss_not_finite():
    """A warning with the place."""
    holed = X.copy()
    holed[1, 1] = np.nan
    options = {"batch_size": 20, "shuffle": False, "verbose": 0}
    _, ours = quietly(lambda: model(keras).fit(holed, Y, **options))
    _, theirs = quietly(lambda: model(judge).fit(holed, Y, **options))
    assert len(ours) == 1 and "The loss is not finite" in ours[0] and "x[1, 1]=nan" in ours[0]
    assert not any("finite" in text for text in theirs)


def batches(count: int):
    return ((X[:5], Y[:5]) for _ in range(count))


def sizes(library, data, **options) -> list[int]:
    """The number of batches of each epoch."""
    found: list[int] = []

    class Count(library.callbacks.Callback):
        def on_epoch_begin(self, epoch, logs=None):
            found.append(0)

        def on_train_batch_end(self, batch, logs=None):
            found[-1] += 1

    quietly(lambda: model(library).fit(data, callbacks=[Count()], verbose=0, **options))
    return found


@difference
def generators_that_end():
    """What is over is over."""
    assert sizes(keras, batches(4), epochs=3) == [4]
    assert sizes(judge, batches(4), epochs=3) == [4, 2, 2]


@difference
def validation_that_ends():
    """All epochs are trained, as many validated as there was data for."""
    found = []
    for library in (keras, judge):
        made = model(library)
        history, _ = quietly(
            lambda m=made: m.fit(X, Y, epochs=4, validation_data=batches(4), validation_steps=2, verbose=0).history
        )
        found.append((len(history["loss"]), len(history["val_loss"])))
    assert found == [(4, 2), (4, 4)]


@difference
def generators_of_arrays():
    """One array is one batch of inputs."""
    expected = model(keras).predict(X, verbose=0)
    given = [X[:10], X[10:]]
    np.testing.assert_array_equal(model(keras).predict(iter(given), verbose=0), expected)
    assert fails(lambda: model(judge).predict((x for x in given), verbose=0))


@difference
def quiet_generators():
    """A default is nothing to warn of."""
    _, ours = quietly(lambda: model(keras).fit(batches(2), steps_per_epoch=2, verbose=0))
    _, theirs = quietly(lambda: model(judge).fit(batches(2), steps_per_epoch=2, verbose=0))
    assert ours == [] and any("shuffle=True" in text for text in theirs)


@difference
def arguments_of_fit():
    """Each is named."""
    for name, value in {
        "batch_size": 0, "epochs": -1, "initial_epoch": -1, "steps_per_epoch": 0, "shuffle": "no", "verbose": "loud",
    }.items():  # fmt: skip
        options = {"verbose": 0, name: value}
        with pytest.raises(ValueError, match=f"`{name}`"):
            model(keras).fit(X, Y, **options)
        assert not fails(lambda o=options: model(judge).fit(X, Y, **o)), name


@difference
def class_numbers():
    """What is no class number is refused."""
    for bad, error in (([0, -1, 2], IndexError), ([0.0, np.nan], ValueError)):
        with pytest.raises(error):
            keras.utils.to_categorical(bad, 3)
    assert judge.utils.to_categorical([0, -1, 2], 3)[1].tolist() == [0, 0, 1]


@difference
def predict_classes():
    """The largest output of each row."""
    made = model(keras, activation="softmax")
    np.testing.assert_array_equal(made.predict_classes(X), made.predict(X, verbose=0).argmax(-1))
    assert not hasattr(judge.Model, "predict_classes")


@difference
def history_in_a_cell():
    """The last line of a cell is often a fit."""
    assert repr(keras.callbacks.History()) == "<kerasnb.History>"
    assert " object at 0x" in repr(judge.callbacks.History())


@difference
def steered_trainings():
    """All others are those of Keras, in the same order."""
    ours, theirs = (list(inspect.signature(library.Model.fit).parameters.values()) for library in (keras, judge))
    assert [(p.name, p.default) for p in ours[:-3]] == [(p.name, p.default) for p in theirs]
    assert [(p.name, p.default) for p in ours[-3:]] == [("background", False), ("watch", None), ("stop_on_nan", False)]
    assert all(p.kind is inspect.Parameter.KEYWORD_ONLY for p in ours[-3:])
    history = model(keras).fit(X, Y, verbose=0, background=True).result()
    assert list(history.history) == ["loss"]
    with pytest.warns(UserWarning, match="not finite"):
        made = model(keras)
        made.fit(np.full_like(X, np.nan), Y, epochs=3, verbose=0, stop_on_nan=True)
    assert made.run.batches == 1


@difference
def stopped_validations():
    """The first batch of it was one too many."""

    def stopping(library, stop):
        class Stops(library.callbacks.Callback):
            seen = 0

            def on_test_batch_begin(self, batch, logs=None):
                self.seen += 1
                stop(self.model)

        made, stops = model(library), Stops()
        history = made.fit(X, Y, validation_data=(X, Y), batch_size=5, epochs=3, verbose=0, callbacks=[stops])
        return stops.seen, len(history.epoch)

    assert stopping(keras, lambda made: made.run.control.request_stop()) == (1, 0)
    assert stopping(judge, lambda made: setattr(made, "stop_training", True)) == (4, 1)
