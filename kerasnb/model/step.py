"""A step of a model: recorded once for each batch shape, then replayed; or run eagerly."""

from __future__ import annotations

import warnings

import numpy as np

from kerasnb import tree
from kerasnb.backend import device
from kerasnb.backend.plan import Plan, engine_lock
from kerasnb.backend.tape import Recording
from kerasnb.backend.tensor import Tensor, TracedValueError, from_host, to_tensor
from kerasnb.kernels.identity import copy


class Recorded:
    """One step for one batch shape."""

    def __init__(self, function, batch):
        with Recording() as recording:
            slots = [Tensor(None, shape, dtype) for shape, dtype in batch.signature()]
            self.outputs = function(tree.pack_sequence_as(batch.structure(), slots))
        self.leaves = [to_tensor(leaf) for leaf in tree.flatten(self.outputs)]
        self.plan = Plan(recording, slots, self.leaves, copy)
        self.host = device.runtime()
        self.staging = [np.empty(s, d) for s, d in batch.signature()] if device.current() == "cuda" else None

    def run(self, batch) -> list:
        """Fills the inputs, replays, and returns copies of the outputs, safe from what other threads run next."""
        with engine_lock:
            if self.staging is None:
                batch.into(self.plan.inputs)
                self.plan.replay()
                return [o.copy() for o in self.plan.outputs]
            batch.into(self.staging)
            for array, value in zip(self.plan.inputs, self.staging, strict=True):
                self.host.copy_into(array, value)
            self.plan.replay()
            return [self.host.to_host(o) for o in self.plan.outputs]


class Step:
    """`train_step`, `test_step` or `predict_step` of a model, for batches of any shape.

    Args:
        function: Takes the parts of a batch as tensors, returns a structure of tensors.
        eager: Boolean, whether to run it anew for each batch.
    """

    def __init__(self, function, eager: bool = False):
        self.function, self.eager = function, eager
        self.recorded: dict = {}
        self.structure = None

    def run(self, batch) -> list:
        """Runs the step on a batch and returns its output arrays, flat; `structure` tells their names."""
        if self.eager:
            return self._run_eagerly(batch)
        key = batch.signature(), batch.layout()
        found = self.recorded.get(key)
        if found is None:
            found = self._record(batch)
            if found is None:
                return self._run_eagerly(batch)
            self.recorded[key] = found
        self.structure = found.outputs
        return found.run(batch)

    def _record(self, batch):
        try:
            return Recorded(self.function, batch)
        except TracedValueError as problem:
            warnings.warn(f"The step runs eagerly, which is slower: {problem}", stacklevel=2)
            self.eager = True
            return None

    def _run_eagerly(self, batch) -> list:
        arrays = [np.empty(shape, dtype) for shape, dtype in batch.signature()]
        batch.into(arrays)
        tensors = [from_host(a, d) for a, (_, d) in zip(arrays, batch.signature(), strict=True)]
        with engine_lock:
            self.structure = self.function(tree.pack_sequence_as(batch.structure(), tensors))
            return [np.asarray(o) if not isinstance(o, Tensor) else o.host() for o in tree.flatten(self.structure)]
