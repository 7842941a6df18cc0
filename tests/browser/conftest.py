"""One JupyterLab and one browser for all tests here; where there is no Chromium these tests are not collected."""

from __future__ import annotations

import pytest

from tests.browser.bare import BarePage
from tests.browser.lab import ARGUMENTS, Lab, Notebook, chromium

collect_ignore_glob = [] if chromium() else ["test_*.py"]
FOR_THEMSELVES = {"lab", "open_notebook"}


def pytest_collection_modifyitems(items):
    """Tests in JupyterLab, and notebooks, run when no others do."""
    for item in items:
        if FOR_THEMSELVES & set(getattr(item, "fixturenames", FOR_THEMSELVES)):
            item.add_marker("alone")


@pytest.fixture(scope="session")
def lab(tmp_path_factory):
    """A running JupyterLab."""
    server = Lab(tmp_path_factory.mktemp("lab"))
    try:
        server.wait()
        yield server
    finally:
        server.stop()


@pytest.fixture(scope="module")
def browser():
    """The Chromium of the system, closed behind each file: while it is open no other loop of events can run."""
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        opened = playwright.chromium.launch(executable_path=chromium(), args=ARGUMENTS)
        yield opened
        opened.close()


@pytest.fixture
def open_notebook(lab, browser, request):
    """Opens a notebook with code cells in a page of its own; errors of the page's scripts fail the test."""
    opened, errors = [], []

    def open_cells(*cells, width=1000, height=900, scheme="light", kernel=True):
        name = f"{request.node.name.split('[')[0]}-{len(opened)}.ipynb"
        lab.write(name, list(cells))
        page = browser.new_page(viewport={"width": width, "height": height}, color_scheme=scheme)
        page.on("pageerror", lambda error: errors.append(str(error)))
        notebook = Notebook(page, lab, name)
        notebook.open()
        opened.append(notebook)
        return notebook

    yield open_cells
    for notebook in opened:
        notebook.page.close()
        lab.end_kernel(notebook.name)
    assert not errors


@pytest.fixture
def show_tool(browser):
    """Shows a tool in a bare page, as `BarePage`; errors of the page's scripts fail the test."""
    pages = []

    def show(tool, **options):
        pages.append(BarePage(browser, tool, **options))
        return pages[-1]

    yield show
    for page in pages:
        page.close()
