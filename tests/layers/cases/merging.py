"""Layers of kerasnb/layers/merging/."""

from tests.layers.case import Case

THREE = [(2, 3, 4)] * 3

CASES = {
    "Add": Case({}, THREE, (2, 3, 4)),
    "Add ranks": Case({}, [(2, 4), (2, 3, 4), (2, 1, 1)], (2, 3, 4)),
    "Add one": Case({}, [(2, 3)], (2, 3)),
    "Subtract": Case({}, THREE[:2], (2, 3, 4)),
    "Subtract broadcast": Case({}, [(2, 3, 1), (2, 1, 4)], (2, 3, 4)),
    "Multiply": Case({}, THREE, (2, 3, 4)),
    "Average": Case({}, THREE, (2, 3, 4)),
    "Maximum": Case({}, THREE, (2, 3, 4)),
    "Minimum": Case({}, THREE, (2, 3, 4)),
    "Concatenate": Case({}, [(2, 3, 4), (2, 3, 2)], (2, 3, 6)),
    "Concatenate axis": Case({"axis": 1}, [(2, 3, 4), (2, 1, 4), (2, 2, 4)], (2, 6, 4)),
    "Dot": Case({"axes": 1}, [(2, 3), (2, 3)], (2, 1)),
    "Dot axes": Case({"axes": (2, 1), "normalize": True}, [(2, 3, 4), (2, 4, 5)], (2, 3, 5)),
    "Dot last": Case({"axes": -1}, [(2, 4), (2, 3, 4)], (2, 3)),
}  # fmt: skip
