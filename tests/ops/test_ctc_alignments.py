"""CTC beside real Keras, beside the sum over all alignments in float64, and beside finite differences."""

import itertools

import keras
import numpy as np
import pytest

import kerasnb
from kerasnb import KerasTensor, ops
from kerasnb.backend.autodiff.tape import GradientTape

CASES = [  # labels, steps that count, blank
    ((1,), 1, 0), ((1, 2), 2, 0), ((1, 2, 1), 3, 0),  # as many labels as steps
    ((1, 1), 3, 0), ((1, 1, 1), 5, 0), ((2, 2), 4, 0), ((1, 1, 2), 4, 0),  # repeats need a blank between them
    ((), 3, 0), ((), 1, 2),  # nothing but blanks
    ((0, 1), 2, 3), ((0, 0), 3, 3), ((0, 1), 3, 2), ((3, 0), 5, 1), ((0, 2), 2, -1),  # the blank anywhere
]  # fmt: skip
IMPOSSIBLE = [((1, 1), 2, 0), ((1, 2), 1, 0), ((1, 2, 3), 2, 0), ((2, 2, 2), 4, 0)]


def read(path, blank: int) -> tuple:
    """What an alignment reads as: repeats once, then without blanks."""
    return tuple(label for label, _ in itertools.groupby(path) if label != blank)


def over_alignments(logits, labels, steps: int, blank: int) -> float:
    """Minus the logarithm of the sum of the probabilities of all alignments, in float64."""
    p = np.exp(logits.astype("float64"))
    p /= p.sum(-1, keepdims=True)
    paths = itertools.product(range(p.shape[1]), repeat=steps)
    total = sum(np.prod(p[np.arange(steps), list(q)]) for q in paths if read(q, blank % p.shape[1]) == labels)
    return -np.log(total) if total else np.inf


def padded(labels, blank: int, length: int = 4):
    """Labels as a batch of one, filled up with the blank."""
    return np.array([[*labels, *[max(blank, 0)] * (length - len(labels))]], "int32")


def given(labels, steps, blank, dtype="float32"):
    logits = (2 * np.random.default_rng(len(labels) + 7 * steps).normal(size=(1, 5, 4))).astype(dtype)
    return padded(labels, blank), logits, np.array([len(labels)]), np.array([steps])


@pytest.mark.parametrize("dtype", ["float32", "float16", "bfloat16"])
@pytest.mark.parametrize(("labels", "steps", "blank"), CASES)
def test_is_the_sum_over_all_alignments(labels, steps, blank, dtype):
    """Without slack, with repeats, without labels, with any blank: in float32, as Keras, whatever the logits are."""
    target, logits, *lengths = given(labels, steps, blank, kerasnb.backend.tensor.dtypes.numpy_dtype(dtype))
    found = ops.ctc_loss(target, logits, *lengths, mask_index=blank)
    assert (found.dtype, found.shape) == ("float32", (1,))
    np.testing.assert_allclose(found.numpy()[0], over_alignments(logits[0], labels, steps, blank), rtol=1e-5)
    if blank >= 0 and dtype == "float32":  # Keras slices with the index, and fails below zero
        theirs = keras.ops.ctc_loss(target, logits, *lengths, mask_index=blank)
        np.testing.assert_allclose(found.numpy(), np.asarray(theirs), rtol=1e-5)


@pytest.mark.parametrize(("labels", "steps", "blank"), IMPOSSIBLE)
def test_what_does_not_fit_is_as_unlikely_as_in_keras(labels, steps, blank):
    """Labels without an alignment cost about 1e5 each time a rule is broken, and have a finite gradient."""
    target, logits, *lengths = given(labels, steps, blank)
    assert over_alignments(logits[0], labels, steps, blank) == np.inf
    theirs = np.asarray(keras.ops.ctc_loss(target, logits, *lengths, mask_index=blank))
    x = ops.convert_to_tensor(logits)
    with GradientTape() as tape:
        found = ops.ctc_loss(target, x, *lengths, mask_index=blank)
    np.testing.assert_allclose(found.numpy(), theirs, rtol=1e-4)
    assert np.isfinite(tape.gradient(found, x).numpy()).all()


@pytest.mark.parametrize(("labels", "steps", "blank"), [CASES[i] for i in (1, 3, 6, 7, 12)])
def test_gradients_are_finite_differences(labels, steps, blank):
    """Gradients for the logits are differences of the sum over alignments; steps that do not count have none."""
    target, logits, *lengths = given(labels, steps, blank)
    x = ops.convert_to_tensor(logits)
    with GradientTape() as tape:
        found = ops.ctc_loss(target, x, *lengths, mask_index=blank)
    gradient = tape.gradient(found, x).numpy()[0]
    wanted = np.zeros((5, 4))
    for place in itertools.product(range(steps), range(4)):
        moved = [logits[0].astype("float64") for _ in range(2)]
        for array, by in zip(moved, (1e-4, -1e-4), strict=True):
            array[place] += by
        wanted[place] = np.subtract(*(over_alignments(m, labels, steps, blank) for m in moved)) / 2e-4
    np.testing.assert_allclose(gradient, wanted, rtol=1e-4, atol=1e-5)


def test_no_step_and_lengths_beyond_the_arrays():
    """Without a step only the empty sequence is certain; lengths beyond the arrays are those of the arrays."""
    target, logits, *_ = given((1, 2), 5, 0)
    none = ops.ctc_loss(target, logits, [0], [0])
    np.testing.assert_allclose(none.numpy(), [0.0], atol=1e-6)
    assert float(ops.ctc_loss(target, logits, [1], [0])[0]) > 9e4
    full = ops.ctc_loss([[1, 2, 3, 1]], logits, [4], [5]).numpy()
    np.testing.assert_allclose(ops.ctc_loss([[1, 2, 3, 1]], logits, [9], [8]).numpy(), full)


def test_a_label_that_is_no_class_is_never_emitted():
    """A label beyond the classes is impossible, instead of certain; behind the length it does not matter."""
    target, logits, *_ = given((1, 2), 5, 0)
    assert float(ops.ctc_loss([[1, 9, 0, 0]], logits, [2], [5])[0]) > 9e4
    for filler in (-1, 9):
        found = ops.ctc_loss([[1, 2, filler, filler]], logits, [2], [5])
        np.testing.assert_allclose(found.numpy(), ops.ctc_loss(target, logits, [2], [5]).numpy(), rtol=1e-6)


@pytest.mark.parametrize("labels", ["int32", "int64", "float32", "uint8"])
def test_the_loss_object_is_that_of_keras(labels):
    """`keras.losses.CTC` on a batch: repeats, no slack, no labels, labels that do not fit."""
    random = np.random.default_rng(5)
    y_true = np.array([[1, 1, 0], [1, 2, 3], [0, 0, 0], [2, 0, 0], [2, 2, 2]], labels)
    y_pred = random.normal(size=(5, 3, 4)).astype("float32")
    for reduction in ("none", "sum_over_batch_size"):
        found, wanted = (m.losses.CTC(reduction=reduction)(y_true, y_pred) for m in (kerasnb, keras))
        np.testing.assert_allclose(np.asarray(found), np.asarray(wanted), rtol=1e-4)
    found = kerasnb.losses.ctc(y_true, y_pred).numpy()
    for row, labels_of in enumerate([(1, 1), (1, 2, 3), (), (2,)]):
        np.testing.assert_allclose(found[row], over_alignments(y_pred[row], labels_of, 3, 0), rtol=1e-5)


def test_a_float16_model_trains_with_it():
    """Mixed precision: logits in float16 give the loss and the gradient of float32."""
    model = kerasnb.Sequential([kerasnb.Input((4, 3)), kerasnb.layers.Dense(4, dtype="mixed_float16")])
    model.compile("sgd", kerasnb.losses.CTC())
    x = np.random.default_rng(2).normal(size=(6, 4, 3)).astype("float32")
    losses = model.fit(x, np.array([[1, 1], [1, 2]] * 3), epochs=3, verbose=0).history["loss"]
    assert np.isfinite(losses).all() and losses[-1] < losses[0]


def test_unknown_extents():
    """Batch, time and labels may be unknown."""
    for rows, time, length in itertools.product((None, 2), (None, 5), (None, 3)):
        target, output = KerasTensor((rows, length), "int32"), KerasTensor((rows, time, 4))
        count = KerasTensor((rows,), "int32")
        assert ops.ctc_loss(target, output, count, count).shape == (rows,)
        assert kerasnb.losses.ctc(target, output).shape == (rows,)


def test_errors():
    """Ranks and the blank are checked, by name."""
    target, logits, *lengths = given((1,), 3, 0)
    for blank in (4, -5, None, 1.5):
        with pytest.raises(ValueError, match=f"mask_index.*from -4 to 3.*Received: mask_index={blank}"):
            ops.ctc_loss(target, logits, *lengths, mask_index=blank)
    with pytest.raises(ValueError, match=r"Received: target.shape=\(4,\)"):
        ops.ctc_loss(target[0], logits, *lengths)


# --- decoding ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("strategy", ["greedy", "beam_search"])
@pytest.mark.parametrize(("dtype", "blank"), [("float32", 0), ("float32", 2), ("float16", 3)])
def test_decoding_of_short_sequences_is_that_of_keras(strategy, dtype, blank):
    """Sequences of no step, of one, of all; runs of one label with and without blanks between them."""
    random = np.random.default_rng(blank)
    x = (3 * random.normal(size=(5, 4, 4))).astype(dtype)
    x[3, :, 1] += 20  # one label all along
    x[4, ::2, 1] += 20
    x[4, 1::2, blank] += 20  # one label, blank, again
    lengths = np.array([0, 1, 4, 4, 4], "int32")
    options = {"top_paths": 2, "beam_width": 12} if strategy == "beam_search" else {}
    found, wanted = (m.ctc_decode(x, lengths, strategy=strategy, mask_index=blank, **options) for m in (ops, keras.ops))
    np.testing.assert_array_equal(found[0].numpy(), np.asarray(wanted[0]))
    np.testing.assert_allclose(found[1].numpy(), np.asarray(wanted[1]), rtol=1e-3, atol=1e-3)
    assert [f.dtype for f in found] == [str(w.dtype) for w in wanted]


@pytest.mark.parametrize("strategy", ["greedy", "beam_search"])
def test_decoding_refuses_a_blank_that_is_no_class(strategy):
    """`mask_index` is checked as in the loss; None stands for the last class, and so does -1."""
    x = np.random.default_rng(1).normal(size=(2, 4, 3)).astype("float32")
    with pytest.raises(ValueError, match="mask_index.*from -3 to 2.*Received: mask_index=3"):
        ops.ctc_decode(x, [4, 4], strategy=strategy, mask_index=3)
    last, none = (ops.ctc_decode(x, [4, 4], strategy=strategy, mask_index=i) for i in (-1, None))
    for a, b in zip(last, none, strict=True):
        np.testing.assert_array_equal(a.numpy(), b.numpy())
