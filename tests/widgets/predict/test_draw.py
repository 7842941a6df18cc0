"""`kw.draw`: a drawing becomes the image that the model expects."""

from __future__ import annotations

import json

import numpy as np
import pytest

import kerasnb as keras
import kerasnb.widgets as kw
from kerasnb import layers
from kerasnb.widgets.predict.draw import SIDE
from kerasnb.widgets.predict.ink import centred, resized
from tests.browser.bare import connect


def model_of(shape, *first, classes=10):
    keras.utils.set_random_seed(0)
    stack = [*first, layers.Flatten(), layers.Dense(classes, activation="softmax")]
    return keras.Sequential([keras.Input(shape), *stack])


def stroke(rows=slice(20, 60), columns=slice(70, 80)):
    drawing = np.zeros((SIDE, SIDE), np.uint8)
    drawing[rows, columns] = 255
    return drawing


def test_ink_is_centred_and_scaled():
    """The longer side takes 20 of 28 pixels, and the centre of mass is in the middle, wherever one draws."""
    images = [centred(stroke(*place) / 255, (28, 28)) for place in (
        (slice(0, 40), slice(0, 10)), (slice(60, 100), slice(90, 100)), (slice(8, 108), slice(50, 75)),
    )]  # fmt: skip
    for image in images:
        rows, columns = (np.flatnonzero(image.any(axis)) for axis in (1, 0))
        assert rows[-1] - rows[0] + 1 == 20
        assert columns[-1] - columns[0] + 1 == 5
        centre = [(image.sum(1 - axis) @ (np.arange(28) + 0.5)) / image.sum() for axis in (0, 1)]
        assert np.allclose(centre, 14, atol=0.51)
    assert np.allclose(images[0], images[1])
    assert not centred(np.zeros((9, 9)), (28, 28)).any()


def test_resizing_keeps_the_mean():
    """Each pixel is the mean of its area: the mean of all stays, down and up."""
    image = np.random.default_rng(0).random((30, 21))
    for size in ((10, 7), (13, 5), (60, 63)):
        assert np.isclose(resized(image, size).mean(), image.mean(), atol=1e-12)
    assert np.allclose(resized(image, (10, 7)), image.reshape(10, 3, 7, 3).mean((1, 3)))


@pytest.mark.parametrize("shape", [(28, 28, 1), (28, 28), (784,), (1, 28, 28), (32, 32, 3), (20, 24, 1)])
def test_the_model_gets_its_own_shape(shape):
    """The answer is what the model says of `image`, in the shape of its input."""
    model = model_of(shape)
    page = connect(tool := kw.draw(model))
    (_, reply) = page.hear({"do": "draw", "ask": 1, "strokes": [[[1, 2]]]}, [stroke().tobytes()])
    x = tool.model_input()
    assert x.shape == (1, *shape)
    assert np.allclose(tool.shares, np.asarray(model(x))[0], atol=1e-6)
    assert reply["content"]["result"]["answer"] == str(np.asarray(model(x)).argmax())
    assert np.isclose(x.max(), tool.image.max())
    assert page.state["strokes"] == [[[1, 2]]]


def test_models_that_rescale_bytes_get_bytes():
    """With a Rescaling of 1/255 in front, ink is 255."""
    tool = kw.draw(model_of((28, 28, 1), layers.Rescaling(1 / 255)))
    tool.see(stroke())
    assert tool.image.max() == pytest.approx(255)


def test_labels_and_states():
    """Before a stroke there is no answer; after it the names of the classes; the state is JSON."""
    tool = kw.draw(model_of((12, 12), classes=3), labels=["cat", "dog", "cow"])
    assert tool.answer is None
    assert "nothing is drawn" in tool.text()
    tool.see(stroke())
    assert tool.answer in ("cat", "dog", "cow")
    assert f"answer {tool.answer}" in tool.text()
    assert tool.html().count("<img") == 2
    json.dumps(tool.state(), allow_nan=False)


def test_bad_arguments_are_named():
    """A model of rows, a regression, missing names, a drawing of another size."""
    with pytest.raises(ValueError, match="must take one image"):
        kw.draw(model_of((7,)))
    with pytest.raises(ValueError, match="must answer with classes"):
        kw.draw(keras.Sequential([keras.Input((8, 8)), layers.Flatten(), layers.Dense(1)]))
    with pytest.raises(ValueError, match="must have 10 names"):
        kw.draw(model_of((8, 8)), labels=["a"])
    (reply,) = connect(kw.draw(model_of((8, 8)))).hear({"do": "draw", "ask": 1}, [b"123"])
    assert "Received 3" in reply["content"]["error"]
