"""Models that behave differently from those of Keras 3.15."""

from __future__ import annotations

import keras as judge
import numpy as np
import pytest

import kerasnb as keras
from tests.differences import difference


def message(call) -> str:
    with pytest.raises(ValueError) as problem:
        call()
    return str(problem.value)


@difference
def hints_of_shapes():
    """The first lines are the same."""

    def wrong(library):
        return library.layers.Conv2D(2, 3, name="c")(np.zeros((2, 8, 8), "float32"))

    ours, theirs = message(lambda: wrong(keras)), message(lambda: wrong(judge))
    assert ours.startswith(theirs) and "Hint: The channel axis is missing." in ours and "Hint" not in theirs


@difference
def builds_that_fail():
    """The channel axis was forgotten, and added."""
    images = np.zeros((2, 8, 8), "float32")

    def again(library):
        model = library.Sequential([library.layers.Conv2D(2, 3), library.layers.Flatten()])
        message(lambda: model(images))
        return model(images[..., np.newaxis])

    assert again(keras).shape == (2, 72)
    assert "already been configured" in message(lambda: again(judge))


@difference
def optional_inputs_of_clones():
    """The clone is called without an input that may be missing."""

    def clone(library):
        x, extra = library.Input((2,), name="x"), library.Input((2,), name="extra", optional=True)
        return library.models.clone_model(library.Model([x, extra], library.ops.add(x, 1)))

    one = np.ones((1, 2), "float32")
    assert keras.ops.convert_to_numpy(clone(keras)([one, None])).tolist() == [[2.0, 2.0]]
    assert "not optional" in message(lambda: clone(judge)([one, None]))


@difference
def pictures_of_models():
    """Keras asks for a package that is not installed here."""

    def picture(library):
        return library.utils.model_to_dot(library.Sequential([library.Input((2,)), library.layers.Dense(1)]))

    assert picture(keras).create_svg().startswith("<svg")
    with pytest.raises(ImportError, match="pydot"):
        picture(judge)


@difference
def plain_constructors():
    """Both constructors pass nothing on to that of Keras."""

    def copies(library, kind):
        class Plain(kind):
            def __init__(self, units):
                super().__init__()
                self.dense = library.layers.Dense(units)

            def build(self, input_shape):
                self.dense.build(input_shape)

            def call(self, x):
                return self.dense(x)

        one = Plain(3)
        one.trainable = False
        return Plain.from_config(one.get_config())

    for kind in ("Model", "Layer"):
        copy = copies(keras, getattr(keras, kind))
        assert copy.dense.units == 3 and not copy.trainable and copy.dtype_policy.name == "float32"
        with pytest.raises((NotImplementedError, TypeError)):
            copies(judge, getattr(judge, kind))


@difference
def texts_in_logs():
    """A callback adds one to those of an epoch, and a progress bar shows them."""

    def trained(library):
        class Noted(library.callbacks.Callback):
            def on_epoch_end(self, epoch, logs=None):
                logs["note"] = "warm"

        model = library.Sequential([library.Input((2,)), library.layers.Dense(1)])
        model.compile("sgd", "mse")
        return model.fit(np.ones((4, 2)), np.ones(4), verbose=1, callbacks=[Noted()]).history["note"]

    assert trained(keras) == ["warm"]
    with pytest.raises((TypeError, ValueError)):
        trained(judge)
