"""A step of a model: recorded once for each batch shape, then replayed; or run eagerly."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np

from kerasnb import tree
from kerasnb.backend.autodiff.recording import Recording
from kerasnb.backend.plan.alike import Alike
from kerasnb.backend.plan.buffers import Pool
from kerasnb.backend.plan.plan import Plan, engine_lock
from kerasnb.backend.tensor import device
from kerasnb.backend.tensor.tensor import Tensor, TracedValueError, to_tensor
from kerasnb.backend.tensor.variable import Variable
from kerasnb.backend.warn import warn_user
from kerasnb.kernels.identity import copy
from kerasnb.model.data.iterators import Batch, as_tensors

MOST = 256  # recorded shapes of one step: a small step costs about 0.1 MB beside the memory that plans share
MOST_CALLS = 16_384  # calls in all of them, each about 4 kB
FEWEST = 8  # as many are kept whatever they cost

_CHANGING = (
    "The step runs eagerly, which is slower: its calls differed between its first batches, because its code "
    "depends on Python objects that change from one batch to the next. Keep such state in variables."
)


class Outcome(NamedTuple):
    """The results of a step for one batch: its arrays, flat, and the structure they belong in."""

    structure: Any
    arrays: list

    def packed(self) -> Any:
        """The arrays in their structure."""
        return tree.pack_sequence_as(self.structure, self.arrays)


class Trace:
    """The calls that a step makes for one batch shape."""

    def __init__(self, function: Callable, batch: Batch) -> None:
        with Recording() as self.recording:
            self.slots = [Tensor(None, shape, dtype) for shape, dtype in batch.signature()]
            self.outputs = function(tree.pack_sequence_as(batch.structure(), self.slots))
            self.leaves = [to_tensor(_read(leaf)) for leaf in tree.flatten(self.outputs)]

    def same(self, other: Trace) -> bool:
        """Whether another trace holds the same calls."""
        if len(self.leaves) != len(other.leaves):
            return False
        alike = Alike(self.recording, other.recording)
        return alike.same((self.slots, other.slots), (self.leaves, other.leaves))


class Recorded:
    """One step for one batch shape.

    Args:
        trace: The `Trace` that is replayed.
        batch: A batch of this shape.
        pool: The `Pool` of the model's plans.
        changed: Whether an earlier trace of this shape had other calls.
        settled: Whether it may be replayed without another comparison.
    """

    def __init__(self, trace: Trace, batch: Batch, pool: Pool, changed: bool, settled: bool) -> None:
        self.trace, self.changed, self.settled = trace, changed, settled
        self.plan = Plan(trace.recording, trace.slots, trace.leaves, copy, pool=pool)
        self.host = device.runtime()
        self.staging = [np.empty(s, d) for s, d in batch.signature()] if device.current() == "cuda" else None

    def run(self, batch: Batch) -> Outcome:
        """Fills the inputs, replays, and returns copies of the outputs, which other threads do not overwrite."""
        with engine_lock:
            return Outcome(self.trace.outputs, self._arrays(batch))

    def _arrays(self, batch: Batch) -> list:
        if self.staging is None:
            batch.into(self.plan.inputs)
            self.plan.replay()
            return [o.copy() for o in self.plan.outputs]
        batch.into(self.staging)
        for array, value in zip(self.plan.inputs, self.staging, strict=True):
            self.host.copy_into(array, value)
        self.plan.replay()
        return [self.host.to_host(o) for o in self.plan.outputs]


class Recent:
    """The recorded steps of the batch shapes that were used last."""

    def __init__(self) -> None:
        self.steps: OrderedDict[tuple, Recorded] = OrderedDict()

    def __len__(self) -> int:
        return len(self.steps)

    def get(self, key: tuple) -> Recorded | None:
        """The step for a shape, or None."""
        with engine_lock:
            if key in self.steps:
                self.steps.move_to_end(key)
            return self.steps.get(key)

    def put(self, key: tuple, recorded: Recorded) -> None:
        """Keeps a step, and drops the least recently used ones where there are too many."""
        with engine_lock:
            self.steps[key] = recorded
            self.steps.move_to_end(key)
            calls = sum(len(step.plan.records) for step in self.steps.values())
            while len(self.steps) > FEWEST and (len(self.steps) > MOST or calls > MOST_CALLS):
                calls -= len(self.steps.popitem(last=False)[1].plan.records)


class Step:
    """`train_step`, `test_step` or `predict_step` of a model, for batches of any shape.

    The second batch of the first shape is recorded again and compared: calls that were made only once, or depend on the
    state of Python objects, must not be repeated.

    Args:
        function: Called with the parts of a batch as tensors; returns a structure of tensors.
        eager: Boolean, whether to call it for each batch.
        pool: The `Pool` of memory that the plans share.
    """

    def __init__(self, function: Callable, eager: bool = False, pool: Pool | None = None) -> None:
        self.function, self.eager, self.pool = function, eager, pool or Pool()
        self.recorded = Recent()
        self.steady = False  # whether two consecutive batches made the same calls
        self.latest: tuple = (None, None)  # the shape of the last batch, and its step: most batches are alike

    def run(self, batch: Batch) -> Outcome:
        """Runs the step on a batch."""
        if self.eager:
            return self._run_eagerly(batch)
        key = batch.signature(), batch.layout()
        latest_key, recorded = self.latest
        if key == latest_key:
            return recorded.run(batch)
        recorded = self.recorded.get(key)
        if recorded is None or not recorded.settled:
            recorded = self._compared(recorded, batch)
            if recorded is None:
                return self._run_eagerly(batch)
            self.recorded.put(key, recorded)
        if recorded.settled:
            self.latest = key, recorded
        return recorded.run(batch)

    def _compared(self, earlier: Recorded | None, batch: Batch) -> Recorded | None:
        """The step to replay: the earlier one if a new trace has the same calls; None where they cannot be recorded."""
        try:
            with engine_lock:  # layers keep losses of a call: one at a time
                trace = Trace(self.function, batch)
        except TracedValueError as problem:
            warn_user(f"The step runs eagerly, which is slower: {problem}")
            self.eager = True
            return None
        if earlier is not None and earlier.trace.same(trace):
            earlier.settled = self.steady = True
            return earlier
        if earlier is not None and earlier.changed:
            warn_user(_CHANGING)
            self.eager = True  # from the next batch on: this one's code has run
        return Recorded(trace, batch, self.pool, earlier is not None, self.steady)

    def _run_eagerly(self, batch: Batch) -> Outcome:
        data = as_tensors(batch)
        with engine_lock:
            structure = self.function(data)
            return Outcome(structure, [_on_host(_read(o)) for o in tree.flatten(structure)])


def _read(result: Any) -> Any:
    """A result of a step; a variable, such as a metric may return, is read."""
    return result.value if isinstance(result, Variable) else result


def _on_host(value: Any) -> np.ndarray:
    if not isinstance(value, Tensor):
        return np.asarray(value)
    return value.numpy() if value.owner is not None else value.host()  # a variable's buffer will change
