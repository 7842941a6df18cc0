"""Merge: the base of layers that make one tensor of several."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from kerasnb import ops
from kerasnb.backend.tensor.dtypes import result_type
from kerasnb.backend.tensor.keras_tensor import KerasTensor
from kerasnb.backend.tensor.tensor import Tensor
from kerasnb.backend.typing import Shape
from kerasnb.layers.base.call import mask_of
from kerasnb.layers.base.layer import Layer
from kerasnb.serialization.brief import brief


class Merge(Layer):
    """Base of the layers that combine the elements of their inputs at the same place.

    The inputs may have different ranks: axes of extent 1 are added after the batch axis. A subclass implements
    `_merge`.
    """

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.supports_masking = True

    def build(self, input_shape: Any) -> None:
        """Checks the shapes of the inputs.

        Raises:
            ValueError: If there is no list of inputs, or they cannot be broadcast to one shape.
        """
        check_list(input_shape, "A merge layer should be called on a list of inputs.", "not a list of shapes")
        if len({shape[0] for shape in input_shape if shape} - {None}) > 1:
            raise ValueError(
                f"Cannot merge tensors with different batch sizes. Received tensors with shapes {input_shape}"
            )
        self.compute_output_shape(input_shape)

    def call(self, inputs: Sequence[Tensor]) -> Tensor:
        """Merges the inputs."""
        if not isinstance(inputs, (list, tuple)):
            raise ValueError(
                "A merge layer should be called on a list of inputs. "
                f"Received: inputs={brief(inputs)} (not a list of tensors)"
            )
        return self._merge(_of_one_rank(inputs))

    def _merge(self, inputs: list) -> Tensor:
        """Combines tensors of the same rank; for subclasses."""
        raise NotImplementedError(f"{type(self).__name__} does not implement `_merge`.")

    def compute_output_shape(self, input_shape: Any) -> Shape:
        """Returns the shape that the shapes of the inputs broadcast to.

        Raises:
            ValueError: If they do not.
        """
        shape = tuple(input_shape[0][1:])
        for other in input_shape[1:]:
            shape = _broadcast(shape, tuple(other[1:]))
        sizes = {shape[0] for shape in input_shape if shape} - {None}
        return (sizes.pop() if len(sizes) == 1 else None, *shape)

    def compute_output_spec(self, inputs: Sequence) -> KerasTensor:
        """Returns a KerasTensor of the shape and dtype of the outputs."""
        shape = self.compute_output_shape([x.shape for x in inputs])
        return KerasTensor(shape, dtype=self._merged_dtype(result_type(*(x.dtype for x in inputs))))

    def _merged_dtype(self, dtype: str) -> str:
        """The dtype of the outputs for the common dtype of the inputs."""
        return dtype

    def compute_mask(self, inputs: Any, mask: Any = None) -> Any:
        """Returns where one of the masks is set, or None where an input has no mask.

        Raises:
            ValueError: If there is not one mask for each input.
        """
        if mask is None:
            return None
        check_masks(inputs, mask)
        if any(m is None for m in mask):
            return None
        return folded(ops.logical_or, _of_one_rank(mask))


def check_list(input_shape: Any, problem: str, detail: str = "") -> None:
    """Checks that there is a shape for each of several inputs.

    Raises:
        ValueError: If it is only one shape.
    """
    several = isinstance(input_shape, (list, tuple)) and len(input_shape) > 0
    if not several or not all(isinstance(shape, (list, tuple)) for shape in input_shape):
        raise ValueError(f"{problem} Received: input_shape={input_shape}{detail and f' ({detail})'}")


def check_masks(inputs: Any, mask: Any) -> None:
    """Checks that there is a mask, or None, for each input.

    Raises:
        ValueError: If not.
    """
    for name, value in (("mask", mask), ("inputs", inputs)):
        if not isinstance(value, (list, tuple)):
            raise ValueError(f"`{name}` should be a list. Received: {name}={brief(value)}")
    if len(mask) != len(inputs):
        raise ValueError(
            "The lists `inputs` and `mask` should have the same length. "
            f"Received: inputs={brief(inputs)} of length {len(inputs)}, and mask={brief(mask)} of length {len(mask)}"
        )


def check_pair(given: Sequence, name: str, argument: str) -> None:
    """Checks that a layer of two inputs has two, or two shapes.

    Raises:
        ValueError: If it has another number of them.
    """
    if len(given) != 2:
        raise ValueError(f"A `{name}` layer should be called on exactly 2 inputs. Received: {argument}={brief(given)}")


def folded(combine: Callable, inputs: Sequence) -> Any:
    """The inputs combined one after another."""
    merged = inputs[0]
    for x in inputs[1:]:
        merged = combine(merged, x)
    return merged


def extreme(combine: Callable, inputs: Sequence) -> Any:
    """The inputs combined by a function without a neutral element: what is masked in one leaves the others as they are.

    Args:
        combine: `ops.maximum` or `ops.minimum`.
        inputs: List of tensors. The result has a mask if each of them has one.
    """
    merged, merged_mask = inputs[0], expanded_mask(inputs[0])
    for x in inputs[1:]:
        mask = expanded_mask(x)
        x = x if mask is None else ops.where(mask, x, merged)
        merged = merged if merged_mask is None else ops.where(merged_mask, merged, x)
        both = mask is not None and merged_mask is not None
        merged_mask = ops.logical_or(merged_mask, mask) if both else None
        merged = combine(merged, x)
    if merged_mask is not None:
        merged._keras_mask = ops.any(merged_mask, axis=-1)
    return merged


def expanded_mask(x: Any) -> Any:
    """The mask of a tensor in the shape of the tensor, or None."""
    mask = mask_of(x)
    return None if mask is None else ops.broadcast_to(ops.expand_dims(mask, -1), x.shape)


def _of_one_rank(tensors: Sequence) -> list:
    """The tensors with axes of extent 1 after the batch axis, so that all have the largest rank."""
    rank = max(x.ndim for x in tensors)
    return [x if x.ndim == rank else _with_rank(x, rank) for x in tensors]


def _with_rank(x: Any, rank: int) -> Any:
    for _ in range(rank - x.ndim):
        x = ops.expand_dims(x, axis=1)
    return x


def _broadcast(a: tuple, b: tuple) -> tuple:
    """The shape that two shapes without the batch axis broadcast to."""
    if len(a) < len(b):
        a, b = b, a
    lead = len(a) - len(b)
    extents = list(a[:lead])
    for i, j in zip(a[lead:], b, strict=True):
        if None not in (i, j) and 1 not in (i, j) and i != j:
            raise ValueError(f"Inputs have incompatible shapes. Received shapes {a} and {b}")
        extents.append(_extent(i, j))
    return tuple(extents)


def _extent(i: int | None, j: int | None) -> int | None:
    """One extent that two broadcast to; an unknown one may be 1, or what the other is."""
    if None in (i, j):
        return next((e for e in (i, j) if e not in (None, 1)), None)
    return j if i == 1 else i
