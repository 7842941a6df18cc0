"""The graph of a model as boxes, clusters of boxes for nested models, and the connections between them."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator
from typing import Any

from kerasnb import tree

_UNBUILT = (
    "This model has not yet been built. Build the model first by calling `build()` or by calling the model on a batch "
    "of data."
)


@dataclasses.dataclass(frozen=True)
class Options:
    """What is shown of each layer."""

    show_shapes: bool = False
    show_dtype: bool = False
    show_layer_names: bool = True
    show_layer_activations: bool = False
    show_trainable: bool = False
    expand_nested: bool = False


@dataclasses.dataclass(frozen=True)
class Cell:
    """A field of a box: what it is, its value, and "trainable" or "frozen" where it is coloured."""

    label: str
    value: str
    kind: str = ""


@dataclasses.dataclass
class Box:
    """A layer or operation: its key, class and name, rows of fields, and "input", "weights" or "plain"."""

    key: str
    class_name: str
    name: str
    rows: list[list[Cell]]
    kind: str


@dataclasses.dataclass
class Cluster:
    """The boxes of one model, and the clusters of the models inside."""

    key: str
    label: str
    items: list[Box | Cluster]

    def boxes(self) -> Iterator[Box]:
        """All boxes, those of inner clusters included."""
        for item in self.items:
            if isinstance(item, Box):
                yield item
            else:
                yield from item.boxes()


@dataclasses.dataclass
class Graph:
    """A model as a cluster, and its edges as pairs of the keys of boxes."""

    cluster: Cluster
    edges: list[tuple[str, str]]


def graph_of(model: Any, options: Options) -> Graph:
    """The graph of a model.

    Args:
        model: A model that is built.
        options: What is shown of each layer.

    Raises:
        ValueError: If the model is not built.
    """
    if not model.built:
        raise ValueError(_UNBUILT)
    edges: dict[tuple[str, str], None] = {}
    if not _parts(model):  # of a subclassed model only itself is known
        return Graph(Cluster(_key("", model), model.name, [_box("", model, options)]), [])
    return Graph(_cluster("", model, options, edges), list(edges))


def _key(path: str, layer: Any) -> str:
    """A layer in a model: one that stands in two models is drawn in both."""
    return f"{path}/{id(layer)}"


def is_functional(layer: Any) -> bool:
    """Whether something is a model made of symbolic inputs and outputs."""
    return hasattr(layer, "_graph") and hasattr(layer, "layers")


def is_sequential(layer: Any) -> bool:
    """Whether something is a stack of layers."""
    return hasattr(layer, "_stack")


def _parts(model: Any) -> list:
    """The layers and operations that a model is drawn as, none for a subclassed one."""
    if is_functional(model):
        return model.operations
    return model.layers if is_sequential(model) else []


def _cluster(path: str, model: Any, options: Options, edges: dict) -> Cluster:
    path, items = _key(path, model), []
    for part in _parts(model):
        expanded = options.expand_nested and _parts(part)
        items.append(_cluster(path, part, options, edges) if expanded else _box(path, part, options))
    for source, output, target, place in _connections(model):
        if options.expand_nested:
            edges[_source(path, source, output), _target(path, target, place)] = None
        else:
            edges[_key(path, source), _key(path, target)] = None
    return Cluster(path, model.name, items)


def _connections(model: Any) -> Iterator[tuple[Any, int, Any, int]]:
    """Pairs of operations of which one takes an output of the other, with the numbers of the output and the input."""
    if is_sequential(model):
        for a, b in zip(model.layers, model.layers[1:], strict=False):
            yield a, 0, b, 0
        return
    inside = {id(operation) for operation in model.operations}
    for operation in model.operations:
        for node in (n for n in operation._inbound_nodes if n in model._graph.nodes and not n.is_input):
            for place, x in enumerate(node.input_tensors):
                history = x._keras_history
                if history is not None and id(history.operation) in inside:
                    yield history.operation, history.tensor_index, operation, place


def _source(path: str, layer: Any, output: int) -> str:
    """The key of the layer inside of a model that computes one of its outputs."""
    while _parts(layer):
        path = _key(path, layer)
        if is_sequential(layer):
            layer, output = layer.layers[-1], 0
        else:
            layer, _, output = layer.outputs[output]._keras_history
    return _key(path, layer)


def _target(path: str, layer: Any, place: int) -> str:
    """The key of the layer inside of a model that takes one of its inputs."""
    while _parts(layer):
        path = _key(path, layer)
        layer = layer.layers[0] if is_sequential(layer) else layer.inputs[place]._keras_history.operation
    return _key(path, layer)


# --- boxes


def _box(path: str, layer: Any, options: Options) -> Box:
    name = layer.name if options.show_layer_names else ""
    rows = []
    activation = getattr(layer, "activation", None)
    if options.show_layer_activations and activation is not None:
        rows.append([Cell("Activation", _activation_name(activation))])
    fields = list(_fields(layer, options))
    return Box(_key(path, layer), type(layer).__name__, name, [*rows, fields] if fields else rows, _kind(layer))


def _kind(layer: Any) -> str:
    if type(layer).__name__ == "InputLayer":
        return "input"
    return "weights" if getattr(layer, "weights", None) else "plain"


def _fields(layer: Any, options: Options) -> Iterator[Cell]:
    if options.show_shapes:
        if type(layer).__name__ != "InputLayer":
            yield Cell("Input shape", _shapes(layer, "input"))
        yield Cell("Output shape", _shapes(layer, "output"))
    if options.show_dtype:
        yield Cell("Output dtype", _dtypes(layer))
    if options.show_trainable and getattr(layer, "weights", None):
        trainable = layer.trainable
        yield Cell("", "Trainable" if trainable else "Non-trainable", "trainable" if trainable else "frozen")


def _activation_name(activation: Any) -> str:
    return getattr(activation, "name", None) or getattr(activation, "__name__", None) or str(activation)


def _tensors(layer: Any, which: str) -> Any:
    try:
        return getattr(layer, which)
    except (ValueError, AttributeError):  # it was never called on symbolic inputs
        return None


def _shapes(layer: Any, which: str) -> str:
    tensors = _tensors(layer, which)
    if tensors is None:
        return "?"
    if isinstance(tensors, dict):
        return ", ".join(f"{key}: {tree.map_structure(lambda x: str(x.shape), x)}" for key, x in tensors.items())
    return str(tree.map_structure(lambda x: str(x.shape), tensors)).replace("'", "")


def _dtypes(layer: Any) -> str:
    tensors = _tensors(layer, "output")
    if tensors is None:
        return "?"
    kinds = tree.map_structure(lambda x: x.dtype, tensors)
    return str(kinds)
