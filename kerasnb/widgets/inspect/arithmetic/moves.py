"""Layers that only move numbers: where a number comes from."""

from __future__ import annotations

import numpy as np

from kerasnb import ops, tree
from kerasnb.widgets.inspect.arithmetic.steps import Steps
from kerasnb.widgets.inspect.tap import Call, array

LARGEST = 2**24  # float32 counts exactly up to here


def moved(call: Call, sample: int, index: tuple[int, ...]) -> Steps:
    """Finds where a number comes from: the layer moves the numbers 1, 2, 3, ... instead of the data.

    Raises:
        ValueError: If there are too many numbers to count.
    """
    inputs = [call.input(sample, k) for k in range(len(call.inputs))]
    if sum(x.size for x in inputs) >= LARGEST:
        raise ValueError(f"{call.name} moves more than {LARGEST:,} numbers: its arithmetic is not shown")
    counted, start = [], 1
    for x in inputs:
        counted.append(np.arange(start, start + x.size, dtype=np.float32).reshape(1, *x.shape))
        start += x.size
    tensors = [ops.convert_to_tensor(c) for c in counted]
    layer = call.layer
    made = type(layer).call(layer, tensors if len(tensors) > 1 else tensors[0])
    where = int(array(tree.flatten(made)[0])[0][index])
    if where == 0:
        return Steps(0.0, [("padding", 0.0)], "", code="value = 0.0")
    return _from(inputs, where - 1)


def _from(inputs: list[np.ndarray], flat: int) -> Steps:
    source = 0
    while flat >= inputs[source].size:
        flat -= inputs[source].size
        source += 1
    at = tuple(int(i) for i in np.unravel_index(flat, inputs[source].shape))
    value = float(inputs[source][at])
    words = f"input {source + 1}" if len(inputs) > 1 else "input"
    place = ", ".join(map(str, at))
    return Steps(
        value, [(f"{words} at ({place})", value)], "", origin=[(i, i) for i in at], source=source,
        code=f"value = {value!r}",
    )  # fmt: skip


def unchanged(call: Call, sample: int, index: tuple[int, ...]) -> Steps:
    """Dropout, noise and masking of samples: the same number, since this is no training."""
    value = float(call.input(sample)[index])
    return Steps(value, [("input, unchanged when the model predicts", value)], "", origin=[(i, i) for i in index],
                 code=f"value = {value!r}")  # fmt: skip
