"""insert, replace, remove and move: what stays is bit-equal, what fails changes nothing."""

from __future__ import annotations

import weakref

import numpy as np
import pytest

import kerasnb as keras
from kerasnb.model.surgery import plan

layers = keras.layers
RNG = np.random.default_rng(0)
X = RNG.standard_normal((16, 12, 12, 1)).astype("float32")
Y = RNG.integers(0, 3, 16)


def convnet():
    model = keras.Sequential([
        keras.Input((12, 12, 1)), layers.Conv2D(4, 3, activation="relu", name="a"), layers.MaxPooling2D(name="pool"),
        layers.Flatten(name="flat"), layers.Dense(8, activation="relu", name="b"), layers.Dense(3, name="out"),
    ])  # fmt: skip
    model.compile("adam", keras.losses.SparseCategoricalCrossentropy(from_logits=True), metrics=["accuracy"])
    model.fit(X, Y, epochs=2, verbose=0)
    return model


def two_inputs():
    a, b = keras.Input((4,), name="left"), keras.Input((3,), name="right")
    shared = layers.Dense(5, name="shared")
    x = layers.Concatenate(name="join")([shared(a), layers.Dense(6, name="d")(b)])
    return keras.Model([a, b], layers.Dense(2, name="out")(x))


def arrays(layer):
    return [w.copy() for w in layer.get_weights()]


def same(one, other):
    return len(one) == len(other) and all(np.array_equal(a, b) for a, b in zip(one, other, strict=True))


def forward(model, x):
    """The layers one after another, without the model."""
    for layer in model.layers:
        x = layer(x)
    return np.asarray(x)


def test_a_call_knows_its_tensors_also_on_others():
    """The tensors of a call are found once in every structure; the same call on others has those."""
    call = plan.Call(layers.Add(), ([plan.Ref(3), plan.Ref(1, 2)],), {"mask": {"a": plan.Ref(0), "b": None}})
    assert call.refs == [plan.Ref(3), plan.Ref(1, 2), plan.Ref(0)]
    assert call.refs is call.refs
    other = call.mapped(lambda ref: plan.Ref(ref.call + 1, ref.index))
    assert other.refs == [plan.Ref(4), plan.Ref(2, 2), plan.Ref(1)]
    assert call.refs == [plan.Ref(3), plan.Ref(1, 2), plan.Ref(0)]


def test_insert_keeps_the_others_and_their_slots():
    """Layers, weights and the moments of Adam stay; the layer behind the new one is made anew."""
    model = convnet()
    kept = {layer.name: (layer, arrays(layer)) for layer in model.layers}
    moments = {v.name: np.asarray(v.value).copy() for v in model.optimizer.variables}
    change = model.insert("a", layers.Conv2D(6, 3, name="new"))
    assert [layer.name for layer in model.layers] == ["a", "new", "pool", "flat", "b", "out"]
    assert change.rebuilt == ["b"]
    assert change.kept == ["a", "pool", "flat", "out"]
    for name in change.kept:
        assert model.get_layer(name) is kept[name][0]
        assert same(arrays(model.get_layer(name)), kept[name][1])
    assert model.get_layer("b").kernel.shape == (96, 8)
    now = {v.name: np.asarray(v.value) for v in model.optimizer.variables}
    for name, value in moments.items():
        if "_b_" not in name:
            np.testing.assert_array_equal(now[name], value)
    assert not next(now[name] for name in now if name.endswith("_b_bias_momentum")).any()
    assert model.optimizer.iterations == 2
    np.testing.assert_array_equal(np.asarray(model(X)), forward(model, X))
    history = model.fit(X, Y, verbose=0)
    assert set(history.history) == {"accuracy", "loss"}


@pytest.mark.parametrize("place", [1, "a", -4])
def test_places(place):
    """A place is an index of the new layer, or the layer before it."""
    model = convnet()
    model.insert(model.get_layer("a") if place == "a" else place, layers.BatchNormalization(name="new"))
    assert [layer.name for layer in model.layers][1] == "new"


def test_remove_replace_move():
    """The stack changes, all other weights stay, and the outputs are those of the layers one after another."""
    model = convnet()
    before = {layer.name: arrays(layer) for layer in model.layers}
    model.replace("pool", layers.AveragePooling2D(2, name="mean"))
    assert model.layers[1].name == "mean"
    assert all(same(arrays(model.get_layer(n)), before[n]) for n in ("a", "b", "out"))
    model.remove("b")
    assert [layer.name for layer in model.layers] == ["a", "mean", "flat", "out"]
    assert same(arrays(model.get_layer("a")), before["a"])
    model.move("mean", 0)
    assert [layer.name for layer in model.layers] == ["mean", "a", "flat", "out"]
    assert model.get_layer("a").output.shape == (None, 4, 4, 4)
    np.testing.assert_array_equal(np.asarray(model(X)), forward(model, X))


@pytest.mark.parametrize("fail", [
    lambda m: m.insert(0, layers.Flatten()),
    lambda m: m.insert("a", layers.LSTM(3)),
    lambda m: m.insert("nowhere", layers.ReLU()),
    lambda m: m.insert(9, layers.ReLU()),
    lambda m: m.insert(True, layers.ReLU()),
    lambda m: m.insert(0, layers.ReLU(name="b")),
    lambda m: m.insert(0, "relu"),
    lambda m: m.insert(0, keras.layers.InputLayer((3,))),
    lambda m: m.remove("pool7"),
    lambda m: m.remove(12),
    lambda m: m.move("flat", 1) and m.move("flat", 0),
    lambda m: m.move("flat", 10),
])  # fmt: skip
def test_errors_change_nothing(fail):
    """After an error the layers, their weights and the outputs are what they were."""
    model = convnet()
    before, weights, outputs = list(model.layers), model.get_weights(), np.asarray(model(X))
    with pytest.raises(ValueError, match=r".{20}"):
        fail(model)
    assert model.layers == before
    assert same(model.get_weights(), weights)
    np.testing.assert_array_equal(np.asarray(model(X)), outputs)
    assert model.layers[0].output.shape == (None, 10, 10, 4)
    model.fit(X, Y, verbose=0)


def test_a_layer_that_did_not_fit_is_as_new():
    """A layer that failed is not built, and can go elsewhere."""
    model = convnet()
    new = layers.Dense(4, name="new")
    with pytest.raises(ValueError, match=r"min_ndim|compatible|axis"):
        model.insert("flat", keras.Sequential([new, layers.Conv2D(2, 3)], name="inner"))
    assert not new.built
    model.insert("b", new)
    assert new.kernel.shape == (8, 4)


def test_unbuilt_stacks():
    """A stack without an input changes its list, and is built with the first data."""
    model = keras.Sequential([layers.Dense(4, name="a"), layers.Dense(2, name="b")])
    model.insert("a", layers.ReLU(name="r"))
    model.move("r", 0)
    model.remove("b")
    assert [layer.name for layer in model.layers] == ["r", "a"]
    assert model(np.ones((3, 5))).shape == (3, 4)


def test_a_stack_with_an_input_alone():
    """The first layer of a stack can be inserted, and is built at once."""
    model = keras.Sequential([keras.Input((5,))])
    model.insert(0, layers.Dense(2, name="d"))
    assert model.output_shape == (None, 2)
    assert model(np.ones((3, 5), "float32")).shape == (3, 2)


def test_graphs():
    """In a graph the new layer takes what went on behind it; two inputs stay two."""
    model = two_inputs()
    before = {layer.name: arrays(layer) for layer in model.layers}
    change = model.insert("d", layers.ReLU(name="r"))
    assert not change.rebuilt
    model.insert("join", layers.Dense(11, name="e"))
    assert all(same(arrays(model.get_layer(n)), before[n]) for n in before)
    x = [RNG.standard_normal((2, 4)).astype("float32"), RNG.standard_normal((2, 3)).astype("float32")]
    get = model.get_layer
    joined = np.concatenate([np.asarray(get("shared")(x[0])), np.maximum(np.asarray(get("d")(x[1])), 0)], axis=-1)
    np.testing.assert_array_equal(np.asarray(model(x)), np.asarray(get("out")(get("e")(joined))))
    again = keras.Model.from_config(model.get_config())
    assert again.get_config() == model.get_config()
    assert model.remove("r").rebuilt == []
    with pytest.raises(ValueError, match="takes it"):
        model.remove("left")


def test_weights_survive_a_way_and_back():
    """A layer that was taken out and put back has its weights, and so has the layer behind it."""
    model = convnet()
    before, outputs = model.get_weights(), np.asarray(model(X))
    plan = model._plan()
    model.insert("a", layers.Conv2D(6, 3))
    model.remove("pool")
    model._change(plan)
    assert same(model.get_weights(), before)
    np.testing.assert_array_equal(np.asarray(model(X)), outputs)


def test_the_summary_shows_the_new_shapes(capsys):
    """After a change the table has the shapes of now."""
    model = convnet()
    model.remove("pool")
    lines = []
    model.summary(print_fn=lines.append)
    assert "(None, 400)" in lines[0]
    assert "(None, 100)" not in lines[0]


def test_files_of_changed_models(tmp_path):
    """A changed model is saved and loaded like any other."""
    for model, x in ((convnet(), X), (two_inputs(), [X[:, 0, :4, 0], X[:, 0, :3, 0]])):
        model.insert(len(model.layers), layers.Dense(2, name="last"))
        model.save(tmp_path / "model.keras")
        loaded = keras.models.load_model(tmp_path / "model.keras")
        np.testing.assert_array_equal(np.asarray(loaded(x)), np.asarray(model(x)))


def test_displays_hear_of_changes():
    """Summaries that are shown learn which layers came and went."""
    heard = []

    class Display:
        def changed(self, what, layer):
            heard.append((what, layer.name))

    display = Display()
    model = convnet()
    object.__setattr__(model, "_watchers", (weakref.WeakMethod(display.changed),))
    model.insert("a", layers.LeakyReLU(name="norm"))
    model.move("norm", 0)
    model.replace("norm", layers.ReLU(name="r"))
    model.remove("r")
    assert [h for h in heard if h[1] in ("norm", "r")] == [
        ("added", "norm"), ("removed", "norm"), ("added", "r"), ("removed", "r"),
    ]  # fmt: skip
