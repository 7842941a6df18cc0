"""What can stand at a place: each layer of the palette is tried there on shapes alone, and so is all that follows."""

from __future__ import annotations

import functools
import json
import math
import weakref
from typing import Any, NamedTuple

from kerasnb import tree
from kerasnb.backend.tensor.keras_tensor import KerasTensor
from kerasnb.layers.base.config import is_default
from kerasnb.layers.base.input_spec import assert_input_compatibility
from kerasnb.layers.base.layer import Layer
from kerasnb.model.surgery.plan import Plan, Ref
from kerasnb.model.surgery.replay import as_new
from kerasnb.widgets.builder import palette
from kerasnb.widgets.builder.palette import fresh_names
from kerasnb.widgets.summaries.rows import shape_text as text

MERGING = ("Add", "Average", "Concatenate", "Dot", "Maximum", "Minimum", "Multiply", "Subtract")
ATTENTION = ("Attention", "AdditiveAttention", "MultiHeadAttention")
RECURRENT = ("LSTM", "GRU", "SimpleRNN", "Bidirectional")


class Place(NamedTuple):
    """Where the next layer goes: behind which tensor, and before which call if not before all that take it."""

    after: Ref
    before: int | None = None
    branch: bool = False


class Verdict(NamedTuple):
    """Whether a layer can stand at a place: the shape behind it, or the reason why not."""

    shape: tuple | None
    why: str = ""
    partners: tuple = ()  # of a layer that joins: the tensors that it can take beside this one


# --- shapes without weights


def shape_behind(layer: Layer, shapes: list[tuple], dtype: str = "float32") -> tuple:
    """The shape of a layer's outputs; an unbuilt layer stays unbuilt where its class can tell without building.

    Raises:
        ValueError: If the layer cannot take such inputs.
    """
    tensors = [KerasTensor(shape, dtype, record_history=False) for shape in shapes]
    if len(tensors) > 1:
        return _checked(layer(tensors).shape)
    if layer.input_spec:
        kinds = [cls.__name__ for cls in type(layer).__mro__]
        assert_input_compatibility(layer.input_spec, tensors[0], layer.name, kinds)
    if _tells_shape(layer):
        return _checked(layer.compute_output_shape(shapes[0]))
    if type(layer).__name__ in ATTENTION:
        return _checked(layer(tensors[0], tensors[0]).shape)
    return _checked(layer(tensors[0]).shape)


def _tells_shape(layer: Layer) -> bool:
    """Whether a layer that is not built knows the shape behind it."""
    return not is_default(layer.compute_output_shape) and type(layer).__name__ not in ("Reshape", *ATTENTION)


def _checked(shape: Any) -> tuple:
    found = tuple(shape)
    if any(n is not None and n < 1 for n in found):
        raise ValueError(f"Nothing would be left: its output would have the shape {text(found)}.")
    return found


@functools.lru_cache(maxsize=20_000)
def _tried(name: str, shape: tuple, dtype: str, ids: int | None) -> tuple[tuple | None, str]:
    """(the shape behind a new layer, the problem)."""
    with fresh_names():
        try:
            layer = None if name == "GroupNormalization" else _template(name, len(shape), ids)
            if layer is None:
                layer = palette.create(name, palette.arguments(name, shape, ids), set())
            return shape_behind(layer, [shape], dtype), ""
        except Exception as problem:  # whatever a layer raises about a shape
            return None, _short(problem)


@functools.lru_cache(maxsize=1_000)
def _template(name: str, rank: int, ids: int | None) -> Layer | None:
    """A layer of the palette that is asked about shapes and never built, or None where it cannot tell without that."""
    layer = palette.create(name, palette.arguments(name, (None,) * rank, ids), set())
    return layer if _tells_shape(layer) else None


def _short(problem: Exception) -> str:
    line = str(problem).strip().splitlines()[0] if str(problem).strip() else type(problem).__name__
    return line.removeprefix("Input 0 with name 'None' of ").removeprefix("Exception encountered when calling ")


class Judge:
    """Verdicts for the places of one plan.

    Args:
        plan: `Plan`.
        shapes: Dict of the shapes of tensors.
        dtypes: Dict of their dtypes.
        ids: Optional integer, how many different whole numbers the inputs hold.
    """

    def __init__(self, plan: Plan, shapes: dict[Ref, tuple], dtypes: dict[Ref, str], ids: int | None = None) -> None:
        self.plan, self.shapes, self.dtypes, self.ids = plan, shapes, dtypes, ids
        self._after: dict[tuple, str] = {}

    def verdicts(self, place: Place, replaced: int | None = None) -> dict[str, Verdict]:
        """What each layer of the palette would do at a place.

        Args:
            place: `Place`.
            replaced: Optional number of the call that it would replace.
        """
        return {name: self.verdict(name, place, replaced) for name in palette.classes()}

    def verdict(self, name: str, place: Place, replaced: int | None = None) -> Verdict:
        """What one layer would do there."""
        if name in palette.NEEDS_PYTHON:
            return Verdict(None, palette.NEEDS_PYTHON[name])
        shape, dtype = self.shapes[place.after], self.dtypes[place.after]
        if replaced is not None and (verdict := self._joining(name, replaced)) is not None:
            return verdict
        if name in MERGING:
            return self._merging(name, place, shape)
        behind = self._soft_rule(name, place, shape) or Verdict(*_tried(name, shape, dtype, self.ids)[:1])
        if behind.shape is None:
            why = behind.why or _reason(name, shape, dtype) or f"{name}: {_tried(name, shape, dtype, self.ids)[1]}"
            return Verdict(None, why)
        problem = self._problem_behind(place, behind.shape, replaced)
        return Verdict(None, problem) if problem else behind

    def _soft_rule(self, name: str, place: Place, shape: tuple) -> Verdict | None:
        """What the engine would take, but hardly anybody means."""
        before = self.plan.calls[place.after.call].operation
        kind = "the input" if self.plan.is_input(place.after.call) else type(before).__name__
        if name == "Dense" and len(shape) > 3:
            return Verdict(None, f"Dense after {kind} would act on the last axis only: {text((*shape[:-1], 32))}.")
        is_whole = self.plan.is_input(place.after.call) or "int" in self.dtypes[place.after]
        if name in ("Embedding", "ReversibleEmbedding") and not is_whole:
            return Verdict(None, f"{name} takes whole numbers, and {before.name} gives {self.dtypes[place.after]}.")
        if name == "Masking" and len(shape) != 3:
            return Verdict(None, f"Masking marks steps of (batch, steps, features), and here is {text(shape)}.")
        if name == "Flatten" and len(shape) == 2:
            return Verdict(None, f"{text(shape)} is flat already.")
        return None

    def _joining(self, name: str, replaced: int) -> Verdict | None:
        """What stands in the place of a layer that joins tensors joins them, too; None where nothing is joined."""
        call = self.plan.calls[replaced]
        refs = list(dict.fromkeys(call.refs))
        if len(refs) == 1 and name in MERGING:
            return Verdict(None, f"{name} joins two tensors, and {call.operation.name} takes one.")
        if len(refs) == 1:
            return None
        shape = self.joined(name, [self.shapes[ref] for ref in refs]) if name in MERGING else None
        if shape is None:
            return Verdict(None, f"{call.operation.name} joins {len(refs)} tensors, which {name} cannot.")
        problem = self._problem_behind(Place(refs[0]), shape, replaced)
        return Verdict(None, problem) if problem else Verdict(shape)

    def _merging(self, name: str, place: Place, shape: tuple) -> Verdict:
        others = [ref for ref, why in self.partners(name, place) if not why]
        if not others:
            return Verdict(None, f"{name} joins two tensors, and no other one here fits {text(shape)}.")
        return Verdict(shape, "", tuple(others))

    def partners(self, name: str, place: Place) -> list[tuple[Ref, str]]:
        """The other tensors: those with which one can be joined, outputs first, then the others with the reason."""
        later = self._later_than(place)
        ends = self.plan.output_refs()
        rows = [(ref, self._why_not_joined(name, place, ref, later)) for ref in self.shapes if ref != place.after]
        return sorted(rows, key=lambda row: (bool(row[1]), row[0] not in ends))

    def _later_than(self, place: Place) -> set[int]:
        """The calls that depend on what would take the joined tensors."""
        if place.branch:
            return set()
        if place.before is None:
            return self._descendants(place.after.call)
        return self._descendants(place.before) | {place.before}

    def _why_not_joined(self, name: str, place: Place, ref: Ref, later: set[int]) -> str:
        if ref.call in later:
            return "It comes later: choose it first, then this one."
        shapes = [self.shapes[place.after], self.shapes[ref]]
        shape = self.joined(name, shapes)
        if shape is None:
            return f"{name} cannot join {text(shapes[0])} and {text(shapes[1])}."
        return self._problem_behind(place, shape, None)

    def joined(self, name: str, shapes: list[tuple]) -> tuple | None:
        """The shape of tensors that are joined, or None."""
        return _joined(name, tuple(shapes))

    def _descendants(self, number: int) -> set[int]:
        found = {number}
        for one, call in self.plan.calls.items():
            if any(ref.call in found for ref in call.refs):
                found.add(one)
        return found - {number}

    def mends(self, name: str, place: Place) -> list[tuple[str, list, Ref]]:
        """What can be done about a layer that does not fit: labels, lists of layers, and where they go."""
        found = _mends(name, self.shapes[place.after])
        here = [(label, steps, place.after) for label, steps in found if self._leads(steps, place)]
        return here or self._later(name, place)

    def _later(self, name: str, place: Place) -> list[tuple[str, list, Ref]]:
        """The first place behind this one where a layer fits."""
        if name in palette.NEEDS_PYTHON or name in MERGING:
            return []
        for number in sorted(self._descendants(place.after.call), key=list(self.plan.calls).index):
            if self.verdict(name, Place(Ref(number))).shape is not None:
                label = f"Insert it behind {self.plan.calls[number].operation.name}"
                return [(label, _named(name), Ref(number))]
        return []

    def _leads(self, steps: list[dict], place: Place) -> bool:
        shape = _led(json.dumps(steps), self.shapes[place.after], self.dtypes[place.after], self.ids)
        return shape is not None and not self._problem_behind(place, shape, None)

    # --- what follows

    def _problem_behind(self, place: Place, shape: tuple, replaced: int | None) -> str:
        """The first layer behind a place that cannot take another shape there, as a sentence."""
        old = Ref(replaced) if replaced is not None else place.after
        if place.branch or shape == self.shapes[old]:
            return ""
        key = (old, place.before, shape)
        if key not in self._after:
            self._after[key] = self._find_problem(old, place.before, shape)
        return self._after[key]

    def _find_problem(self, old: Ref, before: int | None, shape: tuple) -> str:
        changed = {old: shape}
        for number, call in self.plan.calls.items():
            hit = [ref for ref in call.refs if ref in changed and (ref != old or before in (None, number))]
            if not hit or number == old.call:
                continue
            given = [changed[ref] if ref in hit else self.shapes[ref] for ref in call.refs]
            try:
                found = self._behind(number, given)
            except Exception as problem:  # whatever a layer raises about a shape
                return f"{call.operation.name} behind it cannot take {text(given[0])}: {_short(problem)}"
            changed.update({ref: shape for ref, shape in found.items() if shape != self.shapes.get(ref)})
        return ""

    def _behind(self, number: int, given: list[tuple]) -> dict[Ref, tuple]:
        """The shapes behind a call of the model, were it made for inputs of other shapes."""
        call = self.plan.calls[number]
        is_plain = isinstance(call.operation, Layer) and Ref(number, 1) not in self.shapes and not call.kwargs
        if is_plain and len(tree.flatten(call.args)) == len(call.refs):
            return {Ref(number): _again(call.operation, tuple(given))}
        shapes = iter(given)

        def stand_in(x: Any) -> Any:
            return KerasTensor(next(shapes), self.dtypes[x], record_history=False) if isinstance(x, Ref) else x

        args, kwargs = tree.map_structure(stand_in, [list(call.args), call.kwargs])
        with fresh_names():
            twin = as_new(call.operation) if isinstance(call.operation, Layer) else call.operation
            found = tree.flatten(twin(*args, **kwargs))
        return {Ref(number, i): _checked(x.shape) for i, x in enumerate(found)}


@functools.lru_cache(maxsize=4_000)
def _led(steps: str, shape: tuple, dtype: str, ids: int | None) -> tuple | None:
    """The shape behind several layers, or None."""
    with fresh_names():
        try:
            for step in json.loads(steps):
                given = step.get("arguments") or palette.arguments(step["name"], shape, ids)
                shape = shape_behind(palette.create(step["name"], given, set()), [shape], dtype)
                dtype = "float32"
        except Exception:  # they do not fit
            return None
    return shape


@functools.lru_cache(maxsize=4_000)
def _joined(name: str, shapes: tuple) -> tuple | None:
    with fresh_names():
        try:
            return shape_behind(palette.create(name, palette.arguments(name), set()), list(shapes))
        except Exception:  # they do not fit
            return None


_twins: weakref.WeakKeyDictionary[Any, Any] = weakref.WeakKeyDictionary()  # never built


def _again(layer: Any, shapes: tuple) -> tuple:
    """The shape behind a layer of the model, if it were made anew for inputs of other shapes."""
    with fresh_names():
        twin = _twins.get(layer)
        if twin is None or len(shapes) > 1 or not _tells_shape(twin):
            twin = _twins[layer] = as_new(layer)
        return shape_behind(twin, list(shapes))


# --- words and mends


def _named(*names: str) -> list[dict]:
    return [{"name": name} for name in names]


def _reason(name: str, shape: tuple, dtype: str) -> str:
    rank, given = len(shape), text(shape)
    spatial = next((n for n in (1, 2, 3) if f"{n}D" in name), None)
    if spatial is not None and rank != spatial + 2:
        axes = {1: "steps", 2: "height, width", 3: "depth, height, width"}[spatial]
        return f"{name} needs (batch, {axes}, channels), and here is {given}."
    if name in RECURRENT and rank != 3:
        return f"{name} needs (batch, steps, features), and here is {given}."
    if name == "RepeatVector" and rank != 2:
        return f"RepeatVector needs (batch, features), and here is {given}."
    return ""


def _mends(name: str, shape: tuple) -> list:
    """Labels and lists of layers that would fit."""
    inner = shape[1:]
    known = None not in inner
    if name == "Dense":
        pools = [f"GlobalAveragePooling{len(shape) - 2}D"] if len(shape) in (4, 5) else []
        return [(f"{first}, then Dense", _named(first, "Dense")) for first in ("Flatten", *pools)]
    spatial = 2 if "2D" in name else 1 if "1D" in name or name in RECURRENT else 0
    if spatial == 1 and len(shape) == 2 and known:
        return [_reshaped(name, (inner[0], 1))]
    if spatial == 1 and len(shape) == 4 and known:
        return [_reshaped(name, (inner[0] * inner[1], inner[2])), _reshaped(name, (inner[0], inner[1] * inner[2]))]
    if spatial == 2 and len(shape) == 3 and known:
        return [_reshaped(name, (*inner, 1))]
    if spatial == 2 and len(shape) == 2 and known and math.isqrt(inner[0]) ** 2 == inner[0]:
        side = math.isqrt(inner[0])
        return [_reshaped(name, (side, side, 1))]
    if name == "RepeatVector":
        return [("Flatten, then RepeatVector", _named("Flatten", "RepeatVector"))]
    return []


def _reshaped(name: str, target: tuple) -> tuple:
    label = f"Reshape to {text(target)}, then {name}"
    return label, [{"name": "Reshape", "arguments": {"target_shape": list(target)}}, {"name": name}]
