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
    series = {name: judged(runs, name) for name in metrics}
    described = [_run(run, label, points, series) for run, label in zip(runs, labels, strict=True)]
    for entry, row in zip(described, compared.values, strict=True):
        entry |= {"values": row, "title": [row[name] for name in telling]}
    return {
        "runs": described, "metrics": metrics, "rises": [name for name in metrics if facts.rises(name)],
        "differ": compared.differ, "telling": [settings.short(name, telling) for name in telling],
        "equal": list(compared.equal.items()),
    }  # fmt: skip


def judged(runs: Sequence[Run], name: str) -> str:
    """The series by which runs are judged: validation values, where every run has them."""
    begun = [run for run in runs if run.epoch_ends]
    return f"val_{name}" if begun and all(f"val_{name}" in run.history for run in begun) else name


def _run(run: Run, label: str, points: int, series: dict[str, str]) -> dict:
    names = facts.curves(run)
    bests = {name: best(run, series[name]) for name in names}
    return {
        "label": label, "status": run.status, "done": len(run.epoch_ends), "first": run.initial_epoch,
        "planned": run.epochs, "seconds": round(run.elapsed(), 3), "fraction": facts.fraction(run),
        "line": "" if run.finished else facts.headline(run), 
        "bad": first_not_finite(run), "best": {name: list(b) for name, b in bests.items() if b is not None},
        "curves": {name: _curve(run, name, points) | {"j": "tv"[series[name] != name]} for name in names},
    }  # fmt: skip


def _curve(run: Run, name: str, points: int) -> dict:
    """The epochs of a metric: their numbers from 1, training values `t`, validation values `v`; `j` are judged."""
    chosen = spread(len(run.epoch_ends), points)
    series = {"t": run.history.get(name, []), "v": run.history.get(f"val_{name}", [])}
    return {"x": [run.epoch_numbers[i] + 1 for i in chosen]} | {
        key: [_rounded(values[i]) if i < len(values) else None for i in chosen] if values else []
        for key, values in series.items()
    }


def _rounded(value: float) -> float | None:
    return float(f"{value:.4g}") if math.isfinite(value) else None


def best(run: Run, series: str) -> Best | None:
    """The best value of a series; none for a run that ended without numbers."""
    finite = [(float(value), i) for i, value in enumerate(run.history.get(series, [])) if math.isfinite(value)]
    if not finite or first_not_finite(run) is not None:
        return None
    value, place = max(finite, key=lambda p: (p[0], -p[1])) if facts.rises(series) else min(finite)
    return Best(value, run.epoch_numbers[place] + 1)


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
    series = judged(runs, name)
    values = [(b.value, i) for i, run in enumerate(runs) if (b := best(run, series)) is not None]
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
        entry, told = state["runs"][at], f" ({made})" if made else ""
        parts.append(f"best {judged(runs, name)} {number(entry['best'][name][0])} in run {entry['label']}{told}")
    bad = [entry for entry in state["runs"] if entry["bad"] is not None]
    parts += [f"run {entry['label']} not finite from epoch {entry['bad']}" for entry in bad[:2]]
    parts += [f"{count(len(bad) - 2, 'more run')} not finite"] if len(bad) > 2 else []
    return " · ".join(parts)
