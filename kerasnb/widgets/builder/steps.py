"""The steps of building: each is a message with names, so that steps can be recorded and played again."""

from __future__ import annotations

import json
from typing import Any

from kerasnb import layers
from kerasnb.layers.base.layer import Layer
from kerasnb.model.surgery import edits
from kerasnb.model.surgery.own import knowing, own_objects
from kerasnb.model.surgery.plan import Call, Plan, Ref
from kerasnb.model.surgery.replay import as_new
from kerasnb.widgets.builder import (
    checks,
    compiling,
    compose,
    form,
    operations,
    palette,
    read,
    reuse,
    settings,
    view,
    write,
)  # fmt: skip
from kerasnb.widgets.builder.judge import ATTENTION, MERGING, Place, shape_behind
from kerasnb.widgets.builder.workshop import Workshop

INITIAL = ("_initializer", "seed")


class Steps:
    """Makes changes of a workshop from messages, and keeps where the next layer goes and which card is chosen."""

    shop: Workshop
    place: Place
    chosen: int
    replacing: bool = False

    # --- what a message names

    def _number(self, message: dict, field: str = "card") -> int:
        return view.number_of(self.shop.plan, message.get(field), field)

    def _place_of(self, message: dict) -> Place:
        """The place that a message names, or that of the blue line."""
        if message.get("after") is None:
            return self.place
        plan = self.shop.plan
        after, before = view.ref_of(plan, message["after"]), message.get("before")
        if before is None:
            return Place(after, None, bool(message.get("branch")))
        number = view.number_of(plan, before, "before")
        if after not in plan.calls[number].refs:
            raise ValueError(f"Argument `before` must name a layer that takes {message['after']}. Received: {before}")
        return Place(after, number)

    def _taken(self) -> set[str]:
        return {operation.name for operation in self.shop.plan.operations()}

    def _choose(self, number: int) -> None:
        """Chooses a card; the next layer goes behind it."""
        self.chosen, self.place, self.replacing = number, Place(Ref(number)), False

    # --- layers

    def step_insert(self, message: dict) -> str:
        """Inserts layers, one behind the other: `layers`, a list of dicts of `name` and `arguments`."""
        place, plan = self._place_of(message), self.shop.plan
        partner = message.get("with")
        wanted = _layers_of(message)
        if message.get("replace") is not None:
            return self._replaced(self._number(message, "replace"), wanted[0])
        taken, number, shape = self._taken(), place.after.call, self.shop.shape(place.after)
        for i, step in enumerate(wanted):
            layer = palette.create(step["name"], self._arguments(step, shape), taken)
            taken.add(layer.name)
            plan, number = self._put(plan, layer, place, partner, step["name"])
            place = Place(Ref(number), place.before)
            if i + 1 < len(wanted):
                shape = shape_behind(as_new(layer), [shape])
        names = ", then ".join(step["name"] for step in wanted)
        self.shop.change(plan, f"insert {names}", is_sequential=self._stays_chain(plan))
        self._choose(number)
        return f"{names} inserted."

    def _arguments(self, step: dict, shape: tuple) -> dict:
        given = {k: tuple(v) if isinstance(v, list) else v for k, v in (step.get("arguments") or {}).items()}
        palette.check(step["name"])
        checks.check_layer_arguments(palette.classes()[step["name"]], [], given)
        return {**palette.arguments(step["name"], shape, self.shop.ids), **given}

    def _put(self, plan: Plan, layer: Layer, place: Place, partner: Any, name: str) -> tuple[Plan, int]:
        """(the plan with a layer at a place, the number of its call)."""
        number = plan.next_number()
        if name in MERGING:
            if partner is None:
                raise ValueError(f"{name} joins two tensors: say with which one.")
            other = view.ref_of(plan, partner, "with")
            return edits.merge(plan, layer, [place.after, other], place.before, place.branch), number
        made = (edits.branch if place.branch else _insert(place.before))(plan, layer, place.after)
        if name in ATTENTION:  # a sequence that attends to itself is passed twice
            calls = {**made.calls, number: Call(layer, _to_itself(name, place.after))}
            made = made.with_calls(calls)
        return made, number

    def _stays_chain(self, plan: Plan) -> bool:
        return self.shop.is_sequential and plan.is_chain()

    def step_share(self, message: dict) -> str:
        """Calls a layer of the model once more, behind a place: `card` names the layer."""
        call = self.shop.plan.calls[self._number(message)]
        layer: Any = call.operation
        if not isinstance(layer, Layer) or isinstance(layer, layers.InputLayer):
            raise ValueError(f"{layer.name} has no weights to share: insert the same once more.")
        if len(call.refs) > 1:
            raise ValueError(f"{layer.name} takes {len(call.refs)} tensors: it cannot be called on one.")
        place = self._place_of(message)
        plan = (edits.branch if place.branch else _insert(place.before))(self.shop.plan, layer, place.after)
        number = max(plan.calls)
        self.shop.change(plan, f"share {layer.name}", is_sequential=False)
        self._choose(number)
        return f"{layer.name} is shared: both calls have the same weights."

    def step_add_input(self, message: dict) -> str:
        """Adds an input: `shape`, `dtype`, `name`."""
        shape = read.literal(str(message.get("shape", "")))
        shape = (shape,) if isinstance(shape, int) else shape
        if not isinstance(shape, (tuple, list)) or not all(n is None or type(n) is int for n in shape):
            raise ValueError(f"Argument `shape` must be like (28, 28, 1). Received: {message.get('shape')}")
        checks.check_extents(shape)
        name = message.get("name") or palette.free_name("InputLayer", self._taken())
        layer = layers.InputLayer(tuple(shape), dtype=message.get("dtype") or "float32", name=name)
        plan = edits.add_input(self.shop.plan, layer)
        self.shop.change(plan, f"add input {name}", is_sequential=False)
        self._choose(max(self.shop.plan.calls))
        return f"{name} is an input: insert layers behind it, then join it."

    def step_remove(self, message: dict) -> str:
        """Removes the layer of `card`."""
        number = self._number(message)
        name = self.shop.plan.calls[number].operation.name
        before = list(self.shop.plan.calls)
        plan = edits.remove(self.shop.plan, number)
        self.shop.change(plan, f"remove {name}", is_sequential=self._stays_chain(plan))
        at = before.index(number)
        self._choose(next(n for n in [*reversed(before[:at]), *before[at + 1 :]] if n in self.shop.plan.calls))
        return f"{name} removed."

    def step_move(self, message: dict) -> str:
        """Moves the layer of `card` by one place: `by` is -1 or 1."""
        number = self._number(message)
        name = self.shop.plan.calls[number].operation.name
        if message.get("by", 1) not in (-1, 1):
            raise ValueError(f"Argument `by` must be -1 or 1. Received: {message['by']}")
        later = message.get("by", 1) == 1
        plan = edits.swap(self.shop.plan, number, later)
        self.shop.change(plan, f"move {name} {'down' if later else 'up'}", is_sequential=self._stays_chain(plan))
        self._choose(number)
        return f"{name} moved {'down' if later else 'up'}."

    def _replaced(self, number: int, step: dict) -> str:
        call = self.shop.plan.calls[number]
        old = call.operation
        if not call.refs:
            raise ValueError(f"{old.name} is an input: change its shape instead.")
        shape = self.shop.shape(call.refs[0])
        new = palette.create(step["name"], self._arguments(step, shape), self._taken() - {old.name})
        refs = list(dict.fromkeys(call.refs))
        if (len(refs) > 1) != (step["name"] in MERGING):
            many = f"joins {len(refs)} tensors" if len(refs) > 1 else "takes one tensor"
            raise ValueError(f"{old.name} {many}, so {step['name']} cannot stand in its place.")
        plan = edits.replace(self.shop.plan, old, new)
        if len(refs) > 1 and operations.is_operation(old):
            plan = plan.with_calls({**plan.calls, number: Call(new, (list(call.refs),))})
        if len(refs) == 1:
            args = _to_itself(step["name"], refs[0]) if step["name"] in ATTENTION else (refs[0],)
            plan = plan.with_calls({**plan.calls, number: Call(new, args)})
        self.shop.change(plan, f"replace {old.name} by {step['name']}")
        self._choose(number)
        return f"{step['name']} stands in the place of {old.name}."

    # --- arguments

    def step_set(self, message: dict) -> str:
        """Sets an argument of the layer of `card`: `argument`, `value` as it is typed."""
        number = self._number(message)
        old = self.shop.plan.calls[number].operation
        name, value = str(message.get("argument")), message.get("value")
        value = read.literal(value, own_objects(old)) if isinstance(value, str) else value
        if name == "name":
            value = self._checked_name(message.get("value"), old)
        make: Any = self._input_with if self.shop.plan.is_input(number) else self._layer_with
        if operations.is_operation(old):
            make = operations.changed
        elif compose.is_model(old):
            raise ValueError(form.INSIDE)
        new = make(old, name, value)
        copies = () if name.endswith(INITIAL) else ((old, new),)
        self.shop.change(edits.replace(self.shop.plan, old, new), f"set {name} of {old.name}", copies)
        self._choose(number)
        return f"{name} of {new.name} is {message.get('value')}."

    def _checked_name(self, value: Any, old: Any) -> str:
        name = str(value or "").strip()
        if not name or "/" in name or name in self._taken() - {old.name}:
            raise ValueError(f"Argument `name` must be new and hold no slash. Received: {name!r}")
        return name

    def _layer_with(self, old: Any, name: str, value: Any) -> Layer:
        known = [p.name for p in palette.signature(type(old))] + ["name", "trainable", "dtype"]
        if name not in known:
            raise ValueError(f"{type(old).__name__} has no argument {name!r}.")
        try:
            config = old.get_config()
        except NotImplementedError:
            raise ValueError(form.NO_CONFIG) from None
        made = as_new(old)
        given = {k: _argument(made, config, k) for k in config if k in known}
        checks.check_layer_arguments(type(old), [], {name: value}, list(own_objects(old).values()))
        try:
            with knowing(own_objects(old)):
                return type(old)(**{**given, name: value})
        except TypeError as problem:
            raise ValueError(f"{type(old).__name__}: {problem}") from problem

    def _input_with(self, old: Any, name: str, value: Any) -> Layer:
        shape = (value,) if isinstance(value, int) else value
        given = {"batch_shape": old.batch_shape, "dtype": old.dtype, "name": old.name}
        if name == "shape":
            if not isinstance(shape, (tuple, list)):
                raise ValueError(f"Argument `shape` must be like (28, 28, 1). Received: {value}")
            checks.check_extents(shape)
            given["batch_shape"] = (old.batch_shape[0], *shape)
        else:
            given[name] = value
        return layers.InputLayer(**given)

    # --- code, settings, and back

    def step_code(self, message: dict) -> str:
        """Makes the model what `text` says; layers that it does not change keep their weights."""
        names = view.code(self.shop).names
        found = self.shop.plan.operations()
        several = frozenset(type(o).__name__ for o in found if operations.count_outputs(o) > 1)
        with knowing(names.own):
            parsed = read.parse(str(message.get("text", "")), {**names.own, **names.needs}, several)
        if parsed.trainable != self.shop.model.trainable:
            raise ValueError(f"model.trainable is {self.shop.model.trainable}: change that in a cell, not here.")
        plan, copies = reuse.adopted(self.shop.plan, parsed)
        before = self.shop.settings
        fresh = {"optimizer": before["optimizer"], "loss": "", "metrics": [], **parsed.settings}
        fit = {name: before[name] for name in settings.FIT}
        self.shop.settings = {**compiling.kept(before, fresh), **fit}
        state = self.shop.state()._replace(settings=before)
        try:
            self.shop.change(plan, "edit the code", copies, is_sequential=parsed.is_sequential)
        except Exception:
            self.shop.settings = before
            raise
        self.shop.done[-1] = self.shop.done[-1]._replace(before=state)
        self._choose(min(self.chosen, max(plan.calls)) if self.chosen in plan.calls else max(plan.calls))
        problem = self.shop.misfit()
        return f"Model and code are equal. {problem}".rstrip()

    def step_settings(self, message: dict) -> str:
        """Changes how the model is compiled and trained: any of the settings."""
        known = [self.shop.settings, *(entry.before.settings for entry in self.shop.done)]
        given = settings.taken(message.get("settings"), known)
        self.shop.change_settings(given, f"set {', '.join(given)}")
        return f"{', '.join(given)} changed."

    def step_undo(self, message: dict) -> str:
        """Takes the last change back."""
        return self._settled(f"Undone: {self.shop.undo()}.")

    def step_redo(self, message: dict) -> str:
        """Makes the last change that was taken back again."""
        return self._settled(f"Done again: {self.shop.redo()}.")

    def _settled(self, words: str) -> str:
        calls = self.shop.plan.calls
        self._choose(self.chosen if self.chosen in calls else max(calls))
        return words


def _layers_of(message: dict) -> list[dict]:
    """The layers that a message names."""
    wanted = message.get("layers")
    if not isinstance(wanted, list) or not wanted:
        raise ValueError("Argument `layers` must name at least one layer.")
    for step in wanted:
        if not isinstance(step, dict) or not isinstance(step.get("arguments") or {}, dict) or "name" not in step:
            raise ValueError(f"Argument `layers` must hold dicts of `name` and `arguments`. Received: {step}")
    return wanted


def _insert(before: int | None) -> Any:
    return lambda plan, layer, after: edits.insert(plan, layer, after, before)


def _to_itself(name: str, ref: Ref) -> tuple:
    return (ref, ref) if name == "MultiHeadAttention" else ([ref, ref],)


def _argument(made: Any, config: dict, name: str) -> Any:
    """An argument as an object, from a new layer of the same config; layers inside are new ones, too."""
    if name == "layer":
        return read.literal(write.expression(write.differing(made)["layer"]))
    value = config[name]
    if isinstance(value, dict) and "class_name" in value and hasattr(made, name) and name != "dtype":
        return getattr(made, name)
    return made.dtype_policy if name == "dtype" else value


def as_json(value: Any) -> Any:
    """A message as it is recorded."""
    return json.loads(json.dumps(value))
