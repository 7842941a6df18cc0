"""Lesson 09: why does it not learn?"""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from kerasnb.datasets import mnist
from kerasnb.model.model import Model
from kerasnb.widgets.checks.check import check
from kerasnb.widgets.lesson.bands import bands
from kerasnb.widgets.lesson.plan import Exercise, Plan, Question

FIRST = Question(
    "A new network guesses among ten digits, and gives each the same probability. What is its first loss?",
    {
        "About 0.9: nine of ten answers are wrong.": "That is the share of errors. The loss is the logarithm of the "
        "probability that the right digit got.",
        "About 2.3: the logarithm of 10.": "Each digit gets a tenth, and minus ln 0.1 is ln 10. Remember this number.",
        "0: nothing has gone wrong yet.": "A loss of 0 means that the right digit got the probability 1, each time.",
    },
    "About 2.3: the logarithm of 10.",
)
SORTED = Question(
    "The digits are sorted: first all zeros, last all nines. `validation_split=0.1` is set. What will you see?",
    {
        "Training good, validation near zero.": "The last rows are all nines. The network has never seen one.",
        "Both are good: `fit` shuffles the data.": "It shuffles what is left to learn from. Before that it takes the "
        "last rows away, as they stand.",
        "Both are bad: a sorted class teaches nothing.": "`fit` shuffles the rows it learns from, so training is fine.",
    },
    "Training good, validation near zero.",
)
ONE = Question(
    "Is it a seven, yes or no? A network ends with one unit and a softmax. What does it answer to any digit?",
    {
        "The probability of a seven.": "That is what `sigmoid` would give for one unit.",
        "Always 1.": "A softmax shares 1 among its units. One unit gets all of it, whatever it sees.",
        "A number that can be of any size.": "A softmax turns any numbers into shares, and shares lie between 0 and 1.",
    },
    "Always 1.",
)


def first_loss(mine: Any) -> str | None:
    """The first loss of a guess among 26 letters."""
    value = float(mine)
    wrong = {
        26: "26 is the number of letters. The loss is its logarithm.",
        1 / 26: "That is the probability of the right letter. The loss is minus its logarithm.",
        -math.log(26): "A loss is not negative: the logarithm of a share is, so we take minus it.",
        math.log10(26): "`np.log10` counts powers of ten. The loss is made with `np.log`.",
        math.log2(26): "`np.log2` counts powers of two. The loss is made with `np.log`.",
        math.log(10): "That is ln 10, for ten digits. Here are 26 letters.",
    }
    for number, hint in wrong.items():
        if abs(value - number) < 0.02:
            return hint
    return None if abs(value - math.log(26)) < 0.02 else "Each letter gets a share of 1/26. Take minus its logarithm."


def rate(mine: Any) -> str | None:
    """A learning rate with which Adam trains the network."""
    value = float(mine)
    if value <= 0:
        return "A learning rate is larger than 0."
    if value >= 1:
        return "With such steps the weights jump over every valley: patient 8 had 3."
    if value > 0.03:
        return "Still too large for Adam: the loss falls and jumps up again."
    if value < 1e-5:
        return "So small that a whole evening would not be enough."
    return None if value >= 1e-4 else "It learns, but slowly. Look at the curve: where does the loss fall fastest?"


def small() -> tuple[np.ndarray, np.ndarray]:
    """Some digits for the checks."""
    (x, y), _ = mnist.load_data(source="small")
    return x[:200].astype("float32") / 255, y[:200].astype(int)


HINTS = {
    "shapes fit": "Shapes do not fit. Inputs have the shape (28, 28), and there are ten digits.",
    "labels are in range": "The last layer has too few units for the digits 0 to 9.",
    "the last layer fits the loss": "Activation of the last layer and loss do not fit each other.",
    "first loss is that of a guess": "The first loss is far from ln 10: look at how the weights begin.",
    "answers depend on the inputs": "The answers are the same for all digits: look at how the weights begin.",
    "each layer gets a gradient": "Some weights get no gradient: look for dead units, and at `trainable`.",
    "one batch is learned by heart": "It cannot learn one batch by heart: look at the learning rate.",
}


def repaired(mine: Any) -> str | None:
    """A model that climbs the whole ladder."""
    if not isinstance(mine, Model):
        return "`mine` is the model itself, built and compiled."
    if not mine.compiled:
        return "The model is not compiled yet."
    loss = mine.loss if isinstance(mine.loss, str) else getattr(mine.loss, "__name__", type(mine.loss).__name__)
    if "sparse" not in loss.lower():
        return "The labels are whole numbers. The loss for these is `sparse_categorical_crossentropy`."
    found = check(mine, *small())
    return HINTS.get(found.failed[0], f"One rung fails: {found.failed[0]}.") if found.failed else None


SOLUTION = """mine = keras.Sequential([
    keras.Input((28, 28)), keras.layers.Flatten(),
    keras.layers.Dense(64, activation="relu"),    # no zeros to begin with
    keras.layers.Dense(10, activation="softmax"),  # ten units, and softmax once
])
mine.compile(keras.optimizers.Adam(1e-3), loss="sparse_categorical_crossentropy")"""

PLAN = Plan(
    title="why does it not learn?",
    data=(lambda: mnist.load_data(source="small"),),
    questions=(FIRST, SORTED, ONE),
    exercises=(
        Exercise(first_loss, "mine = np.log(26)  # minus the logarithm of 1/26",
                 ("With ten digits it was `np.log(10)`.",), "a number"),
        Exercise(rate, "mine = 1e-3  # where the loss falls fastest, or a little before",
                 ("`print(rate)` shows what was found.",), "a number"),
        Exercise(repaired, SOLUTION, ("Run `kw.check(mine, x, y)`, and climb from the first rung.",), "a model"),
    ),
    bands=bands("09"),
)  # fmt: skip
