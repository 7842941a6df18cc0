"""What differs between the settings of runs, and what is equal, in words."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from typing import Any, NamedTuple

from kerasnb.widgets.kit.words import rate

HIDDEN = {"name", "trainable_variables", "shared_object_id"}
DERIVED = ("parameters",)  # follows from other settings: no part of a title
FIRST = ("optimizer", "learning_rate")
SIZES = ("units", "filters", "rate", "pool_size", "output_dim")  # what tells most about a layer


class Table(NamedTuple):
    """The settings of runs.

    Attributes:
        differ: Names of those that differ, in the order in which they are shown.
        values: For each run a dict of text by name, of those that differ.
        equal: Dict of text by name, of those that are the same in all runs.
    """

    differ: list[str]
    values: list[dict[str, str]]
    equal: dict[str, str]

    def titles(self) -> list[list[str]]:
        """For each run, the values that tell it from the others."""
        return [[row[name] for name in self.telling()] for row in self.values]

    def telling(self) -> list[str]:
        """Names of settings that differ by themselves."""
        return [name for name in self.differ if name not in DERIVED]


def table(configs: Sequence[dict]) -> Table:
    """Compares what `model.run.config.of` returned for each run.

    Example:

    >>> from kerasnb.widgets.runs.settings import table
    >>> configs = [{"optimizer": {"name": "adam", "learning_rate": v}, "batch_size": 32} for v in (0.001, 0.003)]
    >>> compared = table(configs)
    >>> compared.differ, compared.titles(), compared.equal
    (['learning_rate'], [['1e-3'], ['3e-3']], {'optimizer': 'adam', 'batch_size': '32'})
    """
    rows = _rows(configs)
    names = list(dict.fromkeys(name for row in rows for name in row))
    names.sort(key=lambda name: FIRST.index(name) if name in FIRST else len(FIRST) + (name in DERIVED))
    differ = [name for name in names if len({row.get(name) for row in rows}) > 1]
    values = [{name: row.get(name, "–") for name in differ} for row in rows]
    return Table(differ, values, {name: rows[0][name] for name in names if name not in differ})


def _rows(configs: Sequence[dict]) -> list[dict[str, str]]:
    """The settings of each run as text by name; layers one by one if all models have the same kinds of them."""
    chains = [_flat(config.get("layers", [])) for config in configs]
    same = len({tuple(layer["class_name"] for layer in chain) for chain in chains}) == 1
    names = _layer_names(chains) if same else []
    rows = []
    for config, chain in zip(configs, chains, strict=True):
        row = _own(config)
        row |= _arguments(chain, names) if same else {"layers": " → ".join(map(_short, chain))}
        rows.append(row)
    return rows


def _own(config: dict) -> dict[str, str]:
    """Optimizer, loss, and the settings of the call."""
    optimizer = config.get("optimizer") or {}
    row = {"optimizer": text(optimizer["name"])} if "name" in optimizer else {}
    row |= {name: text(value) for name, value in optimizer.items() if name not in HIDDEN}
    return row | {name: text(value) for name, value in config.items() if name not in ("optimizer", "layers")}


def _flat(layers: Sequence[dict]) -> list[dict]:
    """Layers one after another, also those of models within the model."""
    flat: list[dict] = []
    for layer in layers:
        flat += _flat(layer["layers"]) if "layers" in layer else [layer]
    return flat


def _layer_names(chains: Sequence[list[dict]]) -> list[str]:
    """What each layer is called: its own name where all models have it, else its kind, with a number if needed."""
    kinds = [_snake(layer["class_name"]) for layer in chains[0]]
    count = Counter(kinds)
    seen: Counter[str] = Counter()
    names = []
    for place, kind in enumerate(kinds):
        seen[kind] += 1
        given = {chain[place]["name"] for chain in chains}
        own = given.pop() if len(given) == 1 else ""
        numbered = f"{kind} {seen[kind]}" if count[kind] > 1 else kind
        names.append(numbered if not own or re.fullmatch(rf"{kind}(_\d+)?", own) else own)
    return names


def _arguments(chain: list[dict], names: list[str]) -> dict[str, str]:
    row = {}
    for layer, name in zip(chain, names, strict=True):
        for key, value in layer.get("config", {}).items():
            if key not in HIDDEN:
                row[f"{key} of {name}"] = text(value)
    return row


def _short(layer: dict) -> str:
    size = next((text(layer["config"][k]) for k in SIZES if layer.get("config", {}).get(k) is not None), "")
    return f"{layer['class_name']} {size}".rstrip()


def _snake(name: str) -> str:
    return re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", name).lower()


def text(value: Any) -> str:
    """A setting as people write it.

    Example:

    >>> from kerasnb.widgets.runs.settings import text
    >>> text(0.001), text(14410), text(True), text(None), text((3, 3))
    ('1e-3', '14,410', 'yes', 'none', '3 × 3')
    """
    if value is None or isinstance(value, bool):
        return {None: "none", True: "yes", False: "no"}[value]
    if isinstance(value, int):
        return f"{value:,}"
    if isinstance(value, float):
        value = float(f"{value:.6g}")  # what was float32 is 0.00999999978
        return "0" if value == 0 else f"−{rate(-value)}" if value < 0 else rate(value)
    if isinstance(value, (list, tuple)):
        whole = value and all(isinstance(v, int) and not isinstance(v, bool) for v in value)
        return (" × " if whole else ", ").join(map(text, value))
    if isinstance(value, dict):
        return _object(value)
    return str(value)


def _object(value: dict) -> str:
    """A serialized object: its class and the arguments that are set."""
    if "class_name" not in value:
        return ", ".join(f"{key} {text(item)}" for key, item in value.items())
    config = value.get("config") or {}
    if not isinstance(config, dict):
        return str(config)
    if set(config) == {"name"}:
        return text(config["name"])
    listed = [f"{key} {text(item)}" for key, item in config.items() if item is not None and key != "name"]
    return f"{value['class_name']} ({', '.join(listed)})" if listed else str(value["class_name"])


def short(name: str, among: Sequence[str]) -> str:
    """The name of a setting in a title: without its layer, if no other setting is called the same."""
    bare = name.split(" of ")[0]
    return bare if sum(other.split(" of ")[0] == bare for other in among) == 1 else name
