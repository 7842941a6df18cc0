"""Plan: the calls of a model as plain data, so that they can be changed before the model is."""

from __future__ import annotations

import dataclasses
import itertools
from collections.abc import Callable, Iterator
from typing import Any

from kerasnb import tree
from kerasnb.backend.autodiff.operation import Operation
from kerasnb.layers.core.input_layer import InputLayer


@dataclasses.dataclass(frozen=True)
class Ref:
    """A tensor: which call computes it, and which of the outputs of that call it is."""

    call: int
    index: int = 0


@dataclasses.dataclass(frozen=True, eq=False)
class Call:
    """A call of a layer or another operation; `Ref`s stand for tensors among its arguments."""

    operation: Any
    args: tuple = ()
    kwargs: dict = dataclasses.field(default_factory=dict)
    refs: list[Ref] = dataclasses.field(init=False, repr=False)  # the tensors that it takes, in order

    def __post_init__(self) -> None:
        refs = [x for x in tree.flatten([list(self.args), self.kwargs]) if isinstance(x, Ref)]
        object.__setattr__(self, "refs", refs)

    def mapped(self, change: Callable[[Ref], Ref]) -> Call:
        """The same call on other tensors."""

        def one(x: Any) -> Any:
            return change(x) if isinstance(x, Ref) else x

        return Call(self.operation, tree.map_structure(one, self.args), tree.map_structure(one, self.kwargs))


@dataclasses.dataclass(frozen=True, eq=False)
class Plan:
    """The calls of a model by their numbers, each after those whose outputs it takes.

    A call without tensors is an input: its operation is an `InputLayer`, or None where the shape is unknown.
    """

    calls: dict[int, Call]
    inputs: Any
    outputs: Any

    # --- what stands where

    def consumers(self, ref: Ref) -> list[int]:
        """The calls that take a tensor."""
        return [number for number, call in self.calls.items() if ref in call.refs]

    def is_input(self, number: int) -> bool:
        """Whether a call is an input of the model."""
        return not self.calls[number].refs

    def calls_of(self, operation: Any) -> list[int]:
        """The calls of a layer."""
        return [number for number, call in self.calls.items() if call.operation is operation]

    def output_refs(self) -> list[Ref]:
        """The outputs as a flat list."""
        return list(tree.flatten(self.outputs))

    def operations(self) -> list[Operation]:
        """Each layer and operation once."""
        return list({id(c.operation): c.operation for c in self.calls.values() if c.operation is not None}.values())

    def ancestors(self, number: int) -> set[int]:
        """The calls that a call depends on, itself included."""
        seen, tasks = set(), [number]
        while tasks:
            one = tasks.pop()
            if one not in seen:
                seen.add(one)
                tasks += [ref.call for ref in self.calls[one].refs]
        return seen

    def is_chain(self) -> bool:
        """Whether the calls follow one another, each layer called once, from one input to one output."""
        numbers = list(self.calls)
        follows = all(self.calls[b].refs == [Ref(a)] for a, b in itertools.pairwise(numbers))
        once = len(self.operations()) == len([c for c in self.calls.values() if c.operation is not None])
        return bool(numbers) and follows and once and self.output_refs() == [Ref(numbers[-1])]

    # --- other plans

    def with_calls(self, calls: dict[int, Call]) -> Plan:
        """The plan with other calls, in an order in which each stands after those that it needs."""
        return Plan(dict(_ordered(calls)), self.inputs, self.outputs)

    def with_ends(self, inputs: Any, outputs: Any) -> Plan:
        """The plan with other inputs and outputs."""
        return Plan(self.calls, inputs, outputs)

    def next_number(self) -> int:
        """A number that no call has."""
        return max(self.calls, default=-1) + 1


def _ordered(calls: dict[int, Call]) -> Iterator[tuple[int, Call]]:
    """Calls in their order, except where one needs a later one."""
    done: set[int] = set()
    waiting = dict(calls)
    while waiting:
        ready = next((n for n, call in waiting.items() if all(ref.call in done for ref in call.refs)), None)
        if ready is None:
            names = ", ".join(call.operation.name for call in waiting.values())
            raise ValueError(f"Layers cannot follow themselves: {names} would be a circle.")
        done.add(ready)
        yield ready, waiting.pop(ready)


def chain(operations: list) -> Plan:
    """The plan of a stack of operations; the first is an `InputLayer`, or None where the shape is unknown."""
    calls = {i: Call(o, (Ref(i - 1),) if i else ()) for i, o in enumerate(operations)}
    return Plan(calls, Ref(0), Ref(len(operations) - 1))


def of_graph(function: Any) -> Plan:
    """The plan of a functional model."""
    refs: dict[int, Any] = {}
    calls: dict[int, Call] = {}
    for tensor in function.inputs:
        refs[id(tensor)] = Ref(len(calls))
        calls[len(calls)] = Call(tensor._keras_history.operation)
    for node in function._execution:
        number = len(calls)
        args, kwargs = node.arguments.fill_in(refs)
        calls[number] = Call(node.operation, args, kwargs)
        for index, tensor in enumerate(node.outputs):
            refs.setdefault(id(tensor), Ref(number, index))
    ends = (tree.map_structure(lambda x: refs[id(x)], s) for s in (function._inputs_struct, function._outputs_struct))
    return Plan(calls, *ends)


def is_input_layer(operation: Any) -> bool:
    """Whether an operation stands for an input."""
    return operation is None or isinstance(operation, InputLayer)
