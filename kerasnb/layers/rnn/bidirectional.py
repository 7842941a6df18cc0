"""Bidirectional: a recurrent layer in both directions of time."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Self

from kerasnb import ops, serialization, tree
from kerasnb.backend.typing import Shape
from kerasnb.layers.base.layer import Layer

_MODES = ("sum", "mul", "ave", "concat", None)
_COMMON = ("stateful", "return_sequences", "return_state")


class Bidirectional(Layer):
    """Bidirectional wrapper for RNNs: the layer runs from the first step to the last, and a copy runs backwards.

    Reference: [Schuster and Paliwal, 1997](https://doi.org/10.1109/78.650093)

    Args:
        layer: `keras.layers.RNN` instance, such as `keras.layers.LSTM`, or a layer that has its attributes
            `go_backwards`, `return_sequences`, `return_state` and `stateful`.
        merge_mode: How the outputs of both directions are combined: `"concat"`, `"sum"`, `"mul"`, `"ave"`, or None
            for a tuple of both. Defaults to `"concat"`.
        weights: Optional list of arrays: the weights of both directions, forward first.
        backward_layer: Optional layer for the other direction. Defaults to a copy of `layer`.

    Call arguments:
        sequences: Tensor of shape `(batch, steps, ...)`.
        initial_state: Optional list of the states before the first step, those of the forward layer first.
        mask: Optional boolean tensor of shape `(batch, steps)`.
        training: Boolean, passed on to the layers.

    Raises:
        ValueError: If an argument is no layer or no merge mode, or the layers do not fit together.

    Example:

    >>> layer = keras.layers.Bidirectional(keras.layers.LSTM(4, return_sequences=True))
    >>> layer(np.ones((2, 5, 3))).shape
    (2, 5, 8)
    """

    def __init__(
        self, layer: Layer, merge_mode: str | None = "concat", weights: Sequence | None = None,
        backward_layer: Layer | None = None, **kwargs: Any,
    ) -> None:  # fmt: skip
        _check(layer, merge_mode, backward_layer)
        super().__init__(**kwargs)
        self.forward_layer: Any = _copy(layer, "forward_")
        self.backward_layer: Any = backward_layer or _copy(layer, "backward_", go_backwards=True)
        pair: tuple[Any, Any] = self.forward_layer, self.backward_layer
        _check_pair(*pair)
        for one in pair:
            if hasattr(layer, "use_cudnn"):
                one.use_cudnn = layer.use_cudnn
            if getattr(one, "zero_output_for_mask", None) is not None:
                one.zero_output_for_mask = one.return_sequences
        self.merge_mode, self._first_weights = merge_mode, list(weights) if weights else None
        self.stateful, self.return_sequences, self.return_state = (getattr(layer, name) for name in _COMMON)
        self.supports_masking = True
        self.input_spec = layer.input_spec

    def build(self, sequences_shape: Shape, initial_state_shape: Any = None) -> None:
        """Builds both layers.

        Args:
            sequences_shape: Shape tuple of the sequences.
            initial_state_shape: Structure of the shapes of the states; those of the layers hold.
        """
        for one in (self.forward_layer, self.backward_layer):
            if not one.built:
                one.build(sequences_shape)
        if self._first_weights:
            half = len(self._first_weights) // 2
            self.forward_layer.set_weights(self._first_weights[:half])
            self.backward_layer.set_weights(self._first_weights[half:])

    def call(
        self, sequences: Any, initial_state: Any = None, mask: Any = None, training: bool | None = None
    ) -> Any:  # fmt: skip
        """Runs both layers, and merges their outputs."""
        half = len(initial_state) // 2 if initial_state is not None else 0
        states = (None, None) if initial_state is None else (initial_state[:half], initial_state[half:])
        y, y_rev = (
            one(sequences, initial_state=state, **self._options(one, mask, training))
            for one, state in zip((self.forward_layer, self.backward_layer), states, strict=True)
        )
        after: tuple = ()
        if self.return_state:
            after, y, y_rev = (*y[1:], *y_rev[1:]), y[0], y_rev[0]
        y, y_rev = ops.cast(y, self.compute_dtype), ops.cast(y_rev, self.compute_dtype)
        merged = self._merged(y, ops.flip(y_rev, 1) if self.return_sequences else y_rev)
        if not self.return_state:
            return merged
        return (*merged, *after) if self.merge_mode is None else (merged, *after)

    @staticmethod
    def _options(layer: Layer, mask: Any, training: bool | None) -> dict:
        given = {"mask": mask, "training": training}
        return {name: value for name, value in given.items() if name in layer._call_signature.parameters}

    def _merged(self, y: Any, y_rev: Any) -> Any:
        """Both outputs as one."""
        if self.merge_mode == "concat":
            return ops.concatenate([y, y_rev], axis=-1)
        if self.merge_mode == "sum":
            return y + y_rev
        if self.merge_mode == "ave":
            return (y + y_rev) / 2
        return y * y_rev if self.merge_mode == "mul" else (y, y_rev)

    def compute_output_shape(self, sequences_shape: Shape, initial_state_shape: Any = None) -> Any:
        """Returns the shapes of the outputs.

        Args:
            sequences_shape: Shape tuple of the sequences.
            initial_state_shape: Structure of the shapes of the states; those of the layers hold.
        """
        shape, states = self.forward_layer.compute_output_shape(sequences_shape), ()
        if self.return_state:
            shape, states = shape[0], tuple(shape[1:])
        if self.merge_mode == "concat":
            shape = (*shape[:-1], shape[-1] * 2)
        if self.merge_mode is None:
            return (shape, shape, *states, *states)
        return (shape, *states, *states) if self.return_state else shape

    def compute_mask(self, _: Any, mask: Any) -> Any:
        """Returns the mask of the steps for `return_sequences`; states and last outputs have none.

        Args:
            mask: Mask of the sequences, or a structure that starts with it.
        """
        mask = tree.flatten(mask)[0] if self.return_sequences else None
        return mask if self.merge_mode else (mask, mask)

    # --- states

    @property
    def states(self) -> tuple | None:
        """The states of stateful layers, those of the forward layer first; None for others."""
        if self.forward_layer.states and self.backward_layer.states:
            return (*self.forward_layer.states, *self.backward_layer.states)
        return None

    def reset_state(self) -> None:
        """Sets the states of stateful layers to zero.

        Raises:
            AttributeError: If the layer is not stateful.
        """
        if not self.stateful:
            raise AttributeError("Layer must be stateful.")
        self.forward_layer.reset_state()
        self.backward_layer.reset_state()

    def reset_states(self) -> None:
        """Sets the states of stateful layers to zero: an alias of `reset_state()`."""
        self.reset_state()

    # --- config

    def get_config(self) -> dict:
        """Returns the config of the layer: those of both layers are inside."""
        both = {"layer": self.forward_layer, "backward_layer": self.backward_layer}
        parts = {name: serialization.serialize_keras_object(one) for name, one in both.items()}
        return {**super().get_config(), "merge_mode": self.merge_mode, **parts}

    @classmethod
    def from_config(cls, config: dict, custom_objects: dict | None = None) -> Self:
        """Creates the layer from its config.

        Args:
            config: Dict.
            custom_objects: Optional dict of names of the user's own classes and functions.
        """
        config = dict(config)
        for name in ("layer", "backward_layer"):
            if config.get(name) is not None:
                config[name] = serialization.deserialize_keras_object(config[name], custom_objects=custom_objects)
        return cls(**config)


def _copy(layer: Layer, prefix: str, **changes: Any) -> Any:
    """An unbuilt layer of the same config, named after its direction."""
    config = serialization.serialize_keras_object(layer)
    config.pop("build_config", None)
    config["config"] |= {"name": prefix + layer.name.removeprefix(prefix), **changes}
    return serialization.deserialize_keras_object(config)


def _check(layer: Any, merge_mode: Any, backward_layer: Any) -> None:
    """Checks the arguments.

    Raises:
        ValueError: If one is no layer or no merge mode.
    """
    if not isinstance(layer, Layer):
        raise ValueError(
            f"Please initialize `Bidirectional` layer with a `keras.layers.Layer` instance. Received: {layer}"
        )
    if backward_layer is not None and not isinstance(backward_layer, Layer):
        raise ValueError(f"`backward_layer` need to be a `keras.layers.Layer` instance. Received: {backward_layer}")
    if merge_mode not in _MODES:
        raise ValueError(
            f"Invalid merge mode. Received: {merge_mode}. Merge mode should be one of "
            '{"sum", "mul", "ave", "concat", None}'
        )


def _check_pair(forward: Any, backward: Any) -> None:
    """Checks that two layers run in opposite directions, and return the same.

    Raises:
        ValueError: If they do not.
    """
    if forward.go_backwards == backward.go_backwards:
        raise ValueError(
            "Forward layer and backward layer should have different `go_backwards` value. Received: "
            f"forward_layer.go_backwards {forward.go_backwards}, backward_layer.go_backwards={backward.go_backwards}"
        )
    for name in _COMMON:
        values = getattr(forward, name), getattr(backward, name)
        if values[0] != values[1]:
            raise ValueError(
                f'Forward layer and backward layer are expected to have the same value for attribute "{name}", got '
                f'"{values[0]}" for forward layer and "{values[1]}" for backward layer'
            )
