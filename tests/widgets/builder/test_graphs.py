"""The Builder on graphs that others wrote: operations of keras.ops, models inside, shared layers, the author's own."""

from __future__ import annotations

import numpy as np
import pytest

import kerasnb as keras
import kerasnb.widgets as kw
from kerasnb.widgets.builder import view
from tests.browser.bare import connect

layers, ops = keras.layers, keras.ops
RNG = np.random.default_rng(7)


def run(builder):
    """What a person's cell does in a new session that has what the comments ask for."""
    keras.backend.clear_session()
    space = {"keras": keras, "layers": layers, **view.code(builder.shop).names.needs}
    exec(builder.code, space)
    return space["model"]


def same(one, other):
    return len(one) == len(other) and all(np.array_equal(a, b) for a, b in zip(one, other, strict=True))


def with_operations():
    a, b = keras.Input((6,), name="a"), keras.Input((6,), name="b")
    w = ops.concatenate([ops.relu(layers.Dense(6)(a) + b), b], axis=-1)
    p, q = ops.split(w, 2, axis=-1)
    return keras.Model([a, b], [layers.Dense(4)(1.0 / (p - 3) + q), w[:, 0]])


def with_many_operations():
    a = keras.Input((6,))
    z = ops.relu(a)
    parts = [
        ops.stack([z, a * 2.0], axis=1), -ops.mean(z, axis=1, keepdims=True), ops.cast(z > 0.5, "float32"),
        z[:, 1:3], z[..., None], ops.reshape(z, (-1, 3, 2)), z @ ops.transpose(z), ops.softmax(z), z**2, abs(z),
        ops.einsum("bi,bi->b", z, z), ops.top_k(z, 2)[0], ops.add(z, np.arange(6.0)), ops.gelu(z), 3 / z,
        ops.take(z, ops.array([0, 2]), axis=1), ops.where(z > 0.1, z, ops.zeros_like(z)), ops.clip(z, 0.0, 1.0),
        ops.image.resize(ops.reshape(z, (-1, 3, 2, 1)), (4, 4)), ops.one_hot(ops.cast(z[:, 0], "int32"), 4),
        layers.Add()([z, a]), ops.subtract(x1=z, x2=a), ops.max(z, axis=(1,)), ops.sum([z, a], axis=0),
    ]  # fmt: skip
    return keras.Model(a, parts)


def with_models_inside():
    inner = keras.Sequential([keras.Input((6,)), layers.Dense(6)], name="inner")
    a = keras.Input((6,))
    frozen = keras.Model(a, layers.Add()([layers.Dense(6)(a), a]), name="frozen")
    frozen.trainable = False
    b = keras.Input((6,))
    pair = keras.Model(b, [layers.Dense(6)(b), layers.ReLU()(b)])
    c = keras.Input((6,))
    x = layers.Add()([inner(c), frozen(c, training=False), *pair(c), keras.Sequential([layers.Dense(6)])(c)])
    return keras.Model(c, layers.Dense(3)(inner(x)))


def with_a_stack_inside():
    inner = keras.Sequential([keras.Input((6,)), layers.Dense(4)])
    return keras.Sequential([keras.Input((6,)), inner, layers.Dense(2)])


def with_states():
    a = keras.Input((5, 4))
    x = layers.LayerNormalization()(layers.MultiHeadAttention(2, 4)(a, a) + a)
    o, h, c = layers.LSTM(4, return_state=True, return_sequences=True)(x)
    return keras.Model(a, layers.Concatenate()([layers.GlobalAveragePooling1D()(o), h, c]))


def with_shared_layers():
    a, b, one = keras.Input((6,)), keras.Input((6,)), layers.Dense(6)
    first, second = one(a), one(b)
    return keras.Model([a, b], [layers.ReLU()(one(layers.Add()([second, first]))), first])


def after_others():
    """Cells run a second time: the names of layers and operations are numbered on."""
    with_operations()
    return with_operations()


def with_taken_names():
    """An operation whose name in a new session is that of a layer."""
    a = keras.Input((6,))
    ops.add(a, a)
    return keras.Model(a, layers.Dense(6, name="add")(layers.Dense(6)(a) + a))


@keras.saving.register_keras_serializable("here")
class Registered(layers.Layer):
    def __init__(self, times=2, **kwargs):
        super().__init__(**kwargs)
        self.times = times

    def call(self, x):
        return x * self.times

    def get_config(self):
        return {**super().get_config(), "times": self.times}


class Own(layers.Layer):
    def __init__(self, units, gate=None, **kwargs):
        super().__init__(**kwargs)
        self.units, self.gate = units, gate

    def build(self, shape):
        self.w = self.add_weight(shape=(shape[-1], self.units))

    def call(self, x):
        return ops.matmul(x, self.w)


class Mine(keras.losses.Loss):
    def call(self, y_true, y_pred):
        return ops.mean(ops.square(y_true - y_pred), axis=-1)


class Slow(keras.optimizers.SGD):
    pass


def swish_twice(x):
    return x * ops.sigmoid(2 * x)


def my_loss(y_true, y_pred):
    return ops.mean(ops.abs(y_true - y_pred))


def with_own_things():
    a = keras.Input((6,))
    x = layers.Dense(4, activation=swish_twice)(Own(5)(Registered(3)(a)))
    less = layers.Lambda(lambda t: t - 1)
    model = keras.Model(a, layers.Lambda(swish_twice)(less(x)))
    model.compile(Slow(0.1), my_loss, metrics=[Mine(), keras.metrics.MeanSquaredError(name="squares")])
    return model


def with_split_ends():
    a = keras.Input((6,))
    return keras.Model(a, list(ops.split(layers.Dense(4)(a), 2, axis=-1)))


def with_input_end():
    a, b = keras.Input((6,), name="a"), keras.Input((6,), name="b")
    return keras.Model([a, b], [layers.Dense(2)(a), b])


def times(factor):
    def step(*values):
        return tuple(v * factor for v in values) if len(values) > 1 else values[0] * factor

    return step


def below_three(count, x):
    return count < 3.0


def row_sums(carry, row):
    return carry + row, carry * row


def ones():
    return ops.ones((1, 4))


def zeros():
    return ops.zeros((1, 4))


def with_branches():
    a, flag, index = keras.Input((4,)), keras.Input((), 1, "bool"), keras.Input((), 1, "int32")
    chosen = ops.switch(ops.squeeze(index), [times(2.0), times(5.0)], layers.Dense(4)(a))
    return keras.Model([a, flag, index], layers.Dense(2)(chosen + ops.cond(ops.any(flag), ones, zeros)))


def with_loops():
    a = keras.Input((4,), batch_size=3)
    carry, rows = ops.scan(row_sums, ops.zeros((4,)), ops.map(times(3.0), a))
    count, last = ops.while_loop(below_three, times(2.0), (1.0, rows))
    return keras.Model(a, [layers.Dense(2)(ops.fori_loop(0, 2, scaled, last)), ops.sum(carry)])


def scaled(i, x):
    return x * 0.5


MAKERS = [
    with_operations, with_many_operations, with_models_inside, with_a_stack_inside, with_states, with_shared_layers,
    after_others, with_taken_names, with_own_things, with_branches, with_loops,
]  # fmt: skip


@pytest.mark.parametrize("make", MAKERS)
def test_the_code_of_a_given_model_makes_an_equal_one(make):
    """Shown as cards, written as code that gives the same config, and read back with each weight and layer kept."""
    keras.backend.clear_session()
    model = make()
    weights = model.get_weights()
    builder = kw.Builder(model)
    assert len(builder.state()["cards"]) == len(builder.shop.plan.calls)
    config, kept = model.get_config(), list(model.layers)
    assert run(builder).get_config() == config
    answer = connect(builder).hear({"do": "code", "ask": 1, "text": builder.code + "\n"})[-1]["content"]["result"]
    assert "words" in answer, answer
    assert model.layers == kept
    assert same(model.get_weights(), weights)
    assert model.get_config() == config


@pytest.mark.parametrize(("make", "inputs"), [
    (with_branches, [(RNG.random((1, 4)), np.array([flag]), np.array([index])) for flag in (0, 1) for index in (0, 1)]),
    (with_loops, [RNG.random((3, 4))]),
])  # fmt: skip
def test_operations_with_functions_are_written_with_the_right_ones(make, inputs):
    """Functions of one name get names of their own: the code's model gives the same numbers."""
    keras.backend.clear_session()
    model = make()
    builder = kw.Builder(model)
    again = run(builder)
    again.set_weights(model.get_weights())
    for x in inputs:
        given = [v.astype(i.dtype) for v, i in zip(x if isinstance(x, tuple) else [x], model.inputs, strict=True)]
        given = given if len(given) > 1 else given[0]
        for mine, expected in zip(flat(again(given)), flat(model(given)), strict=True):
            np.testing.assert_array_equal(np.asarray(mine), np.asarray(expected))
    builder.play([{"do": "insert", "after": "dense", "layers": [{"name": "ReLU"}]}, {"do": "undo"}])
    assert same(builder.model.get_weights(), model.get_weights())


def flat(outputs):
    return outputs if isinstance(outputs, list) else [outputs]


def test_opening_changes_nothing_in_a_new_session():
    """The operations keep their names where the code gives them the same."""
    keras.backend.clear_session()
    model = with_operations()
    config = model.get_config()
    kw.Builder(model)
    assert model.get_config() == config


STEPS = [
    {"do": "insert", "after": "relu", "layers": [{"name": "Dense", "arguments": {"units": 6}}]},
    {"do": "insert", "after": "split[1]", "before": "add_1", "layers": [{"name": "ReLU"}]},
    {"do": "insert", "replace": "add", "layers": [{"name": "Add"}]},
    {"do": "insert", "replace": "relu", "layers": [{"name": "ReLU"}]},
    {"do": "set", "card": "concatenate", "argument": "axis", "value": "1"},
    {"do": "remove", "card": "divide"},
    {"do": "move", "card": "subtract", "by": -1},
    {"do": "insert", "after": "dense", "before": "add", "layers": [{"name": "Add"}], "with": "b"},
    {"do": "insert", "after": "dense", "branch": True, "layers": [{"name": "Concatenate"}], "with": "b"},
    {"do": "remove", "card": "get_item"},
]


def test_steps_around_operations_and_back_are_bit_equal():
    """Insert, replace, move, remove and arguments next to operations; undo gives the weights and the config back."""
    keras.backend.clear_session()
    builder = kw.Builder(with_operations())
    before = []
    x = [RNG.random((3, 6)).astype("float32")] * 2
    for step in STEPS:
        outputs = [np.asarray(y) for y in builder.model(x)]
        before.append((builder.model.get_config(), builder.model.get_weights(), outputs))
        builder.play([step])
        assert run(builder).get_config() == builder.model.get_config(), step
    for config, weights, outputs in reversed(before):
        builder.play([{"do": "undo"}])
        assert builder.model.get_config() == config
        assert same(builder.model.get_weights(), weights)
        assert same([np.asarray(y) for y in builder.model(x)], outputs)


@pytest.mark.parametrize(("make", "step", "words"), [
    (with_operations, {"do": "set", "card": "split", "argument": "name", "value": "x"}, "no name of their own"),
    (with_operations, {"do": "set", "card": "split", "argument": "units", "value": "3"}, "no argument 'units'"),
    (with_operations, {"do": "share", "card": "relu", "after": "dense"}, "no weights to share"),
    (with_operations, {"do": "insert", "replace": "split", "layers": [{"name": "ReLU"}]}, "re_lu gives no output 1"),
    (with_split_ends, {"do": "insert", "replace": "split", "layers": [{"name": "ReLU"}]}, "re_lu gives no output 1"),
    (with_input_end, {"do": "remove", "card": "b"}, "Input b cannot be removed: the model returns it"),
    (with_operations, {"do": "share", "card": "add", "after": "dense"}, "no weights to share"),
    (with_operations, {"do": "insert", "after": "split[2]", "layers": [{"name": "ReLU"}]}, "an output of split"),
    (with_operations, {"do": "insert", "after": "a", "before": "dense_1", "layers": [{"name": "ReLU"}]}, "takes a"),
    (with_models_inside, {"do": "set", "card": "inner", "argument": "name", "value": "x"}, "a model of its own"),
])  # fmt: skip
def test_what_cannot_be_changed_says_why(make, step, words):
    """A sentence, and nothing changes; the field of the card is off and has the same reason."""
    keras.backend.clear_session()
    builder = kw.Builder(make())
    config = builder.model.get_config()
    with pytest.raises(ValueError, match=words):
        builder.play([step])
    assert builder.model.get_config() == config
    if step.get("argument") == "name":
        builder.on_select({"card": step["card"]}, [])
        field = next(f for f in builder.state()["inspector"]["fields"] if f["name"] == "name")
        assert words in field["off"]


def test_what_other_cells_define_is_named_in_comments():
    """Classes and functions by name; a lambda by a name that says of which layer it is the function."""
    keras.backend.clear_session()
    builder = kw.Builder(with_own_things())
    lines = builder.code.split("\n")
    assert lines[0] == "# Needs from your other cells: Registered, Own, swish_twice, Slow, my_loss, Mine"
    assert lines[1] == "# lambda_function, from your other cells: the function of the layer lambda"
    metrics = 'metrics=[Mine(), keras.metrics.MeanSquaredError(name="squares")]'
    assert lines[-1] == f"model.compile(Slow(learning_rate=0.1), my_loss, {metrics})"
    builder.play([{"do": "insert", "after": "input_layer", "layers": [{"name": "Dense", "arguments": {"units": 9}}]}])
    assert run(builder).get_config() == builder.model.get_config()
    assert builder.model.get_layer("own").w.shape == (9, 5)


def test_a_layer_without_a_config_is_taken_as_it_is():
    """It is shown, its arguments are off with the reason, and the code calls the layer itself by its name."""
    keras.backend.clear_session()
    gate = Own(3, gate=object())
    model = keras.Sequential([keras.Input((6,)), gate, layers.Dense(2)])
    builder = kw.Builder(model)
    assert "# own, from your other cells: the layer own itself, whose config is not whole" in builder.code
    builder.on_select({"card": "own"}, [])
    assert "get_config" in builder.state()["inspector"]["fields"][0]["off"]
    builder.play([{"do": "insert", "after": "own", "layers": [{"name": "ReLU"}]}])
    assert run(builder).layers[0] is gate


def test_a_merge_chooses_its_partner_on_cards_edges_and_branches():
    """All other tensors are offered, those that do not fit with the reason; the result goes where the line is."""
    keras.backend.clear_session()
    a = keras.Input((6,), name="a")
    x = layers.Dense(6, name="one")(a)
    builder = kw.Builder(keras.Model(a, [layers.Dense(6, name="two")(x), layers.Dense(3, name="three")(x)]))
    builder.on_place({"after": "one", "before": "two"}, [])
    rows = {row["card"]: row["why"] for row in builder.on_partners({"layer": "Add"}, [])["partners"]}
    assert rows == {
        "a": "", "two": "It comes later: choose it first, then this one.",
        "three": "Add cannot join (None, 6) and (None, 3).",
    }  # fmt: skip
    builder.play([{"do": "insert", "after": "one", "before": "two", "layers": [{"name": "Add"}], "with": "a"}])
    values, kernel = RNG.random((2, 6)).astype("float32"), builder.model.get_layer
    both = kernel("two")(np.asarray(kernel("one")(values)) + values), kernel("three")(kernel("one")(values))
    for mine, expected in zip(builder.model(values), both, strict=True):
        np.testing.assert_array_equal(np.asarray(mine), np.asarray(expected))
    step = {"do": "insert", "after": "one", "branch": True, "layers": [{"name": "Concatenate"}], "with": "three"}
    builder.play([step])
    assert [tuple(y.shape) for y in builder.model.outputs] == [(None, 6), (None, 9)]
    assert run(builder).get_config() == builder.model.get_config()
