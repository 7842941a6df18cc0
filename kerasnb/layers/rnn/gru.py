"""GRU: a gated recurrent unit over the steps of a sequence."""

from __future__ import annotations

from typing import Any

from kerasnb.layers.base.input_spec import InputSpec
from kerasnb.layers.rnn.base_recurrent import BaseRecurrent, checked_use_cudnn, of_cell
from kerasnb.layers.rnn.gru_cell import GRUCell


class GRU(BaseRecurrent):
    """Gated Recurrent Unit (Cho et al., 2014).

    With the gates update `z` and reset `r`, and the new content `g`, the state becomes `h' = z h + (1 - z) g` at each
    step. With the usual activations one kernel computes all steps.

    Reference: [Cho et al., 2014](https://arxiv.org/abs/1406.1078)

    Args:
        units: Positive integer, dimensionality of the output space.
        activation: Activation function or its name. Defaults to the hyperbolic tangent.
        recurrent_activation: Activation function of the gates. Defaults to the sigmoid.
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
        seed: Optional integer to use as random seed of the dropout.
        return_sequences: Boolean, whether the outputs of all steps are returned, or only the last. Defaults to `False`.
        return_state: Boolean, whether the last states are returned after the output. Defaults to `False`.
        go_backwards: Boolean, whether the last step comes first, also in the output. Defaults to `False`.
        stateful: Boolean, whether a batch starts with the states that the batch before has ended with. Defaults to
            `False`.
        unroll: Boolean, whether a recorded step holds each step of the sequence separately. It needs a known number of
            steps. Defaults to `False`.
        reset_after: Boolean, whether the reset gate scales the product of the state, or the state before its product.
            Defaults to `True`.
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

    >>> layer = keras.layers.GRU(4, return_sequences=True, return_state=True)
    >>> outputs, state = layer(np.ones((2, 5, 3)))
    >>> outputs.shape, state.shape
    ((2, 5, 4), (2, 4))
    """

    units = of_cell("units")
    recurrent_activation = of_cell("recurrent_activation")
    reset_after = of_cell("reset_after")

    def __init__(
        self, units: int, activation: Any = "tanh", recurrent_activation: Any = "sigmoid", use_bias: bool = True,
        kernel_initializer: Any = "glorot_uniform", recurrent_initializer: Any = "orthogonal",
        bias_initializer: Any = "zeros", kernel_regularizer: Any = None, recurrent_regularizer: Any = None,
        bias_regularizer: Any = None, activity_regularizer: Any = None, kernel_constraint: Any = None,
        recurrent_constraint: Any = None, bias_constraint: Any = None, dropout: float = 0.0,
        recurrent_dropout: float = 0.0, seed: int | None = None, return_sequences: bool = False,
        return_state: bool = False, go_backwards: bool = False, stateful: bool = False, unroll: bool = False,
        reset_after: bool = True, use_cudnn: Any = "auto", **kwargs: Any,
    ) -> None:  # fmt: skip
        cell = GRUCell(
            units, activation=activation, recurrent_activation=recurrent_activation, use_bias=use_bias,
            kernel_initializer=kernel_initializer, recurrent_initializer=recurrent_initializer,
            bias_initializer=bias_initializer, kernel_regularizer=kernel_regularizer,
            recurrent_regularizer=recurrent_regularizer, bias_regularizer=bias_regularizer,
            kernel_constraint=kernel_constraint, recurrent_constraint=recurrent_constraint,
            bias_constraint=bias_constraint, dropout=dropout, recurrent_dropout=recurrent_dropout, seed=seed,
            reset_after=reset_after, dtype=kwargs.get("dtype"), trainable=kwargs.get("trainable", True),
            name="gru_cell", implementation=kwargs.pop("implementation", 2),
        )  # fmt: skip
        super().__init__(
            cell, return_sequences=return_sequences, return_state=return_state, go_backwards=go_backwards,
            stateful=stateful, unroll=unroll, activity_regularizer=activity_regularizer, **kwargs,
        )  # fmt: skip
        self.use_cudnn = checked_use_cudnn(use_cudnn)
        self.input_spec = InputSpec(ndim=3)
