"""Whatever a page sends, a tool answers: with a result or with words, and its state stays JSON."""

from __future__ import annotations

import json

import numpy as np
import pytest

import kerasnb as keras
import kerasnb.widgets as kw
from kerasnb import layers
from tests.browser.bare import connect

VALUES = [0, 1, 2, -1, 7, 10**6, 1.5, None, "1", "abc", [], {}, {"0": 2.0}, {"0": "x"}, [[[1, 2]]], True]
FIELDS = ["row", "map", "r", "c", "to", "by", "only", "meant", "said", "sample", "label", "on", "column", "side",
          "values", "rest", "point", "strokes"]  # fmt: skip
VERBS = ["unit", "sample", "maps", "settle", "hood", "cell", "correct", "all", "column", "patch", "set", "reset",
         "point", "draw", "ping", "nothing"]  # fmt: skip


def tools():
    """One of each."""
    keras.utils.set_random_seed(0)
    stack = [layers.Conv2D(2, 3, activation="relu"), layers.Flatten(), layers.Dense(3, activation="softmax")]
    model = keras.Sequential([keras.Input((9, 9, 1)), *stack])
    table = keras.Sequential([keras.Input((4,)), layers.Dense(2, activation="softmax")])
    x, y = np.random.default_rng(0).random((12, 9, 9, 1)).astype("float32"), np.arange(12) % 3
    return {
        "peek": kw.peek(model, x, y), "confusion": kw.confusion(model, x, y), "first": kw.mistakes_first(model, x, y),
        "draw": kw.draw(model), "image": kw.explore(model, x[0]), "row": kw.explore(table, np.ones(4, "float32")),
        "space": kw.space(model, x, y),
    }  # fmt: skip


@pytest.mark.parametrize("name", ["peek", "confusion", "first", "draw", "image", "row", "space"])
def test_each_message_has_an_answer(name):
    """A thousand messages of all verbs and all kinds of values: each is answered, and the tool describes itself."""
    tool = tools()[name]
    page, rng = connect(tool), np.random.default_rng(1)
    for ask in range(1000):
        verb = VERBS[rng.integers(len(VERBS))]
        if verb == "hood" and ask > 40:
            continue  # measures times: slow
        chosen = rng.choice(len(FIELDS), 5, replace=False)
        message = {FIELDS[i]: VALUES[rng.integers(len(VALUES))] for i in chosen}
        sent = page.hear({"do": verb, "ask": ask, **message}, [bytes(int(rng.integers(3)) * 6272)])
        replies = [s["content"] for s in sent if "content" in s and s["content"].get("reply") == ask]
        assert len(replies) == 1
        assert "result" in replies[0] or replies[0]["error"]
    json.dumps(tool.state(), allow_nan=False)
    assert tool.text() and tool.html()
