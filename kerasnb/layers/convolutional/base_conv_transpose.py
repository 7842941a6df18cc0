"""BaseConvTranspose: what Conv1DTranspose, Conv2DTranspose and Conv3DTranspose share."""

from __future__ import annotations

from typing import Any

from kerasnb import constraints, initializers, ops, regularizers
from kerasnb.backend.tensor.tensor import Tensor
from kerasnb.backend.typing import Shape
from kerasnb.layers.base.arguments import positive
from kerasnb.layers.base.spatial import tuple_of
from kerasnb.layers.convolutional.base import Convolution, check_not_both
from kerasnb.ops.nn.conv import transposed_extents


class BaseConvTranspose(Convolution):
    """A transposed convolution over one to three spatial axes.

    Args:
        rank: Integer, how many spatial axes there are.
        filters: Integer, the number of output channels.
        kernel_size: Integer or tuple of `rank` integers, the extents of the window.
        strides: Integer or tuple of `rank` integers, how many outputs lie between the windows of two inputs.
        padding: `"valid"` or `"same"`.
        output_padding: Integer or tuple of `rank` integers, elements added at the end of each axis; or None.
        data_format: `"channels_last"`, `"channels_first"`, or None for the one of `keras.config`.
        dilation_rate: Integer or tuple of `rank` integers, the distance of the elements of a window.
        activation: Activation function or its name.
        use_bias: Boolean, whether the layer adds a bias.
        kernel_initializer: Initializer of the kernel.
        bias_initializer: Initializer of the bias.
        kernel_regularizer: Regularizer of the kernel.
        bias_regularizer: Regularizer of the bias.
        activity_regularizer: Regularizer of the outputs.
        kernel_constraint: Constraint on the kernel.
        bias_constraint: Constraint on the bias.

    Raises:
        ValueError: If an argument is out of its range.
    """

    def __init__(
        self, rank: int, filters: int, kernel_size: Any, strides: Any = 1, padding: str = "valid",
        output_padding: Any = None, data_format: str | None = None, dilation_rate: Any = 1, activation: Any = None,
        use_bias: bool = True, kernel_initializer: Any = "glorot_uniform", bias_initializer: Any = "zeros",
        kernel_regularizer: Any = None, bias_regularizer: Any = None, activity_regularizer: Any = None,
        kernel_constraint: Any = None, bias_constraint: Any = None, **kwargs: Any,
    ) -> None:  # fmt: skip
        super().__init__(
            rank, kernel_size, strides, padding, data_format, dilation_rate, activation, use_bias, bias_initializer,
            bias_regularizer, bias_constraint, activity_regularizer=activity_regularizer, **kwargs,
        )  # fmt: skip
        self.filters = positive(filters, "filters")
        check_not_both(self.strides, self.dilation_rate)
        self.output_padding = None
        if output_padding is not None:
            self.output_padding = tuple_of(output_padding, rank, "output_padding", least=0)
            _check_output_padding(self.output_padding, self.strides)
        self.kernel_initializer = initializers.get(kernel_initializer)
        self.kernel_regularizer = regularizers.get(kernel_regularizer)
        self.kernel_constraint = constraints.get(kernel_constraint)

    def build(self, input_shape: Shape) -> None:
        """Creates the kernel, of shape `(*kernel_size, filters, channels)`, and the bias."""
        channels = self._check_build(input_shape)
        self.kernel = self._add_kernel((*self.kernel_size, self.filters, channels))
        self._add_bias(self.filters)

    def _convolve(self, inputs: Tensor) -> Tensor:
        outputs = ops.conv_transpose(
            inputs, self.kernel, self.strides, self.padding, self.output_padding, self.data_format, self.dilation_rate
        )
        return self._with_bias(outputs)

    def _filters(self, channels: int | None) -> int | None:
        return self.filters

    def _extents(self, extents: tuple) -> tuple:
        window = self.kernel_size, self.strides, self.dilation_rate
        return transposed_extents(extents, *window, self.padding, self.output_padding)


def _check_output_padding(output_padding: tuple, strides: tuple) -> None:
    for axis, (added, stride) in enumerate(zip(output_padding, strides, strict=True)):
        if added >= stride:
            raise ValueError(
                "Each value of `output_padding` must be strictly less than that of `strides`, but on axis "
                f"{axis} {added} is not less than {stride}. Received: output_padding={output_padding}, "
                f"strides={strides}"
            )
