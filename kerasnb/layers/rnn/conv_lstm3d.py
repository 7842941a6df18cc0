"""ConvLSTM3D: a long short-term memory over sequences of depth, rows and columns."""

from __future__ import annotations

from typing import Any

from kerasnb.layers.rnn.base_conv_lstm import BaseConvLSTM


class ConvLSTM3D(BaseConvLSTM):
    """3D Convolutional LSTM: an LSTM layer whose products of inputs and state are convolutions.

    Reference: [Shi et al., 2015](https://arxiv.org/abs/1506.04214)

    Args:
        filters: Integer, the number of channels of the output.
        kernel_size: Integer or tuple of 3 integers, the size of the convolution window.
        strides: Integer or tuple of 3 integers, the strides over the inputs. Defaults to 1.
        padding: `"valid"` or `"same"`, for the inputs; the state keeps its shape. Defaults to `"valid"`.
        data_format: `"channels_last"`, `"channels_first"`, or None for the one of `keras.config`.
        dilation_rate: Integer or tuple of 3 integers, the dilation over the inputs. Defaults to 1.
        activation: Activation function or its name. Defaults to the hyperbolic tangent.
        recurrent_activation: Activation function of the gates. Defaults to the sigmoid.
        use_bias: Boolean, whether the layer uses a bias vector. Defaults to `True`.
        kernel_initializer: Initializer of the `kernel` weights, for the inputs.
        recurrent_initializer: Initializer of the `recurrent_kernel` weights, for the state.
        bias_initializer: Initializer of the bias vector.
        unit_forget_bias: Boolean, whether the bias of the forget gate starts at 1. Defaults to `True`.
        kernel_regularizer: Regularizer of the `kernel` weights.
        recurrent_regularizer: Regularizer of the `recurrent_kernel` weights.
        bias_regularizer: Regularizer of the bias vector.
        activity_regularizer: Regularizer of the output of the layer.
        kernel_constraint: Constraint on the `kernel` weights.
        recurrent_constraint: Constraint on the `recurrent_kernel` weights.
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
        **kwargs: Further arguments of `keras.layers.RNN`, such as `unroll`.

    Call arguments:
        sequences: Tensor of shape `(batch, steps, depth, height, width, channels)`, or channels first.
        initial_state: Optional list of the two states before the first step.
        mask: Optional boolean tensor of shape `(batch, steps)`; where it is false the states stay as they were.
        training: Boolean, whether dropout is applied.

    Output shape:
        `(batch, ..., filters)`, with `return_sequences` `(batch, steps, ..., filters)`, with other extents where the
        padding is `"valid"`. With `return_state` the two states follow.

    Raises:
        ValueError: If an argument is invalid, or both strides and dilation are asked for.

    Example:

    >>> layer = keras.layers.ConvLSTM3D(4, 3, padding="same")
    >>> layer(np.ones((2, 3, 6, 6, 6, 1))).shape
    (2, 6, 6, 6, 4)
    """

    def __init__(
        self, filters: int, kernel_size: Any, strides: Any = 1, padding: str = "valid", data_format: str | None = None,
        dilation_rate: Any = 1, activation: Any = "tanh", recurrent_activation: Any = "sigmoid", use_bias: bool = True,
        kernel_initializer: Any = "glorot_uniform", recurrent_initializer: Any = "orthogonal",
        bias_initializer: Any = "zeros", unit_forget_bias: bool = True, kernel_regularizer: Any = None,
        recurrent_regularizer: Any = None, bias_regularizer: Any = None, activity_regularizer: Any = None,
        kernel_constraint: Any = None, recurrent_constraint: Any = None, bias_constraint: Any = None,
        dropout: float = 0.0, recurrent_dropout: float = 0.0, seed: int | None = None, return_sequences: bool = False,
        return_state: bool = False, go_backwards: bool = False, stateful: bool = False, **kwargs: Any,
    ) -> None:  # fmt: skip
        options = {
            "filters": filters, "kernel_size": kernel_size, "strides": strides, "padding": padding,
            "data_format": data_format, "dilation_rate": dilation_rate, "activation": activation,
            "recurrent_activation": recurrent_activation, "use_bias": use_bias,
            "kernel_initializer": kernel_initializer, "recurrent_initializer": recurrent_initializer,
            "bias_initializer": bias_initializer, "unit_forget_bias": unit_forget_bias,
            "kernel_regularizer": kernel_regularizer, "recurrent_regularizer": recurrent_regularizer,
            "bias_regularizer": bias_regularizer, "kernel_constraint": kernel_constraint,
            "recurrent_constraint": recurrent_constraint, "bias_constraint": bias_constraint, "dropout": dropout,
            "recurrent_dropout": recurrent_dropout, "seed": seed,
        }  # fmt: skip
        super().__init__(
            3, options, return_sequences=return_sequences, return_state=return_state, go_backwards=go_backwards,
            stateful=stateful, activity_regularizer=activity_regularizer, **kwargs,
        )  # fmt: skip
