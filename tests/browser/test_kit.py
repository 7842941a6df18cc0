"""What all tools share, shown by a tool that counts."""

from __future__ import annotations

import pytest

from tests.browser.counter import Counter

CELL = "from tests.browser.counter import Counter\ncounter = Counter()\ncounter"
COUNT = "from ipywidgets.widgets.widget import _instances\nprint(len(_instances), 'widgets')"


@pytest.fixture
def counter(show_tool):
    return show_tool(Counter())


def test_clicks_and_keys_reach_python_and_answers_the_page(counter):
    """A click, a key and a typed number change the state; an error is shown where it happened."""
    counter.locator("button").click()
    counter.locator(".count", has_text="1").wait_for()
    counter.locator(".page").press("a")
    counter.locator(".page").press("Control+z")
    counter.locator("input").fill("5")
    counter.locator("input").press("Enter")
    counter.locator(".count", has_text="6").wait_for()
    counter.locator("input").fill("500")
    counter.locator("input").press("Enter")
    counter.locator(".bad", has_text="100 is the most").wait_for()
    assert counter.tool.count == 6


def test_a_lost_kernel_disables_with_the_reason(counter):
    """When the connection ends, controls are off and say why."""
    counter.page.evaluate("window.loseKernel()")
    assert counter.locator("button").is_disabled()
    assert "restarted" in counter.locator("button").get_attribute("title")


def test_the_saved_notebook_holds_the_picture_and_the_card_stays(open_notebook):
    """The output is a static picture from the start; the card works in front of it, and a reload shows the picture."""
    notebook = open_notebook(CELL)
    notebook.run(0)
    notebook.wait_done(0)
    page = notebook.page
    page.locator(".kerasnb button").click()
    page.locator(".kerasnb .count", has_text="1").wait_for()
    page.wait_for_timeout(300)
    page.locator(".kerasnb button").click()
    page.locator(".kerasnb .count", has_text="2").wait_for()
    page.wait_for_timeout(3500)  # longer than a card may be out of the page
    assert page.locator(".kerasnb").count() == 1 and page.locator("[data-knb]").count() == 1
    page.locator(".kerasnb .page").press("Control+s")  # the browser's shortcut passes
    notebook.save()
    (output,) = notebook.lab.saved(notebook.name)["cells"][0]["outputs"]
    assert set(output["data"]) == {"text/html", "text/plain"} and "Counter 2" in "".join(output["data"]["text/html"])
    page.reload()
    page.locator("[data-knb]", has_text="Counter").wait_for()
    assert "model not found" not in page.content() and page.locator(".kerasnb").count() == 0


def test_running_the_cell_again_closes_the_card_before(open_notebook):
    """A cell that runs again shows one card, and the kernel keeps one widget."""
    notebook = open_notebook(CELL, COUNT)
    for _ in range(3):
        notebook.run(0)
        notebook.wait_done(0)
        notebook.page.locator(".kerasnb .count", has_text="0").wait_for()
    notebook.run(1)
    notebook.wait_done(1)
    assert notebook.page.locator(".kerasnb").count() == 1
    assert int(notebook.output(1).inner_text().split()[0]) <= 2  # the widget and its layout


def test_the_focus_stays_when_the_output_is_replaced(counter):
    """JupyterLab draws a replaced output anew: the card moves in front of it, and the keys still reach the card."""
    page = counter.page
    counter.locator("button").focus()
    for count in (1, 2):
        page.evaluate("""(uid) => {
            const output = document.createElement('div');
            output.innerHTML = `<div data-knb="${uid}">a picture</div>`;
            document.querySelector('#here').replaceChildren(output);
        }""", counter.tool.uid)  # fmt: skip
        counter.locator("button").wait_for()
        page.keyboard.press("a")
        counter.locator(".count", has_text=str(count)).wait_for()
    page.evaluate("document.querySelector('.kerasnb').shadowRoot.activeElement.blur()")
    page.wait_for_timeout(50)
    page.evaluate("document.querySelector('[data-knb]').parentElement.append('new')")
    assert page.evaluate("document.activeElement === document.body")
