"""Interrupts and forks at random moments: a few in each run of the tests, `KERASNB_CHAOS` of each where it is set."""

from __future__ import annotations

import os

import pytest

from tests.robust import chaos

COUNT = int(os.environ.get("KERASNB_CHAOS", "20"))
FORKS = max(6, COUNT // 6)


@pytest.mark.parametrize("case", chaos.cases(COUNT, seed=8), ids=str)
def test_interrupted_at_any_moment(case):
    """The interrupt arrives, nothing hangs, no internal error is said, and training goes on."""
    assert chaos.interrupt(case) == ""


@pytest.mark.parametrize("number", range(FORKS))
def test_forked_at_any_moment(number):
    """Soon after `compile`, while kernels are compiled in the background: each child trains, and so does the parent."""
    assert chaos.fork(number, seed=8) == ""
