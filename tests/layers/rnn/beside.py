"""A recurrent layer beside the one of Keras, with the same weights, for the tests of this folder."""

from __future__ import annotations

import re

import jax
import keras as real
import numpy as np

import kerasnb
from kerasnb import ops, tree
from kerasnb.backend import GradientTape
from tests.beside import close, upstream


def numbers(*shape, seed: int = 0) -> np.ndarray:
    """Floats of both signs."""
    return np.random.default_rng(seed).standard_normal(shape).astype("float32")


def both(layer, theirs, x):
    """Builds both for inputs of a shape, and gives both the same weights, biases among them that are not zero."""
    with jax.disable_jit():
        theirs.build(x.shape)
    layer.build(x.shape)
    weights = [w + 0.1 * numbers(*w.shape, seed=i) for i, w in enumerate(layer.get_weights())]
    layer.set_weights(weights)
    theirs.set_weights(weights)
    assert _paths(layer) == _paths(theirs)
    return layer, theirs


def _paths(layer) -> list[str]:
    """The paths of the weights without the numbers of automatic names, which depend on the tests before."""
    return [re.sub(r"_\d+(?=/)", "", w.path) for w in layer.weights]


def ours(layer, x, states=None, dy=None, **options):
    """Outputs, and the gradients of weights, inputs and initial states."""
    x = ops.convert_to_tensor(x)
    states = None if states is None else tree.map_structure(ops.convert_to_tensor, states)
    with GradientTape() as tape:
        sources = [x, *(tree.flatten(states) if states is not None else [])]
        for source in sources:
            tape.watch(source)
        given = {} if states is None else {"initial_state": states}
        outputs = tree.flatten(layer(x, **given, **options))
    dy = [ops.convert_to_tensor(d) for d in (dy or upstream(outputs))]
    gradients = tape.gradient(outputs, [*layer.trainable_weights, *sources], output_gradients=dy)
    return outputs, gradients


def theirs_of(layer, x, states=None, **options):
    """The same of Keras, and the upstream gradient."""
    fixed = [v.value for v in layer.non_trainable_variables]
    weights = [v.value for v in layer.trainable_variables]

    def call(weights, x, states):
        given = {} if states is None else {"initial_state": states}
        return tree.flatten(layer.stateless_call(weights, fixed, x, **given, **options)[0])

    with jax.disable_jit():
        outputs, pull = jax.vjp(call, weights, x, states)
        dy = upstream(outputs)
        dw, dx, ds = pull(dy)
    return outputs, [*dw, dx, *(tree.flatten(ds) if states is not None else [])], dy


def check(layer, theirs, x, states=None, tolerance=2e-5, **options):
    """Values and all gradients are those of Keras; returns our outputs."""
    options = {k: v for k, v in options.items() if v is not None}
    expected, their_gradients, dy = theirs_of(theirs, x, states, **options)
    found, gradients = ours(layer, x, states, dy, **options)
    assert len(found) == len(expected)
    for i, (a, b) in enumerate(zip(found, expected, strict=True)):
        close(a, b, tolerance, f"output {i}")
    for i, (a, b) in enumerate(zip(gradients, their_gradients, strict=True)):
        close(kerasnb.ops.zeros(b.shape) if a is None else a, b, 5 * tolerance, f"gradient {i}")
    return found


def pair(name: str, **arguments):
    """A layer of each side."""
    return getattr(kerasnb.layers, name)(**arguments), getattr(real.layers, name)(**arguments)
