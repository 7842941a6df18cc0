"""Dot: sums of products of two inputs along an axis of each."""

from __future__ import annotations

import string
from collections.abc import Sequence
from typing import Any

from kerasnb import ops
from kerasnb.backend.tensor.tensor import Tensor
from kerasnb.backend.typing import Shape, TensorLike
from kerasnb.layers.merging.base import Merge, check_list, check_pair

_PAIR = "A `Dot` layer should be called on a list of 2 inputs."


class Dot(Merge):
    """Computes the dot product of two tensors, sample by sample.

    For inputs of shapes `(batch, 3, 5)` and `(batch, 10, 3)`, `axes=(1, 2)` gives outputs of shape `(batch, 5, 10)`.

    Args:
        axes: Integer, or two integers, the axis of each input along which products are summed; not the batch axis.
        normalize: Boolean, whether samples are divided by their norm along the axis first: the outputs are then
            cosines. Defaults to `False`.

    Raises:
        TypeError: If `axes` is neither an integer nor a list.
        ValueError: If it has not two integers, or the inputs do not fit.

    Example:

    >>> keras.layers.Dot(axes=1)([np.array([[1.0, 2.0]]), np.array([[3.0, 4.0]])]).tolist()
    [[11.0]]
    """

    def __init__(self, axes: int | Sequence[int], normalize: bool = False, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        _check_axes(axes)
        self.axes, self.normalize = axes, normalize

    def build(self, input_shape: Any) -> None:
        """Checks the shapes of the inputs.

        Raises:
            ValueError: If there are not two, or the extents that are summed over differ.
        """
        self.compute_output_shape(input_shape)

    def call(self, inputs: Sequence[Tensor]) -> Tensor:
        """Sums the products of the inputs."""
        check_pair(inputs, "Dot", "inputs")
        a, b = self._axes_of(tuple(x.shape for x in inputs))
        x, y = inputs
        if self.normalize:
            x, y = ops.normalize(x, axis=a), ops.normalize(y, axis=b)
        return _batch_dot(x, y, a, b)

    def _axes_of(self, shapes: Sequence) -> tuple[int, int]:
        """The two axes, counted from the first one.

        Raises:
            ValueError: If the inputs lack one, or their extents differ.
        """
        given = (self.axes, self.axes) if isinstance(self.axes, int) else self.axes
        for axis, shape in zip(given, shapes, strict=True):
            _check_axis(axis, shape)
        a, b = (axis % len(shape) for axis, shape in zip(given, shapes, strict=True))
        extents = shapes[0][a], shapes[1][b]
        if None not in extents and extents[0] != extents[1]:
            raise ValueError(
                f"Incompatible input shapes: axis values {extents[0]} (at axis {given[0]}) != {extents[1]} (at axis "
                f"{given[1]}). Full input shapes: {shapes[0]}, {shapes[1]}"
            )
        return a, b

    def compute_output_shape(self, input_shape: Any) -> Shape:
        """Returns the shape of the first input and then that of the second, without the axes that are summed over.

        Raises:
            ValueError: If there are not two inputs, or they do not fit.
        """
        check_list(input_shape, _PAIR)
        if len(input_shape) != 2:
            raise ValueError(f"{_PAIR} Received: input_shape={input_shape}")
        a, b = self._axes_of(input_shape)
        (batch, *first), (other, *second) = input_shape
        if None not in (batch, other) and batch != other:
            raise ValueError(f"Cannot merge tensors with different batch sizes. Received shapes {input_shape}")
        rest = [*first[: a - 1], *first[a:], *second[: b - 1], *second[b:]]
        return (other if batch is None else batch, *(rest or [1]))

    def compute_mask(self, inputs: Any, mask: Any = None) -> None:
        """Returns None: the outputs have no mask."""
        return None


def _check_axes(axes: Any) -> None:
    if isinstance(axes, int):
        return
    if not isinstance(axes, (list, tuple)):
        raise TypeError(f"Invalid type for argument `axes`: it should be a list or an int. Received: axes={axes}")
    if len(axes) != 2:
        raise ValueError(f"Invalid format for argument `axes`: it should contain two elements. Received: axes={axes}")
    if not all(isinstance(axis, int) for axis in axes):
        raise ValueError(f"Invalid format for argument `axes`: list elements should be integers. Received: axes={axes}")


def _check_axis(axis: int, shape: Sequence) -> None:
    rank = len(shape)
    if rank < 2 or not -rank <= axis < rank:
        raise ValueError(f"A `Dot` layer needs inputs of rank 2 or more that have axis {axis}. Received shape {shape}")
    if axis % rank == 0:
        raise ValueError(
            "Cannot perform batch_dot over axis 0. If your inputs are not batched, add a dummy batch dimension to your "
            "inputs using keras.ops.expand_dims(x, 0)"
        )


def _batch_dot(x: Any, y: Any, a: int, b: int) -> Tensor:
    """The sums of products along axis `a` of `x` and axis `b` of `y`, for each sample."""
    letters = iter(string.ascii_lowercase[2:])
    first, second = (["a", *(next(letters) for _ in range(t.ndim - 1))] for t in (x, y))
    first[a] = second[b] = "b"
    left, right, out = "".join(first), "".join(second), "".join([*first, *second[1:]]).replace("b", "")
    products = ops.einsum(f"{left},{right}->{out}", x, y)
    return products if products.ndim > 1 else ops.expand_dims(products, 1)


def dot(inputs: list[TensorLike], axes: int | Sequence[int] = -1, **kwargs: Any) -> Tensor:
    """Functional interface to the `Dot` layer.

    Args:
        inputs: List of two tensors.
        axes: Integer, or two integers, the axis of each input along which products are summed. Defaults to `-1`.
        **kwargs: Standard layer keyword arguments, and `normalize`.

    Returns:
        The dot product of the samples.

    Example:

    >>> keras.layers.dot([np.array([[1.0, 2.0]]), np.array([[3.0, 4.0]])], axes=1).tolist()
    [[11.0]]
    """
    return Dot(axes=axes, **kwargs)(inputs)
