"""Inputs that are accepted, the values the model computes with, and inputs that are refused at the call."""

from __future__ import annotations

import re
import warnings

import numpy as np
import pytest

import kerasnb as keras
from kerasnb.model.run import facts

X = np.random.default_rng(0).random((20, 3)).astype("float32")
Y = np.random.default_rng(1).random((20, 2)).astype("float32")
OUT = "ran out of data"


def model(rate: float = 0.0):
    made = keras.Sequential([keras.Input((3,)), keras.layers.Dense(2, kernel_initializer="ones")])
    made.compile(keras.optimizers.SGD(rate), "mse")
    return made


class Imputed(keras.layers.Layer):
    """Puts zeros where numbers are missing."""

    def call(self, x):
        return keras.ops.where(keras.ops.isfinite(x), x, 0.0)


# --- NaN and infinities


@pytest.mark.parametrize("bad", [np.nan, np.inf, -np.inf])
def test_missing_numbers_are_data(bad):
    """Every call takes NaN and infinities in x, and a first layer may fill them in."""
    holed = X.copy()
    holed[4, 2] = bad
    filled = np.where(np.isfinite(holed), holed, 0).astype("float32")
    made = keras.Sequential([keras.Input((3,)), Imputed(), keras.layers.Dense(2, kernel_initializer="ones")])
    made.compile(keras.optimizers.SGD(0.0), "mse")
    expected = made.evaluate(filled, Y, verbose=0)
    assert made.evaluate(holed, Y, verbose=0) == expected
    options = {"shuffle": False, "verbose": 0}
    assert made.fit(holed, Y, validation_data=(holed, Y), **options).history["loss"] == pytest.approx([expected])
    assert made.fit(iter([(holed, Y)]), verbose=0).history["loss"] == pytest.approx([expected])
    assert made.train_on_batch(holed, Y) == made.test_on_batch(holed, Y) == pytest.approx(expected)
    for predicted in (
        made.predict(holed, verbose=0),
        made.predict(iter([holed]), verbose=0),
        made.predict_on_batch(holed),
    ):
        assert np.isfinite(predicted).all()
    plain = model().predict(holed, verbose=0)
    assert not np.isfinite(plain[4]).any() and np.isfinite(np.delete(plain, 4, 0)).all()


@pytest.mark.parametrize("kind", ["arrays", "generator", "y"])
def test_a_loss_that_is_not_finite_is_reported_once(kind):
    """By a warning that names the place in the data, an event, and the headline; again in the next fit."""
    x, y = X.copy(), Y.copy()
    (y if kind == "y" else x)[13, 1] = np.nan
    where = {"arrays": r"x\[13, 1\]=nan", "generator": r"x\[3, 1\]=nan", "y": r"y\[13, 1\]=nan"}[kind]
    for _ in range(2):
        made = model()  # a step of NaN leaves weights of NaN
        data = (((x[i : i + 5], y[i : i + 5]) for i in range(0, 20, 5)),) if kind == "generator" else (x, y)
        with pytest.warns(
            UserWarning, match=f"loss is not finite: it is nan after batch 3 of epoch 1; .*{where}"
        ) as seen:
            made.fit(*data, batch_size=None if kind == "generator" else 5, shuffle=False, verbose=0)
        assert len(seen) == 1
        assert [e["kind"] for e in made.run.events] == ["loss_not_finite"]
        assert "the loss is not finite (NaN) since epoch 1, batch 3: the data holds" in facts.headline(made.run)


def test_a_loss_that_diverges_gets_advice():
    """Where the data is finite, the learning rate is to blame."""
    made = model(1e30)
    with pytest.warns(UserWarning, match="loss is not finite: it is (nan|inf).*try a smaller learning rate"):
        made.fit(X, Y, epochs=4, verbose=0)


def test_warnings_of_fit_point_at_the_call():
    """The line that a warning shows is the one that called, not one inside of the package."""
    short = ((X[i : i + 5], Y[i : i + 5]) for i in range(0, 20, 5))
    calls = {
        "the loss": lambda: model().fit(X, np.full_like(Y, np.nan), verbose=0),
        "arrays that end": lambda: model().fit(X, Y, batch_size=5, steps_per_epoch=9, verbose=0),
        "a generator that ends": lambda: model().fit(short, steps_per_epoch=9, verbose=0),
    }
    for name, call in calls.items():
        with pytest.warns(UserWarning) as seen:
            call()
        assert [w.filename for w in seen] == [__file__], name


# --- values that do not fit

FITTING = {
    "uint32": np.array([[0], [2**31 - 1]], "uint32"),
    "int64": np.array([[-(2**31)], [2**31 - 1]], "int64"),
    "uint64": np.array([[7], [8]], "uint64"),
    "float64": np.array([[3.4e38], [-3.4e38]], "float64"),
    "float64 with NaN": np.array([[np.nan], [np.inf], [-np.inf]], "float64"),
    "uint8": np.array([[255], [0]], "uint8"),
    "lists": [[1, 2], [3, 4]],
}
OUTSIDE = {
    "uint32": np.array([[5], [4_000_000_000]], "uint32"),
    "int64": np.array([[5], [2**40]], "int64"),
    "negative": np.array([[5], [-(2**31) - 1]], "int64"),
    "uint64": np.array([[5], [2**63]], "uint64"),
    "float64": np.array([[5], [1e300]], "float64"),
    "negative float": np.array([[np.nan], [-1e39]], "float64"),
    "beside infinity": np.array([[np.inf], [1e39]], "float64"),
    "longdouble": np.array([[1], [1e300]], np.longdouble),
    "lists": [[5.0], [1e300]],
}


class Echo(keras.Model):
    def call(self, x):
        return x


@pytest.mark.parametrize("name", FITTING)
def test_values_that_fit_are_kept(name):
    """Integers as int32, floats as float32, whatever their width was."""
    given = FITTING[name]
    found = Echo().predict(given, verbose=0)
    np.testing.assert_array_equal(found, np.asarray(given).astype(found.dtype))
    assert found.dtype == ("float32" if np.asarray(given).dtype.kind == "f" else "int32")


@pytest.mark.parametrize("name", OUTSIDE)
def test_values_that_do_not_fit_are_refused(name):
    """With the argument, the place and the value, in every call that takes data."""
    given = OUTSIDE[name]
    made = Echo()
    value = re.escape(f"{np.asarray(given)[1, 0]}")
    place = rf"\[1, 0\]={value}"
    made.compile("sgd", "mse")
    good = np.ones((2, 1), "float32")
    weights = np.asarray(given)[:, 0]
    for call, where in (
        (lambda: made.predict(given, verbose=0), "x"),
        (lambda: made.predict([np.asarray(given), good], verbose=0), r"x\[0\]"),
        (lambda: made.predict({"a": good, "b": np.asarray(given)}, verbose=0), r"x\[1\]"),
        (lambda: made.predict(iter([(np.asarray(given),)]), verbose=0), "x"),
        (lambda: made.predict_on_batch(np.asarray(given)), "x"),
        (lambda: made.fit(good, given, verbose=0), "y"),
        (lambda: made.fit(good, good, validation_data=(given, good), verbose=0), r"validation_data\[0\]"),
        (lambda: made.evaluate(given, good, verbose=0), "x"),
        (lambda: made.train_on_batch(good, given), "y"),
        (lambda: made.test_on_batch(given, good), "x"),
    ):
        with pytest.raises(ValueError, match=rf"`{where}` has values that do not fit.*{place}"):
            call()
    with pytest.raises(ValueError, match=rf"`sample_weight` has values that do not fit.*\[1\]={value}"):
        made.fit(good, good, sample_weight=weights, verbose=0)


def test_the_first_place_is_found_in_large_arrays():
    """Beyond the parts in which values are looked at."""
    large = np.zeros((700_000, 1))
    large[600_001] = -1e200
    with pytest.raises(ValueError, match=r"x\[600001, 0\]=-1e\+200"):
        Echo().predict(large, verbose=0)


# --- parts of batches


def test_parts_that_are_none_stay_in_their_place():
    """A step sees `(x, None, weights)` as it was given; trailing ones are left out."""
    seen = []

    class Own(keras.Sequential):
        def train_step(self, data):
            x, y, w = keras.utils.unpack_x_y_sample_weight(data)
            seen.append((y is None, w is None))
            return {"loss": keras.ops.sum(x) if w is None else keras.ops.sum(w)}

    made = Own([keras.Input((3,)), keras.layers.Dense(2)])
    made.compile("sgd")
    w = np.full(5, 2.0, "float32")
    batches = [(X[:5], None, w), (X[:5], Y[:5], w), (X[:5], None, None), (X[:5],), (X[:5], Y[:5], None)]
    found = [made.fit(iter([batch]), verbose=0).history["loss"][0] for batch in batches]
    total = float(X[:5].sum())
    np.testing.assert_allclose(found, [10, 10, total, total, total], rtol=1e-6)
    # the second batch of a shape is compared with the first
    assert list(dict.fromkeys(seen)) == [(True, False), (False, False), (True, True), (False, True)]


def test_lists_of_a_generator_and_of_a_loader():
    """Keras' generators give tuples; what has a length may give lists, as loaders do."""
    with pytest.raises(ValueError, match="must return a tuple, either.*Received: a list of 2"):
        model().fit(([X, Y] for _ in range(2)), verbose=0)

    class Loader:
        def __len__(self):
            return 4

        def __iter__(self):
            return ([X[i : i + 5], Y[i : i + 5]] for i in range(0, 20, 5))

    expected = model().evaluate(X, Y, verbose=0)
    assert model().evaluate(Loader(), verbose=0) == pytest.approx(expected, rel=1e-5)
    with pytest.raises(ValueError, match="Received: 4 parts"):
        model().fit(iter([(X, Y, Y, Y)]), verbose=0)


class Indexed:
    """A data set of batches."""

    def __init__(self, labels=Y):
        self.labels = labels

    def __len__(self):
        return 4

    def __getitem__(self, i):
        return X[i * 5 : i * 5 + 5], self.labels[i * 5 : i * 5 + 5]


def test_class_weights_of_data_sets():
    """They weigh the batches of a data set as they weigh arrays."""
    labels = np.arange(20) % 2

    def made():
        found = keras.Sequential([keras.Input((3,)), keras.layers.Dense(2, "softmax", kernel_initializer="ones")])
        found.compile(keras.optimizers.SGD(0.0), "sparse_categorical_crossentropy")
        return found

    options = {"class_weight": {0: 1.0, 1: 5.0}, "verbose": 0, "shuffle": False}
    expected = made().fit(X, labels, batch_size=5, **options).history["loss"]
    np.testing.assert_allclose(made().fit(Indexed(labels), **options).history["loss"], expected, rtol=1e-6)


# --- data that ends

ENDS = {
    "arrays beyond": (lambda: (X, Y), {"batch_size": 5, "steps_per_epoch": 10, "epochs": 2}, [4, 4], 2),
    "arrays within": (lambda: (X, Y), {"batch_size": 5, "steps_per_epoch": 3, "epochs": 4}, [3, 1, 3, 1], 2),
    "arrays exactly": (lambda: (X, Y), {"batch_size": 5, "steps_per_epoch": 2, "epochs": 4}, [2, 2, 2, 2], 0),
    "size from steps": (lambda: (X, Y), {"steps_per_epoch": 4, "epochs": 2}, [4, 4], 0),
    "data set beyond": (lambda: (Indexed(),), {"steps_per_epoch": 10, "epochs": 2}, [4, 4], 2),
    "data set within": (lambda: (Indexed(),), {"steps_per_epoch": 3, "epochs": 4}, [3, 1, 3, 1], 2),
    "data set exactly": (lambda: (Indexed(),), {"steps_per_epoch": 4, "epochs": 2}, [4, 4], 0),
    "generator within": (lambda: (batches(12),), {"steps_per_epoch": 4, "epochs": 3}, [4, 4, 4], 0),
    "generator short": (lambda: (batches(6),), {"steps_per_epoch": 4, "epochs": 3}, [4, 2], 1),
    "generator shorter": (lambda: (batches(3),), {"steps_per_epoch": 4, "epochs": 3}, [3], 1),
    "generator once": (lambda: (batches(3),), {"epochs": 1}, [3], 0),
    "generator again": (lambda: (batches(3),), {"epochs": 2}, [3], 1),
}


def batches(count: int):
    return ((X[:5], Y[:5]) for _ in range(count))


@pytest.mark.parametrize("name", ENDS)
def test_data_that_ends(name):
    """An epoch beyond the data is shorter, with Keras' warning; a generator that has ended ends the training."""
    data, options, expected, count = ENDS[name]
    counts: list = []

    class Count(keras.callbacks.Callback):
        def on_epoch_begin(self, epoch, logs=None):
            counts.append(0)

        def on_train_batch_end(self, batch, logs=None):
            counts[-1] += 1

    with warnings.catch_warnings(record=True) as seen:
        warnings.simplefilter("always")
        history = model().fit(*data(), callbacks=[Count()], verbose=0, **options)
    assert counts == expected and len(history.history["loss"]) == len(expected)
    assert [OUT in str(w.message) for w in seen] == [True] * count


def test_steps_beyond_the_data_of_other_calls():
    """Validating, evaluating and predicting warn and use what there is."""
    expected = model().evaluate(X, Y, verbose=0)
    with pytest.warns(UserWarning, match=OUT):
        assert model().evaluate(X, Y, batch_size=5, steps=9, verbose=0) == pytest.approx(expected, rel=1e-5)
    with pytest.warns(UserWarning, match=OUT):
        assert model().evaluate(batches(2), steps=9, verbose=0) > 0
    with pytest.warns(UserWarning, match=OUT):
        assert model().predict(X, batch_size=5, steps=9, verbose=0).shape == (20, 2)
    with pytest.warns(UserWarning, match=OUT):
        found = model().fit(
            X, Y, validation_data=(X, Y), validation_steps=9, validation_batch_size=5, shuffle=False, verbose=0
        )
    assert found.history["val_loss"] == pytest.approx([expected], rel=1e-5)


def test_a_validation_generator_that_ends():
    """Training continues without validation."""
    for steps, count in ((2, 2), (None, 1)):
        with pytest.warns(UserWarning, match="remaining epochs are not validated"):
            found = model().fit(X, Y, epochs=4, validation_data=batches(4), validation_steps=steps, verbose=0).history
        assert len(found["loss"]) == 4 and len(found["val_loss"]) == count


# --- what is refused at the call


def generator_function():
    yield X, Y


REFUSED = {
    "function": (lambda m: m.fit(generator_function), "Unrecognized data type: x=<function.*must be called"),
    "lambda": (lambda m: m.fit(lambda: (X, Y)), "Unrecognized data type: x=<function"),
    "function to predict": (lambda m: m.predict(generator_function), "Unrecognized data type: x=<function"),
    "function to validate": (
        lambda m: m.fit(X, Y, validation_data=generator_function),
        "Unrecognized.*validation_data",
    ),
    "text": (lambda m: m.fit("data.csv", Y), "Unrecognized data type: x='data.csv'"),
    "nothing": (lambda m: m.fit(), "`x` must be given"),
    "nothing to predict": (lambda m: m.predict(None), "`x` must be given"),
    "no targets": (lambda m: m.fit(X), "Targets `y` must be given.*loss=mse"),
    "no targets to evaluate": (lambda m: m.evaluate(X), "Targets `y` must be given"),
    "no targets in a batch": (lambda m: m.train_on_batch(X), "Targets `y` must be given"),
    "no targets to validate": (lambda m: m.fit(X, Y, validation_data=(X,)), r"Targets `validation_data\[1\]`"),
    "no targets of a generator": (lambda m: m.fit(iter([(X,)])), "The batch has no targets `y`.*loss=mse"),
    "class_weight list": (lambda m: m.fit(X, Y, class_weight=[1.0, 2.0]), "`class_weight` must be a dict.*list"),
    "class_weight names": (lambda m: m.fit(X, Y, class_weight={"a": 1.0}), "must map integers to numbers"),
    "class_weight of text": (lambda m: m.fit(X, Y, class_weight={0: "big"}), "must map integers to numbers"),
    "class_weight in a batch": (lambda m: m.train_on_batch(X, Y, class_weight=3), "`class_weight` must be a dict"),
    "class_weight of a generator": (lambda m: m.fit(batches(2), class_weight={0: 1.0}), "not supported for Python gen"),
    "y beside a generator": (lambda m: m.fit(batches(2), Y), "`x` as a generator, `y` should not be passed"),
    "y beside a data set": (lambda m: m.fit(Indexed(), Y), "`x` as a PyDataset, `y` should not be passed"),
    "weights beside a generator": (lambda m: m.fit(batches(2), sample_weight=Y), "`sample_weights` should not be"),
    "split of a generator": (lambda m: m.fit(batches(2), validation_split=0.5), "`validation_split` is only"),
    "weights too few": (lambda m: m.fit(X, Y, sample_weight=np.ones(7)), "'sample_weight' sizes: 7"),
    "one weight": (lambda m: m.fit(X, Y, sample_weight=2.0), "`sample_weight` must have a batch axis"),
    "weights too wide": (lambda m: m.fit(X, Y, sample_weight=np.ones((20, 3))), r"`sample_weight`.*shape \(20, 3\)"),
    "weights by name": (lambda m: m.fit(X, Y, sample_weight={"a": np.ones(20)}), "sample_weight and y_pred have diff"),
    "weights of text": (lambda m: m.fit(X, Y, sample_weight=["a"] * 20), "`sample_weight` must hold numbers"),
    "weights without targets": (lambda m: m.fit(X, None, sample_weight=np.ones(20)), "`y`"),
    **{
        f"{name}={value!r}": (lambda m, n=name, v=value: m.fit(X, Y, validation_data=(X, Y), **{n: v}), f"`{name}`.*")
        for name, values in {
            "epochs": [1.5, "3", -1, None],
            "initial_epoch": [1.5, "1", -1],
            "steps_per_epoch": [0, -1, 2.5, "a"],
            "validation_steps": [0, -1, 1.5],
            "validation_freq": [0, -1, 1.5, "a", None, ["a"], [1.5]],
            "validation_batch_size": [0, 2.5],
            "shuffle": ["no"],
            "verbose": ["loud"],
        }.items()
        for value in values
    },
    "steps to evaluate": (lambda m: m.evaluate(X, Y, steps=0), "`steps` must be a positive integer"),
    "steps to predict": (lambda m: m.predict(X, steps="a"), "`steps` must be a positive integer"),
}


@pytest.mark.parametrize("name", REFUSED)
def test_what_a_call_cannot_use_is_refused(name):
    """With the argument's name, before anything has changed."""
    call, match = REFUSED[name]
    made = model(0.1)
    before = made.get_weights()
    with pytest.raises(ValueError, match=match):
        call(made)
    for now, then in zip(made.get_weights(), before, strict=True):
        np.testing.assert_array_equal(now, then)
    assert np.isfinite(made.fit(X, Y, epochs=np.int64(1), validation_freq=[1], verbose=0).history["loss"]).all()
