"""Random sequences of steps on eight kinds of models: each undo is bit-equal, and the code says what the model is."""

from __future__ import annotations

import numpy as np
import pytest

import kerasnb as keras
import kerasnb.widgets as kw
from kerasnb.widgets.builder import view
from tests.widgets.builder import test_graphs as graphs

layers = keras.layers
RNG = np.random.default_rng(0)
NAMES = [
    "Dense", "ReLU", "Dropout", "LayerNormalization", "Flatten", "Conv2D", "LSTM", "Reshape", "RepeatVector",
    "Bidirectional", "TimeDistributed", "MultiHeadAttention", "Dense",
]  # fmt: skip
SETS = [
    ("units", "5"), ("activation", "tanh"), ("axis", "1"), ("rate", "0.3"), ("name", "other"), ("use_bias", False),
    ("trainable", False), ("kernel_size", "2"),
]  # fmt: skip
KINDS = ["insert", "merge", "share", "remove", "move", "set", "replace", "code", "undo", "undo", "redo"]
EDITS = [("Dense(6", "Dense(7"), ("relu", "tanh"), ("axis=-1", "axis=1"), (", name=", ", nam="), ("(3)", "(2)")]


def mlp():
    return kw.Builder(keras.Sequential([keras.Input((6,)), layers.Dense(8, activation="relu"), layers.Dense(3)]))


def convnet():
    return kw.Builder(x=RNG.random((8, 8, 8, 1)).astype("float32"), y=np.arange(8) % 3)


def two_inputs():
    pair = {"l": RNG.random((8, 5)).astype("float32"), "r": RNG.random((8, 5)).astype("float32")}
    return kw.Builder(x=pair, y=np.arange(8) % 3)


GIVEN = [graphs.with_operations, graphs.with_models_inside, graphs.with_states, graphs.with_shared_layers]


def a_step(builder, rng):
    """Any step, possible or not."""
    plan = builder.shop.plan
    named = view.keys(plan)
    number, other = rng.choice(list(named), 2)
    refs = plan.calls[number].refs
    kind = str(rng.choice(KINDS))
    place = {"after": named[number]}
    if refs and rng.random() < 0.4:
        place = {"after": view.label(named, refs[rng.integers(len(refs))]), "before": named[number]}
    elif rng.random() < 0.2:
        place["branch"] = True
    if len(plan.calls) > 14:
        return {"do": "undo"}
    if kind == "insert":
        return {"do": "insert", "layers": [{"name": str(rng.choice(NAMES))}], **place}
    if kind == "merge":
        name = str(rng.choice(["Add", "Concatenate"]))
        return {"do": "insert", "layers": [{"name": name}], "with": named[other], **place}
    if kind == "share":
        return {"do": "share", "card": named[other], **place}
    if kind == "set":
        name, value = SETS[rng.integers(len(SETS))]
        return {"do": "set", "card": named[number], "argument": name, "value": value}
    if kind == "replace":
        name = str(rng.choice(["Dense", "ReLU", "Add", "Maximum"]))
        return {"do": "insert", "replace": named[number], "layers": [{"name": name}]}
    if kind == "code":
        return {"do": "code", "text": builder.code.replace(*EDITS[rng.integers(len(EDITS))], 1)}
    return {"do": kind, "card": named[number], "by": int(rng.choice([-1, 1]))}


@pytest.mark.parametrize("make", [mlp, convnet, two_inputs, *GIVEN])
def test_random_steps_lead_back_and_are_said_by_the_code(make):
    """Refused steps change nothing; undo restores config and weights to the bit; the code gives the config."""
    keras.backend.clear_session()
    rng = np.random.default_rng(4)
    builder = make() if make not in GIVEN else kw.Builder(make())
    model = lambda: (builder.model.get_config(), builder.model.get_weights())  # noqa: E731
    piled, changes = [], 0
    for i in range(18):
        before, step = model(), a_step(builder, rng)
        try:
            builder.play([step])
        except ValueError:
            assert builder.model.get_config() == before[0], step
            continue
        changes += 1
        if step["do"] == "undo":
            config, weights = piled[len(builder.shop.done)]
            assert builder.model.get_config() == config
            assert graphs.same(builder.model.get_weights(), weights)
        elif step["do"] != "redo":
            piled[len(builder.shop.done) - 1 :] = [before]
        if i % 3 == 0:
            assert graphs.run(builder).get_config() == builder.model.get_config(), (step, builder.code)
    assert changes > 3
