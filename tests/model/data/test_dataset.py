"""Data of many kinds in fit, evaluate and predict."""

from __future__ import annotations

import numpy as np
import pytest

import kerasnb as keras

X = np.random.default_rng(0).random((20, 3)).astype("float32")
Y = np.random.default_rng(1).random((20, 2)).astype("float32")


def model(rate=0.0):
    keras.utils.set_random_seed(1)
    made = keras.Sequential([keras.Input((3,)), keras.layers.Dense(2)])
    made.compile(keras.optimizers.SGD(rate), "mse")
    return made


def of_five():
    """The losses of batches of five."""
    return [float(model().evaluate(X[i : i + 5], Y[i : i + 5], verbose=0)) for i in range(0, 20, 5)]


class Sized:
    """A data loader: it has a length, and can be iterated repeatedly."""

    def __len__(self):
        return 4

    def __iter__(self):
        for i in range(0, 20, 5):
            yield X[i : i + 5], Y[i : i + 5]


def test_a_loader_is_iterated_in_every_epoch():
    """For training, and for validation."""
    found = model().fit(Sized(), epochs=3, validation_data=Sized(), verbose=0).history
    np.testing.assert_allclose(found["loss"], [np.mean(of_five())] * 3, rtol=1e-5)
    np.testing.assert_allclose(found["val_loss"], found["loss"], rtol=1e-5)


def test_steps_per_epoch_continue_where_the_last_epoch_stopped():
    """No sample is left out; the last batches of the data may be fewer, with the warning of Keras."""
    options = {"batch_size": 5, "steps_per_epoch": 3, "epochs": 4, "shuffle": False, "verbose": 0}
    losses = of_five()
    expected = [np.mean(losses[:3]), losses[3]] * 2
    with pytest.warns(UserWarning, match="ran out of data"):
        found = model().fit(X, Y, **options).history["loss"]
    np.testing.assert_allclose(found, expected, rtol=1e-5)


def test_a_generator_that_ends_keeps_what_was_learned():
    """Training ends with a warning, and gives the history of the epochs that were."""
    with pytest.warns(UserWarning, match="ran out of data"):
        history = model(0.1).fit(iter(Sized()), epochs=3, verbose=0)
    assert len(history.history["loss"]) == 1
    with pytest.raises(ValueError, match="gave no batch"):
        model().fit(iter(()), verbose=0)


def test_one_input_in_a_list():
    """A list of one input is that input."""
    plain, wrapped = model(0.1), model(0.1)
    plain.fit(X, Y, validation_data=(X, Y), shuffle=False, verbose=0)
    wrapped.fit([X], Y, validation_data=([X], Y), shuffle=False, verbose=0)
    np.testing.assert_array_equal(wrapped.predict([X], verbose=0), plain.predict(X, verbose=0))
    np.testing.assert_array_equal(wrapped([X]).numpy(), plain(X).numpy())


def test_structures_of_the_same_shapes_are_not_mixed_up():
    """A step is recorded for names and places, not for shapes alone."""

    class Difference(keras.Model):
        def call(self, x):
            if isinstance(x, dict):
                return x["b"] - x["a"] if "a" in x else x["b"] * 10.0
            return x[0] - x[1]

    a, b = np.full((4, 1), 5, "float32"), np.ones((4, 1), "float32")
    made = Difference()
    assert (made.predict({"b": a, "a": b}, verbose=0) == 4).all()
    assert (made.predict([a, b], verbose=0) == 4).all()
    assert (made.predict({"b": a}, verbose=0) == 50).all()


def test_weights_of_samples_and_classes_exclude_each_other():
    """In fit, and for one batch."""
    made = model()
    made.compile("sgd", "sparse_categorical_crossentropy")
    weights = {"class_weight": {0: 1.0, 1: 4.0}, "sample_weight": np.ones(20)}
    for train in (made.fit, made.train_on_batch):
        with pytest.raises(ValueError, match="`class_weight` and `sample_weight`"):
            train(X, np.arange(20) % 2, **weights)


def test_a_step_may_give_numbers():
    """A log that is a Python number stays that number."""

    class Constant(keras.Sequential):
        def train_step(self, data):
            return {**super().train_step(data), "k": 1.5}

    made = Constant([keras.Input((3,)), keras.layers.Dense(2)])
    made.compile("sgd", "mse")
    assert made.fit(X, Y, epochs=2, verbose=0).history["k"] == [1.5, 1.5]


def test_metrics_of_one_name_are_all_reported():
    """A second one gets a number; one that takes the weights of the samples says so."""
    made = model()
    made.compile("sgd", "mse", metrics=["mse", "mse", "mae"], weighted_metrics=["mae"])
    found = made.evaluate(X, Y, sample_weight=np.arange(20.0), return_dict=True, verbose=0)
    assert sorted(found) == ["loss", "mae", "mse", "mse_1", "weighted_mae"]
    assert found["mse"] == found["mse_1"] and found["mae"] != found["weighted_mae"]


def test_results_keep_the_structure_of_their_inputs():
    """A model whose outputs are named as its inputs are, called with one structure and then another."""

    class Echo(keras.Model):
        def call(self, x):
            return {"echo": x["a"] + 1.0} if isinstance(x, dict) else [x[0] + 2.0]

    made, a = Echo(), np.ones((2, 1), "float32")
    for _ in range(2):
        assert (made.predict({"a": a}, verbose=0)["echo"] == 2).all()
        assert (made.predict([a], verbose=0)[0] == 3).all()


@pytest.mark.parametrize("eagerly", [False, True])
def test_metrics_of_several_values(eagerly, capsys):
    """A value for each class is an array in results and history, and its mean in lines and curves."""
    made = keras.Sequential([keras.Input((3,)), keras.layers.Dense(2, "softmax")])
    made.compile(keras.optimizers.SGD(0.0), "mse", metrics=[keras.metrics.F1Score()], run_eagerly=eagerly)
    targets = np.eye(2, dtype="float32")[np.arange(20) % 2]
    history = made.fit(X, targets, epochs=2, validation_data=(X, targets), shuffle=False, verbose=2).history
    found = made.evaluate(X, targets, return_dict=True, verbose=0)["f1_score"]
    assert found.shape == (2,)
    for name in ("f1_score", "val_f1_score"):
        np.testing.assert_allclose(history[name], [found] * 2, rtol=1e-6)
    assert f"f1_score: {found.mean():.4f}" in capsys.readouterr().out
    np.testing.assert_allclose(made.train_on_batch(X, targets, return_dict=True)["f1_score"], found, rtol=1e-6)
    np.testing.assert_allclose(made.get_metrics_result()["f1_score"], found, rtol=1e-6)
    assert made.run.history["f1_score"] == pytest.approx([found.mean()] * 2)
