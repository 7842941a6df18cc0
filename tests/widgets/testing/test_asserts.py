"""What students read when their model is not what was asked for, and that graders need nothing else."""

from __future__ import annotations

import subprocess
import sys

import numpy as np
import pytest

import kerasnb as keras
import kerasnb.widgets as kw
from kerasnb import layers

X = np.random.default_rng(0).normal(size=(300, 4)).astype("float32")
Y = (X[:, 0] > 0).astype(int)


def classifier(units=2, activation="softmax", loss="sparse_categorical_crossentropy"):
    model = keras.Sequential(
        [keras.Input((4,)), layers.Dense(8, activation="relu"), layers.Dropout(0.1),
         layers.Dense(units, activation=activation)]
    )  # fmt: skip
    model.compile(keras.optimizers.Adam(0.05), loss)
    return model


def trained():
    kw.seed(0)
    model = classifier()
    model.fit(X, Y, epochs=8, verbose=0)
    return model


def convnet():
    return keras.Sequential([keras.Input((8, 8, 1)), layers.Conv2D(2, 3), layers.Dense(3)])


def two_outputs():
    i = keras.Input((4,))
    return keras.Model(i, [layers.Dense(1)(i), layers.Dense(2)(i)])


def test_a_right_model_passes():
    """All at once: nothing is printed, nothing is raised."""
    model = trained()
    kw.testing.assert_model(
        model, input_shape=(4,), output_shape=(None, 2), layers=["Dense", ..., layers.Dense], params=(50, 60),
        compiled=True, loss="sparse_categorical_crossentropy", trained=True, min_accuracy=(X, Y, 0.9),
        max_loss=(X, Y, 0.5),
    )  # fmt: skip
    kw.testing.assert_model(two_outputs(), input_shape=(4,), output_shape=[(1,), (2,)], compiled=False)


WRONG = [
    (lambda: ..., {}, "What was handed in: expected a model, found ellipsis.", "Replace `...`"),
    (lambda: keras.Sequential, {}, "expected a model, found type", "Call it"),
    (lambda: trained().history, {}, "expected a model, found History", "Hand in the model itself"),
    (classifier, {"input_shape": (5,)}, "Input shape of the model: expected (batch, 5), found (batch, 4).", "Input"),
    (convnet, {"input_shape": (8, 8)}, "expected (batch, 8, 8), found (batch, 8, 8, 1).", "keras.Input"),
    (classifier, {"output_shape": (3,)}, "expected (batch, 3), found (batch, 2).", "has 2 units; 3 are needed"),
    (convnet, {"output_shape": (3,)}, "expected (batch, 3), found (batch, 6, 6, 3).", "Flatten()"),
    (two_outputs, {"output_shape": (1,)}, "found [(batch, 1), (batch, 2)].", "number of inputs, or of outputs"),
    (lambda: keras.Sequential([layers.Dense(2)]), {"output_shape": (2,)}, "found no shape.", "keras.Input(shape)"),
    (classifier, {"layers": ["Flatten", "Dense", "Dense"]}, "found Dense, Dropout, Dense.", "Flatten is missing."),
    (classifier, {"layers": ["Dense", "Dense", "Dropout"]}, "found Dense, Dropout, Dense.", "Layer 2 is Dropout"),
    (classifier, {"layers": ["Dense", "Dropout"]}, "found Dense, Dropout, Dense.", "Dense is one too many."),
    (classifier, {"params": 60}, "Parameters of the model: expected 60, found 58.", "2 are missing"),
    (classifier, {"params": (1, 50)}, "expected 1 to 50, found 58.", "8 are too many"),
    (convnet, {"compiled": True}, "State of the model: expected compiled, found not compiled.", "model.compile("),
    (convnet, {"trained": True}, "expected compiled, found not compiled.", "model.compile("),
    (classifier, {"trained": True}, "expected trained, found not trained.", "model.fit(x, y)"),
    (classifier, {"loss": "mse"}, "expected mse, found sparse_categorical_crossentropy.", "loss='mse'"),
    (classifier, {"min_accuracy": (X, 1 - Y * 0, 1.1)}, "Accuracy on 300 samples: expected at least 1.1", "kw.check"),
    (classifier, {"min_accuracy": (X[:, :3], Y, 0.5)}, "cannot be used on the data of the test", ""),
    (classifier, {"max_loss": (X, Y, 0.001)}, "Loss on 300 samples: expected at most 0.001", "kw.check"),
]  # fmt: skip


@pytest.mark.parametrize(("make", "wanted", "said", "hint"), WRONG, ids=range(len(WRONG)))
def test_what_students_read(make, wanted, said, hint):
    """What, where, expected, found; and a hint for that error."""
    model = make()
    with pytest.raises(AssertionError) as caught:
        kw.testing.assert_model(model, **wanted)
    assert said in str(caught.value) and hint in str(caught.value)
    assert not hint or "\nHint: " in str(caught.value)


@pytest.mark.parametrize("shape", [4, (4,), [4], (None, 4), [None, 4]], ids=str)
def test_a_shape_may_be_a_number_or_a_list(shape):
    """However a teacher writes it."""
    model = keras.Sequential([keras.Input((4,)), keras.layers.Dense(2)])
    kw.testing.assert_model(model, input_shape=shape)
    with pytest.raises(AssertionError, match=r"Output shape .* expected \(batch, 4\), found \(batch, 2\)"):
        kw.testing.assert_model(model, output_shape=shape)


@pytest.mark.parametrize(
    ("wanted", "words"),
    [
        ({"input_shape": "4"}, "`input_shape` must be a shape"),
        ({"output_shape": [2.5]}, "`output_shape` must be a shape"),
        ({"layers": "Dense"}, "`layers` must be a list of classes or names"),
        ({"params": "15"}, "`params` must be an integer, or a tuple of two"),
        ({"params": (1, 2, 3)}, "`params` must be an integer, or a tuple of two"),
    ],
    ids=str,
)
def test_what_a_teacher_asks_for_must_be_of_its_kind(wanted, words):
    """The fault of a test is not reported as one of the student, nor as a crash."""
    with pytest.raises(ValueError, match=words):
        kw.testing.assert_model(None, **wanted)


def test_accuracy_is_numpys():
    """For class ids, one-hot labels, probabilities and logits of one unit."""
    model = trained()
    right = (model.predict(X, verbose=0).argmax(-1) == Y).mean()
    kw.testing.assert_model(model, min_accuracy=(X, Y, float(right)))
    kw.testing.assert_model(model, min_accuracy=(X, keras.utils.to_categorical(Y), float(right)))
    with pytest.raises(AssertionError, match=f"found {right:.3f}"):
        kw.testing.assert_model(model, min_accuracy=(X, Y, float(right) + 1e-6))
    for last, loss, cut in (("sigmoid", "binary_crossentropy", 0.5), ("linear", "mse", 0.0)):
        kw.seed(1)
        one = classifier(1, last, loss)
        share = float(((one.predict(X, verbose=0).ravel() > cut) == Y).mean())
        kw.testing.assert_model(one, min_accuracy=(X, Y, share))
        with pytest.raises(AssertionError, match="Accuracy"):
            kw.testing.assert_model(one, min_accuracy=(X, Y, share + 1e-6))


CODE = """
import sys, threading, numpy as np
import kerasnb as keras, kerasnb.widgets as kw
model = keras.Sequential([keras.Input((4,)), keras.layers.Dense(2, activation="softmax")])
model.compile("adam", "sparse_categorical_crossentropy")
x, y = np.zeros((32, 4)), np.zeros(32, int)
model.fit(x, y, verbose=0)
before = {t.name for t in threading.enumerate()}
kw.testing.assert_model(model, output_shape=(2,), trained=True, min_accuracy=(x, y, 0.0), max_loss=(x, y, 9.0))
print([m for m in ("IPython", "anywidget", "ipywidgets") if m in sys.modules])
print({t.name for t in threading.enumerate()} - before or "no new threads")
"""


def test_graders_need_nothing_else():
    """Without a notebook, a terminal or input: it ends, prints nothing, and starts nothing."""
    result = subprocess.run(
        [sys.executable, "-c", CODE], stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=100
    )
    assert result.returncode == 0, result.stderr[-2000:]
    assert result.stdout.splitlines() == ["[]", "no new threads"] and result.stderr == ""


def test_it_can_be_imported_by_name():
    """Both ways to write it."""
    from kerasnb.widgets.testing import assert_model

    assert kw.testing.assert_model is assert_model
