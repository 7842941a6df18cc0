"""The cards of a lesson in a real browser."""

from __future__ import annotations

import pytest

import kerasnb.widgets as kw


@pytest.fixture
def lesson():
    return kw.Lesson("10")


@pytest.fixture
def prediction(lesson, show_tool):
    """The first question: the second option is right."""
    return show_tool(lesson.predict(1))


def now(page) -> str:
    return page.locator("li.now").inner_text()


def test_a_choice_waits_for_the_run_and_locks(prediction):
    """Keys choose; no reply before the run; then the reply to the choice, and the others may be read."""
    page = prediction
    assert now(page) == "Predict" and page.locator(".note").count() == 0
    page.locator(".page").press("1")
    page.locator("text=You chose 1. Run the next cell.").wait_for()
    assert page.tool.chosen == 0 and now(page) == "Run" and page.locator(".note").count() == 0
    page.tool.locked = True
    page.tool.refresh()
    page.flush()
    page.locator(".note.w", has_text="The window would stick out").wait_for()
    assert now(page) == "Explain" and "You chose 1 before the run." in page.locator(".row").inner_text()
    page.locator(".op", has_text="26 × 26").click()
    page.locator(".note.g", has_text="Yes. The window has 26 places").wait_for()
    assert page.tool.chosen == 0 and "You chose 1 before the run." in page.locator(".row").inner_text()


def test_without_a_choice_the_replies_can_be_read(prediction):
    """A run before any choice locks too."""
    page = prediction
    page.tool.locked = True
    page.tool.refresh()
    page.flush()
    page.locator("text=The cell has run. Choose an option").wait_for()
    page.locator(".page").press("3")
    page.locator(".note.w", has_text="The windows overlap").wait_for()
    assert page.tool.chosen is None


def test_options_are_radios_with_a_name(prediction):
    """A screen reader hears the question, and each option with its state."""
    page = prediction
    assert page.locator("[role=radiogroup]").get_attribute("aria-label").startswith("A window of 3 × 3")
    radios = page.locator("input[type=radio]")
    assert radios.count() == 3
    radios.nth(0).focus()
    page.page.keyboard.press("ArrowDown")
    page.locator("text=You chose 2. Run the next cell.").wait_for()
    assert radios.nth(1).is_checked() and page.tool.chosen == 1


def test_an_exercise_waits_hints_and_is_right(lesson, show_tool):
    """The solution comes after two tries."""
    page = show_tool(lesson.check(2, ...))
    assert "Waiting." in page.locator(".note").inner_text() and page.locator(".solution").count() == 0
    page = show_tool(lesson.check(2, (13, 13, 32)))
    assert "Not yet." in page.locator(".note.w").inner_text() and page.locator(".solution").count() == 0
    page = show_tool(lesson.check(2, (13, 13, 32)))
    page.locator(".solution summary").click()
    assert "mine = (13 - 2, 13 - 2, 32)" in page.locator(".solution pre").inner_text()
    page = show_tool(lesson.check(2, (11, 11, 32)))
    assert "Right." in page.locator(".note.g").inner_text()


@pytest.mark.parametrize("dark", [False, True])
def test_cards_fit_a_narrow_page(lesson, show_tool, dark):
    """At 400 pixels nothing is cut off."""
    for tool in (lesson.predict(3), lesson.check(3, 320)):
        page = show_tool(tool, width=400, dark=dark)
        assert page.page.evaluate("document.documentElement.scrollWidth <= innerWidth")


def test_in_jupyterlab_the_next_cell_locks(open_notebook):
    """The card is live, the next cell locks it, and the saved picture does not say what was chosen."""
    notebook = open_notebook(
        "import kerasnb.widgets as kw\nlesson = kw.Lesson('10')", "lesson.predict(1)", "print('ran')"
    )
    notebook.run(0)
    notebook.wait_done(0)
    notebook.run(1)
    notebook.wait_done(1)
    card = notebook.page.locator(".kerasnb")
    card.locator(".op", has_text="28 × 28").click()
    card.locator("text=You chose 1. Run the next cell.").wait_for()
    notebook.run(2)
    card.locator(".note.w", has_text="The window would stick out").wait_for()
    assert card.locator("text=You chose 1 before the run.").count() == 1
    notebook.save()
    saved = notebook.lab.saved(notebook.name)["cells"][1]["outputs"]
    page = "".join(saved[0]["data"]["text/html"])
    assert list(saved[0]["data"]) != [] and "widget-view" not in str(saved) and "You chose" not in page
    assert page.count("<details") == 3 and "✔ Yes." in page
