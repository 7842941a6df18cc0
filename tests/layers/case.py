"""Case: one layer with arguments and inputs, for the promises of layers."""

from __future__ import annotations

from typing import Any, NamedTuple


class Case(NamedTuple):
    """A layer that `check_layer` compares with Keras' layer of the same name.

    Args:
        init: Arguments of the constructor.
        shape: Shape of the input with the batch size; a list of shapes for a layer that takes a list, a
            dict of them by argument for one that takes several arguments.
        output: Shape of the output, a list of them for several. Defaults to the one that Keras' layer states.
        weights: How many weights there are.
        trainable: How many of them are trainable. Defaults to all.
        seeds: How many seed states there are.
        input_dtype: Dtype of the inputs.
        dtype: Dtype of the outputs.
    """

    init: dict[str, Any]
    shape: Any
    output: Any = None
    weights: int = 0
    trainable: int | None = None
    seeds: int = 0
    input_dtype: str = "float32"
    dtype: str = "float32"
