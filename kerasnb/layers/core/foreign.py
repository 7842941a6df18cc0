"""Layers of Keras that wrap models of other frameworks: kerasnb runs on its own engine, so each says what to do."""

from __future__ import annotations

from typing import Any

from kerasnb.layers.base.layer import Layer


class _Foreign(Layer):
    """A layer that wraps a model of another framework.

    Raises:
        NotImplementedError: Always.
    """

    framework = ""

    def _refusal(self) -> NotImplementedError:
        return NotImplementedError(
            f"`keras.layers.{type(self).__name__}` runs a model of {self.framework}, which kerasnb does not contain: "
            "its layers run on its own engine. Write the model with kerasnb's layers, or use this layer in Keras."
        )


class TFSMLayer(_Foreign):
    """Runs a TensorFlow SavedModel in Keras; raises an error here."""

    framework = "TensorFlow"

    def __init__(
        self, filepath: Any, call_endpoint: str = "serve", call_training_endpoint: str | None = None,
        trainable: bool = True, name: str | None = None, dtype: Any = None,
    ) -> None:  # fmt: skip
        raise self._refusal()


class JaxLayer(_Foreign):
    """Wraps a JAX function in Keras; raises an error here."""

    framework = "JAX"

    def __init__(
        self, call_fn: Any, init_fn: Any = None, params: Any = None, state: Any = None, seed: Any = None,
        native_serialization_platforms: Any = None, **kwargs: Any,
    ) -> None:  # fmt: skip
        raise self._refusal()


class FlaxLayer(_Foreign):
    """Wraps a Flax module in Keras; raises an error here."""

    framework = "JAX"

    def __init__(self, module: Any, method: Any = None, variables: Any = None, **kwargs: Any) -> None:
        raise self._refusal()


class TorchModuleWrapper(_Foreign):
    """Wraps a PyTorch module in Keras; raises an error here."""

    framework = "PyTorch"

    def __init__(self, module: Any, name: str | None = None, output_shape: Any = None, **kwargs: Any) -> None:
        raise self._refusal()
