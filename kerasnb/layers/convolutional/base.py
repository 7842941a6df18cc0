"""The base of all convolutions: where the window moves, and what follows the convolution."""

from __future__ import annotations

from typing import Any

from kerasnb import activations, constraints, initializers, ops, regularizers
from kerasnb.backend.tensor.dtypes import is_float_dtype
from kerasnb.backend.tensor.tensor import Tensor
from kerasnb.backend.tensor.variable import Variable
from kerasnb.backend.typing import Shape
from kerasnb.kernels.conv.geometry import out_extents
from kerasnb.layers.base.input_spec import InputSpec
from kerasnb.layers.base.layer import Layer
from kerasnb.layers.base.spatial import (
    channels_of,
    check_fits,
    check_rank,
    extents_of,
    padding_of,
    shape_of,
    tuple_of,
)
from kerasnb.ops.spatial import format_of

GEOMETRY = ("kernel_size", "strides", "dilation_rate", "padding")


class Convolution(Layer):
    """A window that moves over one to three spatial axes, then a bias and an activation.

    Subclasses create their kernels with `_add_kernel` and implement `_convolve`, `_filters` and, where it is not that
    of a plain convolution, `_extents`.

    Args:
        rank: Integer, how many spatial axes there are.
        kernel_size: Integer or tuple of `rank` integers.
        strides: Integer or tuple of `rank` integers.
        padding: One of `paddings`.
        data_format: `"channels_last"`, `"channels_first"`, or None for the one of `keras.config`.
        dilation_rate: Integer or tuple of `rank` integers.
        activation: Activation function or its name.
        use_bias: Boolean.
        bias_initializer: Initializer of the bias.
        bias_regularizer: Regularizer of the bias.
        bias_constraint: Constraint on the bias.
        paddings: The paddings that the layer allows.
    """

    def __init__(
        self, rank: int, kernel_size: Any, strides: Any, padding: str, data_format: str | None, dilation_rate: Any,
        activation: Any, use_bias: bool, bias_initializer: Any, bias_regularizer: Any, bias_constraint: Any,
        paddings: tuple[str, ...] = ("valid", "same"), **kwargs: Any,
    ) -> None:  # fmt: skip
        super().__init__(**kwargs)
        self.rank = rank
        self.kernel_size = tuple_of(kernel_size, rank, "kernel_size")
        self.strides = tuple_of(strides, rank, "strides")
        self.dilation_rate = tuple_of(dilation_rate, rank, "dilation_rate")
        self.padding = padding_of(padding, paddings)
        self.data_format = format_of(data_format)
        self.activation = activations.get(activation)
        self.use_bias = use_bias
        self.bias_initializer = initializers.get(bias_initializer)
        self.bias_regularizer = regularizers.get(bias_regularizer)
        self.bias_constraint = constraints.get(bias_constraint)
        self.input_spec = InputSpec(min_ndim=rank + 2)
        self.bias: Variable | None = None

    # --- build

    def _check_build(self, input_shape: Shape) -> int:
        """The number of input channels, from now on the only one that is allowed.

        Raises:
            ValueError: If it is not known, or the rest of the shape does not fit.
        """
        check_rank(self, input_shape, self.rank)
        channels = channels_of(input_shape, self.data_format)
        if channels is None:
            raise ValueError(
                f"The channel axis of the inputs of layer '{self.name}' ({type(self).__name__}) must be known. "
                f"Received: input_shape={tuple(input_shape)}, data_format={self.data_format}"
            )
        self.compute_output_shape(input_shape)  # an output without elements fails here, before there are weights
        self.input_spec = InputSpec(
            min_ndim=self.rank + 2, axes={-1 if self.data_format == "channels_last" else 1: channels}
        )
        return channels

    def _add_kernel(self, shape: tuple, name: str = "kernel", argument: str = "kernel") -> Variable:
        """A weight with the initializer, the regularizer and the constraint of an argument."""
        options = {n: getattr(self, f"{argument}_{n}") for n in ("initializer", "regularizer", "constraint")}
        return self.add_weight(shape=shape, name=name, **options)

    def _add_bias(self, filters: int) -> None:
        if self.use_bias:
            self.bias = self._add_kernel((filters,), "bias", "bias")

    # --- call

    def call(self, inputs: Tensor) -> Tensor:
        """Computes the convolution, adds the bias and applies the activation."""
        self.compute_output_shape(inputs.shape)  # names the layer where rank or window do not fit
        if not is_float_dtype(inputs.dtype):
            inputs = ops.cast(inputs, self.compute_dtype)
        return self._convolve(inputs)

    def _convolve(self, inputs: Tensor) -> Tensor:
        """The outputs for float inputs."""
        raise NotImplementedError

    def _with_bias(self, outputs: Tensor) -> Tensor:
        """What follows the convolution."""
        if self.bias is not None:
            last = self.data_format == "channels_last"
            bias = self.bias if last else ops.reshape(self.bias, (-1, *(1,) * self.rank))
            outputs = ops.add(outputs, bias)
        return self.activation(outputs)

    # --- shapes

    def _filters(self, channels: int | None) -> int | None:
        """The number of output channels."""
        raise NotImplementedError

    def _extents(self, extents: tuple) -> tuple:
        """The spatial extents of the outputs, None where unknown."""
        pads: Any = self.padding
        if pads == "causal":
            pads = tuple(((k - 1) * d, 0) for k, d in zip(self.kernel_size, self.dilation_rate, strict=True))
        return out_extents(extents, self.kernel_size, self.strides, self.dilation_rate, pads)

    def compute_output_shape(self, input_shape: Shape) -> Shape:
        """Returns the shape of the outputs, None for extents that are not known.

        Raises:
            ValueError: If the rank is another one, or the window does not fit into the inputs.
        """
        check_rank(self, input_shape, self.rank)
        extents = self._extents(extents_of(input_shape, self.data_format))
        check_fits(self, input_shape, extents, GEOMETRY)
        filters = self._filters(channels_of(input_shape, self.data_format))
        return shape_of(input_shape[0], extents, filters, self.data_format)

    def _derived_config(self, cls: type) -> dict:
        regularizer = regularizers.serialize(self.activity_regularizer)  # in the config of a convolution even if None
        return {**super()._derived_config(cls), "activity_regularizer": regularizer}


def check_not_both(strides: tuple, dilation_rate: tuple) -> None:
    """Refuses strides and dilation together, which Keras does not support either.

    Raises:
        ValueError: If both are larger than 1 on some axis.
    """
    if max(strides) > 1 and max(dilation_rate) > 1:
        raise ValueError(
            "`strides > 1` not supported in conjunction with `dilation_rate > 1`. "
            f"Received: strides={strides} and dilation_rate={dilation_rate}"
        )
