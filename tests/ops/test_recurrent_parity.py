"""Recurrent networks over time give the outputs, states and gradients of Keras' layers."""

import os

os.environ.setdefault("KERAS_BACKEND", "jax")

import jax
import jax.numpy as jnp
import keras
import numpy as np
import pytest

import kerasnb
from kerasnb.backend.autodiff.tape import GradientTape
from kerasnb.ops.nn import recurrent
from tests.seeded import RANDOM as _random

UNITS, FEATURES = 5, 3
STATES = {"LSTM": 2, "GRU": 1, "SimpleRNN": 1}
CASES = {
    "lstm": ("LSTM", 4, 6, {}),
    "lstm masked": ("LSTM", 3, 5, {"mask": True}),
    "lstm masked backwards": ("LSTM", 18, 3, {"mask": True, "go_backwards": True}),
    "lstm zeros": ("LSTM", 2, 4, {"mask": True, "zero_output_for_mask": True, "use_bias": False}),
    "lstm one step": ("LSTM", 1, 1, {}),
    "gru": ("GRU", 4, 6, {}),
    "gru masked backwards": ("GRU", 3, 5, {"mask": True, "go_backwards": True}),
    "gru reset before": ("GRU", 17, 3, {"mask": True, "reset_after": False}),
    "gru no bias": ("GRU", 1, 2, {"use_bias": False}),
    "simple": ("SimpleRNN", 4, 6, {"go_backwards": True}),
    "simple masked": ("SimpleRNN", 3, 5, {"mask": True}),
}


def floats(*shape):
    return _random.uniform(-1, 1, shape).astype("float32")


def by_keras(name, x, states, mask, flows, options):
    """Outputs and gradients for x, states and weights, of a layer with all weights random."""
    layer = getattr(keras.layers, name)(UNITS, return_sequences=True, return_state=True, **options)
    layer.build(x.shape)
    weights = [floats(*w.shape) for w in layer.trainable_variables]
    mask = None if mask is None else jnp.asarray(mask)

    def run(x, states, weights):
        rest = [v.value for v in layer.non_trainable_variables]
        return layer.stateless_call(weights, rest, x, initial_state=states, mask=mask)[0]

    given = jnp.asarray(x), [jnp.asarray(s) for s in states], [jnp.asarray(w) for w in weights]
    outs, back = jax.vjp(run, *given)
    dx, dstates, dweights = back(type(outs)(jnp.asarray(f) for f in flows))
    return weights, [np.asarray(o) for o in outs], [np.asarray(g) for g in (dx, *dstates, *dweights)]


def by_kerasnb(name, x, states, mask, flows, weights, options):
    function = {"LSTM": recurrent.lstm, "GRU": recurrent.gru, "SimpleRNN": recurrent.simple_rnn}[name]
    sources = [kerasnb.ops.convert_to_tensor(a) for a in (x, *states, *weights)]
    x, states, (kernel, u, *bias) = sources[0], sources[1 : 1 + len(states)], sources[1 + len(states) :]
    options = {k: v for k, v in options.items() if k != "use_bias"}
    with GradientTape() as tape:
        found = function(x, *states, mask, kernel, u, *(bias or [None]), return_sequences=True, **options)
        outs = [found[1], *found[2]]
    flows = [kerasnb.ops.convert_to_tensor(f) for f in flows]
    return outs, found[0], tape.gradient(outs, sources, output_gradients=flows)


@pytest.mark.parametrize("case", CASES)
def test_parity(case):
    """Outputs, states and all gradients agree with Keras' layer, masks and order included."""
    name, batch, steps, options = CASES[case]
    options = dict(options)
    mask = _random.random((batch, steps)) > 0.4 if options.pop("mask", False) else None
    x, states = floats(batch, steps, FEATURES), [floats(batch, UNITS) for _ in range(STATES[name])]
    flows = [floats(batch, steps, UNITS), *(floats(batch, UNITS) for _ in states)]
    weights, outs, gradients = by_keras(name, x, states, mask, flows, options)
    found, last, back = by_kerasnb(name, x, states, mask, flows, weights, options)
    for ours, theirs in zip((*found, last), (*outs, outs[0][:, -1]), strict=True):
        np.testing.assert_allclose(ours.numpy(), theirs, rtol=2e-5, atol=2e-6)
    for ours, theirs in zip(back, gradients, strict=True):
        np.testing.assert_allclose(ours.numpy(), theirs, rtol=1e-4, atol=2e-5)


def test_last_output_alone():
    """Without return_sequences the outputs are the last one, as one step."""
    x, start, w, u = floats(2, 3, 3), floats(2, 4), floats(3, 12), floats(4, 12)
    last, outputs, states = recurrent.gru(x, start, None, w, u, None)
    assert outputs.shape == (2, 1, 4)
    np.testing.assert_array_equal(outputs.numpy()[:, 0], last.numpy())
    np.testing.assert_array_equal(states[0].numpy(), last.numpy())


def test_symbolic():
    """Unknown batches and lengths stay unknown."""
    x, start = kerasnb.KerasTensor((None, None, 3)), kerasnb.KerasTensor((None, 4))
    last, outputs, _ = recurrent.simple_rnn(
        x, start, None, floats(3, 4), floats(4, 4), floats(4), return_sequences=True
    )
    assert (last.shape, outputs.shape) == ((None, 4), (None, None, 4))


def test_other_activations():
    """What the fused cell does not compute is refused by name."""
    with pytest.raises(NotImplementedError, match="'tanh' only. Received: 'relu'"):
        recurrent.simple_rnn(floats(1, 2, 3), floats(1, 4), None, floats(3, 4), floats(4, 4), None, activation="relu")


def test_inputs_are_sequences():
    """Inputs of another rank are refused."""
    with pytest.raises(ValueError, match=r"inputs.shape=\(2, 3\)"):
        recurrent.simple_rnn(floats(2, 3), floats(2, 4), None, floats(3, 4), floats(4, 4), None)
