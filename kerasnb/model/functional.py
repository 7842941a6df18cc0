"""Functional: a model that is the graph between symbolic inputs and outputs."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from kerasnb import ops, serialization, tree
from kerasnb.backend.autodiff.graph import flat_tensors, is_input_tensor
from kerasnb.backend.autodiff.node import Node
from kerasnb.backend.autodiff.operation import fresh
from kerasnb.backend.tensor import scopes
from kerasnb.backend.tensor.keras_tensor import KerasTensor
from kerasnb.layers.base import call as calls
from kerasnb.layers.base import hints
from kerasnb.layers.base.input_spec import InputSpec, by_names
from kerasnb.layers.base.layer import Layer
from kerasnb.layers.base.weights import unique
from kerasnb.layers.core.input_layer import Input
from kerasnb.model import graph_config
from kerasnb.model.data.ranks import with_rank_of
from kerasnb.model.function import Function
from kerasnb.model.model import Model
from kerasnb.model.surgery import plan as plans
from kerasnb.model.surgery.methods import Surgery
from kerasnb.model.training.targets import embeddings_of_inputs

_CONFIG = ("name", "layers", "input_layers", "output_layers")


class Functional(Surgery, Function, Model):
    """A model made of symbolic inputs and outputs: `keras.Model(inputs, outputs)` returns one.

    Layers, models and operations of `keras.ops` may stand in the graph, in any order and more than once; the
    weights of shared ones are shared.

    Args:
        inputs: KerasTensor, or a list, tuple or dict of them.
        outputs: KerasTensor, or a list, tuple or dict of them, computed from `inputs`.
        name: Optional name of the model.
        **kwargs: `trainable`, a boolean.

    Raises:
        ValueError: If an output needs another input, or two layers have one name.

    Example:

    >>> inputs = keras.Input((4,))
    >>> x = keras.layers.Dense(8, activation="relu")(inputs)
    >>> model = keras.Model(inputs, keras.layers.Dense(2)(x))
    >>> model(np.ones((3, 4))).shape
    (3, 2)
    """

    _untracked = Model._untracked | {
        "_inputs_struct", "_outputs_struct", "_inputs", "_outputs", "_graph", "_execution", "inputs", "outputs",
        "operations", "output_names", "input_shape", "output_shape",
    }  # fmt: skip

    def __init__(self, inputs: Any, outputs: Any, name: str | None = None, **kwargs: Any) -> None:
        for argument, structure in (("inputs", inputs), ("outputs", outputs)):
            flat_tensors(structure, argument)
        Model.__init__(self, name=name, **kwargs)
        if not all(map(is_input_tensor, tree.flatten(inputs))):
            inputs, outputs = _from_new_inputs(inputs, outputs)
        self._set_graph(inputs, outputs)
        self._convert_input_args, self._allow_non_tensor_positional_args = False, True  # each has a dtype of its own
        self.built = True

    # --- parts

    @property
    def _layers(self) -> list:
        """The layers of the graph, then those in attributes of a subclass."""
        inside = [o for o in self._graph.operations if isinstance(o, Layer)] if hasattr(self, "_graph") else []
        return unique([*inside, *self._tracker.layers])

    @property
    def layers(self) -> list:
        """The layers of the graph, from the inputs to the outputs."""
        return [o for o in self._graph.operations if isinstance(o, Layer)]

    @layers.setter
    def layers(self, _: Any) -> None:
        raise AttributeError("`Model.layers` attribute is reserved and should not be used. Please use another name.")

    def _lock_state(self) -> None:
        """A subclass may set layers as attributes after the graph is made."""

    @property
    def input(self) -> Any:
        """The symbolic inputs, in their structure."""
        return self._inputs_struct

    @property
    def output(self) -> Any:
        """The symbolic outputs, in their structure."""
        return self._outputs_struct

    @property
    def input_shape(self) -> Any:
        """The shape of the input, or the list of shapes of several."""
        shapes = [x.shape for x in self._inputs]
        return shapes[0] if len(shapes) == 1 else shapes

    @property
    def output_shape(self) -> Any:
        """The shape of the output, or the list of shapes of several."""
        shapes = [x.shape for x in self._outputs]
        return shapes[0] if len(shapes) == 1 else shapes

    @property
    def output_names(self) -> list[str]:
        """The names of the layers and operations that the outputs come from."""
        return [x._keras_history.operation.name for x in self._outputs]

    @property
    def input_spec(self) -> Any:
        """The shapes that inputs must have."""
        return [_spec(x, name) for x, name in zip(self._inputs, self._input_names(), strict=True)]

    @input_spec.setter
    def input_spec(self, _: Any) -> None:
        """The shapes follow from the graph."""

    def embeddings_of_inputs(self) -> Iterator[tuple[int, Any]]:
        """The embeddings that inputs of the model go into as they are, each with the position of the input."""
        if type(self).call is not Functional.call:
            return
        positions = {id(x): i for i, x in enumerate(self._inputs)}
        for node in self._execution:
            taken = [positions.get(id(x)) for x in node.input_tensors]
            if node.arguments.kwargs.get("reverse") or not any(p is not None for p in taken):
                continue  # an embedding in reverse takes vectors
            for place, layer in embeddings_of_inputs(node.operation):
                position = taken[place] if place < len(taken) else None
                if position is not None:
                    yield position, layer

    def _plan(self) -> plans.Plan:
        return plans.of_graph(self)

    def _adopt(self, plan: plans.Plan, inputs: Any, outputs: Any) -> None:
        self._set_graph(inputs, outputs)

    def _input_names(self) -> list[str]:
        """The keys of a dict of inputs, else the names of the input layers."""
        if isinstance(self._inputs_struct, dict):
            return sorted(self._inputs_struct)
        return [x._keras_history.operation.name for x in self._inputs]

    # --- call

    def build(self, input_shape: Any = None) -> None:
        """Does nothing: the layers of a graph are built."""
        self.built = True

    def call(self, inputs: Any, training: bool | None = None, mask: Any = None) -> Any:
        """Computes the outputs for new inputs.

        Args:
            inputs: Values in the structure of the inputs, a list of them, or a dict by the names of the inputs.
            training: Boolean, whether layers run in training mode, where the graph passes them nothing else.
            mask: Optional mask or masks of the inputs.
        """
        outputs = self._outputs_of(inputs, training, mask)
        return outputs[0] if isinstance(outputs, (list, tuple)) and len(outputs) == 1 else outputs

    def _outputs_of(self, inputs: Any, training: bool | None, mask: Any) -> Any:
        """The outputs in their structure; of a list of one, a call returns that one alone, as in Keras."""
        values = [self._converted_input(x, v) for x, v in zip(self._inputs, self._ordered(inputs), strict=True)]
        for value, one in zip(values, [] if mask is None else tree.flatten(mask), strict=False):
            if one is not None:
                value._keras_mask = one
        return self._compute(values, calls.inherits)

    def add_loss(self, loss: Any) -> None:
        """Not available for functional models: a layer of the graph adds losses in its `call`.

        Args:
            loss: A tensor.

        Raises:
            NotImplementedError: Always.
        """
        raise NotImplementedError(
            "Functional models have no `add_loss()`: their `call()` is the graph. Call `self.add_loss()` in the "
            f"`call()` of a layer of your own, and put that layer into the graph. Received: loss={loss}"
        )

    def _assert_input_compatibility(self, first: Any) -> None:
        for x, value in zip(self._inputs, tree.flatten(first), strict=False):
            if value is None and not getattr(x._keras_history.operation, "optional", True):
                raise ValueError(
                    f"The input '{x.name}' is not optional, but None was passed. Please provide a valid tensor."
                )
        super()._assert_input_compatibility(first)

    def _ordered(self, inputs: Any) -> list:
        """The inputs as a list, in the order of the symbolic ones; a dict may have more than is needed."""
        if isinstance(inputs, dict):
            return by_names(inputs, self._input_names())
        return tree.flatten(inputs)

    def _converted_input(self, symbol: KerasTensor, value: Any) -> Any:
        """An input of the dtype and the rank of the symbolic one: a last axis of 1 is added or taken away."""
        if value is None:
            return None
        if not calls.is_tensor_like(value):
            value = ops.convert_to_tensor(value)
        value = ops.cast(value, symbol.dtype) if value.dtype != symbol.dtype else value
        ranked = with_rank_of(value, symbol.shape)
        if ranked is not None:
            return ranked
        raise ValueError(
            f"Invalid input shape for input with name '{symbol._keras_history.operation.name}' of model "
            f"'{self.name}'. Expected shape {symbol.shape}, but input has incompatible shape {tuple(value.shape)}"
            f"\nHint: {hints.for_model(symbol.shape, tuple(value.shape))}"
        )

    def compute_output_spec(self, inputs: Any, training: bool | None = None, mask: Any = None) -> Any:
        """Returns KerasTensors of the shapes and dtypes of the outputs."""
        with scopes.inferring(True):
            outputs = self._outputs_of(inputs, training, mask)
        return fresh(outputs)

    def compute_mask(self, inputs: Any, previous_mask: Any) -> None:
        """Returns None: the outputs have the masks that the layers inside gave them."""
        return None

    def _summary_graph(self) -> tuple[list, Any]:
        """Every operation, and the nodes if they are more than a plain chain of layers that are called once."""
        groups = list(self._graph.nodes_by_depth.values())
        chain = all(len(group) == 1 and len(group[0].input_tensors) < 2 for group in groups)
        nodes = self._graph.nodes
        shared = any(sum(node in nodes for node in layer._inbound_nodes) > 1 for layer in self.layers)
        return self.operations, nodes if shared or not chain else None

    # --- config

    def get_config(self) -> dict:
        """Returns the graph as a config; a subclass with a constructor of its own has that of its arguments."""
        if type(self).__init__ is not Functional.__init__:
            return Model.get_config(self)
        graph = graph_config.graph_to_config(self)
        return {"name": graph.pop("name"), "trainable": self.trainable, **graph}

    def get_build_config(self) -> dict:
        """Returns the config of `build`: a graph needs none."""
        return {"input_shape": None}

    @classmethod
    def from_config(cls, config: dict, custom_objects: dict | None = None) -> Any:
        """Creates a model from its config.

        Args:
            config: What `get_config` returned.
            custom_objects: Optional dict of names of the user's own classes and functions.
        """
        if not all(key in config for key in _CONFIG):
            return cls(**config)
        inputs, outputs = graph_config.graph_from_config(config, custom_objects)
        options = {key: config[key] for key in ("name", "trainable") if config.get(key) is not None}
        return cls(inputs=inputs, outputs=outputs, **options)


def _spec(x: KerasTensor, name: str) -> InputSpec:
    """The shape of an input; the batch size may be any."""
    layer = x._keras_history.operation
    spec = InputSpec(shape=(None, *x.shape[1:]), allow_last_axis_squeeze=True, name=name)
    spec.optional = bool(getattr(layer, "optional", False))
    return spec


def _from_new_inputs(inputs: Any, outputs: Any) -> tuple[Any, Any]:
    """The same graph from inputs of its own, where those given are computed by other layers."""
    part = Function(inputs, outputs)
    known = {}
    for x in part.inputs:
        batch_shape, stands = x.shape, is_input_tensor(x)
        known[id(x)] = x if stands else Input(batch_shape=batch_shape, dtype=x.dtype, name=f"{x.name}_input")
    for node in part._execution:
        if node.is_input:
            continue
        args, kwargs = node.arguments.fill_in(known)
        copies = [KerasTensor(x.shape, x.dtype, name=x.name) for x in node.outputs]
        Node(node.operation, args, kwargs, copies)
        known |= {id(x): copy for x, copy in zip(node.outputs, copies, strict=True) if id(x) not in known}
    return tuple(tree.map_structure(lambda x: known[id(x)], s) for s in (inputs, outputs))


Model._functional = Functional
serialization.public("keras.src.models.functional", (Functional,))  # where Keras looks for it
serialization.public("keras.models", (Functional,))
