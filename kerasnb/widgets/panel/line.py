"""What a run says of itself: how it stands, or why it ended and which weights are in the model."""

from __future__ import annotations

import re
import time
from typing import Any

from kerasnb.model.run import facts
from kerasnb.model.run.run import Run
from kerasnb.widgets.kit.words import count, number


def line(run: Run) -> dict[str, str]:
    """The first line of the card: a word with its icon and colour, and the rest of the sentence."""
    level, icon, word = _word(run)
    return {"level": level, "icon": icon, "word": word, "text": _text(run)}


def headline(run: Run) -> str:
    """How a run stands or ended as one sentence without times, which differ between machines."""
    if run.kind != "fit" or not run.finished:
        return facts.headline(run, timed=False)
    if run.status == "failed":
        return " · ".join(part for part in (_word(run)[2], _text(run)) if part)
    word, text = _word(run)[2], _text(run)
    return f"{word} {text}" if text.startswith(("at ", "by ")) else f"{word} · {text}"


def _word(run: Run) -> tuple[str, str, str]:
    if run.status == "failed":
        return "bad", "bad", run.failure["title"] if run.failure else "Failed"
    if run.status == "paused":
        return "warn", "pause", "Paused"
    if run.trouble:
        return "bad", "bad", "Not finite"
    if not run.finished:
        if facts.compiling(run):
            return "acc", "back", "Compiling"
        return ("t2", "", "Starting") if run.status == "created" else ("acc", "play", "Training")
    if is_early(run):
        return "ok", "ok", "Stopped early"
    if (run.reason or {}).get("kind") == "callback":
        return "warn", "stop", "Stopped"
    return {"completed": ("ok", "ok", "Trained"), "stopped": ("warn", "stop", "Stopped")}.get(
        run.status, ("warn", "stop", "Interrupted")
    )


def _text(run: Run) -> str:
    if run.status == "failed":
        return _disagreement(run.failure) if run.failure else ""
    trouble = run.trouble
    if trouble and run.status != "paused":
        still = _after(run) if run.finished else f"still training: {_place(run, steps=False)}"
        what = f"output of {trouble['where']}" if trouble.get("kind") == "activation" else trouble["where"]
        return f"{what} since epoch {trouble['epoch'] + 1}, batch {trouble['batch'] + 1} · {still}"
    if run.finished:
        return _ending(run)
    return _compiling(run) or _place(run)


def _disagreement(failure: dict) -> str:
    """What does not fit: `targets and output do not fit together`; else the kind of the error."""
    if failure.get("sides"):
        names = [re.sub(r" (has|have|gives|is|are|expects)$", "", str(side[0])) for side in failure["sides"]]
        return f"{' and '.join(names)} do not fit together"
    last = (failure.get("trace") or [""])[-1]
    return last.partition(":")[0] if ":" in last else ""


def _after(run: Run) -> str:
    """What happened after a value that was not finite."""
    kind = (run.reason or {}).get("kind", run.status)
    stops = {"stop_on_nan": "training stopped there", "terminate_on_nan": "TerminateOnNaN stopped the training"}
    return stops.get(kind, f"ended after {_done(run)}")


def _place(run: Run, steps: bool = True) -> str:
    if run.status == "created":
        return "waiting for the first batch"
    where = f"epoch {run.epoch + 1:,} of {run.epochs:,}"
    if run.validation_started is not None:
        return f"{where} · validating"
    if not steps:
        return where
    if run.step < 0:
        return f"{where} · first batch"
    return f"{where} · batch {run.step + 1:,}" + (f" of {run.steps:,}" if run.steps else "")


def _compiling(run: Run) -> str:
    """`conv2d_fwd, 2 of 7 · cached for the next run`; the page adds the seconds, which go on."""
    if not facts.compiling(run):
        return ""
    text, done, total, _ = run.phases[-1]
    return f"{_kernel(text)}, {done + 1} of {total} · cached for the next run"


def _kernel(text: str) -> str:
    return text.removeprefix("compiling ").removeprefix("compiled ")


def _ending(run: Run) -> str:
    if is_early(run):
        return _early(run)
    kind = (run.reason or {}).get("kind")
    if run.status != "completed" or kind == "callback":
        partly = len(run.epoch_ends) < len(run.epoch_starts)
        at = f"at epoch {run.epoch + 1:,} of {run.epochs:,}"
        by = "by a callback " if kind == "callback" else ""
        batch = f", batch {run.step + 1:,}" + (f" of {run.steps:,}" if run.steps else "") if partly else ""
        return by + at + batch
    if kind == "out_of_data":
        return f"{_done(run)}: the data ran out"
    return " · ".join(part for part in (_done(run), _best(run), _weights(run)) if part)


def _done(run: Run) -> str:
    done, planned = len(run.epoch_ends), run.epochs - run.initial_epoch
    return f"{done:,} of {count(planned, 'epoch')}" if done != planned else count(done, "epoch")


def _early(run: Run) -> str:
    why: Any = run.reason
    last = run.epoch_numbers[-1] + 1 if run.epoch_numbers else run.epoch + 1
    weights = in_model(run)
    kept = "restored" if weights == why["best_epoch"] else f"the weights are those of epoch {(weights or 0) + 1}"
    patience = count(int(why.get("patience") or 0), "epoch")
    return (
        f"at epoch {last:,} of {run.epochs:,}: {why['monitor']} no better for {patience} · "
        f"best {number(why['best'])} at epoch {why['best_epoch'] + 1}, {kept}"
    )


def monitored(run: Run) -> str | None:
    """The name that decides which epoch is the best one: the loss, on validation where there is one."""
    return next((n for n in ("val_loss", "loss", *run.history) if n in run.history), None)


def best(run: Run) -> int | None:
    """The position of the best epoch, or None if there are fewer than two."""
    name = monitored(run)
    return facts.best_epoch(run, name.removeprefix("val_")) if name and len(run.epoch_ends) > 1 else None


def _best(run: Run) -> str:
    at, name = best(run), monitored(run)
    if at is None or name is None:
        return ""
    return f"best {name} {number(run.history[name][at])} at epoch {run.epoch_numbers[at] + 1}"


def _weights(run: Run) -> str:
    if run.restored is None:
        return ""
    if run.restored < run.initial_epoch:
        return "the weights are the initial ones"
    return f"the weights are those of epoch {run.restored + 1}"


# --- the right end of the line


def right(run: Run) -> str:
    """Speed and time left, how long it is paused, or how long it took."""
    if run.finished:
        return "before batch 1" if run.status == "failed" and not run.batches else facts.duration(run.elapsed())
    return "" if run.status == "paused" else facts.pace(run)


def paused_for(run: Run) -> float | None:
    """Seconds since a pause began, or None."""
    if run.status != "paused":
        return None
    began = [e["time"] for e in run.events if e["kind"] == "paused"]
    return time.perf_counter() - began[-1] if began else 0.0


def compiled(run: Run) -> tuple[str, str]:
    """`compiled in 1.8 s`, and which kernels took how long; empty strings where nothing was compiled."""
    times = [(seconds, _kernel(text)) for text, _, _, seconds in run.phases if seconds > 0]
    whole = facts.compile_seconds(run)
    if whole < 0.05 or not times:
        return "", ""
    seconds, kernel = max(times)
    tip = f"{count(len(times), 'kernel')}; the slowest, {kernel}, took {facts.duration(seconds)}"
    return f"compiled in {facts.duration(whole)}", tip


def kernels(run: Run) -> str:
    """What has been compiled, as `1 of 7 kernels ready (matmul 0.4 s). Now conv2d_fwd; 5 to come.` says it."""
    if not facts.compiling(run):
        return ""
    text, done, total, _ = run.phases[-1]
    ready = [f"{_kernel(name)} {facts.duration(seconds)}" for name, _, _, seconds in run.phases if seconds > 0]
    last = f" ({ready[-1]})" if ready else ""
    return f"{done} of {total} kernels ready{last}. Now {_kernel(text)}; {total - done - 1} to come."


def is_early(run: Run) -> bool:
    """Whether early stopping ended it."""
    return run.finished and run.status != "failed" and (run.reason or {}).get("kind") == "early_stopping"


def in_model(run: Run) -> int | None:
    """The number of the epoch whose weights are in the model after the end, or None before."""
    if not run.finished or not run.epoch_numbers:
        return None
    if run.restored is not None:
        return run.restored
    reason = run.reason or {}
    partly = len(run.epoch_ends) < len(run.epoch_starts)
    return reason["best_epoch"] if reason.get("restored") else None if partly else run.epoch_numbers[-1]


def fraction(run: Run) -> float | None:
    """The part that is done: of the kernels while they are compiled, else of the planned epochs."""
    if run.finished:
        return min(1.0, len(run.epoch_ends) / max(1, run.epochs - run.initial_epoch))
    if facts.compiling(run) and not run.batches:
        _, done, total, _ = run.phases[-1]
        return done / total
    return facts.fraction(run)
