"""Gradients: the tape of a thread's calls, and reverse mode over it.

Everything that is computed passes `Op.__call__`, which appends a `Record` to every open tape of its thread.
"""

from __future__ import annotations

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
        self.records = []
        self.watched = {}
        self.used = False

    def __enter__(self):
        recording.open_tape(self)
        return self

    def __exit__(self, *_):
        recording.close_tape(self)

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
