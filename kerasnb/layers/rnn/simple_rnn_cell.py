"""SimpleRNNCell: one step of a simple recurrent network."""

from __future__ import annotations

from typing import Any

from kerasnb import activations, ops
from kerasnb.backend.tensor.tensor import Tensor
from kerasnb.layers.rnn.base_cell import BaseCell
from kerasnb.ops.nn.recurrent import simple_rnn


class SimpleRNNCell(BaseCell):
    """Cell class for SimpleRNN: one step, `h' = activation(x @ kernel + bias + h @ recurrent_kernel)`.

    `keras.layers.SimpleRNN` runs it over the whole sequence.

    Reference: [Elman, 1990](https://doi.org/10.1207/s15516709cog1402_1)

    Args:
        units: Positive integer, dimensionality of the output space.
        activation: Activation function or its name. Defaults to the hyperbolic tangent.
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
        seed: Optional integer to use as random seed of the dropout.

    Call arguments:
        sequence: Tensor of shape `(batch, features)`.
        states: Tensor of shape `(batch, units)`, or a list with it.
        training: Boolean, whether dropout is applied.

    Raises:
        ValueError: If `units` is not positive.

    Example:

    >>> cell = keras.layers.SimpleRNNCell(4)
    >>> y, states = cell(np.ones((2, 3)), [np.zeros((2, 4))])
    >>> y.shape
    (2, 4)
    """

    def __init__(
        self, units: int, activation: Any = "tanh", use_bias: bool = True, kernel_initializer: Any = "glorot_uniform",
        recurrent_initializer: Any = "orthogonal", bias_initializer: Any = "zeros", kernel_regularizer: Any = None,
        recurrent_regularizer: Any = None, bias_regularizer: Any = None, kernel_constraint: Any = None,
        recurrent_constraint: Any = None, bias_constraint: Any = None, dropout: float = 0.0,
        recurrent_dropout: float = 0.0, seed: int | None = None, **kwargs: Any,
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

    def call(self, sequence: Tensor, states: Any, training: bool = False) -> tuple[Tensor, Any]:
        """Computes the output and the next state."""
        several = isinstance(states, (list, tuple))
        before = states[0] if several else states
        h = self._product_of_inputs(sequence, training)
        if self.bias is not None:
            h = h + self.bias
        dropout = self.get_recurrent_dropout_mask(before) if training else None
        before = before if dropout is None else before * dropout
        output = self.activation(h + ops.matmul(before, self.recurrent_kernel))
        return output, [output] if several else output

    def _kernel_over_time(self, sequences: Tensor, states: list, mask: Tensor | None, **options: Any) -> tuple:
        return simple_rnn(sequences, states[0], mask, self.kernel, self.recurrent_kernel, self.bias, **options)
