"""Lesson 17: where is Mary?"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from kerasnb.widgets.lesson.bands import bands
from kerasnb.widgets.lesson.plan import Exercise, Plan, Question, whole

PEOPLE = ("Mary", "John", "Sandra", "Daniel")
PLACES = ("bathroom", "bedroom", "garden", "hallway", "kitchen", "office")

GUESS = Question(
    "A lazy reader always answers with the place of the newest sentence. How often is that right?",
    {
        "About one time in six": "That is pure guessing among six places. The newest sentence is often about the "
        "person who is asked about.",
        "About half of the time": "Short stories help: in many of them the newest sentence is about that person.",
        "Nearly always": "Often another person moved after her.",
    },
    "About half of the time",
)
POSITION = Question(
    "We take the ages of the sentences away and train again. What happens?",
    {
        "Nothing: the words hold all that is needed.": "Mary may have moved three times. Without ages these sentences "
        "differ in the place alone.",
        "It finds the right person, but not her newest sentence.": "It spreads its attention over all sentences about "
        "her, and guesses among their places.",
        "It learns nothing at all.": "Whom a sentence is about can still be seen, and that helps a lot.",
    },
    "It finds the right person, but not her newest sentence.",
)
OLDER = Question(
    "The older network has more weights, and an LSTM. How good is it after three epochs?",
    {
        "As good as the memory network: it has more weights.": "Weights do not replace the right shape. It must find "
        "out by itself what a sentence is.",
        "Worse than the lazy reader": "It needs far more epochs. Its loss falls, which looks like success. "
        "On new stories it is hardly better than a guess.",
        "About half is right": "That is the lazy reader, who needs no training at all.",
    },
    "Worse than the lazy reader",
)


def own_story(mine: Any) -> str | None:
    """A story in which the newest sentence is not the one that answers."""
    sentences, asked = mine
    if not isinstance(asked, str) or not isinstance(sentences, Sequence):
        return "Give two things: a list of `(person, place)`, and the person who is asked about."
    for sentence in sentences:
        if len(sentence) != 2 or sentence[0] not in PEOPLE or sentence[1] not in PLACES:
            return f"The network has not learned the words of `{sentence}`. Use the people and places above."
    if not 2 <= len(sentences) <= 10:
        return "A story has from 2 to 10 sentences."
    if asked not in [person for person, _ in sentences]:
        return f"Nobody can know: the story does not mention `{asked}`."
    if dict(sentences)[asked] == sentences[-1][1]:
        return "The newest place is the answer, so the lazy reader is right too. Let another person move last."
    return None


def two_facts(mine: Any) -> str | None:
    """The sentences that answer "Where is the ball?", in the order in which they are needed."""
    order = [whole(n) for n in mine]
    if any(n not in range(1, 5) for n in order):
        return "The sentences have the numbers 1 to 4."
    if len(order) == 1:
        return "That one sentence does not say all: who has the ball, and where is that person?"
    if len(order) > 2:
        return "Fewer are enough. Which ones could you cross out?"
    if 3 in order:
        return "Sentence 3 is about John. He has no ball."
    if 4 not in order:
        return "Mary has moved on since then: take her newest sentence."
    if order == [4, 2]:
        return "In which order? Before you know who has the ball, you cannot know whose place to look for."
    return None if order == [2, 4] else "First: who has the ball? Then: where is that person now?"


def hops(mine: Any) -> str | None:
    """How often such a network has to look."""
    if isinstance(mine, bool):
        return "A whole number is asked for: how often does it look into the memory?"
    looks = whole(mine)
    if looks < 1:
        return "Without a look into the memory it knows nothing of the story."
    if looks == 1:
        return "One look finds who has the ball. The place of that person stands in another sentence."
    if looks > 4:
        return "There are only four sentences, and two of them matter."
    return None if looks == 2 else "One look for each fact that is needed: how many are they?"


PLAN = Plan(
    title="where is Mary?",
    data=(),
    questions=(GUESS, POSITION, OLDER),
    exercises=(
        Exercise(own_story, 'mine = ([("Mary", "office"), ("John", "garden")], "Mary")  # John moves last',
                 ("Ask for a person who is not in the last sentence.",), "a list of sentences, and a person"),
        Exercise(two_facts, "mine = [2, 4]  # Mary has the ball (2), and she is in the garden (4)",
                 ("Which sentence mentions the ball?",), "a list of the numbers of sentences"),
        Exercise(hops, "mine = 2  # the first look gives the person, and the second one the place",
                 ("Each look finds one sentence.",), "a whole number"),
    ),
    bands=bands("17"),
)  # fmt: skip
