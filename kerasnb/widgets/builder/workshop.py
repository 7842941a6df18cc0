"""The workshop: the model that is being built, its plan, and every change of it, back and forth."""

from __future__ import annotations

import sys
from typing import Any, NamedTuple

import numpy as np

from kerasnb import layers
from kerasnb.layers.base.layer import Layer
from kerasnb.model.functional import Functional
from kerasnb.model.model import Model
from kerasnb.model.sequential import Sequential
from kerasnb.model.surgery.edits import replace
from kerasnb.model.surgery.plan import Call, Plan, Ref, chain
from kerasnb.model.surgery.replay import replay
from kerasnb.widgets.builder import checks, compiling, oddities, palette, propose, settings
from kerasnb.widgets.builder.numbering import in_order, named_by_lines
from kerasnb.widgets.builder.palette import fresh_names
from kerasnb.widgets.kit import data as kit_data

TOO_LARGE = ("Maximum allowed dimension exceeded", "array is too big")  # in NumPy's words


class State(NamedTuple):
    """What the model was at a moment."""

    plan: Plan
    is_sequential: bool
    settings: dict


class Entry(NamedTuple):
    """One change, which can be taken back."""

    label: str
    before: State
    after: State
    weights: tuple | None = None  # of a training: variables; values, `fits` before, after


class Workshop:
    """Changes a model.

    Args:
        model: Optional `Sequential` or functional model. Defaults to a new one that fits the data.
        x: Optional inputs of the model, for previews and training.
        y: Optional targets.
        seed: Integer, the seed of a new model's weights.

    Raises:
        ValueError: If the model is of another kind or has no input, or the data do not hold numbers.
    """

    def __init__(self, model: Model | None, x: Any, y: Any, seed: int) -> None:
        self.x, self.y, self.seed = x, y, seed
        for data, name in ((x, "x"), (y, "y")):
            if data is not None:
                kit_data.check(data, name)
                oddities.check_samples(data, name)
        self.inputs = [] if x is None else propose.arrays_of(x, "x")
        self.targets = targets = [] if y is None else propose.arrays_of(y, "y")
        checks.check_data(self.inputs, targets)
        self._odd_data = oddities.of_data(self.inputs, targets)
        self.proposal = propose.for_targets(targets[0]) if len(targets) == 1 else None
        self.ids = next((int(a.max()) + 1 for a in self.inputs if propose.is_ids(a) and a.size), None)
        self.settings = dict(settings.DEFAULTS)
        if self.proposal:
            self.settings.update(loss=self.proposal.loss, metrics=list(self.proposal.metrics))
        self.is_new = model is None  # its weights follow from the seed
        self.fits: list[dict] = []  # how the model was trained here
        self.compiled_as: dict | None = None
        self._compiled: dict[int, dict] = {}  # how stack and graph were last seen compiled
        self.done: list[Entry] = []
        self.undone: list[Entry] = []
        self.rebuilt: list[str] = []
        self._known: dict[int, tuple[Any, np.ndarray]] = {}  # since a training: variables and their values, by id
        self._graph: Functional | None = None
        self._stack: Sequential | None = None
        self._start(model)

    def _start(self, model: Model | None) -> None:
        if model is None:
            self.plan = self._first_plan()
            self.is_sequential = self.plan.is_chain()
            self._make(self.plan, self.is_sequential)
            return
        if not isinstance(model, (Sequential, Functional)):
            raise ValueError(
                "Argument `model` must be a Sequential or a functional model. Received: "
                f"{type(model).__name__}, whose layers are called in Python code."
            )
        if isinstance(model, Sequential) and model._ends is None:
            raise ValueError("Argument `model` must have an input. Add `keras.Input(shape)` in front of its layers.")
        self.is_sequential = isinstance(model, Sequential)
        self._stack, self._graph = (model, None) if isinstance(model, Sequential) else (None, model)
        self.plan = model._plan()
        self._take_operations()
        self._take_compiled()

    def _take_compiled(self) -> bool:
        """Takes over how the model is compiled; returns whether another cell has compiled it anew."""
        now = compiling.of_model(self.model)
        if not now or compiling.same(now, self._compiled.get(id(self.model), {})):
            return False
        fit = {name: self.settings[name] for name in settings.FIT}
        self.settings = {**settings.DEFAULTS, **now, **fit}
        self._compiled[id(self.model)] = now
        return True

    def _take_operations(self) -> None:
        """Takes the plan as it is; operations of keras.ops are named as the code names them."""
        plan = self.plan if self.is_sequential else in_order(self.plan, self.model)
        named = named_by_lines(plan)
        if named is plan or all(named.calls[n].operation is c.operation for n, c in plan.calls.items()):
            self.plan, self.tensors = plan, replay(plan).tensors
        else:
            self._make(named, self.is_sequential)

    def _first_plan(self) -> Plan:
        """An input for each array of the data, and the last layer that the targets ask for."""
        if len(self.inputs) > 1:
            return self._first_graph()
        shape = self.inputs[0].shape[1:] if self.inputs else (8,)
        if self.inputs and self.inputs[0].ndim == 1:
            shape = (1,)
        first = self.inputs[0] if self.inputs else np.zeros((1, 8))
        made: list = [layers.InputLayer(shape, dtype="int32" if self.ids else "float32", name="input_layer")]
        for name, given in propose.first_layers(first, self.proposal, self.ids):
            made.append(palette.create(name, given, {layer.name for layer in made}))
        return chain(made)

    def _first_graph(self) -> Plan:
        names = list(self.x) if isinstance(self.x, dict) else [None] * len(self.inputs)
        taken: set[str] = set()
        plan = Plan({}, [], [])
        calls: dict = {}
        for array, given in zip(self.inputs, names, strict=True):
            name = given or palette.free_name("InputLayer", taken)
            taken.add(name)
            dtype = "int32" if propose.is_ids(array) else "float32"
            calls[len(calls)] = Call(layers.InputLayer(array.shape[1:] or (1,), dtype=dtype, name=name))
        inputs = [Ref(n) for n in calls]
        ends = []
        for ref in inputs:
            end = ref
            for kind, arguments in propose.flattening(self.inputs[ref.call], self.ids):
                calls[len(calls)] = Call(palette.create(kind, arguments, taken), (end,))
                taken.add(calls[len(calls) - 1].operation.name)
                end = Ref(len(calls) - 1)
            ends.append(end)
        calls[len(calls)] = Call(palette.create("Concatenate", {}, taken), (ends,))
        if self.proposal and self.proposal.units:
            last = propose.first_layers(np.zeros((1, 1)), self.proposal, None)[0]
            calls[len(calls)] = Call(palette.create(*last, taken), (Ref(len(calls) - 1),))
        plan = Plan(calls, inputs, Ref(len(calls) - 1))
        return plan.with_calls(calls)

    # --- the model

    @property
    def model(self) -> Any:
        """The model as it is now."""
        return self._stack if self.is_sequential else self._graph

    def shape(self, ref: Ref) -> tuple:
        """The shape of a tensor."""
        return tuple(self.tensors[ref].shape)

    def misfit(self) -> str:
        """Why the model cannot take the data, as a sentence; empty where it can."""
        return checks.misfit(self.plan, self.x, self.inputs)

    def odd(self) -> list[str]:
        """What is odd about data and model, as sentences."""
        found = oddities.of_model(self.plan, self.shape, self.y, self.targets, self.settings["loss"])
        return [*self._odd_data, *found]

    def state(self) -> State:
        """What the model is now."""
        return State(self.plan, self.is_sequential, dict(self.settings))

    def _make(self, plan: Plan, is_sequential: bool) -> None:
        """Makes the model what a plan says; after an error everything is as before."""
        plan = named_by_lines(plan)
        model = self._stack if is_sequential else self._graph
        if model is not None:
            change = model._change(plan)
            pairs, self.tensors = change.pairs, change.tensors
        elif is_sequential:
            operations = [call.operation for call in plan.calls.values()]
            self._stack = Sequential(operations, name="sequential")
            pairs, self.tensors = {}, _chain_tensors(plan)
        else:
            made = replay(plan)
            ends = [made.structure(s) for s in (plan.inputs, plan.outputs)]
            self._graph = Functional(ends[0], ends[1], name="functional")
            pairs, self.tensors = made.rebuilt, made.tensors
        for old, new in pairs.values():
            plan = replace(plan, old, new)
        self.rebuilt = list(pairs)
        self.plan, self.is_sequential = plan, is_sequential

    # --- changes

    def sync(self) -> bool:
        """Takes over what another cell or panel has changed; returns whether there was something."""
        has_trained = self._sync_weights()
        before = self.state()
        if self._take_compiled():
            self.remember("compile in another cell", before)
            has_trained = True
        plan = self.model._plan()
        if {id(o) for o in plan.operations()} == {id(o) for o in self.plan.operations()}:
            return has_trained
        before = self.state()
        self.plan = plan
        self._take_operations()
        self.remember("change in another cell", before)
        return True

    def _sync_weights(self) -> bool:
        """Remembers weights that were changed elsewhere since a training here, so that undo restores them."""
        layers_now: list[Any] = [o for o in self.plan.operations() if isinstance(o, Layer)]
        weights = [self._known[id(w)] for layer in layers_now for w in layer.weights if id(w) in self._known]
        if all(np.array_equal(w.value, value, equal_nan=value.dtype.kind == "f") for w, value in weights):
            return False
        variables = [variable for variable, _ in self._known.values()]
        values = [value for _, value in self._known.values()]
        now = [np.array(v.value) for v in variables]
        fits = self.fits
        self.fits = [*fits, {"plan": self.plan, "elsewhere": True}]
        self.remember("change of the weights elsewhere", self.state(), (variables, (values, now), (fits, self.fits)))
        return True

    def change(self, plan: Plan, label: str, copies: tuple = (), is_sequential: bool | None = None) -> None:
        """Makes a change that can be taken back.

        Args:
            plan: `Plan`, the model after it.
            label: String, what it is.
            copies: Pairs of an old and a new layer: the new one gets the old one's weights if they fit.
            is_sequential: Optional boolean. Defaults to what the model is, where the plan is a chain.

        Raises:
            ValueError: If a layer cannot take what comes before it.
        """
        before = self.state()
        wanted = self.is_sequential if is_sequential is None else is_sequential
        try:
            self._make(plan, wanted and plan.is_chain())
        except Exception as problem:  # whatever a layer raises about a shape
            raise ValueError(_in_words(problem)) from problem
        for old, new in copies:
            _copy_weights(old, new)
        self.remember(label, before)

    def change_settings(self, settings: dict, label: str) -> None:
        """Changes how the model is compiled and trained."""
        before = self.state()
        self.settings = {**self.settings, **settings}
        self.remember(label, before)

    def remember(self, label: str, before: State, weights: tuple | None = None) -> None:
        """Puts a change on the pile."""
        self.done.append(Entry(label, before, self.state(), weights))
        self.undone.clear()
        if weights is not None:
            self._note(weights[0], weights[1][1])
        elif self._known:
            new = [v for v in self.model.variables if id(v) not in self._known]
            self._note(new, [np.array(v.value) for v in new])

    def _note(self, variables: list, values: list) -> None:
        self._known.update({id(v): (v, value) for v, value in zip(variables, values, strict=True)})

    def undo(self) -> str:
        """Takes the last change back; returns what it was.

        Raises:
            ValueError: If there is none.
        """
        return self._go(self.done, self.undone, back=True)

    def redo(self) -> str:
        """Makes the last change that was taken back again; returns what it was.

        Raises:
            ValueError: If there is none.
        """
        return self._go(self.undone, self.done, back=False)

    def _go(self, source: list, target: list, back: bool) -> str:
        if not source:
            raise ValueError("Nothing to undo." if back else "Nothing to redo.")
        entry = source[-1]
        state = entry.before if back else entry.after
        if state.plan is not self.plan:
            self._make(state.plan, state.is_sequential)
        self.settings = dict(state.settings)
        if entry.weights is not None:
            variables, values, fits = entry.weights
            for variable, value in zip(variables, values[not back], strict=True):
                variable.assign(value)
            self._note(variables, values[not back])
            self.fits = list(fits[not back])
        target.append(source.pop())
        return entry.label

    # --- compiling and weights

    def differs(self) -> str:
        """Why code alone does not give the weights of a new model that was trained; an empty string if it does."""
        if any(fit["plan"] is not self.plan for fit in self.fits):
            return "the layers were changed after a training: these weights start anew"
        if any("elsewhere" in fit for fit in self.fits):
            return "the weights were changed outside of the Builder: these weights differ"
        if not all(fit["whole"] for fit in self.fits):
            return "a training was stopped in an epoch: these weights differ"
        return ""

    def compile(self) -> None:
        """Compiles the model as the settings say, unless it is compiled so already."""
        model, wanted = self.model, compiling.given(self.settings)
        seen = compiling.of_model(model)
        if model.compiled and (compiling.same(wanted, self.compiled_as or {}) or compiling.same(wanted, seen)):
            return
        model.compile(**{**wanted, "loss": wanted.get("loss") or None})
        self.compiled_as, self._compiled[id(model)] = wanted, compiling.of_model(model)

    def draw_again(self, code: str, needs: dict[str, Any]) -> None:
        """Gives a new model the weights that its code gives it: those of a new session with the seed.

        Args:
            code: String, the code that makes and compiles the model.
            needs: Dict of what the code does not define, by name.
        """
        space = {"keras": sys.modules["kerasnb"], "layers": layers, **needs}
        with fresh_names():
            exec(compile(code, "<builder>", "exec"), space)  # code that this package has written
        for twin in space["model"].layers:
            mine: Any = next(o for o in self.plan.operations() if isinstance(o, Layer) and o.name == twin.name)
            if mine is twin:
                continue  # one of the author's that the code takes as it is
            for variable, source in zip(mine.variables, twin.variables, strict=True):
                variable.assign(source.value)
        self.compiled_as = None  # a new optimizer, too


def _in_words(problem: Exception) -> str:
    """An error of NumPy or Python, from making a layer, as a sentence."""
    words = str(problem).strip().split("\n")[0]
    if isinstance(problem, (OverflowError, MemoryError)) or words.startswith(TOO_LARGE):
        return "The layers would be too large for the memory."
    if type(problem) is ValueError:
        return str(problem)
    if isinstance(problem, IndexError):
        return "A layer needs inputs with more axes than there are here."
    if isinstance(problem, TypeError) and "NoneType" in words:
        return "A layer needs to know an extent that is None here: give the input a whole shape."
    return f"The layers cannot be made so: {words or type(problem).__name__}."


def _chain_tensors(plan: Plan) -> dict:
    return {Ref(n): c.operation._inbound_nodes[0].outputs[0] for n, c in plan.calls.items()}


def _copy_weights(old: Any, new: Any) -> None:
    """Gives a layer another one's weights, if they have the same shapes."""
    if not isinstance(old, Layer):
        return  # operations of keras.ops have none
    if [tuple(v.shape) for v in old.variables] == [tuple(v.shape) for v in new.variables]:
        for variable, source in zip(new.variables, old.variables, strict=True):
            variable.assign(source.value)
