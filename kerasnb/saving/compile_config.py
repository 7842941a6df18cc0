"""The arguments of `compile` as a config, and compiling from it."""

from __future__ import annotations

import warnings
from typing import Any

from kerasnb.serialization import deserialize_keras_object, serialize_keras_object

KEYS = (
    "optimizer", "loss", "loss_weights", "metrics", "weighted_metrics", "run_eagerly", "steps_per_execution",
    "jit_compile",
)  # fmt: skip


def get_compile_config(model: Any) -> dict:
    """The arguments of `compile` as a config, empty for a model that is not compiled."""
    arguments = getattr(model, "_compile_config", None)
    if not model.compiled or arguments is None:
        return {}
    jit = (
        arguments["jit_compile"] == "auto" or arguments["jit_compile"]
    )  # Keras writes what it decided: kernels are compiled
    wrapped = (
        getattr(model.optimizer, "inner_optimizer", None) is arguments["optimizer"]
    )  # by `compile`: it will do so again
    optimizer = arguments["optimizer"] if wrapped else model.optimizer
    decided = {**arguments, "optimizer": optimizer, "jit_compile": jit}
    return {key: serialize_keras_object(value) for key, value in decided.items()}


def compile_from_config(model: Any, config: dict, compile_is_custom: bool) -> None:
    """Compiles the model and makes the optimizer's variables, so that their values can be loaded."""
    if compile_is_custom:
        warnings.warn(
            "`compile()` was not called as part of model loading because the model's `compile()` method is custom. All "
            "subclassed Models that have `compile()` overridden should also override `get_compile_config()` and "
            "`compile_from_config(config)`. Alternatively, you can call `compile()` manually after loading.",
            stacklevel=2,
        )
        return
    arguments = deserialize_keras_object({key: value for key, value in config.items() if key in KEYS})
    model.compile(**arguments)
    if model.optimizer is not None and model.built:
        model.optimizer.build(model.trainable_variables)
