"""Metrics give the numbers of Keras over several updates."""

import os

os.environ.setdefault("KERAS_BACKEND", "jax")

import keras
import numpy as np
import pytest

from kerasnb import losses, metrics, ops
from tests.seeded import RANDOM as rng

# said by Keras' IoU metrics on JAX
pytestmark = pytest.mark.filterwarnings("ignore:Explicitly requested dtype int64:UserWarning")


def numbers(n):
    return rng.normal(size=(n, 4)).astype("float32"), rng.normal(size=(n, 4)).astype("float32")


def positive(n):
    return tuple(np.abs(x) + 0.1 for x in numbers(n))


def binary(n):
    return rng.integers(0, 2, (n, 4)).astype("float32"), rng.uniform(0.02, 0.98, (n, 4)).astype("float32")


def column(n):
    return rng.integers(0, 2, (n, 1)).astype("float32"), rng.uniform(0, 1, (n, 1)).astype("float32")


def scores(n):
    y = positive(n)[0]
    return y / y.sum(-1, keepdims=True)


def one_hot(n):
    return np.eye(4, dtype="float32")[rng.integers(0, 4, n)], scores(n)


def sparse(n):
    return rng.integers(0, 4, n).astype("int32"), scores(n)


def ids(n):
    return rng.integers(0, 4, n).astype("int32"), rng.integers(0, 4, n).astype("int32")


CASES = [
    ("Accuracy", {}, ids),
    ("BinaryAccuracy", {"threshold": 0.3}, binary),
    ("BinaryAccuracy", {}, column),
    ("CategoricalAccuracy", {}, one_hot),
    ("SparseCategoricalAccuracy", {}, sparse),
    ("TopKCategoricalAccuracy", {"k": 2}, one_hot),
    ("SparseTopKCategoricalAccuracy", {"k": 2}, sparse),
    ("MeanSquaredError", {}, numbers),
    ("RootMeanSquaredError", {}, numbers),
    ("MeanAbsoluteError", {}, numbers),
    ("MeanAbsolutePercentageError", {}, numbers),
    ("MeanSquaredLogarithmicError", {}, numbers),
    ("CosineSimilarity", {}, numbers),
    ("LogCoshError", {}, numbers),
    ("R2Score", {}, numbers),
    ("R2Score", {"class_aggregation": "variance_weighted_average"}, numbers),
    ("R2Score", {"class_aggregation": None}, numbers),
    ("Hinge", {}, binary),
    ("SquaredHinge", {}, binary),
    ("CategoricalHinge", {}, one_hot),
    ("KLDivergence", {}, one_hot),
    ("Poisson", {}, positive),
    ("BinaryCrossentropy", {"label_smoothing": 0.1}, binary),
    ("CategoricalCrossentropy", {"from_logits": True}, one_hot),
    ("SparseCategoricalCrossentropy", {}, sparse),
    ("SparseCategoricalCrossentropy", {"ignore_class": 2}, sparse),
    ("PearsonCorrelation", {}, numbers),
    ("ConcordanceCorrelation", {}, numbers),
    ("TruePositives", {}, binary),
    ("TrueNegatives", {"thresholds": [0.2, 0.7]}, binary),
    ("FalsePositives", {}, column),
    ("FalseNegatives", {"thresholds": [0.0, 0.5, 1.0]}, binary),
    ("Precision", {}, binary),
    ("Precision", {"top_k": 2}, binary),
    ("Precision", {"thresholds": [0.3, 0.6], "class_id": 1}, binary),
    ("Recall", {}, binary),
    ("Recall", {"class_id": -1}, binary),
    ("Recall", {"top_k": 1, "class_id": 2}, binary),
    ("SensitivityAtSpecificity", {"specificity": 0.5}, binary),
    ("SpecificityAtSensitivity", {"sensitivity": 0.5, "num_thresholds": 1}, binary),
    ("PrecisionAtRecall", {"recall": 0.4, "num_thresholds": 20}, binary),
    ("RecallAtPrecision", {"precision": 0.6, "class_id": 0}, binary),
    ("AUC", {}, binary),
    ("AUC", {"num_thresholds": 7, "curve": "PR"}, binary),
    ("AUC", {"curve": "PR", "summation_method": "majoring"}, column),
    ("AUC", {"curve": "PRGAIN", "num_thresholds": 11}, binary),
    ("AUC", {"summation_method": "minoring", "thresholds": [0.1, 0.2, 0.8]}, binary),
    ("AUC", {"multi_label": True, "num_labels": 4, "label_weights": [1.0, 2.0, 0.5, 0.0]}, binary),
    ("AUC", {"multi_label": True}, binary),
    ("AUC", {"from_logits": True}, lambda n: (binary(n)[0], numbers(n)[1])),
    ("FBetaScore", {"beta": 2.0, "threshold": 0.4}, binary),
    ("FBetaScore", {"average": "weighted"}, one_hot),
    ("F1Score", {"average": "micro"}, one_hot),
    ("F1Score", {"average": "macro", "threshold": 0.5}, binary),
    ("IoU", {"num_classes": 4, "target_class_ids": [0, 2]}, ids),
    ("IoU", {"num_classes": 3, "target_class_ids": [0], "ignore_class": 1}, ids),
    ("MeanIoU", {"num_classes": 4, "sparse_y_pred": False}, sparse),
    ("BinaryIoU", {"threshold": 0.4}, column),
    ("OneHotIoU", {"num_classes": 4, "target_class_ids": [1, 3]}, one_hot),
    ("OneHotMeanIoU", {"num_classes": 4}, one_hot),
]
NAMES = [f"{name}-{i}" for i, (name, *_) in enumerate(CASES)]


def both(name, options):
    return getattr(metrics, name)(**options), getattr(keras.metrics, name)(**options)


def check_equal(ours, theirs):
    ours, theirs = np.asarray(ours.result()), np.asarray(theirs.result())
    assert ours.shape == theirs.shape
    np.testing.assert_allclose(ours, theirs, rtol=3e-5, atol=2e-6)


@pytest.mark.parametrize(("name", "options", "batch"), CASES, ids=NAMES)
@pytest.mark.parametrize("weighted", [False, True], ids=["plain", "weighted"])
def test_values_are_those_of_keras(name, options, batch, weighted):
    """Over batches of different sizes, and after a reset, results and variables equal Keras'."""
    ours, theirs = both(name, options)
    for n in (7, 3, 5):
        y_true, y_pred = batch(n)
        weight = None
        if weighted:
            weight = rng.integers(0, 4, n).astype("int32" if "IoU" in name else "float32")
        for metric in (ours, theirs):
            metric.update_state(y_true, y_pred, sample_weight=weight)
        check_equal(ours, theirs)
    assert [v.name for v in ours.variables] == [v.name for v in theirs.variables]
    for mine, peer in zip(ours.variables, theirs.variables, strict=True):
        if mine.name == "num_samples":  # Keras counts a sample once for each output: docs/differences.md
            peer = peer / y_pred.shape[-1]
        np.testing.assert_allclose(mine.numpy(), np.asarray(peer), rtol=3e-5, atol=2e-6)
    for metric in (ours, theirs):
        metric.reset_state()
        metric.update_state(y_true, y_pred)
    check_equal(ours, theirs)


@pytest.mark.parametrize(("name", "options", "batch"), CASES, ids=NAMES)
def test_config_is_that_of_keras(name, options, batch):
    """`get_config` and the serialized form equal Keras', and lead back to the same metric."""
    # label weights stand in Keras' config as a tensor, which its own deserialization refuses
    options = {k: v for k, v in options.items() if k != "label_weights"}
    ours, theirs = both(name, {**options, "name": "m"})
    assert ours.get_config() == theirs.get_config()
    assert metrics.serialize(ours) == keras.metrics.serialize(theirs)
    again = metrics.deserialize(metrics.serialize(ours))
    assert type(again) is type(ours) and again.get_config() == ours.get_config()


@pytest.mark.parametrize(("name", "options", "batch"), CASES, ids=NAMES)
def test_default_name_is_that_of_keras(name, options, batch):
    """A metric that was given no name is called as in Keras."""
    ours, theirs = both(name, options)
    # automatic names count up; the number depends on what was made before
    assert ours.name.rstrip("_0123456789") == theirs.name.rstrip("_0123456789")


@pytest.mark.parametrize("name", ["Mean", "Sum"])
def test_reductions_are_those_of_keras(name):
    """Values of several ranks with weights of several ranks add up as in Keras."""
    ours, theirs = both(name, {})
    shapes = [((), None), ((4,), None), ((4, 3), (4,)), ((4, 3), (4, 3)), ((4, 3, 2), (4, 3)), ((4,), ())]
    for shape, weight_shape in shapes:
        values = rng.normal(size=shape).astype("float32")
        weight = None if weight_shape is None else rng.uniform(size=weight_shape).astype("float32")
        ours.update_state(values, sample_weight=weight)
        theirs.update_state(values, sample_weight=weight)
        check_equal(ours, theirs)


def test_sorted_ids_are_looked_up():
    """Top-k accuracy takes sorted class ids in place of scores."""
    ours, theirs = both("SparseTopKCategoricalAccuracy", {"k": 2, "from_sorted_ids": True})
    for metric in (ours, theirs):
        metric.update_state([2, 1, 0], [[1, 0, 2], [1, 0, 2], [1, 0, 2]])
    check_equal(ours, theirs)
    assert ours.get_config()["from_sorted_ids"] is True


def test_image_sized_labels_are_counted():
    """Accuracies of labels with more axes equal Keras'."""
    y_true, y_pred = rng.integers(0, 4, (2, 3, 3)), rng.normal(size=(2, 3, 3, 4)).astype("float32")
    for name in ("SparseCategoricalAccuracy", "SparseTopKCategoricalAccuracy"):
        ours, theirs = both(name, {})
        for metric in (ours, theirs):
            metric.update_state(y_true[..., None] if name == "SparseCategoricalAccuracy" else y_true, y_pred)
        check_equal(ours, theirs)


def test_masked_samples_count_nothing():
    """A mask on the predictions weighs samples as in Keras."""
    mask, (y_true, y_pred) = np.array([True, False, True]), sparse(3)
    here, peer = ops.convert_to_tensor(y_pred), keras.ops.convert_to_tensor(y_pred)
    here._keras_mask = ops.convert_to_tensor(mask)
    keras.src.backend.set_keras_mask(peer, keras.ops.convert_to_tensor(mask))
    ours, theirs = both("SparseCategoricalAccuracy", {})
    ours.update_state(y_true, here)
    theirs.update_state(y_true, peer)
    check_equal(ours, theirs)
    assert float(ours.count) == 2.0


def test_all_public_names_of_keras_exist():
    """Every name of `keras.metrics` is here."""
    theirs = {n for n in dir(keras.metrics) if not n.startswith("_")}
    assert not theirs - set(dir(metrics))


@pytest.mark.parametrize(
    ("shapes", "made"),
    [
        (((4, 1), (4, 1)), metrics.BinaryAccuracy),
        (((4,), (4, 3)), metrics.SparseCategoricalAccuracy),
        (((4, 1), (4, 3)), metrics.SparseCategoricalAccuracy),
        (((4, 3), (4, 3)), metrics.CategoricalAccuracy),
    ],
)
@pytest.mark.parametrize("name", ["accuracy", "acc", "Acc"])
def test_accuracy_is_chosen_by_shape(shapes, made, name):
    """`"accuracy"` stands for the accuracy that fits the shapes, named as it was written."""
    metric = metrics.resolve(name, *shapes)
    assert type(metric) is made and metric.name == name


def test_resolve_keeps_names_and_objects():
    """A string names the metric; an object stays itself; a function is wrapped."""
    given = metrics.AUC(name="mine")
    assert metrics.resolve(given, (4, 1), (4, 1)) is given
    assert metrics.resolve("mse", (4, 1), (4, 1)).name == "mse"
    wrapped = metrics.resolve(losses.huber, (4, 1), (4, 1))
    assert isinstance(wrapped, metrics.MeanMetricWrapper) and wrapped.name == "huber"
    with pytest.raises(ValueError, match="Expected metric, received `None`"):
        metrics.resolve(None, (4, 1), (4, 1))


def test_wrapped_function_survives_its_config():
    """A wrapper of a loss function has Keras' config and is rebuilt from it."""
    ours = metrics.MeanMetricWrapper(losses.huber, name="mine", delta=0.5)
    theirs = keras.metrics.MeanMetricWrapper(keras.losses.huber, name="mine", delta=0.5)
    assert metrics.serialize(ours) == keras.metrics.serialize(theirs)
    again = metrics.deserialize(metrics.serialize(ours))
    pair = numbers(5)
    assert float(again(*pair)) == float(ours(*pair))


def test_unknown_metric_is_named_with_what_exists():
    """An unknown name raises a ValueError that says it and lists the known ones."""
    with pytest.raises(ValueError, match="Could not interpret metric identifier: nothing.*mean_squared_error"):
        metrics.get("nothing")


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda m: m.Precision(thresholds=1.5), "Threshold values must be in"),
        (lambda m: m.AUC(num_thresholds=1), "must be an integer > 1"),
        (lambda m: m.AUC(curve="X"), "Invalid AUC curve value"),
        (lambda m: m.R2Score(num_regressors=-1), "Expected a value >= 0"),
        (lambda m: m.FBetaScore(beta=1), "Invalid `beta`"),
        (lambda m: m.IoU(2, [2]), "out of range"),
        (lambda m: m.PrecisionAtRecall(2.0), "must be in the range"),
    ],
)
def test_wrong_arguments_are_refused_as_in_keras(make, message):
    """Arguments out of range raise a ValueError, as in Keras."""
    for module in (metrics, keras.metrics):
        with pytest.raises(ValueError, match=message):
            make(module)


def test_metric_without_super_says_so():
    """A subclass that forgets `super().__init__()` gets a clear error."""

    class Forgetful(metrics.Metric):
        def __init__(self):
            self.total = self.add_variable((), "zeros")

    with pytest.raises(RuntimeError, match="forgot to call"):
        Forgetful()


def test_metrics_inside_metrics_share_their_variables():
    """A metric set as an attribute brings its variables with it."""

    class Pair(metrics.Metric):
        def __init__(self):
            super().__init__(name="pair")
            self.inner = metrics.Mean()
            self.extra = self.add_weight(name="extra")

    assert [v.name for v in Pair().variables] == ["extra", "total", "count"]
