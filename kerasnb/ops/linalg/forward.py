"""`jvp`: derivatives along a direction."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from kerasnb import tree
from kerasnb.backend.autodiff.tape import GradientTape
from kerasnb.backend.tensor.dtypes import COMPLEX, FLOATS
from kerasnb.backend.tensor.keras_tensor import KerasTensor
from kerasnb.backend.tensor.tensor import Tensor
from kerasnb.kernels import elementwise
from kerasnb.kernels.move import apart
from kerasnb.kernels.sum import broadcast
from kerasnb.ops.arguments import tensor
from kerasnb.ops.operation import operation

__all__ = ["jvp"]


def _zeros(x):
    return broadcast(elementwise.like(x, 0), shape=x.shape)


def _differentiable(x) -> bool:
    return isinstance(x, Tensor) and x.dtype in FLOATS + COMPLEX


def _pushed(fun, primals: list, tangents: list, has_aux: bool) -> tuple:
    """The gradient of a gradient: a vjp is linear in the upstream gradient, and its transpose is the jvp.

    See Townsend, "A new trick for calculating Jacobian vector products" (2017).
    """
    primals = tree.pack_sequence_as(primals, apart(tree.flatten(primals)))
    with GradientTape() as outer:
        with GradientTape() as inner:
            result = fun(*primals)
            out, aux = result if has_aux else (result, None)
        leaves = [y for y in tree.flatten(out) if _differentiable(y)]
        starts = [_zeros(y) for y in leaves]
        sources = [x for x in tree.flatten(primals) if _differentiable(x)]
        back = inner.gradient(leaves, sources, output_gradients=starts)
    directions = [t for x, t in zip(tree.flatten(primals), tree.flatten(tangents), strict=True) if _differentiable(x)]
    pairs = [(b, d) for b, d in zip(back, directions, strict=True) if b is not None]
    forward = outer.gradient([b for b, _ in pairs], starts, output_gradients=[d for _, d in pairs])
    rest = iter(forward)
    moved = [next(rest) if _differentiable(y) else None for y in tree.flatten(out)]
    moved = [_zeros(tensor(y)) if m is None else m for y, m in zip(tree.flatten(out), moved, strict=True)]
    return out, tree.pack_sequence_as(out, moved), aux


def _symbolic(fun, primals, tangents, has_aux: bool) -> tuple:
    """A step of a symbolic graph, with outputs like those of the function."""
    found = fun(*primals)
    parts = (found[0], found[0], found[1]) if has_aux else (found, found)

    return tree.map_structure(lambda t: KerasTensor(t.shape, t.dtype), parts)


def _alike(a, b) -> bool:
    """Whether two shapes are equal as far as their extents are known."""
    return len(a) == len(b) and all(p == q or None in (p, q) for p, q in zip(a, b, strict=True))


@operation("JVP", "has_aux")
def jvp(fun: Callable, primals: Sequence[Any], tangents: Sequence[Any], has_aux: bool = False) -> tuple:
    """Computes a function and its derivative along a direction.

    Args:
        fun: Function of tensors, made of `keras.ops`.
        primals: Tuple or list of its arguments.
        tangents: Tuple or list: the direction, with the structure and shapes of `primals`.
        has_aux: Boolean, whether the function returns a pair `(output, aux)` and `aux` is not differentiated. Defaults
            to `False`.

    Returns:
        Tuple of the output of the function and its derivative along the direction; with `has_aux`, `aux` is third.

    Raises:
        TypeError: If `primals` or `tangents` is not a tuple or list.
        ValueError: If they differ in their structure or shapes.

    Example:

    >>> [round(float(t), 4) for t in keras.ops.jvp(keras.ops.sin, (0.1,), (0.2,))]
    [0.0998, 0.199]
    """
    for name, value in (("primals", primals), ("tangents", tangents)):
        if not isinstance(value, (list, tuple)):
            raise TypeError(f"Argument `{name}` must be a tuple or list. Received: {name}={value}")
    tree.assert_same_paths(primals, tangents)
    primals, tangents = (list(tree.map_structure(tensor, p)) for p in (primals, tangents))
    for p, t in zip(tree.flatten(primals), tree.flatten(tangents), strict=True):
        if not _alike(p.shape, t.shape):
            raise ValueError(
                "Arguments `primals` and `tangents` must have the same shapes. "
                f"Received: {tuple(p.shape)} and {tuple(t.shape)}"
            )
    if any(isinstance(t, KerasTensor) for t in tree.flatten([primals, tangents])):
        return _symbolic(fun, primals, tangents, has_aux)
    out, moved, aux = _pushed(fun, primals, tangents, has_aux)
    return (out, moved, aux) if has_aux else (out, moved)
