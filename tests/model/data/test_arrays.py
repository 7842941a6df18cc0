"""Tables with columns, such as those of pandas, are data like arrays; what cannot be used is named with its column."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

import kerasnb as keras
from kerasnb.model.data.arrays import as_array
from tests.seeded import RANDOM

X = RANDOM.random((12, 3)).astype("float32")
Y = RANDOM.random(12).astype("float32")


def model(inputs: int = 3):
    made = keras.Sequential([keras.Input((inputs,)), keras.layers.Dense(1, kernel_initializer="ones")])
    made.compile(keras.optimizers.SGD(0.0), "mse")
    return made


def mixed() -> pd.DataFrame:
    """Floats and booleans, as `get_dummies` makes them."""
    frame = pd.DataFrame({"size": X[:, 0], "city": ["a", "b", "c"] * 4})
    return pd.get_dummies(frame)


def nullable() -> pd.DataFrame:
    return pd.DataFrame({
        "f": pd.array(X[:, 0], dtype="Float32"), "i": pd.array(range(12), dtype="Int64"),
        "b": pd.array([True, False] * 6, dtype="boolean"), "plain": X[:, 1],
    })  # fmt: skip


FRAMES = {
    "floats": lambda: pd.DataFrame(X),
    "mixed": mixed,
    "nullable": nullable,
    "one nullable dtype": lambda: pd.DataFrame(X).astype("Float32"),
    "integers and floats": lambda: pd.DataFrame({"a": np.arange(12), "b": X[:, 0], "c": np.arange(12, dtype="uint8")}),
    "booleans": lambda: pd.DataFrame({"a": [True, False] * 6, "b": [False] * 12}),
    "same name twice": lambda: pd.DataFrame(X, columns=["a", "a", "b"]).assign(b=[True] * 12),
    "float64 and bool": lambda: pd.DataFrame({"a": X[:, 0].astype("float64"), "b": [True] * 12}),
    "other index": lambda: pd.DataFrame(X, index=range(100, 112)),
    "named index": lambda: pd.DataFrame(X, index=pd.Index(list("abcdefghijkl"))),
    "sparse": lambda: pd.DataFrame({"a": pd.arrays.SparseArray([0.0, 1.0] * 6), "b": X[:, 0]}),
}


@pytest.mark.parametrize("name", FRAMES)
def test_frames_are_the_arrays_of_their_columns(name):
    """Values in the order of the columns, for predicting, training, evaluating and single batches."""
    frame = FRAMES[name]()
    columns = [np.asarray(frame.iloc[:, i].astype("float64")) for i in range(frame.shape[1])]
    values = np.stack(columns, 1).astype("float32")
    found = as_array(frame, "x")
    assert found.dtype.kind in "fiub" and found.shape == values.shape
    np.testing.assert_array_equal(found.astype("float32"), values)
    made = model(frame.shape[1])
    np.testing.assert_array_equal(made.predict(frame, verbose=0), made.predict(values, verbose=0))
    loss = made.evaluate(values, Y, verbose=0)
    assert made.evaluate(frame, pd.Series(Y), verbose=0) == loss
    assert made.fit(frame, pd.DataFrame({"y": Y}), shuffle=False, verbose=0).history["loss"] == [loss]
    assert made.train_on_batch(frame, pd.Series(Y)) == pytest.approx(loss, rel=1e-6)
    assert made.test_on_batch(frame, pd.Series(Y)) == pytest.approx(loss, rel=1e-6)
    np.testing.assert_allclose(made.predict_on_batch(frame), made.predict(values, verbose=0), rtol=1e-6)


def test_frames_everywhere():
    """As y, sample_weight, in validation_data, in lists and dicts, in generators, and as one column."""
    frame, made = mixed(), model(4)
    values = as_array(frame, "x")
    weights = pd.Series(np.arange(12) / 6)
    expected = made.fit(
        values, Y, sample_weight=weights.to_numpy(), validation_data=(values, Y, weights.to_numpy()), verbose=0
    ).history
    found = made.fit(frame, pd.Series(Y), sample_weight=weights, validation_data=(frame, Y, weights), verbose=0).history
    assert found.keys() == expected.keys()
    for name in expected:
        np.testing.assert_allclose(found[name], expected[name], rtol=1e-5)
    generated = made.fit(((frame, pd.Series(Y), weights) for _ in range(1)), verbose=0).history["loss"]
    np.testing.assert_allclose(generated, expected["loss"], rtol=1e-5)
    assert made.evaluate(iter([(frame, pd.DataFrame(Y))]), verbose=0) == pytest.approx(
        made.evaluate(values, Y, verbose=0)
    )
    one = model(1)
    np.testing.assert_array_equal(one.predict(pd.Series(X[:, 0]), verbose=0), one.predict(X[:, :1], verbose=0))

    class Sum(keras.Model):
        def call(self, x):
            parts = [x["a"], x["b"]] if isinstance(x, dict) else x
            return keras.ops.sum(parts[0], -1) + keras.ops.sum(parts[1], -1)

    both = values.sum(-1) + X.sum(-1)
    for data in ({"a": frame, "b": pd.DataFrame(X)}, [frame, pd.DataFrame(X)], (frame, X)):
        np.testing.assert_allclose(Sum().predict(data, verbose=0), both, rtol=1e-5)


@pytest.mark.parametrize("dtype", ["Float32", "Int64", "boolean", "UInt8"])
def test_missing_values_name_their_column(dtype):
    """Where only a nullable dtype can mark them; NaN in plain columns is data."""
    frame = nullable().astype({"i": dtype} if dtype != "boolean" else {})
    column = {"Float32": "i", "Int64": "i", "UInt8": "i", "boolean": "b"}[dtype]
    frame.loc[3, column] = pd.NA
    with pytest.raises(ValueError, match=f"missing in column '{column}' of `x`: 1 of 12.*{dtype}.*fillna"):
        model(4).predict(frame, verbose=0)
    with pytest.raises(ValueError, match=f"missing in column '{column}' of `validation_data\\[0\\]`"):
        model(4).fit(nullable(), Y, validation_data=(frame, Y), verbose=0)
    with pytest.raises(ValueError, match="missing in `y`"):
        model(4).fit(nullable(), frame[column], verbose=0)
    plain = pd.DataFrame(X)
    plain.iloc[3, 1] = np.nan
    assert np.isnan(model().predict(plain, verbose=0)).sum() == 1


BAD = {
    "text": (["a", "b", "c"] * 4, "get_dummies"),
    "category": (pd.Categorical(["a", "b", "c"] * 4), "get_dummies"),
    "category of numbers": (pd.Categorical([1, 2, 3] * 4), "get_dummies"),
    "objects": (pd.Series([1, 2.5, True] * 4, dtype=object), "astype"),
    "string": (pd.array(["a"] * 12, dtype="string"), "get_dummies"),
    "times": (pd.date_range("2020-01-01", periods=12), "seconds"),
    "durations": (pd.to_timedelta(range(12), unit="s"), "total_seconds"),
    "complex": (np.full(12, 1j), "numbers"),
}


@pytest.mark.parametrize("name", BAD)
def test_columns_that_hold_no_numbers(name):
    """The column is named, and what can be done about it, before anything has changed."""
    values, advice = BAD[name]
    frame, made = pd.DataFrame({"size": X[:, 0], "bad one": values}), model(2)
    before = made.get_weights()
    for call in (
        lambda: made.fit(frame, Y, verbose=0),
        lambda: made.predict(frame, verbose=0),
        lambda: made.train_on_batch(frame, Y),
    ):
        with pytest.raises(ValueError, match=f"(?i)column 'bad one' of `x` must hold numbers.*{advice}"):
            call()
    with pytest.raises(ValueError, match=f"(?i)`y` must hold numbers.*{advice}"):
        made.fit(X[:, :2], frame["bad one"], verbose=0)
    for now, then in zip(made.get_weights(), before, strict=True):
        np.testing.assert_array_equal(now, then)
    with pytest.raises(ValueError, match="at least one column"):
        made.predict(pd.DataFrame(index=range(3)), verbose=0)


def test_things_that_only_give_an_array():
    """What other libraries hand over through `__array__`, alone and in lists."""

    class Column:
        def __init__(self, values):
            self.values = values

        def __array__(self, dtype=None, copy=None):
            return np.asarray(self.values, dtype)

    made = model()
    np.testing.assert_array_equal(made.predict(Column(X), verbose=0), made.predict(X, verbose=0))
    np.testing.assert_array_equal(made.predict([Column(X)], verbose=0), made.predict(X, verbose=0))
    with pytest.raises(ValueError, match="`x` must hold numbers"):
        made.predict(Column([["a"]]), verbose=0)


def test_lists_of_numpy_numbers_are_one_array():
    """A label of NumPy's own type is a number, not an input of its own."""
    made = model()
    labels = list(Y)
    assert made.evaluate(X, labels, verbose=0) == made.evaluate(X, Y, verbose=0)
