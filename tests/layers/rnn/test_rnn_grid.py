"""The recurrent layers over all arguments that change what they compute, beside Keras: values and all gradients."""

from __future__ import annotations

import itertools

import numpy as np
import pytest

from kerasnb import layers, tree
from tests.layers.rnn.beside import both, check, numbers, ours, pair

BATCH, STEPS, FEATURES, UNITS = 4, 4, 3, 2
MASK = np.array([[1, 1, 0, 0], [0, 1, 0, 1], [0, 0, 0, 0], [1, 1, 1, 1]], bool)  # padded, any, all masked, none
CELLS = {
    "SimpleRNN": ("SimpleRNN", {}, 1),
    "SimpleRNN relu": ("SimpleRNN", {"activation": "relu"}, 1),
    "LSTM": ("LSTM", {}, 2),
    "LSTM stepwise": ("LSTM", {"activation": "softsign", "recurrent_activation": "hard_sigmoid"}, 2),
    "GRU": ("GRU", {}, 1),
    "GRU before": ("GRU", {"reset_after": False}, 1),
    "GRU stepwise": ("GRU", {"activation": "relu"}, 1),
    "GRU before stepwise": ("GRU", {"activation": "relu", "reset_after": False}, 1),
}
GRID = list(itertools.product(CELLS, (False, True), (False, True), (False, True)))


@pytest.mark.parametrize(("cell", "backwards", "sequences", "masked"), GRID)
def test_grid(cell, backwards, sequences, masked):
    """Cell x direction x sequences x mask; initial states and zeros for masked outputs go with every other one."""
    name, arguments, states = CELLS[cell]
    at = GRID.index((cell, backwards, sequences, masked))
    layer, theirs = pair(
        name, units=UNITS, **arguments, go_backwards=backwards, return_sequences=sequences, return_state=True,
        zero_output_for_mask=bool((at // 2 + at // 8) % 2),
    )  # fmt: skip
    x = numbers(BATCH, STEPS, FEATURES)
    both(layer, theirs, x)
    start = [numbers(BATCH, UNITS, seed=i + 1) for i in range(states)] if (at // 4) % 2 or masked else None
    check(layer, theirs, x, start, mask=MASK if masked else None)


@pytest.mark.parametrize("cell", CELLS)
@pytest.mark.parametrize("masked", [False, True])
def test_flags_change_nothing_else(cell, masked):
    """Unrolled, without its states, with `use_cudnn`, and with the last output only, a layer gives the same numbers."""
    name, arguments, _ = CELLS[cell]
    x, options = numbers(BATCH, STEPS, FEATURES), {"mask": MASK} if masked else {}
    layer = getattr(layers, name)(UNITS, **arguments, return_sequences=True, return_state=True)
    outputs, *states = layer(x, **options)
    flags = [{"unroll": True, "return_sequences": True, "return_state": True}, {"return_state": True}, {}]
    if name != "SimpleRNN":
        flags.append({"use_cudnn": False, "return_sequences": True, "return_state": True})
    for flag in flags:
        other = getattr(layers, name)(UNITS, **arguments, **flag)
        other.build(x.shape)
        other.set_weights(layer.get_weights())
        found = tree.flatten(other(x, **options))
        expected = [outputs if flag.get("return_sequences") else outputs[:, -1], *states][: len(found)]
        for a, b in zip(found, expected, strict=True):
            np.testing.assert_allclose(np.asarray(a), np.asarray(b), rtol=1e-6, atol=1e-6)


@pytest.mark.parametrize("cell", CELLS)
def test_unrolled_beside_keras(cell):
    """Keras unrolls in another way: the numbers are the same."""
    name, arguments, _ = CELLS[cell]
    layer, theirs = pair(name, units=UNITS, **arguments, return_sequences=True, unroll=True, return_state=True)
    x = numbers(BATCH, STEPS, FEATURES)
    both(layer, theirs, x)
    check(layer, theirs, x, mask=MASK)


@pytest.mark.parametrize("cell", CELLS)
def test_short(cell):
    """One step; no samples; no step at all is an error that says so."""
    name, arguments, states = CELLS[cell]
    layer, theirs = pair(name, units=UNITS, **arguments, return_sequences=True, return_state=True)
    x = numbers(BATCH, 1, FEATURES)
    both(layer, theirs, x)
    check(layer, theirs, x)
    assert [o.shape for o in layer(x[:0])] == [(0, 1, UNITS)] + [(0, UNITS)] * states
    with pytest.raises(ValueError, match="at least one time step"):
        layer(x[:, :0])


def test_fused_and_stepwise_are_one():
    """The kernels and the loop over the cell compute the same, and have the same gradients."""
    x, mask = numbers(BATCH, STEPS, FEATURES), MASK
    for name in ("SimpleRNN", "LSTM", "GRU"):
        layer = getattr(layers, name)(UNITS, return_sequences=True, return_state=True, go_backwards=True)
        layer.build(x.shape)
        found = ours(layer, x, mask=mask)
        layer.cell.over_time = lambda *_, **__: None
        for a, b in zip(tree.flatten(found), tree.flatten(ours(layer, x, mask=mask)), strict=True):
            np.testing.assert_allclose(np.asarray(a), np.asarray(b), rtol=2e-5, atol=2e-5)
