"""CTC sums over all alignments."""

import itertools

import keras
import numpy as np
import pytest

from kerasnb import KerasTensor, ops
from tests.seeded import RANDOM as rng


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


# --- decoding ----------------------------------------------------------------------------------------


def both(*args, **options):
    """Labels and scores, ours and those of Keras, are the same."""
    found, wanted = (m.ctc_decode(*args, **options) for m in (ops, keras.ops))
    for f, w in zip(found, wanted, strict=True):
        assert f.dtype == str(w.dtype)
        np.testing.assert_allclose(np.asarray(f), np.asarray(w), rtol=1e-4, atol=1e-5)
    return found


@pytest.mark.parametrize("options", [{}, {"merge_repeated": False}, {"mask_index": 3}, {"mask_index": None}])
def test_greedy(options):
    """Repeats merged or not, the blank anywhere, sequences of different lengths."""
    labels, _ = both(rng.normal(size=(4, 9, 4)).astype("float32"), np.array([9, 5, 1, 7]), **options)
    assert labels.shape == (1, 4, 9)


def test_beam_search():
    """A beam that drops prefixes, several paths, the blank in the middle; of equally likely ones Keras' choice."""
    x = np.concatenate([rng.normal(size=(3, 6, 4)).astype("float32") * 2, np.zeros((1, 6, 4), "float32")])
    both(x, np.array([6, 3, 5, 4]), strategy="beam_search", beam_width=12, top_paths=3, mask_index=2)


def test_beam_search_finds_the_likeliest_labels():
    """A beam wider than the number of sequences finds the best of all of them, with its probability."""
    logits = rng.normal(size=(1, 4, 3)).astype("float32")
    p = np.exp(logits[0]) / np.exp(logits[0]).sum(-1, keepdims=True)
    sums: dict = {}
    for q in itertools.product(range(3), repeat=4):
        sums[collapsed(q)] = sums.get(collapsed(q), 0.0) + np.prod([p[t, label] for t, label in enumerate(q)])
    ranked = sorted(sums, key=sums.__getitem__, reverse=True)
    labels, scores = ops.ctc_decode(logits, [4], strategy="beam_search", top_paths=3)
    for i, path in enumerate(ranked[:3]):
        assert tuple(labels.numpy()[i, 0, : len(path)]) == path
        np.testing.assert_allclose(float(scores[0, i]), np.log(sums[path]), rtol=1e-5)


def test_fewer_paths_than_asked_for():
    """What does not exist is empty and impossible."""
    labels, scores = ops.ctc_decode(np.zeros((1, 1, 2), "float32"), [1], strategy="beam_search", top_paths=4)
    assert labels.tolist()[2:] == [[[-1]], [[-1]]]
    assert scores.tolist()[0][2:] == [-np.inf, -np.inf]


def test_decode_of_unknown_extents_and_errors():
    """Unknown extents stay unknown; a strategy that is not known is refused."""
    for strategy, paths in (("greedy", 1), ("beam_search", 2)):
        labels, scores = ops.ctc_decode(
            KerasTensor((None, None, 4)), KerasTensor((None,), "int32"), strategy=strategy, top_paths=2
        )  # fmt: skip
        assert (labels.shape, labels.dtype) == ((paths, None, None), "int32")
        assert (scores.shape, scores.dtype) == ((None, paths), "float32")
    for module in (ops, keras.ops):
        with pytest.raises(ValueError, match="Invalid strategy best"):
            module.ctc_decode(np.zeros((1, 2, 3), "float32"), np.array([2]), strategy="best")
