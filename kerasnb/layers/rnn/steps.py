"""The loop over the steps of a sequence, for cells that no kernel computes as a whole."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from kerasnb import ops, tree
from kerasnb.backend.tensor.tensor import Tensor


def run_steps(
    step: Callable, sequences: Tensor, states: Any, mask: Tensor | None = None, go_backwards: bool = False,
    unroll: bool = False, zero_output_for_mask: bool = False,
) -> tuple[Tensor, Tensor, Any]:  # fmt: skip
    """Calls a function at each step, which hands its states on to the next.

    Args:
        step: Function `step(inputs, states)`, returns the output and the next states.
        sequences: Tensor of shape `(batch, steps, ...)`.
        states: Structure of the states before the first step.
        mask: Optional boolean tensor of shape `(batch, steps)`; where it is false the states stay as they were.
        go_backwards: Boolean, whether the last step comes first. Defaults to `False`.
        unroll: Boolean, whether a recorded step holds each call separately. Defaults to `False`.
        zero_output_for_mask: Boolean, whether outputs are 0 where the mask is false. Defaults to `False`, the output
            before is repeated.

    Returns:
        `(last_output, outputs, states)`, the outputs in the order in which they were computed.
    """
    mask = None if mask is None else _flags(mask)
    xs = _swapped(sequences) if mask is None else (_swapped(sequences), _swapped(mask))

    def iteration(before: Any, x: Any) -> tuple[Any, Any]:
        x, takes = (x, None) if mask is None else x
        output, after = step(x, before)
        after = _like(before, after)
        if takes is None:
            return after, output
        after = tree.map_structure(lambda old, new: _chosen(takes, new, old), before, after)
        head = _head(before)
        other = ops.zeros_like(output) if zero_output_for_mask else head if _alike(head, output) else output
        return after, _chosen(takes, output, ops.cast(other, output.dtype))

    states, outputs = ops.scan(iteration, states, xs, reverse=go_backwards, unroll=True if unroll else 1)
    outputs = ops.flip(outputs, 0) if go_backwards else outputs
    if mask is not None and not zero_output_for_mask and not _alike(_head(states), outputs[0]):
        flags = _swapped(mask)
        outputs = _held(outputs, ops.flip(flags, 0) if go_backwards else flags)
    return outputs[-1], _swapped(outputs), states


def _flags(mask: Any) -> Tensor:
    """The mask as booleans of shape `(batch, steps)`; a step is masked where all of its features are."""
    mask = ops.cast(mask, "bool")
    return mask if len(mask.shape) == 2 else ops.any(mask, axis=tuple(range(2, len(mask.shape))))


def _swapped(x: Any) -> Any:
    """Steps before samples, or the reverse."""
    return ops.swapaxes(x, 0, 1)


def _like(before: Any, after: Any) -> Any:
    """The states in the nesting that they had before: a cell may return one without its list."""
    return tree.pack_sequence_as(before, tree.flatten(after))


def _chosen(takes: Any, new: Any, old: Any) -> Any:
    return ops.where(ops.reshape(takes, (-1,) + (1,) * (len(new.shape) - 1)), new, old)


def _head(states: Any) -> Any:
    """The state that is the output of the step before: the first one, of the last cell of a stack."""
    states = list(states)
    return tree.flatten(states[-1] if tree.is_nested(states[0]) else states[0])[0]


def _alike(head: Any, output: Any) -> bool:
    return tuple(head.shape) == tuple(output.shape)


def _held(outputs: Any, flags: Any) -> Any:
    """The outputs with the last one that is not masked in place of those that are; zeros before the first."""
    steps = ops.arange(outputs.shape[0])[:, None]
    latest = ops.associative_scan(ops.maximum, ops.where(flags, steps, -1))
    latest = ops.reshape(latest, (*latest.shape, *(1,) * (len(outputs.shape) - 2)))
    held = ops.take_along_axis(outputs, ops.broadcast_to(ops.maximum(latest, 0), outputs.shape), axis=0)
    return ops.where(latest >= 0, held, ops.zeros_like(held))
