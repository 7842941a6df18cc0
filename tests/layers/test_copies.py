"""Copies and pickles of layers: the same numbers, and nothing shared with the original."""

from __future__ import annotations

import copy
import pickle

import numpy as np
import pytest

from kerasnb import layers
from tests.promises.layers import inputs_of

LAYERS = {
    "Dense": (lambda: layers.Dense(2), (2, 3)),
    "Conv2D": (lambda: layers.Conv2D(2, 3), (2, 4, 4, 1)),
    "BatchNormalization": (lambda: layers.BatchNormalization(), (2, 3)),
    "Dropout": (lambda: layers.Dropout(0.5), (2, 3)),
    "LSTM": (lambda: layers.LSTM(2), (2, 3, 4)),
    "Bidirectional": (lambda: layers.Bidirectional(layers.GRU(2)), (2, 3, 4)),
    "TimeDistributed": (lambda: layers.TimeDistributed(layers.Dense(2)), (2, 3, 4)),
    "Attention": (lambda: layers.Attention(use_scale=True), [(2, 3, 4), (2, 5, 4)]),
}
COPIES = {"deepcopy": copy.deepcopy, "pickle": lambda layer: pickle.loads(pickle.dumps(layer))}


@pytest.mark.parametrize("kind", COPIES)
@pytest.mark.parametrize("name", LAYERS)
def test_copies(name, kind):
    """Of a layer before and after its first call, also where values of its weights are in use."""
    make, shape = LAYERS[name]
    x = [inputs_of(s) for s in shape] if isinstance(shape, list) else inputs_of(shape)
    assert np.asarray(COPIES[kind](make())(x)).shape[0] == 2
    layer = make()
    expected = np.asarray(layer(x))
    in_use = [w.value for w in layer.weights]
    found = COPIES[kind](layer)
    np.testing.assert_array_equal(found(x), expected)
    found.set_weights([w + 1 for w in found.get_weights()])
    assert all((np.asarray(w.value) == np.asarray(v) + 1).all() for w, v in zip(found.weights, in_use, strict=True))
    np.testing.assert_array_equal(layer(x), expected)
