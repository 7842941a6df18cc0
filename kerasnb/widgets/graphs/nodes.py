"""The graph of a model as plain values: layers, each once, and every call of them."""

from __future__ import annotations

import dataclasses
import itertools
import types
from typing import Any

from kerasnb.model.summary import count_params
from kerasnb.widgets.kit.few import ends
from kerasnb.widgets.summaries.kinds import family
from kerasnb.widgets.summaries.rows import count, output_shape, shape_text

STYLES = ("solid", "dashed", "dotted", "dash-dotted")  # of the calls of a layer that is called more than once
TIMES = {2: "twice", 3: "three times"}


@dataclasses.dataclass
class Edge:
    """A result that goes into a call.

    Args:
        source: String, the key of the layer that returns it.
        target: String, the key of the layer that takes it.
        call: Integer, which call of the shared layer at one of its ends, from 1; 0 where neither is shared.
        place: Integer, which input of the target it is.
        shape: String, the shape of the tensor.
    """

    source: str
    target: str
    call: int = 0
    place: int = 0
    shape: str = ""


@dataclasses.dataclass
class Node:
    """A layer, or an operation.

    Args:
        key: String, unique.
        layer: The layer.
        calls: Integer, how often it is called.
        inner: String, the key of the graph inside, "" where there is none.
        edges_in: List of lists of `Edge`, one for each call.
    """

    key: str
    layer: Any
    calls: int = 1
    inner: str = ""

    @property
    def name(self) -> str:
        """Its name."""
        return str(self.layer.name)

    @property
    def kind(self) -> str:
        """Its class, as people say it."""
        name = type(self.layer).__name__
        if name == "InputLayer":
            return "Input"
        return name if hasattr(self.layer, "count_params") else f"{name} (op)"

    @property
    def params(self) -> int:
        """Its parameters."""
        return count(self.layer) or 0

    @property
    def family(self) -> str:
        """What it is for."""
        return family(self.layer)

    @property
    def shape(self) -> str:
        """The shape of its output."""
        return output_shape(self.layer)

    def lines(self) -> list[str]:
        """What its box says below the name."""
        second = f"{self.kind} · {parameters(self.params)}" if self.params else f"{self.kind} · {self.shape}"
        if self.calls < 2:
            return [second]
        return [second, f"one set of weights, used {TIMES.get(self.calls, f'{self.calls} times')}"]


@dataclasses.dataclass
class Net:
    """The graph of one model.

    Args:
        name: String.
        nodes: List of `Node`, sources before targets.
        edges: List of `Edge`.
        ends: Keys of the nodes that return outputs of the model.
        known: Boolean, whether its edges are known; those of a subclassed model are not.
    """

    name: str
    nodes: list[Node]
    edges: list[Edge]
    ends: list[str]
    known: bool = True


class Gap(Node):
    """A box that stands for many layers, in a picture that must stay small."""

    @property
    def family(self) -> str:
        """None: grey."""
        return "shape"

    def lines(self) -> list[str]:
        """Where all of them are shown."""
        return ["kw.graph(model) in a live notebook shows all"]


def shortened(net: Net, most: int) -> Net:
    """A graph of the first and the last layers, with one box for those between.

    Args:
        net: The `Net`.
        most: Integer, how many layers remain.
    """
    first, left, last = ends(net.nodes, most)
    if not left:
        return net
    gap = Gap("…", types.SimpleNamespace(name=f"… {left:,} more layers"))
    kept = {node.key for node in (*first, *last)}
    found = {}
    for edge in net.edges:
        source, target = (key if key in kept else gap.key for key in (edge.source, edge.target))
        if source != target:
            call = edge.call if gap.key not in (source, target) else 0
            found[source, target, call] = dataclasses.replace(edge, source=source, target=target, call=call)
    return Net(net.name, [*first, gap, *last], list(found.values()), [k for k in net.ends if k in kept], net.known)


def parameters(number: int) -> str:
    """A number with its noun."""
    return f"{number:,} parameter{'s' * (number != 1)}"


def nets_of(model: Any) -> dict[str, Net]:
    """Returns the graph of a model, under "", and those of the models inside it, by their paths.

    Args:
        model: A Sequential, a functional model, or any other: then its layers stand side by side.
    """
    nets: dict[str, Net] = {}
    _collect(model, "", nets)
    return nets


def _collect(model: Any, path: str, nets: dict[str, Net]) -> None:
    if hasattr(model, "_graph"):
        net = _functional(model)
    elif hasattr(model, "_stack"):
        net = _sequential(model)
    else:
        net = Net(model.name, [Node(layer.name, layer) for layer in _layers(model)], [], [], known=False)
    nets[path] = net
    for node in net.nodes:
        if _layers(node.layer) and (hasattr(node.layer, "_graph") or hasattr(node.layer, "_stack")):
            node.inner = f"{path}/{node.key}" if path else node.key
            _collect(node.layer, node.inner, nets)


def _layers(model: Any) -> list:
    return list(getattr(model, "layers", None) or [])


def _sequential(model: Any) -> Net:
    nodes = [Node(layer.name, layer) for layer in model._stack]
    edges = [Edge(a.key, b.key, shape=a.shape) for a, b in itertools.pairwise(nodes)]
    return Net(model.name, nodes, edges, [nodes[-1].key] if nodes else [])


def _functional(model: Any) -> Net:
    keys = _keys(model.operations)
    calls = {id(op): [n for n in op._inbound_nodes if n in model._graph.nodes] for op in model.operations}
    nodes = [Node(keys[id(op)], op, max(1, len(calls[id(op)]))) for op in model.operations]
    edges = []
    for op in model.operations:
        for number, node in enumerate(calls[id(op)], 1):
            for place, tensor in enumerate(node.input_tensors):
                edge = _edge(tensor, op, number, place, keys, calls)
                edges += [] if edge is None else [edge]
    ends = [keys[id(t._keras_history.operation)] for t in model.outputs]
    return Net(model.name, nodes, edges, list(dict.fromkeys(ends)))


def _keys(operations: list) -> dict[int, str]:
    """Names as keys; operations may share one."""
    keys: dict[int, str] = {}
    for number, op in enumerate(operations):
        keys[id(op)] = op.name if op.name not in keys.values() else f"{op.name} {number}"
    return keys


def _edge(tensor: Any, op: Any, number: int, place: int, keys: dict, calls: dict) -> Edge | None:
    history = tensor._keras_history
    if history is None or id(history.operation) not in keys:
        return None
    source = history.operation
    call = number if len(calls[id(op)]) > 1 else 0
    if not call and len(calls[id(source)]) > 1:
        call = 1 + calls[id(source)].index(source._inbound_nodes[history.node_index])
    return Edge(keys[id(source)], keys[id(op)], call, place, shape_text(tensor.shape))


def facts(net: Net, node: Node) -> list[list[str]]:
    """What the table beside a graph says of a node: pairs of words, with "mono" behind them for code."""
    into = [e for e in net.edges if e.target == node.key]
    out = [e for e in net.edges if e.source == node.key]
    rows: list[list[str]] = []
    if node.calls > 1:
        rows.append(["shared", f"{node.calls} calls, counted once"])
        rows += [_call(number, into, out) for number in range(1, node.calls + 1)]
    shapes = list(dict.fromkeys(e.shape for e in into))
    rows += [["input", shape, "mono"] for shape in shapes] if shapes else []
    rows += [["output", node.shape, "mono"], ["parameters", f"{node.params:,}"]]
    if node.params:
        rows += _weights(node.layer)
    if node.calls > 1 and node.params:
        rows.append(["gradient", "sum over both calls" if node.calls == 2 else f"sum over all {node.calls} calls"])
    activation = getattr(node.layer, "activation", None)
    if activation is not None:
        rows.append(["activation", str(getattr(activation, "__name__", type(activation).__name__)), "mono"])
    if node.calls < 2:
        rows += [["from", ", ".join(dict.fromkeys(e.source for e in into)), "mono"]] if into else []
        rows += [["to", ", ".join(dict.fromkeys(e.target for e in out)), "mono"]] if out else []
    return rows


def _call(number: int, into: list[Edge], out: list[Edge]) -> list[str]:
    sources = ", ".join(e.source for e in into if e.call == number)
    targets = ", ".join(f"{e.target}[{e.place}]" for e in out if e.call == number)
    return [f"call {number} ({STYLES[(number - 1) % len(STYLES)]})", f"{sources} → {targets or 'output'}", "mono"]


def _weights(layer: Any) -> list[list[str]]:
    frozen = count_params(layer.non_trainable_weights)
    trained = count_params(layer.trainable_weights)
    if not frozen:
        return []
    return [["trainable", f"{trained:,}"], ["frozen", f"{frozen:,}"]]
