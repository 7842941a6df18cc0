"""A model as code: inputs, calls of layers and operations, models inside, how it is compiled, and what it needs."""

from __future__ import annotations

import json
from typing import Any

from kerasnb.model.functional import Functional
from kerasnb.model.model import Model
from kerasnb.model.sequential import Sequential
from kerasnb.model.surgery.own import own_objects
from kerasnb.model.surgery.plan import Call, Plan, Ref, is_input_layer
from kerasnb.widgets.builder import compiling, operations
from kerasnb.widgets.builder.write import Names, identifier, input_code, layer_code

NEEDS = "# Needs from your other cells: "


class Written:
    """Code, and which line belongs to which call."""

    def __init__(self) -> None:
        self.lines: list[str] = []
        self.line_of: dict[int, int] = {}
        self.names = Names()
        self.taken: set[str] = set()  # names of variables
        self.numbered: dict[int, str] = {}  # the names that operations of keras.ops get, by the numbers of calls

    def add(self, line: str, number: int | None = None) -> None:
        """Appends a line."""
        if number is not None:
            self.line_of.setdefault(number, len(self.lines))
        self.lines.append(line)

    def lead(self) -> None:
        """Puts in front what must be defined where the code runs."""
        needs, words = self.names.needs, self.names.words
        plain_names = ", ".join(name for name in needs if name not in words)
        lines = [f"{NEEDS}{plain_names}"] if plain_names else []
        lines += [f"# {name}, from your other cells: {words[name]}" for name in needs if name in words]
        self.lines[:0] = lines
        self.line_of = {number: line + len(lines) for number, line in self.line_of.items()}

    @property
    def text(self) -> str:
        """The whole."""
        return "\n".join(self.lines)


def model_code(
    plan: Plan, name: str, is_sequential: bool, settings: dict, seed: int | None, trainable: bool = True
) -> Written:
    """The code that makes a model.

    Args:
        plan: `Plan`.
        name: String, the model's name.
        is_sequential: Boolean, whether it is a `Sequential`.
        settings: Dict with arguments of `compile`, or empty.
        seed: Optional integer, the seed of its weights.
        trainable: Boolean, whether the model as a whole is.
    """
    code = Written()
    code.taken |= {"model", "keras", "layers"}
    if seed is not None:
        code.add(f"keras.utils.set_random_seed({seed})")
    write_model(code, plan, "model", name, is_sequential)
    if not trainable:
        code.add("model.trainable = False")
    if compiling.is_compiled(settings):
        code.add(f"model.compile({compiling.arguments(settings, code.names)})")
        for comment in compiling.left_out(settings):
            code.add(comment)
    code.lead()
    return code


def write_model(code: Written, plan: Plan, variable: str, name: str, is_sequential: bool) -> None:
    """The lines that make a model and give it to a variable."""
    for operation in plan.operations():
        code.taken |= set(own_objects(operation))
    kind = "Sequential" if is_sequential else "Functional"
    start = (_sequential if is_sequential else _functional)(code, plan, variable)
    is_numbered = name == code.names.peek(kind)
    if is_numbered:
        code.names.next(kind)
    named = "" if is_numbered else f", name={json.dumps(name)}"
    code.add(f"{start}{named})")
    if is_sequential:
        code.names.next("Functional")  # a stack counts as one of them, as in Keras


def is_model(operation: Any) -> bool:
    """Whether a layer is a model whose layers can be written."""
    return isinstance(operation, (Sequential, Functional)) and type(operation) in (Sequential, Functional, Model)


def _inner_model(code: Written, model: Any) -> str:
    """The lines that make a model that is a layer of another one; returns its variable."""
    variable = _variable(model.name, code.taken)
    before = dict(code.line_of), dict(code.numbered)
    write_model(code, model._plan(), variable, model.name, isinstance(model, Sequential))
    code.line_of, code.numbered = before  # its calls are no cards
    if not model.trainable:
        code.add(f"{variable}.trainable = False")
    return variable


def _sequential(code: Written, plan: Plan, variable: str) -> str:
    lines: list[tuple[str, int]] = []
    for number, call in plan.calls.items():
        operation = call.operation
        if is_input_layer(operation):
            if operation is not None:
                lines.append((input_code(operation, code.names), number))
        elif is_model(operation):
            lines.append((_inner_model(code, operation), number))
        else:
            lines.append((layer_code(operation, code.names), number))
    code.add(f"{variable} = keras.Sequential([")
    for line, number in lines:
        code.add(f"    {line},", number)
    code.names.called()
    return "]"


def _functional(code: Written, plan: Plan, variable: str) -> str:
    variables: dict[int, str] = {}
    makers: dict[int, str] = {}
    named = {o.name for o in plan.operations() if not operations.is_operation(o)}
    for number, call in plan.calls.items():
        operation, names = call.operation, code.names
        if plan.is_input(number):
            variables[number] = _variable(operation.name, code.taken)
            code.add(f"{variables[number]} = {input_code(operation, names)}", number)
            continue
        if operations.is_operation(operation):
            _operation(code, number, call, variables, plan, named)
            continue
        maker = makers.get(id(operation))
        if maker is None and is_model(operation):
            maker = makers[id(operation)] = _inner_model(code, operation)
        elif maker is None and len(plan.calls_of(operation)) > 1:
            maker = makers[id(operation)] = _variable(operation.name, code.taken)
            code.add(f"{maker} = {layer_code(operation, names)}", number)
        made = maker or layer_code(operation, names)
        code.taken.add(made)
        variables[number] = _variable(f"{operation.name}{'_out' if maker else ''}", code.taken)
        given = _call_arguments(call, _writer(plan, variables), names)
        code.add(f"{variables[number]} = {made}({given})", number)
        names.called()
    write = _writer(plan, variables)
    ends = ", ".join(operations.value(s, write, code.names) for s in (plan.inputs, plan.outputs))
    return f"{variable} = keras.Model({ends}"


def _operation(code: Written, number: int, call: Call, variables: dict, plan: Plan, named: set[str]) -> None:
    """The line of an operation of keras.ops, which the line itself names."""
    kind = type(call.operation).__name__
    line = operations.code(call, _writer(plan, variables), code.names)
    while code.names.peek(kind) in named:
        code.add(f"{line}  # uses up the name {code.names.next(kind)}, which a layer has", number)
    code.numbered[number] = code.names.next(kind)
    variables[number] = _variable(code.numbered[number], code.taken)
    code.add(f"{variables[number]} = {line}", number)


def _writer(plan: Plan, variables: dict[int, str]) -> Any:
    """What writes a tensor: the variable, with the place of an output where there are several."""

    def write(ref: Ref) -> str:
        has_several = operations.count_outputs(plan.calls[ref.call].operation) > 1
        return variables[ref.call] + (f"[{ref.index}]" if has_several else "")

    return write


def _call_arguments(call: Call, write: Any, names: Names) -> str:
    parts = [operations.value(x, write, names, call.operation) for x in call.args]
    given = {} if call.kwargs == {"mask": None} else call.kwargs  # which models write into their calls
    parts += [f"{key}={operations.value(x, write, names, call.operation)}" for key, x in given.items()]
    return ", ".join(parts)


def _variable(name: str, taken: set[str]) -> str:
    base = identifier(name)
    tries = [base, *(f"{base}_{i}" for i in range(1, len(taken) + 2))]
    found = next(one for one in tries if one not in taken)
    taken.add(found)
    return found
