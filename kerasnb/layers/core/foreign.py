"""Layers of Keras that wrap models of other frameworks: kerasnb runs on its own engine, so each says what to do."""

from __future__ import annotations

from typing import Any, NoReturn

from kerasnb.layers.base.layer import Layer


class _Foreign(Layer):
    """A layer that wraps a model of another framework.

    Raises:
        NotImplementedError: Always.
    """

    framework = ""

    def __init__(self, *args: Any, **kwargs: Any) -> NoReturn:
        raise NotImplementedError(
            f"`keras.layers.{type(self).__name__}` runs a model of {self.framework}, which kerasnb does not contain: "
            "its layers run on its own engine. Write the model with kerasnb's layers, or use this layer in Keras."
        )


class TFSMLayer(_Foreign):
    """Runs a TensorFlow SavedModel in Keras; raises an error here."""

    framework = "TensorFlow"


class JaxLayer(_Foreign):
    """Wraps a JAX function in Keras; raises an error here."""

    framework = "JAX"


class FlaxLayer(_Foreign):
    """Wraps a Flax module in Keras; raises an error here."""

    framework = "JAX"


class TorchModuleWrapper(_Foreign):
    """Wraps a PyTorch module in Keras; raises an error here."""

    framework = "PyTorch"


FOREIGN = (TFSMLayer, JaxLayer, FlaxLayer, TorchModuleWrapper)
