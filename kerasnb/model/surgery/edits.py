"""Changes of plans: each takes a plan and returns another one."""

from __future__ import annotations

from typing import Any

from kerasnb import tree
from kerasnb.model.surgery.plan import Call, Plan, Ref, is_input_layer


def insert(plan: Plan, operation: Any, after: Ref, before: int | None = None) -> Plan:
    """Puts an operation behind a tensor: all that took the tensor takes its output.

    Args:
        plan: `Plan`.
        operation: The layer; one that is in the plan already is shared.
        after: `Ref`, the tensor.
        before: Optional number of the one call that takes the new output; others keep the tensor.
    """
    number = plan.next_number()
    new = Ref(number)
    changed = plan.consumers(after) if before is None else [before]
    if not changed and after not in plan.output_refs():
        return branch(plan, operation, after)
    calls = _with_new(plan, after.call, number, Call(operation, (after,)))
    for one in changed:
        calls[one] = calls[one].mapped(lambda ref: new if ref == after else ref)
    outputs = plan.outputs if before is not None else _swapped(plan.outputs, {after: new})
    return plan.with_ends(plan.inputs, outputs).with_calls(calls)


def branch(plan: Plan, operation: Any, after: Ref) -> Plan:
    """Puts an operation behind a tensor, beside what takes it already; its output is a further output of the model."""
    number = plan.next_number()
    calls = _with_new(plan, after.call, number, Call(operation, (after,)))
    return plan.with_ends(plan.inputs, _packed([*plan.output_refs(), Ref(number)])).with_calls(calls)


def merge(plan: Plan, operation: Any, refs: list[Ref], before: int | None = None, is_branch: bool = False) -> Plan:
    """Joins tensors. What took the first one takes the result; tensors that were outputs are joined in it.

    Args:
        plan: `Plan`.
        operation: The layer.
        refs: List of the tensors.
        before: Optional number of the one call that takes the result; others keep the first tensor.
        is_branch: Boolean, whether the result is a further output of the model instead.

    Raises:
        ValueError: If there are fewer than two tensors, or the layer would stand behind itself.
    """
    if len(refs) < 2:
        raise ValueError(f"Argument `refs` must have at least two tensors to join. Received: {len(refs)}")
    number = plan.next_number()
    new = Ref(number)
    needed = set().union(*(plan.ancestors(ref.call) for ref in refs))
    calls = {**plan.calls, number: Call(operation, (list(refs),))}
    for one in [] if is_branch else plan.consumers(refs[0]) if before is None else [before]:
        if one not in needed:
            calls[one] = calls[one].mapped(lambda ref: new if ref == refs[0] else ref)
    joined = refs if before is None and not is_branch else refs[1:]
    outputs = [new if x in joined else x for x in plan.output_refs()] + [new] * is_branch
    is_taken = any(new in call.refs for call in calls.values())
    kept = list(dict.fromkeys(x for x in outputs if x != new or not is_taken))
    if not is_taken and new not in kept:
        names = " and ".join(plan.calls[ref.call].operation.name for ref in refs)
        raise ValueError(f"{operation.name} would stand behind itself: of {names}, choose the later one first.")
    return plan.with_ends(plan.inputs, _packed(kept)).with_calls(calls)


def add_input(plan: Plan, layer: Any) -> Plan:
    """Adds an input, which nothing takes yet."""
    number = plan.next_number()
    front = [n for n in plan.calls if plan.is_input(n)]
    calls = {**{n: plan.calls[n] for n in front}, number: Call(layer), **plan.calls}
    return plan.with_ends(_packed([*tree.flatten(plan.inputs), Ref(number)]), plan.outputs).with_calls(calls)


def remove(plan: Plan, number: int) -> Plan:
    """Takes a call out: what took its output takes its first input.

    Raises:
        ValueError: If it is an input that something takes, or nothing would be left.
    """
    call, result = plan.calls[number], Ref(number)
    calls = {n: c for n, c in plan.calls.items() if n != number}
    if not call.refs:
        taken = plan.consumers(result)
        inputs = [x for x in tree.flatten(plan.inputs) if x != result]
        is_output = result in plan.output_refs()
        if taken or is_output or not inputs:
            what = "the model returns it" if is_output else "it is the only one"
            what = f"{plan.calls[taken[0]].operation.name} takes it" if taken else what
            raise ValueError(f"Input {call.operation.name} cannot be removed: {what}.")
        return plan.with_ends(_packed(inputs), plan.outputs).with_calls(calls)
    if not any(c.refs for c in calls.values()):
        raise ValueError(f"{call.operation.name} cannot be removed: it is the only layer. Replace it instead.")
    source = call.refs[0]
    for one in plan.consumers(result):
        calls[one] = calls[one].mapped(lambda ref: source if ref.call == number else ref)
    outputs = [source if x.call == number else x for x in plan.output_refs()]
    if plan.consumers(source) != [number] and len(outputs) > 1:  # the tensor goes on elsewhere: it ends here no more
        outputs = [x for x in outputs if x != source] or outputs
    ends = [ref for ref in call.refs[1:] if plan.consumers(ref) == [number]]  # what was merged ends on its own
    return plan.with_ends(plan.inputs, _like(plan, list(dict.fromkeys([*outputs, *ends])))).with_calls(calls)


def replace(plan: Plan, old: Any, new: Any) -> Plan:
    """Puts an operation in the place of another one, in all its calls."""
    calls = {n: Call(new, c.args, c.kwargs) if c.operation is old else c for n, c in plan.calls.items()}
    return plan.with_calls(calls)


def swap(plan: Plan, number: int, later: bool) -> Plan:
    """Exchanges a call with the one before or after it.

    Raises:
        ValueError: If there is none, or one of them has several inputs or goes to several layers.
    """
    name = plan.calls[number].operation.name
    other = _neighbour(plan, number, later)
    if other is None:
        raise ValueError(f"{name} cannot move {'down' if later else 'up'}: no single layer stands there.")
    first, second = (number, other) if later else (other, number)
    source = plan.calls[first].refs[0]
    calls = dict(plan.calls)
    calls[second] = calls[second].mapped(lambda ref: source if ref == Ref(first) else ref)
    for one in plan.consumers(Ref(second)):
        calls[one] = calls[one].mapped(lambda ref: Ref(first) if ref == Ref(second) else ref)
    calls[first] = calls[first].mapped(lambda ref: Ref(second) if ref == source else ref)
    outputs = _swapped(plan.outputs, {Ref(second): Ref(first)})
    return plan.with_ends(plan.inputs, outputs).with_calls(calls)


def _neighbour(plan: Plan, number: int, later: bool) -> int | None:
    """The call next to one on a straight line, or None."""
    first = number if later else None
    if later:
        taken = plan.consumers(Ref(number))
        second = taken[0] if len(taken) == 1 else None
    else:
        refs = plan.calls[number].refs
        first, second = (refs[0].call if len(refs) == 1 else None), number
    if first is None or second is None or is_input_layer(plan.calls[first].operation):
        return None
    straight = plan.consumers(Ref(first)) == [second] and Ref(first) not in plan.output_refs()
    alone = len(plan.calls[first].refs) == len(plan.calls[second].refs) == 1
    return (second if later else first) if straight and alone else None


def _with_new(plan: Plan, place: int, number: int, call: Call) -> dict[int, Call]:
    """The calls with a new one right behind another one."""
    calls: dict[int, Call] = {}
    for one, before in plan.calls.items():
        calls[one] = before
        if one == place:
            calls[number] = call
    return calls


def _swapped(structure: Any, others: dict[Ref, Ref]) -> Any:
    return tree.map_structure(lambda ref: others.get(ref, ref), structure)


def _packed(refs: list[Ref]) -> Any:
    return refs[0] if len(refs) == 1 else refs


def _like(plan: Plan, refs: list[Ref]) -> Any:
    """Outputs in the structure that they had, if they are as many."""
    if len(refs) == len(plan.output_refs()):
        return tree.pack_sequence_as(plan.outputs, refs)
    return _packed(refs)
