"""The table of what the notebook can do: its tests exist, and it says what their results say."""

from __future__ import annotations

import ast
import pathlib

import pytest

from tests import notebook_table
from tests.notebook_rows import GROUPS, ROWS, Row

ROOT = pathlib.Path(__file__).parents[1]
TESTS = sorted({test for row in ROWS.values() for test in row.tests})


def test_all_rows_are_there():
    """1 to 51, each in one group."""
    assert list(ROWS) == list(range(1, 52)) == [number for numbers in GROUPS.values() for number in numbers]


@pytest.mark.parametrize("test", TESTS)
def test_a_test_that_shows_a_row_exists(test):
    """The file is there, and defines it."""
    path, _, name = test.partition("::")
    tree = ast.parse((ROOT / path).read_text())
    assert name in {node.name for node in ast.walk(tree) if isinstance(node, ast.FunctionDef)}


def junit(path, *cases) -> pathlib.Path:
    """Results as pytest writes them."""
    state = {True: "<failure/>", False: ""}
    lines = "".join(f'<testcase classname="{c}" name="{n}">{state[bad]}</testcase>' for c, n, bad in cases)
    path.write_text(f"<testsuites><testsuite>{lines}</testsuite></testsuites>")
    return path


def test_results_decide(tmp_path, monkeypatch):
    """Yes needs all cases of all tests; no says which one failed, did not run, or why."""
    row = Row("A thing", ("tests/a/test_b.py::test_c", "tests/test_d.py::test_e"))
    good = ("tests.a.test_b", "test_c[1]", False), ("tests.a.test_b", "test_c[2]", False)
    last = ("tests.test_d.TestClass", "test_e", False)
    passed = notebook_table.results([junit(tmp_path / "a.xml", *good), junit(tmp_path / "b.xml", last)])
    assert notebook_table.verdict(row, passed)[0] == "yes"
    assert notebook_table.verdict(row, notebook_table.results([junit(tmp_path / "a.xml", *good)])) == (
        "no", "not run: `tests/test_d.py::test_e`",
    )  # fmt: skip
    bad = junit(tmp_path / "a.xml", good[0], ("tests.a.test_b", "test_c[2]", True), last)
    assert notebook_table.verdict(row, notebook_table.results([bad])) == ("no", "failed: `tests/a/test_b.py::test_c`")
    assert notebook_table.verdict(Row("x", row.tests, "because"), passed) == ("no", "because")
    text = notebook_table.table(passed)
    assert text.count("\n| ") == 51 + len(GROUPS) and f"0 of {len(ROWS)} rows say yes." in text
