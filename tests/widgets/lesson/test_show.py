"""Figures, mistakes and expected errors: what they show is what the data hold, in words too."""

from __future__ import annotations

import base64
import re
import struct
import xml.etree.ElementTree as tree
import zlib

import numpy as np
import pytest

import kerasnb as keras
import kerasnb.widgets as kw
from kerasnb.widgets.lesson import errors, pixels
from tests.promises.widgets import check_bundle

IMAGES = np.linspace(0, 1, 3 * 16).reshape(3, 4, 4)
SIGNED = np.linspace(-1, 1, 32).reshape(4, 4, 2)


def small_model():
    """A model with two inputs."""
    a, b = keras.Input((3,), name="a"), keras.Input((2,), name="b")
    hidden = keras.layers.Dense(4, name="left")(a)
    return keras.Model([a, b], [hidden, keras.layers.Dense(1, name="right")(b)])


def stack():
    """A convolutional model."""
    return keras.Sequential([
        keras.Input((8, 8, 1)), keras.layers.Conv2D(3, 3, name="conv"), keras.layers.Flatten(name="flat"),
        keras.layers.Dense(2, name="out"),
    ])  # fmt: skip


DATA = {
    "images": lambda: IMAGES,
    "maps": lambda: SIGNED,
    "kernels": lambda: SIGNED.reshape(2, 2, 1, 8),
    "numbers": lambda: [np.eye(3), -np.eye(2)],
    "bars": lambda: {"one <b>": 0.25, "two": 1.0},
    "lines": lambda: {"a": [1.0, 0.5, float("nan")], "b": [0.1, 0.2]},
    "attention": lambda: [("Mary went <out>", 0.9), ("John went", 0.1)],
    "graph": small_model,
    "volumes": stack,
}
INSIDE = {
    "images": ["image 2", "0.34"], "maps": ["map 1", "−1"], "kernels": ["kernel 7"], "numbers": ["−1"],
    "bars": ["one &lt;b&gt;", "0.25"], "lines": ["0.5", "–"], "attention": ["1. Mary went &lt;out&gt;", "90 %"],
    "graph": ["left", "(None, 4)", "16"], "volumes": ["6 × 6 × 3", "30 parameters", "218"],
}  # fmt: skip


@pytest.mark.parametrize("kind", sorted(DATA))
def test_figures(kind):
    """Each kind: a constant text, pictures with words, a table with the values, no element that needs trust."""
    shown = kw.show(DATA[kind](), kind, alt="What `to` see.", title="A <title>")
    made = shown._repr_mimebundle_()
    check_bundle(made)
    page = made["text/html"]
    assert made["text/plain"] == "Figure: What `to` see."
    assert page.startswith('<div class="kerasnb-values">') and page.endswith("</pre></div>")
    assert "A &lt;title&gt;" in page and "What <code>to</code> see." in page and "<table" in page
    pictures = re.findall(r"<img [^>]*>", page)
    assert pictures and all(re.search(r'alt="[^"]+"', p) for p in pictures)
    for address in re.findall(r'src="data:image/svg\+xml;base64,([^"]+)"', page):
        tree.fromstring(base64.b64decode(address))
    assert not re.search("<(svg|script|style|iframe)", page)
    seen = re.sub(r"<pre.*", "", page)
    assert [text for text in INSIDE[kind] if text not in seen] == []


@pytest.mark.parametrize("kind", sorted(DATA))
def test_two_figures_differ_only_where_the_pattern_says(kind):
    """What the nbval plugin takes out covers the whole figure."""
    page = kw.show(DATA[kind](), kind, alt="See.").page
    assert re.sub(r'(?s)<div class="kerasnb-values">.*?</pre></div>', "", page) == ""


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ((IMAGES, "pictures"), "`kind` must be one of"),
        ((IMAGES[0],), r"must have the shape \(n, height, width\).*\(4, 4\)"),
        ((np.zeros((2, 3, 3, 2)),), "1 or 3 channels"),
        ((IMAGES, "kernels"), r"\(height, width, inputs, outputs\)"),
        (({}, "bars"), "empty"),
        (([], "attention"), "none"),
        (([], "volumes"), "no shapes"),
        ((5, "graph"), "must be a model"),
    ],
    ids=str,
)
def test_wrong_data(arguments, message):
    """The error names the argument and what was expected."""
    with pytest.raises(ValueError, match=message):
        kw.show(*arguments, alt="See.")


def test_wrong_options():
    """Captions that do not fit and options that a kind does not have."""
    with pytest.raises(ValueError, match="`names` must have 3 values. Received 1"):
        kw.show(IMAGES, names=["a"], alt="See.")
    with pytest.raises(TypeError, match="size"):
        kw.show({"a": 1}, "bars", alt="See.", size=3)


def decoded(data: bytes) -> np.ndarray:
    """The pixels of a PNG without filters."""
    width, height, _, kind = struct.unpack(">IIBB", data[16:26])
    packed = data[data.index(b"IDAT") + 4 : data.index(b"IEND") - 8]
    rows = np.frombuffer(zlib.decompress(packed), np.uint8).reshape(height, -1)
    assert not rows[:, 0].any()
    return rows[:, 1:].reshape((height, width) if kind == 0 else (height, width, 3))


def test_pixels():
    """Pictures hold the values: black to white, dark at zero, blue above, orange below."""
    grey, colours = pixels.grey(IMAGES[0], 0, 1), pixels.signed(np.array([[0.0, 1.0, -1.0, np.nan]]))
    np.testing.assert_array_equal(decoded(pixels.png(grey)), np.round(IMAGES[0] * 255))
    np.testing.assert_array_equal(decoded(pixels.png(colours)), colours)
    assert colours[0, 0].max() < 40 and colours[0, 1].argmax() == 2 and colours[0, 2].argmax() == 0
    assert pixels.grey(np.ones((2, 2))).max() == 0 and pixels.signed(np.zeros((2, 2))).max() < 40


# --- mistakes

SHARES = np.array([[0.1, 0.9], [0.2, 0.8], [0.7, 0.3], [0.995, 0.005]])


def test_the_surest_errors_come_first():
    """Errors only, by certainty, with names."""
    made = kw.mistakes(SHARES, ["a", "b", "c", "d"], [0, 1, 1, 1], names=["cat", "dog"])
    rows = re.findall(r"<tr><td.*?</tr>", made.page)
    cells = [re.sub("<.*?>", "|", row).replace("||", "|").strip("|").split("|") for row in rows]
    assert cells == [["d", "dog", "cat", "&gt; 99 %"], ["a", "cat", "dog", "90 %"], ["c", "dog", "cat", "70 %"]]
    assert repr(made) == "Figure: Sure, and wrong. What would you have said?"
    check_bundle(made._repr_mimebundle_())


def test_images_and_one_hot_labels_and_logits():
    """Images are drawn, what was meant is folded; at most `count` are shown."""
    made = kw.mistakes(np.log(SHARES), IMAGES[[0, 1, 2, 0]], np.eye(2)[[0, 1, 1, 1]], count=2)
    assert made.page.count("<img ") == 2 and "Show what was meant" in made.page and "&gt; 99 %" in made.page
    assert "No mistakes at all" in kw.mistakes(SHARES, IMAGES[[0, 1, 2, 0]], [1, 1, 0, 0]).page


def test_the_largest_errors_of_a_regression():
    """By their size, with signs, of one output of several."""
    predictions = {"mpg": np.array([[20.0], [30.0], [10.0]]), "other": None}
    made = kw.mistakes(predictions, None, np.array([25.0, 30.5, 18.0]), output="mpg", samples=["a", "b", "c"], count=2)
    assert re.findall(r">(−?[\d.]+|[abc])</td>", made.page) == ["c", "18", "10", "−8", "a", "25", "20", "−5"]
    assert repr(made) == "Figure: The largest errors. What would you have said?"


def test_mistakes_of_a_model():
    """A model predicts itself."""
    model = stack()
    x = np.random.default_rng(1).random((5, 8, 8, 1))
    wrong = 1 - model.predict(x, verbose=0).argmax(-1)
    assert kw.mistakes(model, x, wrong).page.count("<img ") == 5


def test_mistakes_that_do_not_fit():
    """Another number of answers, or of columns, is named."""
    with pytest.raises(ValueError, match="`y` must have 4 values. Received 2"):
        kw.mistakes(SHARES, None, [0, 1])
    with pytest.raises(ValueError, match=r"predictions of shape \(4, 2\) and y of shape \(4,\)"):
        kw.mistakes(SHARES, None, np.full(4, 0.5))


# --- expected errors


@pytest.mark.parametrize(
    ("arguments", "options", "message"),
    [
        ((SHARES, "abcd", [0, 1, 1, 2]), {}, "`y` must have classes 0 to 1, as the predictions do. .*classes 0 to 2"),
        ((SHARES, "abcd", [0, 1, 1, -1]), {}, "Received classes -1 to 1"),
        ((SHARES, "abcd", [0, 1, 1, 1]), {"names": ["cat"]}, "`names` must have 2 values, one for each class"),
        ((SHARES, "abc", [0, 1, 1, 1]), {}, "as many samples as predictions, 4. Received 3"),
        ((SHARES, "abcd", [0, 1, 1, 1]), {"count": 0}, "`count` must be at least 1"),
        ((SHARES, "abcd", [0, 1, 1, 1]), {"output": "mpg"}, "`output` must be left out: there is one output"),
        (({"mpg": SHARES, "origin": SHARES}, "abcd", [0, 1, 1, 1]), {}, r"`output` must be one of \['mpg', 'origin'\]"),
        (([SHARES, SHARES], "abcd", [0, 1, 1, 1]), {"output": 2}, r"`output` must be one of \[0, 1\]"),
    ],
)
def test_mistakes_say_what_does_not_fit(arguments, options, message):
    """In words, with what was expected and what came."""
    with pytest.raises(ValueError, match=message):
        kw.mistakes(*arguments, **options)


def test_classes_may_be_whole_floats():
    """As Keras takes them."""
    assert kw.mistakes(SHARES, "abcd", [0.0, 1.0, 1.0, 1.0]).page == kw.mistakes(SHARES, "abcd", [0, 1, 1, 1]).page


@pytest.mark.parametrize("kind", ["ValueError", None, 5, (ValueError, "x")], ids=str)
def test_an_expected_error_is_a_class(kind):
    """What is none is refused before the block runs."""
    with pytest.raises(ValueError, match="`kind` must be a class of errors"):
        kw.expect_error(kind)


def test_an_expected_error_is_printed_and_the_cell_goes_on(capsys):
    """Without a notebook its class is printed; the error can be read afterwards."""
    with kw.expect_error(ValueError) as expected:
        keras.layers.Dense(-3)
    assert capsys.readouterr().out == "Expected error: ValueError\n"
    assert "units=-3" in str(expected.error)
    made = errors.card(expected.error)._repr_mimebundle_()
    check_bundle(made)
    assert made["text/plain"] == "Expected error: ValueError" and "units=-3" in made["text/html"]


def test_an_expected_error_that_does_not_come():
    """Then the cell fails: the lesson would show something else than it says."""
    with pytest.raises(AssertionError, match="No error came"), kw.expect_error():
        pass


@pytest.mark.parametrize("error", [TypeError, KeyboardInterrupt])
def test_another_error_is_raised(error):
    """Only what was expected is caught; an interrupt never is."""
    with pytest.raises(error), kw.expect_error(ValueError):
        raise error("other")


def test_full_size_is_off_unless_asked_for():
    """Tests run the short form."""
    assert kw.full_size is False


def test_cars():
    """392 cars, all columns known, as the file has them."""
    cars = kw.cars()
    assert {len(v) for v in cars.values()} == {392} and list(cars) == [
        "mpg", "cylinders", "displacement", "horsepower", "weight", "acceleration", "year", "origin", "name",
    ]  # fmt: skip
    assert sorted(set(cars["origin"])) == ["Europe", "Japan", "USA"] and (cars["origin"] == "USA").sum() == 245
    assert cars["mpg"].min() == 9 and cars["year"].max() == 1982 and np.isclose(cars["mpg"].mean(), 23.446, atol=1e-3)
