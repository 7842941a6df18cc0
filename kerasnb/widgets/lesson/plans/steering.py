"""Lesson 08: may I interfere?"""

from __future__ import annotations

from typing import Any

from kerasnb.model.model import Model
from kerasnb.model.run.replay import Replay
from kerasnb.widgets.lesson.bands import bands
from kerasnb.widgets.lesson.plan import Exercise, Plan, Question, whole

TWICE = Question(
    "One network trains 20 epochs at once. Its twin runs `fit(epochs=5)` four times. Are they alike at the end?",
    {
        "Yes, to the last bit.": "`fit` goes on where it was: weights, optimizer and random numbers stay.",
        "No: each `fit` begins anew.": "It does not. Only a newly built model does. That is why a cell with "
        "nothing but `fit` trains further each time it is run.",
        "Nearly: the optimizer forgets what it knew.": "It does when you compile again. `fit` leaves it alone.",
    },
    "Yes, to the last bit.",
)
JUMP = Question(
    "The loss is nearly 0. After epoch 10 the learning rate becomes ten times as large. What will the curve do?",
    {
        "Stay low: what is learned is learned.": "Weights are numbers, and large steps carry them away from good ones.",
        "Fall faster: larger steps are faster steps.": "At the bottom of a valley a large step leads up again.",
        "Jump up.": "Steps are now longer than the valley is wide. Lower the rate, and it settles again.",
    },
    "Jump up.",
)
LAST = Question(
    "The best validation loss ★ was at epoch 12, and you stop after epoch 20. Which weights are in the model?",
    {
        "Those of epoch 20.": "Training leaves the last ones. Restore ★ if you want the best.",
        "Those of epoch 12: they are the best.": "Only Restore does so, or `EarlyStopping` where you ask for it.",
        "The mean of all epochs.": "Nobody takes a mean: each step changes the same weights.",
    },
    "Those of epoch 20.",
)
LOSSES = (0.91, 0.62, 0.58, 0.61, 0.49, 0.44, 0.47, 0.52, 0.46)  # the validation losses of exercise 1


def star(mine: Any) -> str | None:
    """The epoch with the best validation loss, counted from 1."""
    if mine == min(LOSSES):
        return "That is the loss itself. Which epoch has it?"
    epoch, best = whole(mine), LOSSES.index(min(LOSSES)) + 1
    if epoch == best - 1:
        return "People count epochs from 1; `argmin` counts from 0."
    if epoch == len(LOSSES):
        return "That is the last one. Look for the lowest."
    if epoch == 3:
        return "There the loss rises for the first time, and falls again later."
    if epoch == LOSSES.index(max(LOSSES)) + 1:
        return "That is the highest loss. The best one is the lowest."
    return None if epoch == best else "Look for the lowest of the nine numbers, and count from 1."


def actions(mine: Any) -> str | None:
    """Lower the learning rate to 0.001 at the end of epoch 15, and stop at the end of epoch 25."""
    if isinstance(mine, tuple) and mine and not isinstance(mine[0], (tuple, list)):
        mine = [mine]
    if not isinstance(mine, (tuple, list)) or not all(isinstance(action, (tuple, list)) for action in mine):
        return "Give a list of actions, each a tuple: `[(epoch, None, ...), (epoch, None, ...)]`."
    if any(len(action) > 2 and action[1] in ("set", "stop") for action in mine):
        return "Between the epoch and the verb stands the batch. At the end of an epoch it is `None`."
    try:
        Replay(mine)
    except ValueError as problem:
        return f"{problem}."
    if len(mine) < 2:
        return "Two things are to be done: set the rate, and stop."
    (epoch, batch, what, *more), (end, _, last, *_) = mine[:2]
    if (what, last) == ("stop", "set"):
        return "In order of time: first the rate, then the end."
    if (epoch, end) == (15, 25):
        return "Epochs are counted from 0 here: the 15th one has the number 14."
    if batch is not None:
        return "At the end of an epoch the batch is `None`."
    if what != "set" or last != "stop":
        return "The verbs are `set` and `stop`."
    if more[:1] != ["learning_rate"]:
        return "After `set` come the name, `learning_rate`, and the value."
    if abs(float(more[1]) - 1e-3) > 1e-9:
        return "The rate is to be 0.001."
    return None if (epoch, end) == (14, 24) else "Count the epochs again, from 0."


def hashes(mine: Any) -> str | None:
    """Two hashes of trainings that are alike."""
    if isinstance(mine, str):
        return "Give both: `(kw.run_hash(driven), kw.run_hash(again))`."
    first, second = mine
    if isinstance(first, Model) or isinstance(second, Model):
        return "Give the hashes, not the models: `kw.run_hash(model)`."
    if not (isinstance(first, str) and isinstance(second, str) and len(first) == len(second) == 12):
        return "`kw.run_hash` gives twelve characters."
    return None if first == second else "They differ: begin with the same seed, and steer with the same list."


SOLUTION = """again = build()  # which sets the same seed
again.fit(x, y, epochs=40, validation_data=(x_test, y_test), callbacks=[kw.Replay(clicks)], verbose=0)
mine = (kw.run_hash(driven), kw.run_hash(again))"""

PLAN = Plan(
    title="may I interfere?",
    data=(),
    questions=(TWICE, JUMP, LAST),
    exercises=(
        Exercise(star, "mine = 6  # the lowest loss, counted from 1", ("`np.argmin(losses) + 1`",),
                 "the number of an epoch"),
        Exercise(actions, 'mine = [(14, None, "set", "learning_rate", 0.001), (24, None, "stop")]',
                 ("An action begins with the epoch, counted from 0, and `None`.",), "a list of two actions"),
        Exercise(hashes, SOLUTION, ("`build()` sets the seed; `kw.Replay(clicks)` steers.",), "a tuple of two hashes"),
    ),
    bands=bands("08"),
)  # fmt: skip
