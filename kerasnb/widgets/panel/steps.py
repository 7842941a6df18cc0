"""What a single step did, for people: its loss before and after, norms, and the weights that it changed most."""

from __future__ import annotations

from typing import Any

from kerasnb.model.run.run import Run
from kerasnb.widgets.kit.words import number

LAYERS = 30  # in the table
SAME = 1e-4  # relative difference of losses that only rounding makes


def told(run: Run) -> dict | None:
    """A line, a row of norms for all weights and for each layer, and a row for each weight that changed most.

    Args:
        run: `Run`.

    Returns:
        Dict with `title`, and with the texts of the cells in `rows` and `most`; None without a single step.
    """
    found = run.last_step
    if found is None:
        return None
    rows = [{**found, "name": "all layers"}, *found["layers"][:LAYERS]]
    return {
        "title": _title(found),
        "rows": [[row["name"], *(number(row[key]) for key in ("before", "after", "update"))] for row in rows],
        "most": [_change(one) for one in found["changes"]],
    }


def lines(run: Run) -> list[str]:
    """The same as lines of text, without the norms of each layer."""
    found = run.last_step
    if found is None:
        return []
    most = map(_change, found["changes"])
    changed = [f"{name} {before} → {after} ({change})" for name, before, after, change in most]
    return [_title(found), *([f"Changed most: {', '.join(changed)}"] if changed else [])]


def _title(found: dict) -> str:
    batch = f", batch {found['batch'] + 1:,}" if found["unit"] == "batch" else ""
    return f"Last step: epoch {found['epoch'] + 1}{batch} · {_loss(found)} · update norm {number(found['update'])}"


def _loss(found: dict) -> str:
    """`loss 0.342 → 0.331`; where dropout is off for both, the loss of the step itself is another one."""
    if found["losses"] is None:
        return f"loss {number(found['loss'])}"
    before, after = found["losses"]
    other = abs(before - found["loss"]) > SAME * abs(found["loss"])
    return f"loss {number(before)} → {number(after)}{' (as in a validation)' if other else ''}"


def _change(one: dict) -> list[Any]:
    change = one["after"] - one["before"]
    return [one["name"], number(one["before"]), number(one["after"]), "+" * (change > 0) + number(change)]
