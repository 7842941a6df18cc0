"""Runs that can be repeated: one call that seeds everything, and a short name for what came out."""

from __future__ import annotations

import hashlib
from typing import Any

from kerasnb.utils import set_random_seed


def seed(number: int = 0) -> None:
    """Seeds all random numbers: weights, order of the samples, dropout, NumPy's and Python's own.

    The same cells then give the same weights, to the last bit, in each run and on any number of threads.

    Args:
        number: Integer, the seed. Defaults to `0`.

    Raises:
        ValueError: If it is not an integer from 0 to 4,294,967,295.

    Example:

    >>> import kerasnb.widgets as kw
    >>> kw.seed(0)
    >>> first = kw.run_hash(keras.Sequential([keras.Input((4,)), keras.layers.Dense(3)]))
    >>> kw.seed(0)
    >>> first == kw.run_hash(keras.Sequential([keras.Input((4,)), keras.layers.Dense(3)]))
    True
    """
    if isinstance(number, bool) or not isinstance(number, int) or not 0 <= number < 2**32:
        raise ValueError(f"Argument `number` must be an integer from 0 to 4,294,967,295. Received: number={number!r}")
    set_random_seed(number)


def run_hash(model: Any) -> str:
    """Names the weights of a model in twelve characters: two runs with the same name have equal bits.

    Shapes, types and all bits count; names of layers, and how the model got there, do not.

    Args:
        model: Model or layer, built.

    Returns:
        A string of twelve hexadecimal digits.

    Raises:
        ValueError: If the model has no weights yet.

    Example:

    >>> import kerasnb.widgets as kw
    >>> model = keras.Sequential([keras.Input((2,)), keras.layers.Dense(1, kernel_initializer="ones")])
    >>> kw.run_hash(model)
    'a9030e7d5c2f'
    """
    weights = [variable.numpy() for variable in getattr(model, "weights", ())]
    if not weights:
        raise ValueError(f"Argument `model` has no weights yet: build it or call it. Received: model={model!r}")
    digest = hashlib.sha256()
    for value in weights:
        digest.update(f"{value.shape}{value.dtype}".encode())
        digest.update(value.tobytes())
    return digest.hexdigest()[:12]
