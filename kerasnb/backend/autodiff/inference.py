"""Shape inference: shapes and dtypes of the outputs of a call on symbolic tensors; no value is computed or changed.

The call runs once on the symbolic tensors themselves, where None is an unknown extent; this also builds the layers
inside. Where extents are unknown, it runs again on recorded tensors of several trial sizes: code that needs an extent
as a number gets one. An extent of the outputs is unknown where the trials differ.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from kerasnb import tree
from kerasnb.backend.autodiff.recording import ShapesOnly
from kerasnb.backend.tensor import extents, scopes
from kerasnb.backend.tensor.keras_tensor import KerasTensor
from kerasnb.backend.tensor.tensor import Tensor, TracedValueError

SIZES = (83, 97, 2)  # with the small one, trials differ where an extent has an upper limit, as in `x[:3]`
FURTHER = (60, 64, 120, 128)  # for calls that need a size with divisors


def infer(call: Callable, args: tuple, kwargs: dict, exact: bool = True) -> Any:
    """The outputs of a call, with symbolic tensors as leaves.

    Args:
        call: Function of the arguments.
        args: Tuple of positional arguments, symbolic tensors among them.
        kwargs: Dict of keyword arguments.
        exact: Boolean, whether trial sizes are used even if the call accepts unknown extents.

    Raises:
        Exception: What the call raises; no trial size is in its text.
    """
    symbols = [x for x in tree.flatten([list(args), kwargs]) if isinstance(x, KerasTensor)]
    unknown = any(None in x.shape for x in symbols)
    outputs, problem = _on_symbols(call, args, kwargs)
    if problem is None and not (exact and unknown):
        return outputs
    try:
        return _on_trials(call, args, kwargs, (SIZES, FURTHER) if unknown else (SIZES[:1], ()))
    except Exception as failed:
        if problem is None:
            return outputs
        uninformative = isinstance(failed, TracedValueError) or str(failed) == extents.UNSAID
        raise (failed if unknown and not uninformative else problem) from None


def _on_symbols(call: Callable, args: tuple, kwargs: dict) -> tuple[Any, Exception | None]:
    """(outputs, None) of the call on the symbolic tensors, or (None, its error)."""
    try:
        with scopes.inferring(True):
            return tree.map_structure(_symbolic, call(*args, **kwargs)), None
    except Exception as problem:
        return None, problem


def _symbolic(x: Any) -> Any:
    return KerasTensor(x.shape, x.dtype) if isinstance(x, (Tensor, KerasTensor)) else x


def _on_trials(call: Callable, args: tuple, kwargs: dict, sizes: tuple[tuple, tuple]) -> Any:
    """The outputs of the call, merged from those of trials of several sizes."""

    def run(size: int) -> Any:
        recorded_args, recorded_kwargs = tree.map_structure(lambda x: _recorded(x, size), (args, kwargs))
        with scopes.inferring(True), ShapesOnly():
            return call(*recorded_args, **recorded_kwargs)

    accepted = extents.trials(run, *sizes)
    flat_outputs = [tree.flatten(outputs) for _, outputs in accepted]
    if len(set(map(len, flat_outputs))) > 1:
        raise ValueError("The number of outputs depends on an unknown extent.")
    doubtful = [size for size, _ in accepted] if len(accepted) == 1 else []
    leaves = [_merged(list(same), doubtful) for same in zip(*flat_outputs, strict=True)]
    return tree.pack_sequence_as(accepted[0][1], leaves)


def _recorded(x: Any, size: int) -> Any:
    """A recorded tensor of a trial size in place of a symbolic one, with its mask."""
    if not isinstance(x, KerasTensor):
        return x
    tensor: Any = extents.recorded(x, size)
    mask = getattr(x, "_keras_mask", None)
    if mask is not None:
        tensor._keras_mask = _recorded(mask, size)
    return tensor


def _merged(same: list, doubtful: list) -> Any:
    """One leaf of the outputs, from the leaves of all trials."""
    first = same[0]
    if isinstance(first, (Tensor, KerasTensor)):
        return KerasTensor(extents.merged([x.shape for x in same], doubtful), first.dtype)
    if isinstance(first, int):
        return first if all(x == first for x in same) and not isinstance(first, extents.Extent) else None
    return first
