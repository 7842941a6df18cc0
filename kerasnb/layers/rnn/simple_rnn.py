"""SimpleRNN: the state of each step is its output, and an input of the next step."""

from __future__ import annotations

from typing import Any

from kerasnb.layers.base.input_spec import InputSpec
from kerasnb.layers.rnn.base_recurrent import BaseRecurrent, of_cell
from kerasnb.layers.rnn.simple_rnn_cell import SimpleRNNCell


class SimpleRNN(BaseRecurrent):
    """Plain recurrent layer: its output is its state at the next step.

    At each step `h' = activation(x @ kernel + bias + h @ recurrent_kernel)`.

    Reference: [Elman, 1990](https://doi.org/10.1207/s15516709cog1402_1)

    Args:
        units: Positive integer, dimensionality of the output space.
        activation: Activation function or its name. Defaults to the hyperbolic tangent.
        use_bias: Boolean, whether the layer uses a bias vector. Defaults to `True`.
        kernel_initializer: Initializer of the `kernel` weights matrix, for the inputs.
        recurrent_initializer: Initializer of the `recurrent_kernel` weights matrix, for the state.
        bias_initializer: Initializer of the bias vector.
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
        return_sequences: Boolean, whether the outputs of all steps are returned, or only the last. Defaults to `False`.
        return_state: Boolean, whether the last states are returned after the output. Defaults to `False`.
        go_backwards: Boolean, whether the last step comes first, also in the output. Defaults to `False`.
        stateful: Boolean, whether a batch starts with the states that the batch before has ended with. Defaults to
            `False`.
        unroll: Boolean, whether a recorded step holds each step of the sequence separately. It needs a known number of
            steps. Defaults to `False`.
        seed: Optional integer to use as random seed of the dropout.

    Call arguments:
        sequences: Tensor of shape `(batch, steps, features)`.
        initial_state: Optional list of the states before the first step, each of shape `(batch, units)`.
        mask: Optional boolean tensor of shape `(batch, steps)`; where it is false the states stay as they were.
        training: Boolean, whether dropout is applied.

    Output shape:
        `(batch, units)`, with `return_sequences` `(batch, steps, units)`. With `return_state` the states follow, each
        of shape `(batch, units)`.

    Raises:
        ValueError: If `units` is not positive.

    Example:

    >>> layer = keras.layers.SimpleRNN(4, return_sequences=True, return_state=True)
    >>> outputs, state = layer(np.ones((2, 5, 3)))
    >>> outputs.shape, state.shape
    ((2, 5, 4), (2, 4))
    """

    _no_config = ("seed",)  # as in Keras

    units = of_cell("units")

    def __init__(
        self, units: int, activation: Any = "tanh", use_bias: bool = True, kernel_initializer: Any = "glorot_uniform",
        recurrent_initializer: Any = "orthogonal", bias_initializer: Any = "zeros", kernel_regularizer: Any = None,
        recurrent_regularizer: Any = None, bias_regularizer: Any = None, activity_regularizer: Any = None,
        kernel_constraint: Any = None, recurrent_constraint: Any = None, bias_constraint: Any = None,
        dropout: float = 0.0, recurrent_dropout: float = 0.0, return_sequences: bool = False,
        return_state: bool = False, go_backwards: bool = False, stateful: bool = False, unroll: bool = False,
        seed: int | None = None, **kwargs: Any,
    ) -> None:  # fmt: skip
        cell = SimpleRNNCell(
            units, activation=activation, use_bias=use_bias, kernel_initializer=kernel_initializer,
            recurrent_initializer=recurrent_initializer, bias_initializer=bias_initializer,
            kernel_regularizer=kernel_regularizer, recurrent_regularizer=recurrent_regularizer,
            bias_regularizer=bias_regularizer, kernel_constraint=kernel_constraint,
            recurrent_constraint=recurrent_constraint, bias_constraint=bias_constraint, dropout=dropout,
            recurrent_dropout=recurrent_dropout, seed=seed, dtype=kwargs.get("dtype"),
            trainable=kwargs.get("trainable", True), name="simple_rnn_cell",
        )  # fmt: skip
        super().__init__(
            cell, return_sequences=return_sequences, return_state=return_state, go_backwards=go_backwards,
            stateful=stateful, unroll=unroll, activity_regularizer=activity_regularizer, **kwargs,
        )  # fmt: skip
        self.input_spec = [InputSpec(ndim=3)]
