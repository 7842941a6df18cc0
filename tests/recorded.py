"""Recording a function and replaying it: what `fit` does with a step."""

from __future__ import annotations

import numpy as np

from kerasnb.backend.autodiff.recording import Recording
from kerasnb.backend.plan.plan import Plan
from kerasnb.backend.tensor.tensor import Tensor
from kerasnb.kernels.identity import copy


class Replayed:
    """A function of arrays, recorded once for their shapes.

    Args:
        function: Takes tensors, returns a list of tensors.
        *arrays: NumPy arrays of the shapes and dtypes it is recorded for.
    """

    def __init__(self, function, *arrays):
        with Recording() as recording:
            slots = [Tensor(None, a.shape, a.dtype.name) for a in arrays]
            outputs = function(*slots)
        self.plan = Plan(recording, slots, list(outputs), copy)

    def __call__(self, *arrays) -> list[np.ndarray]:
        for slot, array in zip(self.plan.inputs, arrays, strict=True):
            slot[...] = array
        self.plan.replay()
        return [np.array(o) for o in self.plan.outputs]
