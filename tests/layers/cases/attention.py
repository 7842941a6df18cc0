"""Layers of kerasnb/layers/attention/."""

from tests.layers.case import Case

PAIR = [(2, 3, 4), (2, 5, 4)]
TRIPLE = [(2, 3, 4), (2, 5, 6), (2, 5, 4)]
SELF = {"query": (2, 3, 6), "value": (2, 3, 6)}
OTHER = {"query": (2, 3, 6), "value": (2, 5, 4), "key": (2, 5, 7)}
GROUPED = {"query": (2, 3, 6), "value": (2, 5, 6)}
OPTIONS = {
    "kernel_initializer": "he_normal", "bias_initializer": "ones", "kernel_regularizer": "l2",
    "bias_regularizer": "l1", "activity_regularizer": "l2", "kernel_constraint": "max_norm",
    "bias_constraint": "non_neg",
}  # fmt: skip

CASES = {
    "Attention": Case({}, PAIR, (2, 3, 4), 0),
    "Attention key": Case({"use_scale": True}, TRIPLE, (2, 3, 6), 1),
    "Attention concat": Case({"use_scale": True, "score_mode": "concat"}, TRIPLE, (2, 3, 6), 2),
    "Attention dropout": Case({"dropout": 0.5, "seed": 1}, PAIR, (2, 3, 4), 0, seeds=1),
    "AdditiveAttention": Case({}, TRIPLE, (2, 3, 6), 1),
    "AdditiveAttention bare": Case({"use_scale": False}, PAIR, (2, 3, 4), 0),
    "AdditiveAttention dropout": Case({"dropout": 0.5}, PAIR, (2, 3, 4), 1, seeds=1),
    "MultiHeadAttention": Case({"num_heads": 2, "key_dim": 4}, SELF, (2, 3, 6), 8),
    "MultiHeadAttention key": Case({"num_heads": 3, "key_dim": 2}, OTHER, (2, 3, 6), 8),
    "MultiHeadAttention shape": Case(
        {"num_heads": 2, "key_dim": 3, "output_shape": (4, 2), "use_bias": False, "use_gate": True},
        OTHER, (2, 3, 4, 2), 5,
    ),
    "MultiHeadAttention images": Case(
        {"num_heads": 2, "key_dim": 3, "attention_axes": (2, 3)},
        {"query": (2, 3, 4, 2, 6), "value": (2, 3, 4, 2, 6)}, (2, 3, 4, 2, 6), 8,
    ),
    "MultiHeadAttention dropout": Case({"num_heads": 2, "key_dim": 4, "dropout": 0.5}, SELF, (2, 3, 6), 8, seeds=1),
    "MultiHeadAttention options": Case({"num_heads": 2, "key_dim": 4, **OPTIONS}, SELF, (2, 3, 6), 8),
    "GroupQueryAttention": Case({"head_dim": 3, "num_query_heads": 4, "num_key_value_heads": 2}, GROUPED, None, 8),
    "GroupQueryAttention gate": Case(
        {"head_dim": 3, "num_query_heads": 2, "num_key_value_heads": 1, "use_gate": True, "sliding_window": 2},
        GROUPED, None, 10,
    ),
    "GroupQueryAttention dropout": Case(
        {"head_dim": 3, "num_query_heads": 4, "num_key_value_heads": 2, "dropout": 0.5, "use_bias": False}, GROUPED,
        None, 4, seeds=1,
    ),
    "GroupQueryAttention options": Case(
        {"head_dim": 3, "num_query_heads": 2, "num_key_value_heads": 2, **OPTIONS}, GROUPED, None, 8
    ),
}  # fmt: skip
