"""StackedRNNCells: several cells as one, each fed with the output of the one before."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, ClassVar

from kerasnb import ops, tree
from kerasnb.backend.tensor.tensor import Tensor
from kerasnb.backend.typing import Shape
from kerasnb.layers.base.holder import Holder
from kerasnb.layers.base.layer import Layer


class StackedRNNCells(Holder):
    """Several cells as one: each takes the output of the one before.

    `keras.layers.RNN` makes one of a list of cells.

    Args:
        cells: List of RNN cells.

    Raises:
        ValueError: If one of them has no `call` method or no `state_size`.

    Example:

    >>> cells = [keras.layers.LSTMCell(4), keras.layers.GRUCell(3)]
    >>> layer = keras.layers.RNN(keras.layers.StackedRNNCells(cells))
    >>> layer(np.ones((2, 5, 6))).shape
    (2, 3)
    """

    _holds: ClassVar[str] = "cells"

    def __init__(self, cells: Sequence, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        for cell in cells:
            if "call" not in dir(cell):
                raise ValueError(f"All cells must have a `call` method. Received cell without a `call` method: {cell}")
            if "state_size" not in dir(cell):
                raise ValueError(
                    f"All cells must have a `state_size` attribute. Received cell without a `state_size`: {cell}"
                )
        self.cells = cells

    @property
    def state_size(self) -> list:
        """List of the state sizes of all cells."""
        return [cell.state_size for cell in self.cells]

    @property
    def output_size(self) -> int:
        """Integer, the size of the output of the last cell."""
        return output_size_of(self.cells[-1])

    def get_initial_state(self, batch_size: int | None = None) -> list:
        """Returns the states of all cells before the first step.

        Args:
            batch_size: Integer, the number of samples.
        """
        return [initial_state_of(cell, batch_size, self.compute_dtype) for cell in self.cells]

    def build(self, input_shape: Shape) -> None:
        """Builds the cells."""
        for cell in self.cells:
            if isinstance(cell, Layer) and not cell.built:
                cell.build(input_shape)
                cell.built = True
            input_shape = (input_shape[0], output_size_of(cell))

    def call(self, inputs: Tensor, states: Any, training: bool = False, **kwargs: Any) -> tuple[Tensor, list]:
        """Runs the cells in order."""
        after = []
        for cell, state in zip(self.cells, states, strict=True):
            before = list(state) if tree.is_nested(state) else [state]
            options = {**kwargs, "training": training} if takes_training(cell) else kwargs
            inputs, new = cell_call(cell)(inputs, before, **options)
            after.append(tree.pack_sequence_as(state, tree.flatten(new)))
        return inputs, after


def cell_call(cell: Any) -> Any:
    """What runs one step of a cell: the cell itself, or its `call` method."""
    return cell if callable(cell) else cell.call


def takes_training(cell: Any) -> bool:
    """Whether a cell is a layer that asks for `training`."""
    return isinstance(cell, Layer) and "training" in cell._call_signature.parameters


def output_size_of(cell: Any) -> Any:
    """The size of a cell's output: the one it states, else that of its first state."""
    size = getattr(cell, "output_size", None)
    if size is None:
        size = cell.state_size[0] if isinstance(cell.state_size, (list, tuple)) else cell.state_size
    return size


def initial_state_of(cell: Any, batch_size: int | None, dtype: str) -> Any:
    """The states of a cell before the first step: its own, else zeros of its state sizes.

    Args:
        cell: The cell.
        batch_size: Integer, the number of samples.
        dtype: Dtype of the zeros.
    """
    own = getattr(cell, "get_initial_state", None)
    if own is not None:
        return own(batch_size=batch_size)
    return _zeros(cell.state_size, batch_size, getattr(cell, "compute_dtype", dtype))


def _zeros(size: Any, batch_size: int | None, dtype: str) -> Any:
    if isinstance(size, (list, tuple)):
        return [_zeros(one, batch_size, dtype) for one in size]
    return ops.zeros((batch_size, size), dtype=dtype)
