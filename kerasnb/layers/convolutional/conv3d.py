"""Conv3D: one kernel of weights moves through volumes."""

from __future__ import annotations

from typing import Any

from kerasnb.layers.convolutional.base_conv import BaseConv


class Conv3D(BaseConv):
    """3D convolution layer (e.g. spatial convolution over volumes).

    `output = activation(convolution(inputs, kernel) + bias)`.

    Reference: [Ji et al., 2013](https://doi.org/10.1109/TPAMI.2012.59)

    Args:
        filters: Integer, the number of output channels.
        kernel_size: An integer or tuple of 3 integers, the extents of the window.
        strides: An integer or tuple of 3 integers, how far the window moves. Defaults to `1`.
        padding: `"valid"` or `"same"`. Defaults to `"valid"`.
        data_format: `"channels_last"`, `"channels_first"`, or None for the one of `keras.config`.
        dilation_rate: An integer or tuple of 3 integers, the distance of the elements of a window. Defaults to `1`.
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
        `(batch_size, depth, height, width, channels)`, or channels first
        `(batch_size, channels, depth, height, width)`.

    Output shape:
        `(batch_size, new_depth, new_height, new_width, filters)`, or channels first
        `(batch_size, filters, new_depth, new_height, new_width)`.

    Raises:
        ValueError: If an argument is out of its range, or both `strides` and `dilation_rate` are larger than 1.

    Example:

    >>> layer = keras.layers.Conv3D(4, 3, strides=2, padding="same")
    >>> layer(np.ones((2, 6, 6, 6, 3))).shape
    (2, 3, 3, 3, 4)
    """

    def __init__(
        self, filters: int, kernel_size: Any, strides: Any = (1, 1, 1), padding: str = "valid",
        data_format: str | None = None, dilation_rate: Any = (1, 1, 1), groups: int = 1, activation: Any = None,
        use_bias: bool = True, kernel_initializer: Any = "glorot_uniform", bias_initializer: Any = "zeros",
        kernel_regularizer: Any = None, bias_regularizer: Any = None, activity_regularizer: Any = None,
        kernel_constraint: Any = None, bias_constraint: Any = None, **kwargs: Any,
    ) -> None:  # fmt: skip
        super().__init__(
            3, filters, kernel_size, strides, padding, data_format, dilation_rate, groups, activation, use_bias,
            kernel_initializer, bias_initializer, kernel_regularizer, bias_regularizer, activity_regularizer,
            kernel_constraint, bias_constraint, **kwargs,
        )  # fmt: skip
