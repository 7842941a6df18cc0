"""What lines of code give: models that may be layers of others, tensors, and what operations make of them."""

from __future__ import annotations

import ast
import dataclasses
from typing import Any

from kerasnb import tree
from kerasnb.layers.base.layer import Layer
from kerasnb.model.functional import Functional
from kerasnb.model.sequential import Sequential
from kerasnb.model.surgery.plan import Call, Plan, Ref, chain
from kerasnb.model.surgery.replay import replay
from kerasnb.widgets.builder import operations


class CodeError(ValueError):
    """A line that is no model, and why."""

    def __init__(self, text: str, line: int) -> None:
        super().__init__(text)
        self.line = line


@dataclasses.dataclass(frozen=True)
class Several:
    """The tensors that a call gives, where they are several."""

    call: int


class Made:
    """A model that a line makes: a stack of layers, or a graph.

    Args:
        name: Optional name.
        line: Integer, the line of the code.
    """

    def __init__(self, name: str | None, line: int) -> None:
        self.name, self.line = name, line
        self.trainable = True
        self.stack: list | None = None
        self.graph: Plan | None = None
        self.named: set[int] = set()  # ids of layers whose name the text gives
        self._layer: Any = None

    def plan(self) -> Plan:
        """Its calls."""
        return chain(self.stack or []) if self.graph is None else self.graph

    def layer(self) -> Any:
        """The model itself, made when it is first used as a layer."""
        if self._layer is None:
            if self.graph is None:
                self._layer = Sequential(self.stack or [], name=self.name)
            else:
                made = replay(self.graph)
                ends = [made.structure(s) for s in (self.graph.inputs, self.graph.outputs)]
                self._layer = Functional(ends[0], ends[1], name=self.name)
            if not self.trainable:
                self._layer.trainable = False
            if self.name is not None:
                self.named.add(id(self._layer))
        return self._layer


def gives_several(layer: Any, kwargs: dict, known: frozenset[str]) -> bool:
    """Whether a call of a layer gives several tensors."""
    if isinstance(layer, Functional):
        return len(tree.flatten(layer.outputs)) > 1
    asked = kwargs.get("return_attention_scores") is True or getattr(layer, "return_state", False) is True
    return asked or (isinstance(layer, Layer) and type(layer).__name__ in known)


class Tensors:
    """Reads what lines do with tensors themselves: operators, operations of keras.ops, parts."""

    calls: dict[int, Call]
    several: frozenset[str]

    def value(self, node: ast.expr) -> Any:
        """What an expression gives."""
        raise NotImplementedError

    def operator(self, sign: Any, values: list, node: Any) -> Any:
        """What an operator of Python gives for tensors."""
        if not any(isinstance(v, Ref) for v in values) or type(sign) not in operations.OPERATORS:
            raise CodeError("Only + - * / of numbers can stand here.", node.lineno)
        return self.operation(f"ops.{operations.OPERATORS[type(sign)]}", values, {}, node)

    def operation(self, path: str, args: list, kwargs: dict, node: Any) -> Any:
        """The output of an operation of keras.ops, or a constant."""
        found = operations.function(path)
        if found is None:
            raise CodeError(f"keras.{path} is no operation of Keras.", node.lineno)
        if any(isinstance(x, Several) for x in tree.flatten([args, kwargs])):
            raise CodeError("One of these gives several tensors: choose one, as in x[0].", node.lineno)
        if not operations.has_refs([args, kwargs]):
            if found.__name__ not in operations.CONCRETE:
                raise CodeError(f"keras.{path} takes no tensor of the model here.", node.lineno)
            return found(*args, **kwargs)
        number = len(self.calls)
        self.calls[number] = operations.call_of(found, args, kwargs)
        is_several = operations.gives_several(found, args, kwargs, self.several)
        return Several(number) if is_several else Ref(number)

    def part(self, node: ast.Subscript) -> Any:
        """One of several tensors, or a part of one."""
        whole, key = self.value(node.value), self.value(node.slice)
        if isinstance(whole, Several):
            if type(key) is not int or key < 0:
                raise CodeError("One of several tensors is chosen by its number, as in x[0].", node.lineno)
            return Ref(whole.call, key)
        if not isinstance(whole, Ref):
            raise CodeError(f"{ast.unparse(node.value)} is no tensor.", node.lineno)
        return self.operation("ops.get_item", [whole, key], {}, node)
