"""Messages from a run to its panel: deltas while it runs, and a compact whole for a view that starts late.

A delta is a small JSON head and two buffers of float32: batch values, name after name, and epoch values.
It carries the counts it starts from, so that a view notices when it has missed one. The whole is bytes:
the length of its head, the head, and the arrays the head describes.
"""

from __future__ import annotations

import json
import math
from collections.abc import Iterable
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from kerasnb.model.run import facts
from kerasnb.model.run.run import Run
from kerasnb.widgets.panel import line, order, steps
from kerasnb.widgets.panel.thin import spread, thin

POINTS_PER_MESSAGE = 500
POINTS_PER_SERIES = 500
GHOST_POINTS = 60
EVENTS = 200


class Cursor(NamedTuple):
    """The part of a run that has been sent."""

    batches: int = 0
    epochs: int = 0
    events: int = 0


def state(run: Run) -> dict:
    """How the run stands, as the first line and the controls show it; sent with each message, so it is short."""
    chip, tip = line.compiled(run)
    compiling_for = facts.compile_seconds(run) if facts.compiling(run) else None
    return {
        "model": run.model_name, "status": run.status, **line.line(run), "right": line.right(run),
        "fraction": line.fraction(run), "rate": run.learning_rate, "adjustable": adjustable(run),
        "epoch": run.epoch, "epochs": run.epochs, "first": run.initial_epoch, "steps": run.steps,
        "batches": run.batches, "compiling": line.kernels(run), "compilingFor": compiling_for,
        "compiled": chip, "compiledTip": tip,
        "pausedFor": line.paused_for(run), "names": facts.curves(run), "ended": run.finished,
        "rises": [n for n in facts.curves(run) if facts.rises(n)], "inModel": line.in_model(run),
    }  # fmt: skip


def adjustable(run: Run) -> dict[str, float]:
    """What can be changed while it trains, the learning rate first."""
    if run.adjustable:
        return {str(name): float(value) for name, value in run.adjustable.items()}
    return {} if run.learning_rate is None else {"learning_rate": run.learning_rate}


def more(run: Run) -> dict:
    """What changes rarely: notes, troubles, epochs that can be restored, the last run; sent when it has changed."""
    trouble: dict | None = None
    if run.trouble is not None:
        trouble = {key: run.trouble[key] for key in ("epoch", "batch", "where", "value")}
        trouble["order"] = order.rows(run.trouble.get("order") or [])
    found = {
        "notes": [_note(note) for note in run.notes()], "trouble": trouble, "failure": run.failure,
        "restorable": run.restorable, "again": run.can_start_again, "monitor": line.monitored(run),
        "ghost": _ghost(run), "steered": run.session is not None,
        "step": steps.told(run),
    }  # fmt: skip
    return json.loads(json.dumps(found, default=str))


def _note(note: dict) -> dict:
    """A note with what may be done at its end."""
    text = " ".join(part for part in (note.get("text"), note.get("fix")) if part)
    return {key: note.get(key) or "" for key in ("kind", "level", "title", "why")} | {"text": text}


def _ghost(run: Run) -> dict[str, list]:
    """Curves of the last run of this model by metric: validation where there is one, as epochs and values."""
    earlier: Any = next((g for g in run.ghosts() if g.history), None)
    found = {}
    for name in facts.curves(run) if earlier else []:
        key = next((n for n in (f"val_{name}", name) if n in earlier.history), None)
        if key is not None:
            x, y = thin([n + 1 for n in earlier.epoch_numbers], _padded(earlier, key), GHOST_POINTS)
            found[name] = [key, x.tolist(), [float(f"{v:.5g}") for v in y]]
    return found


def _padded(run: Any, name: str) -> list[float]:
    return [_at(run.history[name], i) for i in range(len(run.epoch_numbers))]


def delta(run: Run, cursor: Cursor) -> tuple[dict, list[bytes], Cursor]:
    """The message that brings a view from a cursor to now.

    Returns:
        Tuple of the head, its buffers, and the cursor after it.
    """
    reached = Cursor(run.batches, len(run.epoch_ends), len(run.events))
    head = {
        "state": state(run),
        "batches": [cursor.batches, reached.batches],
        "epochs": [cursor.epochs, reached.epochs],
        "marks": [cursor.events, reached.events],
    }
    head["points"], points = _points(run, cursor.batches, reached.batches)
    head["rows"], rows = _rows(run, range(cursor.epochs, reached.epochs))
    head["events"] = _events(run, cursor.events, reached.events)
    return head, [points, rows], reached


def _points(run: Run, start: int, stop: int) -> tuple[dict, bytes]:
    """Batch values from one batch to another; every k-th where a message would be too large, and the last."""
    stride = max(1, math.ceil((stop - start) / POINTS_PER_MESSAGE))
    names = list(run.columns)
    columns = [_single(run.values(n, start, stop))[::-1][::stride][::-1] for n in names]
    count = len(columns[0]) if columns else 0
    head = {"names": names, "count": count, "stride": stride}
    return head, b"".join(c.tobytes() for c in columns)


def _rows(run: Run, indices: Iterable[int]) -> tuple[dict, bytes]:
    """Values of some epochs, name after name."""
    names = list(run.history)
    table = [[_at(run.history[n], i) for i in indices] for n in names]
    head = {
        "names": names, "numbers": [run.epoch_numbers[i] for i in indices], "ends": [run.epoch_ends[i] for i in indices]
    }  # fmt: skip
    return head, _single(table).tobytes()


def _single(values: npt.ArrayLike) -> np.ndarray:
    """As float32, as a page gets it: what is too large for it is infinite there, which needs no warning."""
    with np.errstate(over="ignore"):
        return np.array(values, "float32")


def _at(series: list, i: int) -> float:
    return series[i] if i < len(series) else math.nan


def _events(run: Run, start: int, stop: int) -> list[dict]:
    return [{k: e[k] for k in ("kind", "at", "value") if k in e} for e in run.events[start:stop]]


def whole(run: Run) -> bytes:
    """Everything a view needs, with at most `POINTS_PER_SERIES` points for each curve."""
    batches, epochs = run.batches, len(run.epoch_ends)
    x = np.arange(1, batches + 1)
    series = {name: thin(x, run.values(name, 0, batches), POINTS_PER_SERIES) for name in list(run.columns)}
    rows_head, rows = _rows(run, spread(epochs, POINTS_PER_SERIES).tolist())
    head = {
        "state": state(run), "more": more(run), "batches": batches, "epochs": epochs, "marks": len(run.events),
        "events": _events(run, 0, len(run.events))[-EVENTS:],
        "series": [[name, len(xs)] for name, (xs, _) in series.items()], "rows": rows_head,
    }  # fmt: skip
    text = json.dumps(head).encode()
    text += b" " * (-len(text) % 4)
    arrays = b"".join(_single(a).tobytes() for pair in series.values() for a in pair)
    return len(text).to_bytes(4, "little") + text + arrays + rows
