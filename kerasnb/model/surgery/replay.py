"""Replay: making the calls of a plan with the layers as they are; a layer whose weights do not fit is made anew."""

from __future__ import annotations

import contextlib
from typing import Any, NamedTuple

from kerasnb import tree
from kerasnb.backend.autodiff.node import KerasHistory
from kerasnb.backend.tensor.keras_tensor import KerasTensor
from kerasnb.layers.base.layer import Layer
from kerasnb.layers.core.lambda_layer import Lambda
from kerasnb.model.surgery.own import knowing, own_objects
from kerasnb.model.surgery.plan import Call, Plan, Ref, is_input_layer


class Replayed(NamedTuple):
    """The tensors of a plan, the plan as it was made, and which layers are new since their inputs have other shapes."""

    tensors: dict[Ref, KerasTensor]
    plan: Plan
    rebuilt: dict[str, tuple[Any, Any]]  # by name: the layer before, and the one that stands there now

    def structure(self, ends: Any) -> Any:
        """Tensors in the place of references."""
        return tree.map_structure(lambda ref: _tensor(ref, self.tensors, self.plan), ends)


def replay(plan: Plan) -> Replayed:
    """Makes the calls of a plan; after an error all layers are as before.

    Args:
        plan: `Plan`.

    Raises:
        ValueError: If a layer cannot take what comes before it.
    """
    before = [_State(one) for operation in plan.operations() for one in _with_parts(operation)]
    counts = {id(state.operation): state.inbound for state in before}
    try:
        replayed = _replayed(plan)
        replayed.structure([plan.inputs, plan.outputs])
    except BaseException:
        for state in before:
            state.restore()
        raise
    for operation in replayed.plan.operations():
        if not is_input_layer(operation):
            _put_first(operation, counts.get(id(operation), 0))
    return replayed


def _replayed(plan: Plan) -> Replayed:
    tensors: dict[Ref, KerasTensor] = {}
    calls: dict[int, Call] = {}
    stand_ins: dict[int, Any] = {}
    rebuilt: dict[str, tuple[Any, Any]] = {}
    for number, call in plan.calls.items():
        operation = stand_ins.get(id(call.operation), call.operation)
        if is_input_layer(operation):
            outputs = operation.output
        else:
            args, kwargs = _filled(call, tensors, plan)
            made, outputs = _called(operation, args, kwargs, is_first=id(call.operation) not in stand_ins)
            stand_ins[id(call.operation)] = made
            if made is not operation:
                rebuilt[made.name] = operation, made
            operation = made
        calls[number] = Call(operation, call.args, call.kwargs)
        tensors.update({Ref(number, i): x for i, x in enumerate(tree.flatten(outputs))})
    return Replayed(tensors, Plan(calls, plan.inputs, plan.outputs), rebuilt)


def _tensor(ref: Ref, tensors: dict[Ref, KerasTensor], plan: Plan) -> KerasTensor:
    """The tensor that a reference means; what now stands there may give fewer than what stood there."""
    if ref not in tensors:
        name = plan.calls[ref.call].operation.name
        raise ValueError(f"{name} gives no output {ref.index}, counted from 0, and the model needs one there.")
    return tensors[ref]


def _filled(call: Call, tensors: dict[Ref, KerasTensor], plan: Plan) -> tuple[tuple, dict]:
    def one(x: Any) -> Any:
        return _tensor(x, tensors, plan) if isinstance(x, Ref) else x

    return tree.map_structure(one, call.args), tree.map_structure(one, call.kwargs)


def _called(operation: Any, args: tuple, kwargs: dict, is_first: bool) -> tuple[Any, Any]:
    """(the operation or a new one in its place, what the call returned)."""
    shapes = [x.shape for x in tree.flatten([list(args), kwargs]) if isinstance(x, KerasTensor)]
    if not is_first or not _has_other_shapes(operation, shapes):
        return operation, operation(*args, **kwargs)
    if not operation.weights:
        outputs = operation(*args, **kwargs)
        if operation._build_shapes_dict and len(operation._build_shapes_dict) == len(args) == 1:
            first = tree.map_structure(lambda x: x.shape, args[0])
            operation._build_shapes_dict = dict.fromkeys(operation._build_shapes_dict, first)
        return operation, outputs
    twin = as_new(operation)
    outputs = twin(*args, **kwargs)
    if [tuple(w.shape) for w in twin.weights] == [tuple(w.shape) for w in operation.weights]:
        with contextlib.suppress(ValueError):  # something else than weights was made for the shape
            outputs = operation(*args, **kwargs)
            operation._build_shapes_dict = twin._build_shapes_dict
            return operation, outputs
    return twin, outputs


def as_new(layer: Any) -> Any:
    """A new layer of a layer's config; layers inside are new and without shapes, too."""
    with knowing(own_objects(layer)):
        made = type(layer).from_config(_without_shapes(layer.get_config()))
    if isinstance(layer, Lambda):  # its config has a copy of the function, without what the function sees
        made.function, made.mask, made._output_shape = layer.function, layer.mask, layer._output_shape
    return made


def _without_shapes(config: Any) -> Any:
    if isinstance(config, dict):
        inside = "class_name" in config
        return {k: _without_shapes(v) for k, v in config.items() if not (inside and k == "build_config")}
    return [_without_shapes(v) for v in config] if isinstance(config, list) else config


def _has_other_shapes(operation: Any, shapes: list[tuple]) -> bool:
    """Whether a layer was built for inputs of other shapes."""
    if not isinstance(operation, Layer) or not operation.built:
        return False
    if not operation._inbound_nodes:
        return bool(operation.weights)
    return [x.shape[1:] for x in operation._inbound_nodes[0].input_tensors] != [shape[1:] for shape in shapes]


def _put_first(operation: Any, count: int) -> None:
    """Makes the newest calls of an operation its first ones, which `layer.output` means."""
    nodes = operation._inbound_nodes
    if not count or len(nodes) == count:
        return
    nodes[:] = nodes[count:] + nodes[:count]
    operation._newest_call = len(nodes) - count - 1  # which one a summary shows
    for place, node in enumerate(nodes):
        for index, tensor in enumerate(node.outputs):
            if isinstance(tensor, KerasTensor):
                tensor._keras_history = KerasHistory(operation, place, index)


def _with_parts(operation: Any) -> list:
    """An operation, with the layers inside where it is a layer that is not built."""
    if isinstance(operation, Layer) and not operation.built:
        return list({id(one): one for one in [operation, *operation._flatten_layers()]}.values())
    return [operation]


class _State:
    """What an operation is like before calls that may fail."""

    def __init__(self, operation: Any) -> None:
        self.operation = operation
        self.inbound, self.outbound = len(operation._inbound_nodes), len(operation._outbound_nodes)
        is_unbuilt = isinstance(operation, Layer) and not operation.built
        self.shapes = getattr(operation, "_build_shapes_dict", None)
        self.attributes = dict(vars(operation)) if is_unbuilt else None
        self.tracked = operation._tracker.snapshot() if is_unbuilt else None

    def restore(self) -> None:
        """Forgets the calls, and what was built."""
        del self.operation._inbound_nodes[self.inbound :]
        del self.operation._outbound_nodes[self.outbound :]
        if isinstance(self.operation, Layer):
            self.operation._build_shapes_dict = self.shapes
        if self.attributes is not None and self.operation.built:
            vars(self.operation).clear()
            vars(self.operation).update(self.attributes)
            self.operation._tracker.locked = False
            self.operation._tracker.restore(self.tracked)
