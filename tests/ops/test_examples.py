"""The examples of operations whose docstrings are written by `described` run, too, also behind `shaped`."""

import doctest

import numpy as np
import pytest

import kerasnb
from kerasnb import ops

NAMES = sorted(n for n in dir(ops) if callable(getattr(ops, n)) and not n.startswith("_"))


@pytest.mark.parametrize("name", NAMES)
def test_example(name):
    """The example prints what it says."""
    text = getattr(ops, name).__doc__
    test = doctest.DocTestParser().get_doctest(text, {"keras": kerasnb, "np": np}, name, None, 0)
    assert test.examples, f"{name} has no example"
    assert doctest.DocTestRunner(optionflags=doctest.ELLIPSIS | doctest.NORMALIZE_WHITESPACE).run(test).failed == 0
