"""The symbolic graph between inputs and outputs: which nodes compute the outputs, and in which order."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any, NamedTuple

from kerasnb import tree
from kerasnb.backend.autodiff.node import Node, node_of
from kerasnb.backend.tensor.keras_tensor import KerasTensor

if TYPE_CHECKING:
    from kerasnb.backend.autodiff.operation import Operation


class Graph(NamedTuple):
    """A part of the symbolic graph; depth 0 is that of the outputs, and depths grow towards the inputs."""

    nodes: set[Node]
    nodes_by_depth: dict[int, list[Node]]
    operations: list[Operation]


def graph_between(inputs: list[KerasTensor], outputs: list[KerasTensor]) -> Graph:
    """Returns the part of the symbolic graph that computes outputs from inputs.

    Args:
        inputs: List of KerasTensors; the graph ends there, whatever they were computed from.
        outputs: List of KerasTensors.

    Raises:
        ValueError: If an output needs another input, or two operations have one name.
    """
    ordered, places = _sorted_nodes(inputs, outputs)
    node_depths, operation_depths = _depths(ordered)
    for tensor in inputs:  # an input that no output needs is part of the graph, too
        node = node_of(tensor)
        if node is not None and node.is_input and node.operation not in operation_depths:
            places[node.operation] = -1
            node_depths[node] = operation_depths[node.operation] = 0
    by_depth: dict[int, list] = {}
    for node, depth in node_depths.items():
        by_depth.setdefault(depth, []).append(node)
    operations_by_depth: dict[int, list] = {}
    for operation, depth in operation_depths.items():
        operations_by_depth.setdefault(depth, []).append(operation)
    for group in operations_by_depth.values():
        group.sort(key=lambda operation: places[operation])
    operations = [o for depth in sorted(operations_by_depth, reverse=True) for o in operations_by_depth[depth]]
    _check_connected(inputs, by_depth)
    _check_names(operations)
    return Graph(set(node_depths), by_depth, operations)


def _sorted_nodes(inputs: list[KerasTensor], outputs: list[KerasTensor]) -> tuple[list[Node], dict]:
    """(the nodes, those that others need first; the place of each operation in the order of the traversal).

    There is no recursion: models have thousands of nodes in a row.
    """
    ends = {id(x) for x in inputs}
    done: set[Node] = set()
    open_nodes: set[Node] = set()
    ordered: list[Node] = []
    places: dict = {}
    tasks: list = [(x, False) for x in reversed(outputs)]
    while tasks:
        tensor, finished = tasks.pop()
        node = node_of(tensor)
        if node is None or node in done or (id(tensor) in ends and not node.is_input):
            if node is None and id(tensor) not in ends:
                raise ValueError(f"Output {tensor} is not connected to `inputs`: no operation computes it.")
            continue
        if finished:
            done.add(node)
            open_nodes.discard(node)
            ordered.append(node)
            continue
        if node in open_nodes:
            raise ValueError(f"Tensor {tensor} from operation '{node.operation.name}' is part of a cycle.")
        open_nodes.add(node)
        places.setdefault(node.operation, len(places))
        tasks.append((tensor, True))
        if not node.is_input:
            tasks += [(x, False) for x in reversed(node.input_tensors)]
    return ordered, places


def _depths(ordered: list[Node]) -> tuple[dict[Node, int], dict[Operation, int]]:
    """How far each node and each operation is from the outputs, at most."""
    nodes: dict[Node, int] = {}
    operations: dict = {}
    inside = set(ordered)
    for node in reversed(ordered):
        depth = max(nodes.get(node, 0), operations.get(node.operation, 0))
        nodes[node] = operations[node.operation] = depth
        for parent in node.parent_nodes:
            if parent in inside:
                nodes[parent] = max(depth + 1, nodes.get(parent, 0))
    return nodes, operations


def _check_connected(inputs: list[KerasTensor], by_depth: dict[int, list[Node]]) -> None:
    """Raises ValueError where the graph needs a KerasTensor that nothing in it computes."""
    known = {id(x) for x in inputs}
    for depth in sorted(by_depth, reverse=True):
        for node in by_depth[depth]:
            missing = [x for x in node.input_tensors if id(x) not in known]
            if all(id(x) in known for x in node.outputs):
                continue  # an input of the graph, whatever it was computed from
            if missing or node.is_input:
                raise ValueError(
                    f"Graph disconnected: cannot find parent for tensor {(missing or node.outputs)[0]} at operation "
                    f"'{node.operation.name}'."
                )
            known |= {id(x) for x in node.outputs}


def _check_names(operations: list[Operation]) -> None:
    for name, count in Counter(operation.name for operation in operations).items():
        if count > 1:
            raise ValueError(
                f'The name "{name}" is used {count} times in the model. All operation names should be unique.'
            )


def get_source_inputs(tensor: Any) -> list[KerasTensor]:
    """Returns the input tensors that are needed to compute a tensor, each once.

    Args:
        tensor: KerasTensor.

    Returns:
        List of KerasTensors; a tensor that no operation computes is its own source.

    Example:

    >>> x = keras.Input((3,))
    >>> keras.utils.get_source_inputs(keras.ops.relu(x) + 1)[0] is x
    True
    """
    if not isinstance(tensor, KerasTensor):
        return tensor
    sources: dict[int, KerasTensor] = {}
    seen: set[int] = set()
    tasks = [tensor]
    while tasks:
        tensor = tasks.pop()
        if id(tensor) in seen:
            continue
        seen.add(id(tensor))
        node = node_of(tensor)
        if node is None:
            sources[id(tensor)] = tensor
        elif node.is_input:
            sources |= {id(x): x for x in node.outputs}
        else:
            tasks += reversed(node.input_tensors)
    return list(sources.values())


def is_input_tensor(x: Any) -> bool:
    """Whether a value is what `keras.Input` returns."""
    node = node_of(x) if isinstance(x, KerasTensor) else None
    return node is not None and node.is_input


def flat_tensors(structure: Any, argument: str) -> list[KerasTensor]:
    """The KerasTensors of a structure.

    Raises:
        ValueError: If something else is in it.
    """
    leaves: Iterable = tree.flatten(structure)
    for x in leaves:
        if not isinstance(x, KerasTensor):
            raise ValueError(
                f"All `{argument}` values must be KerasTensors. Received: {argument}={structure} including invalid "
                f"value {x} of type {type(x)}"
            )
    return list(leaves)
