"""Operations that do more than, or something else than those of Keras 3.15 on JAX."""

from __future__ import annotations

import json

import keras as judge
import numpy as np
import pytest

import kerasnb as keras
from tests.differences import difference

ops, theirs = keras.ops, judge.ops


@difference
def histogram_counts():
    """The counts of NumPy, with its edges."""
    x = np.array([1.0, 2.0, 3.0, 4.0], "float32")
    counts, edges = ops.histogram(x, bins=3)
    assert (counts.dtype, edges.dtype) == ("int32", "float32")
    assert str(theirs.histogram(x, bins=3)[0].dtype) == "float32"
    for bins in (3, [0.0, 2.0, 5.0], np.array([0.0, 2.0, 4.0])):
        for ours, expected in zip(ops.histogram(x, bins=bins), np.histogram(x, bins=bins), strict=True):
            np.testing.assert_allclose(ours.numpy(), expected)
    with pytest.raises(TypeError):
        theirs.histogram(x, bins=[0.0, 2.0, 5.0])


@difference
def function_configs():
    """The graph of a function survives JSON."""
    x = keras.KerasTensor((None, 2))
    config = json.loads(json.dumps(keras.Function(x, ops.exp(x) + 1).get_config()))
    assert keras.Function.from_config(config)(np.zeros((1, 2), "f")).tolist() == [[2.0, 2.0]]
    y = judge.KerasTensor((None, 2))
    with pytest.raises(NotImplementedError):
        judge.Function(y, theirs.exp(y) + 1).get_config()


@difference
def symbolic_lists_as_indices():
    """A list that was saved is still a list."""
    values = np.arange(9.0, dtype="f").reshape(3, 3)

    def again(module, make):
        x = module.Input(batch_shape=(3, 3))
        model = make(x, x[[0, 2]])
        return type(model).from_config(json.loads(json.dumps(model.get_config())))

    np.testing.assert_array_equal(again(keras, keras.Function)(values), values[[0, 2]])
    assert np.asarray(again(judge, judge.Model)(values)).shape == ()


@difference
def symbolic_bounds():
    """The bound is computed by the graph."""
    x = keras.Input((2,))
    function = keras.Function(x, ops.clip(x, 0.0, ops.max(x)))
    again = keras.Function.from_config(json.loads(json.dumps(function.get_config())))
    assert again(np.float32([[-1, 3]])).tolist() == [[0.0, 3.0]]
    y = judge.Input((2,))
    model = judge.Model(y, theirs.clip(y, 0.0, theirs.max(y)))
    with pytest.raises((NotImplementedError, AttributeError, TypeError)):
        model.get_config()


@difference
def symbolic_integer_sizes():
    """As for values."""
    assert ops.adaptive_average_pool(keras.Input((6, 6, 2)), 3).shape == (None, 3, 3, 2)
    assert ops.adaptive_average_pool(np.ones((1, 6, 6, 2), "f"), 3).shape == (1, 3, 3, 2)
    with pytest.raises(TypeError):
        theirs.adaptive_average_pool(judge.Input((6, 6, 2)), 3)


@difference
def lists_as_indices():
    """As in NumPy."""
    x = np.arange(6.0, dtype="float32")
    assert ops.convert_to_tensor(x)[[1, 0, -1]].numpy().tolist() == x[[1, 0, -1]].tolist()
    with pytest.raises(TypeError):
        theirs.convert_to_tensor(x)[[1, 0]]


@difference
def indices_out_of_range():
    """Named, instead of the last element or NaN."""
    x = np.arange(6.0, dtype="float32")
    for index in (6, -7, np.array([9]), [0, 9]):
        with pytest.raises(IndexError, match="out of bounds for an axis of extent 6"):
            ops.convert_to_tensor(x)[index]
    assert float(theirs.convert_to_tensor(x)[9]) == 5
    with pytest.raises(ValueError, match="`indices` must be between -6 and 5"):
        ops.take(x, [9])
    assert np.isnan(np.asarray(theirs.take(x, np.array([9])))).all()


@difference
def classes_in_top_k():
    """No class has a negative number, nor one beyond the last."""
    scores, targets = np.array([[0.1, 0.9, 0.8]] * 3, "float32"), np.array([-1, 1, 3])
    assert ops.in_top_k(targets, scores, 2).numpy().tolist() == [False, True, False]
    assert bool(theirs.in_top_k(targets, scores, 2)[0])


@difference
def quantiles_nearest():
    """Halfway between two elements it is the even one, as in NumPy."""
    for count in range(2, 9):
        x = np.arange(float(count), dtype="float32")
        q = np.array([0, 0.125, 0.25, 0.5, 0.75, 1])
        found = ops.quantile(x, q, method="nearest").numpy()
        np.testing.assert_array_equal(found, np.quantile(x, q, method="nearest"))
    x = np.arange(4.0, dtype="float32")
    assert float(ops.quantile(x, 0.5, method="nearest")) == 2 and float(theirs.quantile(x, 0.5, method="nearest")) == 1


@difference
def quantiles_of_infinities():
    """Infinite elements are as large as that: no difference of two of them."""
    for x, q, expected in (
        ([1, 2, np.inf], 1.0, np.inf),
        ([1, np.inf, np.inf], 0.5, np.inf),
        ([-np.inf, 1, np.inf], 0.0, -np.inf),
    ):
        for method in ("linear", "midpoint"):
            assert float(ops.quantile(np.array(x, "float32"), q, method=method)) == expected
        assert np.isnan(float(theirs.quantile(np.array(x, "float32"), q)))


@difference
def medians_of_nothing():
    """NaN, where the axis that is reduced has no elements."""
    assert np.isnan(float(ops.nanmedian(np.zeros(0, "float32"))))
    assert np.isnan(ops.nanmedian(np.zeros((2, 0), "float32"), axis=1).numpy()).all()
    with pytest.raises(IndexError):
        theirs.nanmedian(np.zeros(0, "float32"))


@difference
def ctc_classes():
    """-1 is the last class as a blank; as a label it is none, like 7, and as unlikely as one that does not fit."""
    logits = np.random.default_rng(0).standard_normal((2, 3, 3)).astype("float32")
    given = np.array([[0], [1]]), logits, np.array([1, 1]), np.array([3, 3])
    expected = np.asarray(theirs.ctc_loss(*given, mask_index=2))
    for index in (2, -1):
        np.testing.assert_allclose(ops.ctc_loss(*given, mask_index=index).numpy(), expected, rtol=1e-5)
    with pytest.raises(TypeError):
        theirs.ctc_loss(*given, mask_index=-1)
    with pytest.raises(ValueError, match="`mask_index` must be an integer from -3 to 2"):
        ops.ctc_loss(*given, mask_index=3)
    labels = np.array([[7], [-1]])
    assert (ops.ctc_loss(labels, *given[1:], mask_index=2).numpy() > 9e4).all()
    assert (np.asarray(theirs.ctc_loss(labels, *given[1:], mask_index=2)) < 10).all()


@difference
def crossentropy_of_no_class():
    """NaN is seen, zero is not: it is the loss of a perfect prediction."""
    labels, p = np.array([5, -1, 0]), np.full((3, 2), 0.5, "float32")
    ours, wrong = (np.asarray(o.sparse_categorical_crossentropy(labels, p)) for o in (ops, theirs))
    assert np.isnan(ours[:2]).all() and (wrong[:2] == 0).all()
    assert ours[2] == pytest.approx(wrong[2], rel=1e-6)


@difference
def singular_matrices():
    """What has no inverse is refused."""
    zero, ones = np.zeros((2, 2), "float32"), np.ones((2, 1), "float32")
    for name, given in (("inv", (zero,)), ("solve", (zero, ones))):
        with pytest.raises(ValueError, match="singular"):
            getattr(ops, name)(*given)
        assert not np.isfinite(np.asarray(getattr(theirs, name)(*given))).all()


@difference
def counts_of_negative_numbers():
    """They are in no bin, and least of all in that of 0."""
    x = np.array([-1, 0, 2])
    assert ops.bincount(x).numpy().tolist() == [1, 0, 1]
    assert np.asarray(theirs.bincount(x)).tolist() == [2, 0, 1]
