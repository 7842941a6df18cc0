"""axe-core, the judge of accessibility: what it finds in a page."""

from __future__ import annotations

import pathlib

import axe_playwright_python

SCRIPT = pathlib.Path(axe_playwright_python.__file__).parent / "axe.min.js"
RUN = """async () => {
    const found = await axe.run(document, { resultTypes: ["violations"] });
    const said = (node) => node.target.flat().join(" ") + ": " + node.failureSummary;
    return found.violations.map((v) => [v.impact, v.id, v.nodes.slice(0, 3).map(said)]);
}"""
SERIOUS = ("serious", "critical")


def serious_faults(page) -> list[str]:
    """The serious and critical faults of a page, shadows included, as text."""
    page.evaluate(SCRIPT.read_text(encoding="utf-8"))
    return [f"{rule}: {nodes}" for impact, rule, nodes in page.evaluate(RUN) if impact in SERIOUS]
