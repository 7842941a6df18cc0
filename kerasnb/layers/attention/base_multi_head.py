"""What attention with several heads shares: projections, masks, and the attention itself."""

from __future__ import annotations

import functools
import math
from typing import Any

import numpy as np

from kerasnb import constraints, initializers, ops, regularizers
from kerasnb.backend.tensor.keras_tensor import KerasTensor
from kerasnb.backend.tensor.tensor import Tensor
from kerasnb.backend.typing import Shape
from kerasnb.layers.activations.softmax import Softmax
from kerasnb.layers.base.arguments import number
from kerasnb.layers.base.layer import Layer
from kerasnb.layers.core.einsum_dense import EinsumDense
from kerasnb.layers.regularization.dropout import Dropout


class BaseMultiHeadAttention(Layer):
    """Attention with several heads.

    Tensors between the projections have the shape `(batch, positions, heads, features)`; positions may have several
    axes. A subclass creates the projections in `build`, and states the equations of the scores and of the outputs.

    Args:
        dropout: Fraction of the weights to drop in training.
        use_bias: Boolean, whether projections have a bias.
        sliding_window: Optional positive integer; a position attends to those that are nearer than this.
        flash_attention: None or False: there is no flash attention kernel.
        kernel_initializer: Initializer of the kernels of projections.
        bias_initializer: Initializer of their biases.
        kernel_regularizer: Optional regularizer of the kernels.
        bias_regularizer: Optional regularizer of the biases.
        activity_regularizer: Optional regularizer of the outputs of projections.
        kernel_constraint: Optional constraint on the kernels.
        bias_constraint: Optional constraint on the biases.
        use_gate: Boolean, whether a sigmoid of another projection of the query gates the outputs.
        seed: Optional integer, seed of the dropout.
        **kwargs: Arguments of every layer.
    """

    _features: int  # of a key
    _attention_axes: tuple[int, ...] | None
    _dot_product_equation: str  # query, key -> scores
    _combine_equation: str  # scores, value -> outputs

    def __init__(
        self, dropout: float, use_bias: bool, sliding_window: int | None, flash_attention: bool | None,
        kernel_initializer: Any, bias_initializer: Any, kernel_regularizer: Any, bias_regularizer: Any,
        activity_regularizer: Any, kernel_constraint: Any, bias_constraint: Any, use_gate: bool, seed: int | None,
        **kwargs: Any,
    ) -> None:  # fmt: skip
        super().__init__(**kwargs)
        if sliding_window is not None and (not isinstance(sliding_window, int) or sliding_window <= 0):
            raise ValueError(
                f"`sliding_window` must be `None` or a positive integer. Received: sliding_window={sliding_window}"
            )
        if number(dropout, "dropout") > 0 and flash_attention:
            raise ValueError(
                "Dropout is not supported with flash attention. Set `dropout` to 0.0 or `flash_attention` to None. "
                f"Received: dropout={dropout}, flash_attention={flash_attention}"
            )
        self.supports_masking = True
        self.dropout, self.use_bias, self.sliding_window, self.seed = dropout, use_bias, sliding_window, seed
        self.use_gate, self._flash_attention = use_gate, flash_attention
        self.kernel_initializer = initializers.get(kernel_initializer)
        self.bias_initializer = initializers.get(bias_initializer)
        self.kernel_regularizer = regularizers.get(kernel_regularizer)
        self.bias_regularizer = regularizers.get(bias_regularizer)
        self._activity_regularizer = regularizers.get(activity_regularizer)  # of the projections, not of this layer
        self.kernel_constraint = constraints.get(kernel_constraint)
        self.bias_constraint = constraints.get(bias_constraint)

    # --- parts

    def _projection(
        self, equation: str, output_shape: Shape, bias_axes: str, name: str, activation: str | None = None
    ) -> EinsumDense:
        layer = EinsumDense(
            equation, output_shape=output_shape, bias_axes=bias_axes if self.use_bias else None, activation=activation,
            name=name, kernel_initializer=self.kernel_initializer.clone(),
            bias_initializer=self.bias_initializer.clone(), kernel_regularizer=self.kernel_regularizer,
            bias_regularizer=self.bias_regularizer, activity_regularizer=self._activity_regularizer,
            kernel_constraint=self.kernel_constraint, bias_constraint=self.bias_constraint, dtype=self.dtype_policy,
        )  # fmt: skip
        layer.supports_masking = True  # this layer looks after the masks of its inputs
        return layer

    def _build_softmax(self, axes: tuple[int, ...]) -> None:
        self._softmax = Softmax(axis=axes if len(axes) > 1 else axes[0], dtype=self.dtype_policy)
        self._dropout_layer = Dropout(rate=self.dropout, dtype=self.dtype_policy, seed=self.seed)

    # --- masks

    def _compute_attention_mask(
        self, query: Tensor, value: Tensor, query_mask: Tensor | None = None, value_mask: Tensor | None = None,
        key_mask: Tensor | None = None, attention_mask: Tensor | None = None, use_causal_mask: bool = False,
    ) -> Tensor | None:  # fmt: skip
        """Which positions attend to which: where all the masks are true; None where there is none."""
        masks = [] if query_mask is None else [ops.expand_dims(ops.cast(query_mask, "bool"), -1)]
        masks += [ops.expand_dims(ops.cast(m, "bool"), -2) for m in (value_mask, key_mask) if m is not None]
        if use_causal_mask:
            masks.append(self._compute_causal_mask(query, value))
        if self.sliding_window is not None:
            masks.append(self._compute_sliding_window_mask(query, value))
        if attention_mask is not None:
            attention_mask = ops.cast(attention_mask, "bool")
            by_head = len(attention_mask.shape) == 4 and len(query.shape) == 3
            masks = [ops.expand_dims(m, 1) for m in masks] if by_head else masks
            masks.insert(0, attention_mask)
        return functools.reduce(ops.logical_and, masks) if masks else None

    def _compute_causal_mask(self, query: Tensor, value: Tensor | None = None) -> Tensor:
        """True where the source is not later than the target, of shape `(1, T, S)`."""
        targets, sources = _lengths(query, value)
        return ops.convert_to_tensor(np.tril(np.ones((1, targets, sources), bool)))

    def _compute_sliding_window_mask(self, query: Tensor, value: Tensor | None = None) -> Tensor:
        """True where source and target are nearer than the window, of shape `(1, T, S)`."""
        targets, sources = _lengths(query, value)
        distance = np.abs(np.arange(targets)[:, None] - np.arange(sources))
        return ops.convert_to_tensor(distance[None] < self.sliding_window)

    def _with_heads(self, mask: Tensor | None, rank: int) -> Tensor | None:
        """A mask with axes of extent 1 for the heads, in front of those of positions."""
        if mask is None:
            return None
        for _ in range(rank - len(mask.shape)):
            mask = ops.expand_dims(mask, -2 * len(self._attention_axes or (1,)) - 1)
        return mask

    # --- attention

    def _masked_softmax(self, attention_scores: Tensor, attention_mask: Tensor | None = None) -> Tensor:
        return self._softmax(attention_scores, mask=self._with_heads(attention_mask, len(attention_scores.shape)))

    def _attend(
        self, query: Tensor, key: Tensor, value: Tensor, mask: Tensor | None, training: bool | None, scores: bool,
        causal: bool,
    ) -> tuple[Tensor, Tensor | None]:  # fmt: skip
        """The outputs of all heads, and the weights if they are asked for or dropped."""
        if self._flash_attention and scores:
            raise ValueError("Attention scores cannot be returned with flash attention.")
        # Without dropout the weights need not exist, but a target whose sources are all masked has zeros with it.
        plain = self.dropout == 0 or (not training and mask is None)
        if plain and not scores and len(query.shape) == 4:
            outputs = ops.dot_product_attention(
                query, key, value, mask=self._with_heads(mask, 4), scale=self._scale, is_causal=causal,
                flash_attention=self._flash_attention,
            )  # fmt: skip
            return outputs, None
        if causal:
            earlier = self._compute_causal_mask(query, key)
            mask = earlier if mask is None else ops.logical_and(ops.cast(mask, "bool"), earlier)
        query = ops.multiply(query, ops.cast(self._scale, query.dtype))
        weights = self._masked_softmax(ops.einsum(self._dot_product_equation, query, key), mask)
        kept = self._dropout_layer(weights, training=training) if self.dropout > 0 else weights
        return ops.einsum(self._combine_equation, kept, value), weights

    @property
    def _scale(self) -> float:
        return 1.0 / math.sqrt(self._features)

    # --- shapes

    def _specs(self, output_shape: Shape, scores_shape: Shape, with_scores: bool) -> Any:
        outputs = KerasTensor(output_shape, dtype=self.compute_dtype)
        return (outputs, KerasTensor(scores_shape, dtype=self.compute_dtype)) if with_scores else outputs


def check_shapes(query_shape: Shape, value_shape: Shape, key_shape: Shape) -> None:
    """Checks that the inputs have positions, values and keys the same ones.

    Args:
        query_shape: Tuple.
        value_shape: Tuple.
        key_shape: Tuple.

    Raises:
        ValueError: If they have not.
    """
    for name, shape in (("query", query_shape), ("value", value_shape), ("key", key_shape)):
        if len(shape) < 3:
            raise ValueError(f"`{name}` needs the axes (batch, positions, features). Received: {name}_shape={shape}")
    if tuple(value_shape[1:-1]) != tuple(key_shape[1:-1]):
        raise ValueError(
            "All dimensions of `value` and `key`, except the last one, must be equal. Received: "
            f"value_shape={value_shape} and key_shape={key_shape}"
        )


def _lengths(query: Tensor, value: Tensor | None) -> tuple[int, int]:
    return query.shape[1], (query if value is None else value).shape[1]
