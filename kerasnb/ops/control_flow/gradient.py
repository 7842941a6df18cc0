"""Functions with a gradient of their own."""

from __future__ import annotations

import functools
from collections.abc import Callable

from kerasnb import tree
from kerasnb.backend.autodiff import recording
from kerasnb.backend.plan.subgraph import Rule
from kerasnb.kernels.control import given_gradient
from kerasnb.ops.arguments import tensor
from kerasnb.ops.control_flow.trees import leaves, symbols_in, tensors

__all__ = ["custom_gradient"]


def custom_gradient(f: Callable) -> Callable:
    """Gives a function a gradient of its own, for speed or for numbers that stay finite.

    The arguments get the gradients that `grad_fn` returns. Variables that `f` only closes over get none: pass them as
    arguments. A tape around a tape differentiates what `grad_fn` computes.

    Args:
        f: Function `f(*args)` that returns `(output, grad_fn)`. `grad_fn(upstream)` gets the gradient of the
            output, in the output's structure, and returns the gradients of the arguments, in theirs; the gradient of
            a single argument need not be in a tuple.

    Returns:
        A function that returns the `output` of `f`.

    Example:

    >>> @keras.ops.custom_gradient
    ... def log1pexp(x):
    ...     e = keras.ops.exp(x)
    ...     return keras.ops.log(1 + e), lambda upstream: upstream * (1 - 1 / (1 + e))
    >>> x = keras.Variable(100.0)
    >>> with keras.backend.GradientTape() as tape:
    ...     y = log1pexp(x)
    >>> float(tape.gradient(y, x))
    1.0
    """

    @functools.wraps(f, updated=())
    def wrapped(*args):
        args = tensors(args)
        pair = f(*args)
        if not isinstance(pair, (tuple, list)) or len(pair) != 2:
            raise TypeError(f"`f` must return a pair `(output, grad_fn)`. Received: {pair!r}")
        output, grad_fn = tensors(pair[0]), pair[1]
        flat = leaves(output)
        if not recording.tapes() or symbols_in(flat):
            return output
        outs = given_gradient(*flat, *leaves(args), count=len(flat), rule=Rule(_rule(grad_fn, output, args)))
        outs = iter(outs if len(flat) > 1 else (outs,))
        return tree.map_structure(lambda x: None if x is None else next(outs), output)

    return wrapped


def _rule(grad_fn, output, args):
    """`grad_fn` for flat lists of gradients."""

    def rule(*upstream):
        rest = iter(upstream)
        gradients = grad_fn(tree.map_structure(lambda x: None if x is None else next(rest), output))
        return _for_arguments(gradients if isinstance(gradients, (tuple, list)) else (gradients,), args)

    return rule


def _for_arguments(gradients, args) -> list:
    """The gradients in the order of the arguments' leaves.

    Raises:
        TypeError: If their structure is not that of the arguments.
    """
    flat = [_leaf_gradients(g, a) for g, a in zip(gradients, args, strict=False)]
    if len(gradients) != len(args) or None in flat:
        raise TypeError(
            "`grad_fn` must return one gradient for each argument of the function, in its structure. "
            f"Received: {len(gradients)} gradients for {len(args)} arguments"
        )
    return [g for part in flat for g in part]


def _leaf_gradients(gradient, arg):
    """The gradients for the leaves of one argument; None where the structures differ.

    Raises:
        ValueError: If a gradient has another shape than what it belongs to.
    """
    targets = tree.flatten(arg)
    flat = [None] * len(targets) if gradient is None else tree.flatten(gradient)
    if len(flat) != len(targets):
        return None
    flat = [g if g is None else tensor(g) for g, x in zip(flat, targets, strict=True) if x is not None]
    for g, x in zip(flat, leaves(arg), strict=True):
        if g is not None and g.shape != x.shape:
            raise ValueError(
                "`grad_fn` must return gradients of the shapes of the arguments. "
                f"Received: a gradient of shape {g.shape} for an argument of shape {x.shape}"
            )
    return flat
