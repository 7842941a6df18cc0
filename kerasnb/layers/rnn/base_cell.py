"""BaseCell: what the dense recurrent cells share, which are their arguments, their weights and their products."""

from __future__ import annotations

from typing import Any, ClassVar

from kerasnb import activations, constraints, initializers, ops, random, regularizers
from kerasnb.backend.tensor.dtypes import is_float_dtype
from kerasnb.backend.tensor.tensor import Tensor
from kerasnb.backend.tensor.variable import Variable
from kerasnb.backend.typing import Shape
from kerasnb.layers.base.arguments import number, positive
from kerasnb.layers.base.layer import Layer
from kerasnb.layers.rnn.dropout_rnn_cell import DropoutRNNCell

_PARTS = {"initializer": initializers, "regularizer": regularizers, "constraint": constraints}
_Sequence = tuple[Tensor, Tensor, list[Tensor]]


class BaseCell(DropoutRNNCell, Layer):
    """Base of the cells whose gates are sums of two products: of the inputs, and of the state.

    Args:
        units: Positive integer, dimensionality of the output space.
        use_bias: Boolean, whether the cell uses a bias vector.
        dropout: Float between 0 and 1. Fraction of the inputs to drop.
        recurrent_dropout: Float between 0 and 1. Fraction of the states to drop.
        seed: Optional integer to use as random seed.
        parts: Dict of initializers, regularizers and constraints by the names of the arguments.
        implementation: 1 for a mask of its own for each gate, 2 for one that all share.

    Raises:
        ValueError: If `units` is not positive.
    """

    gates: ClassVar[int] = 1
    activation: Any

    def __init__(
        self, units: int, use_bias: bool, dropout: float, recurrent_dropout: float, seed: int | None,
        parts: dict[str, Any], implementation: int = 2, **kwargs: Any,
    ) -> None:  # fmt: skip
        units = positive(units, "units")
        super().__init__(**kwargs)
        self.units, self.use_bias, self.seed = units, use_bias, seed
        for name, value in parts.items():
            setattr(self, name, _PARTS[name.rsplit("_", 1)[1]].get(value))
        self.dropout = min(1.0, max(0.0, number(dropout, "dropout")))
        self.recurrent_dropout = min(1.0, max(0.0, number(recurrent_dropout, "recurrent_dropout")))
        self.implementation = 1 if self.recurrent_dropout else implementation
        if self.gates > 1 and self.implementation == 1:
            self.dropout_mask_count = self.gates
        self.seed_generator = random.SeedGenerator(seed)
        self.state_size: Any = units
        self.output_size = units
        self.bias: Variable | None = None

    def build(self, input_shape: Shape) -> None:
        """Creates the kernels and the bias."""
        self.kernel = self._weight("kernel", (input_shape[-1], self.units * self.gates))
        self.recurrent_kernel = self._weight("recurrent_kernel", (self.units, self.units * self.gates))
        if self.use_bias:
            self.bias = self._weight("bias", self._bias_shape())

    def _weight(self, name: str, shape: tuple) -> Variable:
        prefix = name.removesuffix("_kernel")
        return self.add_weight(
            shape=shape, name=name, initializer=self._initializer_of(prefix),
            regularizer=getattr(self, f"{prefix}_regularizer"), constraint=getattr(self, f"{prefix}_constraint"),
        )  # fmt: skip

    def _initializer_of(self, prefix: str) -> Any:
        return getattr(self, f"{prefix}_initializer")

    def _bias_shape(self) -> tuple:
        return (self.units * self.gates,)

    def get_initial_state(self, batch_size: int | None = None) -> list[Tensor]:
        """Returns the states before the first step: zeros.

        Args:
            batch_size: Integer, the number of samples.
        """
        sizes = self.state_size if isinstance(self.state_size, (list, tuple)) else [self.state_size]
        return [ops.zeros((batch_size, size), dtype=self.compute_dtype) for size in sizes]

    # --- one step

    def _product_of_inputs(self, inputs: Any, training: bool | None) -> Any:
        """The part of the gates that comes from the inputs, without a bias."""
        inputs = inputs if is_float_dtype(inputs.dtype) else ops.cast(inputs, self.compute_dtype)
        return dropped_product(inputs, self.get_dropout_mask(inputs) if training else None, self.kernel)

    # --- all steps

    def over_time(
        self, sequences: Tensor, states: list[Tensor], mask: Tensor | None, training: bool | None, **options: Any
    ) -> _Sequence | None:
        """Runs the cell over whole sequences in one kernel.

        Args:
            sequences: Tensor of shape `(batch, steps, features)`.
            states: List of the states before the first step.
            mask: Optional boolean tensor of shape `(batch, steps)`.
            training: Boolean, whether inputs are dropped.
            **options: `return_sequences`, `go_backwards`, `unroll` and `zero_output_for_mask`.

        Returns:
            `(last_output, outputs, states)`, or None where no kernel computes what the arguments ask for.
        """
        if len(sequences.shape) != 3 or not self._is_fused(training):
            return None
        sequences = ops.cast(sequences, self.compute_dtype)
        dropout = self.get_dropout_mask(sequences[:, 0]) if training else None
        if dropout is not None:
            sequences = sequences * ops.expand_dims(dropout, 1)
        return self._kernel_over_time(sequences, states, mask, **options)

    def _is_fused(self, training: bool | None) -> bool:
        """Whether the kernel computes this: it knows the usual activations and one mask for all gates."""
        cell = next(c for c in type(self).__mro__ if "_kernel_over_time" in c.__dict__)
        if type(self).call is not cell.__dict__.get("call") or self.activation is not activations.tanh:
            return False
        if getattr(self, "recurrent_activation", activations.sigmoid) is not activations.sigmoid:
            return False
        return not training or not (self.recurrent_dropout or (self.dropout and self.dropout_mask_count))

    def _kernel_over_time(
        self, sequences: Tensor, states: list[Tensor], mask: Tensor | None, **options: Any
    ) -> _Sequence:
        raise NotImplementedError


def dropped_product(x: Any, masks: Any, kernel: Any) -> Any:
    """`(x * mask) @ kernel`, where each gate may have a mask of its own.

    Args:
        x: Tensor of shape `(batch, features)`.
        masks: None, a tensor of the shape of x, or a list of them, one for each gate.
        kernel: Tensor of shape `(features, gates * units)`.
    """
    if masks is None:
        return ops.matmul(x, kernel)
    if not isinstance(masks, list):
        return ops.matmul(x * masks, kernel)
    parts = zip(masks, ops.split(kernel, len(masks), axis=1), strict=True)
    return ops.concatenate([ops.matmul(x * mask, part) for mask, part in parts], axis=-1)
