"""Configs of Keras 1 and 2, and of `.h5` files that Keras 3 wrote, in the scheme of today."""

from __future__ import annotations

import copy
from collections.abc import Callable, Iterable
from typing import Any

from kerasnb.serialization import registry
from kerasnb.serialization.brief import brief
from kerasnb.serialization.configured import signature_of

_MODELS = {"Functional": "keras.models", "Model": "keras", "Sequential": "keras"}
_RENAMED = {
    "BatchNormalizationV1": "BatchNormalization", "BatchNormalizationV2": "BatchNormalization", "LSTMV1": "LSTM",
    "LSTMV2": "LSTM", "GRUV1": "GRU", "GRUV2": "GRU", "Convolution1D": "Conv1D", "Convolution2D": "Conv2D",
    "Convolution3D": "Conv3D",
}  # fmt: skip
_KERAS_1 = {"output_dim": "units", "init": "kernel_initializer", "nb_filter": "filters", "bias": "use_bias",
            "W_regularizer": "kernel_regularizer", "b_regularizer": "bias_regularizer", "p": "rate",
            "W_constraint": "kernel_constraint", "b_constraint": "bias_constraint",
            "border_mode": "padding", "subsample": "strides", "inner_activation": "recurrent_activation",
            "inner_init": "recurrent_initializer", "pool_length": "pool_size"}  # fmt: skip
# Arguments that layers had in Keras 1 and 2, and that say nothing about a layer of today.
_DROPPED = (
    "batch_input_shape", "batch_size", "dynamic", "fused", "groups", "implementation", "input_dim", "input_dtype",
    "input_length", "module", "function_type", "output_shape_type", "output_shape_module", "ragged",
    "renorm", "renorm_clipping", "renorm_momentum", "sparse", "time_major", "virtual_batch_size", "adjustment",
    "weights", "filters", "kernel_initializer", "kernel_regularizer", "kernel_constraint", "quantization_config",
    "consume_less", "dim_ordering", "unit_forget_bias",
)  # fmt: skip
_STACK = {"name", "trainable", "dtype", "layers", "build_input_shape"}
_INNER = ("layer", "cell", "cells", "forward_layer", "backward_layer")
_OPERATIONS = tuple(f"keras.src.ops.{name}" for name in ("numpy", "nn", "core", "math", "linalg", "image"))


def modern(config: Any) -> dict:
    """The config of a model or layer in the scheme of today: with `module`, and calls in their present form.

    Args:
        config: Dict with `class_name` and `config`.

    Raises:
        ValueError: If it is something else.
    """
    if not isinstance(config, dict) or "config" not in config or not isinstance(config.get("class_name"), str):
        raise ValueError(
            "The provided configuration is not a valid Keras configuration. Expected a dictionary containing the keys "
            f"'class_name' and 'config'. Received: {brief(config)}"
        )
    if config.get("module") is not None:
        return config
    name = str(_RENAMED.get(config["class_name"], config["class_name"]))
    inner: Any = copy.deepcopy(config["config"])
    if name == "Sequential" or _is_stack(inner):
        return {**_place(name, config), "config": stack(inner)}
    if isinstance(inner, dict) and "layers" in inner and (name in _MODELS or "input_layers" in inner):
        return {**_place("Functional" if name in _MODELS else name, config), "config": graph(inner)}
    if not isinstance(inner, dict):
        raise ValueError(f"Expected the config of {name!r} to be a dict. Received: {brief(inner)}")
    place = _place(name, config)
    return {**place, "config": _layer(inner, registry.builtin(place["module"], name))}


def is_old(config: dict) -> bool:
    """Whether the layers in the config of a model are those of Keras 1 or 2: without modules, or called by lists."""
    layers = config.get("layers")
    return isinstance(layers, list) and any(isinstance(one, dict) and _is_old_layer(one) for one in layers)


def _is_old_layer(config: dict) -> bool:
    calls = config.get("inbound_nodes")
    return "module" not in config or (isinstance(calls, list) and any(isinstance(call, list) for call in calls))


def _is_stack(inner: Any) -> bool:
    """Whether a config is that of a `Sequential`, perhaps one of a class of the user's."""
    return isinstance(inner, dict) and "layers" in inner and set(inner) <= _STACK


def _place(name: str, config: dict) -> dict:
    """Module and name of a class: layers come before operations of the same name."""
    inner = config["config"]
    is_operation = isinstance(inner, dict) and "trainable" not in inner  # which the config of each layer says
    modules = _OPERATIONS if is_operation else (_MODELS.get(name, "keras.layers"),)
    module = next((m for m in modules if registry.builtin(m, name) is not None), _MODELS.get(name, "keras.layers"))
    return {"module": module, "class_name": name, "registered_name": config["class_name"]}


# --- layers


def _layer(config: dict, cls: Any) -> dict:
    """The arguments of a layer: renamed, converted, and without those that are no longer there."""
    taken = _arguments(cls)
    if "batch_input_shape" in config and "batch_shape" in taken:
        config["batch_shape"] = config["batch_input_shape"]
    for old, new in _KERAS_1.items():
        if old in config and old not in taken and new in taken and new not in config:
            config[new] = config.pop(old)
    for key in (k for k in _DROPPED if taken and k not in taken):
        config.pop(key, None)
    axis = config.get("axis")
    if isinstance(axis, list) and len(axis) == 1:
        config["axis"] = int(axis[0])
    if isinstance(config.get("dtype"), dict) and "module" not in config["dtype"]:  # a policy of Keras 2
        config["dtype"] = config["dtype"].get("config", {}).get("name")
    if isinstance(config.get("function"), list):  # the code of a lambda
        config["function"] = {"class_name": "__lambda__", "config": {"value": config["function"]}}
    for key in _INNER:
        if isinstance(config.get(key), dict):
            config[key] = modern(config[key])
        elif isinstance(config.get(key), list):
            config[key] = [modern(one) for one in config[key]]
    return config


def _arguments(cls: Any) -> set[str]:
    """The arguments that a layer takes; nothing for a class of the user's, which takes what it wrote."""
    return set(signature_of(cls).parameters) if isinstance(cls, type) else set()


# --- models


def stack(config: Any) -> dict:
    """A Sequential; in Keras 1 its config is the list of its layers, the first of which may know the input."""
    config = {"layers": config} if isinstance(config, list) else config
    layers = config.get("layers", [])
    first = layers[0] if layers and isinstance(layers[0], dict) else {}
    shape = first.get("config", {}).get("batch_input_shape") if isinstance(first.get("config"), dict) else None
    front = []
    if shape is not None and first.get("class_name") != "InputLayer":
        dtype = first["config"].get("dtype")
        inner = {"batch_shape": shape, "dtype": dtype if isinstance(dtype, str) else "float32"}
        front = [{"module": "keras.layers", "class_name": "InputLayer", "registered_name": None, "config": inner}]
    return {**config, "name": config.get("name", "sequential"), "layers": front + [modern(one) for one in layers]}


def graph(config: dict) -> dict:
    """A functional model: its layers, and their calls."""
    layers = [{**modern(one), "name": _name(one), "inbound_nodes": one.get("inbound_nodes", [])}
              for one in config["layers"]]  # fmt: skip
    ends = {key: config[key] for key in ("input_layers", "output_layers") if key in config}
    calls = _Calls(layers, ends)
    for layer in layers:
        layer["inbound_nodes"] = [calls.call(node) for node in layer["inbound_nodes"]]
    return {**config, "layers": layers, **{key: calls.ends(value) for key, value in ends.items()}}


def _name(layer: dict) -> str:
    return layer["name"] if "name" in layer else layer["config"]["name"]


class _Calls:
    """The calls of a graph, from the lists of Keras 1 and 2: `[name, call, output, arguments]` for each input.

    Args:
        layers: List of the configs of the layers.
        ends: Dict of the inputs and outputs.
    """

    def __init__(self, layers: list[dict], ends: dict) -> None:
        self.kinds = {layer["name"]: layer["class_name"] for layer in layers}
        self.is_old = any(isinstance(node, list) for layer in layers for node in layer["inbound_nodes"])
        used: dict[str, set] = {}
        nodes = [node for layer in layers for node in layer["inbound_nodes"] if isinstance(node, list)]
        for history in _histories([*nodes, *ends.values()], self.kinds):
            used.setdefault(history[0], set()).add(history[1])
        # Models inside count their own graph as the first call, unless they were built without an input.
        self.first = {n: int(k in _MODELS and 0 not in used.get(n, {0})) for n, k in self.kinds.items()}

    def call(self, node: Any) -> Any:
        """One call; those that Keras 3 wrote are as they should be."""
        if isinstance(node, dict):
            return node
        tensors: list[dict] = []
        kwargs: dict = {}
        for history in node:
            tensors.append(self.tensor(history))
            kwargs |= history[3] if len(history) > 3 else {}
        arguments = tensors[0] if len(tensors) == 1 else tensors
        return {"args": [arguments], "kwargs": {k: self.argument(v) for k, v in kwargs.items() if k != "name"}}

    def argument(self, value: Any) -> Any:
        """An argument of a call: outputs of other layers are lists of their name and two numbers."""
        if _is_history(value, self.kinds):
            return self.tensor(value)
        return [self.argument(v) for v in value] if isinstance(value, list) else value

    def tensor(self, history: list) -> dict:
        """An output of a call."""
        name, call, output = history[:3]
        place = [name, call - self.first.get(name, 0), output]
        return {"class_name": "__keras_tensor__", "config": {"shape": None, "dtype": None, "keras_history": place}}

    def ends(self, structure: Any) -> Any:
        """The inputs or outputs of the graph."""
        if not self.is_old:
            return structure
        return _mapped(structure, self.end, self.kinds)

    def end(self, history: list) -> list:
        """One of them, where the calls of functional models are counted from 1."""
        name, call, output = history[:3]
        return [name, call - self.first[name] + int(self.kinds[name] == "Functional"), output]


def _is_history(value: Any, names: Iterable[str]) -> bool:
    numbers = isinstance(value, list) and len(value) in (3, 4) and all(isinstance(v, int) for v in value[1:3])
    return numbers and isinstance(value[0], str) and value[0] in names


def _histories(structure: Any, names: Iterable[str]) -> list[list]:
    """All outputs of layers in a structure."""
    found: list[list] = []
    for value in [structure] if _is_history(structure, names) else structure:
        if _is_history(value, names):
            found.append(value)
            found += _histories(value[3:], names)
        elif isinstance(value, (list, dict)):
            found += _histories(list(value.values()) if isinstance(value, dict) else value, names)
    return found


def _mapped(structure: Any, function: Callable, names: Iterable[str]) -> Any:
    if _is_history(structure, names):
        return function(structure)
    if isinstance(structure, dict):
        return {key: _mapped(value, function, names) for key, value in structure.items()}
    return [_mapped(value, function, names) for value in structure] if isinstance(structure, list) else structure
