"""What control flow shares: structures of tensors, and the check that the state of a loop keeps its kind."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from kerasnb import tree
from kerasnb.backend.autodiff.recording import Recording
from kerasnb.backend.tensor.keras_tensor import KerasTensor
from kerasnb.ops.arguments import tensor


def tensors(structure: Any) -> Any:
    """The structure with a tensor in place of each leaf; None stays None."""
    return tree.map_structure(lambda x: None if x is None else tensor(x), structure)


def leaves(structure: Any) -> list:
    """The leaves that are not None, in order."""
    return [x for x in tree.flatten(structure) if x is not None]


def refilled(structure: Any, new_leaves: Sequence) -> Any:
    """The structure with other leaves in place of those that are not None."""
    rest = iter(new_leaves)
    return tree.map_structure(lambda x: None if x is None else next(rest), structure)


def symbols_in(*structures: Any) -> list[KerasTensor]:
    """The symbolic tensors among the leaves."""
    return [x for x in tree.flatten(structures) if isinstance(x, KerasTensor)]


# --- a state keeps its structure, shapes and dtypes --------------------------------------------------


def _is_weak(x) -> bool:
    """Whether the dtype of a leaf is only a guess: Python numbers take that of what they meet."""
    return isinstance(x, int) or type(x) is float


def kinds(structure: Any) -> Any:
    """The structure with shapes and dtypes as leaves, for errors."""
    return tree.map_structure(lambda x: None if x is None else f"{x.dtype}{list(x.shape)}", structure)


def same_kind(before: Any, after: Any) -> bool:
    """Whether two structures of tensors have the same nesting, shapes and dtypes."""
    try:
        tree.assert_same_paths(before, after)
    except ValueError:
        return False
    pairs = list(zip(tree.flatten(before), tree.flatten(after), strict=True))
    return all(_same_leaf(a, b) for a, b in pairs)


def _same_leaf(a, b) -> bool:
    if a is None or b is None:
        return a is b
    known = all(p == q or None in (p, q) for p, q in zip(a.shape, b.shape, strict=False))
    return a.dtype == b.dtype and len(a.shape) == len(b.shape) and known


def check_kept(what: str, before: Any, after: Any) -> None:
    """Raises where a loop's body returns a state of another kind.

    Raises:
        TypeError: If nesting, shapes or dtypes differ.
    """
    if not same_kind(before, after):
        raise TypeError(
            f"{what} must return a state of the structure, shapes and dtypes it was given, so that it can be called "
            f"again. Expected: {kinds(before)}. Received: {kinds(after)}"
        )


def _widened(state, carry, after):
    """The state with Python numbers in the dtype that the body gives them."""
    if not any(map(_is_weak, tree.flatten(state))) or len(tree.flatten(carry)) != len(tree.flatten(after)):
        return carry
    triples = zip(tree.flatten(state), tree.flatten(carry), tree.flatten(after), strict=True)
    return tree.pack_sequence_as(carry, [tensor(c, a.dtype) if _is_weak(g) else c for g, c, a in triples])


def following(what: str, step: Callable, state: Any, *args: Any) -> tuple[Any, Any]:
    """One iteration of a loop: `step(state, ...)` returns the next state and an output.

    Args:
        what: String, how the step is called in errors.
        step: Function of the state.
        state: The state; Python numbers in it take the dtype that the step gives them.
        *args: The other arguments of the step.
    """
    carry = tensors(state)
    after, out = step(carry, *args)
    wide = _widened(state, carry, after)
    if not same_kind(wide, carry):
        carry, (after, out) = wide, step(wide, *args)
    check_kept(what, carry, after)
    return after, out


def settled(what: str, step: Callable, state: Any, *args: Any) -> Any:
    """The state in the dtypes that it will have; no iteration is computed."""
    with Recording():
        after, _ = following(what, step, state, *args)
    return tree.map_structure(lambda c, a: None if c is None else tensor(c, a.dtype), tensors(state), after)


# --- calls that only ask for shapes -------------------------------------------------------------------


def specs_of(function: Callable, *args: Any) -> Any:
    """What a function returns, with symbolic tensors as leaves: nothing is computed and no variable changes."""
    with Recording():
        return tree.map_structure(
            lambda x: None if x is None else KerasTensor(x.shape, x.dtype), tensors(function(*args))
        )


def row_of(structure: Any) -> Any:
    """Symbolic tensors for one row of each leaf."""
    return tree.map_structure(lambda x: x if x is None else KerasTensor(x.shape[1:], x.dtype), tensors(structure))


def rows_of(n: int | None, structure: Any, make: Callable = KerasTensor) -> Any:
    """Symbolic (or other) tensors for `n` rows like the leaves."""
    return tree.map_structure(lambda x: x if x is None else make((n, *x.shape), x.dtype), structure)
