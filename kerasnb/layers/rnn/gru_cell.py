"""GRUCell: one step of a gated recurrent unit."""

from __future__ import annotations

from typing import Any

from kerasnb import activations, ops
from kerasnb.backend.tensor.tensor import Tensor
from kerasnb.layers.rnn.base_cell import BaseCell, dropped_product
from kerasnb.ops.nn.recurrent import gru


class GRUCell(BaseCell):
    """Cell class for the GRU layer: one step. `keras.layers.GRU` runs it over the whole sequence.

    With the gates update `z` and reset `r`, and the new content `g`, the state becomes `h' = z h + (1 - z) g`.

    Reference: [Cho et al., 2014](https://arxiv.org/abs/1406.1078)

    Args:
        units: Positive integer, dimensionality of the output space.
        activation: Activation function or its name. Defaults to the hyperbolic tangent.
        recurrent_activation: Activation function of the gates. Defaults to the sigmoid.
        use_bias: Boolean, whether the cell uses a bias vector. Defaults to `True`.
        kernel_initializer: Initializer of the `kernel` weights matrix, for the inputs.
        recurrent_initializer: Initializer of the `recurrent_kernel` weights matrix, for the state.
        bias_initializer: Initializer of the bias vector.
        kernel_regularizer: Regularizer of the `kernel` weights matrix.
        recurrent_regularizer: Regularizer of the `recurrent_kernel` weights matrix.
        bias_regularizer: Regularizer of the bias vector.
        kernel_constraint: Constraint on the `kernel` weights matrix.
        recurrent_constraint: Constraint on the `recurrent_kernel` weights matrix.
        bias_constraint: Constraint on the bias vector.
        dropout: Float between 0 and 1. Fraction of the inputs to drop while training. Defaults to 0.
        recurrent_dropout: Float between 0 and 1. Fraction of the state to drop while training. Defaults to 0.
        reset_after: Boolean, whether the reset gate scales the product of the state, or the state before its product.
            Defaults to `True`.
        seed: Optional integer to use as random seed of the dropout.

    Call arguments:
        inputs: Tensor of shape `(batch, features)`.
        states: Tensor of shape `(batch, units)`, or a list with it.
        training: Boolean, whether dropout is applied.

    Raises:
        ValueError: If `units` is not positive.

    Example:

    >>> cell = keras.layers.GRUCell(4)
    >>> y, states = cell(np.ones((2, 3)), [np.zeros((2, 4))])
    >>> y.shape
    (2, 4)
    """

    gates = 3

    def __init__(
        self, units: int, activation: Any = "tanh", recurrent_activation: Any = "sigmoid", use_bias: bool = True,
        kernel_initializer: Any = "glorot_uniform", recurrent_initializer: Any = "orthogonal",
        bias_initializer: Any = "zeros", kernel_regularizer: Any = None, recurrent_regularizer: Any = None,
        bias_regularizer: Any = None, kernel_constraint: Any = None, recurrent_constraint: Any = None,
        bias_constraint: Any = None, dropout: float = 0.0, recurrent_dropout: float = 0.0, reset_after: bool = True,
        seed: int | None = None, **kwargs: Any,
    ) -> None:  # fmt: skip
        parts = {
            "kernel_initializer": kernel_initializer, "recurrent_initializer": recurrent_initializer,
            "bias_initializer": bias_initializer, "kernel_regularizer": kernel_regularizer,
            "recurrent_regularizer": recurrent_regularizer, "bias_regularizer": bias_regularizer,
            "kernel_constraint": kernel_constraint, "recurrent_constraint": recurrent_constraint,
            "bias_constraint": bias_constraint,
        }  # fmt: skip
        super().__init__(units, use_bias, dropout, recurrent_dropout, seed, parts, **kwargs)
        self.activation = activations.get(activation)
        self.recurrent_activation = activations.get(recurrent_activation)
        self.reset_after = reset_after

    def _bias_shape(self) -> tuple:
        return (2, 3 * self.units) if self.reset_after else (3 * self.units,)

    def call(self, inputs: Tensor, states: Any, training: bool = False) -> tuple[Tensor, Any]:
        """Computes the output and the next state."""
        several = isinstance(states, (list, tuple))
        before = states[0] if several else states
        x = self._product_of_inputs(inputs, training)
        if self.bias is not None:
            x = x + (self.bias[0] if self.reset_after else self.bias)
        dropout = self.get_recurrent_dropout_mask(before) if training else None
        z, g = self._gated(ops.split(x, 3, axis=-1), before, dropout)
        h = z * before + (1 - z) * g
        return h, [h] if several else h

    def _gated(self, x: list, before: Tensor, dropout: Any) -> tuple[Any, Any]:
        """The update gate, and the new content, whose state the reset gate scales after or before the product."""
        x_z, x_r, x_g = x
        if self.reset_after:
            product = dropped_product(before, dropout, self.recurrent_kernel)
            if self.bias is not None:
                product = product + self.bias[1]
            h_z, h_r, h_g = ops.split(product, 3, axis=-1)
            r = self.recurrent_activation(x_r + h_r)
            return self.recurrent_activation(x_z + h_z), self.activation(x_g + r * h_g)
        of_gates, of_content = ops.split(self.recurrent_kernel, [2 * self.units], axis=1)
        h_z, h_r = ops.split(dropped_product(before, dropout and dropout[:2], of_gates), 2, axis=-1)
        scaled = self.recurrent_activation(x_r + h_r) * (before * dropout[2] if dropout else before)
        return self.recurrent_activation(x_z + h_z), self.activation(x_g + ops.matmul(scaled, of_content))

    def _kernel_over_time(self, sequences: Tensor, states: list, mask: Tensor | None, **options: Any) -> tuple:
        return gru(
            sequences, states[0], mask, self.kernel, self.recurrent_kernel, self.bias, reset_after=self.reset_after,
            **options,
        )  # fmt: skip
