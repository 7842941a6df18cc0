"""Products of `keras.ops` over chosen axes, all of them over `matmul`."""

from __future__ import annotations

import math

from kerasnb.backend.tensor.keras_tensor import KerasTensor
from kerasnb.kernels.common import broadcast_shapes
from kerasnb.ops.arguments import one_axis, promoted
from kerasnb.ops.describe import described, node, shaped
from kerasnb.ops.numpy import arithmetic as ar
from kerasnb.ops.numpy import functions as fn
from kerasnb.ops.numpy import reductions as red
from kerasnb.ops.numpy.diagonals import diagonal
from kerasnb.ops.numpy.half import in_float32
from kerasnb.ops.numpy.matrix import matmul, product
from kerasnb.ops.numpy.rearranging import moveaxis
from kerasnb.ops.numpy.shapes import broadcast_to, expand_dims, reshape, stack, transpose

__all__ = ["cdist", "cross", "einsum", "inner", "kron", "outer", "tensordot", "vdot"]


@described(
    "Multiplies and sums over chosen axes of two tensors.",
    "keras.ops.tensordot([[1, 2]], [[3], [4]], axes=1).tolist()", "[[11]]",
    raises="ValueError: If the numbers of axes differ.",
    axes="Integer: the last axes of `x1` with the first ones of `x2`; or two lists of axes. Defaults to `2`.",
)  # fmt: skip
def tensordot(x1, x2, axes=2):
    x1, x2 = promoted(x1, x2)
    if isinstance(axes, int):
        first, second = list(range(x1.ndim - axes, x1.ndim)), list(range(axes))
    else:
        first, second = ([a] if isinstance(a, int) else list(a) for a in axes)
    if len(first) != len(second):
        raise ValueError(f"Argument `axes` must name as many axes of `x1` as of `x2`. Received: axes={axes}")
    first = [one_axis(a, x1.ndim, "axes") for a in first]
    second = [one_axis(a, x2.ndim, "axes") for a in second]
    left, right = ([a for a in range(x.ndim) if a not in used] for x, used in ((x1, first), (x2, second)))
    rest = [x1.shape[a] for a in left], [x2.shape[a] for a in right]
    if None in (*x1.shape, *x2.shape):
        return node(tensordot, (x1, x2, axes), {}, KerasTensor((*rest[0], *rest[1]), x1.dtype))
    count = math.prod(x1.shape[a] for a in first)
    a = reshape(transpose(x1, left + first), (math.prod(rest[0]), count))
    b = reshape(transpose(x2, second + right), (count, math.prod(rest[1])))
    return reshape(product(a, b), [*rest[0], *rest[1]])


@described("Multiplies and sums over the last axes.", "int(keras.ops.inner([1, 2], [3, 4]))", "11")
def inner(x1, x2):
    x1, x2 = promoted(x1, x2)
    return tensordot(x1, x2, ([-1], [-1])) if x1.ndim and x2.ndim else ar.multiply(x1, x2)


@described("Multiplies each element with each other.", "keras.ops.outer([1, 2], [3, 4]).tolist()", "[[3, 4], [6, 8]]")
@shaped
def outer(x1, x2):
    x1, x2 = promoted(x1, x2)
    return ar.multiply(reshape(x1, (-1, 1)), reshape(x2, (1, -1)))


@described("Returns the dot product of flattened tensors.", "int(keras.ops.vdot([[1, 2]], [[3], [4]]))", "11")
def vdot(x1, x2):
    x1, x2 = promoted(x1, x2)
    if None in (*x1.shape, *x2.shape):
        return node(vdot, (x1, x2), {}, KerasTensor((), x1.dtype))
    return product(reshape(x1, -1), reshape(x2, -1))


@described("Returns the Kronecker product.", "keras.ops.kron([1, 2], [1, 1]).tolist()", "[1, 1, 2, 2]")
@shaped
def kron(x1, x2):
    x1, x2 = promoted(x1, x2)
    rank = max(x1.ndim, x2.ndim)
    a, b = ((1,) * (rank - x.ndim) + tuple(x.shape) for x in (x1, x2))
    left = reshape(x1, [e for extent in a for e in (extent, 1)])
    right = reshape(x2, [e for extent in b for e in (1, extent)])
    return reshape(ar.multiply(left, right), [p * q for p, q in zip(a, b, strict=True)])


@described(
    "Returns the cross product of vectors of two or three components.",
    "keras.ops.cross([1, 0, 0], [0, 1, 0]).tolist()", "[0, 0, 1]",
    raises="ValueError: If a vector has neither two nor three components.",
    axisa="Integer, where the components of `x1` are.", axisb="Integer, where those of `x2` are.",
    axisc="Integer, where those of the result are.", axis="Optional integer in place of all three.",
)  # fmt: skip
def cross(x1, x2, axisa=-1, axisb=-1, axisc=-1, axis=None):
    axisa, axisb, axisc = (axis,) * 3 if axis is not None else (axisa, axisb, axisc)
    names = ("axis",) * 3 if axis is not None else ("axisa", "axisb", "axisc")
    x1, x2 = promoted(x1, x2)
    x1 = moveaxis(x1, one_axis(axisa, x1.ndim, names[0]), -1)
    x2 = moveaxis(x2, one_axis(axisb, x2.ndim, names[1]), -1)
    if x1.shape[-1] not in (2, 3, None) or x2.shape[-1] not in (2, 3, None):
        raise ValueError(f"`x1` and `x2` must have 2 or 3 components. Received: shapes {x1.shape} and {x2.shape}")
    if None in (x1.shape[-1], x2.shape[-1]):  # a vector of two where neither is known to have three
        lead = broadcast_shapes(x1.shape[:-1], x2.shape[:-1])
        if not lead and 3 not in (x1.shape[-1], x2.shape[-1]):
            raise ValueError(f"The number of components must be known. Received: shapes {x1.shape} and {x2.shape}")
        whole = KerasTensor((*lead, 3), x1.dtype)
        shape = moveaxis(whole, -1, axisc).shape if 3 in (x1.shape[-1], x2.shape[-1]) else lead
        return node(_crossed, (x1, x2, axisc, names[2]), {}, KerasTensor(shape, x1.dtype))
    return _crossed(x1, x2, axisc, names[2])


def _crossed(x1, x2, axisc, name):
    """The cross product of vectors in the last axes."""
    a, b = ([x[..., i] for i in range(x.shape[-1])] for x in (x1, x2))

    def part(i, j):
        """`a[i] b[j] - a[j] b[i]`; a third component that is not there is zero."""
        first = ar.multiply(a[i], b[j]) if i < len(a) and j < len(b) else None
        second = ar.multiply(a[j], b[i]) if j < len(a) and i < len(b) else None
        return ar.negative(second) if first is None else first if second is None else ar.subtract(first, second)

    if len(a) == len(b) == 2:
        return part(0, 1)
    found = stack([part(1, 2), part(2, 0), part(0, 1)], -1)
    return moveaxis(found, -1, one_axis(axisc, found.ndim, name))


@described(
    "Returns the Euclidean distances of each row to each other.",
    "keras.ops.cdist([[0.0, 0.0]], [[3.0, 4.0]]).tolist()", "[[5.0]]",
    x="Tensor of rows.", y="Tensor of rows.",
)  # fmt: skip
@in_float32
def cdist(x, y):
    x, y = promoted(x, y, floating=True)
    gap = ar.subtract(expand_dims(x, -2), expand_dims(y, -3))
    return fn.sqrt(red.sum(ar.square(gap), -1))


# --- einsum ----------------------------------------------------------------------------------------


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
    x = red.sum(x, tuple(alone)) if alone else x
    return x, "".join(c for c in letters if c in needed)


def _ordered(x, letters: str, wanted: str):
    return transpose(x, [letters.index(c) for c in wanted])


def _pair(x, a: str, y, b: str, needed: set):
    """The product of two operands: a batch of matrices, multiplied, and given its axes again."""
    batch = [c for c in a if c in b and c in needed]
    summed = [c for c in a if c in b and c not in needed]
    left, right = [c for c in a if c not in b], [c for c in b if c not in a]
    extents = {c: max(e, f) for c, e, f in ((c, *_both(c, x, a, y, b)) for c in dict.fromkeys(a + b))}
    sizes = [math.prod(extents[c] for c in part) for part in (left, summed, right)]
    x, y = _stretched(x, a, extents, summed + batch), _stretched(y, b, extents, summed + batch)
    lead = [extents[c] for c in batch]
    x = reshape(_ordered(x, a, "".join(batch + left + summed)), [*lead, sizes[0], sizes[1]])
    y = reshape(_ordered(y, b, "".join(batch + summed + right)), [*lead, sizes[1], sizes[2]])
    z = reshape(matmul(x, y), [*lead, *(extents[c] for c in left + right)])
    return z, "".join(batch + left + right)


def _both(c: str, x, a: str, y, b: str) -> tuple:
    """The extents of a letter in two operands; 1 where it is missing."""
    found = tuple(t.shape[s.index(c)] if c in s else 1 for t, s in ((x, a), (y, b)))
    if c in a and c in b and found[0] != found[1] and 1 not in found:
        raise ValueError(f"Subscript {c!r} stands for different extents: {found[0]} and {found[1]}")
    return found


def _extents_of(xs, inputs) -> dict:
    """The extent of each letter, None where no operand knows it."""
    found: dict = {}
    for x, letters in zip(xs, inputs, strict=True):
        for c, extent in zip(letters, x.shape, strict=True):
            found[c] = broadcast_shapes((found.get(c, 1),), (extent,))[0]
    return found


def _stretched(x, letters: str, extents: dict, shared: list):
    """An axis of extent 1 repeated where the other operand has more."""
    shape = [extents[c] if c in shared else e for c, e in zip(letters, x.shape, strict=True)]
    return x if list(x.shape) == shape else broadcast_to(x, shape)


@described(
    "Multiplies tensors and sums over the axes that the result does not name (Einstein's convention).",
    "keras.ops.einsum('ij,jk->ik', [[1, 2]], [[3], [4]]).tolist()", "[[11]]",
    raises="ValueError: If the subscripts do not fit the operands.",
    subscripts='String such as `"bij,bjk->bik"`.', operands="The tensors.",
    kwargs="`optimize` is accepted: the order of products is fixed.",
)  # fmt: skip
def einsum(subscripts, *operands, **kwargs):
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
        return node(einsum, (subscripts, *xs), {}, KerasTensor(tuple(extents[c] for c in output), xs[0].dtype))
    y, letters = xs[0], inputs[0]
    for i, (x, mine) in enumerate(zip(xs[1:], inputs[1:], strict=True), 1):
        later = set(output).union(*inputs[i + 1 :])
        y, letters = _simplified(y, letters, later | set(mine))
        x, mine = _simplified(x, mine, later | set(letters))
        y, letters = _pair(y, letters, x, mine, later)
    y, letters = _simplified(y, letters, set(output))
    return _ordered(y, letters, output)
