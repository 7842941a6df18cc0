"""Recording: the calls of a step as a plain list, which a plan turns into calls that are replayed.

`Op.__call__` appends a `Record` of each call to every open tape of its thread; while a `Recording` is open, it computes
nothing.
"""

from __future__ import annotations

import contextlib
import functools
import threading
from collections.abc import Callable, Iterator
from typing import Any, Self

from kerasnb.backend.tensor import naming
from kerasnb.backend.tensor.tensor import Tensor


class Record:
    """One call of an operation.

    Args:
        op: The `Op`.
        ins: Tuple of its inputs: Tensors, and Variables where the op writes into them.
        attrs: Dict of its static arguments.
        outs: Tuple of its results.
        needs: Tuple of booleans, whether the gradient of each input is needed.
        where: The path of the layer that makes the call, with `BACKWARD` behind it in its backward pass; "" outside.
    """

    __slots__ = ("attrs", "ins", "needs", "op", "outs", "where")

    def __init__(self, op: Any, ins: tuple, attrs: dict, outs: tuple, needs: tuple = (), where: str = "") -> None:
        self.op, self.ins, self.attrs, self.outs, self.needs, self.where = op, ins, attrs, outs, needs, where

    def __repr__(self) -> str:
        shapes = ", ".join(str(t.shape) for t in self.ins)
        return f"{self.op.name}({shapes}) -> {', '.join(str(t.shape) for t in self.outs)}"


class _Local(threading.local):
    def __init__(self) -> None:
        self.tapes: list[Any] = []
        self.recording: Recording | None = None
        self.where: str | None = None


_local = _Local()
BACKWARD = " (backward)"


def tapes() -> list[Any]:
    """The open tapes of this thread, innermost last."""
    return _local.tapes


def current() -> Recording | None:
    """The recording of this thread, or None when operations run immediately."""
    return _local.recording


def where() -> str:
    """The path of the layer that is running."""
    return naming.current_path() if _local.where is None else _local.where


@contextlib.contextmanager
def backward_of(record: Record) -> Iterator[None]:
    """Inside, calls belong to the backward pass of the layer that made a call."""
    outer, _local.where = _local.where, record.where + BACKWARD
    try:
        yield
    finally:
        _local.where = outer


def open_tape(tape: Any) -> None:
    """Opens a tape for this thread: `tape.append(record)` is called for each operation."""
    _local.tapes = [*_local.tapes, tape]


def close_tape(tape: Any) -> None:
    """Closes a tape of this thread."""
    _local.tapes = [t for t in _local.tapes if t is not tape]


class Recording:
    """Operations are recorded, not computed, while it is open.

    Example of use: `with Recording() as rec: step(x, y)`, then `plan.Plan(rec.records, ...)`.
    """

    values_known = False  # whether variables may be read while it is open

    def __init__(self) -> None:
        self.records: list[Record] = []
        self.versions: dict[int, int] = {}  # how often each variable was written
        self.aliases: dict[tuple[int, int], Tensor] = {}  # by variable and version
        self.reads: dict[int, tuple] = {}  # (alias, variable, version) by the id of the alias

    def __enter__(self) -> Self:
        self.outer = _local.recording, _local.tapes
        _local.recording, _local.tapes = self, [self]
        return self

    def __exit__(self, *_: object) -> None:
        _local.recording, _local.tapes = self.outer

    def append(self, record: Record) -> None:
        """Adds a call."""
        self.records.append(record)

    def read(self, variable: Any) -> Tensor:
        """The tensor that stands for the variable's value at this point of the step."""
        key = (id(variable), self.versions.get(id(variable), 0))
        if key not in self.aliases:
            alias = Tensor(None, variable.shape, variable._dtype)
            alias.owner = alias.source = variable
            self.aliases[key] = alias
            self.reads[id(alias)] = (alias, variable, key[1])
        return self.aliases[key]

    def written(self, variable: Any) -> None:
        """Notes that the variable's value changes here: later reads are another value."""
        self.versions[id(variable)] = self.versions.get(id(variable), 0) + 1


class ShapesOnly(Recording):
    """A recording for shape inference, which nobody replays: no variable changes."""

    values_known = True

    def append(self, record: Record) -> None:
        """Nobody needs the call."""

    def read(self, variable: Any) -> Tensor:
        """The variable's value, which stays as it is."""
        alias = Tensor(variable.data, variable.shape, variable._dtype)
        alias.owner = variable
        return alias


@contextlib.contextmanager
def unrecorded() -> Iterator[None]:
    """Operations inside run eagerly and unrecorded (creating variables while a step is recorded)."""
    outer = _local.recording, _local.tapes
    _local.recording, _local.tapes = None, []
    try:
        yield
    finally:
        _local.recording, _local.tapes = outer


def runs_once(method: Callable) -> Callable:
    """Makes a method run eagerly and unrecorded, wherever it is called: `build` is no part of a step.

    Where the step has changed a variable among the arguments, the method is recorded: its values are not known yet.
    """

    @functools.wraps(method)
    def run(*args, **kwargs):
        with contextlib.nullcontext() if _changed((*args, *kwargs.values())) else unrecorded():
            return method(*args, **kwargs)

    return run


def _changed(args) -> bool:
    """Whether variables in lists among the arguments were written in this thread's recording."""
    written: dict = _local.recording.versions if _local.recording is not None else {}
    lists = [a for a in args if isinstance(a, (list, tuple))] if written else []
    return any(id(v) in written for values in lists for v in values)
