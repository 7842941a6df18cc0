"""Layers of kerasnb/layers/activations/."""

from tests.layers.case import Case

CASES = {
    "Activation": Case({"activation": "gelu"}, (2, 4), (2, 4), 0),
    "ReLU": Case({"max_value": 1.0, "negative_slope": 0.1, "threshold": 0.2}, (2, 4), (2, 4), 0),
    "LeakyReLU": Case({"negative_slope": 0.2}, (2, 4), (2, 4), 0),
    "ELU": Case({"alpha": 0.7}, (2, 4), (2, 4), 0),
    "Softmax": Case({}, (2, 4), (2, 4), 0),
    "Softmax axis": Case({"axis": 1}, (2, 3, 4), (2, 3, 4), 0),
    "PReLU": Case({"alpha_initializer": "normal"}, (2, 3, 4), (2, 3, 4), 1),
    "PReLU shared": Case(
        {
            "alpha_initializer": "normal", "alpha_regularizer": "l2", "alpha_constraint": "non_neg",
            "shared_axes": [1, 2],
        },
        (2, 3, 4, 2), (2, 3, 4, 2), 1,
    ),
    "PReLU one shared": Case({"alpha_initializer": "ones", "shared_axes": 1}, (2, 3, 4), (2, 3, 4), 1),
}  # fmt: skip
