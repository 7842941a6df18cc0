"""Losses: what training makes small."""

from __future__ import annotations

from typing import Any

from kerasnb import absent, serialization
from kerasnb.losses.hinge_losses import CategoricalHinge, Hinge, SquaredHinge, categorical_hinge, hinge, squared_hinge
from kerasnb.losses.loss import Loss, LossFunctionWrapper
from kerasnb.losses.probabilistic import (
    binary_crossentropy,
    binary_focal_crossentropy,
    categorical_crossentropy,
    categorical_focal_crossentropy,
    categorical_generalized_cross_entropy,
    kl_divergence,
    poisson,
    sparse_categorical_crossentropy,
)
from kerasnb.losses.probabilistic_classes import (
    BinaryCrossentropy,
    BinaryFocalCrossentropy,
    CategoricalCrossentropy,
    CategoricalFocalCrossentropy,
    CategoricalGeneralizedCrossEntropy,
    KLDivergence,
    Poisson,
    SparseCategoricalCrossentropy,
)
from kerasnb.losses.regression import (
    CosineSimilarity,
    Huber,
    LogCosh,
    MeanAbsoluteError,
    MeanAbsolutePercentageError,
    MeanSquaredError,
    MeanSquaredLogarithmicError,
    cosine_similarity,
    huber,
    log_cosh,
    mean_absolute_error,
    mean_absolute_percentage_error,
    mean_squared_error,
    mean_squared_logarithmic_error,
)
from kerasnb.losses.resolve import chosen_by_shape, name_of
from kerasnb.losses.segmentation import Circle, Dice, Tversky, circle, dice, tversky
from kerasnb.losses.sequence import CTC, ctc

__all__ = [
    "CTC",
    "BinaryCrossentropy",
    "BinaryFocalCrossentropy",
    "CategoricalCrossentropy",
    "CategoricalFocalCrossentropy",
    "CategoricalGeneralizedCrossEntropy",
    "CategoricalHinge",
    "Circle",
    "CosineSimilarity",
    "Dice",
    "Hinge",
    "Huber",
    "KLDivergence",
    "LogCosh",
    "Loss",
    "MeanAbsoluteError",
    "MeanAbsolutePercentageError",
    "MeanSquaredError",
    "MeanSquaredLogarithmicError",
    "Poisson",
    "SparseCategoricalCrossentropy",
    "SquaredHinge",
    "Tversky",
    "binary_crossentropy",
    "binary_focal_crossentropy",
    "categorical_crossentropy",
    "categorical_focal_crossentropy",
    "categorical_generalized_cross_entropy",
    "categorical_hinge",
    "circle",
    "cosine_similarity",
    "ctc",
    "deserialize",
    "dice",
    "get",
    "hinge",
    "huber",
    "kl_divergence",
    "log_cosh",
    "mean_absolute_error",
    "mean_absolute_percentage_error",
    "mean_squared_error",
    "mean_squared_logarithmic_error",
    "poisson",
    "serialize",
    "sparse_categorical_crossentropy",
    "squared_hinge",
    "tversky",
]  # fmt: skip

__getattr__ = absent.explaining(__name__)

_CLASSES = (
    Loss, LossFunctionWrapper, KLDivergence, Poisson, BinaryCrossentropy, BinaryFocalCrossentropy,
    CategoricalCrossentropy, CategoricalFocalCrossentropy, CategoricalGeneralizedCrossEntropy,
    SparseCategoricalCrossentropy, MeanSquaredError, MeanAbsoluteError, MeanAbsolutePercentageError,
    MeanSquaredLogarithmicError, CosineSimilarity, LogCosh, Huber, Hinge, SquaredHinge, CategoricalHinge, Dice, Tversky,
    Circle, CTC,
)  # fmt: skip
_FUNCTIONS = (
    kl_divergence, poisson, binary_crossentropy, binary_focal_crossentropy, categorical_crossentropy,
    categorical_focal_crossentropy, categorical_generalized_cross_entropy, sparse_categorical_crossentropy,
    mean_squared_error, mean_absolute_error, mean_absolute_percentage_error, mean_squared_logarithmic_error,
    cosine_similarity, log_cosh, huber, hinge, squared_hinge, categorical_hinge, dice, tversky, circle, ctc,
)  # fmt: skip

serialization.public("keras", (Loss,))
serialization.public("keras.src.losses.losses", (LossFunctionWrapper,))  # where Keras looks for it
ALL_OBJECTS = frozenset(_CLASSES + _FUNCTIONS)
ALL_OBJECTS_DICT = serialization.public("keras.losses", _CLASSES + _FUNCTIONS)
ALL_OBJECTS_DICT.update(
    bce=binary_crossentropy, BCE=binary_crossentropy, kld=kl_divergence, KLD=kl_divergence,
    mae=mean_absolute_error, MAE=mean_absolute_error, mse=mean_squared_error, MSE=mean_squared_error,
    mape=mean_absolute_percentage_error, MAPE=mean_absolute_percentage_error,
    msle=mean_squared_logarithmic_error, MSLE=mean_squared_logarithmic_error,
)  # fmt: skip


def serialize(loss: Any) -> dict:
    """Serializes a loss function or `Loss` instance.

    Example:

    >>> keras.losses.serialize(keras.losses.Huber())["config"]["name"]
    'huber_loss'
    """
    return serialization.serialize_keras_object(loss)


def deserialize(name: Any, custom_objects: dict | None = None) -> Any:
    """Deserializes a serialized loss class or function.

    Args:
        name: Loss configuration, the output of `serialize`.
        custom_objects: Optional dict of names of the user's own losses.

    Example:

    >>> keras.losses.deserialize({"class_name": "Huber", "config": {"delta": 2.0}}).name
    'huber_loss'
    """
    return serialization.deserialize("loss", ALL_OBJECTS_DICT, name, custom_objects)


def get(identifier: Any) -> Any:
    """Retrieves a Keras loss as a function or `Loss` instance.

    Args:
        identifier: A name, a config dict, a class, a function, a `Loss`, or None.

    Raises:
        ValueError: If it names no loss.

    Example:

    >>> keras.losses.get("mse").__name__
    'mean_squared_error'
    """
    return serialization.lookup("loss", ALL_OBJECTS_DICT, identifier)


def resolve(identifier: Any, y_true_shape: tuple, y_pred_shape: tuple) -> Loss | None:
    """The `Loss` that an entry of `compile(loss=...)` stands for.

    Args:
        identifier: A name (`"crossentropy"` and `"ce"` choose by the shapes), a function, a `Loss`, ...
        y_true_shape: Shape of the labels.
        y_pred_shape: Shape of the predictions.

    Returns:
        A loss named as the string given or the function; None for None.

    Raises:
        ValueError: If it names no loss.
    """
    if identifier is None:
        return None
    loss = get(identifier) if str(identifier).lower() not in ("crossentropy", "ce") else None
    if loss is None:
        choice = (binary_crossentropy, sparse_categorical_crossentropy, categorical_crossentropy)
        loss = chosen_by_shape(*choice, y_true_shape, y_pred_shape)
    if isinstance(loss, Loss):
        return loss
    return LossFunctionWrapper(loss, name=identifier if isinstance(identifier, str) else name_of(loss))
