"""HDF5: groups of arrays as one file, written plainly and read with suspicion. Imports h5py, the only one to do so."""

from __future__ import annotations

import contextlib
import io
import math
import zlib
from typing import NamedTuple

import numpy as np

OBJECTS = 1_000_000
DEPTH = 100
RATIO = 100  # weights are stored as they are; packed ones do not come near this
FLOOR = 16 << 20
CHECKSUM = "kerasnb_crc32"  # an attribute of the file; those of Keras have none, and it does not mind ours
_FILTERS = {1, 2, 3, 6, 32000}  # deflate, shuffle, fletcher32, scale-offset, lzf: no plugins from the file


def _h5py():
    try:
        import h5py
    except ImportError:
        raise ImportError(
            "Saving and loading weights needs the package h5py. Install it with `pip install h5py`."
        ) from None
    return h5py


def pack(groups: dict, checksum: bool = True) -> memoryview:
    """The bytes of a file of groups.

    Args:
        groups: Dict of paths to `(name, arrays)`: what the group is called, and its arrays by key.
        checksum: Boolean, whether to write one over all arrays. An archive has its own.
    """
    buffer, sums = io.BytesIO(), {}
    with _h5py().File(buffer, "w") as file:
        for path, (name, arrays) in groups.items():
            group = file.require_group(f"{path}/vars" if path else "vars")
            if name is not None:
                group.attrs["name"] = name
            for key, array in arrays.items():
                group[key] = array
                if array.dtype.name == "bfloat16":  # HDF5 knows no such type: two bytes of data, and this attribute
                    group[key].attrs["dtype"] = "bfloat16"
                if checksum:
                    sums[f"{group.name}/{key}".strip("/")] = _checksum(group[key], array)
        if checksum:
            file.attrs[CHECKSUM] = _total(sums)
    return buffer.getbuffer()


def _checksum(dataset, array: np.ndarray) -> int:
    """A checksum over an array and what its bytes mean."""
    meaning = f"{dataset.dtype.str} {dataset.shape} {dataset.attrs.get('dtype')}".encode()
    return zlib.crc32(np.ascontiguousarray(array).reshape(-1).view("u1").data, zlib.crc32(meaning))


def _total(sums: dict) -> int:
    """A checksum over the paths and checksums of all arrays."""
    return zlib.crc32(repr(sorted(sums.items())).encode())


class Legacy(NamedTuple):
    """A file in the layout of Keras 1 and 2: its texts, and all arrays by their paths."""

    texts: dict[str, dict]
    arrays: dict[str, np.ndarray]

    def names(self, path: str, attribute: str) -> list[str]:
        """The names in an attribute of a group; long lists are split into several attributes."""
        texts = self.texts.get(path, {})
        parts = [attribute] if attribute in texts else []
        while f"{attribute}{len(parts)}" in texts:
            parts.append(f"{attribute}{len(parts)}")
        return [name for part in parts for name in texts[part]]


def unpack_legacy(content: bytes, source: str) -> Legacy | None:
    """A file in the layout of Keras 1 and 2, None if it is in another one.

    Args:
        content: The bytes of the file.
        source: Where they come from, for error messages.

    Raises:
        ValueError: As `unpack` does.
    """
    with _opened(content, source) as (h5py, file):
        if "layer_names" not in file.attrs and "layer_names0" not in file.attrs and "model_weights" not in file:
            return None
        texts: dict[str, dict] = {"": _texts(file)}
        arrays = {p: _numbers(d, value) for p, d, value in _checked(h5py, file, source, len(content), texts)}
        return Legacy(texts, arrays)


def _texts(group) -> dict:
    """The attributes of a group that are texts or lists of texts."""
    found: dict = {}
    for key, value in group.attrs.items():
        if isinstance(value, (str, bytes)):
            found[key] = _text(value)
        elif isinstance(value, np.ndarray) and value.ndim == 1 and value.dtype.kind in "SUOf":
            found[key] = [_text(v) for v in value if isinstance(v, (str, bytes))]
    return found


def _text(value: str | bytes) -> str:
    return value.decode("utf-8") if isinstance(value, bytes) else str(value)


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
    with _opened(content, source) as (h5py, file):
        return _arrays(h5py, file, source, len(content))


@contextlib.contextmanager
def _opened(content: bytes, source: str):
    """h5py and the file of some bytes; what goes wrong inside is an error about that file."""
    h5py = _h5py()
    try:
        with h5py.File(io.BytesIO(content), "r") as file:
            yield h5py, file
    except _Refused:
        raise
    except Exception as problem:  # a damaged file may raise anything inside of h5py
        raise ValueError(f"The weights file is damaged: {source} ({type(problem).__name__}: {problem})") from None


class _Refused(ValueError):
    """The file is damaged or dangerous, in words of our own."""


def _arrays(h5py, file, source: str, size: int) -> dict:
    found: dict[str, dict] = {}
    expected, sums = file.attrs.get(CHECKSUM), {}
    for path, dataset, value in _checked(h5py, file, source, size):
        if expected is not None:
            sums[path] = _checksum(dataset, value)
        *parents, vars_, key = ["", *path.split("/")][-2000:]
        if vars_ == "vars":
            found.setdefault("/".join(p for p in parents if p), {})[key] = _numbers(dataset, value)
    if expected is not None and expected != _total(sums):
        raise _Refused(f"The weights file is damaged: {source} holds other numbers than were saved (wrong checksum)")
    return found


def _checked(h5py, file, source: str, size: int, texts: dict | None = None):
    """(path, dataset, value) of all datasets, which together are not much larger than the file."""
    left = 4 * FLOOR + RATIO * size
    for path, dataset in _datasets(h5py, file, source, texts):
        left -= _checked_size(dataset, path, source)
        if left < 0:
            raise _Refused(f"Not allowed: {source} has datasets that are larger than the file: a potential bomb")
        yield path, dataset, dataset[()]


def _datasets(h5py, file, source: str, texts: dict | None = None):
    """All datasets of a file with their paths; groups are entered once, and links out of the tree refused.

    The texts of groups are put into `texts`, by their paths.
    """
    waiting, seen, links = [("", file, 0)], {h5py.h5o.get_info(file.id).addr}, 0
    while waiting:
        path, group, depth = waiting.pop()
        for key in group:
            links += 1
            if links > OBJECTS or depth > DEPTH:
                raise _Refused(f"Not allowed: {source} has more than {OBJECTS} objects or {DEPTH} levels")
            inner = f"{path}/{key}" if path else key
            info = _object_info(h5py, group, key, inner, source)
            if info.type == h5py.h5o.TYPE_GROUP and info.addr not in seen:
                seen.add(info.addr)
                waiting.append((inner, group[key], depth + 1))
                if texts is not None:
                    texts[inner] = _texts(group[key])
            elif info.type == h5py.h5o.TYPE_DATASET:
                yield inner, group[key]


def _object_info(h5py, group, key: str, path: str, source: str):
    """What a name in a group stands for, without opening it."""
    kind = group.id.links.get_info(key.encode()).type
    if kind != h5py.h5l.TYPE_HARD:
        raise _Refused(f"Not allowed: {source} has a {type(group.get(key, getlink=True)).__name__} at {path!r}")
    info = h5py.h5o.get_info(group.id, key.encode())
    if info.type == h5py.h5o.TYPE_DATASET and info.rc > 1:
        raise _Refused(f"Not allowed: {source}, dataset {path!r} has {info.rc} names")
    return info


def _checked_size(dataset, path: str, source: str) -> int:
    """How many bytes a dataset takes in memory, once it is found harmless."""
    where = f"{source}, dataset {path!r}"
    if dataset.external:
        raise _Refused(f"Not allowed: {where} is stored in another file: {dataset.external}")
    if dataset.is_virtual:
        raise _Refused(f"Not allowed: {where} is virtual")
    if dataset.shape is None or dataset.dtype.kind not in "fiubV" or dataset.dtype.names:
        raise _Refused(f"Not allowed: {where} does not hold numbers. Received: dtype {dataset.dtype}")
    properties = dataset.id.get_create_plist()
    filters = {properties.get_filter(i)[0] for i in range(properties.get_nfilters())}
    if not filters <= _FILTERS:
        raise _Refused(f"Not allowed: {where} uses unknown filters {sorted(filters - _FILTERS)}")
    declared = math.prod(dataset.shape) * dataset.dtype.itemsize
    stored = dataset.id.get_storage_size()
    if declared > FLOOR and declared > RATIO * stored:
        raise _Refused(f"Not allowed: {where} claims {declared} bytes but stores {stored}: a potential bomb")
    if not filters and 0 < stored < declared:
        raise _Refused(f"The weights file is damaged: {where} claims {declared} bytes but stores {stored}")
    return declared


def _numbers(dataset, value) -> np.ndarray:
    """The numbers of a dataset; bfloat16, which NumPy lacks, becomes float32."""
    value = np.asarray(value)
    if dataset.attrs.get("dtype") == "bfloat16":
        return (value.view("<u2").astype("<u4") << 16).view("<f4")
    if value.dtype.kind == "V":
        raise _Refused(f"Not allowed: a dataset of dtype {value.dtype}")
    return value
