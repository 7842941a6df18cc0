"""Embedding: a vector for each integer."""

from __future__ import annotations

import warnings
from collections.abc import Iterator
from typing import Any

import numpy as np

from kerasnb import constraints, initializers, ops, regularizers
from kerasnb.backend.tensor.tensor import Tensor
from kerasnb.backend.tensor.variable import Variable
from kerasnb.backend.typing import Shape, TensorLike
from kerasnb.layers.base.config import default
from kerasnb.layers.base.lora import LoRA


class Embedding(LoRA):
    """Replaces each integer by the vector that is learned for it.

    Args:
        input_dim: Positive integer, size of the vocabulary: the largest index plus 1.
        output_dim: Positive integer, size of the vectors.
        embeddings_initializer: Initializer of the `embeddings` matrix.
        embeddings_regularizer: Regularizer of the `embeddings` matrix.
        embeddings_constraint: Constraint on the `embeddings` matrix.
        mask_zero: Boolean, whether index 0 is padding that later layers skip. Defaults to `False`.
        weights: Optional matrix of shape `(input_dim, output_dim)`, the initial value of `embeddings`.
        lora_rank: Optional positive integer. Freezes the matrix, and adds a trained product of this rank to it.
        lora_alpha: Optional number; the product is scaled by `lora_alpha / lora_rank`. Defaults to `lora_rank`.
        quantization_config: Must be None: quantization comes later.

    Input shape:
        Integer tensor of any rank, such as `(batch_size, input_length)`.

    Output shape:
        The shape of the inputs and `output_dim`, such as `(batch_size, input_length, output_dim)`.

    Raises:
        ValueError: If a size or `lora_rank` is no positive integer, or `lora_alpha` stands alone.
        NotImplementedError: If there is a `quantization_config`.

    Example:

    >>> layer = keras.layers.Embedding(3, 2, weights=np.array([[0, 0], [1, 2], [3, 4]], "float32"))
    >>> layer(np.array([[2, 1]])).tolist()
    [[[3.0, 4.0], [1.0, 2.0]]]
    """

    _adapts = "embeddings"
    _no_config = ("weights",)

    def __init__(
        self, input_dim: int, output_dim: int, embeddings_initializer: Any = "uniform",
        embeddings_regularizer: Any = None, embeddings_constraint: Any = None, mask_zero: bool = False,
        weights: TensorLike | None = None, lora_rank: int | None = None, lora_alpha: float | None = None,
        quantization_config: None = None, **kwargs: Any,
    ) -> None:  # fmt: skip
        for name, size in (("input_dim", input_dim), ("output_dim", output_dim)):
            if not isinstance(size, int) or isinstance(size, bool) or size <= 0:
                raise ValueError(
                    f"`{name}` must be a positive integer. Received: {name}={size} (of type {type(size).__name__})."
                )
        self._check_quantization(quantization_config)
        if kwargs.pop("input_length", None) is not None:
            warnings.warn("Argument `input_length` is deprecated. Just remove it.", stacklevel=2)
        super().__init__(**kwargs)
        self._set_lora(lora_rank, lora_alpha)
        self.input_dim, self.output_dim, self.quantization_config = input_dim, output_dim, quantization_config
        self.embeddings_initializer = initializers.get(embeddings_initializer)
        self.embeddings_regularizer = regularizers.get(embeddings_regularizer)
        self.embeddings_constraint = constraints.get(embeddings_constraint)
        self.mask_zero = self.supports_masking = mask_zero
        self.autocast = False  # the vectors are cast, not the whole matrix
        if weights is not None:
            self.build()
            self.set_weights(weights if isinstance(weights, list) and len(weights) == 1 else [weights])

    def build(self, input_shape: Shape | None = None) -> None:
        """Creates the matrix."""
        if self.built:
            return
        self._embeddings = self.add_weight(
            shape=(self.input_dim, self.output_dim), initializer=self.embeddings_initializer,
            regularizer=self.embeddings_regularizer, constraint=self.embeddings_constraint, name="embeddings",
        )  # fmt: skip
        self._build_lora()

    @property
    def embeddings(self) -> Variable:
        """The matrix of the vectors, of shape `(input_dim, output_dim)`; with LoRA, the sum of it and the product."""
        return self._adapted_weight()

    def call(self, inputs: Tensor) -> Tensor:
        """Takes the vector of each index.

        Raises:
            ValueError: If an index is out of range; in a recorded step, which cannot know, its vector is NaN.
        """
        vectors = ops.take(self.embeddings, inputs, axis=0)
        if inputs.data is None:
            vectors = ops.add(vectors, self._nan_out_of_range(inputs))  # a sum: its gradient costs nothing
        return ops.cast(vectors, self.compute_dtype)

    def _nan_out_of_range(self, inputs: Tensor) -> Tensor:
        """0 for each valid index, and NaN for the others, with a last axis of 1."""
        is_valid = ops.logical_and(ops.less(inputs, self.input_dim), ops.greater_equal(inputs, -self.input_dim))
        return ops.expand_dims(
            ops.where(is_valid, *(ops.full((), v, self.embeddings.dtype) for v in (0.0, np.nan))), -1
        )

    def embeddings_of_inputs(self) -> Iterator[tuple[int, Embedding]]:
        """The layers that take inputs as ids, each with the position of the input: itself, unless `call` is another."""
        if type(self).call.__module__.startswith("kerasnb."):
            yield 0, self

    def compute_mask(self, inputs: Any, mask: Any = None) -> Any:
        """Returns whether each index is not 0, or None without `mask_zero`."""
        return ops.not_equal(inputs, 0) if self.mask_zero else None

    def compute_output_shape(self, input_shape: Shape) -> Shape:
        """Returns the shape of the inputs and `output_dim`."""
        return (*input_shape, self.output_dim)

    @default
    def get_config(self) -> dict:
        """Returns the config of the layer: the arguments of its constructor, but for `weights`."""
        return {"activity_regularizer": None, **super().get_config()}
