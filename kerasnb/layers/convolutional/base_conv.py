"""BaseConv: what Conv1D, Conv2D and Conv3D share."""

from __future__ import annotations

from typing import Any

from kerasnb import constraints, initializers, regularizers
from kerasnb.backend.tensor.tensor import Tensor
from kerasnb.backend.typing import Shape
from kerasnb.layers.base.arguments import positive
from kerasnb.layers.base.lora import LoRA
from kerasnb.layers.convolutional.base import Convolution, check_not_both
from kerasnb.layers.core.dense import FUSED
from kerasnb.ops.nn.conv import convolve


class BaseConv(LoRA, Convolution):
    """A convolution over one to three spatial axes.

    Args:
        rank: Integer, how many spatial axes there are.
        filters: Integer, the number of output channels.
        kernel_size: Integer or tuple of `rank` integers, the extents of the window.
        strides: Integer or tuple of `rank` integers, how far the window moves.
        padding: `"valid"`, `"same"` or, for one axis, `"causal"`.
        data_format: `"channels_last"`, `"channels_first"`, or None for the one of `keras.config`.
        dilation_rate: Integer or tuple of `rank` integers, the distance of the elements of a window.
        groups: Integer, how many groups of channels are convolved apart.
        activation: Activation function or its name.
        use_bias: Boolean, whether the layer adds a bias.
        kernel_initializer: Initializer of the kernel.
        bias_initializer: Initializer of the bias.
        kernel_regularizer: Regularizer of the kernel.
        bias_regularizer: Regularizer of the bias.
        activity_regularizer: Regularizer of the outputs.
        kernel_constraint: Constraint on the kernel.
        bias_constraint: Constraint on the bias.
        lora_rank: Integer, the rank of a trained product that is added to the frozen kernel; or None.
        lora_alpha: Number; that product is scaled by `lora_alpha / lora_rank`. Defaults to `lora_rank`.

    Raises:
        ValueError: If an argument is out of its range.
    """

    def __init__(
        self, rank: int, filters: int, kernel_size: Any, strides: Any = 1, padding: str = "valid",
        data_format: str | None = None, dilation_rate: Any = 1, groups: int = 1, activation: Any = None,
        use_bias: bool = True, kernel_initializer: Any = "glorot_uniform", bias_initializer: Any = "zeros",
        kernel_regularizer: Any = None, bias_regularizer: Any = None, activity_regularizer: Any = None,
        kernel_constraint: Any = None, bias_constraint: Any = None, lora_rank: int | None = None,
        lora_alpha: float | None = None, **kwargs: Any,
    ) -> None:  # fmt: skip
        super().__init__(
            rank, kernel_size, strides, padding, data_format, dilation_rate, activation, use_bias, bias_initializer,
            bias_regularizer, bias_constraint, ("valid", "same", "causal") if rank == 1 else ("valid", "same"),
            activity_regularizer=activity_regularizer, **kwargs,
        )  # fmt: skip
        self.filters, self.groups = positive(filters, "filters"), positive(groups, "groups")
        if self.filters % self.groups:
            raise ValueError(
                "The number of filters must be evenly divisible by the number of groups. "
                f"Received: groups={groups}, filters={filters}"
            )
        check_not_both(self.strides, self.dilation_rate)
        self.kernel_initializer = initializers.get(kernel_initializer)
        self.kernel_regularizer = regularizers.get(kernel_regularizer)
        self.kernel_constraint = constraints.get(kernel_constraint)
        self._set_lora(lora_rank, lora_alpha)

    def build(self, input_shape: Shape) -> None:
        """Creates the kernel and the bias."""
        channels = self._check_build(input_shape)
        self._kernel = self._add_kernel((*self.kernel_size, channels // self.groups, self.filters))
        self._add_bias(self.filters)
        self._build_lora()

    def _check_build(self, input_shape: Shape) -> int:
        channels = super()._check_build(input_shape)
        if channels % self.groups:
            raise ValueError(
                "The number of input channels must be evenly divisible by the number of groups. "
                f"Received: groups={self.groups}, but the inputs of layer '{self.name}' have {channels} channels "
                f"(input_shape={tuple(input_shape)})"
            )
        return channels

    @property
    def kernel(self) -> Any:
        """The weights of the window, of shape `(*kernel_size, channels / groups, filters)`; with LoRA, the sum."""
        return self._adapted_weight()

    def convolution_op(self, inputs: Tensor, kernel: Tensor) -> Tensor:
        """Computes the convolution alone; subclasses may override it.

        Args:
            inputs: Tensor, the inputs.
            kernel: Tensor, the weights of the window.
        """
        return convolve(inputs, kernel, self.strides, self.padding, self.data_format, self.dilation_rate)

    def _convolve(self, inputs: Tensor) -> Tensor:
        fused = FUSED.get(self.activation)
        if self.bias is None or fused is None or type(self).convolution_op is not BaseConv.convolution_op:
            return self._with_bias(self.convolution_op(inputs, self.kernel))
        window = self.strides, self.padding, self.data_format, self.dilation_rate
        return convolve(inputs, self.kernel, *window, self.bias, fused)

    def _filters(self, channels: int | None) -> int | None:
        return self.filters
