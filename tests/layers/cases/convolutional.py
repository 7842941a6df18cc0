"""Layers of kerasnb/layers/convolutional/."""

from tests.layers.case import Case

_OPTIONS = {
    "kernel_initializer": "he_normal", "bias_initializer": "ones", "kernel_regularizer": "l2", "bias_regularizer": "l1",
    "kernel_constraint": "max_norm", "bias_constraint": "non_neg", "activity_regularizer": "l2",
}  # fmt: skip
_DEPTHWISE = {name.replace("kernel", "depthwise"): value for name, value in _OPTIONS.items()}

CASES = {
    "Conv1D": Case({"filters": 3, "kernel_size": 2}, (2, 5, 4), (2, 4, 3), 2),
    "Conv1D causal": Case(
        {"filters": 3, "kernel_size": 3, "padding": "causal", "dilation_rate": 2, "activation": "tanh"},
        (2, 6, 2), (2, 6, 3), 2,
    ),
    "Conv1D no bias": Case({"filters": 2, "kernel_size": 1, "use_bias": False, "strides": 2}, (2, 5, 4), (2, 3, 2), 1),
    "Conv2D": Case({"filters": 3, "kernel_size": 3, "activation": "relu"}, (2, 6, 5, 2), (2, 4, 3, 3), 2),
    "Conv2D same": Case(
        {"filters": 3, "kernel_size": (3, 2), "strides": (2, 1), "padding": "same", "activation": "sigmoid"},
        (2, 5, 4, 2), (2, 3, 4, 3), 2,
    ),
    "Conv2D options": Case({"filters": 3, "kernel_size": 2, **_OPTIONS}, (2, 4, 4, 2), (2, 3, 3, 3), 2),
    "Conv2D softmax": Case({"filters": 3, "kernel_size": 2, "activation": "softmax"}, (2, 4, 4, 2), (2, 3, 3, 3), 2),
    "Conv3D": Case({"filters": 2, "kernel_size": 2, "dilation_rate": 2}, (1, 3, 4, 4, 2), (1, 1, 2, 2, 2), 2),
    "Conv2D lora": Case({"filters": 3, "kernel_size": 2, "lora_rank": 2}, (2, 4, 4, 2), (2, 3, 3, 3), 4, trainable=3),
    "Conv1DTranspose": Case({"filters": 3, "kernel_size": 3, "strides": 2}, (2, 4, 2), (2, 9, 3), 2),
    "Conv2DTranspose": Case(
        {"filters": 3, "kernel_size": (3, 2), "strides": 2, "padding": "same", "activation": "relu"},
        (2, 3, 4, 2), (2, 6, 8, 3), 2,
    ),
    "Conv2DTranspose options": Case(
        {"filters": 2, "kernel_size": 3, "strides": 2, "output_padding": (1, 0), "padding": "same", **_OPTIONS},
        (2, 3, 4, 2), (2, 6, 7, 2), 2,
    ),
    "Conv3DTranspose": Case({"filters": 2, "kernel_size": 2, "use_bias": False}, (1, 2, 3, 2, 2), (1, 3, 4, 3, 2), 1),
    "DepthwiseConv1D": Case({"kernel_size": 3, "depth_multiplier": 2}, (2, 5, 2), (2, 3, 4), 2),
    "DepthwiseConv2D": Case(
        {"kernel_size": (3, 2), "strides": 2, "padding": "same", "activation": "relu"}, (2, 5, 4, 3), (2, 3, 2, 3), 2
    ),
    "DepthwiseConv2D options": Case({"kernel_size": 2, **_DEPTHWISE}, (2, 4, 4, 3), (2, 3, 3, 3), 2),
    "SeparableConv1D": Case(
        {"filters": 3, "kernel_size": 2, "dilation_rate": 2, "activation": "tanh"}, (2, 5, 2), (2, 3, 3), 3
    ),
    "SeparableConv2D": Case(
        {"filters": 3, "kernel_size": 2, "depth_multiplier": 2, "pointwise_regularizer": "l2",
         "pointwise_constraint": "unit_norm", **_DEPTHWISE},
        (2, 4, 4, 2), (2, 3, 3, 3), 3,
    ),
}  # fmt: skip
