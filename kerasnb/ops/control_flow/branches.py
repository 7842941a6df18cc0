"""Control flow of `keras.ops`: branches, and loops of unknown length.

Eagerly, only the chosen branch runs, and a loop is a loop of Python: the tape records what ran.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from kerasnb import tree
from kerasnb.backend.autodiff.recording import Recording
from kerasnb.backend.tensor import scopes
from kerasnb.backend.tensor.dtypes import INTEGERS
from kerasnb.backend.tensor.keras_tensor import KerasTensor
from kerasnb.backend.tensor.tensor import Tensor
from kerasnb.backend.typing import TensorLike
from kerasnb.kernels import control
from kerasnb.ops.arguments import tensor
from kerasnb.ops.control_flow.scan import Body, iterate
from kerasnb.ops.control_flow.trees import (
    following,
    kinds,
    leaves,
    refilled,
    same_kind,
    settled,
    specs_of,
    symbols_in,
    tensors,
)
from kerasnb.ops.core import cast
from kerasnb.ops.numpy.elementwise.arithmetic import add
from kerasnb.ops.numpy.elementwise.comparison import less
from kerasnb.ops.numpy.elementwise.logic import logical_and
from kerasnb.ops.numpy.elementwise.selection import where
from kerasnb.ops.numpy.ranges import arange
from kerasnb.ops.operation import operation

__all__ = ["cond", "fori_loop", "switch", "while_loop"]


def _scalar(name: str, value: TensorLike) -> Tensor:
    """A scalar argument as a tensor.

    Raises:
        TypeError: If it is not a scalar.
    """
    try:
        x = tensor(value)
    except (TypeError, ValueError):
        raise TypeError(f"{name} must be a scalar, got {value!r} of type {type(value)}") from None
    if x.shape:
        raise TypeError(f"{name} must be a scalar, got {x!r} of shape {x.shape}.")
    return x


# --- branches ----------------------------------------------------------------------------------------


@operation("Cond", nodes=lambda *args: _both_branches(*args))
def cond(pred: TensorLike, true_fn: Callable[[], Any], false_fn: Callable[[], Any]) -> Any:
    """Applies one of two functions.

    Only the chosen function runs. Where a step is recorded before the predicate is known, both are recorded and must
    return the same structure, shapes and dtypes; the step then runs the chosen one.

    Args:
        pred: Boolean scalar; a number is true unless it is 0.
        true_fn: Function without arguments, called if `pred` is true.
        false_fn: Function without arguments, called if `pred` is false.

    Returns:
        The result of the chosen function: a tensor or a structure of tensors.

    Raises:
        TypeError: If `pred` is not a scalar, an argument is not callable, or the results differ in kind.
        ValueError: If `pred` is symbolic and the results differ in kind.

    Example:

    >>> x = keras.ops.convert_to_tensor(3.0)
    >>> float(keras.ops.cond(x > 0, lambda: x * 2, lambda: -x))
    6.0
    """
    if not callable(true_fn) or not callable(false_fn):
        raise TypeError(
            f"`true_fn` and `false_fn` must be callable. Received: true_fn={true_fn!r}, false_fn={false_fn!r}"
        )
    condition = _scalar("Pred", pred)
    if isinstance(condition, KerasTensor):
        return _symbolic_cond(true_fn, false_fn)[0]
    if condition.data is None:
        return _recorded(where(cast(condition, "bool"), 0, 1), [true_fn, false_fn], ())
    return tensors(true_fn() if bool(condition) else false_fn())


def _recorded(index, branches, operands):
    """The branch that will be chosen when the step runs."""
    with Recording():
        shown = [tensors(branch(*operands)) for branch in branches]
    if not all(same_kind(shown[0], other) for other in shown[1:]):
        raise TypeError(f"Branches must return the same structure, shapes and dtypes. Received: {kinds(shown)}")
    outputs = control.chosen(index, [lambda b=b: leaves(tensors(b(*operands))) for b in branches])
    return refilled(shown[0], outputs)


def _symbolic_cond(true_fn, false_fn):
    """What both branches return, and whether it is made of symbolic tensors of the graph around."""
    with Recording() as looked:
        shown = [tensors(branch()) for branch in (true_fn, false_fn)]
    if not same_kind(*shown):
        raise ValueError(
            "`true_fn` and `false_fn` should return outputs of the same kind (struct, dtype and shape). "
            f"Got {shown[0]} and {shown[1]} instead."
        )
    return shown[0], symbols_in(shown) and not looked.versions


def _both_branches(pred, true_fn, false_fn):
    """Branches over symbolic tensors are parts of the graph around: both are computed, and one is selected."""
    with scopes.inferring(True):
        _, inside = _symbolic_cond(true_fn, false_fn)
    if not inside:
        return NotImplemented
    pairs = tensors(true_fn()), tensors(false_fn())
    return tree.map_structure(lambda a, b: None if a is None else where(pred, a, b), *pairs)


@operation("Switch")
def switch(index: TensorLike, branches: Sequence[Callable], *operands: Any) -> Any:
    """Applies one of several functions.

    Args:
        index: Integer scalar, the position of the function in `branches`, clamped into its range.
        branches: List of functions.
        *operands: The arguments of the function.

    Returns:
        The result of the chosen function.

    Raises:
        TypeError: If `index` is not an integer scalar.
        ValueError: If there are no branches.

    Example:

    >>> branches = [lambda x, y: x + y, lambda x, y: x - y]
    >>> float(keras.ops.switch(1, branches, 2.0, 0.5))
    1.5
    """
    if not len(branches):
        raise ValueError("Empty branch sequence")
    which = _scalar("Branch index", index)
    if which.dtype not in INTEGERS:
        raise TypeError(f"Index type must be an integer, got {which.dtype}")
    if symbols_in(which, operands):
        return specs_of(branches[0], *operands)
    operands = tensors(operands)
    if which.data is None and len(branches) > 1:
        return _recorded(which, branches, operands)
    at = min(max(int(which), 0), len(branches) - 1) if len(branches) > 1 else 0
    return tensors(branches[at](*operands))


# --- loops -------------------------------------------------------------------------------------------


@operation("WhileLoop", "cond", "body", "maximum_iterations")
def while_loop(cond: Callable, body: Callable, loop_vars: Any, maximum_iterations: int | None = None) -> Any:
    """Repeats a function as long as a condition holds.

    Args:
        cond: Function of the loop variables, returns a boolean scalar.
        body: Function of the loop variables, returns their next values in the same structure.
        loop_vars: The first values: a tensor, or a structure of tensors. The elements of a list or tuple are
            passed as separate arguments.
        maximum_iterations: Optional integer, the most times that `body` runs.

    Returns:
        The last values; a tuple for a list or tuple.

    Raises:
        TypeError: If `cond` does not return a boolean scalar, or `body` returns another structure, shape or dtype.

    Example:

    >>> x, y = keras.ops.while_loop(lambda x, y: x < 10, lambda x, y: (x + 1, y + 2), (0, 1))
    >>> int(x), int(y)
    (10, 21)
    """
    if symbols_in(loop_vars):
        return tree.map_structure(lambda v: v if isinstance(v, KerasTensor) else tensor(v), loop_vars)
    many = isinstance(loop_vars, (list, tuple))
    first = tuple(loop_vars) if many else (loop_vars,)

    def step(state):
        after = tensors(body(*state))
        return (tuple(after) if many else (after,)), None

    if _unknown(_condition(cond(*tensors(first)))):
        state = _recorded_loop(cond, step, first, maximum_iterations)
        return state if many else state[0]
    state, count = tensors(first), 0
    while (maximum_iterations is None or count < maximum_iterations) and bool(_condition(cond(*state))):
        state, _ = following("`body`", step, first if count == 0 else state)
        count += 1
    return state if many else state[0]


def _condition(x):
    x = tensor(x)
    if x.shape or x.dtype != "bool":
        raise TypeError(
            f"`cond` must return a boolean scalar. Received: a tensor of shape {x.shape} and dtype {x.dtype}"
        )
    return x


def _unknown(x) -> bool:
    return isinstance(x, Tensor) and x.data is None


def _recorded_loop(cond, step, first, limit):
    """The loop as one call of the recorded step, whose length is known when it runs."""
    state = settled("`body`", step, first)
    flat, count = leaves(state), tensor(np.int32(0))

    def goes_on(count, *values):
        more = _condition(cond(*refilled(state, values)))
        return more if limit is None else logical_and(more, less(count, limit))

    def iteration(count, *values):
        after, _ = following("`body`", step, refilled(state, values))
        return [add(count, 1), *leaves(after)]

    return refilled(state, control.repeated(goes_on, iteration, [count, *flat])[1:])


@operation("ForiLoop", "lower", "upper", "body_fun")
def fori_loop(lower: TensorLike, upper: TensorLike, body_fun: Callable, init_val: Any) -> Any:
    """Repeats a function for a range of integers.

    Args:
        lower: Integer scalar, the first value of the loop variable.
        upper: Integer scalar, the value before which the loop ends.
        body_fun: Function of the loop variable and the state, returns the next state.
        init_val: The first state: a tensor, or a structure of tensors.

    Returns:
        The last state.

    Raises:
        TypeError: If a bound is not an integer scalar, or `body_fun` returns another structure, shape or dtype.

    Example:

    >>> int(keras.ops.fori_loop(0, 10, lambda i, s: s + i, 0))
    45
    """
    bounds = [_bound("lower", lower), _bound("upper", upper)]
    if symbols_in(bounds, init_val):
        return tensors(init_val)
    if any(_unknown(b) for b in bounds):
        return _counted(bounds, body_fun, init_val)
    first, end = map(int, bounds)
    body = Body("`body_fun`", lambda state, i: (body_fun(i, state), None))
    return iterate(body, init_val, arange(first, max(first, end), dtype="int32"), max(end - first, 0), False)[0]


def _counted(bounds, body_fun, init_val):
    """The loop between bounds that are not known yet."""
    lower, upper = (cast(b, "int32") for b in bounds)
    return while_loop(lambda i, _: less(i, upper), lambda i, s: (add(i, 1), body_fun(i, s)), (lower, init_val))[1]


def _bound(name: str, value: TensorLike) -> Tensor:
    x = _scalar(f"`{name}`", value)
    if x.dtype not in INTEGERS:
        raise TypeError(f"`{name}` must be an integer. Received: {name}={x!r} of dtype {x.dtype}")
    return cast(x, "int32") if isinstance(x, KerasTensor) else x
