"""DepthwiseConv1D: every channel has kernels of its own."""

from __future__ import annotations

from typing import Any

from kerasnb.layers.convolutional.base_depthwise_conv import BaseDepthwiseConv


class DepthwiseConv1D(BaseDepthwiseConv):
    """1D depthwise convolution layer: each input channel is convolved alone, with `depth_multiplier` kernels.

    Reference: [Howard et al., 2017](https://arxiv.org/abs/1704.04861)

    Args:
        kernel_size: An integer, the extents of the window.
        strides: An integer, how far the window moves. Defaults to `1`.
        padding: `"valid"` or `"same"`. Defaults to `"valid"`.
        depth_multiplier: Integer, how many output channels each input channel has. Defaults to `1`.
        data_format: `"channels_last"`, `"channels_first"`, or None for the one of `keras.config`.
        dilation_rate: An integer, the distance of the elements of a window. Defaults to `1`.
        activation: Activation function or its name. Defaults to none.
        use_bias: Boolean, whether a bias is added. Defaults to `True`.
        depthwise_initializer: Initializer of the kernel. Defaults to `"glorot_uniform"`.
        bias_initializer: Initializer of the bias. Defaults to `"zeros"`.
        depthwise_regularizer: Regularizer of the kernel.
        bias_regularizer: Regularizer of the bias.
        activity_regularizer: Regularizer of the outputs.
        depthwise_constraint: Constraint on the kernel.
        bias_constraint: Constraint on the bias.

    Input shape:
        `(batch_size, steps, channels)`, or `(batch_size, channels, steps)` channels first.

    Output shape:
        `(batch_size, new_steps, channels * depth_multiplier)`, or channels first
        `(batch_size, channels * depth_multiplier, new_steps)`.

    Raises:
        ValueError: If an argument is out of its range.

    Example:

    >>> layer = keras.layers.DepthwiseConv1D(3, depth_multiplier=2)
    >>> layer(np.ones((2, 10, 3))).shape
    (2, 8, 6)
    """

    def __init__(
        self, kernel_size: Any, strides: Any = 1, padding: str = "valid", depth_multiplier: int = 1,
        data_format: str | None = None, dilation_rate: Any = 1, activation: Any = None, use_bias: bool = True,
        depthwise_initializer: Any = "glorot_uniform", bias_initializer: Any = "zeros",
        depthwise_regularizer: Any = None, bias_regularizer: Any = None, activity_regularizer: Any = None,
        depthwise_constraint: Any = None, bias_constraint: Any = None, **kwargs: Any,
    ) -> None:  # fmt: skip
        super().__init__(
            1, depth_multiplier, kernel_size, strides, padding, data_format, dilation_rate, activation, use_bias,
            depthwise_initializer, bias_initializer, depthwise_regularizer, bias_regularizer, activity_regularizer,
            depthwise_constraint, bias_constraint, **kwargs,
        )  # fmt: skip
