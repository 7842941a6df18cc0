"""Lesson 10: why look through a window?"""

from __future__ import annotations

from typing import Any

import numpy as np

from kerasnb.datasets import mnist
from kerasnb.widgets.lesson.bands import bands
from kerasnb.widgets.lesson.plan import Exercise, Plan, Question, whole

SIZE = Question(
    "A window of 3 × 3 pixels visits every place of an image of 28 × 28 pixels. How large is the map of its answers?",
    {
        "28 × 28": 'The window would stick out at the border. Only with `padding="same"` is the map as large.',
        "26 × 26": "The window has 26 places in each row, and 26 rows of places.",
        "9 × 9": "The windows overlap: the next one is one pixel further, not three.",
    },
    "26 × 26",
)
DEPTH = Question(
    "A second layer has 32 windows of 3 × 3. It looks at 8 maps. How many weights does one of its windows have?",
    {
        "9": "A window that looks at 8 maps reads 9 numbers from each of them.",
        "72": "3 × 3 × 8: a window is as deep as what it looks at. Its products are all added up to one number.",
        "288": "That is 9 × 32. The 32 windows do not share: each has weights of its own.",
    },
    "72",
)
SHIFT = Question(
    "Both networks have seen digits in the middle. Now each test digit moves two pixels to the right. What happens?",
    {
        "Both stay as good: it is the same digit.": "For you it is. A dense unit has a weight for each pixel, and now "
        "other pixels are bright.",
        "Both fall alike: they have never seen such digits.": "They have not, but a window finds a stroke wherever it "
        "is, with the same weights.",
        "Both fall, and dense falls further.": "Windows move with the stroke, and pooling forgives a pixel or two. The "
        "last dense layer still knows places, so conv falls too.",
    },
    "Both fall, and dense falls further.",
)


def _answer(kernel: np.ndarray, patch: np.ndarray) -> float:
    return float((kernel * patch).sum())


def edge(mine: Any) -> str | None:
    """A kernel for edges with bright above and dark below."""
    kernel = np.asarray(mine, float)
    if kernel.shape != (3, 3):
        return f"A window of 3 × 3 has three rows of three numbers; yours has the shape {kernel.shape}."
    if not np.isfinite(kernel).all():
        return "Its nine weights must be numbers."
    above = np.array([[1.0] * 3, [0.5] * 3, [0.0] * 3])
    if not np.any(kernel):
        return "A window of zeros answers zero to everything."
    if abs(_answer(kernel, np.ones((3, 3)))) > 1e-6:
        return "It also answers to an even area. Let its nine numbers add up to zero."
    if abs(_answer(kernel, above.T)) > 1e-6:
        return "It also answers to edges that stand upright. Let the numbers of each row be alike."
    if _answer(kernel, above) < 0:
        return "It finds dark above bright. Flip its signs."
    if _answer(kernel, above) < 1e-6:
        return "It does not answer to bright above dark."
    return None


def shapes(mine: Any) -> str | None:
    """The output of a convolution with 32 windows of 3 × 3 on 13 × 13 × 8."""
    if len(mine) != 3:
        return f"A shape without the batch axis has three numbers here; yours has {len(mine)}."
    found = tuple(whole(n) for n in mine)
    if found[0] == 32 and found[2] != 32:
        return "The order is height, width, channels: the number of windows comes last."
    if found[2] == 8:
        return "The 8 maps are what goes in. Each of the 32 windows makes one map."
    if found[2] == 256:
        return "A window adds up what it reads from all 8 maps: it makes one map, not eight."
    if found[:2] == (13, 13):
        return "A window of 3 × 3 has no place at the border: two rows and two columns get lost."
    return None if found == (13 - 2, 13 - 2, 32) else "Count the places of a 3 × 3 window on 13 × 13, and the windows."


def parameters(mine: Any) -> str | None:
    """The parameters of that convolution."""
    if isinstance(mine, (list, tuple)):
        return "One number is enough: all weights of the layer and its biases."
    count, right = whole(mine), 32 * 3 * 3 * 8 + 32
    if count in (32 * 9 + 32, 32 * 9):
        return "A window is as deep as what it looks at: here 8 maps."
    if count == right - 32:
        return "Each window adds one more number at the end: its bias."
    if count in (9 * 8 + 1, 9 * 8):
        return "That is one window. The layer has 32 of them."
    if count > 10 * right:
        return "The weights are shared: their number does not depend on the size of the image."
    return None if count == right else "Count 3 × 3 × the depth for a window, one bias, and all windows."


PLAN = Plan(
    title="why look through a window?",
    data=(lambda: mnist.load_data(source="small"),),
    questions=(SIZE, DEPTH, SHIFT),
    exercises=(
        Exercise(edge, "mine = [[1, 1, 1], [0, 0, 0], [-1, -1, -1]]  # each row alike, and together zero",
                 ("Turn the kernel from above by a quarter: what stood in its columns now stands in its rows.",),
                 "three rows of three numbers"),
        Exercise(shapes, "mine = (13 - 2, 13 - 2, 32)  # two rows and two columns get lost; 32 windows, 32 maps",
                 ("28 pixels gave a map of 26. What do 13 give?",), "three whole numbers"),
        Exercise(parameters, "mine = 32 * (3 * 3 * 8) + 32  # windows × (height × width × depth) + biases",
                 ("Begin with one window: 3 × 3 × 8 weights and a bias.",), "a whole number"),
    ),
    bands=bands("10"),
)  # fmt: skip
