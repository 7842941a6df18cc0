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
    "Cropping1D": Case({"cropping": (1, 2)}, (2, 5, 3), (2, 2, 3), 0),
    "Cropping2D": Case({"cropping": ((1, 2), 1)}, (2, 5, 4, 3), (2, 2, 2, 3), 0),
    "Cropping2D channels first": Case(
        {"cropping": 1, "data_format": "channels_first"}, (2, 3, 5, 4), (2, 3, 3, 2), 0
    ),
    "Cropping3D": Case({"cropping": (1, (0, 1), (1, 0))}, (2, 3, 3, 3, 2), (2, 1, 2, 2, 2), 0),
    "ZeroPadding1D": Case({"padding": (1, 2)}, (2, 3, 2), (2, 6, 2), 0),
    "ZeroPadding1D channels first": Case({"padding": 2, "data_format": "channels_first"}, (2, 3, 2), (2, 3, 6), 0),
    "ZeroPadding2D": Case({"padding": ((1, 2), 1)}, (2, 3, 2, 3), (2, 6, 4, 3), 0),
    "ZeroPadding3D": Case({"padding": (1, (0, 1), (2, 0))}, (2, 2, 2, 2, 2), (2, 4, 3, 4, 2), 0),
    "UpSampling1D": Case({"size": 3}, (2, 3, 2), (2, 9, 2), 0),
    "UpSampling2D": Case({"size": (2, 3)}, (2, 2, 3, 2), (2, 4, 9, 2), 0),
    "UpSampling2D bilinear": Case({"interpolation": "bilinear"}, (2, 2, 3, 2), (2, 4, 6, 2), 0),
    "UpSampling3D": Case({"size": (1, 2, 3)}, (2, 2, 2, 2, 2), (2, 2, 4, 6, 2), 0),
}  # fmt: skip
