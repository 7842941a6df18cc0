"""Each exercise: its solution passes, and planted errors get hints of their own."""

from __future__ import annotations

import numpy as np
import pytest

import kerasnb as keras
import kerasnb.widgets as kw

MPG, ORIGIN = np.linspace(9.0, 46.0, 300), np.arange(300) % 3


def model(inputs=1, outputs=("mpg", "origin"), units=3, as_dict=True):
    """A model of cars as a learner might build it."""
    tensors = [keras.Input((6 if i == 0 else 4,)) for i in range(inputs)]
    heads = {name: keras.layers.Dense(units if name == "origin" else 1)(tensors[0]) for name in outputs}
    return keras.Model(tensors[0] if inputs == 1 else tensors, heads if as_dict else list(heads.values()))


def classifier(units=10, rate=1e-3, last="softmax", loss="sparse_categorical_crossentropy", **first):
    """The network of lesson 9 as a learner might build it."""
    parts = [keras.layers.Dense(16, activation="relu", **first), keras.layers.Dense(units, activation=last)]
    built = keras.Sequential([keras.Input((28, 28)), keras.layers.Flatten(), *parts])
    built.compile(keras.optimizers.Adam(rate), loss=loss)
    return built


def uncompiled():
    return keras.Sequential([keras.Input((28, 28)), keras.layers.Flatten(), keras.layers.Dense(10)])


def spiral():
    """What the notebook of lesson 8 has at its third exercise, in small."""

    def build():
        keras.utils.set_random_seed(1)
        built = keras.Sequential([keras.Input((2,)), keras.layers.Dense(2, activation="softmax")])
        built.compile("adam", "sparse_categorical_crossentropy")
        return built

    x, y = np.random.default_rng(0).normal(size=(20, 2)), np.arange(20) % 2
    clicks = [(3, None, "set", "learning_rate", 0.1)]
    driven = build()
    driven.fit(x, y, epochs=40, verbose=0, callbacks=[kw.Replay(clicks)])
    return {"build": build, "x": x, "y": y, "x_test": x, "y_test": y, "clicks": clicks, "driven": driven}


def frozen():
    built = classifier()
    built.trainable = False
    built.compile("adam", "sparse_categorical_crossentropy")
    return built


RATE, STOP = (14, None, "set", "learning_rate", 0.001), (24, None, "stop")
DIGITS = np.zeros((2000, 28, 28), "float32")
GOOD = DIGITS[:1], DIGITS[..., None], DIGITS.reshape(2000, 784)


def dense(*units, bias=True, flat=True):
    """Dense layers for digits."""
    first = [keras.layers.Flatten()] if flat else []
    return keras.Sequential([keras.Input((28, 28)), *first, *[keras.layers.Dense(n, use_bias=bias) for n in units]])


def quick(first=32, second=128, last=10, middle=True):
    """The network of lesson 1 as a learner might build it."""
    hidden = [keras.layers.Dense(second, activation="relu")] if middle else []
    return keras.Sequential(
        [keras.Input((784,)), keras.layers.Dense(first, activation="relu"), *hidden, keras.layers.Dense(last)]
    )


PLANTED = {
    ("01", 1): [16384, 16640, 50240, 32896, 8256, 320, 7],
    ("01", 2): [4, 5, 0.61, 10, 0],
    ("01", 3): ["model", keras.Sequential([keras.layers.Dense(10)]), quick(last=9), quick(256), quick(256, 32),
                quick(middle=False), quick(64)],
    ("07", 1): [62, 62.5, 2000, 64000, 32, 63.5],
    ("07", 2): ["model", keras.Sequential([keras.layers.Dense(10)]), dense(64, 10, flat=False), dense(10),
                dense(64, 10, bias=False), dense(32, 10)],
    ("07", 3): [DIGITS, (DIGITS[0], *GOOD[1:]), (GOOD[0], np.moveaxis(GOOD[1], -1, 1), GOOD[2]),
                (GOOD[0], DIGITS, GOOD[2]), (*GOOD[:2], GOOD[2].T), (*GOOD[:2], DIGITS.ravel()), (GOOD[1], *GOOD[1:])],
    ("08", 1): [5, 9, 3, 1, 7, 0.44],
    ("08", 2): [
        RATE, [STOP, RATE], [(15, *RATE[1:]), (25, *STOP[1:])], [(14, 0, *RATE[2:]), STOP], [(*RATE[:4], 0.1), STOP],
        [(*RATE[:3], "lr", 0.001), STOP], [RATE, (23, None, "stop")],
    ],
    ("08", 3): ["0" * 12, (classifier(), classifier()), ("0" * 12, "1" * 12), (1, 1)],
    ("09", 1): [26, 1 / 26, -3.258, 1.415, 4.7, 2.3026, 0.5],
    ("09", 2): [0, 3, 0.1, 1e-6, 5e-5],
    ("09", 3): [
        "adam", uncompiled(), classifier(9), classifier(kernel_initializer="zeros"), classifier(rate=10.0),
        classifier(last="linear"), frozen(),
    ],
    ("10", 1): [[1, 0, -1], [[1, 1, 1]] * 3, [[1, 0, -1]] * 3, [[-1] * 3, [0] * 3, [1] * 3], np.zeros((3, 3)),
                np.full((3, 3), np.nan)],
    ("10", 2): [(1, 11, 11, 32), (13, 13, 32), (11, 11, 8), (32, 11, 11), (11, 11, 256), (12, 12, 32)],
    ("10", 3): [320, 2304, 73, 13 * 13 * 8 * 32, 33],
    ("12", 1): [
        [MPG, ORIGIN], {"economy": MPG, "origin": ORIGIN}, {"mpg": MPG}, {"mpg": ORIGIN, "origin": MPG},
        {"numbers": MPG, "words": ORIGIN}, {"mpg": MPG, "origin": ORIGIN[:9]}, MPG,
        {"mpg": MPG[:92], "origin": ORIGIN[:92]},
    ],
    ("12", 2): [{"mpg": 1, "origin": 1}, {"mpg": 0, "origin": 1}, {"mpg": 0.001, "origin": 100}, 0.5,
                {"mpg": -1, "origin": 1}, {"mpg": np.nan, "origin": 1}],
    ("12", 3): [5, model(inputs=2), model(outputs=("mpg",)), model(units=1), model(as_dict=False)],
    ("17", 1): [
        ([("Bill", "office"), ("Mary", "garden")], "Mary"), ([("Mary", "office")], "Mary"),
        ([("Mary", "office"), ("John", "garden")], "Sandra"), ([("Mary", "garden"), ("Mary", "office")], "Mary"),
    ],
    ("17", 2): [[4], [4, 2], [2, 3], [1, 2, 4], [9], [1, 4]],
    ("17", 3): [1, 0, 9, True, 3],
}  # fmt: skip
KEYS = sorted(PLANTED)


@pytest.mark.parametrize(("number", "exercise"), KEYS)
def test_the_solution_passes(number, exercise):
    """The code of the solution sets `mine`, and the check gives a tick."""
    lesson = kw.Lesson(number)
    names = {"keras": keras, "np": np, "mpg": MPG, "origin": ORIGIN, "train": np.arange(300)}
    names |= {"x": DIGITS, "kw": kw, "clicks": [], "build": classifier, "driven": None}
    if (number, exercise) == ("08", 3):
        names |= spiral()
    exec(lesson.solution(exercise).code, names)
    assert repr(lesson.check(exercise, names["mine"])) == f"Exercise {exercise}: ✔"


@pytest.mark.parametrize(("number", "exercise"), KEYS)
def test_planted_errors_get_different_hints(number, exercise):
    """At least three errors, each with a hint that fits it alone, and not the words of a failed check."""
    lesson = kw.Lesson(number)
    hints = [repr(lesson.check(exercise, wrong)) for wrong in PLANTED[number, exercise]]
    assert all(hint.startswith(f"Exercise {exercise}: not yet. ") for hint in hints)
    assert not [hint for hint in hints if "of the wrong kind" in hint]
    assert len(set(hints)) == len(hints) >= 3


@pytest.mark.parametrize("right", [[[2, 2, 2], [0, 0, 0], [-2, -2, -2]], [[1, 1, 1], [0, 0, 0], [-1, -1, -1]],
                                   [[3, 3, 3], [-1, -1, -1], [-2, -2, -2]]], ids=str)  # fmt: skip
def test_any_kernel_for_flat_edges_is_right(right):
    """What is right is a property: many kernels have it."""
    assert repr(kw.Lesson("10").check(1, right)) == "Exercise 1: ✔"


@pytest.mark.parametrize("weights", [(0.01, 1), (0.002, 1.5), (1, 400)])
def test_any_balance_is_right(weights):
    """Many weights make both losses count."""
    mine = dict(zip(("mpg", "origin"), weights, strict=True))
    assert repr(kw.Lesson("12").check(2, mine)) == "Exercise 2: ✔"


@pytest.mark.parametrize(
    ("number", "exercise", "wrong", "words"),
    [
        ("01", 2, "3", "of the wrong kind: `str`. This exercise asks for a digit."),
        ("07", 1, [63], "of the wrong kind: `list`. This exercise asks for a number."),
        ("08", 1, "six", "of the wrong kind: `str`. This exercise asks for the number of an epoch."),
        ("08", 1, 6.5, "of the wrong kind: `float`. This exercise asks for the number of an epoch."),
        ("10", 1, "edge", "of the wrong kind: `str`. This exercise asks for three rows of three numbers."),
        ("10", 2, (None, 11, 11, 32), "A shape without the batch axis has three numbers here; yours has 4."),
        ("10", 2, (11.5, 11, 32), "of the wrong kind: `tuple`. This exercise asks for three whole numbers."),
        ("10", 3, 2336.7, "of the wrong kind: `float`. This exercise asks for a whole number."),
        ("10", 3, "2336", "of the wrong kind: `str`. This exercise asks for a whole number."),
        ("17", 2, "24", "of the wrong kind: `str`. This exercise asks for a list of the numbers of sentences."),
        ("08", 2, [14, "set"], "Give a list of actions, each a tuple"),
        ("08", 2, [(14, "set", "learning_rate", 0.001), (24, "stop")], "Between the epoch and the verb"),
        ("08", 2, [(14, None, "set", "learning_rate"), (24, None, "stop")], "Behind 'set' an action has a name and"),
        ("08", 2, [(14, None, "sett", "learning_rate", 1), (9, None, "stop")], "An action is a tuple (epoch, batch"),
    ],
)
def test_an_answer_of_another_kind_gets_words(number, exercise, wrong, words):
    """Not the name of an exception: what was given, and what is asked for."""
    assert words in repr(kw.Lesson(number).check(exercise, wrong))


@pytest.mark.parametrize(("number", "exercise"), KEYS)
def test_every_exercise_says_what_it_asks_for_and_has_a_further_hint(number, exercise):
    """For those who gave another kind of answer, and for those whom the first hint did not help."""
    asked = kw.Lesson(number).plan.exercises[exercise - 1]
    assert asked.wanted and asked.hints


@pytest.mark.parametrize(
    ("number", "exercise", "right"),
    [("10", 2, np.array([11, 11, 32])), ("10", 3, 2336.0), ("17", 3, np.int64(2)), ("08", 1, np.int64(6))],
    ids=str,
)
def test_numbers_of_numpy_are_answers(number, exercise, right):
    """An answer that was computed is as good as one that was typed."""
    assert repr(kw.Lesson(number).check(exercise, right)) == f"Exercise {exercise}: ✔"
