"""BaseRecurrent: what the layers that make their own cell share."""

from __future__ import annotations

from typing import Any, Self

from kerasnb import regularizers
from kerasnb.layers.rnn.rnn import RNN


def of_cell(name: str) -> property:
    """A property that the cell holds.

    Args:
        name: Name of the argument.
    """
    return property(lambda layer: getattr(layer.cell, name), doc=f"The cell's `{name}`.")


class BaseRecurrent(RNN):
    """Base of the recurrent layers whose arguments are those of their cell."""

    _no_config: tuple[str, ...] = ("use_cudnn",)

    activation = of_cell("activation")
    use_bias = of_cell("use_bias")
    kernel_initializer = of_cell("kernel_initializer")
    recurrent_initializer = of_cell("recurrent_initializer")
    bias_initializer = of_cell("bias_initializer")
    kernel_regularizer = of_cell("kernel_regularizer")
    recurrent_regularizer = of_cell("recurrent_regularizer")
    bias_regularizer = of_cell("bias_regularizer")
    kernel_constraint = of_cell("kernel_constraint")
    recurrent_constraint = of_cell("recurrent_constraint")
    bias_constraint = of_cell("bias_constraint")
    dropout = of_cell("dropout")
    recurrent_dropout = of_cell("recurrent_dropout")
    _seed = of_cell("seed")

    def _derived_config(self, cls: type) -> dict:
        regularizer = regularizers.serialize(self.activity_regularizer)  # in the config even if None
        of_loop = {"unroll": self.unroll, "zero_output_for_mask": self.zero_output_for_mask}
        return {**super()._derived_config(cls), **of_loop, "activity_regularizer": regularizer}

    @classmethod
    def from_config(cls, config: dict) -> Self:  # type: ignore[override]  # there is no cell with classes of its own
        """Creates the layer from its config.

        Args:
            config: Dict.
        """
        return cls(**config)


def checked_use_cudnn(value: Any) -> Any:
    """The argument `use_cudnn`.

    Raises:
        ValueError: If it is not "auto", True or False.
    """
    if value not in ("auto", True, False):
        raise ValueError(
            "Invalid value received for argument `use_cudnn`. Expected one of {'auto', True, False}. Received: "
            f"use_cudnn={value}"
        )
    return value
