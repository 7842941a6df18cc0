"""Attention and normalization layers that compute what Keras 3.15 does not."""

from __future__ import annotations

import keras as judge
import numpy as np
import pytest

import kerasnb as keras
from tests.differences import difference

X = np.random.default_rng(1).standard_normal((2, 3, 3)).astype("float32")
PAIRS = np.array([[[True, False, True]] * 3, [[True, True, False]] * 3])


def both(name: str, *shapes, **arguments) -> tuple:
    """A layer and that of Keras, built, with the same weights."""
    layer, theirs = (getattr(k.layers, name)(**arguments) for k in (keras, judge))
    layer.build(*shapes)
    theirs.build(*shapes)
    theirs.set_weights([np.arange(1, w.size + 1).reshape(w.shape) / w.size for w in layer.weights])
    layer.set_weights(theirs.get_weights())
    return layer, theirs


@difference
def rms_scales():
    """The scale of axis 1 stands along axis 1."""
    layer, theirs = both("RMSNormalization", X.shape, axis=1, epsilon=0.0)
    normalized = X / np.sqrt((X * X).mean(1, keepdims=True))
    scale = np.asarray(layer.scale)
    np.testing.assert_allclose(layer(X), normalized * scale[:, None], rtol=1e-5)
    np.testing.assert_allclose(theirs(X), normalized * scale, rtol=1e-5)


@difference
def query_masks():
    """An argument is used, whether or not a mask is attached."""
    layer, theirs = both("MultiHeadAttention", X.shape, X.shape, num_heads=1, key_dim=2)
    mask = np.array([[True, False, True]] * 2)
    expected = theirs(X, X, attention_mask=np.broadcast_to(mask[..., None], (2, 3, 3)))
    np.testing.assert_allclose(layer(X, X, query_mask=mask), expected, rtol=1e-5)
    np.testing.assert_array_equal(theirs(X, X, query_mask=mask), theirs(X, X))


@difference
def masks_of_heads():
    """A mask for each head goes together with those of positions."""
    layer, theirs = both("MultiHeadAttention", X.shape, X.shape, num_heads=4, key_dim=2)
    by_head = np.repeat(PAIRS[:, None], 4, axis=1)
    expected = layer(X, X, attention_mask=PAIRS & np.tril(np.ones((3, 3), bool)))
    np.testing.assert_allclose(layer(X, X, attention_mask=by_head, use_causal_mask=True), expected, rtol=1e-5)
    value_mask = np.array([[True, True, False]] * 2)
    np.testing.assert_allclose(
        layer(X, X, attention_mask=by_head, value_mask=value_mask),
        layer(X, X, attention_mask=PAIRS & value_mask[:, None]), rtol=1e-5,
    )  # fmt: skip
    with pytest.raises(Exception, match="roadcast|shape"):
        theirs(X, X, attention_mask=by_head, value_mask=value_mask)


@difference
def sizes_of_values():
    """Values of other sizes than keys, with and without scores."""
    layer, theirs = both("MultiHeadAttention", X.shape, X.shape, num_heads=2, key_dim=2, value_dim=3)
    expected, _ = theirs(X, X, return_attention_scores=True)
    np.testing.assert_allclose(layer(X, X), expected, rtol=1e-5)
    with pytest.raises(TypeError):
        theirs(X, X)


@difference
def shapes_of_scores():
    """Targets and sources have lengths of their own."""
    ours, theirs = (
        k.layers.MultiHeadAttention(num_heads=2, key_dim=2)(
            k.Input((3, 4)), k.Input((5, 4)), return_attention_scores=True
        )[1].shape
        for k in (keras, judge)
    )
    assert (ours, theirs) == ((None, 2, 3, 5), (None, 2, 3, 3))


@difference
def masks_of_grouped_queries():
    """A mask that is used is not reported as lost."""
    layer, theirs = both("GroupQueryAttention", X.shape, X.shape, head_dim=2, num_query_heads=2, num_key_value_heads=1)
    for k, one in ((keras, layer), (judge, theirs)):
        x = k.ops.convert_to_tensor(X)
        x._keras_mask = k.ops.convert_to_tensor(np.array([[True, False, True]] * 2))
        if one is theirs:
            with pytest.warns(UserWarning, match="mask"):
                one(x, x)
        else:
            one(x, x)
