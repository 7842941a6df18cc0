"""`kw.explore`: sliders, occlusion, gradients, words; finite differences judge the gradient."""

from __future__ import annotations

import json

import numpy as np
import pytest

import kerasnb as keras
import kerasnb.widgets as kw
from kerasnb import layers
from tests.browser.bare import connect


def classifier(shape, last="softmax", units=3, *middle):
    keras.utils.set_random_seed(0)
    stack = [*middle, layers.Flatten(), layers.Dense(8, activation="tanh"), layers.Dense(units, activation=last)]
    return keras.Sequential([keras.Input(shape), *stack])


def score(model, x, kind, column):
    """The share of a class, by NumPy, from the outputs of the model."""
    made = np.asarray(model(np.asarray(x, "float32")), np.float64)
    if kind == "logits":
        made = np.exp(made) / np.exp(made).sum(-1, keepdims=True)
    if kind == "binary":
        made = np.concatenate([1 - made, made], 1)
    return made[:, column]


def differences(model, x, kind, column, step=0.02):
    """The gradient by central differences, one number of the input at a time."""
    found = np.zeros(x.shape)
    for at in np.ndindex(*x.shape):
        moved = np.stack([x, x]).astype("float64")
        moved[(0, *at)] += step
        moved[(1, *at)] -= step
        up, down = score(model, moved, kind, column)
        found[at] = (up - down) / (2 * step)
    return found


@pytest.mark.parametrize("kind", ["shares", "logits", "binary", "values"])
@pytest.mark.parametrize("column", [0, 1])
def test_slopes_are_the_gradient(kind, column):
    """The slope of each feature is what finite differences of the model's answer give."""
    last, units = {"shares": ("softmax", 3), "logits": (None, 3), "binary": ("sigmoid", 1), "values": (None, 2)}[kind]
    model = classifier((5,), last, units)
    if kind == "logits":
        model.compile("sgd", keras.losses.SparseCategoricalCrossentropy(from_logits=True))
    x = np.random.default_rng(1).normal(size=5).astype("float32")
    page = connect(tool := kw.explore(model, x))
    page.hear({"do": "column", "ask": 1, "column": column})
    assert tool.answer_kind == kind
    expected = differences(model, x, kind, column)
    assert np.allclose(tool.slopes, expected, atol=2e-3 * np.abs(expected).max())


def test_the_gradient_of_an_image_is_that_of_finite_differences():
    """The map of an image is the gradient of the chosen class, summed over the channels."""
    model = classifier((8, 9, 3), "softmax", 3, layers.Conv2D(4, 3, activation="tanh"))
    x = np.random.default_rng(1).random((8, 9, 3)).astype("float32")
    tool = kw.explore(model, x)
    expected = differences(model, x, "shares", tool.column)
    assert np.allclose(tool.gradient(), expected, atol=0.01 * np.abs(expected).max())
    assert np.allclose(tool.slope, expected.sum(-1), atol=0.02 * np.abs(expected).max())


@pytest.mark.parametrize("first", [False, True])
def test_occlusion_is_the_answer_for_covered_images(first):
    """Each score is what the model says when that patch has the median colour; the map is their mean fall."""
    shape = (2 + 1, 10, 12) if first else (10, 12, 3)
    keras.utils.set_random_seed(0)
    model = keras.Sequential([keras.Input(shape), layers.Flatten(), layers.Dense(3, activation="softmax")])
    x = np.random.default_rng(1).random(shape).astype("float32")
    page = connect(tool := kw.explore(model, x))
    page.hear({"do": "patch", "ask": 1, "side": 4})
    whole = np.asarray(model(x[None]))[0, tool.column]
    occlusion = tool.occlusion
    assert occlusion.rows == [0, 2, 4, 6] and occlusion.columns == [0, 2, 4, 6, 8]
    falls, counts = np.zeros((10, 12)), np.zeros((10, 12))
    for i, r in enumerate(occlusion.rows):
        for j, c in enumerate(occlusion.columns):
            covered = (np.moveaxis(x, 0, -1) if first else x).copy()
            covered[r : r + 4, c : c + 4] = np.median(covered, axis=(0, 1))
            said = np.asarray(model((np.moveaxis(covered, -1, 0) if first else covered)[None]))[0, tool.column]
            assert occlusion.scores[i, j, tool.column] == pytest.approx(said, abs=1e-6)
            falls[r : r + 4, c : c + 4] += whole - said
            counts[r : r + 4, c : c + 4] += 1
    assert np.allclose(tool.map, falls / counts, atol=1e-6)
    row, column, least = tool.strongest()
    assert least == pytest.approx(occlusion.scores[..., tool.column].min())
    assert f"rows {row} to {row + 3} and columns {column} to {column + 3}" in tool.text()


def test_a_slider_changes_the_answer():
    """A new value gives the model's answer for it; a reset gives the old one; other features stay."""
    model = classifier((3,))
    x = np.array([0.5, -1.0, 2.0], "float32")
    page = connect(tool := kw.explore(model, x, names=["a", "b", "c"]))
    (reply,) = page.hear({"do": "set", "ask": 1, "values": {"1": 0.75}})
    expected = np.asarray(model(np.array([[0.5, 0.75, 2.0]], "float32")))[0]
    assert np.allclose(reply["content"]["result"]["values"], expected, atol=1e-6)
    assert x.tolist() == [0.5, -1.0, 2.0]
    assert "0.750" in tool.text()
    page.hear({"do": "reset", "ask": 2})
    assert np.allclose(tool.scores, np.asarray(model(x[None]))[0], atol=1e-6)
    (reply,) = page.hear({"do": "set", "ask": 3, "values": {"7": 1.0}})
    assert "from 0 to 2" in reply["content"]["error"]


def test_ranges_are_those_of_the_data():
    """Sliders reach from the lowest to the highest value; whole numbers step by one."""
    data = np.array([[1.0, 20.5], [7.0, 31.0], [3.0, 25.0]])
    tool = kw.explore(classifier((2,)), data[0], data=data)
    assert [(s["low"], s["high"]) for s in tool.state()["sliders"]] == [(1.0, 7.0), (20.5, 31.0)]
    assert [s["step"] for s in tool.state()["sliders"]] == [1.0, pytest.approx(10.5 / 200)]
    free = kw.explore(classifier((2,)), data[0]).state()["sliders"][0]
    assert free["low"] < 1.0 < free["high"]


def test_words_are_left_out_one_by_one():
    """For ids of words, each fall is the answer with all words minus that without the word; padding has none."""
    keras.utils.set_random_seed(0)
    model = keras.Sequential([
        keras.Input((6,), dtype="int32"), layers.Embedding(20, 4), layers.GlobalAveragePooling1D(),
        layers.Dense(2, activation="softmax"),
    ])  # fmt: skip
    ids = np.array([4, 9, 2, 7, 0, 0])
    tool = kw.explore(model, ids, names=["not", "a", "bad", "film", "", ""], labels=["good", "poor"])
    assert [w["word"] for w in tool.state()["words"]] == ["not", "a", "bad", "film"]
    for k in range(4):
        without = ids.copy()
        without[k] = 0
        expected = np.asarray(model(ids[None]))[0, tool.column] - np.asarray(model(without[None]))[0, tool.column]
        assert tool.falls[k] == pytest.approx(expected, abs=1e-6)
    assert "film" in tool.text()


def test_static_pictures_are_small_and_the_state_is_json():
    """Each kind: no script, no `<svg>`, below 40 KB."""
    image = kw.explore(classifier((64, 64, 3)), np.random.default_rng(0).random((64, 64, 3)))
    row = kw.explore(classifier((100,)), np.arange(100.0))
    for tool in (image, row):
        page = tool.bundle()["text/html"]
        assert len(page.encode()) < 40_000
        assert "<svg" not in page and "<script" not in page
        json.dumps(tool.state(), allow_nan=False)
    assert row.state()["more"] == 36


def test_bad_arguments_are_named():
    """A batch, a wrong shape, missing names."""
    with pytest.raises(ValueError, match="one sample, such as"):
        kw.explore(classifier((3,)), np.zeros((4, 3)))
    with pytest.raises(ValueError, match="one sample of shape .3. or a batch"):
        kw.explore(classifier((3,)), np.zeros(4))
    with pytest.raises(ValueError, match="`names` must have 3 names"):
        kw.explore(classifier((3,)), np.zeros(3), names=["a"])
    with pytest.raises(ValueError, match="a row of features, an image"):
        kw.explore(classifier((3, 4)), np.zeros((3, 4)))


def pair():
    a, b = keras.Input((3,), name="a"), keras.Input((2,), name="b")
    joined = keras.layers.Concatenate()([a, b])
    return keras.Model([a, b], keras.layers.Dense(1)(keras.layers.Dense(4, activation="tanh")(joined)))


@pytest.mark.parametrize("shape", ["list", "dict", "dict in another order"])
@pytest.mark.parametrize(("vary", "place"), [(0, 0), ("b", 1)])
def test_of_several_inputs_one_is_varied(shape, vary, place):
    """The answer, the slopes and the ranges are those of the whole model with the other inputs held."""
    kw.seed(4)
    model = pair()
    rows = [np.array([0.5, -1.0, 2.0], "float32"), np.array([0.25, 3.0], "float32")]
    data = [np.stack([r - 1, r, r + 2]) for r in rows]
    step = -1 if "other" in shape else 1
    given = list if shape == "list" else (lambda v: dict(list(zip("ab", v, strict=True))[::step]))
    tool = kw.explore(model, given(rows), given(data), vary=vary)
    expected = lambda values: float(np.asarray(model([v[None] for v in values]))[0, 0])  # noqa: E731
    assert tool.scores[0] == pytest.approx(expected(rows), rel=1e-6)
    np.testing.assert_allclose(tool.low, rows[place] - 1)
    moved = [r.copy() for r in rows]
    moved[place][1] += 0.5
    tool.on_set({"values": {"1": float(moved[place][1])}, "rest": True}, [])
    assert tool.scores[0] == pytest.approx(expected(moved), rel=1e-6)
    for i in range(len(rows[place])):
        up, down = [m.astype("float64") for m in moved], [m.astype("float64") for m in moved]
        up[place][i] += 1e-2
        down[place][i] -= 1e-2
        assert tool.slopes[i] == pytest.approx((expected(up) - expected(down)) / 2e-2, rel=1e-2, abs=1e-3)
    assert ("held: b" if place == 0 else "held: a") in tool.text()


def test_images_and_texts_among_several_inputs():
    """Each input is shown as what it is: an image, or words."""
    kw.seed(4)
    image, words = keras.Input((8, 8, 1), name="image"), keras.Input((5,), dtype="int32", name="words")
    parts = [keras.layers.Flatten()(image), keras.layers.Flatten()(keras.layers.Embedding(9, 2)(words))]
    model = keras.Model([image, words], keras.layers.Dense(2, activation="softmax")(keras.layers.Concatenate()(parts)))
    x = [np.ones((8, 8, 1), "float32"), np.array([3, 1, 4, 0, 0])]
    assert [kw.explore(model, x, vary=name).kind for name in ("image", "words")] == ["image", "text"]
    with pytest.raises(ValueError, match="the model has 2 inputs: image, words. Received: 'c'"):
        kw.explore(model, x, vary="c")
