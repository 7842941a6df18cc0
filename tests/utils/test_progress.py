"""A progress line is written over on a screen, and written once in a log."""

from __future__ import annotations

import io

from kerasnb.utils.progress import WIDTH, Line, bar


class Screen(io.StringIO):
    def isatty(self):
        return True


def test_bar_fills():
    """The bar has one width and fills from the left."""
    assert bar(0, 4) == "─" * WIDTH
    assert bar(9, 4) == bar(1, 0) == "━" * WIDTH
    assert bar(1, 2) == "━" * (WIDTH // 2) + "─" * (WIDTH // 2)


def test_line_on_a_screen():
    """Each text covers the one before it."""
    screen = Screen()
    line = Line(interval=0, stream=screen)
    line.show("three")
    line.finish("two")
    assert screen.getvalue() == "\rthree\rtwo  \n"


def test_line_in_a_log():
    """A log gets the last state only."""
    log = io.StringIO()
    line = Line(interval=0, stream=log)
    line.live = False
    line.show("three")
    line.finish("two")
    assert log.getvalue() == "two\n"
