"""Failure: an error that ended a training, as what a person needs: what does not fit, where, and the mend."""

from __future__ import annotations

import linecache
import re
import sys
import traceback
from pathlib import Path
from types import FrameType
from typing import Any

_OWN = f"{Path(__file__).parents[2]}/"
_HINT = re.compile(r"\s*Hint:\s*")
_CODE = re.compile(r"`([^`]+)`")
_SHAPE = r"(\(.*?\))"
_SIDES = [  # what disagrees, in the words of the errors: patterns and the names of their groups
    (rf"target\.shape={_SHAPE}, output\.shape={_SHAPE}", ("targets", "output")),
    (rf"layer '([^']*)' is incompatible.*expected axis (-?\d+) of input shape to have value (\d+).*shape {_SHAPE}",
     None),
    (rf"layer '([^']*)' is incompatible.*expected (?:min_|max_)?ndim=(\d+).*shape {_SHAPE}", ()),
    (rf"Expected shape {_SHAPE}, but input has incompatible shape {_SHAPE}", ("the model expects", "the input has")),
    (rf"Cannot broadcast shapes {_SHAPE}, {_SHAPE}", ("one side", "other side")),
    (r"'x' sizes: ([\d, ]+), 'y' sizes: ([\d, ]+)", ("samples in x", "samples in y")),
]  # fmt: skip


def of(problem: BaseException, run: Any) -> dict:
    """An error in parts.

    Args:
        problem: The error.
        run: `Run` that it ended.

    Returns:
        Dict with these keys:
        `title`: where it came, such as `"fit did not start"`.
        `text`: what is wrong.
        `fix`: what may be done, or an empty string; `code` is the code in it, if there is some.
        `sides`: list of pairs of strings, a name and what it has, where two sides do not fit.
        `line`: dict with `where`, `number` and `source` of the person's line, or None.
        `trace`: list of strings, the short traceback.
    """
    problem.__dict__["_kerasnb_run"] = run
    message = str(problem) if isinstance(problem, ValueError) else f"{type(problem).__name__}: {problem}"
    text, *hints = _HINT.split(message, maxsplit=1)
    fix = hints[0].strip() if hints else ""
    code = _CODE.search(fix)
    frames = _frames(problem)
    mine = [frame for frame in frames if _is_mine(frame[0])]
    return {
        "title": _title(run), "text": text.strip(), "fix": fix, "code": code[1] if code else "",
        "sides": _sides(text, of_targets="target" in fix), "line": _line(mine[-1]) if mine else None,
        "trace": _trace(problem, mine, frames),
    }  # fmt: skip


def is_reported(problem: BaseException) -> bool:
    """Whether a run has described an error already."""
    return "_kerasnb_run" in vars(problem)


def _title(run: Any) -> str:
    if not run.batches:
        return f"{run.kind} did not start"
    where = f"epoch {run.epoch + 1}, batch {run.step + 1}" if run.kind == "fit" else f"batch {run.step + 1}"
    return f"{run.kind} failed after {where}"


def _sides(text: str, of_targets: bool) -> list[tuple[str, str]]:
    for pattern, names in _SIDES:
        found = re.search(pattern, text, re.DOTALL)
        if found is None:
            continue
        if names:
            names = ("targets", "output") if of_targets and names[0] == "one side" else names
            return list(zip(names, found.groups(), strict=True))
        layer, *expected, shape = found.groups()
        wanted = f"{expected[0]} axes" if names is not None else f"{expected[1]} entries in axis {expected[0]}"
        return [(f"{layer} expects", wanted), ("its input has", shape)]
    return []


def _frames(problem: BaseException) -> list[tuple[str, int, str]]:
    """File, line and function of the calls that led to an error, outermost first: those around the run, too."""
    inner = [(f.f_code.co_filename, n, f.f_code.co_name) for f, n in traceback.walk_tb(problem.__traceback__)]
    frame: FrameType | None = sys._getframe(1)
    outer = [(f.f_code.co_filename, n, f.f_code.co_name) for f, n in traceback.walk_stack(frame)]
    return [*outer[::-1], *inner]


def _is_mine(filename: str) -> bool:
    """Whether a file is the person's own code."""
    library = ("site-packages", "dist-packages", f"{sys.base_prefix}/lib/python")
    return not filename.startswith((_OWN, "<frozen")) and not any(part in filename for part in library)


def _line(frame: tuple[str, int, str]) -> dict:
    filename, number, _ = frame
    return {"where": _name_of(filename), "number": number, "source": linecache.getline(filename, number).strip()}


def _name_of(filename: str) -> str:
    """The name of a file, or of the notebook cell whose code it holds: `Cell In[9]`."""
    ipython = sys.modules.get("IPython")
    shell = ipython.get_ipython() if ipython is not None else None
    cells = getattr(getattr(shell, "compile", None), "_filename_map", None) or {}
    if filename in cells:
        return f"Cell In[{cells[filename]}]"
    return Path(filename).name


def _trace(problem: BaseException, mine: list, frames: list) -> list[str]:
    """The person's lines, the innermost place, and the error."""
    shown = [*mine[-3:], *([frames[-1]] if frames and frames[-1] not in mine else [])]
    lines = []
    for filename, number, function in shown:
        if filename.startswith(_OWN):
            lines.append(f"kerasnb/{filename.removeprefix(_OWN)}:{number} in {function}")
        else:
            inside = "" if function == "<module>" else f" in {function}"
            lines.append(f"{_name_of(filename)}, line {number}{inside}")
    return [*lines, f"{type(problem).__name__}: {str(problem).partition(chr(10))[0]}"]
