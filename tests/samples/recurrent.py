"""Inputs for the recurrent operations: upstream gradients come with states and gates that belong together."""

from __future__ import annotations

from kerasnb.kernels import recurrent
from tests.seeded import RANDOM as _random


def _floats(*shape):
    return _random.uniform(-1, 1, shape).astype("float32")


def _mask(batch, steps):
    mask = _random.random((batch, steps)) > 0.4
    mask[0, 0], mask[-1, -1] = False, steps == 1  # a sample that starts late, one that ends early
    return mask


SIZES = [(2, 3, 2, False), (2, 3, 2, True), (3, 1, 3, True), (1, 2, 3, False)]


def _forward(gates: int, states: int, bias: bool, **attrs):
    samples = []
    for batch, steps, units, masked in SIZES:
        ins = [_floats(batch, steps, gates * units), _floats(units, gates * units)]
        ins += [_floats(gates * units)] if bias else []
        ins += [_floats(batch, units) for _ in range(states)]
        samples.append((ins + ([_mask(batch, steps)] if masked else []), attrs))
    return samples


def _backward(op, samples, gradients, kept):
    """Samples of the gradient: the first two with all upstream gradients, the others with the first one alone."""
    backward = []
    for i, ((ins, attrs), (*_, masked)) in enumerate(zip(samples, SIZES, strict=True)):
        outs = op.reference(*ins, **attrs)
        outs = outs if isinstance(outs, tuple) else (outs,)
        names = gradients if i < 2 else gradients[:1]
        more = [_floats(*out.shape) for out, _ in zip(outs, names, strict=False)]
        mask = [ins[-1]] if masked else []
        backward.append(([*kept(ins, outs), *mask, *more], {**attrs, "present": ("mask",) * masked + names}))
    return backward


LSTM = _forward(4, 2, False)
SIMPLE = _forward(1, 1, False)
GRU = [s for after in (True, False) for s in _forward(3, 1, True, reset_after=after)]

SAMPLES = {
    "lstm": LSTM,
    "lstm_grad": _backward(
        recurrent.lstm, LSTM, ("dh", "dc", "dgates"), lambda ins, outs: [ins[1], ins[3], outs[2], outs[1]]
    ),
    "gru": GRU,
    "gru_grad": [
        sample
        for part in (GRU[:4], GRU[4:])
        for sample in _backward(
            recurrent.gru, part, ("dh", "dgates"), lambda ins, outs: [ins[1], ins[3], outs[1], outs[0]]
        )
    ],
    "simple_rnn": SIMPLE,
    "simple_rnn_grad": _backward(recurrent.simple_rnn, SIMPLE, ("dh",), lambda ins, outs: [ins[1], ins[2], outs[0]]),
}
