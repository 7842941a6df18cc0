"""What symbolic calls say of their results, beside Keras 3.15 on JAX."""

from __future__ import annotations

import keras as judge
import numpy as np
import pytest

import kerasnb as keras
from tests.differences import difference

X = np.ones((8, 3), "float32")


def stated(library, function, *shapes):
    """The shapes and dtypes of a call of (keras.ops, symbolic tensors of float32)."""
    found = function(library.ops, *(library.KerasTensor(s) for s in shapes))
    return [(tuple(t.shape), str(t.dtype)) for t in library.tree.flatten(found)]


@difference
def symbolic_results():
    """Each is that of the result itself."""
    calls = {
        "histogram": (lambda o, x: o.histogram(x, 5), (4,)),
        "vstack": (lambda o, x: o.vstack([x, x]), (3,)),
        "kron": (lambda o, x, y: o.kron(x, y), (2,), (2, 3)),
        "corrcoef": (lambda o, x: o.corrcoef(x), (5,)),
        "rsqrt": (lambda o, x: o.rsqrt(o.cast(x, "int32")), (2,)),
        "erf": (lambda o, x: o.erf(o.cast(x, "int32")), (2,)),
    }
    for name, (function, *shapes) in calls.items():
        made = keras.tree.flatten(function(keras.ops, *(np.ones(s, "float32") for s in shapes)))
        assert stated(keras, function, *shapes) == [(t.shape, t.dtype) for t in made], name
        assert stated(judge, function, *shapes) != stated(keras, function, *shapes), name


@difference
def extents_that_follow():
    """The other argument says how many there are."""
    ops = keras.ops
    for function, first, second, expected in (
        (lambda o, x, y: o.bitwise_and(o.cast(x, "int32"), o.cast(y, "int32")), (None, 3), (2, 3), (2, 3)),
        (lambda o, x, y: o.in_top_k(o.cast(x, "int32"), y, 2), (None,), (4, 7), (4,)),
    ):
        assert stated(keras, function, first, second)[0][0] == expected
        assert None in stated(judge, function, first, second)[0][0]
    both = [(keras, ops.append), (judge, judge.ops.append)]
    assert both[0][1](keras.KerasTensor((None, 3)), keras.KerasTensor((2, 3)), 0).shape == (None, 3)
    with pytest.raises(TypeError):
        both[1][1](judge.KerasTensor((None, 3)), judge.KerasTensor((2, 3)), 0)


@difference
def slices_of_unknown_axes():
    """A model may be built of them."""
    for key in (np.s_[:3], np.s_[1:], np.s_[::2]):
        assert keras.Input((3,))[key].shape == (None, 3)
        with pytest.raises(ValueError, match="Unsupported key"):
            judge.Input((3,))[key]


def called(library, function):
    """The shape that a layer with this call announces, and that of its result for 8 rows."""

    class Calls(library.layers.Layer):
        def call(self, x):
            return function(library, x)

    layer = Calls()
    return tuple(layer(library.Input((3,))).shape), tuple(layer(X).shape)


@difference
def batch_size_as_a_number():
    """Keras knows the unknown number only in sums and products, and in comparisons that hold for all."""
    calls = {
        "comparison": lambda k, x: x if x.shape[0] > 5 else x * 2.0,
        "float": lambda k, x: x / float(x.shape[0]),
        "int": lambda k, x: x / int(x.shape[0]),
        "loop": lambda k, x: sum(x * i for i in range(x.shape[0])),
    }
    for name, function in calls.items():
        assert called(keras, function) == ((None, 3), (8, 3)), name
        with pytest.raises(Exception, match="infer"):
            called(judge, function)
    for function in (lambda k, x: x if x.shape[0] > 0 else x[:, :1], lambda k, x: k.ops.sum(x, 0) / k.ops.shape(x)[0]):
        assert called(keras, function) == called(judge, function)
