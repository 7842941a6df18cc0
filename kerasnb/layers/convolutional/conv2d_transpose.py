"""Conv2DTranspose: the gradient of a convolution over images, as a layer."""

from __future__ import annotations

from typing import Any

from kerasnb.layers.convolutional.base_conv_transpose import BaseConvTranspose


class Conv2DTranspose(BaseConvTranspose):
    """2D transposed convolution layer: it goes the opposite way of a convolution, from few elements to many.

    Its weights link outputs to inputs as those of a convolution link inputs to outputs, so that it makes
    inputs `strides` times as large.

    Reference: [Dumoulin and Visin, 2016](https://arxiv.org/abs/1603.07285)

    Args:
        filters: Integer, the number of output channels.
        kernel_size: An integer or tuple of 2 integers, the extents of the window.
        strides: An integer or tuple of 2 integers, how far the window moves. Defaults to `1`.
        padding: `"valid"` or `"same"`. Defaults to `"valid"`.
        output_padding: An integer or tuple of 2 integers, elements added at the end of each axis, fewer than
            `strides`. Defaults to None:
            as many as needed for outputs of `strides` times the inputs' extents.
        data_format: `"channels_last"`, `"channels_first"`, or None for the one of `keras.config`.
        dilation_rate: An integer or tuple of 2 integers, the distance of the elements of a window. Defaults to `1`.
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
        `(batch_size, height, width, channels)`, or `(batch_size, channels, height, width)` channels first.

    Output shape:
        `(batch_size, new_height, new_width, filters)`, or channels first
        `(batch_size, filters, new_height, new_width)`.

    Raises:
        ValueError: If an argument is out of its range, or both `strides` and `dilation_rate` are larger than 1.

    Example:

    >>> layer = keras.layers.Conv2DTranspose(4, 2, strides=2, activation="relu")
    >>> layer(np.ones((2, 5, 5, 3))).shape
    (2, 10, 10, 4)
    """

    def __init__(
        self, filters: int, kernel_size: Any, strides: Any = (1, 1), padding: str = "valid",
        output_padding: Any = None, data_format: str | None = None, dilation_rate: Any = (1, 1),
        activation: Any = None, use_bias: bool = True, kernel_initializer: Any = "glorot_uniform",
        bias_initializer: Any = "zeros", kernel_regularizer: Any = None, bias_regularizer: Any = None,
        activity_regularizer: Any = None, kernel_constraint: Any = None, bias_constraint: Any = None, **kwargs: Any,
    ) -> None:  # fmt: skip
        super().__init__(
            2, filters, kernel_size, strides, padding, output_padding, data_format, dilation_rate, activation, use_bias,
            kernel_initializer, bias_initializer, kernel_regularizer, bias_regularizer, activity_regularizer,
            kernel_constraint, bias_constraint, **kwargs,
        )  # fmt: skip
