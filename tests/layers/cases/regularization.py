"""Layers of kerasnb/layers/regularization/."""

from tests.layers.case import Case

CASES = {
    "Dropout": Case({"rate": 0.5, "seed": 1}, (2, 4), (2, 4), 0, seeds=1),
    "Dropout noise shape": Case({"rate": 0.5, "noise_shape": (None, 1)}, (2, 4), (2, 4), 0, seeds=1),
    "Dropout none": Case({"rate": 0}, (2, 4), (2, 4), 0),
}  # fmt: skip
