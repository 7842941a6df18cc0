"""Graphs to configs and back, in the format of Keras' functional models."""

from __future__ import annotations

from collections import deque
from typing import TYPE_CHECKING, Any

import numpy as np

from kerasnb import saving
from kerasnb.backend.autodiff.graph import is_input_tensor
from kerasnb.backend.autodiff.node import Node
from kerasnb.backend.tensor.keras_tensor import KerasTensor
from kerasnb.saving import legacy_config
from kerasnb.serialization.brief import brief

if TYPE_CHECKING:
    from kerasnb.backend.autodiff.operation import Operation
    from kerasnb.model.function import Function

_INPUT = {"module": "keras.layers", "class_name": "InputLayer", "registered_name": None}


# --- graphs to configs


class _Writer:
    """The names that tensors have in the config of one graph.

    Args:
        function: The graph.
    """

    def __init__(self, function: Function) -> None:
        self.nodes = function._graph.nodes
        self.inputs = {id(x): x.name for x in function.inputs if not is_input_tensor(x)}

    def history(self, x: KerasTensor) -> list:
        """`[operation's name, index of the call, index of the output]`; calls outside of the graph do not count."""
        if id(x) in self.inputs:
            return [self.inputs[id(x)], 0, 0]
        operation, index, place = x._keras_history
        inside = [node for node in operation._inbound_nodes[:index] if node in self.nodes]
        return [operation.name, len(inside), place]

    def end(self, x: KerasTensor) -> list:
        """The same for an input or output of the graph: there, the first call of a functional model has number 1."""
        name, index, place = self.history(x)
        is_graph = x._keras_history is not None and hasattr(x._keras_history.operation, "_graph")
        return [name, index + is_graph, place]

    def operation(self, operation: Operation) -> dict:
        """An operation with its calls inside of the graph."""
        calls = [node for node in operation._inbound_nodes if node in self.nodes and not node.is_input]
        config = saving.serialize_keras_object(operation)
        return {**config, "name": operation.name, "inbound_nodes": [self.call(node) for node in calls]}

    def call(self, node: Node) -> dict:
        """The arguments of one call."""
        args = node.arguments.args
        if type(node.operation).__name__ == "GetItem" and isinstance(args[1], list):
            args = (args[0], np.asarray(args[1]))  # JSON has no tuples: it keeps one as a list
        return {"args": [self.argument(x) for x in args], "kwargs": self.argument(node.arguments.kwargs)}

    def argument(self, value: Any) -> Any:
        """One argument, KerasTensors inside by their histories."""
        if isinstance(value, KerasTensor):
            inner = {"shape": list(value.shape), "dtype": value.dtype, "keras_history": self.history(value)}
            return {"class_name": "__keras_tensor__", "config": inner}
        if isinstance(value, (list, tuple)):
            return [self.argument(x) for x in value]
        if isinstance(value, dict):
            return {key: self.argument(x) for key, x in value.items()}
        return saving.serialize_keras_object(value)


def graph_to_config(function: Function) -> dict:
    """The config of a graph: `layers` (every operation with its calls), `input_layers`, `output_layers`.

    Args:
        function: The `Function` or functional model.
    """
    writer = _Writer(function)
    inputs = [x for x in function.inputs if id(x) in writer.inputs]
    return {
        "name": function.name,
        "layers": [*map(_input_layer, inputs), *map(writer.operation, function.operations)],
        "input_layers": _histories(function._inputs_struct, writer),
        "output_layers": _histories(function._outputs_struct, writer),
    }


def _input_layer(x: KerasTensor) -> dict:
    """The config of an input layer for an input that has none."""
    config = {
        "batch_shape": list(x.shape), "dtype": x.dtype, "sparse": False, "ragged": False, "name": x.name,
        "optional": False,
    }  # fmt: skip
    return {**_INPUT, "config": config, "name": x.name, "inbound_nodes": []}


def _histories(structure: Any, writer: _Writer) -> Any:
    if isinstance(structure, KerasTensor):
        return writer.end(structure)
    if isinstance(structure, dict):
        return {key: _histories(x, writer) for key, x in structure.items()}
    return [_histories(x, writer) for x in structure]


# --- configs to graphs


def graph_from_config(config: dict, custom_objects: dict | None = None) -> tuple[Any, Any]:
    """Creates the operations of a config and calls them on each other's outputs.

    Args:
        config: What `graph_to_config` returned, or the config of a functional model of Keras.
        custom_objects: Optional dict of names of the user's own classes and functions.

    Returns:
        Tuple of the inputs and the outputs, in their structures.

    Raises:
        ValueError: If keys are missing, or a call needs something that no operation computes.
    """
    missing = [key for key in ("layers", "input_layers", "output_layers") if key not in config]
    if missing:
        raise ValueError(f"The config of a graph must have the keys {missing}. Received: {brief(config)}")
    if legacy_config.is_old(config):
        config = legacy_config.graph(config)
    operations: dict[str, Operation] = {}
    calls: deque = deque()
    for entry in config["layers"]:
        name = entry.get("name", entry["config"].get("name"))
        operations[name] = saving.deserialize_keras_object(entry, custom_objects=custom_objects)
        calls += [(name, place, call) for place, call in enumerate(entry.get("inbound_nodes", ()))]
    _call_all(operations, calls)
    return tuple(_tensors(config[key], operations) for key in ("input_layers", "output_layers"))


def _call_all(operations: dict[str, Operation], calls: deque) -> None:
    """Makes the calls, each once its inputs exist; those of one operation keep their order."""
    waiting = 0
    before = {name: len(operation._inbound_nodes) for name, operation in operations.items()}
    while calls:
        name, place, call = calls.popleft()
        operation = operations[name]
        if len(operation._inbound_nodes) - before[name] == place and _is_ready(call, operations):
            operation(*_arguments(call["args"], operation, operations), **_argument(call["kwargs"], operations))
            waiting = 0
            continue
        calls.append((name, place, call))
        waiting += 1
        if waiting > len(calls):
            raise ValueError(f"The calls of {sorted({c[0] for c in calls})} need tensors that no operation computes.")


def _is_ready(call: Any, operations: dict[str, Operation]) -> bool:
    if isinstance(call, dict) and call.get("class_name") == "__keras_tensor__":
        name, index, _ = call["config"]["keras_history"]
        return name in operations and len(operations[name]._inbound_nodes) > index
    parts = call.values() if isinstance(call, dict) else call if isinstance(call, list) else ()
    return all(_is_ready(part, operations) for part in parts)


def _arguments(args: list, operation: Operation, operations: dict) -> tuple:
    values = [_argument(x, operations) for x in args]
    if type(operation).__name__ == "GetItem" and isinstance(values[1], list):
        values[1] = tuple(values[1])
    return tuple(values)


def _argument(value: Any, operations: dict[str, Operation]) -> Any:
    if isinstance(value, dict) and value.get("class_name") == "__keras_tensor__":
        return _tensor(value["config"]["keras_history"], operations)
    if isinstance(value, dict) and "class_name" not in value:
        return {key: _argument(x, operations) for key, x in value.items()}
    if isinstance(value, (list, tuple)):
        return [_argument(x, operations) for x in value]
    return saving.deserialize_keras_object(value)


def _end(history: Any, operations: dict[str, Operation]) -> KerasTensor:
    """An input or output of the graph: there, the first call of a functional model has number 1."""
    name, node_index, place = history
    return _tensor([name, node_index - hasattr(operations.get(name), "_graph"), place], operations)


def _tensor(history: Any, operations: dict[str, Operation]) -> KerasTensor:
    name, node_index, place = history
    if name not in operations:
        raise ValueError(f"No operation of the config is named {name!r}. Known names: {sorted(operations)}")
    return operations[name]._inbound_nodes[node_index].outputs[place]


def _tensors(structure: Any, operations: dict[str, Operation]) -> Any:
    """Histories in a structure, as tensors."""
    if isinstance(structure, dict):
        return {key: _tensors(x, operations) for key, x in structure.items()}
    if isinstance(structure, (list, tuple)) and len(structure) == 3 and isinstance(structure[0], str):
        return _end(structure, operations)
    return type(structure)(_tensors(x, operations) for x in structure)
