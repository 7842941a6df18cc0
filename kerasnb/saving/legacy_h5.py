"""Files of Keras 1 and 2 (`.h5`, `.hdf5`): whole models and weights, by their order or by the names of layers."""

from __future__ import annotations

import json
import re
import warnings
from collections.abc import Callable, Iterator, Sequence
from typing import Any

import numpy as np

from kerasnb import losses, metrics, optimizers
from kerasnb.layers.base import weights
from kerasnb.saving import h5, legacy_config
from kerasnb.saving.errors import loading_error
from kerasnb.serialization import custom_object_scope, deserialize_keras_object, sharing
from kerasnb.serialization.brief import LIMIT, brief

_WEIGHTS, _OPTIMIZER, _TOP = "model_weights", "optimizer_weights", "top_level_model_weights"
_BUDGET_FACTOR, _BUDGET_FLOOR = 4, 16 << 20
_SLOTS = {"m": "momentum", "v": "velocity", "vhat": "velocity_hat", "rms": "velocity", "mg": "average_gradient"}
_NOT_RESTORED = (
    "Error in loading the saved optimizer state ({}). As a result, your model is starting with a freshly initialized "
    "optimizer."
)


# --- whole models


def load_model(path: str, custom_objects: dict | None, compile: bool, safe_mode: bool) -> Any:
    """The model of a `.h5` file; the arguments are those of `keras.saving.load_model`."""
    source, content = f"filepath={path}", _read(path)
    file = h5.unpack_legacy(content, source)
    if file is None or "model_config" not in file.texts[""]:
        raise ValueError(f"No model config found in the file at {path}. A file of weights is read by `load_weights`.")
    config = _json(file, "model_config", source)
    try:
        with sharing(), weights.loading(_BUDGET_FACTOR * len(content) + _BUDGET_FLOOR) as waiting:
            model = deserialize_keras_object(legacy_config.modern(config), custom_objects, safe_mode)
    except Exception as problem:
        raise loading_error(problem, source) from (problem if len(str(problem)) <= LIMIT else None)
    for variable, value in _in_order(_Group(file, _WEIGHTS, source), model, False):
        variable.assign(value)
        waiting.pop(id(variable), None)
    weights.fill(waiting)
    if compile:
        with custom_object_scope(custom_objects):
            _compile(model, file, source)
    return model


def _read(path: str) -> bytes:
    with open(path, "rb") as file:
        return file.read()


def _json(file: h5.Legacy, attribute: str, source: str) -> Any:
    try:
        return _plain(json.loads(file.texts[""][attribute]))
    except (json.JSONDecodeError, RecursionError) as problem:
        raise ValueError(f"{source}, attribute {attribute!r} is not valid JSON: {problem}") from None


def _plain(value: Any) -> Any:
    """Tuples, which these files write as objects."""
    if isinstance(value, dict):
        if value.get("class_name") == "__tuple__":
            return tuple(_plain(v) for v in value.get("items", ()))
        return {key: _plain(v) for key, v in value.items()}
    return [_plain(v) for v in value] if isinstance(value, list) else value


# --- compiling


def _compile(model: Any, file: h5.Legacy, source: str) -> None:
    if "training_config" not in file.texts[""]:
        warnings.warn(
            "No training configuration found in the save file, so the model was *not* compiled. Compile it manually.",
            stacklevel=4,
        )
        return
    config = _json(file, "training_config", source)
    if not isinstance(config, dict) or not isinstance(config.get("optimizer_config"), dict):
        raise ValueError(
            f"{source}, attribute 'training_config' does not describe a training. Received: {brief(config)}"
        )
    model.compile(
        optimizer=_optimizer(config["optimizer_config"]),
        loss=_each(config.get("loss"), _loss),
        metrics=_each(config.get("metrics"), _metric),
        weighted_metrics=_each(config.get("weighted_metrics"), _metric),
        loss_weights=config.get("loss_weights"),
    )
    if model.optimizer is not None and model.built:
        model.optimizer.build(model.trainable_variables)
        _restore_optimizer(model.optimizer, file)


def _optimizer(config: dict) -> Any:
    inner = dict(config.get("config") or {})
    if "lr" in inner:
        inner["learning_rate"] = inner.pop("lr")
    if not inner.get("decay"):
        inner.pop("decay", None)
    for name in ("is_legacy_optimizer", "jit_compile", "schedule_decay"):
        inner.pop(name, None)
    return optimizers.deserialize({**config, "config": inner})


def _each(config: Any, create: Callable[[dict], Any]) -> Any:
    """Losses or metrics in a structure of them."""
    if config is None or isinstance(config, str):  # names are results' names, too
        return config
    if isinstance(config, dict) and "class_name" in config:
        return create(config)
    if isinstance(config, dict):
        return {key: _each(value, create) for key, value in config.items()}
    return [_each(value, create) for value in config]


def _loss(config: dict) -> Any:
    inner = config.get("config")
    if isinstance(inner, dict) and inner.get("reduction") == "auto":  # of Keras 2
        config = {**config, "config": {**inner, "reduction": "sum_over_batch_size"}}
    return losses.deserialize(config)


def _metric(config: dict) -> Any:
    inner = config.get("config")
    if isinstance(inner, dict) and config["class_name"] in ("MeanMetricWrapper", "SumOverBatchSizeMetricWrapper"):
        return inner.get("fn") or inner["name"]
    return metrics.deserialize(config)


def _restore_optimizer(optimizer: Any, file: h5.Legacy) -> None:
    """Puts back the state of an optimizer, where it is that of one of today."""
    names = file.names(_OPTIMIZER, "weight_names")
    if not names:
        return
    values = [file.arrays.get(f"{_OPTIMIZER}/{name}") for name in names]
    own = optimizer.variables
    if len(own) != len(values) and len(values) < len(own):
        own, values = _of_keras_2(optimizer, names, values)
    problem: str | None
    if len(own) != len(values) or any(value is None for value in values):
        problem = f"{len(values)} arrays for {len(own)} variables"
    else:
        pairs = zip(own, map(np.asarray, values), strict=True)
        problem = next((f"{v.path} has shape {v.shape}, not {x.shape}" for v, x in pairs if v.shape != x.shape), None)
    if problem:
        warnings.warn(_NOT_RESTORED.format(problem), stacklevel=5)
        return
    for variable, value in zip(own, values, strict=True):
        variable.assign(value)


def _of_keras_2(optimizer: Any, names: list[str], values: list) -> tuple[list, list]:
    """Pairs of the variables and the arrays of a file of Keras 2: it has no learning rate, and one slot after another.

    `Adam/dense/kernel/m:0` and `Adam/m/dense/kernel:0` are slots of the weight `dense/kernel`.
    """
    slots: dict[str, list] = {}
    for name, value in zip(names, values, strict=True):
        parts = re.sub(r":\d+$", "", name).split("/")
        kind = next((_SLOTS.get(part, part) for part in (parts[-1], *parts[1:2]) if part in {*_SLOTS, "momentum"}), "")
        slots.setdefault(kind, []).append(value)
    iterations = slots.pop("", [])
    own: list = [optimizer.iterations]
    for kind in slots:
        own += [v for v in optimizer.variables if v.name.endswith(f"_{kind}")]
    return own, [*iterations[:1], *(value for group in slots.values() for value in group)]


# --- weights


def load_weights(model: Any, path: str, skip_mismatch: bool, by_name: bool) -> None:
    """Loads the weights of a `.h5` file; nothing is changed if something does not fit."""
    source = f"filepath={path}"
    file = h5.unpack_legacy(_read(path), source)
    if file is None:
        raise ValueError(f"{source} holds no weights in the layout of a legacy `.h5` file.")
    group = _Group(file, "" if file.names("", "layer_names") else _WEIGHTS, source)
    assign_all((_by_name if by_name else _in_order)(group, model, skip_mismatch))


def assign_all(pairs: Iterator[tuple]) -> None:
    """Assigns values to variables, once all of them are found to fit."""
    for variable, value in list(pairs):
        variable.assign(value)


class _Group:
    """The weights of a file, layer by layer.

    Args:
        file: The file.
        path: The group of the layers, "" for the whole file.
        source: Where they come from, for error messages.
    """

    def __init__(self, file: h5.Legacy, path: str, source: str) -> None:
        self.file, self.source, self.prefix = file, source, f"{path}/" if path else ""
        self.layers = {name: self.of(name) for name in file.names(path, "layer_names")}
        self.top = self.of(_TOP) if self.prefix + _TOP in file.texts else None

    def of(self, layer: str) -> list[np.ndarray]:
        """The weights of a layer."""
        group = self.prefix + layer
        names = self.file.names(group, "weight_names")
        missing = [name for name in names if f"{group}/{name}" not in self.file.arrays]
        if missing:
            raise ValueError(f"The weights file is damaged: {self.source} has no weights {missing} in {group!r}")
        return [self.file.arrays[f"{group}/{name}"] for name in names]


def _ordered(layer: Any) -> list:
    """The weights of a layer in the order of these files."""
    return layer.trainable_weights + layer.non_trainable_weights


def _in_order(group: _Group, model: Any, skip_mismatch: bool) -> Iterator[tuple]:
    """Pairs of variables and values, layer after layer."""
    layers = [layer for layer in model.layers if layer.weights]
    saved = [(name, values) for name, values in group.layers.items() if values]
    if len(layers) != len(saved):
        raise ValueError(
            f"Layer count mismatch when loading weights from file. Model expected {len(layers)} layers, found "
            f"{len(saved)} saved layers. {group.source}"
        )
    for k, (layer, (name, values)) in enumerate(zip(layers, saved, strict=True)):
        own = _ordered(layer)
        if len(own) != len(values):
            raise ValueError(
                f"Weight count mismatch for layer #{k} (named {layer.name} in the current model, {name} in the save "
                f"file). Layer expects {len(own)} weight(s). Received {len(values)} saved weight(s)"
            )
        yield from _fitting(own, values, f"layer #{k} (named {layer.name})", skip_mismatch)
    yield from _top_level(group, model, skip_mismatch, strict=True)


def _by_name(group: _Group, model: Any, skip_mismatch: bool) -> Iterator[tuple]:
    """Pairs of variables and values of the layers that have a name of the file; others are left as they are."""
    for k, (name, values) in enumerate(group.layers.items()):
        for layer in (one for one in model.layers if one.name == name):
            own = _ordered(layer)
            if len(own) == len(values):
                yield from _fitting(own, values, f"layer #{k} (named {name})", skip_mismatch)
                continue
            text = (
                f"eight count mismatch for layer #{k} (named {name}). Layer expects {len(own)} weight(s). Received "
                f"{len(values)} saved weight(s)"
            )
            if not skip_mismatch:
                raise ValueError(f"W{text}")
            warnings.warn(f"Skipping loading of weights: w{text}", stacklevel=5)
    yield from _top_level(group, model, skip_mismatch, strict=not skip_mismatch)


def _top_level(group: _Group, model: Any, skip_mismatch: bool, strict: bool) -> Iterator[tuple]:
    """Those of the weights that the model itself has."""
    own = model._own_variables
    if group.top is None or (len(own) != len(group.top) and not strict):
        return
    if len(own) != len(group.top):
        raise ValueError(
            "Weight count mismatch for top-level weights when loading weights from file. Model expects "
            f"{len(own)} top-level weight(s). Received {len(group.top)} saved top-level weight(s)"
        )
    yield from _fitting(own, group.top, "top-level model", skip_mismatch)


def _fitting(own: Sequence, values: list, place: str, skip_mismatch: bool) -> Iterator[tuple]:
    for variable, value in zip(own, values, strict=True):
        if tuple(variable.shape) == tuple(value.shape):
            yield variable, value
            continue
        text = (
            f"for weight {variable.path}. Weight expects shape {tuple(variable.shape)}. Received saved weight with "
            f"shape {tuple(value.shape)}"
        )
        if not skip_mismatch:
            raise ValueError(f"Shape mismatch in {place} {text}")
        warnings.warn(f"Skipping loading weights for {place} due to mismatch in shape {text}", stacklevel=6)
