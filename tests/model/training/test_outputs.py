"""Losses and metrics of models with several outputs: what `compile` takes, and how results are called, as in Keras."""

from __future__ import annotations

import keras as judge
import numpy as np
import pytest

import kerasnb as keras

X = np.arange(20, dtype="float32").reshape(5, 4) / 20
A, B, W = np.ones((5, 2), "float32"), np.zeros((5, 3), "float32"), np.arange(5, dtype="float32")
TARGETS = {
    "dict": {"a": A, "b": B}, "list": [A, B], "tuple": (A, B), "nested": {"p": {"a": A}, "q": [B]}, "one": {"a": A},
    "one in a list": [A], "plain": A,
}  # fmt: skip


def model(library, kind: str):
    class Several(library.Model):
        def __init__(self):
            super().__init__()
            self.a = library.layers.Dense(2, kernel_initializer="ones")
            self.b = library.layers.Dense(3, kernel_initializer="ones")

        def call(self, x):
            a, b = self.a(x), self.b(x)
            return {
                "dict": {"b": b, "a": a}, "list": [a, b], "tuple": (a, b), "nested": {"p": {"a": a}, "q": [b]},
                "one": {"a": a}, "one in a list": [a], "plain": a,
            }[kind]  # fmt: skip

    return Several()


def huber(library):
    return library.losses.Huber(name="h")


ALIKE = [
    ("dict", {"loss": "mse"}),
    ("dict", {"loss": {"a": "mse", "b": "mae"}}),
    ("dict", {"loss": {"a": "mse"}}),
    ("dict", {"loss": {"a": "mse", "b": None}}),
    ("dict", {"loss": {"a": "mse", "b": "mae"}, "loss_weights": {"a": 0.5, "b": 2.0}}),
    ("dict", {"loss": {"b": "mse", "a": "mae"}, "loss_weights": [0.5, 2.0]}),
    ("dict", {"loss": ["mse", "mae"]}),
    ("dict", {"loss": ["mse", "mae"], "loss_weights": [1.0, 3.0]}),
    ("dict", {"loss": "mse", "loss_weights": 2.0}),
    ("dict", {"loss": {"a": huber, "b": "mae"}}),
    ("dict", {"loss": "mse", "metrics": {"a": ["mae"], "b": "mse"}}),
    ("dict", {"loss": "mse", "metrics": {"a": "mae"}}),
    ("dict", {"loss": "mse", "metrics": [["mae"], ["mse"]]}),
    ("dict", {"loss": "mse", "weighted_metrics": {"a": ["mae", "mse"], "b": "mse"}, "metrics": {"a": ["mae"]}}),
    ("list", {"loss": ["mse", "mae"]}),
    ("list", {"loss": ["mse", None]}),
    ("list", {"loss": ("mse", "mae")}),
    ("list", {"loss": ["mse", huber], "loss_weights": [1.0, 3.0]}),
    ("list", {"loss": ["mse", "mae"], "metrics": [["mae"], ["mse"]]}),
    ("list", {"loss": ["mse", "mae"], "metrics": [["mae"], None]}),
    ("list", {"loss": ["mse", "mae"], "metrics": ["mae", "mse"]}),
    ("tuple", {"loss": ["mse", "mae"], "metrics": (["mae"], ["mse"])}),
    ("nested", {"loss": "mse"}),
    ("nested", {"loss": {"p": {"a": "mse"}, "q": ["mae"]}}),
    ("nested", {"loss": {"p": {"a": "mse"}, "q": ["mae"]}, "loss_weights": {"p": {"a": 2.0}, "q": [0.5]}}),
    ("nested", {"loss": {"p": {"a": "mse"}}}),
    ("nested", {"loss": ["mse", "mae"]}),
    ("one", {"loss": "mse", "metrics": ["mae"]}),
    ("one", {"loss": {"a": "mse"}, "metrics": {"a": ["mae"]}}),
    ("one", {"loss": {"a": "mse"}, "metrics": {"a": "mae"}, "loss_weights": {"a": 2.0}}),
    ("one in a list", {"loss": ["mse"], "metrics": [["mae"]]}),
    ("plain", {"loss": "mse", "metrics": ["mae"]}),
    ("plain", {"loss": ["mse"]}),
]


def results(library, kind, arguments, y, weight=None) -> dict:
    made = model(library, kind)
    given = {key: library_parts(library, value) for key, value in arguments.items()}
    made.compile("sgd", **given)
    return made.evaluate(X, y, sample_weight=weight, verbose=0, return_dict=True)


def library_parts(library, value):
    """Arguments with the functions in them called: they make objects of a library."""
    if isinstance(value, dict):
        return {k: library_parts(library, v) for k, v in value.items()}
    if isinstance(value, (list, tuple)):
        return type(value)(library_parts(library, v) for v in value)
    return value(library) if callable(value) else value


@pytest.mark.parametrize(("kind", "arguments"), ALIKE, ids=[f"{kind}-{i}" for i, (kind, _) in enumerate(ALIKE)])
@pytest.mark.parametrize("weighted", [False, True], ids=["", "weighted"])
def test_results_are_those_of_keras(kind, arguments, weighted):
    """Names and values of all losses and metrics."""
    ours, theirs = (results(m, kind, arguments, TARGETS[kind], W if weighted else None) for m in (keras, judge))
    assert ours.keys() == theirs.keys()
    for name in theirs:
        np.testing.assert_allclose(ours[name], theirs[name], rtol=1e-5, err_msg=name)


WEIGHTS = {
    "one array": W, "by name": {"a": W, "b": W + 1}, "in a list": [W, W + 1],
}  # fmt: skip


@pytest.mark.parametrize("name", WEIGHTS)
def test_sample_weights_of_outputs(name):
    """One array for all outputs, or one for each, by name or in order."""
    kind, y = ("list", [A, B]) if name == "in a list" else ("dict", {"a": A, "b": B})
    arguments = {"loss": ["mse", "mae"]}
    ours, theirs = (results(m, kind, arguments, y, WEIGHTS[name]) for m in (keras, judge))
    for key in theirs:
        np.testing.assert_allclose(ours[key], theirs[key], rtol=1e-5, err_msg=key)


def test_targets_of_some_outputs():
    """Outputs without a loss need no targets, in a dict or in a list."""
    expected = results(keras, "dict", {"loss": {"a": "mse"}}, {"a": A, "b": B})
    assert results(keras, "dict", {"loss": {"a": "mse"}}, {"a": A}) == expected
    assert results(keras, "dict", {"loss": {"a": "mse"}}, A) == expected
    assert results(keras, "list", {"loss": ["mse", None]}, [A]) == expected
    assert results(judge, "dict", {"loss": {"a": "mse"}}, {"a": A}).keys() == expected.keys()


@pytest.mark.parametrize("eagerly", [False, True])
def test_training_with_dict_outputs(eagerly):
    """Steps are recorded and equal eager ones; the losses fall, and come with their names in the history."""
    made = model(keras, "dict")
    made.compile(keras.optimizers.SGD(0.05), {"a": "mse", "b": "mae"}, metrics={"b": ["mse"]}, run_eagerly=eagerly)
    history = made.fit(X, {"a": A, "b": B}, epochs=5, batch_size=5, verbose=0).history
    assert set(history) == {"loss", "a_loss", "b_loss", "b_mse"}
    assert history["loss"] == sorted(history["loss"], reverse=True)
    np.testing.assert_allclose(history["loss"], np.add(history["a_loss"], history["b_loss"]), rtol=1e-5)
    peer = model(judge, "dict")
    peer.compile(judge.optimizers.SGD(0.05), {"a": "mse", "b": "mae"}, metrics={"b": ["mse"]})
    theirs = peer.fit(X, {"a": A, "b": B}, epochs=5, batch_size=5, verbose=0).history
    for name in theirs:
        np.testing.assert_allclose(history[name], theirs[name], rtol=1e-4, err_msg=name)
    assert set(made.predict(X, verbose=0)) == {"a", "b"}


REFUSED = {
    "loss_weights of names": (
        "plain",
        {"loss": "mse", "loss_weights": ["accuracy"]},
        "`loss_weights` must be a number",
    ),
    "loss_weights of a name": ("plain", {"loss": "mse", "loss_weights": "big"}, "`loss_weights` must be a number"),
    "loss_weights of booleans": ("plain", {"loss": "mse", "loss_weights": [True]}, "`loss_weights` must be a number"),
    "too few loss_weights": ("list", {"loss": ["mse", "mae"], "loss_weights": [1.0]}, "2 losses and 1 weights"),
    "too many loss_weights": ("plain", {"loss": "mse", "loss_weights": [1.0, 2.0]}, "1 losses and 2 weights"),
    "one weight for two losses": ("list", {"loss": ["mse", "mae"], "loss_weights": 2.0}, "2 losses and 1 weights"),
    "loss_weights by other names": ("dict", {"loss": {"a": "mse"}, "loss_weights": {"c": 1.0}}, r"no loss: \['c'\]"),
    "unknown loss": ("dict", {"loss": {"a": "no_such"}}, "no_such"),
}
REFUSED_LATER = {
    "too few losses": ("list", {"loss": ["mse"]}, "one entry for each of 2 outputs"),
    "too many losses": ("list", {"loss": ["mse", "mae", "mse"]}, "one entry for each of 2 outputs"),
    "loss by another name": ("dict", {"loss": {"c": "mse"}}, r"do not exist: 'c'.*\['a', 'b'\]"),
    "loss by name of a list": ("list", {"loss": {"a": "mse", "b": "mse"}}, "do not exist: 'a'"),
    "one list of metrics": ("dict", {"loss": "mse", "metrics": ["mae"]}, "`metrics` must have one entry for each of 2"),
    "metrics by another name": ("dict", {"loss": "mse", "metrics": {"c": "mae"}}, "`metrics` must have one entry"),
}


@pytest.mark.parametrize("name", REFUSED)
def test_compile_refuses(name):
    """What cannot fit the losses is an error of `compile`, and the old configuration stays."""
    kind, arguments, match = REFUSED[name]
    made = model(keras, kind)
    made.compile("sgd", "mse")
    before = made.optimizer
    with pytest.raises(ValueError, match=match):
        made.compile("sgd", **arguments)
    assert made.optimizer is before and made.loss == "mse"


@pytest.mark.parametrize("name", REFUSED_LATER)
def test_the_first_batch_refuses(name):
    """What does not fit the outputs is an error before anything is trained."""
    kind, arguments, match = REFUSED_LATER[name]
    made = model(keras, kind)
    made.compile("sgd", **arguments)
    made(X)
    before = made.get_weights()
    with pytest.raises(ValueError, match=match):
        made.fit(X, TARGETS[kind], verbose=0)
    for now, then in zip(made.get_weights(), before, strict=True):
        np.testing.assert_array_equal(now, then)


def test_targets_in_another_structure():
    """The structures of targets and outputs are shown."""
    for kind, y in (("dict", {"a": A, "c": B}), ("dict", [A]), ("nested", {"p": A, "q": [B]}), ("plain", {"a": A})):
        made = model(keras, kind)
        made.compile("sgd", "mse")
        with pytest.raises(ValueError, match="y_true and y_pred have different structures"):
            made.evaluate(X, y, verbose=0)
