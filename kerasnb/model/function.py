"""Function: a part of the symbolic graph that computes outputs from inputs."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from kerasnb import serialization, tree
from kerasnb.backend.autodiff.graph import Graph, flat_tensors, graph_between
from kerasnb.backend.autodiff.node import Node
from kerasnb.backend.autodiff.operation import Operation
from kerasnb.backend.tensor import scopes
from kerasnb.backend.tensor.keras_tensor import KerasTensor
from kerasnb.backend.tensor.shapes import map_shapes
from kerasnb.model import graph_config


class Function(Operation):
    """A graph of operations from symbolic inputs to outputs, as a function.

    The graph may hold layers and operations of `keras.ops`, shared ones too. A function has no training loop; its
    config is that of a functional model.

    Args:
        inputs: KerasTensor, or a list, tuple or dict of them.
        outputs: KerasTensor, or a list, tuple or dict of them, computed from `inputs`.
        name: Optional name.

    Raises:
        ValueError: If an output needs another input, or two operations have one name.

    Example:

    >>> x = keras.KerasTensor((None, 2))
    >>> f = keras.Function(x, keras.ops.sum(x * 2, axis=-1))
    >>> f(keras.ops.ones((1, 2))).tolist()
    [4.0]
    >>> [operation.name for operation in f.operations]
    ['multiply', 'sum']
    """

    def __init__(self, inputs: Any, outputs: Any, name: str | None = None) -> None:
        super().__init__(name=name)
        self._set_graph(inputs, outputs)

    def _set_graph(self, inputs: Any, outputs: Any) -> None:
        """Finds the operations between inputs and outputs."""
        self._inputs_struct, self._outputs_struct = inputs, outputs
        self._inputs, self._outputs = flat_tensors(inputs, "inputs"), flat_tensors(outputs, "outputs")
        if not self._inputs:
            raise ValueError(f"`inputs` argument cannot be empty. Received:\ninputs={inputs}\noutputs={outputs}")
        if not self._outputs:
            raise ValueError(f"`outputs` argument cannot be empty. Received:\ninputs={inputs}\noutputs={outputs}")
        self._graph: Graph = graph_between(self._inputs, self._outputs)
        self._execution = self._execution_order()

    def _execution_order(self) -> list[Node]:
        """The nodes in an order in which the inputs of each are computed before it."""
        by_depth, inputs = self._graph.nodes_by_depth, {id(x) for x in self._inputs}
        nodes = [node for depth in sorted(by_depth, reverse=True) for node in by_depth[depth]]
        return [node for node in nodes if not all(id(x) in inputs for x in node.outputs)]

    @property
    def operations(self) -> list[Operation]:
        """The operations of the graph, from the inputs to the outputs."""
        return self._graph.operations[:]

    @property
    def inputs(self) -> list[KerasTensor]:
        """Flat list of the symbolic inputs of the Function."""
        return self._inputs

    @property
    def outputs(self) -> list[KerasTensor]:
        """Flat list of the symbolic outputs of the Function."""
        return self._outputs

    def call(self, inputs: Any) -> Any:
        """Computes output tensors for new inputs."""
        self._check_structure(inputs)
        return self._compute(inputs, lambda operation: operation)

    def _check_structure(self, inputs: Any) -> None:
        try:
            tree.assert_same_paths(inputs, self._inputs_struct)
        except (ValueError, TypeError):
            raise ValueError(
                "Function was called with an invalid input structure. "
                f"Expected input structure: {self._inputs_struct}\nReceived input structure: {inputs}"
            ) from None

    def _compute(self, inputs: Any, call_of: Callable[[Operation], Callable]) -> Any:
        """Runs the graph on values.

        Args:
            inputs: Structure of values like `inputs`.
            call_of: Function of an operation that returns the callable to run in its place.
        """
        values = {id(x): value for x, value in zip(self._inputs, tree.flatten(inputs), strict=True)}
        for node in self._execution:
            args, kwargs = node.arguments.fill_in(values)
            outputs = call_of(node.operation)(*args, **kwargs)
            for x, value in zip(node.outputs, tree.flatten(outputs), strict=True):
                values.setdefault(id(x), value)
        return tree.pack_sequence_as(self._outputs_struct, [values[id(x)] for x in self._outputs])

    def compute_output_spec(self, inputs: Any) -> Any:
        """Returns KerasTensors of the shapes and dtypes of the outputs."""
        self._check_structure(inputs)
        with scopes.inferring(True):
            outputs = self._compute(inputs, lambda operation: operation.compute_output_spec)
        return tree.map_structure(lambda x: KerasTensor(x.shape, x.dtype), outputs)

    def compute_output_shape(self, input_shape: Any) -> Any:
        """Returns the shapes of the outputs.

        Args:
            input_shape: Structure of shapes like `inputs`.
        """
        dtypes = iter(x.dtype for x in self._inputs)
        inputs = map_shapes(lambda shape: KerasTensor(shape, next(dtypes)), input_shape)
        return tree.map_structure(lambda x: x.shape, self.compute_output_spec(inputs))

    def get_config(self) -> dict:
        """Returns the graph as the config of a functional model: operations, their calls, inputs and outputs."""
        return graph_config.graph_to_config(self)

    @classmethod
    def from_config(cls, config: dict, custom_objects: dict | None = None) -> Function:
        """Creates a function from its config.

        Args:
            config: What `get_config` returned, here or of a functional model in Keras.
            custom_objects: Optional dict of names of the user's own classes and functions.
        """
        inputs, outputs = graph_config.graph_from_config(config, custom_objects)
        return cls(inputs, outputs, name=config.get("name"))


serialization.public("keras", (Function,))
