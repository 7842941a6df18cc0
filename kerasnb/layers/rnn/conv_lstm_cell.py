"""ConvLSTMCell: one step of a long short-term memory whose products are convolutions."""

from __future__ import annotations

from typing import Any

from kerasnb import ops
from kerasnb.backend.tensor.tensor import Tensor
from kerasnb.backend.typing import Shape
from kerasnb.kernels.conv.geometry import out_extents
from kerasnb.layers.base.arguments import positive
from kerasnb.layers.base.spatial import channels_of, check_fits, extents_of, padding_of, shape_of, tuple_of
from kerasnb.layers.rnn.lstm_cell import LSTMCell
from kerasnb.layers.rnn.steps import run_steps
from kerasnb.ops.spatial import format_of

GEOMETRY = ("kernel_size", "strides", "dilation_rate", "padding")


class ConvLSTMCell(LSTMCell):
    """Cell of the ConvLSTM layers: an LSTM cell for images, whose gates are sums of two convolutions.

    Reference: [Shi et al., 2015](https://arxiv.org/abs/1506.04214)

    Args:
        rank: Integer, how many spatial axes there are.
        filters: Integer, the number of channels of the output.
        kernel_size: Integer or tuple of `rank` integers.
        strides: Integer or tuple of `rank` integers, for the inputs.
        padding: `"valid"` or `"same"`, for the inputs; the state keeps its shape.
        data_format: `"channels_last"`, `"channels_first"`, or None for the one of `keras.config`.
        dilation_rate: Integer or tuple of `rank` integers, for the inputs.

    Raises:
        ValueError: If an argument is invalid, or both strides and dilation are asked for.
    """

    def __init__(
        self, rank: int, filters: int, kernel_size: Any, strides: Any = 1, padding: str = "valid",
        data_format: str | None = None, dilation_rate: Any = 1, **kwargs: Any,
    ) -> None:  # fmt: skip
        filters = positive(filters, "filters")
        super().__init__(filters, **kwargs)
        self.rank, self.filters = rank, filters
        self.kernel_size = tuple_of(kernel_size, rank, "kernel_size")
        self.strides = tuple_of(strides, rank, "strides")
        self.dilation_rate = tuple_of(dilation_rate, rank, "dilation_rate")
        self.padding, self.data_format = padding_of(padding), format_of(data_format)
        if max(self.strides) > 1 and max(self.dilation_rate) > 1:
            raise ValueError(
                "Specifying `strides > 1` is not compatible with `dilation_rate > 1`. Please provide `strides=1` or "
                f"`dilation_rate=1`. Received: strides={self.strides} and dilation_rate={self.dilation_rate}"
            )
        self.dropout_mask_count = 4
        self._gate_axis = -1 if self.data_format == "channels_last" else 1
        self._step_shape: Shape = ()

    def build(self, input_shape: Shape) -> None:
        """Creates the kernels and the bias."""
        channels = channels_of(input_shape, self.data_format)
        if None in extents_of(input_shape, self.data_format):
            raise ValueError(
                "ConvLSTM layers only support static input shapes for the spatial dimension. Received invalid input "
                f"shape: input_shape={tuple(input_shape)}"
            )
        if channels is None:
            raise ValueError(
                "The channel dimension of the inputs (last axis) should be defined. Found None. Full input shape "
                f"received: input_shape={tuple(input_shape)}"
            )
        self._step_shape = self._shape_after((None, *input_shape[1:]))
        self.kernel = self._weight("kernel", (*self.kernel_size, channels, 4 * self.filters))
        self.recurrent_kernel = self._weight("recurrent_kernel", (*self.kernel_size, self.filters, 4 * self.filters))
        if self.use_bias:
            self.bias = self._weight("bias", self._bias_shape())

    def _shape_after(self, shape: Shape) -> Shape:
        """The shape of the output of one step."""
        extents = extents_of(shape, self.data_format)
        after = out_extents(extents, self.kernel_size, self.strides, self.dilation_rate, self.padding)
        check_fits(self, shape, after, GEOMETRY)
        return shape_of(shape[0], after, self.filters, self.data_format)

    def compute_output_shape(self, inputs_shape: Shape, states_shape: Any = None) -> tuple:
        """Returns the shapes of the output and of the states.

        Args:
            inputs_shape: Shape tuple of the inputs of one step.
            states_shape: List of the shapes of the states, that of the output.
        """
        shape = self._shape_after(inputs_shape)
        return shape, [shape, shape]

    def get_initial_state(self, batch_size: int | None = None) -> list[Tensor]:
        """Returns the states before the first step: zeros.

        Args:
            batch_size: Integer, the number of samples.
        """
        shape = (batch_size, *self._step_shape[1:])
        return [ops.zeros(shape, dtype=self.compute_dtype), ops.zeros(shape, dtype=self.compute_dtype)]

    # --- convolutions

    def call(self, inputs: Tensor, states: Any, training: bool = False) -> tuple[Tensor, list[Tensor]]:
        """Computes the output and the next states."""
        return self._step(self._gates_of_inputs(inputs, training), states, training, self._gate_axis)

    def _gates_of_inputs(self, inputs: Any, training: bool | None) -> Any:
        z = self._convolved(inputs, self.get_dropout_mask(inputs) if training else None, self.kernel, {
            "strides": self.strides, "padding": self.padding, "dilation_rate": self.dilation_rate,
        })  # fmt: skip
        if self.bias is None:
            return z
        last = self.data_format == "channels_last"
        return z + (self.bias if last else ops.reshape(self.bias, (-1, *(1,) * self.rank)))

    def _gates_of_state(self, h: Any, training: bool | None) -> Any:
        masks = self.get_recurrent_dropout_mask(h) if training else None
        return self._convolved(h, masks, self.recurrent_kernel, {"padding": "same"})

    def _convolved(self, x: Any, masks: Any, kernel: Any, options: dict) -> Any:
        """The convolution, with a mask of its own for each gate."""
        options = {**options, "data_format": self.data_format}
        if masks is None:
            return ops.conv(x, kernel, **options)
        parts = zip(masks, ops.split(kernel, 4, axis=-1), strict=True)
        return ops.concatenate([ops.conv(x * mask, part, **options) for mask, part in parts], axis=self._gate_axis)

    def over_time(
        self, sequences: Tensor, states: list[Tensor], mask: Tensor | None, training: bool | None, **options: Any
    ) -> Any:
        """Convolves the inputs of all steps at once, and then runs step by step.

        Args:
            sequences: Tensor of shape `(batch, steps, ...)`.
            states: List of the states before the first step.
            mask: Optional boolean tensor of shape `(batch, steps)`.
            training: Boolean, whether inputs and states are dropped.
            **options: Those of the loop, and `return_sequences`.

        Returns:
            `(last_output, outputs, states)`, or None where the inputs have masks of their own.
        """
        if training and self.dropout:
            return None
        options.pop("return_sequences")
        batch, steps = sequences.shape[:2]
        flat = ops.reshape(ops.cast(sequences, self.compute_dtype), (batch * steps, *sequences.shape[2:]))
        z = self._gates_of_inputs(flat, training)
        z = ops.reshape(z, (batch, steps, *z.shape[1:]))
        return run_steps(lambda x, h: self._step(x, h, training, self._gate_axis), z, states, mask, **options)
