"""LSTMCell: one step of a long short-term memory."""

from __future__ import annotations

from typing import Any

from kerasnb import activations, ops
from kerasnb.backend.tensor.tensor import Tensor
from kerasnb.layers.rnn.base_cell import BaseCell, dropped_product
from kerasnb.layers.rnn.forget_bias import ForgetBias
from kerasnb.ops.nn.recurrent import lstm


class LSTMCell(BaseCell):
    """Cell class for the LSTM layer: one step. `keras.layers.LSTM` runs it over the whole sequence.

    With the gates input `i`, forget `f` and output `o`, and the new content `g`, the memory becomes `c' = f c + i g`
    and the output `h' = o activation(c')`.

    Reference: [Hochreiter and Schmidhuber, 1997](https://www.bioinf.jku.at/publications/older/2604.pdf)

    Args:
        units: Positive integer, dimensionality of the output space.
        activation: Activation function or its name. Defaults to the hyperbolic tangent.
        recurrent_activation: Activation function of the gates. Defaults to the sigmoid.
        use_bias: Boolean, whether the cell uses a bias vector. Defaults to `True`.
        kernel_initializer: Initializer of the `kernel` weights matrix, for the inputs.
        recurrent_initializer: Initializer of the `recurrent_kernel` weights matrix, for the state.
        bias_initializer: Initializer of the bias vector.
        unit_forget_bias: Boolean, whether the bias of the forget gate starts at 1, so that a new network remembers
            ([Jozefowicz et al., 2015](https://proceedings.mlr.press/v37/jozefowicz15.pdf)). Defaults to `True`.
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
        inputs: Tensor of shape `(batch, features)`.
        states: List of two tensors of shape `(batch, units)`, the output and the memory of the step before.
        training: Boolean, whether dropout is applied.

    Raises:
        ValueError: If `units` is not positive.

    Example:

    >>> cell = keras.layers.LSTMCell(4)
    >>> y, (h, c) = cell(np.ones((2, 3)), [np.zeros((2, 4)), np.zeros((2, 4))])
    >>> y.shape, c.shape
    ((2, 4), (2, 4))
    """

    gates = 4

    def __init__(
        self, units: int, activation: Any = "tanh", recurrent_activation: Any = "sigmoid", use_bias: bool = True,
        kernel_initializer: Any = "glorot_uniform", recurrent_initializer: Any = "orthogonal",
        bias_initializer: Any = "zeros", unit_forget_bias: bool = True, kernel_regularizer: Any = None,
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
        self.recurrent_activation = activations.get(recurrent_activation)
        self.unit_forget_bias = unit_forget_bias
        self.state_size = [units, units]

    def _initializer_of(self, prefix: str) -> Any:
        initializer = super()._initializer_of(prefix)
        return ForgetBias(initializer) if prefix == "bias" and self.unit_forget_bias else initializer

    def call(self, inputs: Tensor, states: Any, training: bool = False) -> tuple[Tensor, list[Tensor]]:
        """Computes the output and the next states."""
        return self._step(self._gates_of_inputs(inputs, training), states, training)

    def _gates_of_inputs(self, inputs: Any, training: bool | None) -> Any:
        z = self._product_of_inputs(inputs, training)
        return z if self.bias is None else z + self.bias

    def _gates_of_state(self, h: Any, training: bool | None) -> Any:
        return dropped_product(h, self.get_recurrent_dropout_mask(h) if training else None, self.recurrent_kernel)

    def _step(self, z: Any, states: Any, training: bool | None, axis: int = -1) -> tuple[Tensor, list[Tensor]]:
        """One step from the part of the gates that comes from the inputs."""
        h, c = states
        i, f, g, o = ops.split(z + self._gates_of_state(h, training), 4, axis=axis)
        c = self.recurrent_activation(f) * c + self.recurrent_activation(i) * self.activation(g)
        h = self.recurrent_activation(o) * self.activation(c)
        return h, [h, c]

    def _kernel_over_time(self, sequences: Tensor, states: list, mask: Tensor | None, **options: Any) -> tuple:
        h, c = states
        return lstm(sequences, h, c, mask, self.kernel, self.recurrent_kernel, self.bias, **options)
