"""Warnings that point at the user's code, however deep below it the cause was found."""

from __future__ import annotations

import contextlib
import pathlib
import sys
import warnings

_INSIDE = str(pathlib.Path(__file__).parents[1]), contextlib.__file__


def warn_user(text: str, category: type[Warning] = UserWarning) -> None:
    """Warns at the line outside of this package that led here.

    Args:
        text: String, the warning.
        category: Type of the warning. Defaults to `UserWarning`.
    """
    frame, level = sys._getframe(1), 2
    while frame.f_back is not None and frame.f_code.co_filename.startswith(_INSIDE):
        frame, level = frame.f_back, level + 1
    warnings.warn(text, category, stacklevel=level)
