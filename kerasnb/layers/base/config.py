"""Configs of layers: derived from the arguments of `__init__`, or captured where the layer is the user's own."""

from __future__ import annotations

from typing import Any

from kerasnb import activations, dtype_policies
from kerasnb.backend.autodiff.operation import Operation
from kerasnb.serialization.captured import default, is_default
from kerasnb.serialization.configured import argument, argument_names, public_class, signature_of
from kerasnb.serialization.registry import public_module
from kerasnb.serialization.serialize import serialize_keras_object

__all__ = ["Configured", "default", "is_default"]

_OF_EVERY_LAYER = ("name", "trainable", "dtype", "autocast", "activity_regularizer")  # `Layer` writes them itself


class Configured(Operation):
    """What layers have of configs: `get_config` and `from_config`."""

    name: str
    _no_config: tuple[str, ...] = ()  # the arguments that stand in no config

    @default
    def get_config(self) -> dict:
        """Returns the config of the layer: a serializable dict from which it can be made again."""
        cls: Any = public_class(type(self))
        if public_module(cls) != "keras.layers":  # only `Layer` and `Model` stand above
            return self._captured_config() if is_default(self.get_config) else {"name": self.name}
        return {"name": self.name, **(self._derived_config(cls) if is_default(cls.get_config) else {})}

    def _derived_config(self, cls: type) -> dict:
        """The arguments that a public layer has beside those of every layer."""
        names = [n for n in argument_names(cls) if n not in (*_OF_EVERY_LAYER, *self._no_config)]
        return {name: _serialized(name, argument(self, name)) for name in names}

    @classmethod
    def from_config(cls, config: dict) -> Any:
        """Creates a layer from its config, the output of `get_config`.

        Args:
            config: Dict.

        Returns:
            The layer.

        Raises:
            TypeError: If the constructor does not accept it.
        """
        config = dict(config)
        if isinstance(config.get("dtype"), dict):
            policy = dtype_policies.deserialize(config["dtype"])
            config["dtype"] = policy if isinstance(policy, dtype_policies.DTypePolicyMap) else policy.name
        try:
            return _created(cls, config)
        except Exception as problem:
            raise TypeError(
                f"Error when deserializing class '{cls.__name__}' using config={config}.\n\nException encountered: "
                f"{problem}"
            ) from problem


def _created(cls: Any, config: dict) -> Any:
    """The layer of a config; what `Layer` wrote into it and the constructor does not take is set afterwards.

    The config of a user's own class may be made without code of theirs, so it need not be one that loads alone.
    """
    parameters = signature_of(cls).parameters
    takes_all = any(p.kind is p.VAR_KEYWORD for p in parameters.values())
    later = {} if takes_all else {k: config[k] for k in ("trainable", "dtype") if k in config and k not in parameters}
    layer = cls(**{name: value for name, value in config.items() if name not in later})
    if not later.get("trainable", True):
        layer.trainable = False
    policy = dtype_policies.get(later["dtype"]) if later.get("dtype") else layer.dtype_policy
    if policy.name != layer.dtype_policy.name:
        layer.dtype_policy = policy
    return layer


def _serialized(name: str, value: Any) -> Any:
    """An argument in a config: built-in activations are their names there."""
    return activations.serialize(value) if name.endswith("activation") else serialize_keras_object(value)
