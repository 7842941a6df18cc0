"""Reason: why a training ended, as data and in words."""

from __future__ import annotations

import math
from typing import Any

from kerasnb.callbacks import CallbackList, EarlyStopping, TerminateOnNaN


def of_end(model: Any, calls: CallbackList, run: Any, exhausted: bool) -> dict:
    """Why the loop has ended. Numbers of epochs and batches start from 0, as in `run.epoch_numbers`.

    Args:
        model: The model.
        calls: The callbacks of the run.
        run: `Run` whose loop has ended without an error.
        exhausted: Boolean, whether the data ran out.

    Returns:
        Dict with `kind`, one of `"completed"`, `"early_stopping"`, `"terminate_on_nan"`, `"stop_on_nan"`, `"stopped"`,
        `"interrupted"`, `"callback"`, `"out_of_data"`, and with `epoch`, the last one that was begun.
    """
    early = next((c for c in calls.callbacks if isinstance(c, EarlyStopping) and _holds(c)), None)
    reason = {"kind": _kind(model, calls, run, exhausted), "epoch": run.epoch, "batch": run.step}
    if early is not None:
        reason |= {"monitor": early.monitor, "best": early.best, "best_epoch": early.best_epoch,
                   "patience": early.patience, "restored": early.best_weights is not None}  # fmt: skip
    return reason


def _holds(early: EarlyStopping) -> bool:
    """Whether an EarlyStopping has seen its metric."""
    return early.best is not None and math.isfinite(early.best)


def _kind(model: Any, calls: CallbackList, run: Any, exhausted: bool) -> str:
    if run.interrupted:
        return "interrupted"
    if run.stopped_on_nan:
        return "stop_on_nan"
    if run.control.stop:
        return "stopped"
    if any(isinstance(c, EarlyStopping) and c.stopped_epoch for c in calls.callbacks):
        return "early_stopping"
    if exhausted:
        return "out_of_data"
    if model.stop_training:
        on_nan = any(isinstance(c, TerminateOnNaN) for c in calls.callbacks) and not run.is_finite
        return "terminate_on_nan" if on_nan else "callback"
    return "completed"
