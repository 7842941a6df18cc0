"""`keras.ops.nn`: operations of neural networks."""

from kerasnb.ops.nn.adaptive import adaptive_average_pool, adaptive_max_pool
from kerasnb.ops.nn.attention import dot_product_attention
from kerasnb.ops.nn.conv import conv, conv_transpose, depthwise_conv, separable_conv
from kerasnb.ops.nn.ctc import ctc_decode, ctc_loss
from kerasnb.ops.nn.labels import multi_hot, one_hot
from kerasnb.ops.nn.logistic import sigmoid, softplus
from kerasnb.ops.nn.loss import binary_crossentropy, categorical_crossentropy, sparse_categorical_crossentropy
from kerasnb.ops.nn.normalization import batch_normalization, layer_normalization, moments, rms_normalization
from kerasnb.ops.nn.norms import normalize
from kerasnb.ops.nn.patches import depth_to_space, fold, space_to_depth, unfold
from kerasnb.ops.nn.piecewise import (
    hard_shrink,
    hard_sigmoid,
    hard_silu,
    hard_swish,
    hard_tanh,
    leaky_relu,
    relu,
    relu6,
    soft_shrink,
    sparse_plus,
    sparse_sigmoid,
    threshold,
)
from kerasnb.ops.nn.pool import average_pool, max_pool
from kerasnb.ops.nn.signals import polar, psnr
from kerasnb.ops.nn.smooth import (
    celu,
    elu,
    gelu,
    glu,
    log_sigmoid,
    selu,
    silu,
    softsign,
    squareplus,
    swish,
    tanh_shrink,
)
from kerasnb.ops.nn.softmax import log_softmax, softmax, sparsemax

__all__ = [
    "adaptive_average_pool", "adaptive_max_pool", "average_pool", "batch_normalization", "binary_crossentropy",
    "categorical_crossentropy", "celu", "conv", "conv_transpose", "ctc_decode", "ctc_loss", "depth_to_space",
    "depthwise_conv", "dot_product_attention", "elu", "fold", "gelu", "glu", "hard_shrink", "hard_sigmoid",
    "hard_silu", "hard_swish", "hard_tanh", "layer_normalization", "leaky_relu", "log_sigmoid", "log_softmax",
    "max_pool", "moments", "multi_hot", "normalize", "one_hot", "polar", "psnr", "relu", "relu6",
    "rms_normalization", "selu", "separable_conv", "sigmoid", "silu", "soft_shrink", "softmax", "softplus",
    "softsign", "space_to_depth", "sparse_categorical_crossentropy", "sparse_plus", "sparse_sigmoid",
    "sparsemax", "squareplus", "swish", "tanh_shrink", "threshold", "unfold",
]  # fmt: skip
