"""How the model is compiled and trained, as a page or a recorded step says it: words, numbers, or code."""

from __future__ import annotations

import ast
from typing import Any

from kerasnb import tree
from kerasnb.widgets.builder import checks, compiling, read
from kerasnb.widgets.builder.write import Names

FIT: dict[str, Any] = {"epochs": 5, "batch_size": 32, "validation_split": 0.0}
DEFAULTS: dict[str, Any] = {"optimizer": "adam", "loss": "", "metrics": [], **FIT}
SHOWN = tuple(DEFAULTS)  # what the page has a field for
KNOWN = tuple(dict.fromkeys([*DEFAULTS, *compiling.DEFAULTS]))
LISTS = ("metrics", "weighted_metrics")


def shown(settings: dict) -> dict:
    """The settings as the page shows them: words without quotes, the rest as code."""
    rows = {name: _text(settings[name]) for name in SHOWN}
    metrics = settings["metrics"]
    is_plain = isinstance(metrics, list) and not any(isinstance(m, (list, tuple, dict)) for m in metrics)
    return {**rows, "metrics": ", ".join(map(_text, metrics)) if is_plain else rows["metrics"]}


def _text(value: Any) -> Any:
    return value if isinstance(value, (str, int, float)) else compiling.setting(value, Names())


def taken(given: Any, known: list[dict]) -> dict:
    """The settings that a message gives, checked.

    Args:
        given: What the message holds, a dict.
        known: Dicts of settings, whose objects are meant where the message names them as the code does.

    Raises:
        ValueError: If there are none, or a value does not fit.
    """
    if not isinstance(given, dict) or not given or not set(given) <= set(KNOWN):
        raise ValueError(f"Argument `settings` must be a dict with any of {', '.join(KNOWN)}. Received: {given}")
    objects = _objects(known)
    made = {name: _value(name, value, objects) for name, value in given.items()}
    checks.check_compile(made, [v for v in objects.values() if not isinstance(v, (list, dict, tuple))])
    for name in ("epochs", "batch_size"):
        if name in made and not (str(made[name]).isdigit() and int(made[name]) > 0):
            raise ValueError(f"Argument `{name}` must be a positive whole number. Received: {made[name]}")
    made.update({k: int(made[k]) for k in ("epochs", "batch_size") if k in made})
    if "validation_split" in made:
        made["validation_split"] = _share(made["validation_split"])
    return made


def _objects(known: list[dict]) -> dict[str, Any]:
    """What settings hold besides words and numbers, by the code that stands for it."""
    values = [row.get(name) for row in known for name in compiling.DEFAULTS]
    parts = [*values, *tree.flatten(values)]
    return {compiling.setting(v, Names()): v for v in parts if v is not None and not isinstance(v, (str, int, float))}


def _value(name: str, value: Any, objects: dict[str, Any]) -> Any:
    """A setting: an object of the model, a word, or what a line of code makes."""
    if name not in compiling.DEFAULTS:
        return value
    if name in LISTS and isinstance(value, str):
        is_list = not value.lstrip().startswith(("{", "["))
        return [_one(part, objects) for part in _parts(value)] if is_list else _one(value, objects)
    return tree.map_structure(lambda v: _one(v, objects) if isinstance(v, str) else v, value)


def _parts(text: str) -> list[str]:
    """What stands between the commas of a text, those inside brackets left alone."""
    try:
        node: Any = ast.parse(f"[{text}]", mode="eval").body
    except SyntaxError:
        return [word.strip() for word in text.split(",") if word.strip()]
    return [ast.unparse(part) for part in node.elts]


def _one(text: str, objects: dict[str, Any]) -> Any:
    words = text.strip()
    if words in objects or (words.isidentifier() and words != "None") or not words:
        return objects.get(words, words)
    found = next((v for k, v in objects.items() if _plain(k) == _plain(words)), None)
    if found is not None:
        return found
    own = {k: v for k, v in objects.items() if k.isidentifier()}
    try:
        return read.literal(words, own)
    except (ValueError, TypeError, NotImplementedError):
        return words  # which the check refuses, by its name


def _plain(code: str) -> str:
    """Code as Python writes it: quotes and spaces make no difference."""
    try:
        return ast.unparse(ast.parse(code, mode="eval"))
    except SyntaxError:
        return code


def _share(value: Any) -> float:
    try:
        share = float(value or 0)
    except (TypeError, ValueError):
        share = -1.0
    if not 0 <= share < 1:
        raise ValueError(f"Argument `validation_split` must be from 0 to below 1. Received: {value}")
    return share
