"""Layers of kerasnb/layers/preprocessing/."""

from tests.layers.case import Case

CASES = {
    "Rescaling": Case({"scale": 0.5, "offset": -1.0}, (2, 4), (2, 4), 0),
}  # fmt: skip
