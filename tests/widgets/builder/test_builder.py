"""The Builder without a browser: messages change the real model, and code says the same as the model."""

from __future__ import annotations

import json
import time

import numpy as np
import pytest

import kerasnb as keras
import kerasnb.widgets as kw
from kerasnb.widgets.builder import palette, read, view, write
from tests.browser.bare import connect

layers = keras.layers
RNG = np.random.default_rng(3)
X = RNG.random((60, 12, 12, 1)).astype("float32")
Y = RNG.integers(0, 4, 60)
PAIR = {"left": RNG.random((48, 5)).astype("float32"), "right": RNG.random((48, 5)).astype("float32")}
PAIR_Y = RNG.integers(0, 3, 48)
CONVNET = [
    {"do": "insert", "after": "input_layer", "layers": [{"name": "Conv2D", "arguments": {"filters": 4}}]},
    {"do": "insert", "after": "conv2d", "layers": [{"name": "MaxPooling2D"}]},
]
SIAMESE = [
    {"do": "insert", "after": "left", "before": "concatenate", "layers": [{"name": "Dense"}]},
    {"do": "share", "card": "dense_1", "after": "right", "before": "concatenate"},
    {"do": "insert", "after": "concatenate", "layers": [{"name": "Dense"}, {"name": "Dropout"}]},
]


def convnet(**more):
    builder = kw.Builder(x=X, y=Y, **more)
    builder.play(CONVNET)
    return builder


def siamese():
    builder = kw.Builder(x=PAIR, y=PAIR_Y)
    builder.play(SIAMESE)
    return builder


def run(code, **space):
    """What a person's cell does in a new session."""
    keras.backend.clear_session()
    space = {"keras": keras, "layers": layers, **space}
    exec(code, space)
    return space["model"]


def same(one, other):
    return len(one) == len(other) and all(np.array_equal(a, b) for a, b in zip(one, other, strict=True))


# --- code


@pytest.mark.parametrize("make", [convnet, siamese])
def test_code_makes_an_equal_model(make):
    """The code, run in a new session, has the config of the model, names and shapes included."""
    builder = make()
    assert run(builder.code).get_config() == builder.model.get_config()


@pytest.mark.parametrize("name", sorted(set(palette.classes()) - set(palette.NEEDS_PYTHON)))
def test_every_layer_of_the_palette_is_written_and_read(name):
    """The code of a layer makes a layer of the same config."""
    with read.fresh_names():
        layer = palette.create(name, palette.arguments(name, (None, 8, 8, 3)), set())
    again = read.literal(write.layer_code(layer))
    assert type(again) is type(layer)
    assert again.get_config() == layer.get_config()


def test_arguments_are_written_as_people_type_them():
    """Only what differs from the defaults is written; objects become words where a word says the same."""
    layer = layers.Conv2D(
        8, (3, 5), strides=2, padding="same", kernel_initializer="he_normal",
        kernel_regularizer=keras.regularizers.L2(0.1), trainable=False, dtype="float16", name="mine",
    )  # fmt: skip
    code = write.layer_code(layer)
    assert code == (
        'layers.Conv2D(8, (3, 5), strides=2, padding="same", kernel_initializer="he_normal", '
        'kernel_regularizer=keras.regularizers.L2(l2=0.1), trainable=False, dtype="float16", name="mine")'
    )
    assert read.literal(code).get_config() == layer.get_config()


def test_a_given_model_is_written_too():
    """Residuals, several outputs and shared layers of a model that somebody else made."""
    a = keras.Input((6,), name="a")
    shared = layers.Dense(6, activation="tanh")
    x = layers.Add()([shared(a), a])
    x = shared(x)
    model = keras.Model(a, {"one": layers.Dense(1, name="one")(x), "two": layers.Dense(2, name="two")(x)}, name="both")
    builder = kw.Builder(model)
    assert builder.model is model
    again = run(builder.code)
    assert {k: v for k, v in again.get_config().items() if k != "layers"} == {
        k: v for k, v in model.get_config().items() if k != "layers"
    }
    assert [entry["config"] for entry in again.get_config()["layers"]] == [
        entry["config"] for entry in model.get_config()["layers"]
    ]


def test_edited_code_rebuilds_the_model_and_keeps_weights():
    """A changed line changes its layer; the others keep their weights, and unbuilt text changes nothing."""
    builder = convnet()
    widget = connect(builder)
    before = builder.model.layers[0].get_weights()
    text = builder.code.replace("layers.MaxPooling2D(),", "layers.AveragePooling2D(2),\n    layers.Dropout(0.3),")
    widget.hear({"do": "code", "ask": 1, "text": text})
    assert [type(layer).__name__ for layer in builder.model.layers] == [
        "Conv2D", "AveragePooling2D", "Dropout", "Flatten", "Dense",
    ]  # fmt: skip
    assert same(builder.model.layers[0].get_weights(), before)
    assert run(builder.code).get_config() == builder.model.get_config()
    layers_before = list(builder.model.layers)
    bad = builder.code.replace("layers.Dropout(0.3)", "layers.Dropout(3)")
    answer = widget.hear({"do": "code", "ask": 2, "text": bad})[-1]["content"]["result"]["problem"]
    assert answer["line"] == 5
    assert "rate" in answer["text"]
    assert builder.model.layers == layers_before
    assert builder.state()["problem"]["line"] == 5


@pytest.mark.parametrize(("line", "words"), [
    ("import os", "Only keras"),
    ("model = keras.Sequential([keras.Input((3,)), layers.Lambda(print)])", "not known"),
    ("model = __import__('os').system('true')", "cannot be called|not known"),
    ("keras.utils.get_file('x', 'http://a')", "neither creates"),
    ("model = keras.models.load_model('x')", "no constructor"),
    ("model = keras.Sequential([keras.Input((3,)), layers.TFSMLayer('x')])", "TensorFlow"),
    ("model = keras.Sequential([keras.Input((3,)), layers.Dense(units=2 ** 3)])", r"\+ - \* /"),
    ("x = [i for i in range(3)]", "Only numbers"),
    ("model = keras.Sequential([layers.Dense(2)])", "keras.Input"),
    ("model = keras.Sequential([keras.Input((3,)), layers.Dense(-2)])", "positive"),
    ("model = keras.Sequential([", "never closed"),
    ("model = keras.initializers.deserialize({})", "no constructor"),
    ("model = keras.losses.__class__", "not known"),
    ("", "No line"),
])  # fmt: skip
def test_code_calls_nothing_but_constructors(line, words):
    """A text from the page runs no other code, and says why a line is no model."""
    with pytest.raises(read.CodeError, match=words):
        read.parse(line)


# --- steps


def test_steps_change_the_real_model_and_undo_is_bit_equal():
    """Each step can be taken back and made again; weights are bit-equal each time, trained ones too."""
    builder = convnet()
    builder.play([{"do": "settings", "settings": {"epochs": 2}}, {"do": "train"}])
    snapshots = [(builder.code, builder.model.get_weights())]
    steps = [
        {"do": "insert", "after": "max_pooling2d", "layers": [{"name": "BatchNormalization"}]},
        {"do": "set", "card": "conv2d", "argument": "kernel_size", "value": "5"},
        {"do": "insert", "replace": "max_pooling2d", "layers": [{"name": "AveragePooling2D"}]},
        {"do": "remove", "card": "batch_normalization"},
        {"do": "move", "card": "average_pooling2d", "by": -1},
        {"do": "train"},
        {"do": "set", "card": "dense", "argument": "activation", "value": "linear"},
    ]
    for step in steps:
        builder.play([step])
        snapshots.append((builder.code, builder.model.get_weights()))
    for code, weights in snapshots[-2::-1]:
        builder.play([{"do": "undo"}])
        assert builder.code == code
        assert same(builder.model.get_weights(), weights)
    for code, weights in snapshots[1:]:
        builder.play([{"do": "redo"}])
        assert builder.code == code
        assert same(builder.model.get_weights(), weights)
    with pytest.raises(ValueError, match="Nothing to redo"):
        builder.play([{"do": "redo"}])


def test_setting_an_argument_keeps_weights_that_fit():
    """Another activation leaves the weights; a given model stays the same object."""
    model = keras.Sequential([keras.Input((4,)), layers.Dense(3, name="d"), layers.Dense(2, name="out")])
    weights = model.get_weights()
    builder = kw.Builder(model)
    builder.play([{"do": "set", "card": "d", "argument": "activation", "value": "tanh"}])
    assert builder.model is model
    assert same(model.get_weights(), weights)
    x = np.ones((1, 4), "float32")
    expected = np.tanh(x @ weights[0] + weights[1]) @ weights[2] + weights[3]
    np.testing.assert_allclose(np.asarray(model(x)), expected, rtol=1e-6)


def test_steps_are_recorded_and_play_again():
    """The same steps on another Builder give the same code and, with the seed, the same trained weights."""
    first = siamese()
    first.play([{"do": "settings", "settings": {"epochs": 2}}, {"do": "train"}])
    other = kw.Builder(x=PAIR, y=PAIR_Y)
    other.play(json.loads(json.dumps(first.steps)))
    assert other.code == first.code
    assert same(other.model.get_weights(), first.model.get_weights())


def test_changes_of_another_cell_are_taken_over():
    """A layer that `model.add` or `model.remove` changed is on the cards, and can be taken back."""
    model = keras.Sequential([keras.Input((4,)), layers.Dense(3, name="d"), layers.Dense(2, name="out")])
    builder = kw.Builder(model)
    widget = connect(builder)
    model.add(layers.ReLU(name="new"))
    widget.hear({"do": "select", "ask": 1, "card": "d"})
    assert [card["name"] for card in builder.state()["cards"]][1:] == ["d", "out", "new"]
    model.remove("d")
    widget.hear({"do": "insert", "ask": 2, "after": "new", "layers": [{"name": "Dropout"}]})
    assert [layer.name for layer in model.layers] == ["out", "new", "dropout"]
    widget.hear({"do": "undo", "ask": 3})
    widget.hear({"do": "undo", "ask": 4})
    assert [layer.name for layer in model.layers] == ["d", "out", "new"]


@pytest.mark.parametrize("step", [
    {"do": "insert", "after": "input_layer", "layers": [{"name": "LSTM"}]},
    {"do": "insert", "after": "nowhere", "layers": [{"name": "Dense"}]},
    {"do": "insert", "after": "dense", "layers": [{"name": "Lambda"}]},
    {"do": "insert", "after": "dense", "layers": [{"name": "Dens"}]},
    {"do": "insert", "after": "dense", "layers": []},
    {"do": "insert", "after": "dense", "layers": [{"name": "Add"}]},
    {"do": "insert", "replace": "flatten", "layers": [{"name": "LSTM"}]},
    {"do": "remove", "card": "input_layer"},
    {"do": "move", "card": "conv2d", "by": -1},
    {"do": "move", "card": "dense", "by": 1},
    {"do": "set", "card": "conv2d", "argument": "filters", "value": "0"},
    {"do": "set", "card": "conv2d", "argument": "filters", "value": "a b"},
    {"do": "set", "card": "conv2d", "argument": "colour", "value": "3"},
    {"do": "set", "card": "conv2d", "argument": "name", "value": "dense"},
    {"do": "set", "card": "input_layer", "argument": "shape", "value": "(3, 3, 1)"},
    {"do": "settings", "settings": {"epochs": "many"}},
    {"do": "share", "card": "dense", "after": "conv2d"},
    {"do": "add_input", "shape": "wide"},
    {"do": "close"},
])  # fmt: skip
def test_steps_that_cannot_be_made_change_nothing(step):
    """A clear error, and the model, its weights and the pile of changes are as before."""
    builder = convnet()
    code, weights, count = builder.code, builder.model.get_weights(), len(builder.shop.done)
    with pytest.raises(ValueError, match=r".{15}"):
        builder.play([step])
    assert builder.code == code
    assert same(builder.model.get_weights(), weights)
    assert len(builder.shop.done) == count
    assert len(builder.steps) == len(CONVNET)


def test_from_nothing():
    """Without model and data there is an input; its shape is set, layers follow, and all of it can be taken back."""
    builder = kw.Builder()
    widget = connect(builder)
    assert builder.code == "model = keras.Sequential([\n    keras.Input((8,)),\n])"
    widget.hear({"do": "set", "ask": 1, "card": "input_layer", "argument": "shape", "value": "(6, 6, 1)"})
    widget.hear({"do": "insert", "ask": 2, "after": "input_layer", "layers": [{"name": "Flatten"}, {"name": "Dense"}]})
    assert builder.model.output_shape == (None, 32)
    assert builder.model.layers[-1].kernel.shape == (36, 32)
    assert run(builder.code).get_config() == builder.model.get_config()
    widget.hear({"do": "undo", "ask": 3})
    widget.hear({"do": "undo", "ask": 4})
    assert builder.code == "model = keras.Sequential([\n    keras.Input((8,)),\n])"


def test_two_inputs_from_one():
    """An input is added, gets a layer of its own, and is joined: the model becomes a graph with the same layers."""
    builder = kw.Builder(x=RNG.random((20, 6)).astype("float32"), y=RNG.random(20))
    dense = builder.model.layers[0]
    builder.play([
        {"do": "add_input", "shape": "4", "name": "extra"},
        {"do": "insert", "after": "extra", "layers": [{"name": "Dense", "arguments": {"units": 6}}]},
        {"do": "insert", "after": "input_layer", "layers": [{"name": "Add"}], "with": "dense_1"},
    ])  # fmt: skip
    model = builder.model
    assert [tuple(x.shape) for x in model.inputs] == [(None, 6), (None, 4)]
    assert len(model.outputs) == 1
    assert dense in model.layers
    a, b = np.ones((2, 6), "float32"), np.ones((2, 4), "float32")
    expected = dense(a + np.asarray(model.get_layer("dense_1")(b)))
    np.testing.assert_array_equal(np.asarray(model([a, b])), np.asarray(expected))
    assert run(builder.code).get_config() == model.get_config()
    builder.play([{"do": "undo"}] * 3)
    assert isinstance(builder.model, keras.Sequential)
    assert builder.model.layers == [dense]


def test_branches_make_several_outputs():
    """A branch ends in an output of its own until it is merged."""
    builder = siamese()
    builder.play([{"do": "insert", "after": "concatenate", "branch": True, "layers": [{"name": "Dense"}]}])
    assert len(builder.model.outputs) == 2
    assert run(builder.code).get_config() == builder.model.get_config()
    builder.play([{"do": "insert", "after": "dropout", "layers": [{"name": "Multiply"}], "with": "dense_3"}])
    assert len(builder.model.outputs) == 1
    builder.play([{"do": "remove", "card": "multiply"}])
    assert len(builder.model.outputs) == 2


# --- data


@pytest.mark.parametrize(("y", "last", "loss"), [
    (np.arange(30) % 10, (10, "softmax"), "sparse_categorical_crossentropy"),
    (np.eye(3)[np.arange(30) % 3], (3, "softmax"), "categorical_crossentropy"),
    (np.arange(30) % 2, (1, "sigmoid"), "binary_crossentropy"),
    ((np.arange(30) % 2).astype("float32")[:, None], (1, "sigmoid"), "binary_crossentropy"),
    ((RNG.random((30, 4)) > 0.5).astype(int), (4, "sigmoid"), "binary_crossentropy"),
    (RNG.random(30), (1, "linear"), "mse"),
    (RNG.random((30, 2)) * 7, (2, "linear"), "mse"),
])  # fmt: skip
def test_the_last_layer_and_the_loss_follow_from_the_targets(y, last, loss):
    """Whole numbers, one-hot rows, yes and no, several answers, real numbers: each trains at once."""
    builder = kw.Builder(x=RNG.random((30, 5)).astype("float32"), y=y)
    layer = builder.model.layers[-1]
    assert (layer.units, layer.activation.__name__) == last
    assert builder.shop.settings["loss"] == loss
    builder.play([{"do": "settings", "settings": {"epochs": 1}}, {"do": "train"}])
    assert builder.training.phase == "done"


def test_ids_get_an_embedding():
    """Sequences of whole numbers are words: an embedding stands in front."""
    builder = kw.Builder(x=RNG.integers(0, 50, (30, 7)), y=np.arange(30) % 2)
    assert [type(layer).__name__ for layer in builder.model.layers] == ["Embedding", "GlobalAveragePooling1D", "Dense"]
    assert builder.model.layers[0].input_dim == 50
    builder.play([{"do": "settings", "settings": {"epochs": 1}}, {"do": "train"}])
    assert builder.training.phase == "done"
    assert run(builder.code).get_config() == builder.model.get_config()


def test_words_are_refused():
    """Texts are no numbers: the error says what to do."""
    with pytest.raises(ValueError, match="`x` must hold numbers"):
        kw.Builder(x=np.array(["a b", "c"]), y=np.array([0, 1]))
    with pytest.raises(ValueError, match="must be a Sequential or a functional"):
        kw.Builder("model")
    with pytest.raises(ValueError, match="must have an input"):
        kw.Builder(keras.Sequential([layers.Dense(2)]))


# --- training


def test_exported_code_gives_the_trained_weights():
    """Trained twice, the code with its two lines of `fit` gives the same weights, dropout and all."""
    builder = siamese()
    builder.play([{"do": "settings", "settings": {"epochs": 2}}, {"do": "train"}, {"do": "train"}])
    code = builder.export()
    assert code.count("model.fit(x, y, batch_size=32, epochs=2)") == 2
    assert same(run(code, x=PAIR, y=PAIR_Y).get_weights(), builder.model.get_weights())


def test_exported_code_says_where_it_differs():
    """Layers that were changed after a training are named in a comment; taken back, the comment goes."""
    builder = siamese()
    builder.play([{"do": "settings", "settings": {"epochs": 1}}, {"do": "train"}])
    builder.play([{"do": "insert", "after": "concatenate", "layers": [{"name": "ReLU"}]}])
    assert "# the layers were changed after a training" in builder.export()
    builder.play([{"do": "undo"}])
    assert "#" not in builder.export()
    assert same(run(builder.export(), x=PAIR, y=PAIR_Y).get_weights(), builder.model.get_weights())


def test_a_check_before_the_training():
    """Check climbs the ladder of `kw.check`; the weights stay."""
    builder = kw.Builder(x=X, y=Y)
    widget, weights = connect(builder), builder.model.get_weights()
    text = widget.hear({"do": "check", "ask": 1})[-1]["content"]["result"]["text"]
    assert text.startswith("Check of sequential")
    assert "shapes fit" in text
    assert same(builder.model.get_weights(), weights)
    bare = connect(kw.Builder())
    assert "No data" in bare.hear({"do": "check", "ask": 1})[-1]["content"]["error"]
    assert "No data" in bare.hear({"do": "train", "ask": 2})[-1]["content"]["error"]


def a_step(builder, rng):
    """A step that the page offers now."""
    cards = builder.state()["cards"]
    card = cards[rng.integers(len(cards))]
    kinds = ["insert", "insert", "edge", "branch", "merge", "share", "remove", "move", "set", "replace", "undo"]
    kind = rng.choice(kinds)
    key = card["key"]
    if kind in ("insert", "branch", "merge", "edge", "share"):
        builder.on_select({"card": key}, [])
        place = {"after": key, "branch": kind == "branch"}
        if kind == "edge" and card["from"]:
            place = {"after": card["from"][0], "before": key}
        builder.on_place(place, [])
        rows = [row for family in builder.state()["families"] for row in family["layers"] if "why" not in row]
        rows = [r for r in rows if bool(r.get("share")) == (kind == "share") and ("with" in r) == (kind == "merge")]
        if not rows:
            return {"do": "settings", "settings": {"epochs": int(rng.integers(1, 9))}}
        row = rows[rng.integers(len(rows))]
        if kind == "share":
            return {"do": "share", "card": row["name"], **place}
        more = {"with": row["with"][0]["card"]} if kind == "merge" else {}
        return {"do": "insert", "layers": [{"name": row["name"]}], **place, **more}
    if kind == "set":
        return {"do": "set", "card": key, "argument": "units", "value": str(rng.integers(1, 9))}
    if kind == "replace":
        name = str(rng.choice(["Dense", "ReLU", "LayerNormalization", "Add", "Maximum"]))
        return {"do": "insert", "replace": key, "layers": [{"name": name}]}
    return {"do": str(kind), "card": key, "by": int(rng.choice([-1, 1]))}


def test_random_steps_keep_model_and_code_equal():
    """Whatever is clicked in whatever order: the code gives the model, errors change nothing, undo leads back."""
    rng = np.random.default_rng(0)
    builder = kw.Builder(x=RNG.random((8, 6)).astype("float32"), y=np.arange(8) % 3)
    start, weights = builder.code, builder.model.get_weights()
    refused = 0
    for _ in range(20):
        step, before = a_step(builder, rng), builder.code
        try:
            builder.play([step])
        except ValueError:
            refused += 1
            assert builder.code == before
        names = [o.name for o in builder.shop.plan.operations()]
        assert sorted(names) == sorted({*names})
        again = run(builder.code)
        assert again.get_config() == builder.model.get_config(), step
        outputs = np.concatenate([np.ravel(x) for x in keras.tree.flatten(builder.model(
            [np.ones((2, *x.shape[1:]), "float32") for x in builder.model.inputs]
        ))])  # fmt: skip
        assert outputs.size
    assert refused < 16
    while builder.shop.done:
        builder.play([{"do": "undo"}])
    assert builder.code == start
    assert same(builder.model.get_weights(), weights)


def test_a_training_that_fails_says_why():
    """Wrong targets end in words on the card, and the Builder goes on."""
    builder = kw.Builder(x=X, y=Y)
    builder.play([{"do": "set", "card": "dense", "argument": "units", "value": "3"}, {"do": "train"}])
    assert builder.training.phase == "failed"
    assert builder.training.problem
    builder.play([{"do": "set", "card": "dense", "argument": "units", "value": "4"}, {"do": "train"}])
    assert builder.training.phase == "done"


# --- judging


def verdicts(builder, after):
    builder.on_select({"card": after}, [])
    return {row["name"]: row for family in builder.state()["families"] for row in family["layers"]}


def test_impossible_steps_have_a_reason_and_possible_ones_are_possible():
    """What the palette allows can be inserted; what it greys has a reason; each mend works."""
    for after in ("input_layer", "max_pooling2d", "flatten"):
        rows = verdicts(convnet(), after)
        assert len([n for n in rows if n in palette.classes()]) == len(palette.classes())
        for name, row in rows.items():
            if row.get("share") or name in palette.NEEDS_PYTHON or "with" in row:
                continue
            builder = convnet()
            step = {"do": "insert", "after": after, "layers": [{"name": name}]}
            if "why" not in row:
                builder.play([step])
                assert row["shape"] == view.inspector(builder.shop, builder.chosen)["gives"], name
                continue
            assert len(row["why"]) > 15
            builder.on_select({"card": after}, [])
            for mend in builder.on_mends({"layer": name}, [])["mends"]:
                mended = convnet()
                mended.play([{"do": "insert", "after": mend["after"], "layers": mend["layers"]}])
                assert np.isfinite(np.asarray(mended.model(X[:2]))).all()


def test_dense_behind_a_convolution_is_greyed_with_two_mends():
    """The mock's example, in its words."""
    builder = convnet()
    row = verdicts(builder, "conv2d")["Dense"]
    assert row["why"] == "Dense after Conv2D would act on the last axis only: (None, 10, 10, 32)."
    assert [m["label"] for m in builder.on_mends({"layer": "Dense"}, [])["mends"]] == ["Insert it behind flatten"]
    builder.on_select({"card": "max_pooling2d"}, [])
    labels = [m["label"] for m in builder.on_mends({"layer": "Dense"}, [])["mends"]]
    assert labels == ["Flatten, then Dense", "GlobalAveragePooling2D, then Dense"]
    builder.on_select({"card": "flatten"}, [])
    assert "shape" in verdicts(builder, "flatten")["Dense"]
    assert "cannot take" in verdicts(builder, "input_layer")["Flatten"]["why"]


# --- what is shown


def test_arithmetic_and_previews_are_the_engines():
    """Parameters add up, and the previews are the outputs of the layers for that sample."""
    builder = convnet()
    inspector = view.inspector(builder.shop, view.number_of(builder.shop.plan, "conv2d"))
    assert (inspector["sums"], inspector["count"]) == ("3·3·1·4 + 4", 40)
    assert builder.state()["total"] == builder.model.count_params()
    answer, buffers = builder.on_preview({"sample": 7}, [])
    rows = {card["key"]: (card, np.frombuffer(b, np.int8)) for card, b in zip(answer["cards"], buffers, strict=True)}
    card, bars = rows["dense"]
    expected = np.asarray(builder.model(X[7:8]))[0]
    assert (card["kind"], card["columns"]) == ("bars", 4)
    np.testing.assert_allclose(bars / 127, expected / expected.max(), atol=0.005)
    card, maps = rows["max_pooling2d"]
    pooled = np.asarray(builder.model.layers[1](builder.model.layers[0](X[7:8])))[0]
    shown = sorted(np.argsort(-pooled.reshape(-1, 4).std(axis=0), kind="stable")[:3])
    expected = np.moveaxis(pooled[..., shown], -1, 0) / pooled.max()
    np.testing.assert_allclose(maps.reshape(3, 5, 5) / 127, expected, atol=0.005)


def test_the_static_twin_and_the_text_have_all_layers():
    """HTML without scripts and the same as text; small."""
    builder = siamese()
    for twin in (builder.html(), builder.text()):
        for layer in builder.model.layers:
            assert layer.name in twin
        assert "keras.Model([left, right]" in twin
    assert "<svg" not in builder.html()
    assert "<script" not in builder.html()
    assert len(builder.html()) < 20_000


def test_layers_do_not_change_while_the_model_trains():
    """During a training a step is refused with the reason."""
    builder = convnet()
    widget = connect(builder)
    builder.training = type("Running", (), {"runs": True, "state": lambda self: {"phase": "training"}})()
    answer = widget.hear({"do": "remove", "ask": 1, "card": "conv2d"})[-1]["content"]
    assert "stop it first" in answer["error"]
    assert len(builder.model.layers) == 4


def test_state_is_quick_with_fifty_layers():
    """One step and the state after it take under 100 ms of this thread for 50 layers, at best of five."""
    stack = [layers.Dense(8, activation="relu") if i % 2 else layers.LayerNormalization() for i in range(50)]
    builder = kw.Builder(keras.Sequential([keras.Input((8,)), *stack]))
    builder.state()
    times = []
    for i in range(5):
        start = time.thread_time()
        builder._step("insert", {"after": stack[10 + i].name, "layers": [{"name": "Dropout"}]})
        builder.state()
        times.append(time.thread_time() - start)
    assert min(times) < 0.1
