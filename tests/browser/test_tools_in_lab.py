"""All tools in one notebook of a real JupyterLab: live, saved, reloaded, without their kernel, and untrusted."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys

import pytest

from tests.browser.lab import ROOT, Notebook

NAMES = ("summary", "graph", "builder", "peek", "hood", "draw", "confusion", "explore", "compare", "shape", "lesson")
TOOLS = {name: f'SCENES["{name}"]()' for name in NAMES}
FIRST = "from tests.browser.scenes import SCENES, convnet\nmodel = convnet()"
BLOCKS = 'SCENES["peek"]().show()\nimport time\ntime.sleep(12)'
HEAVIEST = 40_000  # bytes of an output
CARD = ".kerasnb section.k"


@pytest.fixture(scope="module")
def notebook(lab, browser):
    """A notebook whose cells have shown every tool."""
    name = "tools.ipynb"
    lab.write(name, [FIRST, *TOOLS.values(), BLOCKS])
    lab.set("@jupyterlab/notebook-extension:tracker", windowingMode="none")
    page = browser.new_page(viewport={"width": 1000, "height": 900})
    opened = Notebook(page, lab, name)
    opened.open()
    for index in range(len(TOOLS) + 1):
        opened.run(index)
        opened.wait_done(index)
    yield opened
    page.close()
    lab.end_kernel(name)
    lab.set("@jupyterlab/notebook-extension:tracker")


def of(notebook, tool: str):
    """The output of a tool."""
    return notebook.output(1 + list(TOOLS).index(tool))


@pytest.mark.parametrize("tool", TOOLS)
def test_each_tool_is_one_live_card(notebook, tool):
    """The card stands in front of its picture, which is hidden."""
    output = of(notebook, tool)
    output.locator(CARD).wait_for()
    assert output.locator(CARD).count() == 1 and output.locator("[data-knb]").count() == 1
    assert output.locator("[data-knb]").is_hidden()


def test_a_card_appears_while_its_cell_runs(notebook):
    """A tool that a cell shows before it is done is drawn at once, and answers while the cell blocks."""
    index = len(TOOLS) + 1
    notebook.run(index)
    output = notebook.output(index)
    output.locator(CARD).wait_for(timeout=10_000)
    output.locator(".page").press("]")
    output.locator(".head", has_text="sample 1 of").wait_for(timeout=6_000)
    assert notebook.prompt(index) == "[*]:"
    notebook.wait_done(index)


def test_the_file_holds_pictures_alone(notebook):
    """No view of a widget, no state of widgets, and at most 40 KB for each tool."""
    notebook.save()
    saved = notebook.lab.saved(notebook.name)
    assert "widgets" not in saved["metadata"]
    for cell in saved["cells"]:
        for output in cell["outputs"]:
            assert set(output.get("data", {})) <= {"text/html", "text/plain"}, cell["source"]
            assert len(json.dumps(output)) <= HEAVIEST, cell["source"]


def test_a_restarted_kernel_leaves_cards_that_say_so(notebook):
    """After a restart every card that asks the kernel is there, and says that it cannot."""
    notebook.page.locator(".jp-InputPrompt").first.click()
    notebook.page.keyboard.press("0")
    notebook.page.keyboard.press("0")
    notebook.page.locator(".jp-Dialog .jp-mod-accept").click()
    for tool in TOOLS:
        of(notebook, tool).get_by_text(re.compile("restarted")).first.wait_for(timeout=20_000)


def test_a_reload_shows_the_pictures(notebook):
    """Every picture is there after a reload, and nothing says that a model was not found."""
    notebook.page.reload()
    notebook.page.locator("[data-knb]").first.wait_for()
    assert notebook.page.locator("[data-knb]:visible").count() >= len(TOOLS)
    assert "model not found" not in notebook.page.locator(".jp-Notebook").inner_text()


@pytest.mark.parametrize(("theme", "width"), [("JupyterLab Light", 1000), ("JupyterLab Dark", 400)])
def test_untrusted_outputs_are_whole(notebook, browser, theme, width):
    """Someone who opens the notebook without trust sees every picture, as wide as the page at most, and no markup."""
    lab, name = notebook.lab, f"untrusted-{width}.ipynb"
    saved = lab.saved(notebook.name)
    saved["metadata"]["untrusted"] = width  # another file: its signature is unknown
    (lab.folder / "notebooks" / name).write_text(json.dumps(saved))
    lab.set("@jupyterlab/apputils-extension:themes", theme=theme)
    page = browser.new_page(viewport={"width": width, "height": 900})
    Notebook(page, lab, name).open(wait=False)
    page.locator(".jp-OutputArea-output").nth(len(TOOLS) - 1).wait_for()
    text = page.locator(".jp-Notebook").inner_text()
    assert not [soup for soup in ("<svg", "<img", "data:image", "<details", "model not found") if soup in text]
    for image in page.locator(".jp-OutputArea-output img").all():
        assert image.evaluate("e => e.complete && e.naturalWidth > 0") and image.get_attribute("alt") is not None
    wide = "list => list.filter(e => e.scrollWidth > e.clientWidth + 1).map(e => e.innerText.slice(0, 60))"
    assert page.locator(".jp-RenderedHTML > div > div").evaluate_all(wide) == []
    if folder := os.environ.get("KERASNB_SCREENSHOTS"):
        for index, output in enumerate(page.locator(".jp-OutputArea-output").all()):
            output.screenshot(path=f"{folder}/untrusted-{index}-{width}.png")
    page.close()
    lab.end_kernel(name)
    lab.set("@jupyterlab/apputils-extension:themes", theme="JupyterLab Light")


def test_a_sanitized_page_holds_the_same_as_text(notebook):
    """`nbconvert --sanitize-html` removes styles and pictures: what is left can be read."""
    source = notebook.lab.folder / "notebooks" / notebook.name
    command = [sys.executable, "-m", "nbconvert", "--to", "html", "--sanitize-html", "--stdout", str(source)]
    page = subprocess.run(command, capture_output=True, text=True, cwd=ROOT, timeout=120, check=True).stdout
    for words in ("conv2d", "Dense", "Confusion matrix", "receptive field", "accuracy"):
        assert words.lower() in page.lower(), words
