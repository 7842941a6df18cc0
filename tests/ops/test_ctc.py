"""CTC sums over all alignments."""

import itertools

import keras
import numpy as np

from kerasnb import ops

rng = np.random.default_rng(4)


def collapsed(path):
    """What an alignment reads as: repeats once, then without blanks."""
    return tuple(label for label, _ in itertools.groupby(path) if label)


def test_loss_is_the_sum_over_all_alignments():
    """For a short sequence the probability equals the sum over every path that reads as the labels."""
    logits = rng.normal(size=(1, 4, 3)).astype("float32")
    p = np.exp(logits[0]) / np.exp(logits[0]).sum(-1, keepdims=True)
    paths = [q for q in itertools.product(range(3), repeat=4) if collapsed(q) == (1, 1)]
    expected = -np.log(sum(np.prod([p[t, label] for t, label in enumerate(q)]) for q in paths))
    ours = ops.ctc_loss([[1, 1]], logits, [2], [4])
    np.testing.assert_allclose(float(ours[0]), expected, rtol=1e-5)


def test_lengths_and_blank_are_those_of_keras():
    """Sequences and times of different lengths, with the blank at another place, give Keras' losses."""
    logits = rng.normal(size=(3, 6, 4)).astype("float32")
    target, lengths, steps = np.array([[0, 1], [2, 2], [1, 0]], "int32"), np.array([2, 1, 1]), np.array([6, 4, 5])
    ours, theirs = (m.ctc_loss(target, logits, lengths, steps, mask_index=3) for m in (ops, keras.ops))
    np.testing.assert_allclose(np.asarray(ours), np.asarray(theirs), rtol=1e-4)
