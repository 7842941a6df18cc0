"""Gradients: the tape of a thread's calls, and reverse mode over it.

Everything that is computed passes `Op.__call__`, which appends a `Record` to every open tape of its thread.
"""

from __future__ import annotations

import contextlib
from collections.abc import Sequence
from typing import Any, Self

from kerasnb.backend.autodiff import recording
from kerasnb.backend.autodiff.recording import Record
from kerasnb.backend.late_bound import Gradients
from kerasnb.backend.tensor.tensor import Tensor


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
        self.records: list[Record] = []
        self.used = False

    def __enter__(self) -> Self:
        recording.open_tape(self)
        return self

    def __exit__(self, *_: object) -> None:
        recording.close_tape(self)

    def append(self, record: Record) -> None:
        """Adds a call."""
        self.records.append(record)

    def watch(self, tensor: Any) -> None:
        """Does nothing: gradients with respect to any tensor can be computed."""

    def gradient(self, target: Any, sources: Any, output_gradients: Any = None) -> Any:
        """Returns the gradient of `target` with respect to `sources`.

        Args:
            target: Tensor, or a list of tensors whose gradients are summed.
            sources: A Variable or Tensor, or a list of them.
            output_gradients: Optional upstream gradient of `target`, of its shape, or a list of them.

        Returns:
            A Tensor (or None where the target does not depend on the source), or a list of them.

        Raises:
            RuntimeError: If it is called twice and the tape is not persistent.
        """
        if self.used and not self.persistent:
            raise RuntimeError("GradientTape.gradient can only be called once on non-persistent tapes.")
        self.used = True
        many = isinstance(sources, (list, tuple))
        targets = list(target) if isinstance(target, (list, tuple)) else [target]
        is_list = isinstance(output_gradients, (list, tuple))
        upstream = output_gradients if is_list else [output_gradients] * len(targets)
        gradients = backward(self.records, targets, upstream, list(sources) if many else [sources])
        return gradients if many else gradients[0]


def _source_ids(records, sources) -> tuple[set, dict]:
    """The ids of tensors that stand for a source, and for variables which tensors those are."""
    variables = {id(s) for s in sources if not isinstance(s, Tensor)}
    ids = {id(s) for s in sources if isinstance(s, Tensor)}
    aliases: dict[int, dict] = {}
    for record in records:
        for tensor in record.ins:
            source = getattr(tensor, "source", None)
            if source is not None and id(source) in variables:
                ids.add(id(tensor))
                aliases.setdefault(id(source), {})[id(tensor)] = tensor
    return ids, aliases


def _dependent(records, ids: set) -> list[Record]:
    """The records through which a gradient can reach a source, with what they need filled in."""
    reached, live = set(ids), []
    for record in records:
        needs = tuple(id(t) in reached for t in record.ins)
        if record.op.vjp is not None and any(needs):
            live.append(Record(record.op, record.ins, record.attrs, record.outs, needs, record.where))
            reached.update(id(t) for t in record.outs)
    return live


def backward(records: Sequence[Record], targets: Sequence, upstream: Sequence, sources: Sequence) -> list:
    """The backward pass: the gradients of a sum of targets.

    Args:
        records: The calls, in order.
        targets: The tensors that are summed.
        upstream: The upstream gradient of each target; None stands for ones.
        sources: The tensors and variables to differentiate with respect to.

    Returns:
        List with a gradient, or None, for each source.
    """
    ids, aliases = _source_ids(records, sources)
    gradients: dict[int, Any] = {}
    for target, dy in zip(targets, upstream, strict=True):
        _accumulate(gradients, target, Gradients.ones_like(target) if dy is None else dy)
    for record in reversed(_dependent(records, ids)):
        dys = [gradients.get(id(t)) for t in record.outs]
        if all(dy is None for dy in dys):
            continue
        with recording.backward_of(record) if record.where else contextlib.nullcontext():
            for tensor, need, dx in zip(record.ins, record.needs, record.op.vjp(record, *dys), strict=True):
                if need and dx is not None:
                    _accumulate(gradients, tensor, dx)
    return [_gradient_of(source, gradients, aliases) for source in sources]


def _accumulate(gradients, tensor, dx) -> None:
    present = gradients.get(id(tensor))
    gradients[id(tensor)] = dx if present is None else Gradients.add(present, dx)


def _gradient_of(source, gradients, aliases):
    if isinstance(source, Tensor):
        return gradients.get(id(source))
    total = None
    for key in aliases.get(id(source), {}):
        dx = gradients.get(key)
        if dx is not None:
            total = dx if total is None else Gradients.add(total, dx)
    return total
