"""Loops of known length of `keras.ops`: over slices, with or without a state, and of an associative function."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from kerasnb import tree
from kerasnb.backend.autodiff import recording
from kerasnb.backend.autodiff.recording import Recording
from kerasnb.backend.plan.subgraph import RegionWrites
from kerasnb.backend.tensor.keras_tensor import KerasTensor
from kerasnb.kernels import control
from kerasnb.ops.arguments import one_axis
from kerasnb.ops.control_flow.trees import (
    following,
    leaves,
    refilled,
    row_of,
    rows_of,
    settled,
    specs_of,
    symbols_in,
    tensors,
)
from kerasnb.ops.core import cast
from kerasnb.ops.numpy.creation import zeros
from kerasnb.ops.numpy.joining import concatenate, stack
from kerasnb.ops.numpy.rearranging import flip
from kerasnb.ops.numpy.shapes import reshape
from kerasnb.ops.operation import operation

__all__ = ["associative_scan", "map", "scan", "vectorized_map"]

ROLLED = 64  # below, a recorded loop is laid out flat: nothing is computed twice for its gradient

# --- scan --------------------------------------------------------------------------------------------


@operation("Scan", "length", "reverse", "unroll")
def scan(
    f: Callable, init: Any, xs: Any = None, length: int | None = None, reverse: bool = False, unroll: int | bool = 1
) -> tuple[Any, Any]:
    """Calls a function for each slice along the first axis, and passes a state from one call to the next.

    Args:
        f: Function `f(carry, x)` of the state and a slice of `xs`, returns the next state and a slice of the output.
        init: The first state: a tensor, or a structure of tensors.
        xs: Optional tensor or structure of tensors, sliced along the first axis.
        length: Optional integer, the number of calls; needed without `xs`.
        reverse: Boolean, whether the last slice comes first. Defaults to `False`.
        unroll: Positive integer or boolean. A recorded step repeats the calls of one iteration; `True` records
            each iteration separately. Defaults to `1`.

    Returns:
        The last state, and the stacked outputs.

    Raises:
        ValueError: If the number of calls is not known, the leading extents differ, or `unroll` is not positive.
        TypeError: If `f` does not return a pair, or returns a state of another structure, shape or dtype.

    Example:

    >>> total, partial = keras.ops.scan(lambda c, x: (c + x, c + x), 0, keras.ops.arange(1, 5))
    >>> int(total), partial.tolist()
    (10, [1, 3, 6, 10])
    """
    if not isinstance(unroll, bool) and (not isinstance(unroll, int) or unroll < 1):
        raise ValueError(f"`unroll` must be an positive integer or boolean. Received: unroll={unroll}")
    if symbols_in(init, xs):
        return _symbolic_scan(f, init, xs, length)
    return iterate(Body("`f`", f), init, tensors(xs), _length(xs, length), reverse, unroll)


class Body:
    """A function of a state and a slice, whose results become tensors."""

    def __init__(self, what: str, f) -> None:
        self.what, self.f = what, f

    def __call__(self, carry: Any, x: Any) -> tuple[Any, Any]:
        """The next state and the output of one iteration."""
        pair = self.f(carry, x)
        if not isinstance(pair, (tuple, list)) or len(pair) != 2:
            raise TypeError(f"scan body output must be a pair, got {pair!r}.")
        return tensors(pair[0]), tensors(pair[1])


def _length(xs, length) -> int | None:
    """The number of calls; None if it is unknown."""
    extents = [x.shape[0] for x in leaves(tensors(xs))]
    if not extents and length is None:
        raise ValueError("scan got no values to scan over and `length` not provided.")
    if len({e for e in extents if e is not None}) > 1:
        raise ValueError(f"scan got values with different leading axis sizes: {', '.join(str(e) for e in extents)}.")
    if length is None:
        return extents[0]
    if int(length) < 0 or any(e not in (None, int(length)) for e in extents):
        raise ValueError(f"scan got `length` argument of {length} which disagrees with leading axis sizes {extents}.")
    return int(length)


def iterate(body: Body, init: Any, xs: Any, n: int | None, reverse: bool, unroll: int | bool = 1) -> tuple[Any, Any]:
    """The loop itself, for tensors: the last state, and the stacked outputs."""
    if not n:
        carry, y = specs_of(following, body.what, body, init, row_of(xs))
        kept = tree.map_structure(lambda c, s: None if c is None else cast(c, s.dtype), tensors(init), carry)
        return kept, rows_of(0, y, zeros)
    if recording.current() is not None and n >= ROLLED and unroll is not True:
        try:
            return _rolled(body, init, xs, n, reverse)
        except RegionWrites:
            pass  # a body that changes variables is recorded iteration by iteration
    rows = [_apart(x, n) for x in tree.flatten(xs)]
    carry, outs = init, []
    for t in range(n - 1, -1, -1) if reverse else range(n):
        carry, y = following(body.what, body, carry, tree.pack_sequence_as(xs, [r[t] for r in rows]))
        outs.append(y)
    return carry, _stacked(outs[::-1] if reverse else outs)


def _rolled(body, init, xs, n, reverse):
    """The loop as one call of the step, whose iterations share their code and memory."""
    state, row = settled(body.what, body, init, row_of(xs)), row_of(xs)
    with Recording():
        _, y = following(body.what, body, state, row)
    states, flat = leaves(state), leaves(xs)

    def iteration(*values):
        carry, x = refilled(state, values[: len(states)]), refilled(row, values[len(states) :])
        after, out = following(body.what, body, carry, x)
        return [*leaves(after), *leaves(out)]

    results = control.scanned(iteration, states, flat, [], n, reverse)
    return refilled(state, results[: len(states)]), refilled(y, results[len(states) :])


def _apart(x, n: int):
    return [None] * n if x is None else control.rows(x) if n > 1 else [x[0]]


def _stacked(outs: list):
    """A list of structures as one structure of stacked tensors."""
    return tree.map_structure(lambda *ys: None if ys[0] is None else stack(ys), *outs)


def _symbolic_scan(f, init, xs, length):
    n = _length(xs, length)
    carry, y = specs_of(following, "`f`", Body("`f`", f), init, row_of(xs))
    return (carry, rows_of(n, y))


# --- without a state ---------------------------------------------------------------------------------


@operation("Map")
def map(f: Callable, xs: Any) -> Any:
    """Calls a function for each slice along the first axis.

    Args:
        f: Function of a slice of `xs`.
        xs: Tensor or structure of tensors.

    Returns:
        The stacked results: a tensor, or a structure of tensors.

    Raises:
        ValueError: If the leading extents differ.

    Example:

    >>> ys = keras.ops.map(lambda x: {"square": x**2, "ten": x * 10}, keras.ops.arange(4))
    >>> ys["square"].tolist(), ys["ten"].tolist()
    ([0, 1, 4, 9], [0, 10, 20, 30])
    """
    if symbols_in(xs):
        return rows_of(_length(xs, None), specs_of(f, row_of(xs)))
    return _mapped(f, xs, _length(xs, None))


def _mapped(f, xs, n):
    return iterate(Body("`f`", lambda _, x: (None, f(x))), None, tensors(xs), n, False)[1]


@operation("VectorizedMap", "function")
def vectorized_map(function: Callable, elements: Any) -> Any:
    """Calls a function for each element of the first axis.

    The elements are computed one after the other, which is right for every function. A function that accepts whole
    tensors is much faster when it is called once, on all elements.

    Args:
        function: Function of an element, or of a structure of elements.
        elements: Tensor, or structure of tensors.

    Returns:
        The stacked results: a tensor, or a structure of tensors.

    Raises:
        ValueError: If a tensor has no axis, or the leading extents differ.

    Example:

    >>> keras.ops.vectorized_map(lambda pair: pair[0] @ pair[1], [np.eye(2)[None], np.ones((1, 2))]).tolist()
    [[1.0, 1.0]]
    """
    shapes = [tuple(x.shape) for x in leaves(tensors(elements))]
    if () in shapes:
        raise ValueError(f"`elements` must have an axis to map over. Received: elements of shapes {shapes}")
    extents = {shape[0] for shape in shapes} - {None}
    if len(extents) > 1:
        raise ValueError(f"`elements` must have leading axes of one extent. Received: {sorted(extents)}")
    if symbols_in(elements):
        n = _length(elements, None)
        return rows_of(n, specs_of(function, row_of(elements)))
    return _mapped(function, elements, _length(elements, None))


# --- associative -------------------------------------------------------------------------------------


@operation("AssociativeScan", "reverse", "axis")
def associative_scan(f: Callable, elems: Any, reverse: bool = False, axis: int = 0) -> Any:
    """Combines all first elements of an axis with an associative function: `[a, f(a, b), f(f(a, b), c), ...]`.

    The elements are combined in pairs, so that the function is called about `2 * log2(n)` times on long slices
    (Blelloch, 1990, Prefix Sums and Their Applications).

    Args:
        f: Function of two structures like `elems`, elementwise along the axis, with
            `f(a, f(b, c)) == f(f(a, b), c)`.
        elems: Tensor, or structure of tensors, of the same extent along the axis.
        reverse: Boolean, whether it starts at the end. Defaults to `False`.
        axis: Integer. Defaults to `0`.

    Returns:
        A structure like `elems`.

    Raises:
        TypeError: If `f` is not callable.
        ValueError: If the extents along the axis differ.

    Example:

    >>> keras.ops.associative_scan(lambda a, b: a + b, keras.ops.arange(5)).tolist()
    [0, 1, 3, 6, 10]
    """
    if not callable(f):
        raise TypeError(f"`f` must be callable. Received: f={f!r}")
    flat = tree.flatten(tensors(elems))
    axis = one_axis(axis, flat[0].ndim)
    if len({x.shape[axis] for x in flat}) != 1:
        raise ValueError(
            "Array inputs to associative_scan must have the same first dimension. "
            f"(saw: {[tuple(x.shape) for x in flat]})"
        )

    def combine(a, b):
        return tree.flatten(tensors(f(tree.pack_sequence_as(elems, a), tree.pack_sequence_as(elems, b))))

    if symbols_in(elems):
        one = [KerasTensor((*x.shape[:axis], 1, *x.shape[axis + 1 :]), x.dtype) for x in flat]
        specs = [KerasTensor(x.shape, y.dtype) for x, y in zip(flat, specs_of(combine, one, one), strict=True)]
        return tree.pack_sequence_as(elems, specs)
    if reverse:
        flat = [flip(x, axis) for x in flat]
    prefixes = _prefixes(combine, flat, axis)
    return tree.pack_sequence_as(elems, [flip(x, axis) for x in prefixes] if reverse else prefixes)


def _every(x, axis: int, start: int, stop, step: int = 2):
    return x[(*(slice(None),) * axis, slice(start, stop, step))]


def _prefixes(combine, xs: list, axis: int) -> list:
    """Neighbours are combined, that half as long problem is solved, and the rest is filled in from it."""
    n = xs[0].shape[axis]
    if n < 2:
        return xs
    even, odd = [_every(x, axis, 0, n - 1) for x in xs], [_every(x, axis, 1, n) for x in xs]
    odd = _prefixes(combine, combine(even, odd), axis)
    rest = [_every(x, axis, 2, n) for x in xs]
    before = odd if n % 2 else [_every(x, axis, 0, -1, 1) for x in odd]
    filled = combine(before, rest) if n > 2 else [None] * len(xs)
    return [_interleaved(x, e, o, axis, n) for x, e, o in zip(xs, filled, odd, strict=True)]


def _interleaved(x, evens, odds, axis: int, n: int):
    """The first of x, then odds and evens in turn."""
    first = _every(x, axis, 0, 1)
    evens = cast(first, odds.dtype) if evens is None else concatenate([first, evens], axis)
    both = stack([_every(evens, axis, 0, n // 2, 1), odds], axis + 1)
    joined = reshape(both, (*odds.shape[:axis], n // 2 * 2, *odds.shape[axis + 1 :]))
    return concatenate([joined, _every(evens, axis, n // 2, None, 1)], axis) if n % 2 else joined
