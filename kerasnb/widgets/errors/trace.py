"""The way to an error through the user's own code, and the model that was on it."""

from __future__ import annotations

import linecache
import re
from types import TracebackType
from typing import Any

from kerasnb.backend.tracebacks import without_own_frames
from kerasnb.model.model import Model
from kerasnb.widgets.errors.read import Branch

CELL = re.compile(r"ipykernel_\d+[\\/](\d+)\.py$|<ipython-input-(\d+)")


def short(problem: BaseException, message: bool = True) -> str:
    """The traceback as text: the lines of one's own code, then what the error says first.

    Args:
        problem: The error.
        message: Boolean, whether to end with what it says.
    """
    lines = [_line(frame) for frame in _frames(without_own_frames(problem.__traceback__)) if _is_theirs(frame)]
    if not message:
        return "\n".join(lines)
    said = str(problem).strip().splitlines()
    return "\n".join([*lines, f"{type(problem).__name__}: {said[0] if said else ''}".rstrip(": ")])


def _frames(traceback: TracebackType | None) -> list[TracebackType]:
    found = []
    while traceback is not None:
        found.append(traceback)
        traceback = traceback.tb_next
    return found


def _is_theirs(entry: TracebackType) -> bool:
    name = entry.tb_frame.f_code.co_filename
    return "/IPython/" not in name and "\\IPython\\" not in name and not _is_ours(name)


def _is_ours(name: str) -> bool:
    return name.startswith(__file__.rsplit("widgets", 1)[0])


def _line(entry: TracebackType) -> str:
    name, number = entry.tb_frame.f_code.co_filename, entry.tb_lineno
    code = linecache.getline(name, number, entry.tb_frame.f_globals).strip()
    return f"{_place(entry, name)}, line {number}:  {code}"


def _place(entry: TracebackType, name: str) -> str:
    """Where a line stands: the cell as IPython numbers it, or the name of the file."""
    if CELL.search(name):
        shell = entry.tb_frame.f_globals.get("get_ipython")
        names = getattr(getattr(shell(), "compile", None), "_filename_map", {}) if callable(shell) else {}
        number = names.get(name)
        return f"Cell In[{number}]" if number else "Cell"
    return re.split(r"[\\/]", name)[-1]


def model_of(problem: BaseException, names: tuple[str, ...] = ()) -> Any:
    """The model that failed: the one whose building did, or the one that the failing line names.

    Args:
        problem: The exception.
        names: Names of layers that the model must have.
    """
    entries = _frames(problem.__traceback__)
    for entry in reversed(entries):
        own = entry.tb_frame.f_locals.get("self")
        if isinstance(own, Model):
            return own
    for entry in reversed(entries):
        values = {**entry.tb_frame.f_globals, **entry.tb_frame.f_locals}
        code = linecache.getline(entry.tb_frame.f_code.co_filename, entry.tb_lineno)
        named = [values.get(word) for word in re.findall(r"[^\W\d]\w*", code)]
        for value in [*named, *values.values()]:
            if isinstance(value, Model) and _has(value, names):
                return value
    return None


def labels_of(problem: BaseException) -> str:
    """What the failing line of one's own code calls its labels: the second argument of `fit`, or "y"."""
    for entry in reversed(_frames(problem.__traceback__)):
        code = linecache.getline(entry.tb_frame.f_code.co_filename, entry.tb_lineno)
        found = re.search(r"\.(?:fit|evaluate|train_on_batch)\(\s*(?:x=)?[\w.]+\s*,\s*(?:y=)?([^\W\d]\w*)\s*[,)]", code)
        if found:
            return found[1]
    return "y"


def branches_of(problem: BaseException) -> list[Branch]:
    """The branches that the failing line of one's own code names, with the layers that they come from."""
    found: list[Branch] = []
    for entry in _frames(problem.__traceback__):
        code = linecache.getline(entry.tb_frame.f_code.co_filename, entry.tb_lineno)
        values = {**entry.tb_frame.f_globals, **entry.tb_frame.f_locals}
        named = [(word, values.get(word)) for word in re.findall(r"[^\W\d]\w*", code)]
        made = [(word, getattr(v, "_keras_history", None)) for word, v in named]
        tensors = [Branch(word, history.operation) for word, history in made if history is not None]
        if _is_theirs(entry) and len(tensors) > 1:
            found = tensors
    return found


def _has(model: Any, names: tuple[str, ...]) -> bool:
    layers = {layer.name for layer in getattr(model, "_stack", None) or getattr(model, "layers", None) or []}
    return all(name in layers for name in names)
