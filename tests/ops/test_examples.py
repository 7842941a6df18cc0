"""The examples of operations whose docstrings are written by `described` run, too, also behind `shaped`."""

import doctest

import numpy as np
import pytest

import kerasnb
from kerasnb import ops

MODULES = {"": ops, "image.": ops.image}
FUNCTIONS = {
    prefix + n: getattr(module, n)
    for prefix, module in MODULES.items()
    for n in dir(module)
    if callable(getattr(module, n)) and not n.startswith("_")
}


@pytest.mark.parametrize("name", sorted(FUNCTIONS))
def test_example(name):
    """The example prints what it says."""
    text = FUNCTIONS[name].__doc__
    test = doctest.DocTestParser().get_doctest(text, {"keras": kerasnb, "np": np}, name, None, 0)
    assert test.examples, f"{name} has no example"
    assert doctest.DocTestRunner(optionflags=doctest.ELLIPSIS | doctest.NORMALIZE_WHITESPACE).run(test).failed == 0
