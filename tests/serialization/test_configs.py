"""Configs of everything public are those of real Keras, and each side reads what the other writes."""

from __future__ import annotations

import copy
import inspect
import json

import keras as real
import numpy as np
import pytest

import kerasnb
from kerasnb.dtype_policies.quantized import QuantizedDTypePolicy
from tests.beside import FORGOTTEN
from tests.layers.foreign import FOREIGN

OPTIMIZER = (
    "weight_decay=0.1, clipnorm=2.0, use_ema=True, ema_momentum=0.5, ema_overwrite_frequency=3, loss_scale_factor=8.0, "
    "gradient_accumulation_steps=2, name='o'"
)
CLASS_IDS = "num_classes=3, name='m', dtype='float16', ignore_class=1"

# The class, and the arguments of further objects of it beside the one with default arguments; in front of `|` stand
# those that have no default.
# fmt: off
TABLE = {
    "losses": {
        "Loss": ["name='l', reduction='sum'"],
        "BinaryCrossentropy": ["from_logits=True, label_smoothing=0.1, axis=0, reduction='none', name='l'"],
        "BinaryFocalCrossentropy": ["True, 0.5, 3.0, from_logits=True, label_smoothing=0.1, axis=0, name='l'"],
        "CTC": ["reduction='sum', name='l', dtype='float16'"],
        "CategoricalCrossentropy": ["from_logits=True, label_smoothing=0.1, axis=1, reduction=None, name='l'"],
        "CategoricalFocalCrossentropy": ["[0.25, 0.5], 3.0, True, 0.1, 1, 'sum', 'l'"],
        "CategoricalGeneralizedCrossEntropy": ["q=0.25, name='l'"],
        "CategoricalHinge": ["'mean', 'l'"],
        "Circle": ["40.0, 0.2, False, 'sum', 'l'"],
        "CosineSimilarity": ["axis=1, reduction='sum', name='l'"],
        "Dice": ["axis=(1, 2), name='l'"],
        "Hinge": ["'mean_with_sample_weight', 'l', 'float16'"],
        "Huber": ["delta=2.0, reduction='sum', name='l', dtype='float16'"],
        "KLDivergence": ["'sum', 'l'"],
        "LogCosh": ["'sum', 'l'"],
        "MeanAbsoluteError": ["'sum', 'l'"],
        "MeanAbsolutePercentageError": ["'sum', 'l'"],
        "MeanSquaredError": ["'sum', 'l'"],
        "MeanSquaredLogarithmicError": ["'sum', 'l'"],
        "Poisson": ["'sum', 'l'"],
        "SparseCategoricalCrossentropy": ["True, 0, 'sum', 1, 'l'"],
        "SquaredHinge": ["'sum', 'l'"],
        "Tversky": ["0.3, 0.7, 'sum', 'l', axis=1"],
    },
    "metrics": {
        "AUC": [
            "100, 'PR', 'minoring', 'm', 'float16'", "thresholds=[0.5, 0.25], from_logits=True",
            "multi_label=True, num_labels=2",
        ],
        "Accuracy": ["'m', 'float16'"],
        "BinaryAccuracy": ["'m', 'float16', threshold=0.25"],
        "BinaryCrossentropy": ["'m', 'float16', True, 0.1"],
        "BinaryIoU": ["target_class_ids=[0], threshold=0.25, name='m', dtype='float16'"],
        "CategoricalAccuracy": ["'m', 'float16'"],
        "CategoricalCrossentropy": ["'m', 'float16', True, 0.1, axis=1"],
        "CategoricalHinge": ["'m', 'float16'"],
        "ConcordanceCorrelation": ["'m', 'float16', axis=0"],
        "CosineSimilarity": ["'m', 'float16', axis=1"],
        "F1Score": ["'macro', 0.5, 'm', 'float16'"],
        "FBetaScore": ["'weighted', 2.0, 0.5, 'm', 'float16'"],
        "FalseNegatives": ["[0.5, 0.25], 'm', 'float16'", "0.25"],
        "FalsePositives": ["[0.5, 0.25], 'm', 'float16'"],
        "Hinge": ["'m', 'float16'"],
        "IoU": ["num_classes=2, target_class_ids=[0] |", f"{CLASS_IDS}, target_class_ids=(0, 1), sparse_y_true=False, "
                "sparse_y_pred=False, axis=0"],
        "KLDivergence": ["'m', 'float16'"],
        "LogCoshError": ["'m', 'float16'"],
        "Mean": ["'m', 'float16'"],
        "MeanAbsoluteError": ["'m', 'float16'"],
        "MeanAbsolutePercentageError": ["'m', 'float16'"],
        "MeanIoU": ["num_classes=2 |", f"{CLASS_IDS}, sparse_y_true=False, sparse_y_pred=False, axis=0"],
        "MeanMetricWrapper": ["FN |", "FN, 'm', 'float16', axis=1"],
        "MeanSquaredError": ["'m', 'float16'"],
        "MeanSquaredLogarithmicError": ["'m', 'float16'"],
        "Metric": ["'float16', 'm'"],
        "OneHotIoU": ["num_classes=2, target_class_ids=[0] |", f"{CLASS_IDS}, target_class_ids=(0, 1), "
                      "sparse_y_pred=True, axis=0"],
        "OneHotMeanIoU": ["num_classes=2 |", f"{CLASS_IDS}, sparse_y_pred=True, axis=0"],
        "PearsonCorrelation": ["'m', 'float16', axis=0"],
        "Poisson": ["'m', 'float16'"],
        "Precision": ["[0.5, 0.25], 2, 1, 'm', 'float16'", "top_k=3"],
        "PrecisionAtRecall": ["0.5 |", "0.5, 10, 1, 'm', 'float16'"],
        "R2Score": ["'variance_weighted_average', 2, 'm', 'float16'"],
        "Recall": ["[0.5, 0.25], 2, 1, 'm', 'float16'"],
        "RecallAtPrecision": ["0.5 |", "0.5, 10, 1, 'm', 'float16'"],
        "RootMeanSquaredError": ["'m', 'float16'"],
        "SensitivityAtSpecificity": ["0.5 |", "0.5, 10, 1, 'm', 'float16'"],
        "SparseCategoricalAccuracy": ["'m', 'float16'"],
        "SparseCategoricalCrossentropy": ["'m', 'float16', True, 1, 0"],
        "SparseTopKCategoricalAccuracy": ["2, 'm', 'float16'"],
        "SpecificityAtSensitivity": ["0.5 |", "0.5, 10, 1, 'm', 'float16'"],
        "SquaredHinge": ["'m', 'float16'"],
        "Sum": ["'m', 'float16'"],
        "TopKCategoricalAccuracy": ["2, 'm', 'float16'"],
        "TrueNegatives": ["[0.5, 0.25], 'm', 'float16'"],
        "TruePositives": ["[0.5, 0.25], 'm', 'float16'"],
    },
    "optimizers": {
        "SGD": [f"0.5, 0.25, True, {OPTIMIZER}", "keras.optimizers.schedules.CosineDecay(0.5, 10)", "clipvalue=1.0"],
        "Adadelta": [f"0.5, 0.25, 0.125, {OPTIMIZER}"],
        "Adafactor": [f"0.5, -0.5, 1e-20, 1e-2, 2.0, False, {OPTIMIZER}"],
        "Adagrad": [f"0.5, 0.25, 0.125, {OPTIMIZER}"],
        "Adam": [f"0.5, 0.25, 0.125, 1e-3, True, {OPTIMIZER}", "global_clipnorm=1.0"],
        "AdamW": [f"0.5, beta_1=0.25, beta_2=0.125, epsilon=1e-3, amsgrad=True, {OPTIMIZER}"],
        "Adamax": [f"0.5, 0.25, 0.125, 1e-3, {OPTIMIZER}"],
        "Ftrl": [f"0.5, -0.25, 0.125, 0.5, 0.25, 0.125, 0.5, {OPTIMIZER}"],
        "Lamb": [f"0.5, 0.25, 0.125, 1e-3, {OPTIMIZER}"],
        "Lion": [f"0.5, 0.25, 0.125, {OPTIMIZER}"],
        "LossScaleOptimizer": ["keras.optimizers.SGD() |", "keras.optimizers.Adam(0.5), 4.0, 10, 'o'"],
        "MultiOptimizer": ["keras.optimizers.OptimizerMap(keras.optimizers.SGD(), {'a': keras.optimizers.Adam()}) |",
                           "keras.optimizers.OptimizerMap(keras.optimizers.SGD()), 4.0, 'o'"],
        "Muon": [f"learning_rate=0.5, adam_beta_1=0.25, momentum=0.5, ns_steps=3, nesterov=False, rms_rate=0.1, "
                 f"exclude_layers=['a'], exclude_embeddings=False, {OPTIMIZER}"],
        "Nadam": [f"0.5, 0.25, 0.125, 1e-3, {OPTIMIZER}"],
        "Optimizer": ["0.5 |", f"0.5, {OPTIMIZER}"],
        "OptimizerMap": ["keras.optimizers.SGD() |", "keras.optimizers.SGD(), {'a.*': keras.optimizers.Adam()}"],
        "RMSprop": [f"0.5, 0.25, 0.125, 1e-3, True, {OPTIMIZER}"],
        "ScheduleFreeAdamW": [f"0.5, 0.25, 0.125, 1e-3, 10, {OPTIMIZER}"],
    },
    "optimizers.schedules": {
        "CosineDecay": ["0.5, 10 |", "0.5, 10, 0.25, 's', 1.0, 5"],
        "CosineDecayRestarts": ["0.5, 10 |", "0.5, 10, 3.0, 2.0, 0.25, 's'"],
        "ExponentialDecay": ["0.5, 10, 0.25 |", "0.5, 10, 0.25, True, 's'"],
        "InverseTimeDecay": ["0.5, 10, 0.25 |", "0.5, 10, 0.25, True, 's'"],
        "PiecewiseConstantDecay": ["[1, 2], [0.5, 0.25, 0.125] |", "[1], [0.5, 0.25], 's'"],
        "PolynomialDecay": ["0.5, 10 |", "0.5, 10, 0.25, 2.0, True, 's'"],
    },
    "initializers": {
        "Constant": ["2.0", "np.array([1.0, 2.0], 'float32')", "[1, 2]", "keras.ops.ones((2,))"],
        "GlorotNormal": ["3", "3, [0], [1]"],
        "GlorotUniform": ["3", "keras.random.SeedGenerator(5)"],
        "HeNormal": ["3"],
        "HeUniform": ["3"],
        "Identity": [],
        "Initializer": [],
        "LecunNormal": ["3"],
        "LecunUniform": ["3"],
        "Ones": [],
        "Orthogonal": ["2.0, 3"],
        "RandomNormal": ["1.0, 2.0, 3"],
        "RandomUniform": ["1.0, 2.0, 3"],
        "TruncatedNormal": ["1.0, 2.0, 3"],
        "VarianceScaling": ["2.0, 'fan_avg', 'uniform', 3", "distribution='normal', input_axes=[0], output_axes=[1]"],
        "Zeros": [],
    },
    "regularizers": {
        "L1": ["0.5", "1"],
        "L1L2": ["0.5, 0.25"],
        "L2": ["0.5"],
        "OrthogonalRegularizer": ["0.5, 'columns'"],
    },
    "constraints": {
        "Constraint": [],
        "MaxNorm": ["3.0, 1", "axis=(0, 1)"],
        "MinMaxNorm": ["0.5, 2.0, 0.25, [0, 1]"],
        "NonNeg": [],
        "UnitNorm": ["1"],
    },
    "dtype_policies": {"DTypePolicy": ["'float16'", "'mixed_bfloat16'"]},
    "random": {"SeedGenerator": ["3", "3, name='g'"]},
    "layers": {
        "Bidirectional": ["keras.layers.LSTM(2, name='lstm') |", "keras.layers.GRU(2, name='gru'), 'sum', name='l', "
                          "backward_layer=keras.layers.LSTM(3, go_backwards=True, name='back')"],
        "ConvLSTM1D": ["2, 3 |", "2, 3, 2, 'same', return_sequences=True, unroll=True, activity_regularizer='l2'"],
        "ConvLSTM2D": ["2, 3 |", "2, (3, 2), 1, 'SAME', 'channels_first', (1, 2), 'relu', use_bias=False, dropout=0.5"],
        "ConvLSTM3D": ["2, 3 |", "2, 3, recurrent_dropout=0.2, seed=1, kernel_constraint='max_norm', stateful=True"],
        "GRU": ["2 |", "2, 'relu', 'hard_sigmoid', False, reset_after=False, seed=3, return_state=True, name='l'"],
        "GRUCell": ["2 |", "2, 'relu', dropout=0.2, recurrent_dropout=0.5, reset_after=False, seed=3, name='l'"],
        "LSTM": ["2 |", "2, kernel_regularizer='l2', activity_regularizer='l1', unroll=True, zero_output_for_mask=True",
                 "2, unit_forget_bias=False, use_cudnn=False, implementation=1, stateful=True, dtype='mixed_float16'"],
        "LSTMCell": ["2 |", "2, unit_forget_bias=False, bias_constraint='non_neg', dropout=1.5, implementation=1"],
        "RNN": ["keras.layers.LSTMCell(2, name='c') |", "[keras.layers.GRUCell(2, name='a'), "
                "keras.layers.LSTMCell(3, name='b')], True, True, True, True, True, True, name='l'"],
        "SimpleRNN": ["2 |", "2, 'relu', recurrent_initializer='zeros', go_backwards=True, dropout=0.5, seed=1"],
        "SimpleRNNCell": ["2 |", "2, 'relu', False, recurrent_constraint='unit_norm', seed=1"],
        "StackedRNNCells": ["[keras.layers.GRUCell(2, name='a'), keras.layers.SimpleRNNCell(3, name='b')] |"],
        "TimeDistributed": ["keras.layers.Dense(2, name='d') |", "keras.layers.Dense(2, name='d'), name='l'"],
        "ActivityRegularization": ["0.5, 0.25, name='l'"],
        "AlphaDropout": ["0.5 |", "0.5, (None, 1), 3"],
        "Concatenate": ["1, name='l'"],
        "Cropping1D": ["1", "(0, 2), dtype='float16'"],
        "Cropping2D": ["1, 'channels_first'", "(1, [2, 3])"],
        "Cropping3D": ["1, 'channels_first'", "((1, 2), 3, (4, 5))"],
        "EinsumDense": [
            "'ab,bc->ac', 3 |", "'abc,cd->abd', (None, 2), 'relu', 'd', 'he_normal', 'ones', 'l1', 'l2', 'max_norm', "
            "'non_neg', activity_regularizer='l1'", "'abc,cd->abd', [3, 2], lora_rank=2, lora_alpha=8",
        ],
        "Embedding": [
            "4, 2 |", "4, 2, 'normal', 'l2', 'max_norm', True, np.ones((4, 2)), activity_regularizer='l1'",
            "4, 2, lora_rank=2, lora_alpha=8", "4, 2, lora_rank=2",
        ],
        "GaussianDropout": ["0.5 |", "0.5, 3, name='l'"],
        "GaussianNoise": ["0.5 |", "0.5, 3, name='l'"],
        "Lambda": [
            "keras.activations.gelu |", "keras.activations.leaky_relu, (3, 4), keras.activations.relu, "
            "{'negative_slope': 0.5}, name='l'", "keras.activations.relu, keras.activations.gelu",
        ],
        "Masking": ["1.5, name='l'"],
        "PReLU": ["'ones', 'l2', 'non_neg', 2", "shared_axes=(1, 2)"],
        "ReversibleEmbedding": ["4, 2 |", "4, 2, False, 'normal', 'l2', 'max_norm', True, 'float32', 30.0, "
                                "lora_rank=2"],
        "SpatialDropout1D": ["0.5 |", "0.5, 3, 'l', 'float16'"],
        "SpatialDropout2D": ["0.5 |", "0.5, 'channels_first', 3, 'l'"],
        "SpatialDropout3D": ["0.5 |", "0.5, 'channels_first', 3, 'l', 'float16'"],
        "UpSampling1D": ["3"],
        "UpSampling2D": ["3, 'channels_first', 'bilinear'", "[2, 3]"],
        "UpSampling3D": ["3, 'channels_first'", "(1, 2, 3)"],
        "BatchNormalization": ["1, 0.5, 0.25, False, False, renorm=True, renorm_clipping={'rmax': 2.0}, name='l'"],
        "GroupNormalization": ["2, 1, 0.25, False, False, 'ones', 'zeros', 'l2', 'l1', 'max_norm', 'non_neg'"],
        "GroupQueryAttention": [
            "2, 4, 2 |", "2, 4, 2, 0.5, False, 3, use_gate=True, seed=1, kernel_regularizer='l2', "
            "activity_regularizer='l1'",
        ],
        "LayerNormalization": ["[1, 2], 0.25, False, False, gamma_constraint='max_norm', name='l'"],
        "MultiHeadAttention": [
            "2, 3 |", "2, 3, 4, 0.5, False, (5, 6), (1, 2), 3, use_gate=True, seed=1, kernel_regularizer='l2', "
            "activity_regularizer='l1'",
        ],
        "SpectralNormalization": ["keras.layers.Dense(2) |", "keras.layers.Dense(2), 3, name='l'"],
        "Wrapper": ["keras.layers.Dense(2) |", "keras.layers.ReLU(), name='l'"],
        "ZeroPadding1D": ["3, 'channels_first'", "(0, 2)"],
        "ZeroPadding2D": ["3, 'channels_first'", "((0, 1), [2, 3])"],
        "ZeroPadding3D": ["3, 'channels_first'", "(1, 2, (3, 4))"],
        "Activation": ["'linear' |", "'gelu', name='l', dtype='float16'", "keras.activations.leaky_relu"],
        "AdaptiveAveragePooling1D": ["2 |", "(3,), 'channels_first'"],
        "AdaptiveAveragePooling2D": ["2 |", "(3, 2), 'channels_first'"],
        "AdaptiveAveragePooling3D": ["2 |", "[3, 2, 1]"],
        "AdaptiveMaxPooling1D": ["2 |", "[3], dtype='float16'"],
        "AdaptiveMaxPooling2D": ["(2, 3) |"],
        "AdaptiveMaxPooling3D": ["2 |"],
        "AveragePooling1D": ["2 |", "3, 1, 'same', 'channels_first', 'l'"],
        "AveragePooling2D": ["2 |", "(3, 2), (1, 2), 'same', 'channels_first', 'l'"],
        "AveragePooling3D": ["2 |", "(3, 2, 1), 1, 'same'"],
        "Conv1D": ["2, 3 |", "4, (3,), 1, 'causal', 'channels_first', 2, 2, 'relu', False, 'he_normal', 'ones', 'l2', "
                   "'l1', 'l2', 'max_norm', 'non_neg', name='l', trainable=False", "2, 3, lora_rank=2, lora_alpha=8"],
        "Conv1DTranspose": ["2, 3 |", "4, 3, 2, 'same', 1, 'channels_first', 1, 'relu', False, 'he_normal', 'ones', "
                            "'l2', 'l1', 'l2', 'max_norm', 'non_neg'"],
        "Conv2D": ["2, 3 |", "4, (3, 2), [2, 1], 'SAME', groups=2, activation='tanh', dtype='mixed_float16'"],
        "Conv2DTranspose": ["2, 3 |", "4, (3, 2), (2, 3), 'same', (1, 2), activation='relu'"],
        "Conv3D": ["2, 3 |", "4, (3, 2, 1), dilation_rate=(1, 2, 3), activity_regularizer='l1'"],
        "Conv3DTranspose": ["2, 3 |", "4, (3, 2, 1), 2, output_padding=1"],
        "Dense": ["2 |", "2, 'relu', False, 'he_normal', keras.initializers.Constant(0.5), 'l2', "
                  "keras.regularizers.L1(0.5), 'l1', 'max_norm', keras.constraints.UnitNorm(1), trainable=False",
                  "2, lora_rank=3, lora_alpha=6"],
        "DepthwiseConv1D": ["3 |", "3, 2, 'same', 2, 'channels_first', 1, 'relu', False, 'he_normal', 'ones', 'l2', "
                            "'l1', 'l2', 'max_norm', 'non_neg'"],
        "DepthwiseConv2D": ["3 |", "(3, 2), dilation_rate=(2, 1), depth_multiplier=2"],
        "Dot": ["1 |", "(1, 2), True, name='l'"],
        "Dropout": ["0.5 |", "0.5, (None, 1), 3, dtype='mixed_float16'"],
        "ELU": ["0.5, name='l'"],
        "Flatten": ["'channels_first'"],
        "GlobalAveragePooling1D": ["'channels_first', True, name='l'"],
        "GlobalAveragePooling2D": ["'channels_first', True"],
        "GlobalAveragePooling3D": ["keepdims=True"],
        "GlobalMaxPooling1D": ["'channels_first', True"],
        "GlobalMaxPooling2D": ["keepdims=True, dtype='float16'"],
        "GlobalMaxPooling3D": ["'channels_first', True"],
        "InputLayer": ["(3,) |", "(3,), 2, 'int32', name='l'", "batch_shape=(2, None), optional=True"],
        "Layer": ["trainable=False, dtype='float16', name='l', activity_regularizer='l2'"],
        "LeakyReLU": ["0.5"],
        "MaxPooling1D": ["3, 1, 'same', 'channels_first', 'l'"],
        "MaxPooling2D": ["(3, 2), [1, 2], 'same'"],
        "MaxPooling3D": ["(3, 2, 1), 1, name='l'"],
        "Permute": ["(2, 1) |"],
        "ReLU": ["6.0, 0.5, 0.25"],
        "RepeatVector": ["3 |"],
        "Rescaling": ["0.5 |", "0.5, 0.25", "[0.5, 1.0], (1, 2)"],
        "Reshape": ["(2, -1) |", "[2, 1]"],
        "SeparableConv1D": ["2, 3 |", "4, 3, 2, 'same', 'channels_first', 1, 2, 'relu', False, 'he_normal', "
                            "'lecun_normal', 'ones', 'l2', 'l1', 'l2', 'l1', 'max_norm', 'non_neg', 'unit_norm'"],
        "SeparableConv2D": ["2, 3 |", "4, (3, 2), dilation_rate=(2, 1), depth_multiplier=2"],
        "Softmax": ["1", "(1, 2)"],
    },
}
WITHOUT_CONFIG = {
    "layers": {"InputSpec", *(cls.__name__ for cls in FOREIGN)},  # the latter, and quantized policies, raise an error
    "dtype_policies": {cls.__name__ for cls in (QuantizedDTypePolicy, *QuantizedDTypePolicy.__subclasses__())},
    "optimizers.schedules": {"LearningRateSchedule"},
    "regularizers": {"Regularizer"},
}
# fmt: on

RESET = {kerasnb: kerasnb.backend.reset_uids, real: real.src.utils.naming.reset_uids}  # of automatic names


def _classes(space: str) -> dict[str, type]:
    """The public classes of a namespace that have a config."""
    module = kerasnb
    for part in space.split("."):
        module = getattr(module, part)
    found = {
        obj.__name__.replace("GroupedQ", "GroupQ"): obj
        for obj in (getattr(module, n) for n in module.__all__)
        if inspect.isclass(obj)
    }
    return {name: cls for name, cls in found.items() if name not in WITHOUT_CONFIG.get(space, set())}


def _needs_arguments(cls: type) -> bool:
    _, *parameters = inspect.signature(cls.__init__).parameters.values()
    return any(p.default is p.empty and p.kind not in (p.VAR_POSITIONAL, p.VAR_KEYWORD) for p in parameters)


def _calls() -> list[str]:
    """Each object as the call that creates it; a class without a line is created with its default arguments."""
    calls = []
    for space in TABLE:
        for name, options in {**{key: [] for key in _classes(space)}, **TABLE[space]}.items():
            has_default = not any("|" in option for option in options)
            for option in [*([""] if has_default else []), *options]:
                calls.append(f"keras.{space}.{name}({option.removesuffix('|').strip()})")
    return calls


def _names(library) -> dict:
    """What the lines of the table name."""
    return {"keras": library, "np": np, "FN": library.losses.cosine_similarity, "signature": inspect.signature}


def _created(call: str, library):
    return eval(call, _names(library))


def _config(call: str, library) -> dict:
    """The config of an object as JSON gives it."""
    RESET[library]()
    obj = _created(call, library)
    return json.loads(json.dumps(library.saving.serialize_keras_object(obj)))


def _with_forgotten(config: dict, call: str) -> dict:
    """A config of Keras with the arguments of the call that Keras forgets."""
    path, arguments = call.split("(", 1)
    names = FORGOTTEN.get(config["class_name"], ())
    given = eval(f"signature({path}).bind({arguments}", _names(kerasnb)).arguments if names else {}
    return {**config, "config": {**config["config"], **{n: v for n, v in given.items() if n in names}}}


@pytest.mark.parametrize("call", _calls())
def test_config_is_that_of_keras(call):
    """The same call gives the same config, and each side creates an object of that config from the other's."""
    ours, theirs = _config(call, kerasnb), _config(call, real)
    assert ours == _with_forgotten(theirs, call)
    real.saving.deserialize_keras_object(copy.deepcopy(ours))
    for library in (kerasnb, real):
        again = library.saving.deserialize_keras_object(copy.deepcopy(theirs))
        assert json.loads(json.dumps(library.saving.serialize_keras_object(again))) == theirs


@pytest.mark.parametrize("space", TABLE)
def test_table_is_complete(space):
    """Every public class that needs arguments has a line."""
    lines, classes = set(TABLE[space]), _classes(space)
    assert lines <= set(classes)
    assert {name for name, cls in classes.items() if _needs_arguments(cls)} <= lines
