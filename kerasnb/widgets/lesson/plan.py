"""What belongs to a lesson besides its notebook: questions, exercises with their checks, and solutions."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

import numpy as np


class Question(NamedTuple):
    """A question to think about before the cell that decides.

    Attributes:
        text: The question.
        options: Each option, and the reply to it. The wrong ones are what people believe who misunderstood something.
        right: The option that is right.
    """

    text: str
    options: Mapping[str, str]
    right: str


class Exercise(NamedTuple):
    """An exercise that checks itself.

    Attributes:
        check: Function of the answer that returns a hint, or None where the answer is right.
        solution: Python code that sets `mine`.
        hints: Further hints, each for those whom the one before did not help.
        wanted: What kind of answer is asked for, for those who gave another kind.
    """

    check: Callable[[Any], str | None]
    solution: str
    hints: tuple[str, ...] = ()
    wanted: str = ""


class Plan(NamedTuple):
    """A lesson.

    Attributes:
        title: The question of the lesson.
        data: Functions that load the data of the lesson; one that fails ends the first cell.
        questions: The questions, by number from 1.
        exercises: The exercises, by number from 1.
        bands: For each learning curve the lowest and the highest of ten seeds, epoch by epoch.
    """

    title: str
    data: tuple[Callable[[], Any], ...] = ()
    questions: tuple[Question, ...] = ()
    exercises: tuple[Exercise, ...] = ()
    bands: Mapping[str, tuple[list[float], list[float]]] = {}


def whole(value: Any) -> int:
    """An answer that must be a whole number.

    Args:
        value: What was given: an integer, or a number that equals one.

    Raises:
        TypeError: If it is something else, such as text.
        ValueError: If it has a fraction, or is not finite.
    """
    if isinstance(value, (str, bytes, bool, np.bool_)) or np.ndim(value):
        raise TypeError(f"A whole number is needed. Received: {value!r}")
    if not float(value).is_integer():
        raise ValueError(f"A whole number is needed. Received: {value!r}")
    return int(value)
