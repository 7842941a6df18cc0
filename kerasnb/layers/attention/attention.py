"""Attention: each position of a query takes a weighted mean of values."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from kerasnb import ops, random
from kerasnb.backend.tensor.keras_tensor import KerasTensor
from kerasnb.backend.tensor.tensor import Tensor
from kerasnb.backend.tensor.variable import Variable
from kerasnb.backend.typing import Shape
from kerasnb.layers.base.arguments import number
from kerasnb.layers.base.layer import Layer
from kerasnb.serialization.brief import brief


class Attention(Layer):
    """Dot-product attention layer, a.k.a. Luong-style attention (Luong et al., 2015).

    Computes `softmax(scores) @ value`, where the score of a query position and a key position is the dot product of
    their vectors.

    Args:
        use_scale: Boolean, whether scores are multiplied by a learned scalar. Defaults to `False`.
        score_mode: How scores are computed: `"dot"`, dot products, or `"concat"`, the sum of `tanh(query + key)`
            times a learned scalar. Defaults to `"dot"`.
        dropout: Float between 0 and 1. Fraction of the weights to drop in training. Defaults to `0.0`.
        seed: Optional integer to use as random seed of the dropout.
        **kwargs: Arguments of every layer.

    Call arguments:
        inputs: List of `query` of shape `(batch_size, Tq, dim)`, `value` of shape `(batch_size, Tv, dim)` and
            optionally `key` of shape `(batch_size, Tv, dim)`, by default the value.
        mask: List of `query_mask` of shape `(batch_size, Tq)` and `value_mask` of shape `(batch_size, Tv)`. Outputs are
            zero where the first is false; values do not contribute where the second is.
        return_attention_scores: Boolean, whether the weights, after masking and softmax, are returned too.
        training: Boolean, whether weights are dropped.
        use_causal_mask: Boolean, whether a position does not attend to later ones.

    Output shape:
        `(batch_size, Tq, dim)`, and `(batch_size, Tq, Tv)` of the weights.

    Raises:
        ValueError: If `score_mode` is unknown.

    Example:

    >>> query, value = np.zeros((1, 1, 2)), np.array([[[1.0, 2.0], [3.0, 4.0]]])
    >>> keras.layers.Attention()([query, value]).tolist()
    [[[2.0, 3.0]]]
    """

    def __init__(
        self, use_scale: bool = False, score_mode: str = "dot", dropout: float = 0.0, seed: int | None = None,
        **kwargs: Any,
    ) -> None:  # fmt: skip
        super().__init__(**kwargs)
        if score_mode not in ("dot", "concat"):
            raise ValueError(
                "Invalid value for argument `score_mode`. Expected one of {'dot', 'concat'}. Received: "
                f"score_mode={score_mode}"
            )
        self.use_scale, self.score_mode, self.dropout, self.seed = use_scale, score_mode, dropout, seed
        if number(dropout, "dropout") > 0:
            self.seed_generator = random.SeedGenerator(seed)
        self.scale: Variable | None = None
        self.concat_score_weight: Variable | None = None

    def build(self, input_shape: list[Shape]) -> None:
        """Creates the learned scalars."""
        self._check_inputs(input_shape)
        if self.use_scale:
            self.scale = self.add_weight(name="scale", shape=(), initializer="ones")
        if self.score_mode == "concat":
            self.concat_score_weight = self.add_weight(name="concat_score_weight", shape=(), initializer="ones")

    def call(
        self, inputs: list[Tensor], mask: list[Tensor | None] | None = None, training: bool = False,
        return_attention_scores: bool = False, use_causal_mask: bool = False,
    ) -> Any:  # fmt: skip
        """Computes the weighted means of the values."""
        self._check_inputs(inputs, mask)
        query, value, key = inputs[0], inputs[1], inputs[-1]
        query_mask, value_mask = mask[:2] if mask else (None, None)
        dropped = training and self.dropout > 0
        if value_mask is None and not (return_attention_scores or dropped) and self._has_kernel(query):
            outputs, weights = self._fused(query, key, value, use_causal_mask), None
        else:
            hidden = _hidden(value_mask, use_causal_mask, query.shape[-2], key.shape[-2])
            weights = self._weights(self._calculate_scores(query, key), hidden)
            if dropped:
                weights = random.dropout(weights, self.dropout, seed=self.seed_generator)
            outputs = ops.matmul(weights, value)
        if query_mask is not None:
            outputs = ops.where(ops.expand_dims(query_mask, -1), outputs, 0)
        return (outputs, weights) if return_attention_scores else outputs

    def _has_kernel(self, query: Tensor) -> bool:
        return self.score_mode == "dot" and len(query.shape) == 3

    def _fused(self, query: Tensor, key: Tensor, value: Tensor, causal: bool) -> Tensor:
        """One head of the operation whose scores never reach memory."""
        query = query if self.scale is None else ops.multiply(query, self.scale)
        q, k, v = (ops.expand_dims(x, 2) for x in (query, key, value))
        return ops.squeeze(ops.dot_product_attention(q, k, v, scale=1.0, is_causal=causal), 2)

    def _calculate_scores(self, query: Tensor, key: Tensor) -> Tensor:
        """The scores of all pairs of positions, of shape `(batch_size, Tq, Tv)`."""
        if self.score_mode == "dot":
            scores = ops.matmul(query, ops.swapaxes(key, -2, -1))
            return scores if self.scale is None else ops.multiply(scores, self.scale)
        pairs = ops.expand_dims(query, -2) + ops.expand_dims(key, -3)
        pairs = pairs if self.scale is None else self.scale * pairs
        return self.concat_score_weight * ops.sum(ops.tanh(pairs), axis=-1)

    def _weights(self, scores: Tensor, hidden: Tensor | None) -> Tensor:
        """The softmax of the scores, those of hidden pairs far below the others."""
        if hidden is not None:
            lowered = scores - (65504.0 if scores.dtype == "float16" else 1.0e9)
            scores = ops.where(hidden, lowered, scores)
        return ops.softmax(scores, axis=-1)

    def compute_mask(self, inputs: list, mask: list | None = None) -> Any:
        """Returns the mask of the outputs, that of the query.

        Args:
            inputs: List of the inputs.
            mask: List of their masks.
        """
        self._check_inputs(inputs, mask)
        return None if mask is None or mask[0] is None else ops.convert_to_tensor(mask[0])

    def compute_output_shape(self, input_shape: Sequence[Shape]) -> Shape:
        """Returns the shape of the outputs: that of the query with the last extent of the value."""
        return (*input_shape[0][:-1], input_shape[1][-1])

    def compute_output_spec(
        self, inputs: list, mask: list | None = None, return_attention_scores: bool = False,
        training: bool | None = None, use_causal_mask: bool = False,
    ) -> Any:  # fmt: skip
        """Returns KerasTensors of the shapes and dtypes that a call returns."""
        self._check_inputs(inputs, mask)
        shapes = [tuple(x.shape) for x in inputs]
        outputs = KerasTensor(self.compute_output_shape(shapes), dtype=self.compute_dtype)
        if not return_attention_scores:
            return outputs
        return outputs, KerasTensor((*shapes[0][:-1], shapes[-1][-2]), dtype=self.compute_dtype)

    def _check_inputs(self, inputs: Any, mask: Any = None) -> None:
        name = type(self).__name__
        if not isinstance(inputs, list) or not 2 <= len(inputs) <= 3:
            raise ValueError(
                f"{name} layer must be called on a list of inputs, namely [query, value] or [query, value, key]. "
                f"Received: inputs={brief(inputs)}."
            )
        if mask is not None and (not isinstance(mask, list) or not 2 <= len(mask) <= 3):
            raise ValueError(
                f"The mask of a {name} layer must be a list, namely [query_mask, value_mask] or one mask for each "
                f"input. Received: mask={mask}."
            )


def _hidden(value_mask: Tensor | None, causal: bool, targets: int, sources: int) -> Tensor | None:
    """Which positions do not contribute, of a shape that broadcasts to that of the scores; None where all do."""
    hidden = None
    if value_mask is not None:
        hidden = ops.expand_dims(ops.logical_not(value_mask), -2)
    if not causal:
        return hidden
    later = ops.convert_to_tensor(~np.tril(np.ones((1, targets, sources), bool)))
    return later if hidden is None else ops.logical_or(hidden, later)
