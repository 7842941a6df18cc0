"""SeparableConv2D: each channel is convolved alone, then the channels are mixed."""

from __future__ import annotations

from typing import Any

from kerasnb.layers.convolutional.base_separable_conv import BaseSeparableConv


class SeparableConv2D(BaseSeparableConv):
    """2D separable convolution layer: a depthwise convolution, then one of width 1 that mixes the channels.

    Reference: [Chollet, 2017](https://arxiv.org/abs/1610.02357)

    Args:
        filters: Integer, the number of output channels.
        kernel_size: An integer or tuple of 2 integers, the extents of the window.
        strides: An integer or tuple of 2 integers, how far the window moves. Defaults to `1`.
        padding: `"valid"` or `"same"`. Defaults to `"valid"`.
        data_format: `"channels_last"`, `"channels_first"`, or None for the one of `keras.config`.
        dilation_rate: An integer or tuple of 2 integers, the distance of the elements of a window. Defaults to `1`.
        depth_multiplier: Integer, how many channels the depthwise step makes of each. Defaults to `1`.
        activation: Activation function or its name. Defaults to none.
        use_bias: Boolean, whether a bias is added. Defaults to `True`.
        depthwise_initializer: Initializer of the depthwise kernel. Defaults to `"glorot_uniform"`.
        pointwise_initializer: Initializer of the pointwise kernel. Defaults to `"glorot_uniform"`.
        bias_initializer: Initializer of the bias. Defaults to `"zeros"`.
        depthwise_regularizer: Regularizer of the depthwise kernel.
        pointwise_regularizer: Regularizer of the pointwise kernel.
        bias_regularizer: Regularizer of the bias.
        activity_regularizer: Regularizer of the outputs.
        depthwise_constraint: Constraint on the depthwise kernel.
        pointwise_constraint: Constraint on the pointwise kernel.
        bias_constraint: Constraint on the bias.

    Input shape:
        `(batch_size, height, width, channels)`, or `(batch_size, channels, height, width)` channels first.

    Output shape:
        `(batch_size, new_height, new_width, filters)`, or channels first
        `(batch_size, filters, new_height, new_width)`.

    Raises:
        ValueError: If an argument is out of its range.

    Example:

    >>> layer = keras.layers.SeparableConv2D(4, 3, activation="relu")
    >>> layer(np.ones((2, 10, 10, 3))).shape
    (2, 8, 8, 4)
    """

    def __init__(
        self, filters: int, kernel_size: Any, strides: Any = (1, 1), padding: str = "valid",
        data_format: str | None = None, dilation_rate: Any = (1, 1), depth_multiplier: int = 1, activation: Any = None,
        use_bias: bool = True, depthwise_initializer: Any = "glorot_uniform",
        pointwise_initializer: Any = "glorot_uniform", bias_initializer: Any = "zeros",
        depthwise_regularizer: Any = None, pointwise_regularizer: Any = None, bias_regularizer: Any = None,
        activity_regularizer: Any = None, depthwise_constraint: Any = None, pointwise_constraint: Any = None,
        bias_constraint: Any = None, **kwargs: Any,
    ) -> None:  # fmt: skip
        super().__init__(
            2, depth_multiplier, filters, kernel_size, strides, padding, data_format, dilation_rate, activation,
            use_bias, depthwise_initializer, pointwise_initializer, bias_initializer, depthwise_regularizer,
            pointwise_regularizer, bias_regularizer, activity_regularizer, depthwise_constraint, pointwise_constraint,
            bias_constraint, **kwargs,
        )  # fmt: skip
