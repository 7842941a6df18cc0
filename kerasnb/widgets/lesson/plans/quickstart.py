"""Lesson 01: can a program read digits?"""

from __future__ import annotations

from typing import Any

from kerasnb.datasets import mnist
from kerasnb.model.model import Model
from kerasnb.widgets.lesson.bands import bands
from kerasnb.widgets.lesson.plan import Exercise, Plan, Question, whole

HIGHER = Question(
    "A fifth of the digits is held back for validation. Which accuracy is higher after the first epoch?",
    {
        "Training: the network has seen these digits.": "It has, but with many units switched off, and from its first "
        "clumsy steps on. The training accuracy is the mean of all these steps.",
        "Validation.": "It is measured at the end of the epoch, with all units at work. So this is no error.",
        "Both are equal: it is the same network.": "They are measured at other times, and in another way.",
    },
    "Validation.",
)
NOISE = Question(
    "The network has only seen digits. Now it gets an image of pure noise. What does it answer?",
    {
        "About a tenth for each digit: it cannot know.": "So would you. But softmax shares out 1 whatever comes in.",
        "Nothing: noise is no digit.": "It has ten answers and no eleventh one. It must share 1 among them.",
        "One digit gets most of it.": "A high probability is no knowledge. Noise is far from all that it has learned.",
    },
    "One digit gets most of it.",
)
WITHOUT = Question(
    "We take `Dropout` out and train again. Where do the losses of training and validation end?",
    {
        "Further apart than before.": "The network learns its digits by heart. That does not help with new ones.",
        "Closer together: all units work in training, too.": "They do, and so the network learns its digits by heart.",
        "As before: it is only left out in training.": "Training changes the weights, and validation uses them.",
    },
    "Further apart than before.",
)
PROBABILITIES = (0.02, 0.01, 0.05, 0.61, 0.01, 0.2, 0.02, 0.03, 0.04, 0.01)  # those of exercise 2
SMALL = 784 * 32 + 32 + 32 * 128 + 128 + 128 * 10 + 10


def second_layer(mine: Any) -> str | None:
    """The parameters of a dense layer of 64 units on 256 inputs."""
    count = whole(mine)
    wrong = {
        256 * 64: "The biases are missing: one for each unit.",
        256 * 64 + 256: "A bias belongs to a unit, not to an input. There are 64 units.",
        784 * 64 + 64: "It does not see the image. Its inputs are the 256 units of the layer below.",
        256 * 128 + 128: "That is the layer as it is, with 128 units.",
        128 * 64 + 64: "64 replaces 128: its inputs are the 256 units of the layer below.",
        256 + 64: "Each unit has a weight for each input: multiply.",
    }
    right = 256 * 64 + 64
    return wrong.get(count) or (None if count == right else "Count inputs × units weights, and a bias for each unit.")


def named(mine: Any) -> str | None:
    """The digit that a list of ten probabilities names."""
    if mine in PROBABILITIES:
        return "That is a probability. Which digit does it belong to?"
    digit, right = whole(mine), PROBABILITIES.index(max(PROBABILITIES))
    if digit == right + 1:
        return "The first of the ten numbers belongs to the digit 0."
    if digit == 5:
        return "That is the second best. Look for the largest number."
    if not 0 <= digit <= 9:
        return "A digit lies between 0 and 9."
    return None if digit == right else "Look for the largest number, and count its place from 0."


def smaller(mine: Any) -> str | None:
    """The network with 32 units in its first layer instead of 256."""
    if not isinstance(mine, Model):
        return "`mine` is the model itself."
    if not mine.built:
        return "It has no weights yet. Begin with `keras.Input((784,))`."
    if tuple(getattr(mine, "output_shape", ()))[1:] != (10,):
        return f"There are ten digits. Its output has the shape {getattr(mine, 'output_shape', 'unknown')}."
    found = mine.count_params()
    if found == 235_146:
        return "This is the old network: its first layer still has 256 units."
    if found == 784 * 256 + 256 + 256 * 32 + 32 + 32 * 10 + 10:
        return "The second layer was made smaller. It is the first one that should have 32 units."
    if found == 784 * 32 + 32 + 32 * 10 + 10:
        return "The layer of 128 units is missing."
    return None if found == SMALL else f"It has {found:,} parameters. With 32 units in its first layer: {SMALL:,}."


SOLUTION = """mine = keras.Sequential([
    keras.Input((784,)),
    keras.layers.Dense(32, activation="relu"), keras.layers.Dropout(0.4),
    keras.layers.Dense(128, activation="relu"), keras.layers.Dropout(0.3),
    keras.layers.Dense(10, activation="softmax"),
])"""

PLAN = Plan(
    title="can a program read digits?",
    data=(lambda: mnist.load_data(source="small"),),
    questions=(HIGHER, NOISE, WITHOUT),
    exercises=(
        Exercise(second_layer, "mine = 256 * 64 + 64  # inputs × units, and a bias for each unit",
                 ("Its inputs are the 256 numbers that the first layer gives.",), "a whole number"),
        Exercise(named, "mine = 3  # 0.61 is the largest; `np.argmax` finds its place",
                 ("Number the places: 0.02 is for 0, 0.01 is for 1.",), "a digit"),
        Exercise(smaller, SOLUTION, ("Copy the layers of `build`, and change one number.",), "a model"),
    ),
    bands=bands("01"),
)  # fmt: skip
