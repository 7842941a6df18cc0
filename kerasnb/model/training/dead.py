"""Dead units: those of layers with ReLU that give 0 for every sample, and so no longer learn."""

from __future__ import annotations

from typing import Any

import numpy as np

from kerasnb import activations
from kerasnb.backend.autodiff import recording
from kerasnb.backend.autodiff.recording import Record
from kerasnb.backend.plan.plan import engine_lock
from kerasnb.layers import ReLU
from kerasnb.model.data.iterators import ArrayBatches, as_tensors


class _Outputs:
    """The last result of each layer in a call."""

    def __init__(self) -> None:
        self.of: dict[str, Any] = {}

    def append(self, record: Record) -> None:
        """Keeps a result, under the name of the layer that computes it."""
        if record.outs:
            self.of[recording.where().rpartition("/")[2]] = record.outs[0]


def dead_units(model: Any, training: Any) -> dict[str, tuple[int, int]]:
    """Counts the units that give 0 for all samples of the first batch.

    Args:
        model: The model.
        training: The batches that it was trained on.

    Returns:
        Dict of the names of layers with ReLU to the numbers of their dead units and of all; empty where the data is not
        in memory, or where a call may change something.
    """
    listed = model._flatten_layers()
    layers = {layer.name for layer in listed if _is_relu(layer)}
    if not layers or not isinstance(training, ArrayBatches) or not all(map(may_be_called, listed)):
        return {}
    outputs = _outputs(model, training)
    return {name: _count(outputs[name].numpy()) for name in outputs if name in layers}


def may_be_called(layer: Any) -> bool:
    """Whether a call changes nothing. A person's own code may do anything, and stateful layers go on."""
    return type(layer).__module__.startswith("kerasnb.") and not getattr(layer, "stateful", False)


def _is_relu(layer: Any) -> bool:
    return isinstance(layer, ReLU) or getattr(layer, "activation", None) is activations.relu


def _outputs(model: Any, training: ArrayBatches) -> dict[str, Any]:
    x = as_tensors(training.batch(0, None))[0]
    outputs = _Outputs()
    recording.open_tape(outputs)
    try:
        with engine_lock:
            model(x, training=False)
    finally:
        recording.close_tape(outputs)
    return outputs.of


def _count(values: np.ndarray) -> tuple[int, int]:
    alive = np.any(values.reshape(-1, values.shape[-1]) > 0, axis=0)
    return int(alive.size - np.count_nonzero(alive)), int(alive.size)
