"""Cleaning saved notebooks: what only a running kernel could show is removed."""

from __future__ import annotations

import json
import os
import pathlib
import tempfile

VIEW = "application/vnd.jupyter.widget-view+json"


def clean(path: str | os.PathLike) -> bool:
    """Removes widget state and widget views from a notebook file.

    The pictures and texts next to a view stay. Saved state is what makes notebooks grow, and what GitHub
    refuses to show. The file is replaced in one step.

    Args:
        path: Path of an `.ipynb` file.

    Returns:
        Boolean, whether anything was removed.

    Raises:
        ValueError: If the file is not a notebook.

    Example:

    >>> import json, tempfile, pathlib
    >>> from kerasnb.widgets.notebook.nbclean import clean
    >>> path = pathlib.Path(tempfile.mkdtemp()) / "a.ipynb"
    >>> _ = path.write_text(json.dumps({"cells": [], "metadata": {"widgets": {}}, "nbformat": 4, "nbformat_minor": 5}))
    >>> clean(path), clean(path)
    (True, False)
    """
    file = pathlib.Path(path)
    text = file.read_text(encoding="utf-8")
    notebook = _parsed(text, file)
    try:
        removed = _without_state(notebook) + _without_views(notebook)
    except (AttributeError, TypeError):
        raise ValueError(
            f"Argument `path` must be a notebook (format 4). Received: {file}, with cells or outputs of another form"
        ) from None
    if removed:
        indent = 1 if text.startswith("{\n") else None
        _replace(file, json.dumps(notebook, ensure_ascii=False, indent=indent) + "\n" * text.endswith("\n"))
    return removed > 0


def _parsed(text: str, path: pathlib.Path) -> dict:
    try:
        notebook = json.loads(text)
    except ValueError as problem:
        raise ValueError(
            f"Argument `path` must be a notebook. Received: {path}, which is not JSON ({problem})"
        ) from None
    if not isinstance(notebook, dict) or not isinstance(notebook.get("cells"), list):
        raise ValueError(f"Argument `path` must be a notebook (format 4). Received: {path}, which has no cells")
    return notebook


def _without_state(notebook: dict) -> int:
    return int(notebook.get("metadata", {}).pop("widgets", None) is not None)


def _without_views(notebook: dict) -> int:
    """Drops the view from each output, and outputs that hold nothing else but the view's name."""
    removed = 0
    for cell in notebook["cells"]:
        kept = []
        for output in cell.get("outputs", []):
            had = output.get("data", {}).pop(VIEW, None) is not None
            removed += had
            if not had or set(output["data"]) - {"text/plain"}:
                kept.append(output)
        if "outputs" in cell:
            cell["outputs"] = kept
    return removed


def _replace(path: pathlib.Path, text: str) -> None:
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=path.name, suffix=".part")
    try:
        with os.fdopen(handle, "w", encoding="utf-8") as file:
            file.write(text)
        os.chmod(name, path.stat().st_mode)
        os.replace(name, path)
    except BaseException:
        os.unlink(name)
        raise
