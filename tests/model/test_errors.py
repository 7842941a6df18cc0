"""Bad input gives an error that names the argument, and changes nothing."""

from __future__ import annotations

import numpy as np
import pytest

import kerasnb as keras

X = np.random.default_rng(0).random((20, 6)).astype("float32")
Y = np.arange(20) % 3


def classifier():
    model = keras.Sequential(
        [keras.Input((6,)), keras.layers.Dense(4, activation="relu"), keras.layers.Dense(3, "softmax")]
    )
    model.compile("adam", "sparse_categorical_crossentropy", metrics=["accuracy"])
    return model


def assert_unchanged(model, weights) -> None:
    """The model has the weights it had, and still trains."""
    for now, before in zip(model.get_weights(), weights, strict=True):
        np.testing.assert_array_equal(now, before)
    assert np.isfinite(model.fit(X, Y, verbose=0).history["loss"]).all()


def refused(call, match, error=ValueError):
    """Checks one refused call of a fresh model."""
    model = classifier()
    weights = model.get_weights()
    with pytest.raises(error, match=match):
        call(model)
    assert_unchanged(model, weights)


@pytest.mark.parametrize("bad", [3, -1, 200])
@pytest.mark.parametrize("verb", ["fit", "evaluate", "train_on_batch"])
def test_class_id_out_of_range(bad, verb):
    """A label that no output stands for is named with its place."""
    labels = Y.copy()
    labels[7] = bad
    refused(lambda m: getattr(m, verb)(X, labels), rf"y.*0 to 2.*y\[7\]={bad}")


def test_class_id_out_of_range_in_validation_data():
    """Validation labels are checked before training starts."""
    refused(lambda m: m.fit(X, Y, validation_data=(X, Y + 1), verbose=0), r"validation_data\[1\]")


def test_wrong_last_dimension():
    """Inputs of another width are refused with both widths."""
    refused(lambda m: m.fit(X[:, :5], Y, verbose=0), "6.*5")


def test_wrong_last_dimension_of_targets():
    """One-hot targets of another width than the outputs are refused."""
    model = classifier()
    model.compile("sgd", "categorical_crossentropy")
    weights = model.get_weights()
    with pytest.raises(ValueError, match="shape"):
        model.fit(X, np.eye(4, dtype="f")[Y], verbose=0)
    for now, before in zip(model.get_weights(), weights, strict=True):
        np.testing.assert_array_equal(now, before)


def test_empty_array():
    """No samples is an error."""
    refused(lambda m: m.fit(X[:0], Y[:0], verbose=0), r"`x` must hold at least one sample.*\(0, 6\)")


def test_mismatched_lengths():
    """Different numbers of samples are told per argument."""
    refused(lambda m: m.fit(X, Y[:-1], verbose=0), "'x' sizes: 20, 'y' sizes: 19")


def test_ragged_rows():
    """Rows of different lengths are refused."""
    refused(lambda m: m.fit([[1.0] * 6, [2.0] * 5], [0, 1], verbose=0), "`x`")


def test_strings_are_not_numbers():
    """Text is refused by name."""
    refused(lambda m: m.fit(np.array([["a"] * 6] * 20), Y, verbose=0), "`x` must hold numbers")


@pytest.mark.parametrize("bad", [0, -3, 2.5, "32"])
def test_bad_batch_size(bad):
    """A batch size is a positive integer."""
    refused(lambda m: m.fit(X, Y, batch_size=bad, verbose=0), "batch_size")


@pytest.mark.parametrize("bad", [-0.1, 1.0, 1.5])
def test_bad_validation_split(bad):
    """A split is a fraction."""
    refused(lambda m: m.fit(X, Y, validation_split=bad, verbose=0), "validation_split")


@pytest.mark.parametrize(
    "arguments",
    [{"loss": "no_such_loss"}, {"optimizer": "no_such_optimizer"}, {"loss": "mse", "metrics": ["no_such_metric"]}],
)
def test_unknown_names(arguments):
    """An unknown name is an error of compile, and the old configuration stays."""
    model = classifier()
    before = model.optimizer
    with pytest.raises(ValueError, match="no_such"):
        model.compile(**arguments)
    assert model.optimizer is before
    assert_unchanged(model, model.get_weights())


def test_not_compiled():
    """Training needs compile."""
    model = keras.Sequential([keras.Input((6,)), keras.layers.Dense(3)])
    with pytest.raises(ValueError, match="compile"):
        model.fit(X, Y)
