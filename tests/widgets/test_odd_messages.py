"""Whatever a page sends to any tool: one answer, in words where it is refused, and never an error in the kernel."""

from __future__ import annotations

import importlib
import json
import pkgutil
import re

import numpy as np
import pytest

import kerasnb as keras
import kerasnb.widgets as kw
from kerasnb.widgets.kit.tool import LONGEST, Tool
from kerasnb.widgets.lesson.cards import Prediction
from kerasnb.widgets.panel.panel import Panel
from kerasnb.widgets.runs.fits import Fits
from tests.browser.bare import connect
from tests.widgets.test_promises import finished_run

layers = keras.layers
X = np.random.default_rng(0).random((12, 9, 9, 1)).astype("float32")
Y = np.arange(12) % 3
VALUES = (
    None, True, 0, 1, -1, 7, 10**30, 1.5, float("nan"), float("inf"), "", "1", "<b>x</b>", "x" * 100_000, [], [1],
    ["a"], {}, {"0": 2.0}, [[[1, 2]]], [None],
)  # fmt: skip
FIELDS = (
    "row", "map", "r", "c", "to", "by", "only", "meant", "said", "sample", "label", "on", "column", "side", "values",
    "rest", "point", "strokes", "rows", "columns", "page", "path", "count", "name", "value", "epoch", "what", "way",
    "place", "text", "card", "option", "layer", "layers", "after", "argument", "settings",
)  # fmt: skip
SLOW = {"hood", "run", "measure", "train", "check"}  # these measure times, or train


@pytest.fixture(scope="module")
def makers():
    stack = [layers.Conv2D(2, 3, activation="relu"), layers.Flatten(), layers.Dense(3, activation="softmax")]
    images, rows = keras.Sequential([keras.Input((9, 9, 1)), *stack]), keras.Sequential([keras.Input((4,))])
    rows.add(layers.Dense(2, activation="softmax"))
    images.compile("sgd", "sparse_categorical_crossentropy")
    images.fit(X, Y, verbose=0)
    return {
        "Peek": lambda: kw.peek(images, X, Y), "Confusion": lambda: kw.confusion(images, X, Y),
        "MistakesFirst": lambda: kw.mistakes_first(images, X, Y), "Draw": lambda: kw.draw(images),
        "ExploreImage": lambda: kw.explore(images, X[0]), "ExploreRow": lambda: kw.explore(rows, np.ones(4, "float32")),
        "Space": lambda: kw.space(images, X, Y), "Array": lambda: kw.array(X), "Graph": lambda: kw.graph(images),
        "Summary": lambda: kw.summary(images), "Panel": lambda: Panel(images.run),
        "Fits": lambda: Fits([finished_run(), finished_run()]),
        "Hood": lambda: kw.hood(rows.layers[0], np.ones((2, 4))),
        "Compare": lambda: kw.compare(finished_run(), finished_run()), "ShapeError": lambda: shape_error(rows),
        "Builder": lambda: kw.Builder(x=X.reshape(12, -1), y=Y),
        "Prediction": lambda: Prediction("07", 1, 1, kw.Question("Which?", {"one": "No.", "two": "Yes."}, "two")),
    }  # fmt: skip


def shape_error(model):
    try:
        model(np.ones((2, 7), "float32"))
    except Exception as problem:
        return kw.explain(problem)
    raise AssertionError("the shapes fit")


NAMES = (
    "Peek", "Confusion", "MistakesFirst", "Draw", "ExploreImage", "ExploreRow", "Space", "Array", "Graph", "Summary",
    "Panel", "Fits", "Hood", "Compare", "ShapeError", "Builder", "Prediction",
)  # fmt: skip


@pytest.mark.parametrize("name", NAMES)
def test_each_message_has_one_answer(makers, name):
    """60 messages of known verbs and others, with values of all kinds; the tool describes itself afterwards."""
    tool, rng = makers[name](), np.random.default_rng(1)
    page = connect(tool)
    verbs = sorted({v.removeprefix("on_") for v in dir(type(tool)) if v.startswith("on_")} - SLOW)
    verbs += ["ping", "shown", "nothing", "__init__", None, 7, ["a"], {}]
    for ask in range(60):
        chosen = rng.choice(len(FIELDS), 6, replace=False)
        message = {FIELDS[i]: VALUES[rng.integers(len(VALUES))] for i in chosen}
        verb = verbs[rng.integers(len(verbs))]
        sent = page.hear({**message, "do": verb, "ask": ask}, [bytes(int(rng.integers(3)) * 7)])
        replies = [s["content"] for s in sent if "content" in s and s["content"].get("reply") == ask]
        assert len(replies) == 1
        said = replies[0].get("error") if replies else None
        assert said is None or 10 < len(said) <= LONGEST
        assert not re.match(r"[A-Z]\w*(Error|Exception|Warning)\b: ", said or ""), (verb, message)
    json.dumps(tool.state(), allow_nan=False)
    assert tool.text()
    assert tool.html()


@pytest.mark.parametrize("name", NAMES)
def test_what_is_no_message_changes_nothing(makers, name):
    """No dict, or one without a verb: the state is as before, and no error reaches the kernel's log."""
    tool = makers[name]()
    page = connect(tool)
    before = json.dumps(tool.state(), default=str)
    for content in (None, [], "stop", 5, True, {}, {"ask": 1}, {"do": None}):
        for sent in page.hear(content):
            assert set(sent["content"]) == {"reply", "error"}
    assert json.dumps(tool.state(), default=str) == before


def test_all_tools_are_here():
    """A new tool that answers a page joins the sweep."""
    for found in pkgutil.walk_packages(kw.__path__, "kerasnb.widgets."):
        importlib.import_module(found.name)

    def below(cls):
        return {c for sub in cls.__subclasses__() for c in ({sub} | below(sub))}

    answering = {
        cls.__name__ for cls in below(Tool) if cls.__module__.startswith("kerasnb.") and not cls.__subclasses__()
        and any(name.startswith("on_") for name in dir(cls))
    }  # fmt: skip
    assert answering - set(NAMES) <= {"ExploreText"}
