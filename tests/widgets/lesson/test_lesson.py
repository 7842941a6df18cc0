"""Lessons: questions, exercises that check themselves, ranges, curves."""

from __future__ import annotations

import re

import numpy as np
import pytest

import kerasnb as keras
import kerasnb.widgets as kw
from kerasnb.widgets.lesson.lesson import PLANS
from tests.promises.widgets import check_bundle


@pytest.fixture(params=sorted(PLANS))
def lesson(request, capsys):
    """A lesson that has printed its line."""
    made = kw.Lesson(request.param)
    assert capsys.readouterr().out == f"Lesson {made.number} is ready: {made.plan.title}\n"
    return made


def bundle(shown) -> dict:
    """What a notebook gets: whole, light, the same text each time."""
    made = shown._repr_mimebundle_()
    assert made["text/plain"] == repr(shown) and set(made) == {"text/plain", "text/html"}
    check_bundle(made)
    return made


def test_a_lesson_sets_the_seeds(lesson, capsys):
    """The same numbers follow, and others with another seed."""
    first = np.random.random(), np.array(keras.random.uniform((2,)))
    kw.Lesson(lesson.number)
    second = np.random.random(), np.array(keras.random.uniform((2,)))
    kw.Lesson(lesson.number, seed=2)
    third = np.random.random()
    assert first[0] == second[0] != third
    np.testing.assert_array_equal(first[1], second[1])
    assert repr(lesson) == f"<kerasnb.Lesson {lesson.number}>" and lesson.seed == 1


def test_the_environment_gives_another_seed(monkeypatch, capsys):
    """A class, or a test of the bounds, runs the same notebook with other numbers."""
    monkeypatch.setenv("KERASNB_SEED", "7")
    assert kw.Lesson("17").seed == 7 and kw.Lesson("17", seed=3).seed == 3


def test_a_lesson_that_is_not_there():
    """The error names those that are."""
    names = r"\['01', '07', '08', '09', '10', '12', '17'\]"
    with pytest.raises(ValueError, match=rf"`number` must be one of {names}.*number='99'"):
        kw.Lesson("99")


@pytest.mark.parametrize("number", ["7", 7, 10])
def test_the_number_of_a_lesson(number, capsys):
    """With or without its zero, as text or as a number."""
    assert kw.Lesson(number).number == f"{int(number):02}"


def test_questions(lesson):
    """Each has three options with replies; exactly one is right; the text does not say which."""
    assert len(lesson.plan.questions) >= 3
    for number, question in enumerate(lesson.plan.questions, 1):
        shown = bundle(lesson.predict(number))
        assert shown["text/plain"].startswith(f"Predict {number}: {question.text}\n  A. ")
        assert len(question.options) >= 3 and question.right in question.options
        assert shown["text/html"].count("✔ Yes. ") == 2  # in the card and in its text
        assert shown["text/html"].count("✘ No. ") == 2 * (len(question.options) - 1)
        assert "✔" not in shown["text/plain"]
        assert not [reply for reply in question.options.values() if reply in shown["text/plain"]]
    with pytest.raises(ValueError, match="This lesson has questions 1 to 3"):
        lesson.predict(4)


def test_a_question_of_ones_own(lesson):
    """Question, options and the right one may be given."""
    shown = lesson.predict(9, "2 < 1?", {"yes": "Look again.", "no": "2 is more."}, right="no")
    assert repr(shown) == "Predict 9: 2 < 1?\n  A. yes\n  B. no"
    assert "2 &lt; 1?" in shown.page and "✘ No. Look again." in shown.page and "✔ Yes. 2 is more." in shown.page
    with pytest.raises(ValueError, match="`right` must be one of the options"):
        lesson.predict(9, "2 < 1?", {"yes": "Look again."}, right="maybe")
    with pytest.raises(ValueError, match="`options` must be a dict of options and replies. Received: list"):
        lesson.predict(9, "2 < 1?", ["yes", "no"], right="no")


@pytest.mark.parametrize("blank", [..., None, (1, ...), [[..., 1]], {"mpg": ..., "origin": 1}], ids=str)
def test_blanks_wait(lesson, blank):
    """An exercise without an answer says so, always with the same words."""
    for number in range(1, len(lesson.plan.exercises) + 1):
        shown = bundle(lesson.check(number, blank))
        assert shown["text/plain"] == f"Exercise {number}: waiting"
        assert "<summary" in shown["text/html"] and ">Solution<" in shown["text/html"]


def test_solutions_are_folded(lesson):
    """The code is in the card and not in its text."""
    for number, exercise in enumerate(lesson.plan.exercises, 1):
        shown = lesson.solution(number)
        assert shown.code == exercise.solution and repr(shown) == f"Solution {number}: unfold it when you have tried"
        assert bundle(shown)["text/html"].count("<details") == 1
    with pytest.raises(ValueError, match="This lesson has exercises 1 to 3"):
        lesson.solution(0)


def test_a_class_without_solutions(lesson):
    """Exercises whose solutions were taken out show none."""
    bare = tuple(e._replace(solution="") for e in lesson.plan.exercises)
    lesson.plan = lesson.plan._replace(exercises=bare)
    assert "Solution" not in lesson.check(1, ...).page and "no solution is given here" in lesson.solution(1).page


@pytest.mark.parametrize(
    "answer", ["text", object(), 1.5, [], {}, np.zeros((2, 2)), [[[1]]], lambda x: x], ids=lambda a: type(a).__name__
)
def test_any_answer_gets_a_hint(lesson, answer):
    """Whatever an answer is, the check says something and does not fail."""
    for number in range(1, len(lesson.plan.exercises) + 1):
        text = repr(lesson.check(number, answer))
        assert re.match(rf"Exercise {number}: not yet\. .+", text)


def test_a_lesson_of_ones_own(capsys):
    """A teacher's plan: questions, exercises with checks, solutions and further hints."""
    plan = kw.Plan(
        title="how much is one and one?",
        questions=(kw.Question("1 + 1?", {"11": "That is text.", "2": "It is."}, "2"),),
        exercises=(kw.Exercise(lambda mine: None if mine == 4 else "Try again.", "mine = 4", ("It is even.",)),),
    )
    lesson = kw.Lesson(plan, seed=5)
    assert capsys.readouterr().out == "Lesson own is ready: how much is one and one?\n"
    assert repr(lesson.predict(1)) == "Predict 1: 1 + 1?\n  A. 11\n  B. 2"
    assert repr(lesson.check(1, 4)) == "Exercise 1: ✔"
    wrong = lesson.check(1, 3)
    assert repr(wrong) == "Exercise 1: not yet. Try again."
    assert "Hint 2 of 2" in wrong.page and "It is even." in wrong.page
    assert wrong.state()["solution"] == "" and lesson.check(1, 5).state()["solution"] == "mine = 4"
    with pytest.raises(ValueError, match="questions 1 to 1"):
        lesson.predict(2)


def test_between():
    """Inside the range the number does not matter; outside it is said."""
    lesson = kw.Lesson("10")
    assert repr(lesson.between(0.961, 0.95, 1)) == repr(lesson.between(0.97, 0.95, 1)) == "✔ in the expected range"
    assert repr(lesson.between(0.5, 0.95, 1)) == "0.5 is not in the expected range, 0.95 to 1"
    assert repr(lesson.between(float("nan"), 0.95, 1)) == "nan is not in the expected range, 0.95 to 1"
    assert "yours: 0.961" in bundle(lesson.between(0.961, 0.95, 1))["text/html"]
    assert repr(lesson.between(np.array([0.96]), 0.95, 1)) == "✔ in the expected range"


@pytest.mark.parametrize("value", [None, ..., "high", [0.9, 0.8]], ids=str)
def test_between_asks_for_one_number(value):
    """A cell that ran before its numbers were there says so."""
    with pytest.raises(ValueError, match="`value` must be one number. Received: "):
        kw.Lesson("10").between(value, 0, 1)


def test_a_curve_says_whether_it_stays_near_the_band(lesson):
    """The words are true: a training that went otherwise, or did not go at all, is not called near."""
    for name, (low, high) in lesson.plan.bands.items():
        far = [b + 2 * (max(high) - min(low)) for b in high]
        assert repr(lesson.curve(name, high)) == repr(lesson.curve(name, low[:3]))
        assert "stays near" in repr(lesson.curve(name, [(a + b) / 2 for a, b in zip(low, high, strict=True)]))
        assert "leaves the grey band" in repr(lesson.curve(name, far))
        assert "leaves the grey band" in repr(lesson.curve(name, [float("nan")] * len(low)))
        assert "no epoch was completed" in repr(lesson.curve(name, []))
        for wrong in (None, 5, "abc"):
            with pytest.raises(ValueError, match="`values` must be numbers, one for each epoch"):
                lesson.curve(name, wrong)


def test_curves_stand_before_the_band_of_ten_seeds(lesson):
    """The text is the same for all curves; table and picture hold the numbers."""
    assert lesson.plan.bands
    for name, (low, high) in lesson.plan.bands.items():
        assert len(low) == len(high) > 5 and all(a <= b for a, b in zip(low, high, strict=True))
        shown = bundle(lesson.curve(name, [0.123, *high[1:]]))
        assert shown["text/plain"].startswith("Figure: Your curve") and "0.123" in shown["text/html"]
    with pytest.raises(ValueError, match="`name` must be one of"):
        lesson.curve("no such curve", [1.0])
