"""AdditiveAttention: attention whose scores are sums instead of dot products."""

from __future__ import annotations

from typing import Any

from kerasnb import ops
from kerasnb.backend.tensor.tensor import Tensor
from kerasnb.backend.typing import Shape
from kerasnb.layers.attention.attention import Attention


class AdditiveAttention(Attention):
    """Additive attention layer, a.k.a. Bahdanau-style attention (Bahdanau et al., 2014).

    The score of a query position and a key position is `sum(scale * tanh(query + key))` over their features.

    Args:
        use_scale: Boolean, whether the features have a learned scale. Defaults to `True`.
        dropout: Float between 0 and 1. Fraction of the weights to drop in training. Defaults to `0.0`.
        **kwargs: `seed`, an optional integer to use as random seed of the dropout, and arguments of every layer.

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

    Example:

    >>> query, value = np.zeros((1, 1, 2)), np.array([[[1.0, 2.0], [1.0, 2.0]]])
    >>> keras.layers.AdditiveAttention()([query, value]).tolist()
    [[[1.0, 2.0]]]
    """

    def __init__(self, use_scale: bool = True, dropout: float = 0.0, **kwargs: Any) -> None:
        super().__init__(use_scale=use_scale, dropout=dropout, **kwargs)

    def build(self, input_shape: list[Shape]) -> None:
        """Creates the scale, a number for each feature."""
        self._check_inputs(input_shape)
        if self.use_scale:
            self.scale = self.add_weight(name="scale", shape=(input_shape[0][-1],), initializer="glorot_uniform")

    def _has_kernel(self, query: Tensor) -> bool:
        return False

    def _calculate_scores(self, query: Tensor, key: Tensor) -> Tensor:
        terms = ops.tanh(ops.expand_dims(query, -2) + ops.expand_dims(key, -3))
        return ops.sum(terms if self.scale is None else self.scale * terms, axis=-1)

    def get_config(self) -> dict:
        """Returns the config of the layer: the arguments of its constructor."""
        own = {"use_scale": self.use_scale, "dropout": self.dropout, "seed": self.seed}
        return {**super().get_config(), **own}
