"""The tape: a plain list of calls, and what is done with it: gradients, and recording a step.

Everything that computes passes the one door (`Op.__call__`), which appends a `Record` to every
open tape of its thread. `GradientTape` walks its list backwards; `Recording` is handed to a plan.
"""

from __future__ import annotations

import contextlib
import functools
import threading

from kerasnb.backend.late_bound import Gradients
from kerasnb.backend.tensor.tensor import Tensor


class Record:
    """One call of an operation.

    Args:
        op: The `Op`.
        ins: Tuple of its inputs: Tensors, and Variables where the op writes into them.
        attrs: Dict of its static arguments.
        outs: Tuple of Tensors that came out.
    """

    __slots__ = ("attrs", "ins", "needs", "op", "outs")

    def __init__(self, op, ins, attrs, outs, needs=()) -> None:
        self.op, self.ins, self.attrs, self.outs, self.needs = op, ins, attrs, outs, needs

    def __repr__(self) -> str:
        shapes = ", ".join(str(t.shape) for t in self.ins)
        return f"{self.op.name}({shapes}) -> {', '.join(str(t.shape) for t in self.outs)}"


class _Local(threading.local):
    def __init__(self) -> None:
        self.tapes = []
        self.recording = None


_local = _Local()


def tapes() -> list:
    """The open tapes of this thread, innermost last."""
    return _local.tapes


def recording():
    """The recording of this thread, or None when operations run at once."""
    return _local.recording


class Recording:
    """Operations only note what would be computed, as long as it is open.

    Example of use: `with Recording() as rec: step(x, y)`, then `plan.Plan(rec.records, ...)`.
    """

    values_known = False  # whether variables may be read while it is open

    def __init__(self) -> None:
        self.records = []
        self.versions = {}
        self.aliases = {}
        self.reads = {}

    def __enter__(self):
        self.outer = _local.recording, _local.tapes
        _local.recording, _local.tapes = self, [self]
        return self

    def __exit__(self, *_):
        _local.recording, _local.tapes = self.outer

    def append(self, record) -> None:
        self.records.append(record)

    def read(self, variable) -> Tensor:
        """The tensor that stands for the variable's value at this point of the step."""
        key = (id(variable), self.versions.get(id(variable), 0))
        if key not in self.aliases:
            alias = Tensor(None, variable.shape, variable.dtype)
            alias.owner = alias.source = variable
            self.aliases[key] = alias
            self.reads[id(alias)] = (alias, variable, key[1])
        return self.aliases[key]

    def written(self, variable) -> None:
        """Notes that the variable's value changes here: later reads are another value."""
        self.versions[id(variable)] = self.versions.get(id(variable), 0) + 1


class ShapesOnly(Recording):
    """A recording that nobody replays: only shapes and dtypes are asked for, and no variable changes."""

    values_known = True

    def append(self, record) -> None:
        pass

    def read(self, variable) -> Tensor:
        """The variable's value, which stays as it is."""
        alias = Tensor(variable.data, variable.shape, variable.dtype)
        alias.owner = variable
        return alias


@contextlib.contextmanager
def unrecorded():
    """Operations inside run at once and unrecorded (creating variables while a step is recorded)."""
    outer = _local.recording, _local.tapes
    _local.recording, _local.tapes = None, []
    try:
        yield
    finally:
        _local.recording, _local.tapes = outer


def runs_once(method):
    """Makes a method run at once and unrecorded, wherever it is called: `build` is no part of a step.

    Where the step has changed a variable that the method is given, it is recorded: its values are not known yet.
    """

    @functools.wraps(method)
    def run(*args, **kwargs):
        with contextlib.nullcontext() if _changed((*args, *kwargs.values())) else unrecorded():
            return method(*args, **kwargs)

    return run


def _changed(args) -> bool:
    """Whether variables in lists among the arguments were written in this thread's recording."""
    written = _local.recording.versions if _local.recording is not None else {}
    lists = [a for a in args if isinstance(a, (list, tuple))] if written else []
    return any(id(v) in written for values in lists for v in values)


class GradientTape:
    """Records operations for reverse-mode differentiation.

    Args:
        persistent: Boolean, whether `gradient` may be called more than once.

    Example:

    >>> x = keras.Variable([1.0, 2.0])
    >>> with keras.backend.GradientTape() as tape:
    ...     y = keras.ops.sum(x * x)
    >>> print(tape.gradient(y, x).numpy())
    [2. 4.]
    """

    def __init__(self, persistent: bool = False) -> None:
        self.persistent = persistent
        self.records = []
        self.watched = {}
        self.used = False

    def __enter__(self):
        _local.tapes = [*_local.tapes, self]
        return self

    def __exit__(self, *_):
        _local.tapes = [t for t in _local.tapes if t is not self]

    def append(self, record) -> None:
        self.records.append(record)

    def watch(self, tensor) -> None:
        """Kept for code that calls it: gradients to any tensor can be asked for."""

    def gradient(self, target, sources, output_gradients=None):
        """Returns the gradient of `target` with respect to `sources`.

        Args:
            target: Tensor, or a list of tensors whose gradients are summed.
            sources: A Variable or Tensor, or a list of them.
            output_gradients: Optional gradient flowing into `target`, of its shape.

        Returns:
            A Tensor (or None where the target does not depend on the source), or a list of them.

        Raises:
            RuntimeError: If a tape that is not persistent is asked twice.
        """
        if self.used and not self.persistent:
            raise RuntimeError("GradientTape.gradient can only be called once on non-persistent tapes.")
        self.used = True
        many = isinstance(sources, (list, tuple))
        targets = list(target) if isinstance(target, (list, tuple)) else [target]
        flows = output_gradients if isinstance(output_gradients, (list, tuple)) else [output_gradients] * len(targets)
        found = backward(self.records, targets, flows, list(sources) if many else [sources])
        return found if many else found[0]


def _source_ids(records, sources) -> tuple[set, dict]:
    """The ids of tensors that stand for a source, and for variables which tensors those are."""
    variables = {id(s) for s in sources if not isinstance(s, Tensor)}
    ids = {id(s) for s in sources if isinstance(s, Tensor)}
    aliases = {}
    for record in records:
        for tensor in record.ins:
            source = getattr(tensor, "source", None)
            if source is not None and id(source) in variables:
                ids.add(id(tensor))
                aliases.setdefault(id(source), {})[id(tensor)] = tensor
    return ids, aliases


def _dependent(records, ids: set) -> list:
    """The records through which a gradient can reach a source, with what they need filled in."""
    reached, live = set(ids), []
    for record in records:
        needs = tuple(id(t) in reached for t in record.ins)
        if record.op.vjp is not None and any(needs):
            live.append(Record(record.op, record.ins, record.attrs, record.outs, needs))
            reached.update(id(t) for t in record.outs)
    return live


def backward(records, targets, flows, sources) -> list:
    """Gradients of the sum of `targets` for each source: the records walked backwards."""
    ids, aliases = _source_ids(records, sources)
    flowing = {}
    for target, flow in zip(targets, flows, strict=True):
        _accumulate(flowing, target, Gradients.ones_like(target) if flow is None else flow)
    for record in reversed(_dependent(records, ids)):
        arriving = [flowing.get(id(t)) for t in record.outs]
        if all(a is None for a in arriving):
            continue
        for tensor, need, gradient in zip(record.ins, record.needs, record.op.vjp(record, *arriving), strict=True):
            if need and gradient is not None:
                _accumulate(flowing, tensor, gradient)
    return [_gradient_of(source, flowing, aliases) for source in sources]


def _accumulate(flowing, tensor, gradient):
    present = flowing.get(id(tensor))
    flowing[id(tensor)] = gradient if present is None else Gradients.add(present, gradient)


def _gradient_of(source, flowing, aliases):
    if isinstance(source, Tensor):
        return flowing.get(id(source))
    total = None
    for key in aliases.get(id(source), {}):
        part = flowing.get(key)
        if part is not None:
            total = part if total is None else Gradients.add(total, part)
    return total
