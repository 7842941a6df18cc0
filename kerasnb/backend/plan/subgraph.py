"""Region: a function of tensors as a list of calls, so that a plan can choose it, repeat it, or leave it out.

A branch of `cond` and the body of a loop become regions while a step is recorded and their values are not known.
What a region reads from outside is captured: its calls can be made again with other tensors in their place, which
is how gradients of regions are computed, and planned with the arrays of the step around it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable

from kerasnb.backend.autodiff import recording
from kerasnb.backend.autodiff.recording import Record, Recording
from kerasnb.backend.plan.plan import Plan
from kerasnb.backend.tensor.tensor import Tensor, TracedValueError


class RegionWrites(TracedValueError):
    """A region must not change variables: its calls may run never, or many times."""


class _Inside(Recording):
    """A recording inside of another: variables are read as outside."""

    def read(self, variable) -> Tensor:
        outside = self.outer[0]
        if outside is not None:
            return outside.read(variable)
        with recording.unrecorded():
            return variable.value

    def written(self, variable) -> None:
        raise RegionWrites(
            f"Variable {variable.path!r} is changed inside of a branch or loop while the step is being recorded. "
            "Return the new value and assign it outside, or compile the model with `run_eagerly=True`."
        )


class Region:
    """The calls of a function.

    Args:
        function: Function of tensors that returns a list of tensors.
        specs: The `Spec` of each argument.

    Attributes:
        captured: List of the tensors from outside that it reads.
    """

    def __init__(self, function: Callable, specs: Iterable = ()) -> None:
        with _Inside() as recording:
            self.inputs = [Tensor(None, s.shape, s.dtype) for s in specs]
            self.outputs = list(function(*self.inputs))
        self.records = recording.records
        known = {id(t) for t in self.inputs}
        self.captured: list[Tensor] = []
        for record in [*self.records, None]:
            for t in record.ins if record else self.outputs:
                if id(t) not in known:
                    known.add(id(t))
                    self.captured.append(t)
            known.update(id(t) for t in (record.outs if record else ()))

    def __repr__(self) -> str:
        return f"<Region of {len(self.records)} calls>"

    def again(self, *tensors: Tensor) -> list[Tensor]:
        """Makes the calls once more; `tensors` stand for the inputs, then for what was captured."""
        instead = {id(t): new for t, new in zip((*self.inputs, *self.captured), tensors, strict=True)}
        for record in self.records:
            attrs = {k: v.within(instead) if isinstance(v, Rule) else v for k, v in record.attrs.items()}
            results = record.op(*(instead.get(id(t), t) for t in record.ins), **attrs)
            instead.update((id(t), new) for t, new in zip(record.outs, _listed(results), strict=True))
        return [instead.get(id(t), t) for t in self.outputs]

    def plan(self, ins: Iterable, outs: Iterable, copy: Callable) -> Plan:
        """The calls with fixed arrays.

        Args:
            ins: Arrays of the inputs, then of what was captured.
            outs: Arrays that the results are written into; none of them may be among `ins`.
            copy: The operation `copy(tensor) -> tensor`.
        """
        part = Recording()
        kept = [Tensor(None, t.shape, t.dtype) for t in self.outputs]
        copies = [Record(copy, (t,), {}, (k,)) for t, k in zip(self.outputs, kept, strict=True)]
        part.records = [*self.records, *copies]
        arrays = {id(t): a for t, a in zip((*self.inputs, *self.captured, *kept), (*ins, *outs), strict=True)}
        return Plan(part, self.inputs, kept, copy, arrays)


def _listed(results) -> tuple:
    return results if isinstance(results, tuple) else (results,)


class Rule:
    """A function kept in the attributes of a call that closes over tensors of its recording.

    Args:
        function: Function of tensors, returns a list of tensors and None.
        instead: Dict of what stands for which tensor, by id, where the call was made again.
    """

    def __init__(self, function: Callable, instead: dict | None = None) -> None:
        self.function, self.instead = function, instead

    def within(self, instead: dict) -> Rule:
        """The same rule for a call that is made again with other tensors."""
        return Rule(self, instead)

    def __call__(self, *upstream: Tensor) -> list:
        """Applies the rule to upstream gradients; returns a list of tensors and None."""
        if self.instead is None:
            return list(self.function(*upstream))
        places: list = []

        def present(*inner):
            gradients = self.function(*inner)
            places.extend(g is not None for g in gradients)
            return [g for g in gradients if g is not None]

        region = Region(present, upstream)
        rest = iter(region.again(*upstream, *(self.instead.get(id(t), t) for t in region.captured)))
        return [next(rest) if p else None for p in places]
