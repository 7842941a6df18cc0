"""Functions that upper files provide."""

from __future__ import annotations

import inspect

import pytest

import kerasnb
from kerasnb.backend import late_bound

SLOTS = [
    (kind, name)
    for _, kind in inspect.getmembers(late_bound, inspect.isclass)
    for name in inspect.get_annotations(kind)
]


@pytest.mark.parametrize(("kind", "name"), SLOTS, ids=lambda x: getattr(x, "__name__", x))
def test_importing_the_package_fills_all_slots(kind, name):
    """Each slot holds a function."""
    assert callable(getattr(kind, name))


def test_operators_are_the_functions_of_ops():
    """`x + y` is `keras.ops.add(x, y)`, and so on."""
    operators = late_bound.Operators
    for name in inspect.get_annotations(operators):
        if name != "subscript":
            assert getattr(operators, name) is getattr(kerasnb.ops, name)
