"""Files: `.keras` files and `.weights.h5` files."""

from __future__ import annotations

import datetime
import json
import os
from typing import Any

from kerasnb.backend.warn import warn_user
from kerasnb.layers.base import weights
from kerasnb.saving import assets, atomic, folder, h5, legacy_h5, shards, state
from kerasnb.saving.archive import Archive, pack
from kerasnb.saving.errors import MissingFileError, loading_error
from kerasnb.serialization import deserialize_keras_object, serialize_keras_object, sharing
from kerasnb.serialization.brief import LIMIT, brief

KERAS_VERSION = "3.15.1"  # the version whose format is written
CONFIG, METADATA, WEIGHTS = "config.json", "metadata.json", "model.weights.h5"
LEGACY = (".h5", ".hdf5")
_BUDGET_FACTOR, _BUDGET_FLOOR = 4, 16 << 20

_UNBUILT = (
    "You are saving a model that has not yet been built. It might not contain any weights yet. Consider building the "
    "model first by calling it on some data."
)


# --- models


def save_model(
    model: Any, filepath: str | os.PathLike, overwrite: bool = True, zipped: bool | None = None, **kwargs: Any
) -> None:
    """Saves a model as a `.keras` file: architecture, weights, and the optimizer's state.

    The file is written under another name and renamed when it is complete.

    Args:
        model: Keras model instance to be saved.
        filepath: `str` or `pathlib.Path` that ends in `.keras`, or of a folder.
        overwrite: Boolean, whether to replace an existing file without asking. Defaults to `True`.
        zipped: Boolean, whether to write one file, or a folder of files. Defaults to None, one file.
        **kwargs: Must be empty.

    Raises:
        ValueError: If the path does not end in `.keras`, or an argument is not supported.

    Example:

    >>> import os, tempfile
    >>> model = keras.Sequential([keras.Input((3,)), keras.layers.Dense(2)])
    >>> keras.saving.save_model(model, os.path.join(tempfile.mkdtemp(), "model.keras"))
    """
    if not kwargs.pop("include_optimizer", True):
        raise ValueError(
            "`include_optimizer=False` is not supported by the `.keras` format. Use `save_weights`, or set "
            "`model.optimizer` aside with `compile(optimizer=None)`."
        )
    if kwargs.pop("save_format", None) and os.fspath(filepath).endswith(".keras"):
        warn_user("The `save_format` argument is deprecated in Keras 3: it is inferred from the file path.")
    if kwargs:
        raise ValueError(f"The following argument(s) are not supported: {list(kwargs)}")
    path, zipped = os.fspath(filepath), zipped is None or zipped
    if not zipped and path.endswith(".keras"):
        raise ValueError(
            "When using `zipped=False`, the `filepath` argument should not end in `.keras`. Received: "
            f"filepath={filepath}"
        )
    if zipped and not path.endswith(".keras"):
        raise ValueError(
            "Invalid filepath extension for saving. Models are saved in the native Keras format: please add a `.keras` "
            "extension. Weights alone are saved with `model.save_weights(filepath)`, as `.weights.h5`. "
            f"Received: filepath={filepath}."
        )
    if zipped:
        atomic.check_folder(path)
    if not _may_write(path, overwrite):
        return
    if not model.built:
        warn_user(_UNBUILT)
    if zipped:
        atomic.write(path, [packed(model)])
    else:
        folder.write(path, _members(model))


def packed(model: Any) -> memoryview:
    """The bytes of a model's `.keras` file."""
    return pack(_members(model))


def _members(model: Any) -> dict:
    """What is saved of a model, by the names of files in an archive."""
    with sharing():
        config = json.dumps(serialize_keras_object(model))
    now = datetime.datetime.now().strftime("%Y-%m-%d@%H:%M:%S")
    metadata = json.dumps({"keras_version": KERAS_VERSION, "date_saved": now})
    arrays = h5.pack(state.collect(model), checksum=False)
    return {METADATA: metadata, CONFIG: config, WEIGHTS: arrays, **assets.collect(model)}


def load_model(
    filepath: str | os.PathLike, custom_objects: dict | None = None, compile: bool = True, safe_mode: bool = True
) -> Any:
    """Loads a model that `model.save()` has written.

    Args:
        filepath: `str` or `pathlib.Path` of a `.keras` file, of a folder that `zipped=False` has written, or of a
            `.h5` file of Keras 1 and 2.
        custom_objects: Optional dict of names of the user's own classes and functions.
        compile: Boolean, whether to compile the model as it was when saved. Defaults to `True`.
        safe_mode: Boolean, whether to refuse lambdas, which are code of the file's author. Defaults to `True`.

    Returns:
        A Keras model instance.

    Raises:
        ValueError: If the file does not exist, is damaged or dangerous, or names something unknown.

    Example:

    >>> import os, tempfile
    >>> model = keras.Sequential([keras.Input((3,)), keras.layers.Dense(2)])
    >>> path = os.path.join(tempfile.mkdtemp(), "model.keras")
    >>> model.save(path)
    >>> keras.saving.load_model(path).count_params()
    8
    """
    path = os.fspath(filepath)
    if folder.is_model(path):
        return unpacked(folder.Folder(path), custom_objects, compile, safe_mode)
    if not path.endswith((".keras", *LEGACY)):
        raise ValueError(
            f"File format not supported: filepath={filepath}. `.keras` files can be loaded, and the legacy `.h5` files."
        )
    if not os.path.isfile(path):
        raise MissingFileError(
            f"File not found: filepath={filepath}. Please ensure the file is an accessible `.keras` zip file."
        )
    if path.endswith(LEGACY):
        return legacy_h5.load_model(path, custom_objects, compile, safe_mode)
    with Archive(path) as archive:
        return unpacked(archive, custom_objects, compile, safe_mode)


def unpacked(
    archive: Archive | folder.Folder, custom_objects: dict | None = None, compile: bool = True, safe_mode: bool = True
) -> Any:
    """The model of a `.keras` file."""
    path, config, content = archive.path, _config(archive), archive.read(WEIGHTS)
    source = f"filepath={path}, member {WEIGHTS!r}"
    groups = h5.unpack(content, source)
    if not compile:
        config["compile_config"] = None
    limit = _BUDGET_FACTOR * len(content) + _BUDGET_FLOOR
    try:
        with sharing(), weights.loading(limit) as waiting:
            model = deserialize_keras_object(config, custom_objects, safe_mode)
    except Exception as problem:
        # A message of any length may be repeated in a traceback too.
        raise loading_error(problem, f"filepath={path}, member {CONFIG!r}") from (
            problem if len(str(problem)) <= LIMIT else None
        )
    state.restore(model, groups, source, waiting=waiting)
    weights.fill(waiting)
    assets.restore(model, archive.names(), archive.read, f"filepath={path}")
    return model


def _config(archive: Archive | folder.Folder) -> dict:
    try:
        config = json.loads(archive.read(CONFIG).decode("utf-8"))
    except (UnicodeDecodeError, json.JSONDecodeError, RecursionError) as problem:
        raise ValueError(f"filepath={archive.path}, member {CONFIG!r} is not valid JSON: {problem}") from None
    if not isinstance(config, dict) or "class_name" not in config:
        raise ValueError(
            f"filepath={archive.path}, member {CONFIG!r} does not describe a model. Received: {brief(config)}"
        )
    return config


def copied(content: bytes, custom_objects: dict) -> Any:
    """The model of a pickle or a deep copy, which are as trusted as the program itself."""
    with Archive("<copy of a model>", content) as archive:
        return unpacked(archive, custom_objects, safe_mode=False)


# --- weights


def save_weights(
    model: Any, filepath: str | os.PathLike, overwrite: bool = True, max_shard_size: float | None = None,
    **kwargs: Any,
) -> None:  # fmt: skip
    """Saves all weights to a `.weights.h5` file, or to several.

    Args:
        model: A built model.
        filepath: `str` or `pathlib.Path` that ends in `.weights.h5`, or in `.weights.json` for several files.
        overwrite: Boolean, whether to replace an existing file without asking. Defaults to `True`.
        max_shard_size: Number of GB that a file may have. Defaults to None, one file of any size.
        **kwargs: `objects_to_skip`, a list of layers that are left out.

    Raises:
        ValueError: If the path has another ending, or the model is not built.
    """
    path, skip = os.fspath(filepath), kwargs.pop("objects_to_skip", None)
    if kwargs:
        raise ValueError(f"Invalid keyword arguments: {kwargs}")
    if max_shard_size is None and not path.endswith(".weights.h5"):
        raise ValueError(f"The filename must end in `.weights.h5`. Received: filepath={path}")
    if max_shard_size is not None and not path.endswith((".weights.h5", shards.SUFFIX)):
        raise ValueError(
            f"The filename must end in `.weights.json` when `max_shard_size` is specified. Received: filepath={path}"
        )
    _check_built(model, "saving a model")
    if max_shard_size is not None:
        path = shards.index_path(path, "Saving")
    atomic.check_folder(path)
    if not _may_write(path, overwrite):
        return
    groups = state.collect(model, skip or ())
    if max_shard_size is None:
        atomic.write(path, [h5.pack(groups)])
    else:
        shards.write(path, groups, float(max_shard_size) * 1024**3)


def load_weights(model: Any, filepath: str | os.PathLike, skip_mismatch: bool = False, **kwargs: Any) -> None:
    """Loads weights from a file; the arguments are those of `Model.load_weights`."""
    path, by_name, skip = os.fspath(filepath), kwargs.pop("by_name", None), kwargs.pop("objects_to_skip", None)
    if kwargs:
        raise ValueError(f"Invalid keyword arguments: {kwargs}")
    if not path.endswith((".keras", shards.SUFFIX, *LEGACY)):
        raise ValueError(
            f"File format not supported: filepath={filepath}. Only `.keras`, `.weights.h5`, `.weights.json` and `.h5` "
            "files can be loaded."
        )
    legacy = not path.endswith((".keras", ".weights.h5", shards.SUFFIX))
    if by_name is not None and not legacy:
        raise ValueError(f"`by_name` only supports loading legacy '.h5' or '.hdf5' files. Received: {filepath}")
    if skip is not None and (legacy or path.endswith(".keras")):
        raise ValueError(f"`objects_to_skip` only supports loading '.weights.h5' files. Received: {filepath}")
    if not os.path.isfile(path):
        raise MissingFileError(f"File not found: filepath={filepath}. Please ensure the file is accessible.")
    _check_built(model, "loading weights into a model")
    if legacy:
        return legacy_h5.load_weights(model, path, skip_mismatch, bool(by_name))
    groups, source = _groups(path)
    state.restore(model, groups, source, skip_mismatch, skip=skip or ())
    return None


def _check_built(model: Any, doing: str) -> None:
    if not model.built:
        raise ValueError(
            f"You are {doing} that has not yet been built. Try building the model first by calling it on some data or "
            "by using `build()`."
        )


def _groups(path: str) -> tuple[dict, str]:
    """The arrays of a file, by the path of their group and by key, and what to call it in error messages."""
    source = f"filepath={path}"
    if path.endswith(shards.SUFFIX):
        return shards.read(path), source
    if path.endswith(".keras"):
        source = f"{source}, member {WEIGHTS!r}"
        with Archive(path) as archive:
            return h5.unpack(archive.read(WEIGHTS), source), source
    with open(path, "rb") as file:
        return h5.unpack(file.read(), source), source


def _may_write(path: str, overwrite: bool) -> bool:
    """Whether to go on: an existing file is replaced only if the user agrees."""
    if overwrite or not os.path.exists(path):
        return True
    answer = input(f"[WARNING] {path} already exists - overwrite? [y/n]").strip().lower()
    while answer not in ("y", "n"):
        answer = input('Enter "y" (overwrite) or "n" (cancel).').strip().lower()
    return answer == "y"
