"""The arguments of a layer as fields, and what its inputs, outputs and weights come to."""

from __future__ import annotations

import math
from typing import Any

from kerasnb import activations
from kerasnb.widgets.builder import compose, operations, palette, write

MAIN = (
    "units", "filters", "kernel_size", "strides", "padding", "activation", "use_bias", "pool_size", "rate",
    "return_sequences", "input_dim", "output_dim", "mask_zero", "num_heads", "key_dim", "target_shape", "dims", "size",
    "cropping", "scale", "offset", "stddev", "n", "layer", "merge_mode", "equation", "output_shape", "output_size",
    "axis", "momentum", "epsilon", "groups", "negative_slope", "max_value", "shape", "axes",
)  # fmt: skip
BARE = ("units", "filters", "rate", "input_dim", "output_dim", "activation", "equation", "layer", "n", "dims")
PADDING = ["valid", "same"]
INITIALIZERS = [
    "glorot_uniform", "glorot_normal", "he_normal", "he_uniform", "lecun_normal", "lecun_uniform", "orthogonal",
    "random_normal", "random_uniform", "truncated_normal", "zeros", "ones", "identity",
]  # fmt: skip
CHOICES = {
    "data_format": ["channels_last", "channels_first"], "interpolation": ["nearest", "bilinear", "bicubic"],
    "merge_mode": ["concat", "sum", "mul", "ave"],
}  # fmt: skip
INSIDE = "This is a model of its own: kw.Builder shows its layers, and the code below writes them."
NO_CONFIG = "Its class has no whole get_config, so nothing here can be changed."
SUFFIXES = {
    "_initializer": INITIALIZERS, "_regularizer": ["", "l1", "l2", "l1_l2", "orthogonal_regularizer"],
    "_constraint": ["", "max_norm", "non_neg", "unit_norm", "min_max_norm"],
}  # fmt: skip


def activation_names() -> list[str]:
    """The activations by name."""
    names = [n for n in activations.__all__ if n not in ("get", "serialize", "deserialize")]
    first = [n for n in ("linear", "relu", "sigmoid", "softmax", "tanh", "gelu", "elu", "silu") if n in names]
    return [*first, *sorted(set(names) - set(first))]


def choices(name: str, class_name: str) -> list[str] | None:
    """The values that an argument may have, or None."""
    if name in ("activation", "recurrent_activation"):
        return activation_names()
    if name == "padding" and ("Conv" in class_name or "Pooling" in class_name):
        return [*PADDING, "causal"] if class_name == "Conv1D" else PADDING
    for suffix, values in SUFFIXES.items():
        if name.endswith(suffix):
            return values
    return CHOICES.get(name)


def fields(layer: Any) -> list[dict]:
    """The fields of a layer: name, kind (`int`, `text`, `choice`, `bool`), value, choices, whether it is a main one."""
    if operations.is_operation(layer):
        return operations.fields(layer)
    if compose.is_model(layer):
        return [{"name": "name", "kind": "text", "value": layer.name, "main": True, "off": INSIDE}]
    cls = type(layer)
    try:
        config = layer.get_config()
    except (NotImplementedError, TypeError, ValueError, AttributeError):
        return [{"name": "name", "kind": "text", "value": layer.name, "main": True, "off": NO_CONFIG}]
    parameters = {p.name: p for p in palette.signature(cls)}
    for extra in ("trainable", "name"):
        parameters.setdefault(extra, None)
    rows = [_field(n, p, config, cls.__name__) for n, p in parameters.items() if n in config and n != "dtype"]
    order = {name: i for i, name in enumerate(MAIN)}
    main = sorted([r for r in rows if r["main"]], key=lambda r: order[r["name"]])
    if not main:
        main = [{**r, "main": True} for r in rows if r["name"] == "name"]
    shown = {r["name"] for r in main}
    return main + [r for r in rows if r["name"] not in shown]


def _field(name: str, parameter: Any, config: dict, class_name: str) -> dict:
    value = config[name]
    offered = choices(name, class_name)
    row: dict = {"name": name, "main": name in MAIN and not _rare(name, class_name)}
    if isinstance(value, bool):
        return {**row, "kind": "bool", "value": value}
    text = shown(value, name)
    if offered is not None:
        offered = offered if text in offered else [text, *offered]
        return {**row, "kind": "choice", "value": text, "choices": offered}
    is_count = isinstance(value, int) and parameter is not None and name in palette.REQUIRED
    return {**row, "kind": "int" if is_count else "text", "value": text}


def _rare(name: str, class_name: str) -> bool:
    """Arguments that are folded for some classes."""
    convolution = "Conv" in class_name and name in ("groups", "axis")
    return convolution or (name == "groups" and class_name != "GroupNormalization")


def shown(value: Any, name: str) -> str:
    """A value of a config as a person types it."""
    if value is None:
        return ""
    code = write.expression(value, None, name)
    return code[1:-1] if code.startswith('"') and code.endswith('"') else code


def in_brief(layer: Any) -> str:
    """A layer's class with the arguments that tell it from others: `Conv2D 16, 3×3, relu`."""
    cls = type(layer).__name__
    if operations.is_operation(layer):
        return operations.in_brief(layer)
    if compose.is_model(layer):
        count = len(layer.layers)
        return f"model of {count} layer{'s' * (count != 1)}"
    if cls == "InputLayer":
        return "Input" if layer.dtype == "float32" else f"Input {layer.dtype}"
    parts = []
    try:
        given = write.differing(layer)
    except (NotImplementedError, TypeError, ValueError, AttributeError):
        return cls
    for name, value in list(given.items())[:4]:
        if name in BARE:
            parts.append(_inner(value) if name == "layer" else shown(value, name))
        elif isinstance(value, (list, tuple)) and name in write.SQUARE:
            sizes = "×".join(map(str, value))
            parts.append(sizes if name in ("kernel_size", "pool_size", "size") else f"{name} {sizes}")
        else:
            text = shown(value, name)
            parts.append(f"{name} {text}" if len(text) < 24 else name)
    return f"{cls} {', '.join(parts)}".strip()


def _inner(value: Any) -> str:
    return str(value.get("class_name", "")) if isinstance(value, dict) else str(value)


def arithmetic(layer: Any) -> tuple[str, int]:
    """How the number of parameters comes about: (`3·3·8·16 + 16`, 1168)."""
    shapes = [tuple(w.shape) for w in getattr(layer, "weights", ())]
    total = sum(math.prod(shape) for shape in shapes)
    parts = ["·".join(map(str, shape)) if shape else "1" for shape in shapes]
    return " + ".join(parts) if len(parts) <= 12 else f"{len(parts)} arrays", total
