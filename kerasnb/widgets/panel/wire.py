"""Messages from a run to its panel: deltas while it runs, and a compact whole for a view that starts late.

A delta is a small JSON head and two buffers of float32: batch values, name after name, and epoch values.
It carries the counts it starts from, so that a view notices when it has missed one. The whole is bytes:
the length of its head, the head, and the arrays the head describes.
"""

from __future__ import annotations

import json
import math
from collections.abc import Iterable
from typing import NamedTuple

import numpy as np

from kerasnb.model.run import facts
from kerasnb.model.run.run import Run
from kerasnb.widgets.panel.thin import spread, thin

POINTS_PER_MESSAGE = 500
POINTS_PER_SERIES = 500


class Cursor(NamedTuple):
    """The part of a run that has been sent."""

    batches: int = 0
    epochs: int = 0
    events: int = 0


def state(run: Run) -> dict:
    """The state of the run, as the status line shows it."""
    return {
        "kind": run.kind, "model": run.model_name, "status": run.status, "headline": facts.headline(run),
        "pace": "" if run.finished else facts.pace(run), "fraction": facts.fraction(run),
        "rate": run.learning_rate, "epochs": run.epochs, "first": run.initial_epoch, "steps": run.steps,
        "compiling": facts.compiling(run) is not None, "names": facts.curves(run),
        "rises": [n for n in facts.curves(run) if facts.rises(n)], "elapsed": round(run.elapsed(), 1),
    }  # fmt: skip


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
    }
    head["points"], points = _points(run, cursor.batches, reached.batches)
    head["rows"], rows = _rows(run, range(cursor.epochs, reached.epochs))
    head["events"] = _events(run, cursor.events, reached.events)
    return head, [points, rows], reached


def _points(run: Run, start: int, stop: int) -> tuple[dict, bytes]:
    """Batch values from one batch to another; every k-th where a message would be too large, and the last."""
    stride = max(1, math.ceil((stop - start) / POINTS_PER_MESSAGE))
    names = list(run.columns)
    columns = [np.array(run.values(n, start, stop), "float32")[::-1][::stride][::-1] for n in names]
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
    return head, np.array(table, "float32").tobytes()


def _at(series: list, i: int) -> float:
    return series[i] if i < len(series) else math.nan


def _events(run: Run, start: int, stop: int) -> list[dict]:
    return [{k: v for k, v in e.items() if k != "time"} for e in run.events[start:stop]]


def whole(run: Run) -> bytes:
    """Everything a view needs, with at most `POINTS_PER_SERIES` points for each curve."""
    batches, epochs = run.batches, len(run.epoch_ends)
    x = np.arange(1, batches + 1)
    series = {name: thin(x, run.values(name, 0, batches), POINTS_PER_SERIES) for name in list(run.columns)}
    rows_head, rows = _rows(run, spread(epochs, POINTS_PER_SERIES).tolist())
    head = {
        "state": state(run), "batches": batches, "epochs": epochs, "events": _events(run, 0, len(run.events))[-200:],
        "series": [[name, len(xs)] for name, (xs, _) in series.items()], "rows": rows_head,
    }  # fmt: skip
    text = json.dumps(head).encode()
    text += b" " * (-len(text) % 4)
    arrays = b"".join(a.astype("float32").tobytes() for pair in series.values() for a in pair)
    return len(text).to_bytes(4, "little") + text + arrays + rows
