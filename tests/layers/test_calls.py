"""What the names of `Layer` do: arguments that inner layers inherit, weights by position, parts that are not there."""

from __future__ import annotations

import keras as judge
import numpy as np
import pytest

import kerasnb as keras

BOTH = (judge, keras)
X = np.array([[1.0], [2.0]], "float32")


def layers_of(library):
    class Inner(library.layers.Layer):
        def __init__(self):
            super().__init__()
            self._register_call_context_args("mode")

        def call(self, x, mode=False):
            return x + (1.0 if mode else 0.0)

    class Outer(library.layers.Layer):
        def __init__(self, registers=False):
            super().__init__()
            self.inner = Inner()
            if registers:
                self._register_call_context_args("mode")

        def call(self, x):
            return self.inner(x)

    return Inner, Outer


@pytest.mark.parametrize("library", BOTH)
def test_registered_arguments_are_inherited(library):
    """Through layers whose `call` does not take them, and through models."""
    inner, outer = layers_of(library)
    np.testing.assert_array_equal(np.asarray(inner()(X, mode=True)), X + 1)
    np.testing.assert_array_equal(np.asarray(outer(True)(X, mode=True)), X + 1)
    np.testing.assert_array_equal(np.asarray(outer(True)(X)), X)
    model = library.Sequential([outer()])
    model._register_call_context_args("mode")
    np.testing.assert_array_equal(np.asarray(model(X, mode=True)), X + 1)
    np.testing.assert_array_equal(np.asarray(model(X)), X)
    with pytest.raises(TypeError):
        outer()(X, mode=True)
    with pytest.raises(RuntimeError, match="after the layer has been called"):
        model._register_call_context_args("other")


def test_a_sequential_passes_them_to_its_layers():
    """Those that a layer in it has registered; others are refused by name."""
    inner, _ = layers_of(keras)
    model = keras.Sequential([keras.Input((1,)), inner()])
    np.testing.assert_array_equal(model(X, mode=True).numpy(), X + 1)
    with pytest.raises(TypeError, match="'speed'"):
        model(X, speed=1)


@pytest.mark.parametrize("library", BOTH)
def test_weights_by_position(library):
    """Shape, initializer and dtype may be passed by position; a name may not, nor anything twice."""
    layer = library.layers.Layer()
    weight = layer.add_weight((2, 3), "ones", "float64" if library is keras else "float16")
    assert tuple(weight.shape) == (2, 3)
    np.testing.assert_array_equal(np.asarray(weight), np.ones((2, 3)))
    with pytest.raises(ValueError, match="`name` must be passed as a keyword"):
        layer.add_weight("kernel", (2, 3))
    with pytest.raises(ValueError, match="both positionally and as a keyword"):
        layer.add_weight((2,), shape=(3,))
    with pytest.raises(TypeError, match="at most 3 positional"):
        layer.add_weight((2,), "ones", "float32", True)
    assert len(layer.weights) == 1


@pytest.mark.parametrize("library", BOTH)
def test_scopes_of_names(library):
    """A path that replaces the scopes around, and a caller that opens its scope twice."""
    with library.name_scope("a"), library.name_scope("b", override_parent="x/y"):
        assert library.Variable(1.0, name="v").path == "x/y/b/v"
    me = object()
    with library.name_scope("a", caller=me), library.name_scope("a", caller=me):
        assert library.Variable(1.0, name="v").path == "a/v"
    with library.name_scope("a", caller=me), library.name_scope("a", caller=me, deduplicate=False):
        assert library.Variable(1.0, name="v").path == "a/a/v"


def test_arguments_that_mean_another_machine():
    """Tensors are dense and on one device: other wishes are refused."""
    with pytest.raises(ValueError, match="layout"):
        keras.Variable(1.0, layout="rows")
    with pytest.raises(ValueError, match="dense"):
        keras.KerasTensor((2,), ragged_rank=1)
    for library in BOTH:
        with pytest.raises(TypeError, match="Unexpected keyword arguments: depth"):
            library.KerasTensor((2,), depth=1)
        assert library.KerasTensor((2, 3), ragged_rank=None).reshape((6,)).shape == (6,)
