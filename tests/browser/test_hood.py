"""The hood in a browser: tabs of code, other operations, another run."""

from __future__ import annotations

import numpy as np
import pytest

import kerasnb as keras
import kerasnb.widgets as kw
from kerasnb.widgets.sources.hood import TITLES

ROLE = "() => document.querySelector('.kerasnb').shadowRoot.activeElement.getAttribute('role')"
COPY = "() => { document.execCommand = () => { window.copied = document.querySelector('textarea').value; }; }"
X = np.random.default_rng(0).uniform(-1, 1, (8, 6)).astype("float32")


@pytest.fixture
def hood():
    return kw.hood(keras.layers.Dense(4, activation="softmax", name="last"), X)


def selected(page) -> str:
    return page.locator("[role=tab][aria-selected=true] > span").first.inner_text()


def code(page) -> str:
    return "\n".join(page.locator("pre .ln").all_inner_texts())


def test_it_opens_on_what_ran(show_tool, hood):
    """The CPU's kernels, line by line, in colours, with the file and the verdict."""
    page = show_tool(hood)
    assert selected(page) == "CPU (Numba)" and code(page) == hood.tabs[1].code.text
    assert page.locator(".file").inner_text() == hood.tabs[1].code.file
    keyword, plain = (page.locator(s).first.evaluate("(e) => getComputedStyle(e).color") for s in ("pre .y", "pre .ln"))
    assert keyword != plain
    assert "CPU equals the reference: largest difference" in page.locator(".foot").inner_text()
    assert page.locator(".chip.mono").all_inner_texts()[:4] == ["x (8, 6)", "w (6, 4)", "b (4,)", "y (8, 4)"]


def test_arrow_keys_turn_the_tabs(show_tool, hood):
    """Left and right, around the ends; each has its time or says why not."""
    page = show_tool(hood)
    page.locator("[role=tab][aria-selected=true]").focus()
    seen = []
    for _ in range(3):
        page.page.keyboard.press("ArrowRight")
        seen.append(selected(page))
        tab = next(t for t in page.tool.tabs if TITLES[t.key] == seen[-1])
        assert page.locator(".why").inner_text() == tab.note and code(page) == tab.code.text
        assert page.page.evaluate(ROLE) == "tab"
    assert seen == ["CUDA", "NumPy reference", "CPU (Numba)"]


def test_another_operation_and_the_backward_pass(show_tool, hood):
    """A layer of two operations lists them; backward shows those of the gradient."""
    page = show_tool(hood)
    assert page.locator("option").all_inner_texts() == ["1. dense (8, 4)", "2. softmax (8, 4)"]
    page.locator("select").select_option("1")
    page.locator("pre", has_text="softmax_rows").wait_for()
    page.locator("button", has_text="backward").click()
    page.locator(".head", has_text="backward · float32").wait_for()
    assert page.locator("button", has_text="backward").get_attribute("aria-pressed") == "true"
    assert hood.way == "backward" and page.locator("option").count() == len(hood.calls["backward"])


def test_run_measures_again(show_tool, hood, monkeypatch):
    """The button runs it once more, and what it finds is shown."""
    page = show_tool(hood)
    monkeypatch.setattr(type(hood), "look", lambda self: self.differences.update(cpu=0.25))
    page.locator("button", has_text="Run it on my sample").click()
    page.locator(".foot .bad", has_text="CPU differs from the reference: largest difference 0.25").wait_for()


def test_copy_and_a_lost_kernel(show_tool, hood):
    """The source of the tab is copied; without a kernel, what needs it is off."""
    page = show_tool(hood)
    page.page.evaluate(COPY)
    page.locator("button", has_text="Copy").click()
    page.page.wait_for_function("window.copied !== undefined")
    assert page.page.evaluate("window.copied") == hood.tabs[1].code.text
    page.page.evaluate("window.loseKernel()")
    assert page.locator("button", has_text="Run it").is_disabled()


@pytest.mark.parametrize("width", [360, 1000])
def test_only_code_scrolls(show_tool, hood, width):
    """The card is as wide as the page."""
    page = show_tool(hood, width=width)
    assert page.page.evaluate("() => document.documentElement.scrollWidth - innerWidth") <= 0


def test_the_training_step_is_a_tab_of_its_own(show_tool):
    """After a fit: the loop that several operations share, which of them, and the words that tell both apart."""
    layers = keras.layers
    ends = layers.ReLU(name="relu"), layers.Dropout(0.5, name="drop")
    model = keras.Sequential([keras.Input((6,)), layers.Dense(4), *ends])
    model.compile("sgd", "mse")
    model.train_on_batch(X, np.ones((8, 4)))
    hood = kw.hood(model.get_layer("relu"))
    hood.on_choose({"way": "backward"}, [])
    page = show_tool(hood, width=400)
    assert page.locator(".why").inner_text().startswith("a call on its own ran on made-up numbers")
    page.locator("[role=tab]", has_text="Training step").click()
    assert page.locator(".why").inner_text() == hood.tabs[3].note and "1 of them fused" in hood.tabs[3].note
    assert code(page) == hood.tabs[3].code.text
    assert "masked_scale of drop, backward + relu_grad of relu, backward" in code(page)
    assert page.page.evaluate("() => document.documentElement.scrollWidth - innerWidth") <= 0
