"""TimeDistributed: a layer at every step of a sequence."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from kerasnb import ops, tree
from kerasnb.backend.tensor import scopes
from kerasnb.backend.tensor.dtypes import is_float_dtype, result_type
from kerasnb.backend.tensor.keras_tensor import KerasTensor
from kerasnb.backend.typing import Shape
from kerasnb.layers.base.layer import Layer
from kerasnb.layers.core.wrapper import Wrapper
from kerasnb.serialization.registry import is_public

# Layers that treat each sample alone and alike: all steps are computed at once, as if they were samples.
_SAMPLEWISE = frozenset({
    "Activation", "AveragePooling1D", "AveragePooling2D", "AveragePooling3D", "Conv1D", "Conv1DTranspose", "Conv2D",
    "Conv2DTranspose", "Conv3D", "Conv3DTranspose", "Cropping1D", "Cropping2D", "Cropping3D", "Dense",
    "DepthwiseConv1D", "DepthwiseConv2D", "ELU", "Embedding", "Flatten", "GlobalAveragePooling1D",
    "GlobalAveragePooling2D", "GlobalAveragePooling3D", "GlobalMaxPooling1D", "GlobalMaxPooling2D",
    "GlobalMaxPooling3D", "GroupNormalization", "Identity", "LayerNormalization", "LeakyReLU", "MaxPooling1D",
    "MaxPooling2D", "MaxPooling3D", "PReLU", "Permute", "RMSNormalization", "ReLU", "RepeatVector", "Rescaling",
    "Reshape", "SeparableConv1D", "SeparableConv2D", "Softmax", "UnitNormalization", "UpSampling1D", "UpSampling2D",
    "UpSampling3D", "ZeroPadding1D", "ZeroPadding2D", "ZeroPadding3D",
})  # fmt: skip


class TimeDistributed(Wrapper):
    """Applies a layer to every step of a sequence.

    The second axis of the inputs is time. The layer has the same weights at every step.

    Args:
        layer: A layer.

    Call arguments:
        inputs: Tensor of shape `(batch, steps, ...)`.
        training: Boolean, passed on to the layer where it asks for it.
        mask: Optional boolean tensor of shape `(batch, steps, ...)`, passed on to the layer where it asks for it.

    Output shape:
        `(batch, steps, ...)`, where `...` is the shape of one output of the layer.

    Raises:
        ValueError: If `layer` is no layer.

    Example:

    >>> layer = keras.layers.TimeDistributed(keras.layers.Dense(8))
    >>> layer(np.ones((2, 5, 3))).shape
    (2, 5, 8)
    """

    def __init__(self, layer: Layer, **kwargs: Any) -> None:
        if not isinstance(layer, Layer):
            raise ValueError(
                "Please initialize `TimeDistributed` layer with a `keras.layers.Layer` instance. Received: "
                f"{layer}"
            )  # fmt: skip
        super().__init__(layer, **kwargs)
        self.supports_masking = True

    def build(self, input_shape: Shape) -> None:  # type: ignore[override]  # there is always a shape
        """Builds the layer for one step."""
        super().build(_of_one_step(input_shape))

    def compute_output_shape(self, input_shape: Shape) -> Any:
        """Returns the shape of the layer's output with the steps as its second axis."""
        if self.layer.built:
            self._check_step(input_shape, self.layer.compute_dtype)
        shape = self.layer.compute_output_shape(_of_one_step(input_shape))
        return (shape[0], input_shape[1], *shape[1:])

    def embeddings_of_inputs(self) -> Iterator[tuple[int, Any]]:
        """The layer inside, where it takes ids, with position 0."""
        method = getattr(self.layer, "embeddings_of_inputs", None)
        yield from method() if method else ()

    def call(self, inputs: Any, training: bool | None = None, mask: Any = None) -> Any:
        """Applies the layer to each step."""
        self._check_step(inputs.shape, inputs.dtype)
        if mask is not None:
            _check_mask(mask.shape, inputs.shape)
        taken, inputs = self.layer._call_signature.parameters, self._as_the_layer_takes_them(inputs)
        options = {"training": training} if "training" in taken else {}
        mask = mask if "mask" in taken else None
        if inputs.shape[1] and _is_samplewise(self.layer):
            return self._at_once(inputs, mask, options)
        outputs = []
        for t in range(inputs.shape[1]):
            masked = {} if mask is None else {"mask": mask[:, t]}
            outputs.append(self.layer.call(inputs[:, t], **options, **masked))
        return tree.map_structure(lambda *steps: ops.stack(steps, axis=1), *outputs)

    def _check_step(self, shape: Shape, dtype: str) -> None:
        """Checks that a step is what the layer was built for: its `call` alone does not."""
        self.layer._assert_input_compatibility(KerasTensor(_of_one_step(shape), dtype=dtype))

    def _as_the_layer_takes_them(self, inputs: Any) -> Any:
        """The inputs in the dtype of the layer's weights, where that is wider and weights are not cast."""
        if scopes.autocast_dtype() is not None or not self.layer.weights or not is_float_dtype(inputs.dtype):
            return inputs
        return ops.cast(inputs, result_type(inputs.dtype, self.layer.variable_dtype))

    def _at_once(self, inputs: Any, mask: Any, options: dict) -> Any:
        """All steps as one batch."""
        batch, steps = inputs.shape[:2]
        masked = {} if mask is None else {"mask": ops.reshape(mask, (batch * steps, *mask.shape[2:]))}
        flat = ops.reshape(inputs, (batch * steps, *inputs.shape[2:]))
        outputs = self.layer.call(flat, **options, **masked)
        return ops.reshape(outputs, (batch, steps, *outputs.shape[1:]))


def _is_samplewise(layer: Layer) -> bool:
    """Whether a layer computes the same for steps one by one and all at once."""
    return type(layer).__name__ in _SAMPLEWISE and is_public(type(layer))


def _of_one_step(shape: Any) -> tuple:
    if not isinstance(shape, (tuple, list)) or len(shape) < 3:
        raise ValueError(
            "`TimeDistributed` Layer should be passed an `input_shape` with at least 3 dimensions, received: "
            f"{shape}"
        )  # fmt: skip
    return (shape[0], *shape[2:])


def _check_mask(mask: tuple, inputs: tuple) -> None:
    """Checks that the mask has the batch and the steps of the inputs.

    Raises:
        ValueError: If it has not.
    """
    if len(mask) < 2:
        raise ValueError(
            "The `mask` passed to the `TimeDistributed` layer must be at least 2D (e.g., `(batch_size, timesteps)`), "
            f"but it has {len(mask)} dimension(s) with shape {mask}."
        )
    if any(None not in (m, x) and m != x for m, x in zip(mask[:2], inputs[:2], strict=True)):
        raise ValueError(
            f"The `mask` passed to the `TimeDistributed` layer has a shape {mask} that is incompatible with the input "
            f"shape {inputs}. The first two dimensions of the mask (batch size and timesteps) must match the input's "
            f"first two dimensions. Expected mask shape prefix: ({inputs[0]}, {inputs[1]})."
        )
