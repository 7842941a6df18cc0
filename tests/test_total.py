"""The last line of `make test` counts what all runs counted."""

from __future__ import annotations

from tests.total import total


def test_adds_up(tmp_path):
    """Runs are added, and nothing is hidden."""
    for name, counts in {"a": (5, 1, 0, 1), "b": (2, 0, 1, 0)}.items():
        tests, failures, errors, skipped = counts
        suite = f'tests="{tests}" failures="{failures}" errors="{errors}" skipped="{skipped}" time="1.6"'
        (tmp_path / f"{name}.xml").write_text(f"<testsuites><testsuite {suite}/></testsuites>")
    assert total([tmp_path / "a.xml", tmp_path / "b.xml"]) == "1 failed, 4 passed, 1 skipped, 1 errors in 3s"
    assert total([]) == "0 passed in 0s"
