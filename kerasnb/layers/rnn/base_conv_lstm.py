"""BaseConvLSTM: a long short-term memory over sequences of images, of any rank."""

from __future__ import annotations

from typing import Any

from kerasnb.backend.typing import Shape
from kerasnb.layers.base.input_spec import InputSpec
from kerasnb.layers.rnn.base_recurrent import BaseRecurrent, of_cell
from kerasnb.layers.rnn.conv_lstm_cell import ConvLSTMCell


class BaseConvLSTM(BaseRecurrent):
    """Base of the ConvLSTM layers.

    Args:
        rank: Integer, how many spatial axes there are.
        options: Dict of the arguments of the cell.
        **kwargs: Arguments of `keras.layers.RNN`.
    """

    filters = of_cell("filters")
    kernel_size = of_cell("kernel_size")
    strides = of_cell("strides")
    padding = of_cell("padding")
    data_format = of_cell("data_format")
    dilation_rate = of_cell("dilation_rate")
    recurrent_activation = of_cell("recurrent_activation")
    unit_forget_bias = of_cell("unit_forget_bias")

    def __init__(self, rank: int, options: dict, **kwargs: Any) -> None:
        of_layer = {"dtype": kwargs.get("dtype"), "trainable": kwargs.get("trainable", True)}
        super().__init__(ConvLSTMCell(rank, **options, **of_layer, name="conv_lstm_cell"), **kwargs)
        self.input_spec = InputSpec(ndim=rank + 3)

    def compute_output_shape(self, sequences_shape: Shape, initial_state_shape: Any = None) -> Any:
        """Returns the shape of the output, followed by those of the states with `return_state`.

        Args:
            sequences_shape: Shape tuple of the sequences.
            initial_state_shape: Structure of the shapes of the states; those of the cell hold.
        """
        batch, steps, *rest = sequences_shape
        state, _ = self.cell.compute_output_shape((batch, *rest))
        output = (batch, steps, *state[1:]) if self.return_sequences else state
        return (output, state, state) if self.return_state else output
