"""Conv1D: one kernel of weights moves along a sequence."""

from __future__ import annotations

from typing import Any

from kerasnb.layers.convolutional.base_conv import BaseConv


class Conv1D(BaseConv):
    """1D convolution layer (e.g. temporal convolution).

    `output = activation(convolution(inputs, kernel) + bias)`.

    Reference: [Waibel et al., 1989](https://doi.org/10.1109/29.21701)

    Args:
        filters: Integer, the number of output channels.
        kernel_size: An integer, the extents of the window.
        strides: An integer, how far the window moves. Defaults to `1`.
        padding: `"valid"`, `"same"` or `"causal"` (no output depends on a later step). Defaults to `"valid"`.
        data_format: `"channels_last"`, `"channels_first"`, or None for the one of `keras.config`.
        dilation_rate: An integer, the distance of the elements of a window. Defaults to `1`.
        groups: Integer, how many groups of channels are convolved apart. Defaults to `1`.
        activation: Activation function or its name. Defaults to none.
        use_bias: Boolean, whether a bias is added. Defaults to `True`.
        kernel_initializer: Initializer of the kernel. Defaults to `"glorot_uniform"`.
        bias_initializer: Initializer of the bias. Defaults to `"zeros"`.
        kernel_regularizer: Regularizer of the kernel.
        bias_regularizer: Regularizer of the bias.
        activity_regularizer: Regularizer of the outputs.
        kernel_constraint: Constraint on the kernel.
        bias_constraint: Constraint on the bias.

    Input shape:
        `(batch_size, steps, channels)`, or `(batch_size, channels, steps)` channels first.

    Output shape:
        `(batch_size, new_steps, filters)`, or `(batch_size, filters, new_steps)` channels first.

    Raises:
        ValueError: If an argument is out of its range, or both `strides` and `dilation_rate` are larger than 1.

    Example:

    >>> layer = keras.layers.Conv1D(4, 3, padding="causal", activation="relu")
    >>> layer(np.ones((2, 10, 8))).shape
    (2, 10, 4)
    """

    def __init__(
        self, filters: int, kernel_size: Any, strides: Any = 1, padding: str = "valid",
        data_format: str | None = None, dilation_rate: Any = 1, groups: int = 1, activation: Any = None,
        use_bias: bool = True, kernel_initializer: Any = "glorot_uniform", bias_initializer: Any = "zeros",
        kernel_regularizer: Any = None, bias_regularizer: Any = None, activity_regularizer: Any = None,
        kernel_constraint: Any = None, bias_constraint: Any = None, **kwargs: Any,
    ) -> None:  # fmt: skip
        super().__init__(
            1, filters, kernel_size, strides, padding, data_format, dilation_rate, groups, activation, use_bias,
            kernel_initializer, bias_initializer, kernel_regularizer, bias_regularizer, activity_regularizer,
            kernel_constraint, bias_constraint, **kwargs,
        )  # fmt: skip
