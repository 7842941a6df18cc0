"""Nodes of the symbolic graph: one for each symbolic call of a layer or another operation."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from kerasnb import tree
from kerasnb.backend.tensor.keras_tensor import KerasTensor

if TYPE_CHECKING:
    from kerasnb.backend.autodiff.operation import Operation


class KerasHistory(NamedTuple):
    """Where a KerasTensor comes from: the operation, which of its calls, which of the outputs."""

    operation: Operation
    node_index: int
    tensor_index: int


class Arguments:
    """The arguments of a symbolic call.

    Args:
        args: Tuple of positional arguments, KerasTensors anywhere inside.
        kwargs: Dict of keyword arguments.
    """

    def __init__(self, args: tuple = (), kwargs: dict | None = None) -> None:
        self.args, self.kwargs = args, kwargs or {}
        self.keras_tensors = [x for x in tree.flatten([list(args), self.kwargs]) if isinstance(x, KerasTensor)]

    def fill_in(self, values: dict[int, Any]) -> tuple[tuple, dict]:
        """Returns the arguments with values in place of the KerasTensors.

        Args:
            values: Dict of values by the ids of KerasTensors.
        """
        if len(self.args) == 1 and not self.kwargs and isinstance(self.args[0], KerasTensor):
            return (values[id(self.args[0])],), {}

        def value(x: Any) -> Any:
            return values[id(x)] if isinstance(x, KerasTensor) else x

        return tree.map_structure(value, self.args), tree.map_structure(value, self.kwargs)


class Node:
    """One call of an operation on KerasTensors.

    Args:
        operation: The operation, often a layer.
        call_args: Tuple of its positional arguments.
        call_kwargs: Dict of its keyword arguments.
        outputs: Structure of the KerasTensors that it returned.
    """

    def __init__(
        self, operation: Operation, call_args: tuple = (), call_kwargs: dict | None = None, outputs: Any = None
    ) -> None:
        self.operation, self.arguments = operation, Arguments(call_args, call_kwargs)
        self.outputs = tree.flatten(outputs)
        self.is_input = not self.arguments.keras_tensors
        if not all(x.record_history for x in self.arguments.keras_tensors):
            return  # the call is no part of a graph
        index = len(operation._inbound_nodes)
        operation._inbound_nodes.append(self)
        for place, tensor in enumerate(self.outputs):
            if isinstance(tensor, KerasTensor):
                tensor._keras_history = KerasHistory(operation, index, place)
        for parent in self.parent_nodes:
            parent.operation._outbound_nodes.append(self)

    @property
    def input_tensors(self) -> list[KerasTensor]:
        """The KerasTensors among the arguments."""
        return self.arguments.keras_tensors

    @property
    def output_tensors(self) -> list:
        """The KerasTensors that the call returned."""
        return self.outputs

    @property
    def parent_nodes(self) -> list[Node]:
        """The nodes that the inputs come from, each once."""
        nodes = (node_of(x) for x in self.input_tensors)
        return list({id(n): n for n in nodes if n is not None}.values())

    def __repr__(self) -> str:
        return f"<Node operation={self.operation}, id={id(self)}>"


def node_of(tensor: KerasTensor) -> Node | None:
    """The node that computes a KerasTensor, or None where it stands for itself."""
    history = tensor._keras_history
    return None if history is None else history.operation._inbound_nodes[history.node_index]
