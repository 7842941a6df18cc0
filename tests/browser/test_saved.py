"""Notebooks as a reader gets them: run elsewhere, so not trusted here, in JupyterLab and as a web page."""

from __future__ import annotations

import json
import os
import pathlib
import re
import subprocess
import sys

import pytest

from tests.browser.lab import ROOT, Notebook

NOTEBOOKS = sorted((ROOT / "notebooks").glob("*.ipynb"))
LESSONS = [path for path in NOTEBOOKS if "kw.Lesson(" in path.read_text()]
ENDED = re.compile("Trained · |Stopped|Interrupted|[0-9]+ fits|fit did not start")
SOUP = ("<svg", "<img", "data:image", "<details", "<tbody", "model not found", "object at 0x")


def outputs(path: pathlib.Path) -> list[dict]:
    """The outputs of a run in a saved notebook."""
    cells = json.loads(path.read_text())["cells"]
    data = [output.get("data", {}) for cell in cells for output in cell.get("outputs", [])]
    return [d for d in data if "kerasnb-run" in "".join(d.get("text/html", ""))]


@pytest.fixture
def opened(lab, browser):
    """Opens an untrusted saved notebook, with all of its cells."""
    pages, whole = [], "@jupyterlab/notebook-extension:tracker"
    lab.set(whole, windowingMode="none")

    def open_saved(path, theme, width):
        lab.set("@jupyterlab/apputils-extension:themes", theme=theme)
        (lab.folder / "notebooks" / path.name).write_bytes(path.read_bytes())
        page = browser.new_page(viewport={"width": width, "height": 1000})
        pages.append((page, path.name))
        notebook = Notebook(page, lab, path.name)
        notebook.open(wait=False)
        page.locator(".kerasnb-run img").first.wait_for(timeout=30_000)
        return notebook

    yield open_saved
    for page, name in pages:
        page.close()
        lab.end_kernel(name)
    lab.set("@jupyterlab/apputils-extension:themes", theme="JupyterLab Light")
    lab.set(whole)


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda p: p.name)
@pytest.mark.parametrize(("theme", "width"), [("JupyterLab Light", 1000), ("JupyterLab Dark", 400)])
def test_an_untrusted_notebook_shows_headline_curves_and_table(opened, path, theme, width):
    """Every picture is drawn and as wide as its place, every number is text, and no markup is seen."""
    page = opened(path, theme, width).page
    if path in LESSONS:
        assert_figures_and_cards(page, path)
    shown = page.locator(".kerasnb-run")
    assert shown.count() == len([o for o in outputs(path) if "application/vnd.plotly.v1+json" not in o]) > 0
    images = shown.first.locator("img")
    assert images.count() >= 2
    for image in images.all():
        image.scroll_into_view_if_needed()
        box, ink = image.bounding_box(), image.evaluate(INK)
        assert box["height"] > 150 and 200 < box["width"] <= width
        assert ink["colours"] and ink["right"] < 0.99 and ink["left"] > 0.005
        assert image.get_attribute("alt").startswith("Curves of ")
    text = shown.first.inner_text()
    assert ENDED.search(text) and "train" in text and "val" in text
    shown.first.locator("summary").click()
    assert shown.first.locator("tbody tr").count() >= 2
    assert shown.first.locator("pre").is_hidden()
    assert shown.first.evaluate("e => e.scrollWidth <= e.clientWidth")
    whole = page.locator(".jp-Notebook").inner_text()
    assert not [soup for soup in SOUP if soup in whole]
    if os.environ.get("KERASNB_SCREENSHOTS"):
        shown.first.screenshot(path=f"{os.environ['KERASNB_SCREENSHOTS']}/saved-{theme.split()[1]}-{width}.png".lower())


def assert_figures_and_cards(page, path):
    """Pictures are drawn and have words, nothing is wider than the page, and a click on an option shows its reply."""
    values, cards = page.locator(".kerasnb-values"), page.locator(".kerasnb-card")
    assert values.count() == path.read_text().count('class=\\"kerasnb-values') >= 4
    assert cards.count() == 7  # three questions, three exercises, one error
    pictures = page.locator(".kerasnb-values img, .jp-MarkdownCell img")
    assert pictures.count() >= 4
    for image in pictures.all():
        assert image.evaluate("e => e.complete && e.naturalWidth > 0") and image.get_attribute("alt")
    wide = "list => list.filter(e => e.scrollWidth > e.clientWidth + 1).map(e => e.innerText.slice(0, 60))"
    assert page.locator(".kerasnb-values, .kerasnb-card").evaluate_all(wide) == []
    question = page.locator(".kerasnb-card", has_text="Predict 1").first
    reply = question.locator("details div").first
    assert reply.is_hidden()
    question.locator("summary").first.click()
    assert reply.is_visible() and reply.inner_text()[0] in "✔✘"
    assert page.locator(".kerasnb-values pre, .kerasnb-card > pre").first.is_hidden()


# What an image shows, read back from its pixels: whether both curves are there, and where ink begins and ends.
INK = """(image) => {
    const [w, h] = [image.clientWidth, image.clientHeight];
    const canvas = Object.assign(document.createElement('canvas'), { width: w, height: h });
    const context = canvas.getContext('2d');
    context.drawImage(image, 0, 0, w, h);
    const pixels = context.getImageData(0, 0, w, h).data;
    let [left, right, blue, orange] = [w, 0, 0, 0];
    for (let i = 0; i < w * h; i += 1) {
        const [r, g, b, a] = pixels.slice(4 * i, 4 * i + 4);
        if (a < 60) continue;
        [left, right] = [Math.min(left, i % w), Math.max(right, i % w)];
        blue += b > r + 60;
        orange += r > b + 60;
    }
    return { colours: blue > 50 && orange > 50, left: left / w, right: right / w };
}"""


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda p: p.name)
@pytest.mark.parametrize("flag", ["--sanitize-html", "--HTMLExporter.theme=dark"])
def test_a_web_page_shows_headline_curves_and_table(browser, tmp_path, path, flag):
    """Pictures where they are allowed; where images, tables and styles are not, headline, bars and values as text."""
    done = subprocess.run(
        [sys.executable, "-m", "nbconvert", "--to", "html", flag, "--output-dir", str(tmp_path), str(path)],
        capture_output=True, text=True, timeout=300, env=os.environ | {"PYTHONPATH": str(ROOT)},
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    page = browser.new_page(viewport={"width": 1000, "height": 900})
    page.goto(f"file://{tmp_path / path.stem}.html")
    shown = page.locator(".kerasnb-run")
    assert shown.count() == len(outputs(path)) > 0
    figures = [o for o in outputs(path) if "application/vnd.plotly.v1+json" in o]  # the page shows their values alone
    assert sum(bool(ENDED.search(run.inner_text())) for run in shown.all()) >= shown.count() - len(figures)
    for run in shown.all():
        text = run.inner_text()
        assert not [soup for soup in SOUP if soup in text]
        if flag == "--sanitize-html":
            assert run.locator("pre").is_visible() and run.locator("img").count() == 0
            assert "█" in text and "val_loss" in text and len(text.splitlines()) >= 5
        else:
            assert run.locator("pre").is_hidden() and run.locator("img").count() >= 2
            assert all(image.evaluate(INK)["colours"] for image in run.locator("img").all())
    if os.environ.get("KERASNB_SCREENSHOTS"):
        page.screenshot(path=f"{os.environ['KERASNB_SCREENSHOTS']}/page{flag[:12]}.png", full_page=True)
    page.close()
