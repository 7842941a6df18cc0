"""Every public name of `keras.ops`, its modules, `keras.random` and `keras.activations`, with Keras' signature."""

import os
from operator import attrgetter

os.environ.setdefault("KERAS_BACKEND", "jax")

import pytest

import kerasnb
from tests.ops.missing import MISSING
from tests.ops.names import differing, keras, missing

MODULES = ("activations", "ops", "ops.image", "ops.linalg", "ops.nn", "ops.numpy", "random")


@pytest.mark.parametrize("module", MODULES)
def test_what_is_missing(module):
    """Exactly the names that are listed are missing: the list shrinks with every name that comes."""
    assert missing(*map(attrgetter(module), (keras(), kerasnb))) == MISSING.get(module, [])


@pytest.mark.parametrize("module", MODULES)
def test_signatures(module):
    """Kind, and names, order and defaults of arguments, are those of Keras."""
    assert differing(*map(attrgetter(module), (keras(), kerasnb))) == []
