"""What a person reads of a run and asks for, beside its record."""

from __future__ import annotations

from typing import Any

from kerasnb.model.run import coach, past, replay


class Steered:
    """What `Run` has for a person: hints, earlier runs, hyper-parameters, snapshots, more epochs, and code.

    Attributes:
        kind: String, what the run records.
        session: `Session`, the model and the data, where there is a training to steer; else None.
    """

    kind: str
    session: Any
    _ghosts: list[past.Ghost]

    def ghosts(self) -> list[past.Ghost]:
        """Up to five earlier runs of models like this one, newest first: each with `history` and `epoch_numbers`."""
        return self._ghosts

    def notes(self) -> list[dict]:
        """What the numbers of the run say, with the evidence: see `coach.notes`."""
        return coach.notes(self)

    # --- what a person asks for

    @property
    def adjustable(self) -> dict[str, float]:
        """The hyper-parameters that `control.set(name, value)` may change, with their values: the learning rate first.

        Empty where there is no training to steer.
        """
        return {} if self.session is None else self.session.adjustable()

    @property
    def restorable(self) -> list[int]:
        """The numbers of the epochs whose weights and optimizer state are kept, in order."""
        return [] if self.session is None else self.session.ring.epochs()

    def restore(self, epoch: int) -> None:
        """Puts weights, seeds and the optimizer's state at the end of an epoch back, exactly as they were.

        While the model trains, this happens after the current batch.

        Args:
            epoch: Integer, the number of the epoch from 0: one of `run.restorable`.

        Raises:
            ValueError: If that epoch is not kept.
        """
        self._steered().restore(epoch)

    @property
    def can_start_again(self) -> bool:
        """Whether the weights and the optimizer's state before the first epoch are kept."""
        return self.session is not None and self.session.ring.start in self.session.ring.kept

    def start_again(self) -> Any:
        """Puts weights, seeds and the optimizer's state before the first epoch back, and trains again from there.

        While the model trains, this happens after the current batch, and the epochs that are left follow. After the end
        as many epochs as `fit` was asked for are trained, in the background.

        Returns:
            The training, as `fit(background=True)` returns it, after the end; None before.

        Raises:
            ValueError: If that state is not kept, or the layers of the model have changed.
        """
        return self._steered().start_again()

    def extend(self, epochs: int) -> Any:
        """Trains more epochs after the end, in the background, with the arguments of the same `fit`.

        Args:
            epochs: Positive integer, how many.

        Returns:
            The training, as `fit(background=True)` returns it.

        Raises:
            ValueError: If it is another number, the run has not ended, or the layers of the model have changed.
        """
        return self._steered().extend(epochs)

    def code(self) -> str:
        """The clicks of the session as code: with it, the same fit of an equal model gives the same weights."""
        return replay.code(self)

    def _steered(self) -> Any:
        if self.session is None:
            raise ValueError(f"Only a run of fit() can be steered; this is a run of {self.kind}().")
        return self.session
