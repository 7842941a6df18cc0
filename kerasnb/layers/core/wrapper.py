"""Wrapper: the base of layers that hold another layer and change what it does."""

from __future__ import annotations

from typing import Any

from kerasnb import serialization
from kerasnb.backend.typing import Shape
from kerasnb.layers.base.holder import Holder
from kerasnb.layers.base.layer import Layer


class Wrapper(Holder):
    """Base of the layers that wrap another one.

    A wrapper holds another layer and changes what it does, as `TimeDistributed` and `Bidirectional` do. This class
    itself computes nothing: subclasses implement `call`.

    Args:
        layer: The layer to be wrapped.

    Raises:
        ValueError: If it is no layer.
    """

    def __init__(self, layer: Layer, **kwargs: Any) -> None:
        if not isinstance(layer, Layer):
            raise ValueError(f"Layer {layer} supplied to Wrapper isn't a supported layer type. Please ensure wrapped "
                             "layer is a valid Keras layer.")  # fmt: skip
        super().__init__(**kwargs)
        self.layer = layer

    def build(self, input_shape: Shape | None = None) -> None:
        """Builds the wrapped layer."""
        if not self.layer.built:
            self.layer.build(input_shape)
            self.layer.built = True
        self.built = True

    def get_config(self) -> dict:
        """Returns the config of the layer: that of the wrapped layer is inside."""
        return {**super().get_config(), "layer": serialization.serialize_keras_object(self.layer)}
