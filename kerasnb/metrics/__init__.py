"""Metrics: what is measured while a model learns."""

from __future__ import annotations

from typing import Any

from kerasnb import absent, serialization
from kerasnb.backend.tensor.naming import to_snake_case
from kerasnb.losses.hinge_losses import categorical_hinge, hinge, squared_hinge
from kerasnb.losses.probabilistic import (
    binary_crossentropy,
    binary_focal_crossentropy,
    categorical_crossentropy,
    categorical_focal_crossentropy,
    kl_divergence,
    poisson,
    sparse_categorical_crossentropy,
)
from kerasnb.losses.regression import (
    huber,
    log_cosh,
    mean_absolute_error,
    mean_absolute_percentage_error,
    mean_squared_error,
    mean_squared_logarithmic_error,
)
from kerasnb.losses.resolve import chosen_by_shape, name_of
from kerasnb.metrics.accuracy_metrics import (
    Accuracy,
    BinaryAccuracy,
    CategoricalAccuracy,
    SparseCategoricalAccuracy,
    SparseTopKCategoricalAccuracy,
    TopKCategoricalAccuracy,
    binary_accuracy,
    categorical_accuracy,
    sparse_categorical_accuracy,
    sparse_top_k_categorical_accuracy,
    top_k_categorical_accuracy,
)
from kerasnb.metrics.auc import AUC
from kerasnb.metrics.confusion_metrics import (
    FalseNegatives,
    FalsePositives,
    Precision,
    PrecisionAtRecall,
    Recall,
    RecallAtPrecision,
    SensitivityAtSpecificity,
    SpecificityAtSensitivity,
    TrueNegatives,
    TruePositives,
)
from kerasnb.metrics.correlation_metrics import (
    ConcordanceCorrelation,
    PearsonCorrelation,
    concordance_correlation,
    pearson_correlation,
)
from kerasnb.metrics.f_score_metrics import F1Score, FBetaScore
from kerasnb.metrics.hinge_metrics import CategoricalHinge, Hinge, SquaredHinge
from kerasnb.metrics.iou_metrics import BinaryIoU, IoU, MeanIoU, OneHotIoU, OneHotMeanIoU
from kerasnb.metrics.metric import Metric
from kerasnb.metrics.probabilistic_metrics import (
    BinaryCrossentropy,
    CategoricalCrossentropy,
    KLDivergence,
    Poisson,
    SparseCategoricalCrossentropy,
)
from kerasnb.metrics.reduction_metrics import Mean, MeanMetricWrapper, Sum
from kerasnb.metrics.regression_metrics import (
    CosineSimilarity,
    LogCoshError,
    MeanAbsoluteError,
    MeanAbsolutePercentageError,
    MeanSquaredError,
    MeanSquaredLogarithmicError,
    R2Score,
    RootMeanSquaredError,
)

__all__ = [
    "AUC", "Accuracy", "BinaryAccuracy", "BinaryCrossentropy", "BinaryIoU", "CategoricalAccuracy",
    "CategoricalCrossentropy", "CategoricalHinge", "ConcordanceCorrelation", "CosineSimilarity", "F1Score",
    "FBetaScore", "FalseNegatives", "FalsePositives", "Hinge", "IoU", "KLDivergence", "LogCoshError", "Mean",
    "MeanAbsoluteError", "MeanAbsolutePercentageError", "MeanIoU", "MeanMetricWrapper", "MeanSquaredError",
    "MeanSquaredLogarithmicError", "Metric", "OneHotIoU", "OneHotMeanIoU", "PearsonCorrelation", "Poisson",
    "Precision", "PrecisionAtRecall", "R2Score", "Recall", "RecallAtPrecision", "RootMeanSquaredError",
    "SensitivityAtSpecificity", "SparseCategoricalAccuracy", "SparseCategoricalCrossentropy",
    "SparseTopKCategoricalAccuracy", "SpecificityAtSensitivity", "SquaredHinge", "Sum", "TopKCategoricalAccuracy",
    "TrueNegatives", "TruePositives", "binary_accuracy", "binary_crossentropy", "binary_focal_crossentropy",
    "categorical_accuracy", "categorical_crossentropy", "categorical_focal_crossentropy", "categorical_hinge",
    "concordance_correlation", "deserialize", "get", "hinge", "huber", "kl_divergence", "log_cosh",
    "mean_absolute_error", "mean_absolute_percentage_error", "mean_squared_error", "mean_squared_logarithmic_error",
    "pearson_correlation", "poisson", "serialize", "sparse_categorical_accuracy", "sparse_categorical_crossentropy",
    "sparse_top_k_categorical_accuracy", "squared_hinge", "top_k_categorical_accuracy",
]  # fmt: skip

__getattr__ = absent.explaining(__name__)

_CLASSES = (
    Metric, Mean, Sum, MeanMetricWrapper, Accuracy, BinaryAccuracy, CategoricalAccuracy, SparseCategoricalAccuracy,
    TopKCategoricalAccuracy, SparseTopKCategoricalAccuracy, MeanSquaredError, RootMeanSquaredError, MeanAbsoluteError,
    MeanAbsolutePercentageError, MeanSquaredLogarithmicError, CosineSimilarity, LogCoshError, R2Score, AUC,
    FalseNegatives, FalsePositives, Precision, PrecisionAtRecall, Recall, RecallAtPrecision, SensitivityAtSpecificity,
    SpecificityAtSensitivity, TrueNegatives, TruePositives, ConcordanceCorrelation, PearsonCorrelation, Hinge,
    SquaredHinge, CategoricalHinge, KLDivergence, Poisson, BinaryCrossentropy, CategoricalCrossentropy,
    SparseCategoricalCrossentropy, F1Score, FBetaScore, IoU, BinaryIoU, MeanIoU, OneHotIoU, OneHotMeanIoU,
)  # fmt: skip

serialization.public("keras", (Metric,))
ALL_OBJECTS_DICT = serialization.public("keras.metrics", _CLASSES)
ALL_OBJECTS_DICT.update({to_snake_case(cls.__name__): cls for cls in _CLASSES})
ALL_OBJECTS_DICT.update(
    bce=BinaryCrossentropy, BCE=BinaryCrossentropy, mse=MeanSquaredError, MSE=MeanSquaredError, mae=MeanAbsoluteError,
    MAE=MeanAbsoluteError, mape=MeanAbsolutePercentageError, MAPE=MeanAbsolutePercentageError,
    msle=MeanSquaredLogarithmicError, MSLE=MeanSquaredLogarithmicError,
)  # fmt: skip


def serialize(metric: Any) -> dict:
    """Serializes a metric function or `Metric` instance.

    Example:

    >>> keras.metrics.serialize(keras.metrics.Mean())["class_name"]
    'Mean'
    """
    return serialization.serialize_keras_object(metric)


def deserialize(config: Any, custom_objects: dict | None = None) -> Any:
    """Deserializes a serialized metric class or function.

    Args:
        config: Metric configuration, the output of `serialize`.
        custom_objects: Optional dict of names of the user's own metrics.

    Example:

    >>> keras.metrics.deserialize({"class_name": "Mean", "config": {"name": "m"}}).name
    'm'
    """
    return serialization.deserialize("metric", ALL_OBJECTS_DICT, config, custom_objects)


def get(identifier: Any) -> Any:
    """Retrieves a Keras metric as a function or `Metric` instance.

    Args:
        identifier: A name, a config dict, a class, a function, a `Metric`, or None.

    Raises:
        ValueError: If it names no metric.

    Example:

    >>> keras.metrics.get("accuracy").name
    'accuracy'
    """
    return serialization.lookup("metric", ALL_OBJECTS_DICT, identifier)


def resolve(identifier: Any, y_true_shape: tuple, y_pred_shape: tuple) -> Metric:
    """The `Metric` that an entry of `compile(metrics=...)` stands for.

    Args:
        identifier: A name (`"accuracy"` and `"acc"` choose by the shapes), a function, a `Metric`, ...
        y_true_shape: Shape of the labels.
        y_pred_shape: Shape of the predictions.

    Returns:
        A metric; its name is the string as given, or the object's own.

    Raises:
        ValueError: If it names no metric.
    """
    if identifier is None:
        raise ValueError("Expected metric, received `None`")
    if str(identifier).lower() in ("accuracy", "acc"):
        choice = (BinaryAccuracy, SparseCategoricalAccuracy, CategoricalAccuracy)
        return chosen_by_shape(*choice, y_true_shape, y_pred_shape)(name=str(identifier))
    metric = get(identifier)
    name = identifier if isinstance(identifier, str) else name_of(metric)
    metric = metric if isinstance(metric, Metric) else MeanMetricWrapper(metric)
    metric.name = name
    return metric
