"""Layers of kerasnb/layers/reshaping/."""

from tests.layers.case import Case

CASES = {
    "Flatten": Case({}, (2, 3, 4, 5), (2, 60), 0),
    "Flatten rank 2": Case({}, (2, 3), (2, 3), 0),
    "Flatten rank 1": Case({}, (2,), (2, 1), 0),
    "Flatten channels first": Case({"data_format": "channels_first"}, (2, 3, 4, 5), (2, 60), 0),
    "Reshape": Case({"target_shape": (3, 4)}, (2, 12), (2, 3, 4), 0),
    "Reshape inferred": Case({"target_shape": (-1, 2)}, (2, 3, 4), (2, 6, 2), 0),
    "Permute": Case({"dims": (3, 1, 2)}, (2, 3, 4, 5), (2, 5, 3, 4), 0),
    "RepeatVector": Case({"n": 3}, (2, 4), (2, 3, 4), 0),
}  # fmt: skip
