"""Lesson 07: which pieces, which shapes?"""

from __future__ import annotations

from typing import Any

import numpy as np

from kerasnb.datasets import mnist
from kerasnb.model.model import Model
from kerasnb.widgets.lesson.bands import bands
from kerasnb.widgets.lesson.plan import Exercise, Plan, Question

STEPS = Question(
    "2,000 digits, `batch_size=50`, and `epochs=3`: how often are the weights changed?",
    {
        "3 times, once in each epoch.": "An epoch is one pass over all digits, batch by batch. Each batch is a step.",
        "40 times, once for each batch.": "2,000 / 50 = 40 batches are one epoch. Here are three epochs.",
        "120 times, 40 in each of 3 epochs.": "Each step takes one batch, and changes all weights once.",
        "6,000 times, once for each digit.": "A batch of 50 digits gives one step: their slopes are averaged.",
    },
    "120 times, 40 in each of 3 epochs.",
)
NOTHING = Question(
    "The summary says `(None, 784)`. What does None mean?",
    {
        "Something is missing: an error.": "Nothing is missing. The model works with this.",
        "Any number of samples.": "The weights do not depend on it: one digit or a thousand may come.",
        "No samples yet: 0.": "0 is a number like any other. None stands for all of them.",
    },
    "Any number of samples.",
)
ALIKE = Question(
    "Sequential, functional and a class of your own: three ways to write one network. With equal weights, are the "
    "answers equal?",
    {
        "Nearly: each way rounds differently.": "The layers compute, and they are the same layers each time.",
        "Yes, to the last bit.": "How a network is written down does not change what its layers compute.",
        "No: a class of your own is slower and less exact.": "It is neither: the same layers run in the same order.",
    },
    "Yes, to the last bit.",
)
SHAPES = {"one": (1, 28, 28), "grey": (2000, 28, 28, 1), "flat": (2000, 784)}


def shapes(mine: Any) -> str | None:
    """One image with a batch axis, images with a channel axis, flat images."""
    if not isinstance(mine, (tuple, list)) or len(mine) != 3:
        return "Give three arrays: one, grey, flat."
    found = {name: tuple(np.shape(array)) for name, array in zip(SHAPES, mine, strict=True)}
    if found["one"] == (28, 28):
        return "`one` has no axis for the batch. `x[:1]` has, and so has `x[0][np.newaxis]`."
    if found["grey"] == (2000, 1, 28, 28):
        return "`grey` has its channels first. They come last here: `x[..., np.newaxis]`."
    if found["grey"] == (2000, 28, 28):
        return "`grey` has no axis for the channels. A grey image has one channel."
    if found["flat"] == (784, 2000):
        return "`flat` has samples and pixels in the wrong order."
    if found["flat"] == (2000 * 784,):
        return "`flat` has lost its samples: keep the first axis with `reshape(2000, 784)`."
    for name, shape in SHAPES.items():
        if found[name] != shape:
            return f"`{name}` has the shape {found[name]}. It should be {shape}."
    return None


def parameters(mine: Any) -> str | None:
    """A model with 50,890 parameters for digits."""
    if not isinstance(mine, Model):
        return "`mine` is the model itself."
    if not mine.built:
        return "It has no weights yet. Begin with `keras.Input((28, 28))`."
    found, right = mine.count_params(), 50_890
    output = getattr(mine, "output_shape", None)
    if not isinstance(output, tuple) or output[1:] != (10,):
        return f"There are ten digits. Its output has the shape {output}: is `Flatten` missing?"
    if found == right:
        return None
    if found == 7_850:
        return "One layer straight to ten digits has 7,850. A hidden layer is missing."
    if found in (50_816, 50_826, 50_880):
        return "The biases are missing: one for each unit."
    return f"It has {found:,} parameters, {abs(found - right):,} too {'few' if found < right else 'many'}."


def steps(mine: Any) -> str | None:
    """Steps in one epoch of 2,000 samples in batches of 32."""
    value = float(mine)
    wrong = {
        62: "62 batches are full. The last one holds the 16 digits that are left.",
        62.5: "There are no half steps: the last batch is smaller, and it counts.",
        2000: "That is one step for each digit. A batch of 32 gives one.",
        64000: "Divide: 2,000 digits are cut into batches of 32.",
        32: "That is how many digits a batch has.",
    }
    return wrong.get(value) or (None if value == 63 else "Cut 2,000 digits into batches of 32, and count them all.")


SOLUTION = """mine = keras.Sequential([
    keras.Input((28, 28)), keras.layers.Flatten(),
    keras.layers.Dense(64, activation="relu"),     # 784 × 64 + 64
    keras.layers.Dense(10, activation="softmax"),  # 64 × 10 + 10
])"""

PLAN = Plan(
    title="which pieces, which shapes?",
    data=(lambda: mnist.load_data(source="small"),),
    questions=(STEPS, NOTHING, ALIKE),
    exercises=(
        Exercise(steps, "mine = 63  # 62 full batches, and one with the 16 digits that are left",
                 ("`np.ceil` rounds up.",), "a number"),
        Exercise(parameters, SOLUTION, ("A dense layer has inputs × units weights, and units biases.",), "a model"),
        Exercise(shapes, "mine = (x[:1], x[..., np.newaxis], x.reshape(2000, 784))",
                 ("Print `array.shape` after each try.",), "a tuple of three arrays"),
    ),
    bands=bands("07"),
)  # fmt: skip
