"""Trying things on a model and putting everything back: weights, optimizer, metrics and random numbers, to the bit."""

from __future__ import annotations

import contextlib
import random
from collections.abc import Iterator
from typing import Any

import numpy as np

from kerasnb.backend.tensor import seed as backend_seed
from kerasnb.random import seed_generator as seeds

ATTRIBUTES = ("history", "run", "stop_training", "_steps", "train_function", "test_function", "predict_function")


def built(model: Any, x: Any) -> None:
    """Builds what `fit` would build: the weights, and the slots of the optimizer."""
    if not model.built:
        model.predict_on_batch(x)
    if not model.optimizer.built:
        model.optimizer.build(model.trainable_variables)


@contextlib.contextmanager
def unchanged(model: Any) -> Iterator[None]:
    """Context manager after which a built, compiled model, and all random numbers, are what they were before.

    Args:
        model: Model whose weights and optimizer are built.
    """
    variables = _variables(model)
    values = [variable.numpy().copy() for variable in variables]
    attributes = {name: vars(model)[name] for name in ATTRIBUTES if name in vars(model)}
    model._steps = dict(vars(model).get("_steps", {}))
    numbers = _random_state()
    try:
        yield
    finally:
        model.reset_metrics()  # those that came into being meanwhile; the values of the others follow
        for variable, value in zip(variables, values, strict=True):
            variable.assign(value)
        for name in set(ATTRIBUTES) & set(vars(model)):
            if name in attributes:
                setattr(model, name, attributes[name])
            else:
                delattr(model, name)
        _restore_random(numbers)


def _variables(model: Any) -> list:
    every = [*model.variables, *model.optimizer.variables, *model.metrics_variables]
    return list({id(variable): variable for variable in every}.values())


def _random_state() -> tuple:
    generator = seeds._Global.generator
    drawn = None if generator is None else generator.state.numpy().copy()
    return random.getstate(), np.random.get_state(), backend_seed._generator.getstate(), generator, drawn


def _restore_random(state: tuple) -> None:
    python, numpy, fresh, generator, drawn = state
    random.setstate(python)
    np.random.set_state(numpy)
    backend_seed._generator.setstate(fresh)
    seeds._Global.generator = generator
    if generator is not None:
        generator.state.assign(drawn)
