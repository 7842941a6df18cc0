"""Losses give the numbers of Keras."""

import os

os.environ.setdefault("KERAS_BACKEND", "jax")

import jax
import keras
import numpy as np
import pytest

from kerasnb import losses, ops
from kerasnb.backend.autodiff.tape import GradientTape
from kerasnb.backend.tensor.variable import Variable
from tests import beside
from tests.seeded import RANDOM as rng

NUMBERS = (rng.normal(size=(6, 5)).astype("float32"), rng.normal(size=(6, 5)).astype("float32"))
POSITIVE = tuple(np.abs(x) + 0.1 for x in NUMBERS)
BINARY = ((NUMBERS[0] > 0).astype("float32"), rng.uniform(0.02, 0.98, (6, 5)).astype("float32"))
CLASSES = rng.integers(0, 5, 6)
ONE_HOT = (np.eye(5, dtype="float32")[CLASSES], (POSITIVE[1] / POSITIVE[1].sum(-1, keepdims=True)))
SPARSE = (CLASSES.astype("int32"), ONE_HOT[1])
UNIT = (CLASSES.astype("int32"), NUMBERS[1] / np.linalg.norm(NUMBERS[1], axis=-1, keepdims=True))
SEQUENCES = (
    np.array([[1, 2, 2], [3, 0, 0], [1, 2, 3], [2, 2, 0], [0, 0, 0], [4, 1, 0]], "int32"),
    rng.normal(size=(6, 7, 5)).astype("float32"),
)

CASES = [
    ("MeanSquaredError", {}, NUMBERS),
    ("MeanAbsoluteError", {}, NUMBERS),
    ("MeanAbsolutePercentageError", {}, NUMBERS),
    ("MeanSquaredLogarithmicError", {}, NUMBERS),
    ("CosineSimilarity", {}, NUMBERS),
    ("CosineSimilarity", {"axis": -2}, NUMBERS),
    ("Huber", {"delta": 0.7}, NUMBERS),
    ("LogCosh", {}, NUMBERS),
    ("Hinge", {}, BINARY),
    ("SquaredHinge", {}, BINARY),
    ("SquaredHinge", {}, NUMBERS),
    ("CategoricalHinge", {}, ONE_HOT),
    ("KLDivergence", {}, ONE_HOT),
    ("Poisson", {}, POSITIVE),
    ("BinaryCrossentropy", {}, BINARY),
    ("BinaryCrossentropy", {"from_logits": True, "label_smoothing": 0.2}, (BINARY[0], NUMBERS[1] * 5)),
    ("BinaryFocalCrossentropy", {}, BINARY),
    ("BinaryFocalCrossentropy", {"from_logits": True, "apply_class_balancing": True}, (BINARY[0], NUMBERS[1])),
    ("CategoricalCrossentropy", {}, ONE_HOT),
    ("CategoricalCrossentropy", {"from_logits": True, "label_smoothing": 0.1}, (ONE_HOT[0], NUMBERS[1])),
    ("CategoricalFocalCrossentropy", {}, ONE_HOT),
    ("CategoricalFocalCrossentropy", {"from_logits": True, "gamma": 1.5}, (ONE_HOT[0], NUMBERS[1])),
    ("SparseCategoricalCrossentropy", {}, SPARSE),
    ("SparseCategoricalCrossentropy", {"from_logits": True}, (SPARSE[0], NUMBERS[1])),
    ("SparseCategoricalCrossentropy", {"ignore_class": 1}, SPARSE),
    ("SparseCategoricalCrossentropy", {}, (SPARSE[0][:, None], SPARSE[1])),
    ("CategoricalGeneralizedCrossEntropy", {"q": 0.3}, SPARSE),
    ("Dice", {}, BINARY),
    ("Dice", {"axis": (1,)}, BINARY),
    ("Tversky", {"alpha": 0.4, "beta": 0.4, "axis": -1}, BINARY),
    ("Circle", {"gamma": 5.0}, UNIT),
    ("CTC", {}, SEQUENCES),
]
REDUCTIONS = ["sum_over_batch_size", "sum", "mean", "mean_with_sample_weight", "none", None]
IDS = [f"{name}-{'-'.join(options)}-{i}" for i, (name, options, _) in enumerate(CASES)]


def both(name, options, pair, sample_weight=None, **more):
    """The values of one loss here and in Keras."""
    found = [getattr(m, name)(**options, **more)(*pair, sample_weight=sample_weight) for m in (losses, keras.losses)]
    return np.asarray(found[0]), np.asarray(found[1])


@pytest.mark.parametrize(("name", "options", "pair"), CASES, ids=IDS)
def test_values_are_those_of_keras(name, options, pair):
    """Every loss object gives Keras' number under every reduction."""
    for reduction in REDUCTIONS:
        ours, theirs = both(name, options, pair, reduction=reduction)
        beside.close(ours, theirs, 2e-5, str(reduction), scaled=False, atol=2e-6)


@pytest.mark.parametrize(("name", "options", "pair"), CASES, ids=IDS)
def test_sample_weights_count_as_in_keras(name, options, pair):
    """Every loss object weighs samples as Keras does."""
    weight = np.array([0.5, 0.0, 2.0, 1.0, 1.5, 0.25], "float32")
    if name == "Dice" and not options:
        weight = np.float32(2.0)
    if options.get("axis") == -2:
        weight = weight[:5]
    for reduction in REDUCTIONS:
        ours, theirs = both(name, options, pair, sample_weight=weight, reduction=reduction)
        beside.close(ours, theirs, 2e-5, str(reduction), scaled=False, atol=2e-6)


@pytest.mark.parametrize(("name", "options", "pair"), CASES, ids=IDS)
def test_config_is_that_of_keras(name, options, pair):
    """`get_config` equals Keras', with what Keras forgets, the serialized form too, and leads back to the same loss."""
    ours, theirs = getattr(losses, name)(**options), getattr(keras.losses, name)(**options)
    forgotten = {key: value for key, value in options.items() if key in beside.FORGOTTEN.get(name, ())}
    assert ours.get_config() == {**theirs.get_config(), **forgotten}
    serialized = keras.losses.serialize(theirs)
    assert losses.serialize(ours) == {**serialized, "config": {**serialized["config"], **forgotten}}
    again = losses.deserialize(losses.serialize(ours))
    assert type(again) is type(ours) and again.get_config() == ours.get_config()


@pytest.mark.parametrize("name", ["mean_squared_error", "binary_crossentropy", "huber", "poisson", "squared_hinge"])
def test_functions_give_one_value_per_sample(name):
    """The function form keeps the batch axis and equals Keras'."""
    pair = BINARY if name == "binary_crossentropy" else POSITIVE
    ours, theirs = (np.asarray(getattr(m, name)(*pair)) for m in (losses, keras.losses))
    assert ours.shape == (6,)
    np.testing.assert_allclose(ours, theirs, rtol=2e-5, atol=2e-6)


def test_all_public_names_of_keras_exist():
    """Every name of `keras.losses` is here."""
    theirs = {n for n in dir(keras.losses) if not n.startswith("_")}
    assert not theirs - set(dir(losses))


def test_masked_entries_count_nothing():
    """A mask on the predictions changes the mean as in Keras."""
    mask = np.array([1, 0, 1, 1, 0, 1], "bool")
    y_pred, peer = ops.convert_to_tensor(NUMBERS[1]), keras.ops.convert_to_tensor(NUMBERS[1])
    y_pred._keras_mask = ops.convert_to_tensor(mask)
    keras.src.backend.set_keras_mask(peer, keras.ops.convert_to_tensor(mask))
    for reduction in ("sum_over_batch_size", "sum", "mean_with_sample_weight"):
        ours = losses.MeanSquaredError(reduction=reduction)(NUMBERS[0], y_pred)
        theirs = keras.losses.MeanSquaredError(reduction=reduction)(NUMBERS[0], peer)
        np.testing.assert_allclose(np.asarray(ours), np.asarray(theirs), rtol=1e-5)


def test_shapes_that_differ_by_a_last_one_meet():
    """Labels of shape (n,) and predictions of shape (n, 1) mean the same samples."""
    y_true, y_pred = NUMBERS[0][:, 0], NUMBERS[1][:, :1]
    ours, theirs = losses.MeanSquaredError()(y_true, y_pred), keras.losses.MeanSquaredError()(y_true, y_pred)
    np.testing.assert_allclose(float(ours), float(theirs), rtol=1e-6)


def test_float16_losses_compute_in_float16():
    """`dtype` is the dtype of the computation and of the result."""
    loss = losses.MeanSquaredError(dtype="float16")
    assert loss(*NUMBERS).dtype == "float16"
    assert losses.MeanSquaredError(dtype="mixed_float16").dtype == "float16"


@pytest.mark.parametrize(("name", "options", "pair"), CASES, ids=IDS)
def test_gradient_is_that_of_keras(name, options, pair):
    """The gradient with respect to the predictions is Keras', and finite also where Keras' is not."""
    loss, peer = getattr(losses, name)(**options), getattr(keras.losses, name)(**options)
    y_pred = Variable(pair[1])
    with GradientTape() as tape:
        value = loss(pair[0], y_pred.value)
    ours = np.asarray(tape.gradient(value, y_pred))
    theirs = np.asarray(jax.grad(lambda y: peer(pair[0], y))(pair[1]))
    assert np.isfinite(ours).all()
    known = np.isfinite(theirs)
    np.testing.assert_allclose(ours[known], theirs[known], rtol=2e-4, atol=2e-6)


def test_sequences_of_other_ranks_are_refused_as_in_keras():
    """CTC names the wrong argument and its shape."""
    for module in (losses, keras.losses):
        with pytest.raises(ValueError, match="Targets `y_true` are expected"):
            module.ctc(np.zeros(3, "int32"), np.zeros((1, 3, 2), "float32"))
        with pytest.raises(ValueError, match="Logits `y_pred` are expected"):
            module.ctc(np.zeros((1, 3), "int32"), np.zeros((1, 3), "float32"))


def test_unknown_loss_is_named_with_what_exists():
    """An unknown name raises a ValueError that says it and lists the known ones."""
    with pytest.raises(ValueError, match="Could not interpret loss identifier: nothing.*mean_squared_error"):
        losses.get("nothing")
    with pytest.raises(ValueError, match="Could not interpret loss identifier: 3"):
        losses.get(3)


def test_wrong_reduction_is_named():
    """An unknown reduction raises a ValueError before anything is created."""
    with pytest.raises(ValueError, match="Received: reduction=median"):
        losses.MeanSquaredError(reduction="median")


@pytest.mark.parametrize(
    ("shapes", "function"),
    [
        (((4, 1), (4, 1)), losses.binary_crossentropy),
        (((4,), (4, 3)), losses.sparse_categorical_crossentropy),
        (((4, 3), (4, 3)), losses.categorical_crossentropy),
    ],
)
def test_crossentropy_is_chosen_by_shape(shapes, function):
    """`"crossentropy"` stands for the crossentropy that fits the shapes, and keeps its name."""
    loss = losses.resolve("crossentropy", *shapes)
    assert loss.fn is function and loss.name == "crossentropy"


def test_resolve_names_functions_and_keeps_objects():
    """A name or function becomes a wrapped loss of that name; a loss object stays itself."""
    given = losses.Huber()
    assert losses.resolve(given, (4, 1), (4, 1)) is given
    assert losses.resolve("mse", (4, 1), (4, 1)).name == "mse"
    assert losses.resolve(losses.huber, (4, 1), (4, 1)).name == "huber"
    assert losses.resolve(None, (4, 1), (4, 1)) is None


def test_wrapped_function_survives_its_config():
    """A wrapper of a function is rebuilt from its config, arguments included."""
    wrapper = losses.LossFunctionWrapper(losses.huber, name="mine", delta=0.5)
    again = losses.LossFunctionWrapper.from_config(wrapper.get_config())
    assert float(again(*NUMBERS)) == float(wrapper(*NUMBERS)) and again.name == "mine"
