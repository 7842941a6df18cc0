"""Plan: a recorded step turned into calls with fixed buffers, which are then only replayed.

`Plan` takes the records of a `Recording` and, once:
1. drops calls whose results nobody uses,
2. keeps old values of variables that are read after they were written,
3. folds elementwise calls into the ones before them (backend/plan/folding.py), and fuses those of one shape
   (backend/plan/fusion.py),
4. gives every intermediate a buffer, reusing buffers whose value is no longer needed,
5. prepares and compiles the calls, and makes concurrent groups of neighbours that need nothing of each other
   (backend/plan/schedule.py).
`replay()` then makes these calls: no tape, no allocation, no Python between compiled ones
(backend/runtime/program.py).
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any

from kerasnb.backend.autodiff.recording import Record, Recording
from kerasnb.backend.compile import jit
from kerasnb.backend.compile.workers import compilers
from kerasnb.backend.plan import folding, fusion
from kerasnb.backend.plan.buffers import Pool, leasing
from kerasnb.backend.plan.schedule import Job, concurrent_groups
from kerasnb.backend.runtime.forks import forks
from kerasnb.backend.runtime.program import Program, callable_natively, is_native
from kerasnb.backend.tensor import device, dtypes
from kerasnb.backend.tensor.tensor import Tensor, size_of
from kerasnb.backend.tensor.variable import Variable

# One step at a time: a background fit and a predict share kernels and buffers.
engine_lock = forks.guard(threading.RLock())


class Plan:
    """A step that can be replayed.

    Args:
        recording: The `Recording` of the step.
        inputs: List of Tensors that stood for the step's inputs; their arrays are filled before a replay.
        outputs: List of Tensors whose values are needed after a replay.
        copy: The operation `copy(tensor) -> tensor`, for values that a write would lose.
        arrays: Dict of arrays by tensor id, for values that live outside of the plan.
        pool: `Pool` of the plans that never run at the same time as this one.
    """

    def __init__(
        self,
        recording: Recording,
        inputs: list[Tensor],
        outputs: list[Tensor],
        copy: Callable,
        arrays: dict | None = None,
        pool: Pool | None = None,
    ) -> None:
        records, outputs = _with_snapshots(_used(recording.records, outputs), recording, copy, outputs)
        if device.current() != "numpy":
            needed = {id(t) for t in outputs}
            records = fusion.fused(folding.folded(records, needed), needed)
        self.records = records
        self.written = list({id(v): v for r in records for v in r.ins[: r.op.mutates]}.values())
        with engine_lock, leasing(pool or Pool()) as self.lease:
            self.buffers = _Buffers(recording, records, inputs, outputs, arrays, self.lease)
            self.inputs = [self.buffers.array(t) for t in inputs]
            self.outputs = [self.buffers.array(t) for t in outputs]
            self.jobs = [self._job(r) for r in records]
        self.calls = [c for job in self.jobs for c in job.calls]
        on_cpu = device.current() == "cpu"
        self.compiled = jit.compile_calls(self.calls, callable_natively, compilers.share) if on_cpu else 0
        self.program = Program(concurrent_groups(self.jobs, is_native) if on_cpu else self.calls)

    def _job(self, record) -> Job:
        array = self.buffers.array
        ins = [array(t) for t in record.ins]
        outs = [array(t) for t in record.outs] or ins[: record.op.mutates]
        empty = record.op.view and self.buffers.aliased(record)
        return Job([] if empty else record.op.prepare(ins, outs, record.attrs), ins, outs)

    def replay(self) -> None:
        """Runs the step once."""
        with engine_lock:
            for variable in self.written:
                variable.release()  # tensors that somebody took of it keep their numbers
            self.program()

    def describe(self) -> list[str]:
        """One line for each call, in order."""
        return [repr(record) for record in self.records]

    @property
    def bytes(self) -> int:
        """Bytes of the buffers of intermediates."""
        return self.buffers.bytes


# --- which calls are needed ------------------------------------------------------------------------


def _used(records, outputs) -> list:
    """The records that an output or a variable depends on."""
    needed = {id(t) for t in outputs}
    used = []
    for record in reversed(records):
        if record.op.mutates or any(id(t) in needed for t in record.outs):
            needed.update(id(t) for t in record.ins)
            used.append(record)
    return used[::-1]


def _with_snapshots(records, recording, copy, outputs) -> tuple[list, list]:
    """Copies a variable's value before it is overwritten, where it is read once more afterwards, or returned."""
    reads = recording.reads
    version: dict[int, int] = {}
    late: dict[int, dict] = {}
    written_at: dict[tuple, int] = {}

    def note(tensor):
        _, variable, seen = reads.get(id(tensor), (None, None, None))
        if variable is not None and version.get(id(variable), 0) > seen:
            late.setdefault(written_at[id(variable), seen], {})[id(tensor)] = tensor

    for position, record in enumerate(records):
        for tensor in record.ins[record.op.mutates :]:
            note(tensor)
        for variable in record.ins[: record.op.mutates]:
            written_at[id(variable), version.get(id(variable), 0)] = position
            version[id(variable)] = version.get(id(variable), 0) + 1
    for tensor in outputs:
        note(tensor)
    return _rewritten(records, late, copy, outputs) if late else (records, outputs)


def _rewritten(records, late, copy, outputs) -> tuple[list, list]:
    out, instead = [], {}
    for position, record in enumerate(records):
        for tensor in late.get(position, {}).values():
            kept = Tensor(None, tensor.shape, tensor.dtype)
            out.append(Record(copy, (tensor,), {}, (kept,), where=record.where))
            instead[id(tensor)] = kept
        ins = tuple(instead.get(id(t), t) for t in record.ins)
        out.append(Record(record.op, ins, record.attrs, record.outs, where=record.where))
    return out, [instead.get(id(t), t) for t in outputs]


# --- where values live -----------------------------------------------------------------------------


class _Buffers:
    """The array of every tensor of a plan."""

    def __init__(self, recording, records, inputs, outputs, arrays, lease) -> None:
        self.runtime, self.lease = device.runtime(), lease
        self.reads = recording.reads
        self.arrays, self.bytes = dict(arrays or {}), 0
        self.views: set[int] = set()
        self.inputs = {id(t) for t in inputs}
        self.keep = (recording, records)  # ids stay valid as long as the tensors live
        for tensor in inputs:
            if id(tensor) not in self.arrays:
                self._own(tensor)
        self._assign(records, outputs)

    def array(self, tensor: Tensor | Variable) -> Any:
        """The array of a tensor or variable."""
        array = self.arrays.get(id(tensor))
        if array is not None:
            return array
        if id(tensor) in self.reads:
            return self.reads[id(tensor)][1].data
        return tensor.data if tensor.data is not None else self._own(tensor)

    def aliased(self, record: Record) -> bool:
        """Whether the output of a view shares the memory of its input."""
        return id(record.outs[0]) in self.views

    def _own(self, tensor):
        array = self._empty(tensor.shape, tensor.dtype)
        self.arrays[id(tensor)] = array
        return array

    def _empty(self, shape, dtype):
        home = self.runtime if device.current() == "cuda" else self.lease
        array = home.empty(shape, dtypes.numpy_dtype(dtype))
        self.bytes += size_of(shape) * array.dtype.itemsize
        return array

    def _assign(self, records, outputs):
        last, root = _lifetimes(records, outputs, self._external)
        free: dict = {}
        for position, record in enumerate(records):
            for tensor in record.outs:
                if id(tensor) in self.arrays:
                    continue
                source = root.get(id(tensor))
                if source is not None:
                    self.arrays[id(tensor)] = self.runtime.reshape(self.array(record.ins[0]), tensor.shape)
                    self.views.add(id(tensor))
                    continue
                self._take(tensor, free)
            self._release(position, last, free)

    def _external(self, tensor) -> bool:
        """Whether a tensor has memory that this plan does not rule over: inputs stay as they are during a replay."""
        if id(tensor) in self.inputs:
            return False
        return id(tensor) in self.reads or tensor.data is not None or id(tensor) in self.arrays

    def _take(self, tensor, free):
        key = (size_of(tensor.shape), tensor.dtype)
        stock = free.get(key)
        if stock:
            self.arrays[id(tensor)] = self.runtime.reshape(stock.pop(), tensor.shape)
        else:
            self._own(tensor)

    def _release(self, position, last, free):
        for tensor in last.get(position, ()):
            key = (size_of(tensor.shape), tensor.dtype)
            free.setdefault(key, []).append(self.arrays[id(tensor)])


def _lifetimes(records, outputs, external) -> tuple[dict, dict]:
    """Which tensors are last used at which position, and the owner of the memory of each view."""
    root: dict[int, Tensor] = {}
    owner: dict[int, int] = {}
    end: dict[int, int] = {}
    tensors: dict[int, Tensor] = {}
    for position, record in enumerate(records):
        for tensor in (*record.ins[record.op.mutates :], *record.outs):
            base = owner.get(id(tensor), id(tensor))
            end[base] = position
        for tensor in record.outs:
            if record.op.view and not external(record.ins[0]):
                source = record.ins[0]
                owner[id(tensor)] = owner.get(id(source), id(source))
                root[id(tensor)] = source
                end[owner[id(tensor)]] = position
            else:
                tensors[id(tensor)] = tensor
                end[id(tensor)] = position
    for tensor in outputs:
        end[owner.get(id(tensor), id(tensor))] = len(records)
    last: dict = {}
    for key, tensor in tensors.items():
        last.setdefault(end[key], []).append(tensor)
    return last, root
