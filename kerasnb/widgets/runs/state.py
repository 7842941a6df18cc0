"""Several runs as the values that every view of them needs: what differs, the curves, the best epochs."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from kerasnb.model.run import facts
from kerasnb.model.run.run import Run
from kerasnb.widgets.kit.words import count, number
from kerasnb.widgets.panel.thin import spread
from kerasnb.widgets.runs import settings

POINTS, ALL_POINTS, FEWEST = 60, 4000, 12  # of a curve, of all curves of a card, of a curve among very many


class Best(NamedTuple):
    """The best value of a metric in a run, and the number of its epoch."""

    value: float
    epoch: int


def of(runs: Sequence[Run], labels: Sequence[str]) -> dict:
    """The state of a card of runs: JSON values."""
    compared = settings.table([run.config for run in runs])
    metrics = list(dict.fromkeys(name for run in runs for name in facts.curves(run)))
    points = max(FEWEST, min(POINTS, ALL_POINTS // max(1, 2 * len(runs) * len(metrics))))
    telling = compared.telling()
    described = [_run(run, label, points) for run, label in zip(runs, labels, strict=True)]
    for entry, row in zip(described, compared.values, strict=True):
        entry |= {"values": row, "title": [row[name] for name in telling]}
    return {
        "runs": described, "metrics": metrics, "rises": [name for name in metrics if facts.rises(name)],
        "differ": compared.differ, "telling": [settings.short(name, telling) for name in telling],
        "equal": list(compared.equal.items()),
    }  # fmt: skip


def _run(run: Run, label: str, points: int) -> dict:
    bests = {name: best(run, name) for name in facts.curves(run)}
    return {
        "label": label, "status": run.status, "done": len(run.epoch_ends), "first": run.initial_epoch,
        "planned": run.epochs, "seconds": round(run.elapsed(), 3), "fraction": facts.fraction(run),
        "line": "" if run.finished else facts.headline(run), "validates": validates(run),
        "bad": first_not_finite(run), "best": {name: list(b) for name, b in bests.items() if b is not None},
        "curves": {name: _curve(run, name, points) for name in facts.curves(run)},
    }  # fmt: skip


def _curve(run: Run, name: str, points: int) -> dict:
    """The epochs of a metric: their numbers from 1, training values, validation values."""
    chosen = spread(len(run.epoch_ends), points)
    series = {"t": run.history.get(name, []), "v": run.history.get(f"val_{name}", [])}
    return {"x": [run.epoch_numbers[i] + 1 for i in chosen]} | {
        key: [_rounded(values[i]) if i < len(values) else None for i in chosen] for key, values in series.items()
    }


def _rounded(value: float) -> float | None:
    return float(f"{value:.4g}") if math.isfinite(value) else None


def validates(run: Run) -> bool:
    """Whether a run has values of a validation."""
    return any(name.startswith("val_") for name in run.history)


def shown_name(run: Run, name: str) -> str:
    """The series that a metric is judged by."""
    return f"val_{name}" if f"val_{name}" in run.history else name


def best(run: Run, name: str) -> Best | None:
    """The best value of a metric, by its validation where there is one; none for a run that ended without numbers."""
    place = facts.best_epoch(run, name)
    if place is None or first_not_finite(run) is not None:
        return None
    return Best(float(run.history[shown_name(run, name)][place]), run.epoch_numbers[place] + 1)


def first_not_finite(run: Run) -> int | None:
    """The number of the first epoch whose loss is not finite, if the last one is not either."""
    losses = [run.history[name] for name in ("loss", "val_loss") if run.history.get(name)]
    if not losses or np.isfinite([series[-1] for series in losses]).all():
        return None
    return min(run.epoch_numbers[_first_bad(series)] + 1 for series in losses if not math.isfinite(series[-1]))


def _first_bad(series: Sequence[float]) -> int:
    return next(i for i, value in enumerate(series) if not math.isfinite(value))


def winner(runs: Sequence[Run], name: str) -> int | None:
    """The place of the run with the best value of a metric."""
    values = [(b.value, i) for i, run in enumerate(runs) if (b := best(run, name)) is not None]
    if not values:
        return None
    return max(values, key=lambda p: (p[0], -p[1]))[1] if facts.rises(name) else min(values)[1]


def sentence(runs: Sequence[Run], state: dict, name: str = "loss") -> str:
    """The outcome of several runs in words: the best one and its settings, and those without numbers.

    Args:
        runs: Sequence of `Run`.
        state: What `of` returned for them.
        name: String, the metric.
    """
    parts = []
    at = winner(runs, name)
    if at is not None:
        made = ", ".join(f"{n} {v}" for n, v in zip(state["telling"], state["runs"][at]["title"], strict=True))
        value, label = best(runs[at], name), state["runs"][at]["label"]
        assert value is not None
        told = f" ({made})" if made else ""
        parts.append(f"best {shown_name(runs[at], name)} {number(value.value)} in run {label}{told}")
    bad = [entry for entry in state["runs"] if entry["bad"] is not None]
    parts += [f"run {entry['label']} not finite from epoch {entry['bad']}" for entry in bad[:2]]
    parts += [f"{count(len(bad) - 2, 'more run')} not finite"] if len(bad) > 2 else []
    return " · ".join(parts)
