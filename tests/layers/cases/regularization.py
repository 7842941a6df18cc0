"""Layers of kerasnb/layers/regularization/."""

from tests.layers.case import Case

CASES = {
    "Dropout": Case({"rate": 0.5, "seed": 1}, (2, 4), (2, 4), 0, seeds=1),
    "Dropout noise shape": Case({"rate": 0.5, "noise_shape": (None, 1)}, (2, 4), (2, 4), 0, seeds=1),
    "Dropout none": Case({"rate": 0}, (2, 4), (2, 4), 0),
    "AlphaDropout": Case({"rate": 0.3, "seed": 1}, (2, 4), (2, 4), 0, seeds=1),
    "AlphaDropout noise shape": Case({"rate": 0.3, "noise_shape": (None, 1)}, (2, 4), (2, 4), 0, seeds=1),
    "AlphaDropout none": Case({"rate": 0.0}, (2, 4), (2, 4), 0),
    "GaussianDropout": Case({"rate": 0.3, "seed": 1}, (2, 4), (2, 4), 0, seeds=1),
    "GaussianDropout none": Case({"rate": 0.0}, (2, 4), (2, 4), 0),
    "GaussianNoise": Case({"stddev": 0.3, "seed": 1}, (2, 4), (2, 4), 0, seeds=1),
    "GaussianNoise none": Case({"stddev": 0.0}, (2, 4), (2, 4), 0),
    "SpatialDropout1D": Case({"rate": 0.5, "seed": 1}, (2, 3, 4), (2, 3, 4), 0, seeds=1),
    "SpatialDropout2D": Case({"rate": 0.5}, (2, 3, 2, 4), (2, 3, 2, 4), 0, seeds=1),
    "SpatialDropout2D channels first": Case(
        {"rate": 0.5, "data_format": "channels_first"}, (2, 4, 3, 2), (2, 4, 3, 2), 0, seeds=1
    ),
    "SpatialDropout3D": Case({"rate": 0.5}, (2, 3, 2, 2, 4), (2, 3, 2, 2, 4), 0, seeds=1),
    "ActivityRegularization": Case({"l1": 0.1, "l2": 0.2}, (2, 4), (2, 4), 0),
}  # fmt: skip
