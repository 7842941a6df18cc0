"""The data of a model's last `evaluate`, held weakly: a tool can show its mistakes, and no memory is kept for that."""

from __future__ import annotations

import weakref
from typing import Any

from kerasnb import tree

_last: weakref.WeakKeyDictionary[Any, Any] = weakref.WeakKeyDictionary()


def keep(model: Any, x: Any, y: Any) -> None:
    """Remembers what a model was evaluated on, as long as somebody else holds it.

    Args:
        model: The model.
        x: Its inputs.
        y: Its targets.
    """
    try:
        _last[model] = None if x is None or y is None else tree.map_structure(weakref.ref, (x, y))
    except TypeError:  # lists of numbers and the like cannot be held weakly
        _last[model] = None


def of(model: Any) -> tuple[Any, Any] | None:
    """The inputs and targets of the last `evaluate` of a model; None where there was none, or they are gone.

    Args:
        model: The model.

    Example:

    >>> from kerasnb.model.training import last_data
    >>> model = keras.Sequential([keras.Input((2,)), keras.layers.Dense(1)])
    >>> model.compile("sgd", "mse")
    >>> x, y = np.ones((4, 2)), np.ones((4, 1))
    >>> loss = model.evaluate(x, y, verbose=0)
    >>> last_data.of(model)[0] is x
    True
    """
    kept = _last.get(model)
    found = None if kept is None else tree.map_structure(lambda part: part(), kept)
    return None if found is None or any(part is None for part in tree.flatten(found)) else found
