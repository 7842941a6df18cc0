"""LSTM: a long short-term memory over the steps of a sequence."""

from __future__ import annotations

from typing import Any

from kerasnb.layers.base.input_spec import InputSpec
from kerasnb.layers.rnn.base_recurrent import BaseRecurrent, checked_use_cudnn, of_cell
from kerasnb.layers.rnn.lstm_cell import LSTMCell


class LSTM(BaseRecurrent):
    """Long Short-Term Memory layer (Hochreiter and Schmidhuber, 1997).

    With the gates input `i`, forget `f` and output `o`, and the new content `g`, the memory becomes `c' = f c + i g`
    at each step, and the output `h' = o activation(c')`. With the usual activations one kernel computes all steps.

    Reference: [Hochreiter and Schmidhuber, 1997](https://www.bioinf.jku.at/publications/older/2604.pdf)

    Args:
        units: Positive integer, dimensionality of the output space.
        activation: Activation function or its name. Defaults to the hyperbolic tangent.
        recurrent_activation: Activation function of the gates. Defaults to the sigmoid.
        use_bias: Boolean, whether the layer uses a bias vector. Defaults to `True`.
        kernel_initializer: Initializer of the `kernel` weights matrix, for the inputs.
        recurrent_initializer: Initializer of the `recurrent_kernel` weights matrix, for the state.
        bias_initializer: Initializer of the bias vector.
        unit_forget_bias: Boolean, whether the bias of the forget gate starts at 1. Defaults to `True`.
        kernel_regularizer: Regularizer of the `kernel` weights matrix.
        recurrent_regularizer: Regularizer of the `recurrent_kernel` weights matrix.
        bias_regularizer: Regularizer of the bias vector.
        activity_regularizer: Regularizer of the output of the layer.
        kernel_constraint: Constraint on the `kernel` weights matrix.
        recurrent_constraint: Constraint on the `recurrent_kernel` weights matrix.
        bias_constraint: Constraint on the bias vector.
        dropout: Float between 0 and 1. Fraction of the inputs to drop while training, the same ones at every step.
            Defaults to 0.
        recurrent_dropout: Float between 0 and 1. Fraction of the state to drop while training, the same one at every
            step. Defaults to 0.
        seed: Optional integer to use as random seed of the dropout.
        return_sequences: Boolean, whether the outputs of all steps are returned, or only the last. Defaults to `False`.
        return_state: Boolean, whether the last states are returned after the output. Defaults to `False`.
        go_backwards: Boolean, whether the last step comes first, also in the output. Defaults to `False`.
        stateful: Boolean, whether a batch starts with the states that the batch before has ended with. Defaults to
            `False`.
        unroll: Boolean, whether a recorded step holds each step of the sequence separately. It needs a known number of
            steps. Defaults to `False`.
        use_cudnn: "auto", True or False. With True it is an error where no kernel computes all steps at once, because
            an activation is not the usual one. Defaults to "auto".

    Call arguments:
        sequences: Tensor of shape `(batch, steps, features)`.
        initial_state: Optional list of the states before the first step, each of shape `(batch, units)`.
        mask: Optional boolean tensor of shape `(batch, steps)`; where it is false the states stay as they were.
        training: Boolean, whether dropout is applied.

    Output shape:
        `(batch, units)`, with `return_sequences` `(batch, steps, units)`. With `return_state` the states follow, each
        of shape `(batch, units)`.

    Raises:
        ValueError: If `units` is not positive, or `use_cudnn` is no valid value.

    Example:

    >>> layer = keras.layers.LSTM(4, return_sequences=True, return_state=True)
    >>> outputs, h, c = layer(np.ones((2, 5, 3)))
    >>> outputs.shape, h.shape, c.shape
    ((2, 5, 4), (2, 4), (2, 4))
    """

    units = of_cell("units")
    recurrent_activation = of_cell("recurrent_activation")
    unit_forget_bias = of_cell("unit_forget_bias")

    def __init__(
        self, units: int, activation: Any = "tanh", recurrent_activation: Any = "sigmoid", use_bias: bool = True,
        kernel_initializer: Any = "glorot_uniform", recurrent_initializer: Any = "orthogonal",
        bias_initializer: Any = "zeros", unit_forget_bias: bool = True, kernel_regularizer: Any = None,
        recurrent_regularizer: Any = None, bias_regularizer: Any = None, activity_regularizer: Any = None,
        kernel_constraint: Any = None, recurrent_constraint: Any = None, bias_constraint: Any = None,
        dropout: float = 0.0, recurrent_dropout: float = 0.0, seed: int | None = None, return_sequences: bool = False,
        return_state: bool = False, go_backwards: bool = False, stateful: bool = False, unroll: bool = False,
        use_cudnn: Any = "auto", **kwargs: Any,
    ) -> None:  # fmt: skip
        cell = LSTMCell(
            units, activation=activation, recurrent_activation=recurrent_activation, use_bias=use_bias,
            kernel_initializer=kernel_initializer, recurrent_initializer=recurrent_initializer,
            bias_initializer=bias_initializer, unit_forget_bias=unit_forget_bias, kernel_regularizer=kernel_regularizer,
            recurrent_regularizer=recurrent_regularizer, bias_regularizer=bias_regularizer,
            kernel_constraint=kernel_constraint, recurrent_constraint=recurrent_constraint,
            bias_constraint=bias_constraint, dropout=dropout, recurrent_dropout=recurrent_dropout, seed=seed,
            dtype=kwargs.get("dtype"), trainable=kwargs.get("trainable", True), name="lstm_cell",
            implementation=kwargs.pop("implementation", 2),
        )  # fmt: skip
        super().__init__(
            cell, return_sequences=return_sequences, return_state=return_state, go_backwards=go_backwards,
            stateful=stateful, unroll=unroll, activity_regularizer=activity_regularizer, **kwargs,
        )  # fmt: skip
        self.use_cudnn = checked_use_cudnn(use_cudnn)
        self.input_spec = InputSpec(ndim=3)
