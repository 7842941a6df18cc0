"""Bad arguments of constructors: errors of the types that Keras raises, which name the argument and what arrived."""

from __future__ import annotations

import keras as real
import numpy as np
import pytest

import kerasnb
from kerasnb import layers
from tests.promises.layers import inputs_of

NUMBERS = {
    "Dropout": ("rate", {}), "AlphaDropout": ("rate", {}), "GaussianDropout": ("rate", {}),
    "SpatialDropout1D": ("rate", {}), "GaussianNoise": ("stddev", {}), "LSTM": ("dropout", {"units": 2}),
    "GRU": ("recurrent_dropout", {"units": 2}), "SimpleRNN": ("dropout", {"units": 2}),
    "ConvLSTM1D": ("dropout", {"filters": 2, "kernel_size": 2}), "Attention": ("dropout", {}),
    "MultiHeadAttention": ("dropout", {"num_heads": 1, "key_dim": 2}), "BatchNormalization": ("momentum", {}),
}  # fmt: skip


@pytest.mark.parametrize("bad", ["a", None])
@pytest.mark.parametrize("name", NUMBERS)
def test_no_number(name, bad):
    """A rate that is no number is a TypeError, as in Keras, where heads notice it when they are built."""
    argument, others = NUMBERS[name]
    with pytest.raises((TypeError, ValueError)):
        theirs = getattr(real.layers, name)(**{**others, argument: bad})
        theirs.build((2, 3, 4), (2, 3, 4))
    with pytest.raises(TypeError, match=rf"`{argument}` must be a number. Received: {argument}={bad!r}"):
        getattr(layers, name)(**{**others, argument: bad})


SIZES = {
    "LSTM": ("units", {}), "GRU": ("units", {}), "SimpleRNN": ("units", {}),
    "ConvLSTM1D": ("filters", {"kernel_size": 2}), "ConvLSTM2D": ("filters", {"kernel_size": 2}),
    "Conv2D": ("filters", {"kernel_size": 2}), "MultiHeadAttention": ("num_heads", {"key_dim": 2}),
    "GroupQueryAttention": ("head_dim", {"num_query_heads": 2, "num_key_value_heads": 1}),
}  # fmt: skip


@pytest.mark.parametrize("bad", [0, -1, 2.5, True, "3", None])
@pytest.mark.parametrize("name", SIZES)
def test_no_size(name, bad):
    """A size that is no positive integer is refused by the constructor, by the name of its own argument."""
    argument, others = SIZES[name]
    with pytest.raises(ValueError, match=rf"`{argument}`. Expected a strictly positive integer.*{argument}={bad}"):
        getattr(layers, name)(**{**others, argument: bad})


HEADS = {"head_dim": 2, "num_query_heads": 2, "num_key_value_heads": 1}


@pytest.mark.parametrize("argument", HEADS)
def test_heads_of_grouped_queries(argument):
    """No head, half a head, and no number."""
    for bad in (0, 1.5, None):
        with pytest.raises(ValueError, match=f"`{argument}`"):
            layers.GroupQueryAttention(**{**HEADS, argument: bad})


@pytest.mark.parametrize(
    ("make", "argument"),
    [
        (lambda: layers.ReLU(max_value="a"), "max_value"), (lambda: layers.ReLU(threshold="a"), "threshold"),
        (lambda: layers.LeakyReLU("a"), "negative_slope"), (lambda: layers.Permute(2), "dims"),
        (lambda: layers.Reshape(2.5), "target_shape"), (lambda: layers.BatchNormalization(axis=(1, 2)), "axis"),
        (lambda: layers.GroupNormalization(1, axis=None), "axis"),
        (lambda: layers.RMSNormalization(axis="x").build((2, 3)), "axis"),
        (lambda: layers.SpectralNormalization(layers.Dense(2), "3"), "power_iterations"),
    ],
)  # fmt: skip
def test_another_type(make, argument):
    """The argument is named, rather than the operation that does not know the type."""
    with pytest.raises(TypeError, match=f"`{argument}` must be"):
        make()


@pytest.mark.parametrize(
    ("name", "config", "shape"),
    [
        ("LSTM", {"units": 3}, (2, 4, 2)), ("ConvLSTM1D", {"filters": 3, "kernel_size": 2}, (2, 3, 4, 2)),
        ("Conv2D", {"filters": 3, "kernel_size": 2}, (2, 4, 4, 2)),
        ("MultiHeadAttention", {"num_heads": 2, "key_dim": 3}, {"query": (2, 3, 4), "value": (2, 3, 4)}),
    ],
)  # fmt: skip
def test_integers_of_numpy(name, config, shape):
    """They are integers: in calls of arrays and of symbols, and the config is that of Python integers."""
    layer = getattr(layers, name)(**{k: np.int64(v) for k, v in config.items()}, name="x")
    plain = getattr(layers, name)(**config, name="x")
    assert layer.get_config() == plain.get_config()
    shapes = shape if isinstance(shape, dict) else {"inputs" if "LSTM" not in name else "sequences": shape}
    symbols = [kerasnb.Input(s[1:]) for s in shapes.values()]
    assert layer(*symbols).shape[1:] == plain(*[inputs_of(s) for s in shapes.values()]).shape[1:]


BROADCAST = {
    "LayerNormalization": ({}, (2, 3, 4)), "RMSNormalization": ({}, (2, 3, 4)), "PReLU": ({}, (2, 4)),
    "EinsumDense": ({"equation": "ab,bc->ac", "output_shape": 3}, (2, 4)),
    "EinsumDense ellipsis": ({"equation": "...bc,cd->...bd", "output_shape": (3, 5)}, (2, 3, 4)),
}  # fmt: skip


@pytest.mark.parametrize("name", BROADCAST)
def test_no_weight_is_broadcast(name):
    """A channel axis of 1 or of another extent is refused with the name of the layer and what was expected."""
    config, shape = BROADCAST[name]
    layer = getattr(layers, name.split()[0])(**config, name="mine")
    layer(inputs_of(shape))
    for extent in (1, 5):
        with pytest.raises(ValueError, match=r"'mine' is incompatible.*to have value 4, but received.*\(2, "):
            layer(inputs_of((*shape[:-1], extent)))
    with pytest.raises(ValueError, match="'mine' is incompatible"):
        layer(inputs_of(()))
    layer(inputs_of((5, *shape[1:])))


@pytest.mark.parametrize("name", ["LayerNormalization", "RMSNormalization"])
def test_normalized_axes_in_other_ranks(name):
    """Axes from the end may follow any number of others, as in Keras."""
    layer, theirs = (getattr(k.layers, name)() for k in (kerasnb, real))
    for shape in ((2, 4), (2, 3, 4), (4,)):
        x = inputs_of(shape)
        np.testing.assert_allclose(np.asarray(layer(x)), np.asarray(theirs(x)), rtol=1e-5, atol=1e-5)
