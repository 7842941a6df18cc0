"""Layers of kerasnb/layers/core/."""

from kerasnb import regularizers
from tests.layers.case import Case

CASES = {
    "Dense": Case({"units": 3}, (2, 4), (2, 3), 2),
    "Dense relu": Case({"units": 5, "activation": "relu"}, (2, 4), (2, 5), 2),
    "Dense tanh": Case({"units": 5, "activation": "tanh"}, (3, 4), (3, 5), 2),
    "Dense sigmoid": Case({"units": 1, "activation": "sigmoid"}, (3, 4), (3, 1), 2),
    "Dense softmax": Case({"units": 5, "activation": "softmax"}, (2, 4), (2, 5), 2),
    "Dense no bias": Case({"units": 3, "use_bias": False, "activation": "relu"}, (2, 4), (2, 3), 1),
    "Dense rank 3": Case({"units": 3, "activation": "relu"}, (2, 5, 4), (2, 5, 3), 2),
    "Dense options": Case(
        {
            "units": 3, "kernel_initializer": "he_normal", "bias_initializer": "ones", "kernel_regularizer": "l2",
            "bias_regularizer": regularizers.L1(0.5), "kernel_constraint": "max_norm", "bias_constraint": "non_neg",
            "activity_regularizer": "l2",
        },
        (2, 4), (2, 3), 2,
    ),
}  # fmt: skip
