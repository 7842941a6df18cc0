"""Learning rate schedules."""

from __future__ import annotations

from kerasnb import serialization
from kerasnb.optimizers.schedules.learning_rate_schedule import (
    CosineDecay,
    CosineDecayRestarts,
    ExponentialDecay,
    InverseTimeDecay,
    LearningRateSchedule,
    PiecewiseConstantDecay,
    PolynomialDecay,
)

__all__ = [
    "CosineDecay", "CosineDecayRestarts", "ExponentialDecay", "InverseTimeDecay", "LearningRateSchedule",
    "PiecewiseConstantDecay", "PolynomialDecay", "deserialize", "serialize",
]  # fmt: skip

ALL_OBJECTS_DICT = serialization.public(
    "keras.optimizers.schedules",
    (
        LearningRateSchedule, CosineDecay, CosineDecayRestarts, ExponentialDecay, InverseTimeDecay,
        PiecewiseConstantDecay, PolynomialDecay,
    ),
)  # fmt: skip


def serialize(learning_rate_schedule: LearningRateSchedule) -> dict:
    """Serializes a schedule.

    Example:

    >>> schedule = keras.optimizers.schedules.PolynomialDecay(0.1, 10)
    >>> keras.optimizers.schedules.serialize(schedule)["class_name"]
    'PolynomialDecay'
    """
    return serialization.serialize_keras_object(learning_rate_schedule)


def deserialize(config: dict, custom_objects: dict | None = None) -> LearningRateSchedule:
    """Creates a schedule from the output of `serialize`.

    Args:
        config: Dict.
        custom_objects: Optional dict of names of the user's own schedules.

    Example:

    >>> config = {"class_name": "PiecewiseConstantDecay", "config": {"boundaries": [1], "values": [1.0, 0.5]}}
    >>> float(keras.optimizers.schedules.deserialize(config)(2))
    0.5
    """
    return serialization.deserialize("decay", ALL_OBJECTS_DICT, config, custom_objects)
