"""Fusing: elementwise calls of one shape become one loop, which reads and writes each array once.

A call may join an earlier group when everything it reads exists by then, and everything it overwrites
has been read by then. Values that only the group itself uses never reach memory.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence

from kerasnb.backend.autodiff.recording import Record
from kerasnb.backend.compile import codegen
from kerasnb.backend.compile.codegen import Chain, Stage
from kerasnb.backend.tensor import device
from kerasnb.backend.tensor.tensor import Tensor

MAX_STAGES = 32
MAX_ARRAYS = 24


class FusedOp:
    """A group of elementwise calls as one operation of a plan."""

    view = False
    vjp = None

    def __init__(
        self, name: str, stages: tuple, operands: tuple, outputs: tuple, mutates: int, parts: list, places: list
    ) -> None:  # fmt: skip
        self.name, self.stages, self.operands, self.outputs = name, stages, operands, outputs
        self.mutates, self.parts, self.places = mutates, parts, places  # names of the calls, and of their layers

    def prepare(self, ins: Sequence, outs: Sequence, attrs: dict) -> list[tuple]:
        """The one call; `ins` are the written variables, then the operands."""
        targets = list(ins[: self.mutates]) + (list(outs) if attrs["outs"] else [])
        arrays = list(ins[self.mutates :])
        extents, patterns = codegen.merge_axes(targets[0].shape, [a.shape for a in arrays])
        if 0 in targets[0].shape:
            return []
        chain = Chain(self.stages, tuple(zip(self.operands, patterns, strict=True)), self.outputs, self.name)
        return codegen.calls(chain, extents, [*arrays, *targets], device.current())


class _Group:
    """Elementwise calls of one shape, at one place of the plan."""

    def __init__(self, shape, position) -> None:
        self.shape, self.position = shape, position
        self.records: list[Record] = []


def _shape(record) -> tuple:
    return record.outs[0].shape if record.outs else record.ins[0].shape


def _fusable(record) -> bool:
    if getattr(record.op, "elementwise", None) is None:
        return False
    types = [t.dtype for t in (*record.ins, *record.outs)]
    return (device.current() == "cuda" and "bfloat16" not in types) or all(map(codegen.on_cpu, types))


class _Placement:
    """Where calls go, and what may move where."""

    def __init__(self) -> None:
        self.items: list[_Group | _Single] = []
        self.computed: dict[int, int] = {}  # the place of the call that computes a tensor
        self.written: dict[int, int] = {}
        self.read: dict[int, int] = {}

    def group_for(self, record: Record) -> _Group:
        """The earliest safe group among the latest ones of this shape, or a new one."""
        earliest = self._earliest(record)
        for item in reversed(self.items):
            if item.position < earliest:
                break
            if isinstance(item, _Group) and item.shape == _shape(record) and len(item.records) < MAX_STAGES:
                if _arrays(item.records, record) <= MAX_ARRAYS:
                    return item
        return self._append(_Group(_shape(record), len(self.items)))

    def alone(self, record: Record) -> _Single:
        """A place for a call that cannot be fused."""
        return self._append(_Single(record, len(self.items)))

    def _append(self, item):
        self.items.append(item)
        return item

    def _earliest(self, record) -> int:
        places = [0]
        for tensor in record.ins[record.op.mutates :]:
            places.append(self.computed.get(id(tensor), 0))
            if tensor.owner is not None:
                places.append(self.written.get(id(tensor.owner), 0))
        for variable in record.ins[: record.op.mutates]:
            places += [self.written.get(id(variable), 0), self.read.get(id(variable), 0)]
        return max(places)

    def note(self, record: Record, position: int) -> None:
        """Notes what a call at a place reads, writes and computes."""
        for tensor in record.ins[record.op.mutates :]:
            if tensor.owner is not None:
                key = id(tensor.owner)
                self.read[key] = max(position, self.read.get(key, 0))
        for variable in record.ins[: record.op.mutates]:
            self.written[id(variable)] = self.read[id(variable)] = position
        for tensor in record.outs:
            self.computed[id(tensor)] = position


class _Single:
    def __init__(self, record, position) -> None:
        self.records, self.position = [record], position


def _arrays(records, extra) -> int:
    return len({id(t) for r in (*records, extra) for t in (*r.ins, *r.outs)})


def fused(records: Iterable[Record], needed: set[int]) -> list[Record]:
    """The records with groups of elementwise calls replaced by fused ones.

    Args:
        records: List of records, in order.
        needed: Ids of tensors whose values are needed after the step.
    """
    placement = _Placement()
    for record in records:
        item = placement.group_for(record) if _fusable(record) else placement.alone(record)
        if isinstance(item, _Group):
            item.records.append(record)
        placement.note(record, item.position)
    readers = _readers(placement.items)
    return [_emit(item, readers, needed) for item in placement.items]


def _readers(items) -> dict:
    """The places of the plan that read a tensor, by its id."""
    readers: dict = {}
    for item in items:
        for record in item.records:
            for tensor in record.ins:
                readers.setdefault(id(tensor), set()).add(item.position)
    return readers


def _emit(item, readers, needed) -> Record:
    if len(item.records) == 1:
        return item.records[0]
    results = {id(t) for record in item.records for t in record.outs}
    return _fused_record(item, {t for t in results if t in needed or readers.get(t, set()) - {item.position}})


class _Names:
    """The names of values inside a chain."""

    def __init__(self) -> None:
        self.operands: list[str] = []
        self.names: dict[int, str] = {}
        self.tensors: list[Tensor] = []
        self.assigned: dict[int, str] = {}

    def of(self, tensor: Tensor) -> str:
        """The name of a value that a stage takes; what the group does not compute is loaded."""
        owner = getattr(tensor, "owner", None)
        if owner is not None and id(owner) in self.assigned:
            return self.assigned[id(owner)]
        if id(tensor) not in self.names:
            name = f"x{len(self.operands)}"
            self.operands.append(name)
            self.tensors.append(tensor)
            self.names[id(tensor)] = name
        return self.names[id(tensor)]


def attributes(function: Callable, attrs: dict, inputs: int) -> tuple:
    """The attributes that a scalar function takes after its inputs."""
    code = getattr(function, "py_func", function).__code__
    return tuple(attrs[name] for name in code.co_varnames[inputs : code.co_argcount])


def _fused_record(group, needed: set) -> Record:
    names, stages, outs, writes = _Names(), [], [], {}
    for number, record in enumerate(group.records):
        values = record.ins[record.op.mutates :]
        takes = tuple(names.of(t) for t in values)
        gives = f"v{number}"
        target = record.outs[0] if record.outs else record.ins[0]
        attrs = attributes(record.op.elementwise, record.attrs, len(values))
        stages.append(Stage(record.op.elementwise, takes, gives, target.dtype, values[-1].dtype, attrs))
        if isinstance(target, Tensor):
            names.names[id(target)] = gives
            if id(target) in needed:
                outs.append((target, gives))
        else:
            writes[id(target)] = (target, gives)
            names.assigned[id(target)] = gives
    written = list(writes.values())
    outputs = tuple(g for _, g in (*written, *outs))
    parts, places = [r.op.name for r in group.records], [r.where for r in group.records]
    op = FusedOp(_name(parts), tuple(stages), tuple(names.operands), outputs, len(written), parts, places)
    ins = (*(v for v, _ in written), *names.tensors)
    where = group.records[-1].where
    return Record(op, ins, {"outs": len(outs)}, tuple(t for t, _ in outs), where=where)


def _name(parts: list) -> str:
    shown = [p for p in parts if p not in ("broadcast", "cast", "assign")] or parts
    return "fused_" + "_".join(dict.fromkeys(shown[:4]))
