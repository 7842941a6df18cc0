"""Axes moved, split and merged as a pattern of names says."""

from __future__ import annotations

import math
import re

from kerasnb.ops.arguments import tensor
from kerasnb.ops.describe import described, shaped
from kerasnb.ops.numpy.shapes import reshape, transpose

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


def _extents(groups: list, shape: tuple, given: dict) -> dict:
    """The extent of each name; one of each group may be left to be inferred."""
    found = dict(given)
    for group, extent in zip(groups, shape, strict=True):
        unknown = [name for name in group if name not in found]
        rest = math.prod(found[name] for name in group if name in found)
        if len(unknown) > 1 or (extent % rest if unknown and rest else extent != rest):
            raise ValueError(
                f"Cannot split an axis of extent {extent} into ({' '.join(group)}). Received: axes_lengths={given}"
            )
        found.update({name: extent // max(rest, 1) for name in unknown})
    return found


@described(
    "Moves, splits and merges axes as a pattern says, in the notation of einops.",
    "keras.ops.rearrange(np.zeros((2, 6, 3)), 'b (h p) c -> b h (p c)', p=2).shape", "(2, 3, 6)",
    raises="ValueError: If the pattern does not fit the tensor.", tensor="Input tensor.",
    pattern='String such as `"b (h p) c -> b h (p c)"`: names of axes, in parentheses where several make one.',
    axes_lengths="The extents of axes that are split; one of each group may be left out.",
)  # fmt: skip
@shaped
def rearrange(tensor, pattern, **axes_lengths):
    return _rearranged(tensor, pattern, axes_lengths)


def _rearranged(x, pattern: str, given: dict):
    x = tensor(x)
    left, right = _split(pattern, x.ndim)
    extents = _extents(left, x.shape, given)
    names = [name for group in left for name in group]
    x = reshape(x, [extents[name] for name in names])
    x = transpose(x, [names.index(name) for group in right for name in group])
    return reshape(x, [math.prod(extents[name] for name in group) for group in right])
