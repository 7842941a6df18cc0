"""What a run was made with, as plain values: so that two runs can be told apart by what differs."""

from __future__ import annotations

from typing import Any


def of(model: Any, **settings: Any) -> dict:
    """Returns the settings of a training at its start.

    Args:
        model: The compiled model.
        **settings: Settings of the call itself, such as `batch_size` and `epochs`.

    Returns:
        Dict with the keys `optimizer` (a dict of its settings), `loss`, `parameters`, `layers` (a list of dicts
        with `class_name`, `config` and, for models within the model, `layers`), and the settings of the call.

    Example:

    >>> from kerasnb.model.run import config
    >>> model = keras.Sequential([keras.Input((4,)), keras.layers.Dense(2)])
    >>> model.compile("sgd", "mse")
    >>> made = config.of(model, batch_size=32)
    >>> made["optimizer"]["name"], made["loss"], made["parameters"], made["batch_size"]
    ('sgd', 'mse', 10, 32)
    """
    return {
        "optimizer": _optimizer(getattr(model, "optimizer", None)),
        "loss": _named(getattr(model, "loss", None)),
        **settings,
        "parameters": _count(model),
        "layers": layers(model),
    }


def layers(model: Any) -> list[dict]:
    """The layers of a model with their arguments."""
    listed = []
    for layer in getattr(model, "layers", []):
        inner = layers(layer)
        described = {"class_name": type(layer).__name__, "name": layer.name}
        listed.append(described | ({"layers": inner} if inner else {"config": _config(layer)}))
    return listed


def _optimizer(optimizer: Any) -> dict:
    """Its configuration, under the name of its class: its own name may carry a number."""
    return _config(optimizer) | ({} if optimizer is None else {"name": type(optimizer).__name__.lower()})


def _config(thing: Any) -> dict:
    """The configuration of an object; a record of a training must not fail because it has none."""
    try:
        return dict(thing.get_config())
    except Exception:  # a layer that a person wrote may have no configuration, or a faulty one
        return {}


def _named(loss: Any) -> Any:
    """Names in place of losses, in lists and dicts too."""
    if isinstance(loss, dict):
        return {key: _named(value) for key, value in loss.items()}
    if isinstance(loss, (list, tuple)):
        return [_named(value) for value in loss]
    return loss if loss is None or isinstance(loss, str) else getattr(loss, "name", None) or _function_name(loss)


def _function_name(loss: Any) -> str:
    return getattr(loss, "__name__", None) or type(loss).__name__


def _count(model: Any) -> int | None:
    try:
        return int(model.count_params())
    except Exception:  # a model that is built by its first batch
        return None
