"""Whether two recordings of a step hold the same calls.

Code that runs only once, or that depends on what Python objects remember, records other calls the second time: then the
first recording must not be replayed.
"""

from __future__ import annotations

import numpy as np

from kerasnb.backend.autodiff.recording import Recording
from kerasnb.backend.plan.subgraph import Region, Rule
from kerasnb.backend.tensor import device
from kerasnb.backend.tensor.tensor import Tensor
from kerasnb.backend.tensor.variable import Variable


class Alike:
    """Compares two recordings, call by call.

    Args:
        first: A `Recording`.
        second: A `Recording` of the same function for inputs of the same shapes.
    """

    def __init__(self, first: Recording, second: Recording) -> None:
        self.reads = first.reads, second.reads
        self.records = first.records, second.records
        self.pairs: dict = {}

    def same(self, inputs: tuple, outputs: tuple) -> bool:
        """Whether the calls are the same.

        Args:
            inputs: Pair of lists of the tensors that stand for the inputs.
            outputs: Pair of lists of the tensors that are returned.
        """
        self._pair(*inputs)
        return self._same_records(*self.records) and self._same_values(*outputs)

    def _pair(self, some, others) -> None:
        self.pairs.update((id(a), b) for a, b in zip(some, others, strict=True))

    def _same_records(self, some, others) -> bool:
        return len(some) == len(others) and all(map(self._same_record, some, others))

    def _same_record(self, a, b) -> bool:
        if a.op is not b.op or [t.shape for t in a.outs] != [t.shape for t in b.outs]:
            return False
        if not (self._same_values(a.ins, b.ins) and self._same_values(a.attrs, b.attrs)):
            return False
        self._pair(a.outs, b.outs)
        return True

    def _same_values(self, a, b) -> bool:
        """Whether arguments are the same: tensors by where they come from, all else by value."""
        if isinstance(a, dict) and isinstance(b, dict):
            return a.keys() == b.keys() and all(self._same_values(a[k], b[k]) for k in a)
        if isinstance(a, (list, tuple)) and isinstance(b, (list, tuple)):
            return len(a) == len(b) and all(map(self._same_values, a, b))
        if isinstance(a, Variable) or isinstance(b, Variable):
            return a is b
        if isinstance(a, Tensor) and isinstance(b, Tensor):
            return self._same_tensors(a, b)
        if isinstance(a, Region) and isinstance(b, Region):
            self._pair(a.inputs, b.inputs)
            return self._same_records(a.records, b.records) and self._same_values(a.outputs, b.outputs)
        return type(a) is type(b) and (isinstance(a, Rule) or _equal(a, b))

    def _same_tensors(self, a, b) -> bool:
        if id(a) in self.pairs:
            return self.pairs[id(a)] is b
        read, other = self.reads[0].get(id(a)), self.reads[1].get(id(b))
        if read is not None and other is not None:
            return read[1] is other[1] and read[2] == other[2]
        if a is b:
            return True
        if a.data is None or b.data is None or (a.shape, a.dtype) != (b.shape, b.dtype):
            return False
        host = device.runtime().to_host
        return np.asarray(host(a.data)).tobytes() == np.asarray(host(b.data)).tobytes()


def _equal(a, b) -> bool:
    if isinstance(a, np.ndarray):
        return a.dtype == b.dtype and a.shape == b.shape and a.tobytes() == b.tobytes()
    if type(a).__eq__ is object.__eq__:
        return True  # an object that cannot be compared: the same code created it anew
    return bool(a == b) or bool(a != a and b != b)
