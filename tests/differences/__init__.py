"""Deliberate differences from Keras 3.15: one test for each line of docs/differences.md, of the same name."""

from __future__ import annotations

TESTS: dict = {}


def difference(test):
    """Marks a function as the test of the line that has its name, with hyphens."""
    TESTS[test.__name__.replace("_", "-")] = test
    return test
