"""Layers of kerasnb/layers/pooling/."""

from tests.layers.case import Case

CASES = {
    "MaxPooling1D": Case({"pool_size": 2}, (2, 5, 3), (2, 2, 3)),
    "MaxPooling2D": Case({"pool_size": 2, "strides": 1, "padding": "same"}, (2, 4, 5, 3), (2, 4, 5, 3)),
    "MaxPooling3D": Case({"pool_size": (2, 1, 2)}, (2, 4, 3, 5, 2), (2, 2, 3, 2, 2)),
    "AveragePooling1D": Case({"pool_size": 3, "padding": "same"}, (2, 5, 3), (2, 2, 3)),
    "AveragePooling2D": Case({"pool_size": (2, 3), "strides": 2}, (2, 5, 5, 3), (2, 2, 2, 3)),
    "AveragePooling3D": Case({"pool_size": 2}, (2, 4, 4, 5, 2), (2, 2, 2, 2, 2)),
    "GlobalMaxPooling1D": Case({}, (2, 5, 3), (2, 3)),
    "GlobalMaxPooling2D": Case({"keepdims": True}, (2, 4, 5, 3), (2, 1, 1, 3)),
    "GlobalMaxPooling3D": Case({"data_format": "channels_first"}, (2, 3, 2, 2, 3), (2, 3)),
    "GlobalAveragePooling1D": Case({}, (2, 5, 3), (2, 3)),
    "GlobalAveragePooling1D first": Case(
        {"data_format": "channels_first", "keepdims": True}, (2, 3, 3), (2, 3, 1)
    ),
    "GlobalAveragePooling2D": Case({}, (2, 4, 5, 3), (2, 3)),
    "GlobalAveragePooling3D": Case(
        {"keepdims": True, "data_format": "channels_first"}, (2, 3, 2, 2, 3), (2, 3, 1, 1, 1)
    ),
    "AdaptiveAveragePooling1D": Case({"output_size": 3}, (2, 7, 3), (2, 3, 3)),
    "AdaptiveAveragePooling2D": Case({"output_size": (2, 3)}, (2, 5, 6, 2), (2, 2, 3, 2)),
    "AdaptiveAveragePooling3D": Case({"output_size": 2}, (1, 3, 4, 5, 2), (1, 2, 2, 2, 2)),
    "AdaptiveMaxPooling1D": Case({"output_size": 3}, (2, 7, 3), (2, 3, 3)),
    "AdaptiveMaxPooling2D": Case(
        {"output_size": 2, "data_format": "channels_first"}, (2, 2, 5, 6), (2, 2, 2, 2)
    ),
    "AdaptiveMaxPooling3D": Case({"output_size": (2, 1, 3)}, (1, 3, 4, 5, 2), (1, 2, 1, 3, 2)),
}  # fmt: skip
