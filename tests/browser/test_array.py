"""The viewer of arrays in a browser: each number under the pointer, by key, in a table."""

from __future__ import annotations

import numpy as np
import pytest

import kerasnb.widgets as kw

A = np.random.default_rng(0).normal(size=(2, 8, 4, 5)).astype("float32")


def words(value: float) -> str:
    """A number from a million down, as cards write it."""
    size = abs(value)
    text = f"{value:.4f}" if 0.9 <= size < 10 else f"{value:#.3g}"
    return text.replace("-", "−")


@pytest.fixture
def page(show_tool):
    return show_tool(kw.array(A))


def said(page) -> str:
    return page.locator(".said").inner_text()


def test_the_number_under_the_pointer(page):
    """With its place in the array."""
    box = page.locator(".cells").nth(3).locator("canvas").bounding_box()
    page.page.mouse.move(box["x"] + box["width"] * 2.5 / 5, box["y"] + box["height"] * 1.5 / 4)
    assert said(page) == f"[0, 3, 1, 2] = {words(A[0, 3, 1, 2])}"


def test_the_number_by_key(page):
    """Arrows within a grid, brackets from grid to grid; screen readers hear it."""
    page.locator(".cells").first.focus()
    for key in ("ArrowDown", "ArrowDown", "ArrowRight", "]", "ArrowUp"):
        page.page.keyboard.press(key)
    assert said(page) == f"[0, 1, 1, 1] = {words(A[0, 1, 1, 1])}"
    assert page.locator("[aria-live]").inner_text() == said(page)
    for _ in range(9):
        page.page.keyboard.press("ArrowRight")
    assert said(page).startswith("[0, 1, 1, 4]")


def test_the_table_has_the_numbers(page):
    """Of the grid that is chosen."""
    page.locator("button", has_text="Table").click()
    page.locator("select").last.select_option("2")
    texts = [row.inner_text().split("\t") for row in page.locator(".nums tr").all()]
    assert texts[0] == ["", "0", "1", "2", "3", "4"] and len(texts) == 5
    assert texts[2] == ["1", *(words(v) for v in A[0, 2, 1])]


def test_pages_and_axes(page):
    """Sixteen grids are two pages; other axes make other grids."""
    assert page.locator(".cells").count() == 12
    page.locator("button[title='Later grids']").click()
    page.locator("figcaption", has_text="[1, 7]").wait_for()
    page.locator("select").first.select_option("0")
    page.locator("figcaption", has_text="[2, 3]").wait_for()
    page.locator(".cells").first.focus()
    page.page.keyboard.press("ArrowDown")
    assert said(page) == f"[1, 0, 0, 0] = {words(A[1, 0, 0, 0])}"


def test_colours_are_those_of_the_numbers(page):
    """Blue above zero, orange below, as strong as its distance from zero."""
    pixels = page.page.evaluate("""() => {
        const canvas = document.querySelector('.kerasnb').shadowRoot.querySelector('canvas');
        return [...canvas.getContext('2d').getImageData(0, 0, 5, 4).data];
    }""")
    alpha = np.array(pixels).reshape(4, 5, 4)[..., 3]
    np.testing.assert_allclose(alpha, 255 * np.abs(A[0, 0]) / np.abs(A).max(), atol=1)


def test_an_empty_array(show_tool):
    """One sentence."""
    assert "holds no numbers" in show_tool(kw.array(np.zeros((0, 3)))).locator("section").inner_text()
