"""The graph of a model in a browser: select, follow arrows, open models inside."""

from __future__ import annotations

import pytest

import kerasnb as keras
import kerasnb.widgets as kw

layers = keras.layers
FOCUSED = "() => document.querySelector('.kerasnb').shadowRoot.activeElement?.getAttribute('aria-label')"


@pytest.fixture
def twins():
    inner = keras.Sequential([keras.Input((4,)), layers.Dense(3, name="deep")], name="inner")
    encoder = keras.Sequential([keras.Input((4,)), inner, layers.Dense(2, name="flat")], name="encoder")
    left, right = keras.Input((4,), name="left"), keras.Input((4,), name="right")
    apart = layers.Subtract(name="subtract")([encoder(left), encoder(right)])
    return keras.Model([left, right], layers.Dense(1, name="same")(apart), name="twins")


def node(page, name: str):
    return page.locator(f".gr g[aria-label^='{name}:']")


def facts(page) -> dict[str, str]:
    return dict(tuple(r.inner_text().split("\t")) for r in page.locator(".facts tr").all())


def focused(page) -> str:
    return (page.page.evaluate(FOCUSED) or "").split(":")[0]


def test_a_shared_layer_is_one_box_with_numbered_lines(show_tool, twins):
    """Selected at first, since it is what one looks for; its second call is dashed."""
    page = show_tool(twins.plot())
    assert page.locator(".gr g").count() == 5 and node(page, "encoder").get_attribute("aria-pressed") == "true"
    assert node(page, "encoder").locator(".stack").count() == 1 and node(page, "left").locator(".stack").count() == 0
    dashes = [line.get_attribute("stroke-dasharray") for line in page.locator(".gr .e").all()]
    assert sorted(dashes) == ["5 3", "5 3", "none", "none", "none"]
    assert page.locator(".gr text:text-is('call 1')").count() == page.locator(".gr text:text-is('call 2')").count() == 1
    assert facts(page)["call 2 (dashed)"] == "right → subtract[1]" and facts(page)["parameters"] == "23"


def test_a_click_fills_the_table(show_tool, twins):
    """What is selected is pressed, and its facts stand beside."""
    page = show_tool(twins.plot())
    node(page, "same").click()
    assert page.locator(".h4").inner_text() == "Selected: same"
    expected = {"parameters": "3", "from": "subtract", "output": "(None, 1)"}
    assert expected.items() <= facts(page).items()
    assert node(page, "encoder").get_attribute("aria-pressed") == "false"


def test_arrow_keys_follow_the_edges(show_tool, twins):
    """Down to where a result goes, up to where it comes from, aside to the neighbour."""
    page = show_tool(twins.plot())
    node(page, "left").focus()
    way = "Right right, Down encoder, Down subtract, Down same, Down same, Up subtract, Up encoder, Up left"
    for key, name in (step.split() for step in way.split(", ")):
        page.page.keyboard.press(f"Arrow{key}")
        assert focused(page) == name, key
    assert page.locator(".gr g[tabindex='0']").count() == 1


def test_enter_opens_a_model_and_escape_goes_back(show_tool, twins):
    """Two levels deep, by keys, by the buttons, and by a double click."""
    page = show_tool(twins.plot())
    node(page, "encoder").focus()
    page.page.keyboard.press("Enter")
    assert "encoder" in page.locator(".head .acc").inner_text() and focused(page) == "inner"
    page.page.keyboard.press("Enter")
    assert page.locator(".head .acc").inner_text() == "› encoder › inner" and node(page, "deep").count() == 1
    page.page.keyboard.press("Escape")
    page.locator("button", has_text="Back").click()
    assert page.locator(".head .acc").count() == 0 and node(page, "left").count() == 1
    page.locator("button", has_text="Open encoder").click()
    assert node(page, "flat").count() == 1
    page.page.keyboard.press("Escape")
    node(page, "encoder").dblclick()
    assert node(page, "flat").count() == 1


def test_volumes_and_table(show_tool, twins):
    """The other views: names, shapes and parameters under each box; sources of each layer."""
    page = show_tool(kw.graph(twins, "volume"))
    assert page.locator("button[aria-pressed='true']").inner_text() == "Volumes"
    captions = page.locator(".vols figcaption").all_inner_texts()
    assert [c.split("\n")[0] for c in captions] == ["left", "right", "encoder", "subtract", "same"]
    assert "23 parameters" in captions[2] and "from left, right" in captions[2]
    page.locator("button", has_text="Table").click()
    cells = page.locator("tbody tr").nth(2).inner_text().split("\t")
    assert cells == ["encoder", "Sequential, 2 calls", "(None, 2)", "23", "left, right"]


@pytest.mark.parametrize("width", [360, 640, 1000])
def test_only_the_graph_scrolls(show_tool, width):
    """A wide graph scrolls in its frame; the card stays as wide as the page."""
    x = keras.Input((4,), name="in")
    wide = keras.Model(x, layers.Concatenate()([layers.Dense(2)(x) for _ in range(6)]), name="wide")
    page = show_tool(wide.plot(), width=width)
    assert page.page.evaluate("() => document.documentElement.scrollWidth - innerWidth") <= 0
    assert page.locator(".gv").evaluate("(e) => e.scrollWidth > e.clientWidth")


def test_save_needs_the_kernel(show_tool, twins):
    """The file is the picture that Python draws; without a kernel the button says why it is off."""
    page = show_tool(twins.plot())
    with page.page.expect_download() as download:
        page.locator("button", has_text="Save SVG").click()
    assert download.value.suggested_filename == "twins.svg"
    with open(download.value.path(), encoding="utf-8") as file:
        assert file.read() == twins.plot().svg
    page.page.evaluate("window.loseKernel()")
    assert page.locator("button", has_text="Save SVG").is_disabled()
    node(page, "left").click()
    assert page.locator(".h4").inner_text() == "Selected: left"  # all graphs are in the page


def test_a_model_without_layers(show_tool):
    """One sentence, and the call that fills it."""
    page = show_tool(kw.graph(keras.Sequential()))
    assert "No layers yet: model.add(...) adds one." in page.locator("section").inner_text()
