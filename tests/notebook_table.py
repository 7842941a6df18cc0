"""docs/notebook-table.md from the results of tests: python tests/notebook_table.py test-output/*.xml

A row says yes where each of its tests ran and passed in the results, and no with the reason where not.
"""

from __future__ import annotations

import pathlib
import sys
import xml.etree.ElementTree as ElementTree

ROOT = pathlib.Path(__file__).parents[1]
sys.path.insert(0, str(ROOT))

from tests.notebook_rows import GROUPS, ROWS, Row  # noqa: E402  (run as a script, the folder is not on the path)

TARGET = ROOT / "docs" / "notebook-table.md"
HEAD = """# What the notebook can do

Made by `python tests/notebook_table.py test-output/*.xml` from the results of `make test`: do not edit it.
A row says yes where all of its tests passed.

"""


def results(paths) -> dict[str, bool]:
    """By test, without its parameters: whether all of its cases passed. Skipped ones did not."""
    found: dict[str, bool] = {}
    for path in paths:
        for case in ElementTree.parse(path).iter("testcase"):
            name = test_id(case.get("classname", ""), case.get("name", ""))
            passed = not any(case.find(kind) is not None for kind in ("failure", "error", "skipped"))
            found[name] = found.get(name, True) and passed
    return found


def test_id(place: str, name: str) -> str:
    """`tests/widgets/test_one.py::test_it` from a JUnit file's class name and name."""
    parts = place.split(".")
    folders = parts[:-1] if parts[-1].startswith("Test") else parts  # a class of tests is not part of the path
    return f"{'/'.join(folders)}.py::{name.split('[')[0]}"


def verdict(row: Row, passed: dict[str, bool]) -> tuple[str, str]:
    """Yes or no, and the tests or the reason."""
    if row.reason or not row.tests:
        return "no", row.reason or "not built yet"
    missing = [test for test in row.tests if test not in passed]
    if missing:
        return "no", "not run: " + ", ".join(f"`{test}`" for test in missing)
    failed = [test for test in row.tests if not passed[test]]
    if failed:
        return "no", "failed: " + ", ".join(f"`{test}`" for test in failed)
    return "yes", ", ".join(f"`{test}`" for test in row.tests)


def table(passed: dict[str, bool]) -> str:
    """The whole document."""
    lines = [HEAD]
    told = {number: verdict(row, passed) for number, row in ROWS.items()}
    lines.append(f"{sum(state == 'yes' for state, _ in told.values())} of {len(ROWS)} rows say yes.\n")
    for group, numbers in GROUPS.items():
        lines += [f"\n## {group}\n\n", "| # | Feature | State | Shown by, or why not |\n", "|---|---|---|---|\n"]
        for number in numbers:
            state, why = told[number]
            lines.append(f"| {number} | {ROWS[number].feature} | {state} | {why} |\n")
    return "".join(lines)


if __name__ == "__main__":
    TARGET.write_text(table(results(sys.argv[1:])), encoding="utf-8")
    print(f"{TARGET}: {TARGET.read_text().count('| yes |')} of {len(ROWS)} rows say yes")
