"""A lesson in a notebook: predictions, exercises that check themselves, expected ranges."""

from __future__ import annotations

import importlib
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from kerasnb.utils import set_random_seed
from kerasnb.widgets.lesson import settings
from kerasnb.widgets.lesson.card import GREY, Shown, framed, number
from kerasnb.widgets.lesson.cards import Checked, Prediction, solution_of
from kerasnb.widgets.lesson.lines import lines
from kerasnb.widgets.lesson.plan import Exercise, Plan, Question

PLANS = {
    "01": "quickstart",
    "07": "basics", "08": "steering", "09": "debugging", "10": "convnets", "12": "functional", "17": "memory_network",
}  # fmt: skip


class Lesson:
    """A lesson of the course: its questions, its exercises, and how a training usually goes.

    Making one sets the seeds, checks that the data are there, and prints one line.

    Args:
        number: String or integer, the number of the lesson, as its notebook's name begins; or a `Plan` of one's own.
        seed: Integer, the seed of all random numbers. Defaults to 1, or to the environment's `KERASNB_SEED`.

    Raises:
        ValueError: If there is no such lesson.

    Example:

    >>> import kerasnb.widgets as kw
    >>> lesson = kw.Lesson("10")
    Lesson 10 is ready: why look through a window?
    >>> lesson.check(1, ...)
    Exercise 1: waiting
    """

    def __init__(self, number: str | int | Plan, seed: int | None = None) -> None:
        self.number = "own" if isinstance(number, Plan) else str(number).zfill(2)
        self.plan = number if isinstance(number, Plan) else _plan(self.number)
        self.seed = settings.seed() if seed is None else int(seed)
        set_random_seed(self.seed)
        for load in self.plan.data:
            load()
        self.tries: dict[int, int] = {}
        print(f"Lesson {self.number} is ready: {self.plan.title}")

    def __repr__(self) -> str:
        return f"<kerasnb.Lesson {self.number}>"

    def predict(
        self, number: int, question: str | None = None, options: Mapping[str, str] | None = None, right: str = ""
    ) -> Prediction:
        """Shows a question to answer before the next cell is run. The options lock then, and show their replies.

        In a saved notebook each option unfolds to its reply.

        Args:
            number: Integer, the number of the question.
            question: String, the question. Defaults to that of the lesson's plan.
            options: Dict of each option and the reply to it. Needed with `question`.
            right: String, the option that is right. Needed with `question`.

        Returns:
            A card, whose text is the same in each run.

        Raises:
            ValueError: If the lesson has no such question, `options` is no dict, or `right` is none of them.
        """
        if question is None:
            asked = _numbered(self.plan.questions, number, "question")
        else:
            asked = Question(question, options or {}, right)
        if not isinstance(asked.options, Mapping):
            raise ValueError(
                f"Argument `options` must be a dict of options and replies. Received: {type(asked.options).__name__}"
            )
        if asked.right not in asked.options:
            raise ValueError(
                f"Argument `right` must be one of the options. Received: right={asked.right!r}, "
                f"options={list(asked.options)}"
            )
        return Prediction(self.number, number, max(number, len(self.plan.questions)), asked)

    def check(self, number: int, mine: Any) -> Checked:
        """Checks the answer to an exercise. Further hints, and the solution after two tries, are folded.

        Args:
            number: Integer, the number of the exercise.
            mine: The answer; `...` where there is none yet.

        Returns:
            A card: "waiting", a tick, or a hint for the error that was made.

        Raises:
            ValueError: If the lesson has no such exercise.
        """
        exercise = _numbered(self.plan.exercises, number, "exercise")
        if _is_open(mine):
            return Checked(number, "waiting", solution=exercise.solution, tries=self.tries.get(number, 0))
        hint = _hint(exercise, mine)
        if hint is None:
            return Checked(number, "right", solution=exercise.solution)
        self.tries[number] = self.tries.get(number, 0) + 1
        return Checked(number, "hint", hint, exercise.hints, exercise.solution, self.tries[number])

    def solution(self, number: int) -> Shown:
        """Shows the solution of an exercise, folded. `print(lesson.solution(1).code)` prints it.

        Args:
            number: Integer, the number of the exercise.

        Raises:
            ValueError: If the lesson has no such exercise.
        """
        code = _numbered(self.plan.exercises, number, "exercise").solution
        text = f"Solution {number}: unfold it when you have tried"
        body = f"<b>Exercise {number}</b>{solution_of(code) or ': no solution is given here'}"
        shown = Solution(text, framed(body, text, GREY))
        shown.code = code
        return shown

    def between(self, value: float, low: float, high: float) -> Shown:
        """Says whether a number is where it is expected, so that its last digits do not matter.

        Args:
            value: Number, a result.
            low: Number, the lowest that is expected.
            high: Number, the highest that is expected.

        Returns:
            A text: "in the expected range", or the value and the range.

        Raises:
            ValueError: If `value` is not one number.
        """
        value = _one_number(value)
        if low <= value <= high:
            text = "✔ in the expected range"
        else:
            text = f"{number(value)} is not in the expected range, {number(low)} to {number(high)}"
        seen = f'<span style="font-size:14px">{text}</span>'
        value_now = f' <span style="opacity:.75">(yours: {number(value)})</span>' if low <= value <= high else ""
        return Shown(text, f'<div class="kerasnb-values">{seen}{value_now}<pre style="display:none"></pre></div>')

    def curve(self, name: str, values: Sequence[float], title: str = "", alt: str = "") -> Shown:
        """Draws a learning curve over the grey band of ten other seeds.

        Args:
            name: String, the name of the curve in the lesson's plan.
            values: List of numbers, one for each epoch.
            title: String, what the numbers are.
            alt: String, one sentence that says what to see. Defaults to whether the curve stays near the band.

        Raises:
            ValueError: If the lesson has no such curve, or `values` are no numbers.
        """
        if name not in self.plan.bands:
            raise ValueError(f"Argument `name` must be one of {sorted(self.plan.bands)}. Received: name={name!r}")
        band = self.plan.bands[name]
        curve = _numbers(values)
        return lines({"yours": curve}, alt=alt or _said(curve, band), title=title, band=band, x_title="epoch", first=1)


def _plan(number: str) -> Plan:
    if number not in PLANS:
        raise ValueError(f"Argument `number` must be one of {sorted(PLANS)}. Received: number={number!r}")
    return importlib.import_module(f"kerasnb.widgets.lesson.plans.{PLANS[number]}").PLAN


def _one_number(value: Any) -> float:
    array = np.asarray(value)
    if array.size != 1 or array.dtype.kind not in "biufV":
        raise ValueError(f"Argument `value` must be one number. Received: {value!r}")
    return float(array.reshape(()))


def _numbers(values: Any) -> list[float]:
    try:
        return [float(value) for value in values]
    except (TypeError, ValueError):
        raise ValueError(f"Argument `values` must be numbers, one for each epoch. Received: {values!r}") from None


def _said(curve: list[float], band: tuple[list[float], list[float]]) -> str:
    """Whether most of a curve stays within a quarter of the band's whole height from the band."""
    count = min(len(curve), len(band[0]))
    if not count:
        return "There is no curve yet: no epoch was completed."
    low, high = (np.array(edge[:count]) for edge in band)
    off = np.nan_to_num(np.maximum(low - curve[:count], curve[:count] - high), nan=np.inf)
    if np.median(off) <= 0.25 * (max(band[1]) - min(band[0])):
        return "Your curve differs from those of ten other seeds, and stays near their grey band."
    return "Your curve leaves the grey band of ten other seeds: something is not as it was there."


class Solution(Shown):
    """A folded solution, and its code."""

    code: str = ""


def _numbered(things: Sequence, number: int, kind: str) -> Any:
    if not isinstance(number, int) or not 1 <= number <= len(things):
        raise ValueError(f"This lesson has {kind}s 1 to {len(things)}. Received: number={number!r}")
    return things[number - 1]


def _is_open(mine: Any) -> bool:
    """Whether an answer is still `...`, or has it in one of its places; None is one only where it stands alone."""
    if mine is None:
        return True
    if isinstance(mine, (tuple, list)):
        return any(part is not None and _is_open(part) for part in mine)
    if isinstance(mine, dict):
        return any(part is not None and _is_open(part) for part in mine.values())
    return mine is ...


def _hint(exercise: Exercise, mine: Any) -> str | None:
    """What a check says. An answer of a kind that it does not know gets a hint too."""
    try:
        return exercise.check(mine)
    except Exception:
        wanted = f" This exercise asks for {exercise.wanted}." if exercise.wanted else ""
        return f"`mine` is of the wrong kind: `{type(mine).__name__}`.{wanted}"
