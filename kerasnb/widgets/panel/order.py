"""What ran in the batch whose values were not finite, as a few lines: long stretches without a fault are one line."""

from __future__ import annotations

from typing import Any

from kerasnb.widgets.kit.words import number

HUGE = 1e30  # sizes that come close to the largest float32


def rows(values: list[dict[str, Any]]) -> list[dict[str, str]]:
    """The values of a batch in the order in which they were computed, for people.

    Args:
        values: Dicts with `kind`, `where`, `value`, `bad`, `size` and `largest`, as `run.trouble["order"]` has them.

    Returns:
        List of dicts with `name`, `value` and `level`: `"g"` for finite, `"w"` for huge, `"e"` for not finite.

    Example:

    >>> from kerasnb.widgets.panel.order import rows
    >>> good = {"kind": "activation", "value": "", "bad": 0, "size": 4, "largest": 2.0}
    >>> bad = {"kind": "loss", "where": "loss", "value": "inf", "bad": 1, "size": 1, "largest": 0.0}
    >>> [tuple(row.values()) for row in rows([good | {"where": "a"}, good | {"where": "b"}, bad])]
    [('a … b', 'max 2.0000', 'g'), ('loss', 'inf', 'e')]
    """
    shown: list[dict[str, str]] = []
    stretch: list[dict] = []
    broken: set[str] = set()  # the kinds of which one is shown: what follows from it is not
    for value in values:
        level = _level(value)
        if level == "g" and (not stretch or stretch[0]["kind"] == value["kind"]):
            stretch.append(value)
            continue
        shown += [] if broken else _finite(stretch)
        stretch = [value] if level == "g" else []
        if level != "g" and value["kind"] not in broken and (level == "e" or not broken):
            shown.append(_row(value, level))
        broken |= {value["kind"]} if level == "e" else set()
    return shown + ([] if broken else _finite(stretch))


def _level(value: dict) -> str:
    return "e" if value["bad"] else "w" if value["largest"] > HUGE else "g"


def _finite(stretch: list[dict]) -> list[dict[str, str]]:
    """A stretch of one kind without a fault as one row."""
    if not stretch:
        return []
    names = [value["where"] for value in stretch]
    kind = stretch[0]["kind"]
    if kind == "input":
        name, text = ", ".join(names), "finite"
    elif kind in ("weight", "gradient") and len(names) > 1:
        name, text = f"{len(names)} {kind}s", f"max {number(max(v['largest'] for v in stretch))}"
    else:
        name = names[0] if len(names) == 1 else f"{names[0]} … {names[-1]}"
        text = f"max {number(max(v['largest'] for v in stretch))}"
    return [{"name": name, "value": text, "level": "g"}]


def _row(value: dict, level: str) -> dict[str, str]:
    if level == "w":
        text = f"max {number(value['largest'])}"
    else:
        word = {"nan": "NaN"}.get(value["value"], value["value"])
        text = word if value["size"] == 1 else f"{word} in {value['bad']:,} of {value['size']:,}"
    return {"name": value["where"], "value": text, "level": level}
