"""A model of several inputs, all but one of which are held: it is asked like a model with one input."""

from __future__ import annotations

from typing import Any

import numpy as np

from kerasnb import ops
from kerasnb.widgets.inspect.samples import Samples
from kerasnb.widgets.kit.words import count


class Held:
    """Asks a model about one of its inputs; the others have the values of one sample.

    Args:
        model: A model.
        samples: `Samples` of one sample.
        place: Integer, which input is varied.
    """

    def __init__(self, model: Any, samples: Samples, place: int) -> None:
        self.model, self.samples, self.place = model, samples, place
        held = [name for i, name in enumerate(samples.names) if i != place]
        self.name = f"{model.name} · {samples.names[place]} varies, held: {', '.join(held)}"

    def __getattr__(self, name: str) -> Any:
        return getattr(self.model, name)

    def __call__(self, x: Any, training: bool = False) -> Any:
        """The outputs for values of the varied input."""
        held = [ops.convert_to_tensor(np.repeat(a, x.shape[0], 0)) for a in self.samples.arrays]
        return self.model(self.samples.like([*held[: self.place], x, *held[self.place + 1 :]]), training=training)


def place_of(samples: Samples, vary: Any) -> int:
    """Which input a name or a number means.

    Raises:
        ValueError: If the model has no such input.
    """
    inputs = count(len(samples.names), "input")
    if vary in samples.names:
        return samples.names.index(vary)
    if type(vary) is not int or not 0 <= vary < len(samples.names):
        raise ValueError(
            f"Argument `vary` must be the name or number of an input; the model has {inputs}: "
            f"{', '.join(samples.names)}. Received: {vary!r}"
        )
    return vary


def takes_ids(model: Any, place: int) -> bool:
    """Whether an input of a graph goes into a layer that looks up ids."""
    nodes = model.inputs[place]._keras_history.operation._outbound_nodes
    return any(type(node.operation).__name__ == "Embedding" for node in nodes)
