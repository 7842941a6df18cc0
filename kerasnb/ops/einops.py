"""`rearrange`: moves, splits and merges axes by a pattern of names."""

from __future__ import annotations

import math
import re

from kerasnb.backend.tensor.tensor import Tensor
from kerasnb.backend.typing import TensorLike
from kerasnb.ops.arguments import tensor
from kerasnb.ops.numpy.shapes import reshape, transpose
from kerasnb.ops.operation import operation

__all__ = ["rearrange"]


def _groups(side: str) -> list[list[str]]:
    """The names of each axis; an axis in parentheses has several."""
    return [re.findall(r"\w+", axis) for axis in re.findall(r"\(.*?\)|\w+", side)]


def _split(pattern: str, rank: int) -> tuple[list[list[str]], list[list[str]]]:
    sides = [_groups(side) for side in pattern.split("->")]
    names = [sorted(n for group in side for n in group) for side in sides]
    if len(sides) != 2 or names[0] != names[-1] or len(set(names[0])) != len(names[0]):
        raise ValueError(f"Argument `pattern` must name each axis once on both sides of '->'. Received: {pattern!r}")
    if len(sides[0]) != rank:
        raise ValueError(
            f"Argument `pattern` must name the {rank} axes of the tensor on its left side. Received: {pattern!r}"
        )
    return sides[0], sides[1]


def _extents(groups: list, shape: tuple, lengths: dict) -> dict:
    """The extent of each name; one of each group may be left to be inferred."""
    extents = dict(lengths)
    for group, extent in zip(groups, shape, strict=True):
        unknown = [name for name in group if name not in extents]
        rest = math.prod(extents[name] for name in group if name in extents)
        if len(unknown) > 1 or (extent % rest if unknown and rest else extent != rest):
            raise ValueError(
                f"Cannot split an axis of extent {extent} into ({' '.join(group)}). Received: axes_lengths={lengths}"
            )
        extents.update({name: extent // max(rest, 1) for name in unknown})
    return extents


@operation("Rearrange", trials=True)
def rearrange(tensor: TensorLike, pattern: str, **axes_lengths: int) -> Tensor:
    """Moves, splits and merges axes by a pattern in the notation of einops.

    Args:
        tensor: Input tensor.
        pattern: String such as `"b (h p) c -> b h (p c)"`: names of axes; names in parentheses form one axis.
        **axes_lengths: The extents of axes that are split; one of each group may be left out.

    Returns:
        Tensor with the axes of the right side of the pattern.

    Raises:
        ValueError: If the pattern does not fit the tensor.

    Example:

    >>> keras.ops.rearrange(np.zeros((2, 6, 3)), "b (h p) c -> b h (p c)", p=2).shape
    (2, 3, 6)
    """
    return _rearranged(tensor, pattern, axes_lengths)


def _rearranged(inputs: TensorLike, pattern: str, lengths: dict) -> Tensor:
    x = tensor(inputs)
    left, right = _split(pattern, x.ndim)
    extents = _extents(left, x.shape, lengths)
    names = [name for group in left for name in group]
    x = reshape(x, [extents[name] for name in names])
    x = transpose(x, [names.index(name) for group in right for name in group])
    return reshape(x, [math.prod(extents[name] for name in group) for group in right])
