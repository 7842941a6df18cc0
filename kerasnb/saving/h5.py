"""HDF5: groups of arrays as one file, written plainly and read with suspicion. Imports h5py, the only one to do so."""

from __future__ import annotations

import io
import math

import numpy as np

OBJECTS = 1_000_000
DEPTH = 100
RATIO = 100  # weights are stored as they are; packed ones do not come near this
FLOOR = 16 << 20
_FILTERS = {1, 2, 3, 6, 32000}  # deflate, shuffle, fletcher32, scale-offset, lzf: no plugins from the file


def _h5py():
    try:
        import h5py
    except ImportError:
        raise ImportError(
            "Saving and loading weights needs the package h5py. Install it with `pip install h5py`."
        ) from None
    return h5py


def pack(groups: dict) -> memoryview:
    """The bytes of a file of groups.

    Args:
        groups: Dict of paths to `(name, arrays)`: what the group is called, and its arrays by key.
    """
    buffer = io.BytesIO()
    with _h5py().File(buffer, "w") as file:
        for path, (name, arrays) in groups.items():
            group = file.require_group(f"{path}/vars" if path else "vars")
            if name is not None:
                group.attrs["name"] = name
            for key, array in arrays.items():
                group[key] = array
                if array.dtype.name == "bfloat16":  # HDF5 knows no such type: it holds two bytes, and this tells
                    group[key].attrs["dtype"] = "bfloat16"
    return buffer.getbuffer()


def unpack(content: bytes, source: str) -> dict:
    """The arrays of a file, by the path of their group and by key.

    Args:
        content: The bytes of the file.
        source: Where they come from, for error messages.

    Returns:
        Dict of paths to dicts of arrays; "" is the path of the group `vars` at the top.

    Raises:
        ValueError: If the file is damaged, or holds links, storage outside of it, or arrays larger than it.
    """
    h5py = _h5py()
    found: dict[str, dict] = {}
    left = 4 * FLOOR + RATIO * len(content)
    try:
        with h5py.File(io.BytesIO(content), "r") as file:
            for path, dataset in _datasets(h5py, file, source):
                left -= _checked_size(dataset, path, source)
                if left < 0:
                    raise ValueError(
                        f"Not allowed: {source} has datasets that are larger than the file: a potential bomb"
                    )
                *parents, vars_, key = ["", *path.split("/")][-2000:]
                if vars_ == "vars":
                    found.setdefault("/".join(p for p in parents if p), {})[key] = _array(dataset)
    except (OSError, RuntimeError, KeyError, TypeError, RecursionError, MemoryError) as problem:
        raise ValueError(f"The weights file is damaged: {source} ({problem})") from None
    return found


def _datasets(h5py, file, source: str):
    """All datasets of a file with their paths; groups are entered once, and links out of the tree refused."""
    waiting, seen = [("", file, 0)], set()
    while waiting:
        path, group, depth = waiting.pop()
        address = h5py.h5o.get_info(group.id).addr
        if address in seen:
            continue
        seen.add(address)
        if len(seen) > OBJECTS or depth > DEPTH:
            raise ValueError(f"Not allowed: {source} has more than {OBJECTS} objects or {DEPTH} levels")
        for key in group:
            inner = f"{path}/{key}" if path else key
            link = group.get(key, getlink=True)
            if not isinstance(link, h5py.HardLink):
                raise ValueError(f"Not allowed: {source} has a {type(link).__name__} at {inner!r}")
            member = group[key]
            if isinstance(member, h5py.Group):
                waiting.append((inner, member, depth + 1))
            elif isinstance(member, h5py.Dataset):
                yield inner, member


def _checked_size(dataset, path: str, source: str) -> int:
    """How many bytes a dataset takes in memory, once it is found harmless."""
    where = f"{source}, dataset {path!r}"
    if dataset.external:
        raise ValueError(f"Not allowed: {where} is stored in another file: {dataset.external}")
    if dataset.is_virtual:
        raise ValueError(f"Not allowed: {where} is virtual")
    if dataset.shape is None or dataset.dtype.kind not in "fiubV" or dataset.dtype.names:
        raise ValueError(f"Not allowed: {where} does not hold numbers. Received: dtype {dataset.dtype}")
    properties = dataset.id.get_create_plist()
    filters = {properties.get_filter(i)[0] for i in range(properties.get_nfilters())}
    if not filters <= _FILTERS:
        raise ValueError(f"Not allowed: {where} uses unknown filters {sorted(filters - _FILTERS)}")
    declared = math.prod(dataset.shape) * dataset.dtype.itemsize
    stored = dataset.id.get_storage_size()
    if declared > FLOOR and declared > RATIO * stored:
        raise ValueError(f"Not allowed: {where} claims {declared} bytes but stores {stored}: a potential bomb")
    if not filters and 0 < stored < declared:
        raise ValueError(f"The weights file is damaged: {where} claims {declared} bytes but stores {stored}")
    return declared


def _array(dataset) -> np.ndarray:
    """The numbers of a dataset; bfloat16, which NumPy lacks, becomes float32."""
    value = np.array(dataset)
    if dataset.attrs.get("dtype") == "bfloat16":
        return (value.view("<u2").astype("<u4") << 16).view("<f4")
    if value.dtype.kind == "V":
        raise ValueError(f"Not allowed: a dataset of dtype {value.dtype}")
    return value
