"""DropoutRNNCell: the dropout masks of a recurrent cell, which stay the same over all steps of a sequence."""

from __future__ import annotations

from typing import Any

from kerasnb import ops, random
from kerasnb.backend.autodiff import recording
from kerasnb.backend.tensor.tensor import Tensor


class DropoutRNNCell:
    """What recurrent cells have for dropout: masks that are drawn once and used at every step.

    A layer that runs a cell over a sequence resets the masks at the end, so that the next batch gets new ones. The
    same mask at every step is what makes dropout work in recurrent networks
    ([Gal and Ghahramani, 2016](https://arxiv.org/abs/1512.05287)).

    A class that uses it has the attributes `dropout`, `recurrent_dropout` and `seed_generator`, and
    `dropout_mask_count` where each gate has a mask of its own.
    """

    dropout: float
    recurrent_dropout: float
    seed_generator: random.SeedGenerator
    dropout_mask_count: int | None = None
    _masks: dict[str, tuple] | None = None

    def get_dropout_mask(self, step_input: Any) -> Tensor | list[Tensor] | None:
        """Returns the mask of the inputs, or one for each gate; None where nothing is dropped.

        Args:
            step_input: Tensor of the shape that the mask has.
        """
        return self._mask_of("inputs", self.dropout, step_input)

    def get_recurrent_dropout_mask(self, step_input: Any) -> Tensor | list[Tensor] | None:
        """Returns the mask of the states, or one for each gate; None where nothing is dropped.

        Args:
            step_input: Tensor of the shape that the mask has.
        """
        return self._mask_of("states", self.recurrent_dropout, step_input)

    def reset_dropout_mask(self) -> None:
        """Forgets the mask of the inputs: the next step draws another one."""
        self._forget("inputs")

    def reset_recurrent_dropout_mask(self) -> None:
        """Forgets the mask of the states: the next step draws another one."""
        self._forget("states")

    def _mask_of(self, kind: str, rate: float, like: Any) -> Tensor | list[Tensor] | None:
        if not rate:
            return None
        step, known = _outermost(), (self._masks or {}).get(kind)
        if known is None or known[0] is not step or known[1] != tuple(like.shape):
            known = step, tuple(like.shape), self._drawn(rate, like)
            object.__setattr__(self, "_masks", {**(self._masks or {}), kind: known})
        return known[2]

    def _drawn(self, rate: float, like: Any) -> Tensor | list[Tensor]:
        ones = ops.ones(like.shape, dtype=like.dtype)
        masks = [random.dropout(ones, rate, seed=self.seed_generator) for _ in range(self.dropout_mask_count or 1)]
        return masks[0] if self.dropout_mask_count is None else masks

    def _forget(self, kind: str) -> None:
        object.__setattr__(self, "_masks", {k: v for k, v in (self._masks or {}).items() if k != kind})


def _outermost() -> Any:
    """The recording that holds all others: masks of one recorded step mean nothing in another."""
    step = recording.current()
    while step is not None and step.outer[0] is not None:
        step = step.outer[0]
    return step
