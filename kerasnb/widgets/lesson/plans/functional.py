"""Lesson 12: several questions, several answers."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

from kerasnb.widgets.lesson.bands import bands
from kerasnb.widgets.lesson.cars import cars
from kerasnb.widgets.lesson.plan import Exercise, Plan, Question

DROWN = Question(
    "The loss of `mpg` is about 600 at the start, that of `origin` about 1. `fit` minimizes their sum. What happens?",
    {
        "Both are learned: each output has a loss of its own.": "It has, but the weights that both use are moved by "
        "the slope of the sum.",
        "`mpg` is learned, and `origin` hardly.": "The slope of the sum is nearly that of `mpg`. The shared layer "
        "serves the loud loss.",
        "`origin` is learned first, as it is easier.": "Easy or not: a loss of 1 hardly shows beside one of 600.",
    },
    "`mpg` is learned, and `origin` hardly.",
)
NAMES = Question(
    "`fit` gets the answers as a dict. What are its keys?",
    {
        "The names of the outputs, as in the model's dict.": "The dict of the model, of the losses and of the answers "
        "have the same keys.",
        "The names of the columns of the data.": "The model has never seen the columns, only arrays.",
        "Any names, in the same order.": "Order counts for lists. In a dict only names count.",
    },
    "The names of the outputs, as in the model's dict.",
)
DROP = Question(
    "We shuffle the words, so that each car gets the name of another one. Which answer gets worse?",
    {
        "Only `origin`": "Names say the maker, and the maker says the country. But the network also used them for "
        "`mpg`, where a rabbit drinks less than a wagon.",
        "Only `mpg`": "Think of the word toyota. What does it say, and what does it not?",
        "Both, and `origin` falls far": "The shared layer mixes numbers and words for both answers.",
    },
    "Both, and `origin` falls far",
)
LOSSES = {"mpg": 600.0, "origin": 1.1}
TRAINING = 300  # cars


def named(mine: Any) -> str | None:
    """The answers as a dict with the names of the outputs."""
    if isinstance(mine, (list, tuple)):
        return "A list works by order. Here a dict is asked for, with the names of the outputs."
    if not isinstance(mine, Mapping):
        return "A dict is asked for: `{name of an output: its answers}`."
    wrong = [key for key in mine if key not in LOSSES]
    if {"numbers", "words"} & set(mine):
        return "`numbers` and `words` are inputs. The answers belong to outputs."
    if wrong:
        return f"No output is called `{wrong[0]}`. The model's dict of outputs has the names."
    if len(mine) < 2:
        return f"The output `{(set(LOSSES) - set(mine)).pop()}` has no answers."
    if len(mine["mpg"]) != len(mine["origin"]):
        return "Both outputs need as many answers: one for each car."
    if len(mine["mpg"]) != TRAINING:
        return f"These are {len(mine['mpg'])} answers. {TRAINING} cars are for learning: `[train]` picks them."
    if set(map(float, mine["mpg"][:50])) <= {0.0, 1.0, 2.0}:
        return "The answers are swapped: `mpg` gets classes."
    return None


def balance(mine: Any) -> str | None:
    """Weights of losses that make both count."""
    if not isinstance(mine, Mapping) or set(mine) != set(LOSSES):
        return "Two weights are asked for: a dict with `mpg` and `origin`."
    if not all(math.isfinite(weight) for weight in mine.values()):
        return "A weight is a number like 0.5."
    if min(mine.values()) < 0:
        return "A negative weight rewards errors."
    if min(mine.values()) == 0:
        return "A weight of zero switches an answer off."
    loud, quiet = mine["mpg"] * LOSSES["mpg"], mine["origin"] * LOSSES["origin"]
    if loud > 20 * quiet:
        return "`mpg` still drowns `origin`: multiply each loss by its weight, and compare."
    if quiet > 5 * loud:
        return "Now `origin` drowns `mpg`."
    return None


def one_input(mine: Any) -> str | None:
    """A model without the words."""
    if not hasattr(mine, "inputs") or not hasattr(mine, "outputs"):
        return "A model is asked for: `keras.Model(numbers, {...})`."
    if len(mine.inputs) != 1:
        return f"The model still has {len(mine.inputs)} inputs. Only `numbers` should be left."
    if tuple(mine.inputs[0].shape) != (None, 6):
        return "The six numbers should be left, not the words."
    if len(mine.outputs) != 2:
        return f"Both answers are wanted; the model has {len(mine.outputs)} output."
    if not isinstance(mine.output, Mapping) or set(mine.output) != set(LOSSES):
        return "Give the outputs as a dict with the keys `mpg` and `origin`."
    if tuple(mine.output["origin"].shape) != (None, 3) or tuple(mine.output["mpg"].shape) != (None, 1):
        return "`mpg` is one number, `origin` three probabilities."
    return None


SOLUTION = """numbers = keras.Input((6,), name="numbers")
hidden = keras.layers.Dense(32, activation="relu")(numbers)
mpg = keras.layers.Dense(1)(hidden)
origin = keras.layers.Dense(3, activation="softmax")(hidden)
mine = keras.Model(numbers, {"mpg": mpg, "origin": origin})"""

PLAN = Plan(
    title="several questions, several answers?",
    data=(cars,),
    questions=(NAMES, DROWN, DROP),
    exercises=(
        Exercise(named, 'mine = {"mpg": mpg[train], "origin": origin[train]}',
                 ("`build` names the outputs in its last line.",), "a dict of two arrays"),
        Exercise(balance, 'mine = {"mpg": 0.02, "origin": 1.0}  # 600 × 0.02 = 12 and 1.1 × 1: both count',
                 ("Leave one weight at 1. By what must the other loss be multiplied?",), "a dict of two numbers"),
        Exercise(one_input, SOLUTION,
                 ("Take `build`, and leave out the words and `Concatenate`.",), "a model"),
    ),
    bands=bands("12"),
)  # fmt: skip
