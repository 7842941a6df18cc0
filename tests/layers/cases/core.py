"""Layers of kerasnb/layers/core/."""

from kerasnb import activations, regularizers
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
    "Dense lora": Case({"units": 3, "lora_rank": 2, "activation": "relu"}, (2, 4), (2, 3), 4, 3),
    "Dense lora regularized": Case(
        {"units": 3, "lora_rank": 1, "use_bias": False, "kernel_regularizer": "l2"}, (2, 4), (2, 3), 3, 2
    ),
    "Embedding": Case({"input_dim": 5, "output_dim": 3}, (2, 4), (2, 4, 3), 1, input_dtype="int32"),
    "Embedding mask": Case(
        {"input_dim": 5, "output_dim": 3, "mask_zero": True}, (2, 4), (2, 4, 3), 1, input_dtype="int32"
    ),
    "Embedding bytes": Case({"input_dim": 4, "output_dim": 2}, (2, 3, 2), (2, 3, 2, 2), 1, input_dtype="uint8"),
    "Embedding rank 1": Case({"input_dim": 4, "output_dim": 2}, (2,), (2, 2), 1, input_dtype="int64"),
    "Embedding options": Case(
        {
            "input_dim": 6, "output_dim": 2, "embeddings_initializer": "normal", "embeddings_regularizer": "l2",
            "embeddings_constraint": "max_norm", "activity_regularizer": "l1",
        },
        (2, 3), (2, 3, 2), 1, input_dtype="int32",
    ),
    "Embedding lora": Case({"input_dim": 5, "output_dim": 3, "lora_rank": 2}, (2, 4), (2, 4, 3), 3, 2,
                           input_dtype="int32"),
    "Masking": Case({}, (2, 3, 4), (2, 3, 4)),
    "Masking value": Case({"mask_value": 0.5}, (2, 3, 4), (2, 3, 4)),
    "Identity": Case({}, (2, 3), (2, 3)),
    "Lambda": Case({"function": activations.gelu}, (2, 3), (2, 3)),
    "Lambda arguments": Case(
        {"function": activations.leaky_relu, "arguments": {"negative_slope": 0.5}, "output_shape": (3, 4)},
        (2, 3, 4), (2, 3, 4),
    ),
    "EinsumDense": Case({"equation": "ab,bc->ac", "output_shape": 3, "bias_axes": "c"}, (2, 4), (2, 3), 2),
    "EinsumDense heads": Case(
        {"equation": "abc,cde->abde", "output_shape": (None, 2, 5), "bias_axes": "de", "activation": "relu"},
        (2, 3, 4), (2, 3, 2, 5), 2,
    ),
    "EinsumDense options": Case(
        {
            "equation": "...x,xy->...y", "output_shape": 3, "kernel_initializer": "he_normal",
            "kernel_regularizer": "l2", "kernel_constraint": "max_norm", "bias_axes": "y", "bias_constraint": "non_neg",
            "activity_regularizer": "l1",
        },
        (2, 3, 4), (2, 3, 3), 2,
    ),
    "EinsumDense lora": Case(
        {"equation": "abc,cde->abde", "output_shape": (3, 2, 5), "lora_rank": 2}, (2, 3, 4), (2, 3, 2, 5), 3, 2
    ),
    "ReversibleEmbedding": Case(
        {"input_dim": 5, "output_dim": 3, "mask_zero": True}, (2, 4), (2, 4, 3), 1, input_dtype="int32"
    ),
}  # fmt: skip
