"""BaseDepthwiseConv: what DepthwiseConv1D and DepthwiseConv2D share."""

from __future__ import annotations

from typing import Any

from kerasnb import constraints, initializers, ops, regularizers
from kerasnb.backend.tensor.tensor import Tensor
from kerasnb.backend.typing import Shape
from kerasnb.layers.base.arguments import positive
from kerasnb.layers.convolutional.base import Convolution


class BaseDepthwiseConv(Convolution):
    """A convolution of each channel alone.

    Args:
        rank: Integer, how many spatial axes there are.
        depth_multiplier: Integer, how many output channels each input channel has.
        kernel_size: Integer or tuple of `rank` integers, the extents of the window.
        strides: Integer or tuple of `rank` integers, how far the window moves.
        padding: `"valid"` or `"same"`.
        data_format: `"channels_last"`, `"channels_first"`, or None for the one of `keras.config`.
        dilation_rate: Integer or tuple of `rank` integers, the distance of the elements of a window.
        activation: Activation function or its name.
        use_bias: Boolean, whether the layer adds a bias.
        depthwise_initializer: Initializer of the kernel.
        bias_initializer: Initializer of the bias.
        depthwise_regularizer: Regularizer of the kernel.
        bias_regularizer: Regularizer of the bias.
        activity_regularizer: Regularizer of the outputs.
        depthwise_constraint: Constraint on the kernel.
        bias_constraint: Constraint on the bias.

    Raises:
        ValueError: If an argument is out of its range.
    """

    def __init__(
        self, rank: int, depth_multiplier: int, kernel_size: Any, strides: Any = 1, padding: str = "valid",
        data_format: str | None = None, dilation_rate: Any = 1, activation: Any = None, use_bias: bool = True,
        depthwise_initializer: Any = "glorot_uniform", bias_initializer: Any = "zeros",
        depthwise_regularizer: Any = None, bias_regularizer: Any = None, activity_regularizer: Any = None,
        depthwise_constraint: Any = None, bias_constraint: Any = None, **kwargs: Any,
    ) -> None:  # fmt: skip
        super().__init__(
            rank, kernel_size, strides, padding, data_format, dilation_rate, activation, use_bias, bias_initializer,
            bias_regularizer, bias_constraint, activity_regularizer=activity_regularizer, **kwargs,
        )  # fmt: skip
        self.depth_multiplier = positive(depth_multiplier, "depth_multiplier")
        self.depthwise_initializer = initializers.get(depthwise_initializer)
        self.depthwise_regularizer = regularizers.get(depthwise_regularizer)
        self.depthwise_constraint = constraints.get(depthwise_constraint)

    def build(self, input_shape: Shape) -> None:
        """Creates the kernel, of shape `(*kernel_size, channels, depth_multiplier)`, and the bias."""
        channels = self._check_build(input_shape)
        self.kernel = self._add_kernel((*self.kernel_size, channels, self.depth_multiplier), "kernel", "depthwise")
        self._add_bias(channels * self.depth_multiplier)

    def _convolve(self, inputs: Tensor) -> Tensor:
        window = self.strides, self.padding, self.data_format, self.dilation_rate
        return self._with_bias(ops.depthwise_conv(inputs, self.kernel, *window))

    def _filters(self, channels: int | None) -> int | None:
        return None if channels is None else channels * self.depth_multiplier
