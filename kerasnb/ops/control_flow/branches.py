"""Control flow of `keras.ops`: branches, and loops of unknown length.

Eagerly, the branch that is chosen simply runs, and a loop is a loop of Python: gradients flow through what ran.
"""

from __future__ import annotations

import numpy as np

from kerasnb import tree
from kerasnb.backend.autodiff.tape import Recording
from kerasnb.backend.tensor.dtypes import INTEGERS
from kerasnb.backend.tensor.keras_tensor import KerasTensor
from kerasnb.backend.tensor.tensor import Tensor
from kerasnb.kernels import control
from kerasnb.ops.arguments import tensor
from kerasnb.ops.control_flow.scan import Body, walked
from kerasnb.ops.control_flow.trees import (
    following,
    leaves,
    refilled,
    same_kind,
    settled,
    specs_of,
    symbols_in,
    tensors,
    told,
)
from kerasnb.ops.core import cast
from kerasnb.ops.describe import node
from kerasnb.ops.numpy.elementwise.arithmetic import add
from kerasnb.ops.numpy.elementwise.comparison import less
from kerasnb.ops.numpy.elementwise.logic import logical_and
from kerasnb.ops.numpy.elementwise.selection import where
from kerasnb.ops.numpy.ranges import arange

__all__ = ["cond", "fori_loop", "switch", "while_loop"]


def _scalar(name: str, x):
    """A scalar argument as a tensor.

    Raises:
        TypeError: If it is none.
    """
    try:
        x = tensor(x)
    except (TypeError, ValueError):
        raise TypeError(f"{name} must be a scalar, got {x!r} of type {type(x)}") from None
    if x.shape:
        raise TypeError(f"{name} must be a scalar, got {x!r} of shape {x.shape}.")
    return x


# --- branches ----------------------------------------------------------------------------------------


def cond(pred, true_fn, false_fn):
    """Applies one of two functions.

    Only the chosen function runs. While a step is recorded and the predicate is not known yet, both are looked at,
    and must return the same structure, shapes and dtypes; the step then runs the chosen one.

    Args:
        pred: Boolean scalar; a number is true unless it is 0.
        true_fn: Function without arguments, for the case that `pred` is true.
        false_fn: Function without arguments, for the case that it is false.

    Returns:
        What the chosen function returns: a tensor or a structure of tensors.

    Raises:
        TypeError: If `pred` is no scalar, one of the functions cannot be called, or their results differ in kind.
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
    pred = _scalar("Pred", pred)
    if isinstance(pred, KerasTensor):
        return _symbolic_cond(pred, true_fn, false_fn)
    if pred.data is None:
        return _recorded(where(cast(pred, "bool"), 0, 1), [true_fn, false_fn], ())
    return tensors(true_fn() if bool(pred) else false_fn())


def _recorded(index, branches, operands):
    """The branch that will be chosen when the step runs."""
    with Recording():
        shown = [tensors(branch(*operands)) for branch in branches]
    for found in shown[1:]:
        if not same_kind(shown[0], found):
            raise TypeError(f"Branches must return the same structure, shapes and dtypes. Received: {told(shown)}")
    found = control.chosen(index, [lambda b=b: leaves(tensors(b(*operands))) for b in branches])
    return refilled(shown[0], found)


def _symbolic_cond(pred, true_fn, false_fn):
    with Recording() as looked:
        shown = [tensors(branch()) for branch in (true_fn, false_fn)]
    if not same_kind(*shown):
        raise ValueError(
            "`true_fn` and `false_fn` should return outputs of the same kind (struct, dtype and shape). "
            f"Got {shown[0]} and {shown[1]} instead."
        )
    if symbols_in(shown) and not looked.versions:  # over symbolic tensors, both are parts of the graph
        return node(_selected, (pred, tensors(true_fn()), tensors(false_fn())), {}, shown[0])
    return node(cond, (pred, true_fn, false_fn), {}, shown[0])


def _selected(pred, on_true, on_false):
    """Leaf by leaf, one of two structures."""
    return tree.map_structure(lambda a, b: None if a is None else where(pred, a, b), on_true, on_false)


def switch(index, branches, *operands):
    """Applies one of several functions.

    Args:
        index: Integer scalar, which one; clamped into the range of `branches`.
        branches: List of functions.
        *operands: What the function is called with.

    Returns:
        What the chosen function returns.

    Raises:
        TypeError: If `index` is no integer scalar.
        ValueError: If there are no branches.

    Example:

    >>> branches = [lambda x, y: x + y, lambda x, y: x - y]
    >>> float(keras.ops.switch(1, branches, 2.0, 0.5))
    1.5
    """
    if not len(branches):
        raise ValueError("Empty branch sequence")
    index = _scalar("Branch index", index)
    if index.dtype not in INTEGERS:
        raise TypeError(f"Index type must be an integer, got {index.dtype}")
    if symbols_in(index, operands):
        return node(switch, (index, branches, *operands), {}, specs_of(branches[0], *operands))
    operands = tensors(operands)
    if index.data is None and len(branches) > 1:
        return _recorded(index, branches, operands)
    at = min(max(int(index), 0), len(branches) - 1) if len(branches) > 1 else 0
    return tensors(branches[at](*operands))


# --- loops -------------------------------------------------------------------------------------------


def while_loop(cond, body, loop_vars, maximum_iterations=None):
    """Repeats a function as long as a condition holds.

    Args:
        cond: Function of the loop variables, returns a boolean scalar.
        body: Function of the loop variables, returns their next values in the same structure.
        loop_vars: The first values: a tensor, or a structure of tensors. The elements of a list or tuple are
            passed as separate arguments.
        maximum_iterations: Optional integer, how often `body` may run.

    Returns:
        The last values; a tuple for a list or tuple.

    Raises:
        TypeError: If `cond` returns no boolean scalar, or `body` another structure, shape or dtype.

    Example:

    >>> x, y = keras.ops.while_loop(lambda x, y: x < 10, lambda x, y: (x + 1, y + 2), (0, 1))
    >>> int(x), int(y)
    (10, 21)
    """
    if symbols_in(loop_vars):
        args = (cond, body, loop_vars)
        kept = tree.map_structure(lambda v: v if isinstance(v, KerasTensor) else tensor(v), loop_vars)
        return node(while_loop, args, {"maximum_iterations": maximum_iterations}, kept)
    many = isinstance(loop_vars, (list, tuple))
    given = tuple(loop_vars) if many else (loop_vars,)

    def step(state):
        found = tensors(body(*state))
        return (tuple(found) if many else (found,)), None

    if _unknown(_condition(cond(*tensors(given)))):
        state = _recorded_loop(cond, step, given, maximum_iterations)
        return state if many else state[0]
    state, count = tensors(given), 0
    while (maximum_iterations is None or count < maximum_iterations) and bool(_condition(cond(*state))):
        state, _ = following("`body`", step, given if count == 0 else state)
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


def _recorded_loop(cond, step, given, limit):
    """The loop as one call of the step: its length is found when the step runs."""
    state = settled("`body`", step, given)
    flat, count = leaves(state), tensor(np.int32(0))

    def goes_on(count, *found):
        more = _condition(cond(*refilled(state, found)))
        return more if limit is None else logical_and(more, less(count, limit))

    def turn(count, *found):
        after, _ = following("`body`", step, refilled(state, found))
        return [add(count, 1), *leaves(after)]

    return refilled(state, control.repeated(goes_on, turn, [count, *flat])[1:])


def fori_loop(lower, upper, body_fun, init_val):
    """Repeats a function for a range of integers.

    Args:
        lower: Integer scalar, the first value of the loop variable.
        upper: Integer scalar, the value before which the loop ends.
        body_fun: Function of the loop variable and the state, returns the next state.
        init_val: The first state: a tensor, or a structure of tensors.

    Returns:
        The last state.

    Raises:
        TypeError: If a bound is no integer scalar, or `body_fun` returns another structure, shape or dtype.

    Example:

    >>> int(keras.ops.fori_loop(0, 10, lambda i, s: s + i, 0))
    45
    """
    bounds = [_bound("lower", lower), _bound("upper", upper)]
    if symbols_in(bounds, init_val):
        return node(fori_loop, (lower, upper, body_fun, init_val), {}, tensors(init_val))
    if any(_unknown(b) for b in bounds):
        return _counted(bounds, body_fun, init_val)
    lower, upper = map(int, bounds)
    body = Body("`body_fun`", lambda state, i: (body_fun(i, state), None))
    return walked(body, init_val, arange(lower, max(lower, upper), dtype="int32"), max(upper - lower, 0), False)[0]


def _counted(bounds, body_fun, init_val):
    """The loop between bounds that are not known yet."""
    lower, upper = (cast(b, "int32") for b in bounds)
    return while_loop(lambda i, _: less(i, upper), lambda i, s: (add(i, 1), body_fun(i, s)), (lower, init_val))[1]


def _bound(name: str, x):
    x = _scalar(f"`{name}`", x)
    if x.dtype not in INTEGERS:
        raise TypeError(f"`{name}` must be an integer. Received: {name}={x!r} of dtype {x.dtype}")
    return cast(x, "int32") if isinstance(x, KerasTensor) else x
