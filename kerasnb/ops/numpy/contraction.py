"""Products by Einstein's convention: `einsum`, over `matmul`."""

from __future__ import annotations

import math
from typing import Any

from kerasnb.backend.tensor.keras_tensor import KerasTensor
from kerasnb.backend.tensor.tensor import Tensor
from kerasnb.backend.typing import TensorLike
from kerasnb.kernels.common import broadcast_shapes
from kerasnb.ops.arguments import promoted
from kerasnb.ops.numpy import reductions
from kerasnb.ops.numpy.diagonals import diagonal
from kerasnb.ops.numpy.half import in_float32
from kerasnb.ops.numpy.products import matmul
from kerasnb.ops.numpy.shapes import broadcast_to, reshape, transpose
from kerasnb.ops.operation import operation

__all__ = ["einsum"]


@operation("Einsum", "subscripts")
def einsum(subscripts: str, *operands: TensorLike, **kwargs: Any) -> Tensor:
    """Multiplies tensors and sums over axes by Einstein's convention: over those that the result does not name.

    Args:
        subscripts: String such as `"bij,bjk->bik"`.
        *operands: Tensors, one for each part of the subscripts.
        **kwargs: `optimize` is accepted; the order of the products is fixed.

    Returns:
        The tensor of sums, its axes in the order of the result.

    Raises:
        ValueError: If the subscripts do not fit the operands.

    Example:

    >>> keras.ops.einsum("ij,jk->ik", [[1, 2]], [[3], [4]]).tolist()
    [[11]]
    """
    unknown = sorted(set(kwargs) - {"optimize"})
    if unknown:
        raise ValueError(f"Unrecognized keyword arguments passed to einsum: {unknown}")
    return _einsum(operands[0], *operands[1:], subscripts=subscripts)


@in_float32
def _einsum(*operands, subscripts):
    xs = promoted(*operands)
    inputs, output = _subscripts(subscripts, [x.ndim for x in xs])
    if set(output) - set("".join(inputs)) or len(set(output)) != len(output):
        raise ValueError(f"Argument `subscripts` has a result that the operands do not give: {subscripts!r}")
    if any(None in x.shape for x in xs):
        extents = _extents_of(xs, inputs)
        return KerasTensor(tuple(extents[c] for c in output), xs[0].dtype)
    y, letters = xs[0], inputs[0]
    for i, (x, mine) in enumerate(zip(xs[1:], inputs[1:], strict=True), 1):
        later = set(output).union(*inputs[i + 1 :])
        y, letters = _simplified(y, letters, later | set(mine))
        x, mine = _simplified(x, mine, later | set(letters))
        y, letters = _pair(y, letters, x, mine, later)
    y, letters = _simplified(y, letters, set(output))
    return _ordered(y, letters, output)


def _subscripts(text: str, ranks: list[int]) -> tuple[list[str], str]:
    """The letters of each operand and of the result; an ellipsis becomes letters of its own."""
    text = text.replace(" ", "")
    inputs = text.split("->")[0].split(",")
    if len(inputs) != len(ranks):
        raise ValueError(
            f"Argument `subscripts` names {len(inputs)} operands. Received: {len(ranks)} operands, {text!r}"
        )
    free = [chr(c) for c in range(0x3B1, 0x3CA)]
    extra = [rank - len(s.replace("...", "")) if "..." in s else 0 for s, rank in zip(inputs, ranks, strict=True)]
    dots = free[: max(extra, default=0)]
    inputs = [s.replace("...", "".join(dots[len(dots) - n :])) for s, n in zip(inputs, extra, strict=True)]
    for s, rank in zip(inputs, ranks, strict=True):
        if len(s) != rank:
            raise ValueError(f"Argument `subscripts` has {s!r} for an operand of rank {rank}. Received: {text!r}")
    if "->" in text:
        return inputs, text.split("->")[1].replace("...", "".join(dots))
    letters = "".join(inputs)
    return inputs, "".join(dots) + "".join(sorted(c for c in set(letters) - set(dots) if letters.count(c) == 1))


def _simplified(x, letters: str, needed: set):
    """One operand without repeated letters, and without those that nothing else needs."""
    for c in dict.fromkeys(letters):
        while letters.count(c) > 1:
            first, second = letters.index(c), letters.index(c, letters.index(c) + 1)
            x = diagonal(x, 0, first, second)
            letters = "".join(e for i, e in enumerate(letters) if i not in (first, second)) + c
    alone = [i for i, c in enumerate(letters) if c not in needed]
    x = reductions.sum(x, tuple(alone)) if alone else x
    return x, "".join(c for c in letters if c in needed)


def _ordered(x, letters: str, order: str):
    return transpose(x, [letters.index(c) for c in order])


def _pair(x, a: str, y, b: str, needed: set):
    """The product of two operands: a batch of matrices, multiplied, and given its axes again."""
    batch = [c for c in a if c in b and c in needed]
    summed = [c for c in a if c in b and c not in needed]
    left, right = [c for c in a if c not in b], [c for c in b if c not in a]
    extents = {c: f if e == 1 else e for c, e, f in ((c, *_both(c, x, a, y, b)) for c in dict.fromkeys(a + b))}
    sizes = [math.prod(extents[c] for c in part) for part in (left, summed, right)]
    x, y = _stretched(x, a, extents, summed + batch), _stretched(y, b, extents, summed + batch)
    lead = [extents[c] for c in batch]
    x = reshape(_ordered(x, a, "".join(batch + left + summed)), [*lead, sizes[0], sizes[1]])
    y = reshape(_ordered(y, b, "".join(batch + summed + right)), [*lead, sizes[1], sizes[2]])
    z = reshape(matmul(x, y), [*lead, *(extents[c] for c in left + right)])
    return z, "".join(batch + left + right)


def _both(c: str, x, a: str, y, b: str) -> tuple:
    """The extents of a letter in two operands; 1 where it is missing."""
    extents = tuple(t.shape[s.index(c)] if c in s else 1 for t, s in ((x, a), (y, b)))
    if c in a and c in b and extents[0] != extents[1] and 1 not in extents:
        raise ValueError(f"Subscript {c!r} stands for different extents: {extents[0]} and {extents[1]}")
    return extents


def _extents_of(xs, inputs) -> dict:
    """The extent of each letter, None where no operand knows it."""
    extents: dict = {}
    for x, letters in zip(xs, inputs, strict=True):
        for c, extent in zip(letters, x.shape, strict=True):
            extents[c] = broadcast_shapes((extents.get(c, 1),), (extent,))[0]
    return extents


def _stretched(x, letters: str, extents: dict, shared: list):
    """An axis of extent 1 repeated where the other operand has more."""
    shape = [extents[c] if c in shared else e for c, e in zip(letters, x.shape, strict=True)]
    return x if list(x.shape) == shape else broadcast_to(x, shape)
