"""`kw.peek`: activations, samples, units that never answer, gradients, the saved picture."""

from __future__ import annotations

import base64
import json

import numpy as np
import pytest

import kerasnb as keras
import kerasnb.widgets as kw
from kerasnb import layers
from kerasnb.widgets.inspect.places import layout
from tests.browser.bare import connect


def convnet(name="net"):
    keras.utils.set_random_seed(3)
    return keras.Sequential(
        [
            keras.Input((10, 10, 1)), layers.Conv2D(4, 3, activation="relu", name="conv"),
            layers.MaxPooling2D(name="pool"), layers.Flatten(name="flat"),
            layers.Dense(3, activation="softmax", name="out"),
        ],
        name=name,
    )  # fmt: skip


def images(count=6, size=10):
    return np.random.default_rng(0).random((count, size, size, 1)).astype("float32")


def test_activations_equal_a_model_of_all_outputs():
    """Each activation is what `Model(inputs, outputs of the layers)` predicts, bit for bit."""
    model, x = convnet(), images()
    tool = kw.peek(model, x[2])
    predicted = keras.Model(model.inputs, [layer.output for layer in model.layers]).predict(x[2:3], verbose=0)
    assert list(tool.activations) == ["input", "conv", "pool", "flat", "out"]
    for name, values in zip(["conv", "pool", "flat", "out"], predicted, strict=True):
        assert np.array_equal(tool.activations[name], values[0])


def test_several_inputs_shared_layers_and_nested_models():
    """A shared layer has a row for each call, a model within the model its own layers below it."""
    a, b = keras.Input((4,), name="a"), keras.Input((4,), name="b")
    inner = keras.Sequential([keras.Input((3,)), layers.Dense(2, name="deep")], name="inner")
    shared = layers.Dense(3, name="shared")
    model = keras.Model([a, b], layers.Add(name="sum")([inner(shared(a)), inner(shared(b))]))
    x = [np.random.default_rng(k).random((5, 4)).astype("float32") for k in range(2)]
    tool = kw.peek(model, {"a": x[0], "b": x[1]})
    assert [r.name for r in tool.rows] == ["a", "b", "shared", "shared", "inner", "deep", "inner", "deep", "sum"]
    assert [r.call.depth for r in tool.rows[2:]] == [0, 0, 0, 1, 0, 1, 0]
    for row, name in ((2, "shared"), (3, "shared (2)")):  # the row says which input it was called on
        unit = tool.explain(row, (1,))
        assert unit["equal"]
        assert np.array_equal(tool.activations[name], np.asarray(shared(x[unit["from"]["row"]][:1]))[0])
    assert {tool.explain(row, (1,))["from"]["row"] for row in (2, 3)} == {0, 1}


def test_a_subclassed_model_has_rows_too():
    """A model without a graph shows the layers that it calls."""

    class Own(keras.Model):
        def __init__(self):
            super().__init__()
            self.first, self.second = layers.Dense(4, activation="relu", name="first"), layers.Dense(2, name="second")

        def call(self, x):
            return self.second(self.first(x))

    model, x = Own(), np.ones((3, 5), "float32")
    tool = kw.peek(model, x)
    assert np.array_equal(tool.activations["first"], np.asarray(model.first(x[:1]))[0])
    assert "call" not in vars(model.first)


def test_a_click_explains_a_unit():
    """The answer names the unit, its numbers, and where they come from."""
    model, x = convnet(), images()
    page = connect(tool := kw.peek(model, x))
    (reply,) = page.hear({"do": "unit", "ask": 1, "row": 1, "map": 2, "r": 4, "c": 5})
    unit = reply["content"]["result"]
    assert unit["title"] == "conv, map 2, row 4, column 5"
    kernel = np.asarray(model.layers[0].kernel)[:, :, 0, 2]
    assert np.allclose(unit["planes"][0]["field"], x[0, 4:7, 5:8, 0])
    assert np.allclose(unit["planes"][0]["weights"], kernel)
    assert unit["engine"] == float(np.asarray(model.layers[0](x[:1]))[0, 4, 5, 2])
    assert unit["words"] == "equal to the engine's value within 1e-6"
    assert unit["from"] == {"row": 0, "maps": [0, 0], "r": [4, 6], "c": [5, 7]}
    assert "One unit: conv, map 2" in tool.text()


def test_pictures_are_the_values_as_bytes():
    """The bytes times the scale of the map are the activations, to one part in 127."""
    tool = kw.peek(convnet(), images())
    page = connect(tool)
    (reply,) = page.hear({"do": "maps", "ask": 1})
    for row, described, buffer in zip(tool.rows, tool.state()["rows"], reply["buffers"], strict=True):
        data = np.frombuffer(base64.b64decode(buffer), np.int8).reshape(described["maps"], *described["picture"])
        if row.layout.kind != "maps":
            continue
        for k, top in enumerate(described["tops"]):
            assert np.allclose(data[k] * top / 127, row.values[..., k], atol=(top or 1) / 250)


def test_samples_are_chosen_by_number_step_and_mistake():
    """`[` and `]` go round; mistakes come surest first; a number that is none is refused."""
    model, x = convnet(), images(8)
    shares = model.predict(x, verbose=0)
    y = (shares.argmax(-1) + (np.arange(8) % 2)) % 3  # every second label is another one
    page = connect(tool := kw.peek(model, x, y))
    page.hear({"do": "sample", "ask": 1, "by": -1})
    assert tool.at == 7
    page.hear({"do": "sample", "ask": 2, "only": True})
    wrong = [i for i in np.argsort(-shares.max(-1), kind="stable") if i % 2]
    assert tool.wrong() == wrong
    page.hear({"do": "sample", "ask": 3, "by": 1})
    assert tool.at in wrong
    (reply,) = page.hear({"do": "sample", "ask": 4, "to": 8})
    assert "from 0 to 7" in reply["content"]["error"]
    assert np.array_equal(tool.activations["out"], np.asarray(model(x[tool.at : tool.at + 1]))[0])


def test_dead_units_are_counted():
    """A map that is zero everywhere, for every sample, is dead."""
    model = convnet()
    kernel, bias = model.layers[0].get_weights()
    bias[1], bias[3] = -100, -100
    model.layers[0].set_weights([kernel, bias])
    tool = kw.peek(model, images(9))
    assert tool.state()["rows"][1]["silent"]["words"] == "2 of 4 units dead: zero for all 9 samples"
    assert "2 of 4 units dead" in tool.text()
    assert "2 of 4 units dead" in tool.html()


def test_saturated_units_are_counted():
    """A sigmoid that is close to 0 or 1 for every sample is saturated."""
    model = keras.Sequential([keras.Input((2,)), layers.Dense(3, activation="sigmoid"), layers.Dense(1)])
    model.layers[0].set_weights([np.array([[50.0, 0.1, 0.0]] * 2), np.array([9.0, 0.0, -30.0])])
    tool = kw.peek(model, np.random.default_rng(0).random((20, 2)))
    assert tool.state()["rows"][1]["silent"]["words"] == "2 of 3 units saturated for all 20 samples"


def test_gradients_of_the_weights_are_those_of_the_loss():
    """With labels and a compiled model, the gradient's size is that of finite differences of the loss."""
    model = keras.Sequential([keras.Input((4,)), layers.Dense(3, activation="softmax")])
    model.compile("sgd", "sparse_categorical_crossentropy")
    x, y = np.random.default_rng(0).random((6, 4)), np.array([0, 1, 2, 0, 1, 2])
    strips = kw.peek(model, x, y).strips[1]
    kernel, bias = (w.astype(float) for w in model.get_weights())

    def loss(k):
        z = x @ k + bias
        return np.mean(np.log(np.exp(z).sum(-1)) - z[np.arange(6), y])

    gradient = np.zeros_like(kernel)
    for at in np.ndindex(*kernel.shape):
        step = np.zeros_like(kernel)
        step[at] = 1e-5
        gradient[at] = (loss(kernel + step) - loss(kernel - step)) / 2e-5
    assert np.isclose(strips[0]["gradient"]["rms"], np.sqrt(np.mean(gradient**2)), rtol=1e-4)
    assert np.isclose(strips[0]["weight"]["top"], np.abs(kernel).max())


def test_the_state_is_json_and_the_saved_picture_small():
    """Many large maps give a picture below 40 KB that needs no script."""
    stack = [layers.Conv2D(32, 3, padding="same", activation="relu") for _ in range(6)]
    model = keras.Sequential([keras.Input((96, 96, 3)), *stack])
    tool = kw.peek(model, np.random.default_rng(0).random((96, 96, 3)))
    json.dumps(tool.state(), allow_nan=False)
    page = tool.bundle()["text/html"]
    assert len(page.encode()) < 40_000
    assert "<svg" not in page and "<script" not in page


def test_values_that_are_not_finite_are_said():
    """NaN in a layer is counted in words, and the state stays JSON."""
    model = convnet()
    model.layers[0].set_weights([w * np.nan for w in model.layers[0].get_weights()])
    tool = kw.peek(model, images()[0])
    assert tool.state()["rows"][1]["range"] == "256 values are not finite"
    json.dumps(tool.state(), allow_nan=False)
    connect(tool).hear({"do": "unit", "ask": 1, "row": 1, "map": 0, "r": 0, "c": 0})
    assert "does not" not in tool.html()


@pytest.mark.parametrize(
    ("x", "y", "labels", "words"),
    [
        (np.zeros((3, 9, 10, 1)), None, None, "one sample of shape .10, 10, 1."),
        (np.zeros((3, 10, 10, 1)), [0, 1], None, "Argument `y` must have 3"),
        (np.zeros((3, 10, 10, 1)), [0, 1, 3], None, "labels from 0 to 2"),
        (np.zeros((3, 10, 10, 1)), None, ["a"], "Argument `labels` must have 3 names"),
    ],
)
def test_bad_arguments_are_named(x, y, labels, words):
    """A wrong shape, a missing label, a label that is no class, missing names."""
    with pytest.raises(ValueError, match=words):
        kw.peek(convnet(), x, y, labels)


@pytest.mark.parametrize("shape", [(7,), (100,), (9, 5), (6, 7, 3), (2, 5, 6, 3), ()])
@pytest.mark.parametrize("first", [False, True])
def test_each_number_has_one_place(shape, first):
    """Index to place and back; places are within the layout, and the picture shows the value there."""
    values = np.arange(int(np.prod(shape)), dtype="float32").reshape(shape)
    made = layout(shape, first)
    pictures = made.pictures(values)
    for index in np.ndindex(*shape):
        place = made.place(index)
        assert made.index(*place) == index
        assert pictures[place] == values[index]
