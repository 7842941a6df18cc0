"""What is watched, in a real browser."""

from __future__ import annotations

import base64

import numpy as np
import pytest

import kerasnb as keras
import kerasnb.widgets as kw
from kerasnb.widgets.watch.boundary import GRID
from tests.browser.axe import serious_faults


@pytest.fixture
def watched(show_tool, monkeypatch):
    """A card of a training that was watched."""
    monkeypatch.setenv("KERASNB_RENDERER", "none")

    def train(what, kinds=2, epochs=4, **options):
        keras.utils.set_random_seed(0)
        rng = np.random.default_rng(0)
        y = np.arange(90) % kinds
        x = (rng.normal(size=(90, 2)) + 3 * np.stack([np.cos(2 * y), np.sin(2 * y)], axis=1)).astype("float32")
        model = keras.Sequential([keras.Input((2,)), keras.layers.Dense(8, activation="tanh")])
        model.add(keras.layers.Dense(1 if kinds == 2 else kinds, activation="sigmoid" if kinds == 2 else "softmax"))
        model.compile("adam", "binary_crossentropy" if kinds == 2 else "sparse_categorical_crossentropy")
        watch = kw.Watch(what, x, y, share=1)
        watch.budget.allows = lambda: True
        model.fit(x, y, epochs=epochs, verbose=0, callbacks=[watch])
        return show_tool(watch.card, **options), watch

    return train


PIXELS = """() => {
    const canvas = document.querySelector('.kerasnb').shadowRoot.querySelector('.bd-ground');
    return [...canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height).data];
}"""


def test_the_ground_is_painted_as_the_model_says(watched):
    """Each pixel is blue where the model says 1 and orange where it says 0; a triangle or a circle for each point."""
    page, watch = watched("boundary")
    pixels = np.array(page.page.evaluate(PIXELS)).reshape(GRID * GRID, 4)
    frame = np.frombuffer(base64.b64decode(watch.card.state()["looks"][0]["frames"][-1]), np.uint8)
    sure = np.abs(frame.astype(int) - 127) > 8
    np.testing.assert_array_equal((pixels[:, 2] > pixels[:, 0])[sure], (frame > 127)[sure])
    assert page.locator(".bd path").count() == 90
    assert "% of the points stand on ground of their class" in page.locator(".bd").get_attribute("aria-label")


def test_the_slider_goes_back_and_a_new_look_follows(watched):
    """Arrow keys go to earlier looks; at the newest one the card follows what comes."""
    page, watch = watched(["boundary", "predictions"], kinds=3)
    last = page.page.evaluate(PIXELS)
    page.locator(".page").press("ArrowLeft")
    assert page.locator(".foot b").inner_text() == "3" and page.page.evaluate(PIXELS) != last
    page.locator("input[type=range]").press("Home")
    assert "after epoch 0" in page.locator(".wt-boundary").inner_text()
    assert page.locator(".pr figure").count() == 8
    page.locator("button", has_text="newest").click()
    for look in watch.looks:
        look.look(9)
    watch.card.refresh(picture=False)
    page.flush()
    assert page.locator(".foot b").inner_text() == "9" and "after epoch 9" in page.locator(".head").inner_text()


@pytest.mark.parametrize(("width", "dark"), [(1000, False), (400, True)])
def test_strips_are_labelled_and_fit(watched, width, dark):
    """Each layer has a strip with its numbers in words; nothing is wider than the card."""
    page, watch = watched(["weights", "gradients"], width=width, dark=dark)
    labels = page.locator(".sp-h").evaluate_all("all => all.map((e) => e.getAttribute('aria-label'))")
    names = [layer.name for layer in watch.model.layers]
    assert [label.split(":")[0] for label in labels] == [f"{k} of {n}" for k in ("weights", "gradients") for n in names]
    assert all("norm" in label for label in labels)
    size = page.page.evaluate(
        "() => { const k = document.querySelector('.kerasnb').shadowRoot.querySelector('.k');"
        "return [k.scrollWidth, k.clientWidth]; }"
    )
    assert size[0] <= size[1]


@pytest.mark.parametrize(("width", "dark"), [(1000, False), (400, True)])
def test_axe_finds_no_serious_fault_in_what_is_watched(watched, width, dark):
    """All four looks in one card."""
    page, _ = watched(["boundary", "predictions", "weights", "gradients"], width=width, dark=dark)
    assert not serious_faults(page.page)
