"""Each line of docs/differences.md is a deliberate difference from Keras 3.15, and has a test of its own."""

from __future__ import annotations

import importlib
import pathlib
import pkgutil
import re

import pytest

from tests import differences

DOCUMENT = pathlib.Path(__file__).parents[1] / "docs" / "differences.md"
LINES = dict(re.findall(r"^- \*\*([a-z0-9-]+)\*\*: (.+)$", DOCUMENT.read_text(), re.MULTILINE))

for module in pkgutil.iter_modules(differences.__path__):
    importlib.import_module(f"tests.differences.{module.name}")


@pytest.mark.parametrize("name", LINES)
def test_difference(name, tmp_path, monkeypatch):
    """The line is true: of Keras, and of kerasnb."""
    assert name in differences.TESTS, f"docs/differences.md says {name}, which no test in tests/differences shows"
    monkeypatch.chdir(tmp_path)
    differences.TESTS[name]()


def test_every_difference_is_documented():
    """There is a line for every test, each line is one sentence or more, and none stands twice."""
    assert set(differences.TESTS) == set(LINES)
    text = DOCUMENT.read_text()
    assert text.count("\n- **") == len(LINES)
    assert all(line.endswith(".") and len(line) > 40 for line in LINES.values())
