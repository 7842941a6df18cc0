"""What the page draws: the model as cards, the palette for a place, the arguments of a layer, the code."""

from __future__ import annotations

from typing import Any

from kerasnb.model.surgery.plan import Plan, Ref
from kerasnb.widgets.builder import compose, form, operations, palette
from kerasnb.widgets.builder.judge import MERGING, Judge, Place, text
from kerasnb.widgets.builder.workshop import Workshop

INPUT_DTYPES = ["float32", "int32", "bool", "float16"]


def keys(plan: Plan) -> dict[int, str]:
    """What each call is called: the layer's name, and which of its calls it is."""
    counts: dict[str, int] = {}
    found = {}
    for number, call in plan.calls.items():
        name = call.operation.name
        counts[name] = counts.get(name, 0) + 1
        found[number] = name if counts[name] == 1 else f"{name}#{counts[name]}"
    return found


def number_of(plan: Plan, key: Any, argument: str = "card") -> int:
    """The call with a key.

    Raises:
        ValueError: If there is none.
    """
    found = next((n for n, k in keys(plan).items() if k == key), None)
    if found is None:
        raise ValueError(f"Argument `{argument}` must be one of {', '.join(keys(plan).values())}. Received: {key}")
    return found


def label(named: dict[int, str], ref: Ref) -> str:
    """What a tensor is called: its card, with the place among several outputs from the second on."""
    return named[ref.call] + (f"[{ref.index}]" if ref.index else "")


def ref_of(plan: Plan, key: Any, argument: str = "after") -> Ref:
    """The tensor with a label.

    Raises:
        ValueError: If there is none.
    """
    card, _, place = str(key).partition("[")
    number = number_of(plan, card if place else key, argument)
    index = int(place[:-1]) if place[:-1].isdigit() and place.endswith("]") else 0
    if index >= operations.count_outputs(plan.calls[number].operation):
        raise ValueError(f"Argument `{argument}` must be an output of {card}. Received: {key}")
    return Ref(number, index)


def cards(shop: Workshop) -> list[dict]:
    """The calls of the model, each after those that it needs."""
    plan, named = shop.plan, keys(shop.plan)
    ends = {ref.call for ref in plan.output_refs()}
    rows, seen = [], set()
    for number, call in plan.calls.items():
        layer = call.operation
        is_first = id(layer) not in seen
        seen.add(id(layer))
        rows.append({
            "key": named[number], "name": layer.name, "kind": palette.kind(layer), "brief": form.in_brief(layer),
            "shape": text(shop.shape(Ref(number))), "params": _count(layer) if is_first else 0,
            "again": not is_first, "calls": len(plan.calls_of(layer)), "from": [label(named, r) for r in call.refs],
            "input": plan.is_input(number), "end": number in ends,
            "frozen": bool(getattr(layer, "weights", ())) and not layer.trainable,
        })  # fmt: skip
    return rows


def _count(layer: Any) -> int:
    return form.arithmetic(layer)[1]


def total(shop: Workshop) -> int:
    """The number of parameters of the model."""
    return sum(_count(operation) for operation in shop.plan.operations())


def judge(shop: Workshop) -> Judge:
    """The judge of a model's places."""
    shapes = {ref: tuple(x.shape) for ref, x in shop.tensors.items()}
    dtypes = {ref: x.dtype for ref, x in shop.tensors.items()}
    return Judge(shop.plan, shapes, dtypes, shop.ids)


def families(judged: Judge, place: Place, replaced: int | None) -> list[dict]:
    """The palette for a place: families with their layers, and why some are impossible there."""
    found: dict[str, list] = {}
    named = keys(judged.plan)
    for name, verdict in judged.verdicts(place, replaced).items():
        group, colour = palette.family(palette.classes()[name])
        row: dict = {"name": name, "first": name in palette.FIRST}
        if name in MERGING:
            row["joins"] = True
        if verdict.shape is None:
            row["why"] = verdict.why
        elif verdict.partners:  # a merging layer: the tensors that it can join
            row["with"] = [
                {"label": f"with {label(named, ref)} {text(judged.shapes[ref])}", "card": label(named, ref)}
                for ref in verdict.partners
            ]
        else:
            row["shape"] = text(verdict.shape)
        found.setdefault(group, []).append(row)
        found[group][0].setdefault("colour", colour)
    again = _shared(judged, place)
    rest = [{"name": "Use again", "layers": again}] if again and replaced is None else []
    return [{"name": group, "layers": rows} for group, rows in found.items()] + rest


def _shared(judged: Judge, place: Place) -> list[dict]:
    """The layers of the model that can be called once more behind a place: with the same weights."""
    rows, shape = [], judged.shapes[place.after]
    operation: Any
    for operation in judged.plan.operations():
        if not getattr(operation, "weights", ()):
            continue
        number = judged.plan.calls_of(operation)[0]
        takes = judged.shapes[judged.plan.calls[number].refs[0]]
        row = {"name": operation.name, "share": True, "first": True}
        if takes[1:] != shape[1:]:
            row["why"] = f"{operation.name} takes {text(takes)}, and here is {text(shape)}."
        elif number in judged.plan.ancestors(place.after.call) and place.before is None and not place.branch:
            row["shape"] = text(judged.shapes[Ref(number)])
        rows.append(row)
    return rows


def inspector(shop: Workshop, number: int) -> dict:
    """The arguments of a card's layer and what it comes to."""
    call = shop.plan.calls[number]
    layer = call.operation
    sums, count = form.arithmetic(layer)
    if shop.plan.is_input(number):
        fields = [
            {"name": "shape", "kind": "text", "value": text(layer.batch_shape[1:]), "main": True},
            {"name": "dtype", "kind": "choice", "value": layer.dtype, "choices": INPUT_DTYPES, "main": True},
            {"name": "name", "kind": "text", "value": layer.name, "main": True},
        ]  # fmt: skip
    else:
        fields = form.fields(layer)
    is_known = palette.classes().get(type(layer).__name__) is type(layer)
    taken = [text(shop.shape(ref)) for ref in call.refs]
    return {
        "key": keys(shop.plan)[number], "name": layer.name, "type": type(layer).__name__, "fields": fields,
        "takes": taken, "gives": text(shop.shape(Ref(number))), "sums": sums, "count": count,
        "about": palette.summary(type(layer).__name__) if is_known else "",
    }  # fmt: skip


def code(shop: Workshop, seeded: bool = False) -> compose.Written:
    """The code of the model as it is."""
    seed = shop.seed if seeded else None
    is_trainable = shop.model.trainable
    return compose.model_code(shop.plan, shop.model.name, shop.is_sequential, shop.settings, seed, is_trainable)


def export(shop: Workshop, names: tuple[str, str]) -> str:
    """Code for a cell of its own: imports, the model, and the trainings.

    Args:
        shop: `Workshop`.
        names: The names of the variables that hold `x` and `y`.
    """
    written = code(shop, seeded=shop.is_new)
    lines = ["import kerasnb as keras", "from kerasnb import layers", ""]
    lines += written.lines
    if shop.is_new and shop.differs():
        lines.append(f"# {shop.differs()}")
    x, y = names
    here = [fit for fit in shop.fits if "elsewhere" not in fit]
    for fit in here if here and shop.is_new else [shop.settings] if shop.y is not None else []:
        split = f", validation_split={fit['validation_split']}" if fit["validation_split"] else ""
        lines.append(f"model.fit({x}, {y}, batch_size={fit['batch_size']}, epochs={fit['epochs']}{split})")
    return "\n".join(lines) + "\n"
