"""axe-core finds no serious fault in any tool, light and dark, wide and narrow."""

from __future__ import annotations

import pytest

from tests.browser.axe import serious_faults
from tests.browser.scenes import SCENES


@pytest.mark.parametrize(("width", "dark"), [(1000, False), (400, True)], ids=["wide-light", "narrow-dark"])
@pytest.mark.parametrize("scene", SCENES)
def test_axe_finds_no_serious_fault(show_tool, scene, width, dark):
    """Names, roles, contrast and focus of everything that a card shows."""
    page = show_tool(SCENES[scene](), width=width, dark=dark)
    page.page.wait_for_timeout(200)
    assert not serious_faults(page.page)
