"""GroupQueryAttention: attention in which several heads of queries share one of keys and values."""

from __future__ import annotations

from typing import Any

from kerasnb import ops, regularizers
from kerasnb.backend.tensor.tensor import Tensor
from kerasnb.backend.typing import Shape
from kerasnb.layers.attention.base_multi_head import BaseMultiHeadAttention, check_shapes
from kerasnb.layers.base.arguments import positive


class GroupedQueryAttention(BaseMultiHeadAttention):
    """Grouped query attention layer (Ainslie et al., 2023).

    Like `MultiHeadAttention`, but with fewer heads of keys and values than of queries. One of them is multi-query
    attention; as many as heads of queries are multi-head attention.

    Args:
        head_dim: Size of each attention head.
        num_query_heads: Number of heads of queries.
        num_key_value_heads: Number of heads of keys and values, which divides that of queries.
        dropout: Float between 0 and 1. Fraction of the weights to drop in training. Defaults to `0.0`.
        use_bias: Boolean, whether the projections have biases. Defaults to `True`.
        sliding_window: Optional positive integer; a position attends only to those that are nearer than this.
        flash_attention: None or False: there is no flash attention kernel.
        kernel_initializer: Initializer of the kernels.
        bias_initializer: Initializer of the biases.
        kernel_regularizer: Optional regularizer of the kernels.
        bias_regularizer: Optional regularizer of the biases.
        activity_regularizer: Optional regularizer of the outputs.
        kernel_constraint: Optional constraint on the kernels.
        bias_constraint: Optional constraint on the biases.
        use_gate: Boolean, whether a sigmoid of another projection of the query gates the results of the heads (Qiu et
            al., 2025). Defaults to `False`.
        seed: Optional integer to use as random seed of the dropout.
        **kwargs: Arguments of every layer.

    Call arguments:
        query: Tensor of shape `(batch, target_length, features)`.
        value: Tensor of shape `(batch, source_length, features)`.
        key: Optional tensor of shape `(batch, source_length, features)`. Defaults to the value.
        query_mask: Optional boolean mask of shape `(batch, target_length)`. Defaults to the mask of the query.
        value_mask: Optional boolean mask of shape `(batch, source_length)`, likewise.
        key_mask: Optional boolean mask of shape `(batch, source_length)`, likewise.
        attention_mask: Optional boolean mask of shape `(batch, target_length, source_length)`.
        return_attention_scores: Boolean, whether the weights of each head are returned too.
        training: Boolean, whether weights are dropped.
        use_causal_mask: Boolean, whether a position does not attend to later ones.

    Output shape:
        That of the query, and `(batch, num_query_heads, target_length, source_length)` of the weights.

    Raises:
        ValueError: If an argument is invalid.

    Example:

    >>> layer = keras.layers.GroupQueryAttention(head_dim=4, num_query_heads=4, num_key_value_heads=2)
    >>> layer(np.ones((1, 8, 16)), np.ones((1, 5, 16))).shape
    (1, 8, 16)
    """

    _dot_product_equation, _combine_equation = "bquh,bkuh->buqk", "buqk,bkuh->bquh"
    _attention_axes = (1,)

    def __init__(
        self, head_dim: int, num_query_heads: int, num_key_value_heads: int, dropout: float = 0.0,
        use_bias: bool = True, sliding_window: int | None = None, flash_attention: bool | None = None,
        kernel_initializer: Any = "glorot_uniform", bias_initializer: Any = "zeros", kernel_regularizer: Any = None,
        bias_regularizer: Any = None, activity_regularizer: Any = None, kernel_constraint: Any = None,
        bias_constraint: Any = None, use_gate: bool = False, seed: int | None = None, **kwargs: Any,
    ) -> None:  # fmt: skip
        super().__init__(
            dropout, use_bias, sliding_window, flash_attention, kernel_initializer, bias_initializer,
            kernel_regularizer, bias_regularizer, activity_regularizer, kernel_constraint, bias_constraint, use_gate,
            seed, **kwargs,
        )  # fmt: skip
        for name, size in (
            ("head_dim", head_dim), ("num_query_heads", num_query_heads), ("num_key_value_heads", num_key_value_heads)
        ):  # fmt: skip
            positive(size, name)
        if num_query_heads % num_key_value_heads:
            raise ValueError(
                "`num_query_heads` must be divisible by `num_key_value_heads`. Received: "
                f"num_query_heads={num_query_heads}, num_key_value_heads={num_key_value_heads}"
            )
        self.head_dim, self._features = head_dim, head_dim
        self.num_query_heads, self.num_key_value_heads = num_query_heads, num_key_value_heads
        self.num_repeats = num_query_heads // num_key_value_heads
        self.activity_regularizer = self._activity_regularizer

    def build(self, query_shape: Shape, value_shape: Shape, key_shape: Shape | None = None) -> None:
        """Creates the projections.

        Args:
            query_shape: Shape of the query.
            value_shape: Shape of the value.
            key_shape: Optional shape of the key.
        """
        key_shape = value_shape if key_shape is None else key_shape
        queries, keys = (None, self.num_query_heads, self.head_dim), (None, self.num_key_value_heads, self.head_dim)
        self._query_dense = self._projection("bqm,muh->bquh", queries, "uh", "query")
        self._query_dense.build(query_shape)
        self._key_dense = self._projection("bkm,mvh->bkvh", keys, "vh", "key")
        self._key_dense.build(key_shape)
        if self.use_gate:
            self._gate_dense = self._projection("bqm,muh->bquh", queries, "uh", "gate", "sigmoid")
            self._gate_dense.build(query_shape)
        self._value_dense = self._projection("bkm,mvh->bkvh", keys, "vh", "value")
        self._value_dense.build(value_shape)
        self._build_softmax((-1,))
        self._output_dense = self._projection("bquh,uhm->bqm", (None, query_shape[-1]), "m", "attention_output")
        self._output_dense.build((None, None, self.num_query_heads, self.head_dim))

    def call(
        self, query: Tensor, value: Tensor, key: Tensor | None = None, query_mask: Tensor | None = None,
        value_mask: Tensor | None = None, key_mask: Tensor | None = None, attention_mask: Tensor | None = None,
        return_attention_scores: bool = False, training: bool | None = None, use_causal_mask: bool = False,
    ) -> Any:  # fmt: skip
        """Computes the attention of each head and projects the results."""
        key = value if key is None else key
        masks = (query_mask, value_mask, key_mask, attention_mask, self.sliding_window)
        causal = use_causal_mask and all(m is None for m in masks)  # then no mask needs to exist
        mask = None if causal else self._compute_attention_mask(
            query, value, query_mask=query_mask, value_mask=value_mask, key_mask=key_mask,
            attention_mask=attention_mask, use_causal_mask=use_causal_mask,
        )  # fmt: skip
        gate = self._gate_dense(query) if self.use_gate else None
        q, k, v = self._query_dense(query), self._key_dense(key), self._value_dense(value)
        if return_attention_scores or self.dropout > 0:  # else the operation lets heads share keys
            k, v = (ops.repeat(x, self.num_repeats, axis=2) for x in (k, v))
        heads, scores = self._attend(q, k, v, mask, training, return_attention_scores, causal)
        outputs = self._output_dense(heads if gate is None else ops.multiply(heads, gate))
        return (outputs, scores) if return_attention_scores else outputs

    def compute_output_shape(self, query_shape: Shape, value_shape: Shape, key_shape: Shape | None = None) -> Shape:
        """Returns the shape of the outputs, which is that of the query.

        Args:
            query_shape: Shape of the query.
            value_shape: Shape of the value.
            key_shape: Optional shape of the key.

        Raises:
            ValueError: If value and key differ in their positions, or query and value in their features.
        """
        if query_shape[-1] != value_shape[-1]:
            raise ValueError(
                "The last dimension of `query_shape` and `value_shape` must be equal. Received: "
                f"query_shape={query_shape}, value_shape={value_shape}"
            )
        check_shapes(query_shape, value_shape, value_shape if key_shape is None else key_shape)
        return query_shape

    def compute_output_spec(
        self, query: Any, value: Any, key: Any = None, query_mask: Any = None, value_mask: Any = None,
        key_mask: Any = None, attention_mask: Any = None, return_attention_scores: bool = False,
        training: bool | None = None, use_causal_mask: bool = False,
    ) -> Any:  # fmt: skip
        """Returns KerasTensors of the shapes and dtypes that a call returns."""
        shape = self.compute_output_shape(query.shape, value.shape, None if key is None else key.shape)
        scores = (query.shape[0], self.num_query_heads, query.shape[1], value.shape[1])
        return self._specs(shape, scores, return_attention_scores)

    def get_config(self) -> dict:
        """Returns the config of the layer: the arguments of its constructor."""
        own = self._derived_config(GroupedQueryAttention)
        own.pop("flash_attention")  # as in Keras, it belongs to the machine
        activity = regularizers.serialize(self._activity_regularizer) if self._activity_regularizer else None
        return {**super().get_config(), **own, "activity_regularizer": activity}
