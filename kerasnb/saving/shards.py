"""Shards: weights in several files, and a `.weights.json` that says what is in which."""

from __future__ import annotations

import itertools
import json
import os
import warnings
from typing import Any

from kerasnb.saving import atomic, h5
from kerasnb.saving.errors import MissingFileError
from kerasnb.serialization.brief import brief

SUFFIX = ".weights.json"
_RENAMED = "{} sharded weights requires `*.json` as the extension. The original path: {} will be renamed to {}."


def index_path(path: str, doing: str) -> str:
    """The path of the `.weights.json` file; one of a `.weights.h5` file is renamed, with a warning."""
    if path.endswith(".json"):
        return path
    renamed = f"{path.removesuffix('.h5')}.json"
    warnings.warn(_RENAMED.format(doing, path, renamed), stacklevel=5)
    return renamed


def write(path: str, groups: dict, limit: float) -> None:
    """Writes groups of arrays as files of at most `limit` bytes of numbers, and the file that names them.

    Raises:
        ValueError: If an array is larger; nothing has been written then.
        OSError: If a file cannot be written; all stay as before then.
    """
    base = path.removesuffix(".json").removesuffix(".weights")
    shards = {f"{base}_{k:05}.weights.h5": part for k, part in enumerate(_split(groups, limit))}
    packed = ((file, [h5.pack(part)]) for file, part in shards.items())  # one at a time is in memory
    atomic.write_together(itertools.chain(packed, [(path, [_index(shards)])]))


def _index(shards: dict[str, dict]) -> bytes:
    """What the `.weights.json` file says: the files of each group, by their names."""
    places: dict[str, list[str]] = {}
    for file, part in shards.items():
        for group in (group for group, (_, arrays) in part.items() if arrays):
            places.setdefault(f"/{group}/vars" if group else "/vars", []).append(os.path.basename(file))
    where = {group: names[0] if len(names) == 1 else names for group, names in places.items()}
    total = sum(a.nbytes for part in shards.values() for _, arrays in part.values() for a in arrays.values())
    return json.dumps({"metadata": {"total_size": total}, "weight_map": where}, indent=4).encode()


def _split(groups: dict, limit: float) -> list[dict]:
    parts: list[dict] = [{}]
    size = 0
    for path, (name, arrays) in groups.items():
        parts[-1][path] = (name, {})
        for key, array in arrays.items():
            if array.nbytes > limit:
                raise ValueError(
                    f"The size of {key} in {path!r} is {array.nbytes} bytes, which exceeds the maximum shard size of "
                    f"{int(limit)} bytes. Increase `max_shard_size`, which is in GB."
                )
            size += array.nbytes
            if size > limit:
                parts.append({})
                size = array.nbytes
            parts[-1].setdefault(path, (name, {}))[1][key] = array
    return parts


def read(path: str) -> dict:
    """The arrays of all shards, by the path of their group and by key.

    Raises:
        ValueError: If a file is missing, damaged, or not beside the one that names it.
    """
    groups: dict[str, dict] = {}
    for shard in _shards(path):
        file = os.path.join(os.path.dirname(path), shard)
        if not os.path.isfile(file):
            raise MissingFileError(f"File not found: filepath={file}, which {path} names.")
        with open(file, "rb") as opened:
            for group, arrays in h5.unpack(opened.read(), f"filepath={file}").items():
                groups.setdefault(group, {}).update(arrays)
    return groups


def _shards(path: str) -> list[str]:
    """The names of the files that hold the weights."""
    try:
        with open(path, encoding="utf-8") as file:
            index: Any = json.load(file)
    except (UnicodeDecodeError, json.JSONDecodeError, RecursionError) as problem:
        raise ValueError(f"filepath={path} is not valid JSON: {problem}") from None
    places = index.get("weight_map") if isinstance(index, dict) else None
    if not isinstance(places, dict):
        raise ValueError(f"filepath={path} does not describe shards of weights. Received: {brief(index)}")
    names = [name for place in places.values() for name in (place if isinstance(place, list) else [place])]
    for name in names:
        if not isinstance(name, str) or name in ("", ".", "..") or any(c in name for c in "/\\:\0"):
            raise ValueError(f"Not allowed: filepath={path} names a file elsewhere: {brief(name)}")
    return list(dict.fromkeys(names))
