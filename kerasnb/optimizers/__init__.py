"""Optimizers: how weights change."""

from __future__ import annotations

from typing import Any

from kerasnb import absent, serialization
from kerasnb.optimizers import schedules
from kerasnb.optimizers.adadelta import Adadelta
from kerasnb.optimizers.adafactor import Adafactor
from kerasnb.optimizers.adagrad import Adagrad
from kerasnb.optimizers.adam import Adam, AdamW
from kerasnb.optimizers.adamax import Adamax
from kerasnb.optimizers.ftrl import Ftrl
from kerasnb.optimizers.lamb import Lamb
from kerasnb.optimizers.lion import Lion
from kerasnb.optimizers.loss_scale_optimizer import LossScaleOptimizer
from kerasnb.optimizers.multi_optimizer import MultiOptimizer, OptimizerMap
from kerasnb.optimizers.muon import Muon
from kerasnb.optimizers.nadam import Nadam
from kerasnb.optimizers.optimizer import Optimizer
from kerasnb.optimizers.rmsprop import RMSprop
from kerasnb.optimizers.schedule_free_adamw import ScheduleFreeAdamW
from kerasnb.optimizers.sgd import SGD

__all__ = [
    "SGD",
    "Adadelta",
    "Adafactor",
    "Adagrad",
    "Adam",
    "AdamW",
    "Adamax",
    "Ftrl",
    "Lamb",
    "Lion",
    "LossScaleOptimizer",
    "MultiOptimizer",
    "Muon",
    "Nadam",
    "Optimizer",
    "OptimizerMap",
    "RMSprop",
    "ScheduleFreeAdamW",
    "deserialize",
    "get",
    "schedules",
    "serialize",
]  # fmt: skip

__getattr__ = absent.explaining(__name__)

_CLASSES = (
    Optimizer, SGD, RMSprop, Adam, AdamW, Adadelta, Adafactor, Adagrad, Adamax, Ftrl, Lamb, Lion, LossScaleOptimizer,
    MultiOptimizer, Muon, Nadam, ScheduleFreeAdamW,
)  # fmt: skip

serialization.public("keras", (Optimizer,))
ALL_OBJECTS_DICT = serialization.public("keras.optimizers", _CLASSES)
serialization.public("keras.optimizers", [OptimizerMap])
_BY_NAME = {**ALL_OBJECTS_DICT, **{name.lower(): cls for name, cls in ALL_OBJECTS_DICT.items()}}


def serialize(optimizer: Optimizer) -> dict:
    """Returns the optimizer configuration as a Python dict.

    Example:

    >>> keras.optimizers.serialize(keras.optimizers.SGD())["class_name"]
    'SGD'
    """
    return serialization.serialize_keras_object(optimizer)


def deserialize(config: dict, custom_objects: dict | None = None) -> Optimizer:
    """Returns a Keras optimizer object via its configuration.

    Args:
        config: Dict, the output of `serialize`.
        custom_objects: Optional dict of names of the user's own optimizers.

    Example:

    >>> keras.optimizers.deserialize({"class_name": "sgd", "config": {"momentum": 0.5}}).momentum
    0.5
    """
    return serialization.deserialize("optimizer", _BY_NAME, _lowered(config), custom_objects)


def _lowered(config):
    """The config with the name of a built-in optimizer in small letters: case does not matter."""
    name = config.get("class_name") if isinstance(config, dict) else None
    if isinstance(name, str) and name.lower() in _BY_NAME:
        return {**config, "class_name": name.lower()}
    return config


def get(identifier: Any) -> Optimizer | None:
    """Retrieves a Keras Optimizer instance.

    Args:
        identifier: A name (case does not matter), a config dict, an optimizer, or None.

    Raises:
        ValueError: If it names no optimizer.

    Example:

    >>> keras.optimizers.get("rmsprop").rho
    0.9
    """
    if isinstance(identifier, Optimizer) or identifier is None:
        return identifier
    if isinstance(identifier, dict):
        return deserialize(identifier)
    name = identifier.lower() if isinstance(identifier, str) and identifier.lower() in _BY_NAME else identifier
    optimizer = serialization.lookup("optimizer", _BY_NAME, name) if isinstance(name, str) else None
    if not isinstance(optimizer, Optimizer):
        raise ValueError(f"Could not interpret optimizer identifier: {identifier}")
    return optimizer
