"""Which layers of a model stay when its code is edited: those whose line says the same, in the order of the lines."""

from __future__ import annotations

import difflib
import json
from typing import Any

from kerasnb.model.surgery.plan import Call, Plan
from kerasnb.widgets.builder.palette import free_name
from kerasnb.widgets.builder.read import Parsed


def adopted(old: Plan, parsed: Parsed) -> tuple[Plan, tuple]:
    """The plan of a text with the layers of a model in it.

    Args:
        old: `Plan`, that of the model.
        parsed: `Parsed`, what the text says.

    Returns:
        (the plan, pairs of a layer and one of another name or config that gets its weights if they fit)
    """
    assert parsed.plan is not None
    before, now = old.operations(), parsed.plan.operations()
    pairs = _pairs(before, now)
    stand_ins, copies, taken = _matched(pairs, now, parsed.named)
    for one in now:
        if id(one) not in pairs:
            if one.name in taken and id(one) not in parsed.named:
                one.name = free_name(type(one).__name__, taken)
            taken.add(one.name)
    calls = {}
    for number, call in parsed.plan.calls.items():
        calls[number] = Call(stand_ins.get(id(call.operation), call.operation), call.args, call.kwargs)
    return Plan(calls, parsed.plan.inputs, parsed.plan.outputs), tuple(copies)


def _matched(pairs: dict[int, Any], now: list, named: set[int]) -> tuple[dict[int, Any], list, set[str]]:
    """The layers of the model that stay, by the ids of those in the text; pairs of others; the names of both."""
    stand_ins: dict[int, Any] = {}
    copies = []
    taken: set[str] = set()
    for one in now:
        mine = pairs.get(id(one))
        keeps_name = mine is not None and (id(one) not in named or one.name == mine.name)
        if mine is not None and keeps_name and _key(mine) == _key(one):
            stand_ins[id(one)] = mine
            taken.add(mine.name)
        elif mine is not None:
            copies.append((mine, one))
            if keeps_name:
                one.name = mine.name
            taken.add(one.name)
    return stand_ins, copies, taken


def _pairs(before: list, now: list) -> dict[int, Any]:
    """The layer of the model that each layer of the text stands for: the same line, or a changed one of its class."""
    found: dict[int, Any] = {}
    matcher = difflib.SequenceMatcher(None, [_key(o) for o in before], [_key(o) for o in now], autojunk=False)
    for tag, a, b, c, d in matcher.get_opcodes():
        if tag == "equal":
            found.update({id(now[c + i]): before[a + i] for i in range(b - a)})
        elif tag == "replace":
            rest = before[a:b]
            for one in now[c:d]:
                mine = next((o for o in rest if type(o) is type(one)), None)
                if mine is not None:
                    rest.remove(mine)
                    found[id(one)] = mine
    return found


def _key(operation: Any) -> str:
    """The class and the config without the name."""
    try:
        config = {k: v for k, v in operation.get_config().items() if k != "name"}
    except (NotImplementedError, TypeError, ValueError, AttributeError):
        return f"object {id(operation)}"
    return f"{type(operation).__module__}.{type(operation).__name__} {json.dumps(config, sort_keys=True, default=str)}"
