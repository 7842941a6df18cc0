"""MultiHeadAttention: several attentions side by side, each with its own projections."""

from __future__ import annotations

import string
from collections.abc import Sequence
from typing import Any

from kerasnb import ops, regularizers
from kerasnb.backend.tensor.tensor import Tensor
from kerasnb.backend.typing import Shape
from kerasnb.layers.attention.base_multi_head import BaseMultiHeadAttention, check_shapes
from kerasnb.layers.base.arguments import positive

_NO_SIZE = "Received an invalid value for argument `{}`, expected a positive integer. Received:"


class MultiHeadAttention(BaseMultiHeadAttention):
    """MultiHeadAttention layer (Vaswani et al., 2017).

    Projects query, key and value for each head, computes `softmax(query @ key.T / sqrt(key_dim)) @ value` for each, and
    projects the results of all heads to the outputs. If query, key and value are the same, this is self-attention.

    Args:
        num_heads: Number of attention heads.
        key_dim: Size of each head for query and key.
        value_dim: Optional size of each head for value. Defaults to `key_dim`.
        dropout: Float between 0 and 1. Fraction of the weights to drop in training. Defaults to `0.0`.
        use_bias: Boolean, whether the projections have biases. Defaults to `True`.
        output_shape: Optional shape of the outputs behind batch and positions. Defaults to the last extent of the
            query.
        attention_axes: Optional integer or list of integers, the axes of positions that attend to each other. Defaults
            to all but those of batch and features.
        sliding_window: Optional positive integer; a position attends only to those that are nearer than this.
        flash_attention: None or False: there is no flash attention kernel.
        kernel_initializer: Initializer of the kernels.
        bias_initializer: Initializer of the biases.
        kernel_regularizer: Optional regularizer of the kernels.
        bias_regularizer: Optional regularizer of the biases.
        activity_regularizer: Optional regularizer of the outputs of the projections.
        kernel_constraint: Optional constraint on the kernels.
        bias_constraint: Optional constraint on the biases.
        use_gate: Boolean, whether a sigmoid of another projection of the query gates the results of the heads (Qiu et
            al., 2025). Defaults to `False`.
        seed: Optional integer to use as random seed of the dropout.
        **kwargs: Arguments of every layer.

    Call arguments:
        query: Tensor of shape `(B, T, dim)`.
        value: Tensor of shape `(B, S, dim)`.
        key: Optional tensor of shape `(B, S, dim)`. Defaults to the value.
        query_mask: Optional boolean mask of shape `(B, T)`. Defaults to the mask that is attached to the query.
        value_mask: Optional boolean mask of shape `(B, S)`, likewise.
        key_mask: Optional boolean mask of shape `(B, S)`, likewise.
        attention_mask: Optional boolean mask of shape `(B, T, S)`: which positions attend to which.
        return_attention_scores: Boolean, whether the weights of each head are returned too.
        training: Boolean, whether weights are dropped.
        use_causal_mask: Boolean, whether a position does not attend to later ones.

    Output shape:
        `(B, T, dim)`, and `(B, num_heads, T, S)` of the weights.

    Raises:
        ValueError: If an argument is invalid.

    Example:

    >>> layer = keras.layers.MultiHeadAttention(num_heads=2, key_dim=4)
    >>> layer(np.ones((1, 8, 16)), np.ones((1, 4, 16))).shape
    (1, 8, 16)
    """

    def __init__(
        self, num_heads: int, key_dim: int, value_dim: int | None = None, dropout: float = 0.0, use_bias: bool = True,
        output_shape: int | Sequence[int] | None = None, attention_axes: int | Sequence[int] | None = None,
        sliding_window: int | None = None, flash_attention: bool | None = None,
        kernel_initializer: Any = "glorot_uniform", bias_initializer: Any = "zeros", kernel_regularizer: Any = None,
        bias_regularizer: Any = None, activity_regularizer: Any = None, kernel_constraint: Any = None,
        bias_constraint: Any = None, use_gate: bool = False, seed: int | None = None, **kwargs: Any,
    ) -> None:  # fmt: skip
        positive(num_heads, "num_heads", _NO_SIZE.format("num_heads"))
        positive(key_dim, "key_dim", _NO_SIZE.format("key_dim"))
        if value_dim is not None:
            positive(value_dim, "value_dim", _NO_SIZE.format("value_dim"))
        super().__init__(
            dropout, use_bias, sliding_window, flash_attention, kernel_initializer, bias_initializer,
            kernel_regularizer, bias_regularizer, activity_regularizer, kernel_constraint, bias_constraint, use_gate,
            seed, **kwargs,
        )  # fmt: skip
        self._num_heads, self._key_dim, self._value_dim = num_heads, key_dim, value_dim or key_dim
        self._features = key_dim
        self._output_shape = _checked_shape(output_shape)
        self._attention_axes = _checked_axes(attention_axes)

    @property
    def num_heads(self) -> int:
        """The number of heads."""
        return self._num_heads

    @property
    def key_dim(self) -> int:
        """The size of each head for query and key."""
        return self._key_dim

    @property
    def value_dim(self) -> int:
        """The size of each head for value."""
        return self._value_dim

    @property
    def attention_axes(self) -> tuple[int, ...] | None:
        """The axes of positions that attend to each other."""
        return self._attention_axes

    @property
    def query_dense(self) -> Any:
        """The projection of the query."""
        return self._query_dense

    @property
    def key_dense(self) -> Any:
        """The projection of the key."""
        return self._key_dense

    @property
    def value_dense(self) -> Any:
        """The projection of the value."""
        return self._value_dense

    @property
    def output_dense(self) -> Any:
        """The projection of the results of the heads."""
        return self._output_dense

    def build(self, query_shape: Shape, value_shape: Shape, key_shape: Shape | None = None) -> None:
        """Creates the projections.

        Args:
            query_shape: Shape of the query.
            value_shape: Shape of the value.
            key_shape: Optional shape of the key.
        """
        key_shape = value_shape if key_shape is None else key_shape
        check_shapes(query_shape, value_shape, key_shape)
        heads = self._num_heads
        self._query_dense = self._to_heads("query", query_shape, self._key_dim)
        self._key_dense = self._to_heads("key", key_shape, self._key_dim)
        if self.use_gate:
            self._gate_dense = self._to_heads("gate", query_shape, self._value_dim, activation="sigmoid")
        self._value_dense = self._to_heads("value", value_shape, self._value_dim)
        self._build_attention(len(value_shape) + 1)
        outputs = self._output_shape or (query_shape[-1],)
        equation, bias_axes = _projection_equation(len(query_shape) - 1, 2, len(outputs))
        free = (None,) * (len(query_shape) - 2)
        self._output_dense = self._projection(equation, (*free, *outputs), bias_axes, "attention_output")
        self._output_dense.build((*query_shape[:-1], heads, self._value_dim))

    def _to_heads(self, name: str, shape: Shape, size: int, activation: str | None = None) -> Any:
        """A projection of the last axis to heads."""
        equation, bias_axes = _projection_equation(len(shape) - 1, 1, 2)
        outputs = (*(None,) * (len(shape) - 2), self._num_heads, size)
        layer = self._projection(equation, outputs, bias_axes, name, activation)
        layer.build(shape)
        return layer

    def _build_attention(self, rank: int) -> None:
        """Creates what `_compute_attention` needs; `rank` is that of projected tensors."""
        if self._attention_axes is None:
            self._attention_axes = tuple(range(1, rank - 2))
        else:
            self._attention_axes = tuple(a if a >= 0 else rank - 1 + a for a in self._attention_axes)
        query, key, scores = _letters(rank, self._attention_axes)
        self._dot_product_equation = f"{query},{key}->{scores}"
        self._combine_equation = f"{scores},{key}->{query}"
        self._build_softmax(tuple(range(len(scores) - len(self._attention_axes), len(scores))))

    def call(
        self, query: Tensor, value: Tensor, key: Tensor | None = None, query_mask: Tensor | None = None,
        value_mask: Tensor | None = None, key_mask: Tensor | None = None, attention_mask: Tensor | None = None,
        return_attention_scores: bool = False, training: bool | None = None, use_causal_mask: bool = False,
    ) -> Any:  # fmt: skip
        """Computes the attention of each head and projects the results."""
        key = value if key is None else key
        masks = (query_mask, value_mask, key_mask, attention_mask, self.sliding_window)
        own = type(self)._compute_attention is MultiHeadAttention._compute_attention
        causal = use_causal_mask and own and all(m is None for m in masks)  # then no mask needs to exist
        if not causal:
            attention_mask = self._compute_attention_mask(
                query, value, query_mask=query_mask, value_mask=value_mask, key_mask=key_mask,
                attention_mask=attention_mask, use_causal_mask=use_causal_mask,
            )  # fmt: skip
        gate = self._gate_dense(query) if self.use_gate else None
        q, k, v = self._query_dense(query), self._key_dense(key), self._value_dense(value)
        extra = {"use_causal_mask": True} if causal else {}  # the user's own method may not take it
        heads, scores = self._compute_attention(q, k, v, attention_mask, training, return_attention_scores, **extra)
        outputs = self._output_dense(heads if gate is None else ops.multiply(heads, gate))
        if query_mask is not None:
            outputs._keras_mask = query_mask
        return (outputs, scores) if return_attention_scores else outputs

    def _compute_attention(
        self, query: Tensor, key: Tensor, value: Tensor, attention_mask: Tensor | None = None,
        training: bool | None = None, return_attention_scores: bool = False, use_causal_mask: bool = False,
    ) -> tuple[Tensor, Tensor | None]:  # fmt: skip
        """The attention of projected tensors, which subclasses may compute in another way.

        Args:
            query: Tensor of shape `(B, T, num_heads, key_dim)`.
            key: Tensor of shape `(B, S, num_heads, key_dim)`.
            value: Tensor of shape `(B, S, num_heads, value_dim)`.
            attention_mask: Optional boolean mask of shape `(B, T, S)`.
            training: Boolean, whether weights are dropped.
            return_attention_scores: Boolean, whether the weights are needed.
            use_causal_mask: Boolean, whether positions do not attend to later ones.

        Returns:
            Tuple of the results of the heads, and the weights, or None where they are not needed.
        """
        return self._attend(query, key, value, attention_mask, training, return_attention_scores, use_causal_mask)

    def compute_output_shape(self, query_shape: Shape, value_shape: Shape, key_shape: Shape | None = None) -> Shape:
        """Returns the shape of the outputs.

        Args:
            query_shape: Shape of the query.
            value_shape: Shape of the value.
            key_shape: Optional shape of the key.

        Raises:
            ValueError: If value and key differ in their positions.
        """
        check_shapes(query_shape, value_shape, value_shape if key_shape is None else key_shape)
        return (*query_shape[:-1], *(self._output_shape or (query_shape[-1],)))

    def compute_output_spec(
        self, query: Any, value: Any, key: Any = None, query_mask: Any = None, value_mask: Any = None,
        key_mask: Any = None, attention_mask: Any = None, return_attention_scores: bool = False,
        training: bool | None = None, use_causal_mask: bool = False,
    ) -> Any:  # fmt: skip
        """Returns KerasTensors of the shapes and dtypes that a call returns."""
        shape = self.compute_output_shape(query.shape, value.shape, None if key is None else key.shape)
        projected = [(*x.shape[:-1], self._num_heads, None) for x in (query, value)]
        *letters, scores = _letters(len(value.shape) + 1, self._attention_axes or tuple(range(1, len(value.shape) - 1)))
        extents = {
            c: e for name, s in zip(letters[::-1], projected[::-1], strict=True) for c, e in zip(name, s, strict=True)
        }
        return self._specs(shape, tuple(extents[c] for c in scores), return_attention_scores)

    def get_config(self) -> dict:
        """Returns the config of the layer: the arguments of its constructor."""
        own = self._derived_config(MultiHeadAttention)
        own.pop("flash_attention")  # as in Keras, it belongs to the machine
        activity = regularizers.serialize(self._activity_regularizer) if self._activity_regularizer else None
        return {**super().get_config(), **own, "activity_regularizer": activity}


def _checked_shape(shape: Any) -> tuple | None:
    if not shape:
        return None
    if isinstance(shape, int):
        return (shape,)
    if not isinstance(shape, (list, tuple)):
        raise ValueError(f"`output_shape` should be a tuple, a list or an int. Received: output_shape={shape}")
    return tuple(shape)


def _checked_axes(axes: Any) -> tuple | None:
    if isinstance(axes, int):
        return (axes,)
    if axes and not isinstance(axes, (list, tuple)):
        raise ValueError(f"`attention_axes` must be an int, a list or a tuple. Received: attention_axes={axes}")
    return tuple(axes) if axes else None


def _projection_equation(free: int, bound: int, outputs: int) -> tuple[str, str]:
    """The equation of a product over the last axes, and the axes of its bias."""
    letters = string.ascii_lowercase
    kept, summed, new = letters[:free], letters[free : free + bound], letters[free + bound : free + bound + outputs]
    return f"{kept}{summed},{summed}{new}->{kept}{new}", new


def _letters(rank: int, axes: tuple[int, ...]) -> tuple[str, str, str]:
    """The axes of projected queries, of keys, and of scores: what is shared, then targets, then sources."""
    query = string.ascii_lowercase[:rank]
    fresh = iter(string.ascii_lowercase[rank:])
    key = "".join(next(fresh) if i in axes else c for i, c in enumerate(query))
    shared = "".join(c for i, c in enumerate(query[:-1]) if i not in axes)
    return query, key, shared + "".join(query[a] for a in axes) + "".join(key[a] for a in axes)
