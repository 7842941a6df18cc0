"""A run in words and numbers, which are the same in every view."""

from __future__ import annotations

import itertools
import math
import statistics
import time
from collections.abc import Iterable
from typing import TYPE_CHECKING

if TYPE_CHECKING:  # runs import this file, for their text
    from kerasnb.model.run.run import Run

RECENT = 65
WIDTH = 60  # of a sparkline
BARS = "▁▂▃▄▅▆▇█"
FALLING = (
    "loss", "error", "mse", "mae", "mape", "msle", "perplexity", "divergence", "crossentropy",
    "hinge", "logcosh", "log_cosh", "poisson", "false_", "distance",
)  # fmt: skip


def step_seconds(run: Run) -> float | None:
    """Seconds per batch: a median over recent ones, so that compiling, pauses and validation do not count."""
    count = run.batches
    times = run.batch_times[max(0, count - RECENT) : count]
    gaps = [b - a for a, b in itertools.pairwise(times)]
    return statistics.median(gaps) if gaps else None


def seconds_left(run: Run) -> float | None:
    """Seconds until the end of the run, or None if it is unknown."""
    each = step_seconds(run)
    if each is None or run.steps is None or run.finished:
        return None
    epochs_left = max(0, run.epochs - run.epoch - 1) if run.kind == "fit" else 0
    batches_left = max(0, run.steps - run.step - 1) + epochs_left * run.steps
    return batches_left * each + (epochs_left + 1) * run.validation_seconds


def fraction(run: Run) -> float | None:
    """The part of the run that is done, between 0 and 1, or None if it is unknown."""
    epochs = max(1, run.epochs - run.initial_epoch) if run.kind == "fit" else 1
    if run.finished and run.status == "completed":
        return 1.0
    if not run.steps:
        return len(run.epoch_ends) / epochs if run.epoch_ends and run.kind == "fit" else None
    return min(1.0, run.batches / (run.steps * epochs))


def rises(name: str) -> bool:
    """Whether larger values of a metric are better, judged by its name."""
    return not any(part in name for part in FALLING)


def best_epoch(run: Run, name: str) -> int | None:
    """The position of the best epoch by a metric: by its validation values if there are any."""
    series = run.history.get(f"val_{name}") or run.history.get(name) or []
    finite = [(value, i) for i, value in enumerate(series) if math.isfinite(value)]
    if not finite:
        return None
    return max(finite, key=lambda p: (p[0], -p[1]))[1] if rises(name) else min(finite)[1]


def curves(run: Run) -> list[str]:
    """The metrics that have a chart: the loss first."""
    names = [n for n in [*run.metrics_names, *run.columns, *run.history] if not n.startswith("val_")]
    names = [n for n in dict.fromkeys(names) if n != "learning_rate"]
    return sorted(names, key=lambda n: (n != "loss", n))


def duration(seconds: float) -> str:
    """A duration for people: `40 ms`, `4.2 s`, `3 min 05 s`, `2 h 10 min`."""
    if seconds < 0.1:
        return f"{seconds * 1e3:.0f} ms"
    if seconds < 10:
        return f"{seconds:.1f} s"
    if seconds < 60:
        return f"{seconds:.0f} s"
    if seconds < 3600:
        return f"{int(seconds // 60)} min {int(seconds % 60):02d} s"
    return f"{int(seconds // 3600)} h {int(seconds % 3600 // 60):02d} min"


def headline(run: Run, timed: bool = True) -> str:
    """One line: the current state of the run, or how it ended.

    Args:
        run: `Run`.
        timed: Boolean, whether to include the duration, which differs between machines.
    """
    if run.finished:
        return _ending(run, timed)
    phase = compiling(run)
    if run.status == "paused":
        return f"Paused in epoch {run.epoch + 1} of {run.epochs}"
    if phase:
        return phase
    if run.status == "created":
        return "Starting"
    where = f"Epoch {run.epoch + 1} of {run.epochs}" if run.kind == "fit" else run.kind.capitalize()
    if run.validation_started is not None:
        return f"{where} · validating"
    step = f" · batch {run.step + 1}" + (f" of {run.steps}" if run.steps else "")
    return where + (step if run.step >= 0 else " · first batch") + diverged(run)


def diverged(run: Run) -> str:
    """The remark on a loss that is not finite, else an empty string."""
    last = run.values("loss", run.batches - 1) if run.batches and "loss" in run.columns else [0.0]
    if run.trouble is None or all(map(math.isfinite, last)):
        return ""
    what = "NaN" if any(map(math.isnan, last)) else "infinite"
    advice = [e["advice"] for e in run.events if e["kind"] == "loss_not_finite"] or ["try a smaller learning rate"]
    return f" · the loss is not finite ({what}) since {place(run.trouble)}: {advice[0]}"


def place(where: dict) -> str:
    """The place of a batch for people, who count from 1: `epoch 1, batch 7`."""
    return f"epoch {where['epoch'] + 1}, batch {where['batch'] + 1}"


def compiling(run: Run) -> str | None:
    """The current compile phase: `Compiling dense, 2 of 7 · 1.3 s`; None if nothing is compiled."""
    if not run.phases:
        return None
    text, done, total, _ = run.phases[-1]
    if done >= total:
        return None
    return f"{text[:1].upper()}{text[1:]}, {done + 1} of {total} · {compile_seconds(run):.1f} s"


def compile_seconds(run: Run) -> float:
    """Seconds of compiling: between the first report and the last of each stretch of it."""
    total, began = 0.0, None
    for (_, done, count, _), at in zip(list(run.phases), list(run.phase_times), strict=False):
        began = at if began is None else began
        if done >= count:
            total, began = total + at - began, None
    return total if began is None else total + (time.perf_counter() if run.ended is None else run.ended) - began


def _ending(run: Run, timed: bool) -> str:
    took = f" · {duration(run.elapsed())}" if timed else ""
    if run.kind != "fit":
        return f"{run.kind.capitalize()} · {run.batches} batch{'es' * (run.batches != 1)}{took}"
    if run.status == "failed":
        return f"Failed{_before_or_in(run)}{took}{diverged(run)}"
    return f"{_how(run)}{took}{diverged(run)}"


def _before_or_in(run: Run) -> str:
    """Where an error came: before the first batch, or in which one."""
    return f" in epoch {run.epoch + 1}, after {run.batches} batches" if run.batches else " before batch 1"


def _how(run: Run) -> str:
    """How a training ended: `Stopped early at epoch 12 of 20: val_loss no better for 5 epochs; best ...`."""
    reason = run.reason or {"kind": run.status}
    done, planned = len(run.epoch_ends), run.epochs - run.initial_epoch
    at = f"at epoch {run.epoch + 1} of {run.epochs}"
    kind = reason["kind"]
    if kind == "early_stopping":
        return f"Stopped early {at}: {_no_better(reason)}; {_best(reason)}"
    if kind in ("terminate_on_nan", "stop_on_nan"):
        return f"Stopped {at}"  # the remark on the loss says why
    if kind == "callback":
        return f"Stopped by a callback {at}"
    if kind == "out_of_data":
        return f"Trained · {done} of {planned} epochs: the data ran out"
    word = {"stopped": "Stopped", "interrupted": "Interrupted"}.get(kind, "Trained")
    count = f"{done} of {planned} epochs" if done != planned else f"{done} epoch{'s' * (done != 1)}"
    return f"{word} · {count}" + (f"; {_best(reason)}" if reason.get("restored") else "")


def _no_better(reason: dict) -> str:
    patience = max(1, reason["patience"])
    return f"{reason['monitor']} no better for {patience} epoch{'s' * (patience != 1)}"


def _best(reason: dict) -> str:
    restored = ", restored" if reason["restored"] else ""
    return f"best {decimals(reason['best'])} at epoch {reason['best_epoch'] + 1}{restored}"


def decimals(value: float) -> str:
    """A value in a sentence, as `kit/words.py` writes it: three significant digits, four decimals from 0.9 up."""
    size = abs(value)
    if not math.isfinite(value) or value == 0:
        return "NaN" if math.isnan(value) else f"{value:g}"
    if size >= 1e6 or size < 1e-4:
        mantissa, exponent = f"{value:.2e}".split("e")
        return f"{mantissa}e{int(exponent)}"
    if size >= 1000:
        return f"{value:,.0f}"
    return f"{value:.4f}" if 0.9 <= size < 10 else f"{value:#.3g}".rstrip(".")


def pace(run: Run) -> str:
    """The speed, and the time that is left."""
    each = step_seconds(run)
    if each is None:
        return ""
    speed = f"{each * 1e3:.1f} ms/step" if each < 1 else f"{each:.1f} s/step"
    left = seconds_left(run)
    return speed if left is None or run.status == "paused" else f"{speed} · {duration(left)} left"


def sparkline(values: Iterable[float]) -> str:
    """Values as a row of small bars.

    Example:

    >>> from kerasnb.model.run import facts as run_facts
    >>> run_facts.sparkline([1, 2, 3, 4])
    '▁▃▆█'
    """
    values = list(values)
    finite = [v for v in values if math.isfinite(v)]
    if not finite:
        return ""
    low, high = min(finite), max(finite)
    scale = (len(BARS) - 1) / (high - low) if high > low else 0.0
    return "".join(BARS[round((v - low) * scale)] if math.isfinite(v) else "×" for v in values)


def _some(series: list) -> list:
    """At most `WIDTH` values of a series, with the first and the last."""
    if len(series) <= WIDTH:
        return series
    return [series[round(i * (len(series) - 1) / (WIDTH - 1))] for i in range(WIDTH)]


def text(run: Run, timed: bool = True) -> str:
    """A run as plain text: the headline, and for each series a sparkline, its ends and its best epoch."""
    lines = [f"{run.model_name or 'model'}: {headline(run, timed)}"]
    width = max((len(n) for n in run.history), default=0)
    for name, series in run.history.items():
        ends = [decimals(value).replace("-", "−").replace("e−", "e-") for value in (series[0], series[-1])]
        judged = name != "learning_rate" and f"val_{name}" not in run.history
        place = best_epoch(run, name) if judged else None
        best = f"  ★ epoch {run.epoch_numbers[place] + 1}" if place is not None and len(series) > 1 else ""
        lines.append(f"  {name:<{width}}  {sparkline(_some(series))}  {' → '.join(ends)}{best}")
    return "\n".join(lines)
