"""Assets: files that objects put beside the weights with `save_assets`, such as a vocabulary."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Callable, Iterable
from typing import Any

from kerasnb.saving import state
from kerasnb.saving.folder import names_below

PREFIX = "assets/"


def collect(model: Any) -> dict[str, bytes]:
    """The content of the files that the parts of a model write, by their names in an archive."""
    owners = _owners(model, "save_assets")
    if not owners:
        return {}
    with tempfile.TemporaryDirectory() as root:
        for path, part in owners:
            folder = os.path.join(root, path)
            os.makedirs(folder, exist_ok=True)
            part.save_assets(folder)
        return {PREFIX + name: _read(os.path.join(root, name)) for name in sorted(names_below(root))}


def restore(model: Any, names: Iterable[str], read: Callable[[str], bytes], source: str) -> None:
    """Gives the parts of a model the files that they have written.

    Args:
        model: The model.
        names: Names of all members of the archive.
        read: Returns the content of one of them.
        source: Where they come from, for error messages.

    Raises:
        ValueError: If a part cannot read its files.
    """
    members, owners = [name for name in names if name.startswith(PREFIX)], _owners(model, "load_assets")
    if not members or not owners:
        return
    with tempfile.TemporaryDirectory() as root:
        for name in members:
            if not name.endswith("/"):  # which stands for a folder
                _write(os.path.join(root, name.removeprefix(PREFIX)), read(name))
        for path, part in owners:
            folder = os.path.join(root, path)
            try:
                part.load_assets(folder if os.path.isdir(folder) else None)
            except Exception as problem:  # a user's own method may raise anything
                raise ValueError(f"{source}: {part} could not load its assets at {path!r}: {problem}") from problem


def _owners(model: Any, method: str) -> list[tuple[str, Any]]:
    return [(path, part) for path, part in state.parts(model) if hasattr(part, method)]


def _read(path: str) -> bytes:
    with open(path, "rb") as file:
        return file.read()


def _write(path: str, content: bytes) -> None:
    os.makedirs(os.path.dirname(path), exist_ok=True)
    with open(path, "wb") as file:
        file.write(content)
