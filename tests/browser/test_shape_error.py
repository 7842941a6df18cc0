"""The picture of an error of shapes in a real browser."""

from __future__ import annotations

import numpy as np
import pytest

import kerasnb as keras
import kerasnb.widgets as kw
from kerasnb import layers


@pytest.fixture
def error():
    """Dense on places, and labels of images."""
    model = keras.Sequential(
        [keras.Input((28, 28, 1)), layers.Conv2D(8, 3), layers.MaxPooling2D(), layers.Dense(10, activation="softmax")]
    )
    model.compile(loss="sparse_categorical_crossentropy")
    with pytest.raises(ValueError) as caught:
        model.fit(np.zeros((32, 28, 28, 1)), np.zeros(32), verbose=0)
    return kw.explain(caught.value)


def lines(page) -> list[str]:
    """The texts of the chain, from top to bottom."""
    return page.locator(".chain > *").all_inner_texts()


def test_the_chain_breaks_and_is_mended_where_it_should(error, show_tool):
    """The red edge lies before the labels, the green box before dense, the traceback is folded."""
    page = show_tool(error)
    assert [page.locator(".nd.gs b").inner_text(), page.locator(".dn.er").count()] == ["+ flatten", 1]
    names = page.locator(".nd b").all_inner_texts()
    assert names[-3:] == ["+ flatten", error.model.layers[-1].name, "labels"]
    order = lines(page)
    assert order.index(page.locator(".dn.er").inner_text()) == len(order) - 2
    assert page.locator("details").get_attribute("open") is None
    page.locator("summary").click()
    assert "model.fit(np.zeros" in page.locator("details pre").inner_text()
    assert page.locator(".chain").get_attribute("aria-label").startswith("Chain: input (None, 28, 28, 1)")


def test_the_fix_is_copied(error, show_tool):
    """By a click and by a key; the card says so."""
    page = show_tool(error)
    page.page.evaluate(
        "Object.defineProperty(navigator, 'clipboard', {value: {writeText: async (text) => { window.copied = text; }}})"
    )
    page.locator("button", has_text="Copy the fix").click()
    page.locator(".row", has_text="Copied.").wait_for()
    assert page.page.evaluate("window.copied") == "layers.Flatten(),"
    page.page.evaluate("window.copied = ''")
    page.locator(".page").press("c")
    page.page.wait_for_function("window.copied === 'layers.Flatten(),'")


@pytest.mark.parametrize("dark", [False, True])
def test_it_fits_a_narrow_page(error, show_tool, dark):
    """At 400 pixels nothing is cut off but code, which scrolls."""
    page = show_tool(error, width=400, dark=dark)
    assert page.page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    wide = page.page.evaluate(
        """() => [...document.querySelector('.kerasnb').shadowRoot.querySelectorAll('.nd, .dn, p, .row')]
            .filter((e) => e.scrollWidth > e.clientWidth + 1).length"""
    )
    assert wide == 0


def test_where_no_cell_shows_it_the_builders_call_is_copied(error, show_tool):
    """The name is the one that the notebook has."""
    page = show_tool(error)
    page.locator("button", has_text="Open in Builder").click()
    page.locator(".row", has_text="kw.Builder(model) is copied.").wait_for()


CELL = """import numpy as np, kerasnb as keras
from kerasnb import layers
model = keras.Sequential([keras.Input((28, 28, 1)), layers.Conv2D(8, 3), layers.Dense(10, activation="softmax")])
model.compile(loss="sparse_categorical_crossentropy")
model.fit(np.zeros((32, 28, 28, 1)), np.zeros(32), verbose=0)"""


def test_in_jupyterlab_a_failing_cell_draws_and_opens_the_builder(open_notebook):
    """The card stands above a short traceback; a click puts the Builder of that model in its place."""
    notebook = open_notebook(CELL)
    notebook.run(0)
    card = notebook.page.locator(".kerasnb").first
    card.locator(".nd.gs", has_text="+ flatten").wait_for()
    error = notebook.output(0).locator("[data-mime-type='application/vnd.jupyter.stderr'], .jp-RenderedText").last
    assert "Cell In[" in error.inner_text() and len(error.inner_text().splitlines()) < 10
    card.locator("button", has_text="Open in Builder").click()
    card.locator("input.search").wait_for()
    assert notebook.page.locator(".kerasnb", has_text="Shapes do not fit").count() == 0
