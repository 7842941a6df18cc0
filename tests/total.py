"""One line for several runs of pytest: python tests/total.py results.xml ..."""

from __future__ import annotations

import sys
import xml.etree.ElementTree as ElementTree


def total(paths) -> str:
    """The counts of JUnit files, added up and told as pytest tells them."""
    suites = [suite for path in paths for suite in ElementTree.parse(path).iter("testsuite")]
    count = {name: sum(int(s.get(name, 0)) for s in suites) for name in ("tests", "failures", "errors", "skipped")}
    count["passed"] = count.pop("tests") - count["failures"] - count["errors"] - count["skipped"]
    names = {"failures": "failed", "passed": "passed", "skipped": "skipped", "errors": "errors"}
    told = ", ".join(f"{count[name]} {word}" for name, word in names.items() if count[name] or name == "passed")
    return f"{told} in {sum(float(s.get('time', 0)) for s in suites):.0f}s"


if __name__ == "__main__":
    print(f"== {total(sys.argv[1:])}")
