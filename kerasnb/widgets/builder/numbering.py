"""Names of operations of keras.ops: they have those that their lines give them, as no line can name them otherwise."""

from __future__ import annotations

import re
from typing import Any

from kerasnb.backend.tensor.naming import to_snake_case
from kerasnb.model.surgery.plan import Call, Plan
from kerasnb.widgets.builder import operations
from kerasnb.widgets.builder.compose import Written, write_model


def has_operations(plan: Plan) -> bool:
    """Whether there are operations of keras.ops among the calls."""
    return any(operations.is_operation(call.operation) for call in plan.calls.values())


def in_order(plan: Plan, model: Any) -> Plan:
    """The plan with its calls as they were made, as far as it can be told: the first call of a shared layer first."""
    before: dict[int, set[int]] = {number: set() for number in plan.calls}
    for numbers in [*_shared(plan, model), *(_numbered(plan) if has_operations(plan) else ())]:
        for i, number in enumerate(numbers):
            before[number].update(numbers[:i])
    return Plan({n: plan.calls[n] for n in _sorted(plan, before)}, plan.inputs, plan.outputs)


def _shared(plan: Plan, model: Any) -> list[list[int]]:
    """The calls of each layer that is called several times, in the order in which they were made."""
    first = len(plan.calls) - len(model._execution)
    places = {first + i: node.operation._inbound_nodes.index(node) for i, node in enumerate(model._execution)}
    groups = [plan.calls_of(operation) for operation in plan.operations()]
    return [sorted(numbers, key=places.__getitem__) for numbers in groups if len(numbers) > 1]


def _numbered(plan: Plan) -> list[list[int]]:
    """The calls whose names were numbered together: `add`, then `add_1`."""
    rows: dict[str, list[tuple[int, int]]] = {}
    for operation in plan.operations():
        base = to_snake_case(type(operation).__name__)
        found = re.fullmatch(rf"{re.escape(base)}(?:_(\d+))?", operation.name)
        if found:
            rows.setdefault(base, []).append((int(found[1] or 0), plan.calls_of(operation)[0]))
    return [[number for _, number in sorted(group)] for group in rows.values()]


def _sorted(plan: Plan, before: dict[int, set[int]]) -> list[int]:
    """The numbers of the calls, each after those that it needs, and after some more if that is possible."""
    done: dict[int, None] = {}
    waiting = list(plan.calls)
    while waiting:
        ready = [n for n in waiting if all(ref.call in done for ref in plan.calls[n].refs)]
        number = next((n for n in ready if before[n] <= done.keys()), ready[0])
        waiting.remove(number)
        done[number] = None
    return list(done)


def named_by_lines(plan: Plan) -> Plan:
    """The plan with its operations named as its code names them; those whose name is another are new objects."""
    if not has_operations(plan):
        return plan
    code = Written()
    write_model(code, plan, "model", "model", is_sequential=False)
    calls: dict[int, Call] = {}
    for number, call in plan.calls.items():
        operation: Any = call.operation
        name = code.numbered.get(number, operation.name)
        calls[number] = call
        if name != operation.name:
            calls[number] = Call(operations.renamed(operation, name), call.args, call.kwargs)
    return Plan(calls, plan.inputs, plan.outputs)
