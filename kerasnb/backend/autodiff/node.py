"""Nodes: one symbolic call of a layer each, from which a Functional model is put together later."""

from __future__ import annotations

from typing import NamedTuple

from kerasnb import tree
from kerasnb.backend.tensor.keras_tensor import KerasTensor


class KerasHistory(NamedTuple):
    """Where a KerasTensor comes from: the layer, which of its calls, which of the outputs."""

    operation: object
    node_index: int
    tensor_index: int


class Node:
    """One call of a layer on KerasTensors.

    Args:
        operation: The layer.
        call_args: Tuple of its positional arguments.
        call_kwargs: Dict of its keyword arguments.
        outputs: Structure of KerasTensors that came out.
    """

    def __init__(self, operation, call_args=(), call_kwargs=None, outputs=None) -> None:
        self.operation, self.args, self.kwargs, self.outputs = operation, call_args, call_kwargs or {}, outputs
        given = tree.flatten([list(call_args), self.kwargs])
        self.input_tensors = [x for x in given if isinstance(x, KerasTensor)]
        self.output_tensors = tree.flatten(outputs)
        self.is_input = not self.input_tensors
        index = len(operation._inbound_nodes)
        operation._inbound_nodes.append(self)
        for place, tensor in enumerate(self.output_tensors):
            if isinstance(tensor, KerasTensor):
                tensor._keras_history = KerasHistory(operation, index, place)
        for parent in self.parent_nodes:
            parent.operation._outbound_nodes.append(self)

    @property
    def parent_nodes(self) -> list:
        """The nodes that the inputs come from."""
        histories = [getattr(x, "_keras_history", None) for x in self.input_tensors]
        return [h.operation._inbound_nodes[h.node_index] for h in histories if h is not None]

    def __repr__(self) -> str:
        return f"<Node operation={self.operation}, id={id(self)}>"
