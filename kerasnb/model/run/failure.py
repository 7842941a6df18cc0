"""Failure: an error that ended a training, as what a person needs: what does not fit, where, and the mend."""

from __future__ import annotations

from typing import Any


def of(problem: BaseException, run: Any) -> dict:
    """An error in parts.

    Args:
        problem: The error.
        run: `Run` that it ended.

    Returns:
        Dict with `title`, `text`, `fix`, `sides`, `line` and `trace`.
    """
    return {"title": "fit failed", "text": str(problem), "fix": "", "sides": [], "line": None, "trace": []}
