"""Peek in a browser: clicks, keys, samples, scales."""

from __future__ import annotations

import numpy as np
import pytest

import kerasnb as keras
import kerasnb.widgets as kw
from kerasnb import layers


def digits():
    keras.utils.set_random_seed(1)
    return keras.Sequential(
        [
            keras.Input((12, 12, 1)), layers.Conv2D(3, 3, activation="relu", name="conv"), layers.Flatten(name="flat"),
            layers.Dense(4, activation="softmax", name="out"),
        ],
        name="digits",
    )  # fmt: skip


@pytest.fixture
def page(show_tool):
    x = np.random.default_rng(0).random((5, 12, 12, 1)).astype("float32")
    shown = show_tool(kw.peek(digits(), x, np.array([0, 1, 2, 3, 0])))
    shown.locator(".ok", has_text="equal to the engine's value within 1e-6").wait_for()
    return shown


def box(page, selector):
    return page.locator(selector).first.bounding_box()


def test_a_click_on_a_pixel_shows_its_arithmetic(page):
    """The unit under the pointer is the one that is explained, its field is framed on the input."""
    page.locator("[title='map 1'] canvas").click(position={"x": 47 * 5.5 / 10, "y": 47 * 2.5 / 10})
    page.locator(".h4", has_text="One unit: conv, map 1, row 2, column 5").wait_for()
    field = page.tool.unit["planes"][0]["field"]
    assert np.allclose(field, page.tool.rows[0].values[2:5, 5:8, 0])
    shown = page.locator(".m3.field span").all_inner_texts()
    assert shown == [f"{v:.2f}" for v in np.ravel(field)]
    picture, frame = box(page, ".mp.image canvas"), box(page, ".mp.image em")
    assert frame["x"] - picture["x"] == pytest.approx(112 * 5 / 12, abs=2)
    assert frame["width"] == pytest.approx(112 * 3 / 12, abs=2)


def test_arrows_move_the_unit_and_cross_to_maps_and_layers(page):
    """From the last column to the next map, from the last row to the next layer; the label of the card says where."""
    page.locator("[title='map 0'] canvas").click(position={"x": 44, "y": 44})
    page.locator(".h4", has_text="map 0, row 9, column 9").wait_for()
    page.page.keyboard.press("ArrowRight")
    page.locator(".h4", has_text="map 1, row 9, column 0").wait_for()
    page.page.keyboard.press("ArrowLeft")
    page.locator(".h4", has_text="map 0, row 9, column 9").wait_for()
    page.page.keyboard.press("ArrowDown")
    page.locator(".h4", has_text="One unit: flat, unit").wait_for()
    page.page.keyboard.press("ArrowUp")
    page.locator(".h4", has_text="One unit: conv").wait_for()


def test_brackets_choose_the_sample(page):
    """`]` and `[` step through the samples, a typed number jumps, a wrong one is explained."""
    page.locator(".page").focus()
    page.page.keyboard.press("]")
    page.locator(".head", has_text="sample 1 of 5, label 1").wait_for()
    page.page.keyboard.press("[")
    page.page.keyboard.press("[")
    page.locator(".head", has_text="sample 4 of 5").wait_for()
    field = page.locator("input[aria-label=Sample]")
    field.fill("2")
    field.press("Enter")
    page.locator(".head", has_text="sample 2 of 5").wait_for()
    field.fill("9")
    field.press("Enter")
    page.locator("[role=alert]", has_text="numbered from 0 to 4").wait_for()
    assert page.tool.at == 2


def test_the_scale_changes_the_colours(page):
    """Per map, each map reaches the full colour; per layer only the largest does."""
    strongest = """() => [...document.querySelector('.kerasnb').shadowRoot.querySelectorAll('.mp.maps canvas')]
        .map((c) =>
        Math.max(...c.getContext('2d').getImageData(0, 0, c.width, c.height).data.filter((_, i) => i % 4 === 3)))"""
    tops = np.array(page.tool.state()["rows"][1]["tops"])
    assert np.allclose(page.page.evaluate(strongest), 255 * tops / tops.max(), atol=3)
    page.locator("select").first.select_option("map")
    assert min(page.page.evaluate(strongest)) >= 253


def test_a_map_opens_from_the_keyboard(page):
    """Tab and Enter choose the largest unit of a map."""
    page.locator("[title='map 2']").focus()
    page.page.keyboard.press("Enter")
    page.locator(".h4", has_text="One unit: conv, map 2").wait_for()
    values = page.tool.rows[1].values[..., 2]
    assert page.tool.unit["engine"] == pytest.approx(values.max(), rel=0.02)


def test_a_lost_kernel_is_said(page):
    """After a restart the controls are off, with the reason."""
    page.page.evaluate("window.loseKernel()")
    assert page.locator("[title*='kernel restarted']").count() >= 3


def test_the_hood_opens_below(page):
    """The code that ran for the layer of the chosen unit, with its twins; the verdict compares them."""
    page.locator("[title='map 0'] canvas").click()
    page.locator("button", has_text="Open the hood").click()
    page.locator(".under .head", has_text="The hood: conv").wait_for()
    assert page.locator("[role=tab][aria-selected=true]").inner_text().startswith("CPU (Numba)")
    assert "def " in page.locator("#hood-code").inner_text()
    page.locator("[role=tab]", has_text="NumPy reference").click()
    assert "def " in page.locator("#hood-code").inner_text()
    page.locator(".under .ok", has_text="CPU equals the reference").wait_for()
    page.locator("button", has_text="Close").click()
    assert page.locator(".under").is_hidden()


def test_keys_go_on_when_the_sample_changes(page):
    """The maps of another sample are new elements: the focus stays at the chosen unit."""
    page.locator("[title='map 1']").focus()
    page.page.keyboard.press("Enter")
    page.locator(".h4", has_text="One unit: conv, map 1").wait_for()
    for sample in (1, 2):
        page.page.keyboard.press("]")
        page.locator(".head", has_text=f"sample {sample} of 5").wait_for()
