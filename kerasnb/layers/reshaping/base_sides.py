"""The shared half of cropping and padding: numbers of elements at both ends of the spatial axes."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from kerasnb.backend.typing import Shape
from kerasnb.layers.base.input_spec import InputSpec
from kerasnb.layers.base.spatial import extents_of, shape_of, tuple_of
from kerasnb.layers.reshaping.base import Reshaping
from kerasnb.ops.spatial import format_of


class Sides(Reshaping):
    """Base of the layers that take away or add elements at the ends of spatial axes.

    Args:
        rank: Integer, how many spatial axes there are.
        value: Integer, integers, or pairs of integers: what the argument says.
        argument: Name of the argument, for errors.
        data_format: `"channels_last"` or `"channels_first"`.
    """

    def __init__(self, rank: int, value: Any, argument: str, data_format: str | None = None, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.data_format = format_of(data_format)
        self._pairs = pairs_of(value, rank, argument)
        self.input_spec = InputSpec(ndim=rank + 2)

    def _argument(self) -> tuple:
        """The argument as it stands in configs: one pair is not nested."""
        return self._pairs[0] if len(self._pairs) == 1 else self._pairs

    def _each_axis(self, other: Any) -> list:
        """The pair of each axis, with another value for the axes of samples and channels."""
        return list(shape_of(other, self._pairs, other, self.data_format))

    def _shape(self, input_shape: Shape, change: Callable) -> Shape:
        """A shape with changed spatial extents, where they are known.

        Args:
            input_shape: Shape of the inputs.
            change: Function of an extent and its pair.
        """
        extents = extents_of(input_shape, self.data_format)
        changed = [e if e is None else change(e, p) for e, p in zip(extents, self._pairs, strict=True)]
        channels = input_shape[-1] if self.data_format == "channels_last" else input_shape[1]
        return shape_of(input_shape[0], changed, channels, self.data_format)


def pairs_of(value: Any, rank: int, name: str) -> tuple[tuple[int, ...], ...]:
    """An argument as a pair of numbers for each spatial axis.

    Args:
        value: Integer, one integer or pair for each axis, or for a single axis a pair.
        rank: Integer, how many spatial axes there are.
        name: Name of the argument, for errors.

    Raises:
        ValueError: If it is none of these, or negative.
    """
    if rank == 1:
        return (tuple_of(value, 2, name, least=0),)
    values = (value,) * rank if isinstance(value, int) else value
    if not isinstance(values, Sequence) or isinstance(values, str) or len(values) != rank:
        raise ValueError(
            f"`{name}` should be either an int, a tuple of {rank} ints (the same number at both ends of an axis), or a "
            f"tuple of {rank} tuples of 2 ints. Received: {name}={value}."
        )
    return tuple(tuple_of(v, 2, f"entry {i} of {name}", least=0) for i, v in enumerate(values, 1))
