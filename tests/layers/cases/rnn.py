"""Layers of kerasnb/layers/rnn/."""

from kerasnb import layers
from tests.layers.case import Case

OPTIONS = {
    "kernel_initializer": "he_normal", "recurrent_initializer": "glorot_uniform", "bias_initializer": "ones",
    "kernel_regularizer": "l2", "recurrent_regularizer": "l1", "bias_regularizer": "l1_l2",
    "kernel_constraint": "max_norm", "recurrent_constraint": "unit_norm", "bias_constraint": "non_neg",
}  # fmt: skip
ALL = {"return_sequences": True, "return_state": True, "go_backwards": True}
DROPOUT = {"dropout": 0.3, "recurrent_dropout": 0.4}

CASES = {
    "SimpleRNN": Case({"units": 3, **ALL}, (2, 5, 4), [(2, 5, 3), (2, 3)], 3, seeds=1),
    "SimpleRNN dropout": Case({"units": 3, "use_bias": False, **DROPOUT, **OPTIONS}, (2, 3, 4), None, 2, seeds=1),
    "LSTM": Case({"units": 3}, (2, 5, 4), (2, 3), 3, seeds=1),
    "LSTM all": Case({"units": 3, **ALL}, (2, 5, 4), [(2, 5, 3), (2, 3), (2, 3)], 3, seeds=1),
    "LSTM options": Case(
        {"units": 3, "unit_forget_bias": False, "activity_regularizer": "l2", **OPTIONS}, (2, 1, 4), (2, 3), 3, seeds=1
    ),
    "LSTM stepwise": Case(
        {"units": 3, "activation": "relu", "recurrent_activation": "hard_sigmoid", "return_sequences": True},
        (2, 4, 3), (2, 4, 3), 3, seeds=1,
    ),
    "LSTM dropout": Case({"units": 3, "dropout": 0.4}, (2, 3, 4), (2, 3), 3, seeds=1),
    "LSTM dropouts": Case({"units": 3, **DROPOUT}, (2, 3, 4), (2, 3), 3, seeds=1),
    "GRU": Case({"units": 3, **ALL}, (2, 5, 4), [(2, 5, 3), (2, 3)], 3, seeds=1),
    "GRU before": Case({"units": 3, "reset_after": False, **OPTIONS}, (2, 5, 4), (2, 3), 3, seeds=1),
    "GRU dropout": Case({"units": 3, **DROPOUT}, (2, 3, 4), (2, 3), 3, seeds=1),
    "Bidirectional": Case({"layer": layers.LSTM(3, return_sequences=True)}, (2, 4, 3), (2, 4, 6), 6, seeds=2),
    "Bidirectional state": Case(
        {"layer": layers.GRU(3, return_state=True), "merge_mode": None}, (2, 4, 3), [(2, 3)] * 4, 6, seeds=2
    ),
    "TimeDistributed": Case({"layer": layers.Dense(3, activation="relu")}, (2, 4, 3), (2, 4, 3), 2),
    "ConvLSTM1D": Case(
        {"filters": 2, "kernel_size": 3, **ALL}, (2, 3, 5, 2), [(2, 3, 3, 2), (2, 3, 2), (2, 3, 2)], 3, seeds=1
    ),
    "ConvLSTM2D": Case(
        {"filters": 2, "kernel_size": (3, 2), "padding": "same", "strides": 2, **OPTIONS}, (2, 3, 4, 5, 2),
        (2, 2, 3, 2), 3, seeds=1,
    ),
    "ConvLSTM2D dropout": Case({"filters": 2, "kernel_size": 2, **DROPOUT}, (2, 2, 3, 3, 1), (2, 2, 2, 2), 3, seeds=1),
    "ConvLSTM3D": Case({"filters": 2, "kernel_size": 2, "use_bias": False}, (2, 2, 3, 3, 3, 1), None, 2, seeds=1),
}  # fmt: skip
