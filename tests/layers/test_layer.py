"""The base class of layers: what it tracks, how it is called, its config and its errors."""

from __future__ import annotations

import copy
import json
import threading
from collections import OrderedDict, namedtuple

import keras as real
import numpy as np
import pytest

import kerasnb as keras
from kerasnb.backend.autodiff.node import Node

X = np.ones((2, 4), "float32")


class Plain(keras.layers.Layer):
    """A layer without weights."""

    def call(self, inputs):
        return inputs


# --- what is tracked


def test_state_in_attributes_is_tracked():
    """Variables, layers, seed generators and metrics in attributes and containers are tracked once each, in order."""

    class Owner(keras.layers.Layer):
        def __init__(self):
            super().__init__()
            self.single = keras.layers.Dense(1)
            self.listed = [keras.layers.Dense(2), [keras.layers.Dense(3)]]
            self.named = {"a": keras.layers.Dense(4)}
            self.ordered = OrderedDict(b=keras.layers.Dense(5))
            self.fixed = (keras.layers.Dense(6), namedtuple("Pair", "x y")(keras.layers.Dense(7), 3))
            self.unordered = {keras.layers.Dense(8)}
            self.again = self.single
            self.seeds = keras.random.SeedGenerator(1)
            self.total = keras.metrics.Mean()
            self.own = keras.Variable([1.0], name="own")
            self.frozen = keras.Variable([2.0], trainable=False, name="frozen")

    owner = Owner()
    assert [layer.units for layer in owner._flatten_layers(include_self=False)] == [1, 2, 3, 4, 5, 6, 7, 8]
    assert owner.weights == [owner.own, owner.frozen]
    assert owner.trainable_weights == [owner.own]
    assert owner.variables == [owner.own, owner.frozen, owner.seeds.state]
    assert owner.metrics == [owner.total]
    assert owner.fixed[1].y == 3


def test_containers_stay_tracked():
    """What is put into or taken out of a container later is noticed."""
    layer = Plain()
    layer.parts = []
    first, second, third = (keras.layers.Dense(i + 1) for i in range(3))
    layer.parts.append(first)
    layer.parts += [second]
    layer.parts.insert(0, third)
    assert layer._layers == [first, second, third]
    assert layer.parts.pop() is second
    layer.parts.remove(third)
    assert layer._layers == [first]
    layer.parts[0] = second
    del layer.parts[0]
    layer.parts.extend([third])
    layer.parts.clear()
    layer.table = {}
    layer.table["x"] = third
    assert third in layer._layers
    layer.table.pop("x")
    assert layer.table.pop("x", None) is None
    assert third not in layer._layers
    layer.table.update(y=third)
    layer.table.clear()
    layer.members = set()
    layer.members.add(third)
    layer.members.update([second])
    layer.members.remove(third)
    assert third not in layer._layers
    assert second in layer._layers


def test_attribute_that_is_deleted():
    """A deleted variable is forgotten."""
    layer = Plain()
    layer.w = keras.Variable([1.0])
    del layer.w
    assert layer.weights == []


def test_containers_are_plain_in_config_and_copies():
    """Tracked containers compare and serialize as plain ones."""
    layer = Plain()
    layer.sizes = [1, {"a": 2}]
    assert layer.sizes == [1, {"a": 2}]
    assert json.dumps(layer.sizes) == '[1, {"a": 2}]'
    assert type(copy.deepcopy(layer.sizes)) is list


def test_no_state_after_build():
    """A built layer takes no more state."""
    layer = keras.layers.Dense(2)
    layer(X)
    with pytest.raises(ValueError, match="You cannot add new elements of state"):
        layer.extra = keras.layers.Dense(1)
    with pytest.raises(ValueError, match="You cannot add new elements of state"):
        layer.add_weight(shape=(1,))


def test_super_is_missed():
    """A layer without `super().__init__()` has an error that names it."""

    class Forgetful(keras.layers.Layer):
        def __init__(self):
            self.inner = keras.layers.Dense(1)

    with pytest.raises(RuntimeError, match="In layer 'Forgetful', you forgot to call"):
        Forgetful()(X)
    with pytest.raises(RuntimeError, match="In layer 'Forgetful', you forgot to call"):
        Forgetful().add_weight(shape=())


# --- weights


def test_add_weight_defaults():
    """Floats start as glorot_uniform, others as zeros; the shape defaults to a scalar."""
    layer = Plain(name="p")
    scalar = layer.add_weight()
    matrix = layer.add_weight((3, 4), "ones", name="m")
    counter = layer.add_weight(shape=(2,), dtype="int32", trainable=False, name="c")
    assert scalar.shape == ()
    assert np.asarray(matrix).sum() == 12
    assert np.asarray(counter).tolist() == [0, 0]
    assert [w.path for w in (matrix, counter)] == ["p/m", "p/c"]
    assert layer.trainable_weights == [scalar, matrix]
    with pytest.raises(ValueError, match="`name` must be passed as a keyword argument"):
        layer.add_weight("kernel")


def test_frozen_layer_makes_frozen_weights():
    """Weights that a frozen layer creates are frozen."""
    layer = keras.layers.Dense(2, trainable=False)
    layer(X)
    assert layer.trainable_weights == []
    assert not layer.kernel.trainable
    layer.trainable = True
    assert layer.kernel.trainable


def test_regularizer_and_constraint_belong_to_the_weight():
    """They are objects on the variable, for losses and the optimizer."""
    layer = keras.layers.Dense(2, kernel_regularizer="l2", kernel_constraint="non_neg")
    layer(X)
    assert float(layer.losses[0]) == pytest.approx(0.01 * float((np.asarray(layer.kernel) ** 2).sum()), rel=1e-5)
    assert layer.kernel.constraint is layer.kernel_constraint
    layer.trainable = False
    assert layer.losses == []


# --- calls


def test_training_argument():
    """`training` is the argument, else the outer call's, else the default; it does not leak to siblings."""
    seen = []

    class Inner(keras.layers.Layer):
        def call(self, inputs, training=False):
            seen.append(training)
            return inputs

    class Outer(keras.layers.Layer):
        def __init__(self):
            super().__init__()
            self.first, self.second = Inner(), Inner()

        def call(self, inputs):
            return self.second(self.first(inputs, training=True))

    class Default(Inner):
        def call(self, inputs, training=True):
            seen.append(training)
            return inputs

    Inner()(X)
    Inner()(X, training=True)
    Default()(X)
    Default()(X, training=False)
    assert seen == [False, True, True, False]
    outer = Outer()
    outer(X)
    seen.clear()
    outer(X, training=False)
    outer(X)
    assert seen == [True, False, True, False]


def test_floats_are_cast_and_integers_are_not():
    """Float inputs become the compute dtype, others stay."""
    seen = []

    class Spy(keras.layers.Layer):
        def call(self, inputs):
            seen.append(inputs.dtype)
            return inputs

    Spy()(np.ones((1,), "float64"))
    Spy()(np.ones((1,), "int32"))
    Spy(autocast=False)(np.ones((1,), "float64"))
    Spy(dtype="float16")(np.ones((1,), "float32"))
    assert seen == ["float32", "int32", "float64", "float16"]


def test_mixed_precision():
    """Under a mixed policy weights are float32 and the computation float16."""
    with keras.device("numpy"):
        layer = keras.layers.Dense(2, activation="relu", dtype="mixed_float16")
        y = layer(X)
    assert (layer.kernel.dtype, layer.compute_dtype, y.dtype) == ("float32", "float16", "float16")
    expected = np.maximum(X @ np.asarray(layer.kernel), 0)
    np.testing.assert_allclose(np.asarray(y), expected, rtol=1e-2, atol=1e-2)


def test_global_policy():
    """The global policy is that of layers without their own."""
    keras.config.set_dtype_policy("float64")
    try:
        assert keras.layers.Dense(1).dtype == "float64"
    finally:
        keras.config.set_dtype_policy("float32")
    assert keras.layers.Dense(1).dtype == "float32"
    assert keras.layers.Dense(1, dtype=keras.DTypePolicy("float16")).variable_dtype == "float16"
    with pytest.raises(ValueError, match="Invalid `policy` argument"):
        keras.config.set_dtype_policy(3)


def test_several_inputs_and_nested_inputs():
    """`build` gets the shapes of the tensors it names; structures of tensors are inputs."""
    shapes = []

    class Two(keras.layers.Layer):
        def build(self, left_shape, right_shape):
            shapes.append((left_shape, right_shape))

        def call(self, left, right):
            return left + right

    class Nested(keras.layers.Layer):
        def build(self, input_shape):
            shapes.append(input_shape)

        def call(self, inputs):
            return inputs["a"] + inputs["b"][0]

    assert Two()(X, X).shape == (2, 4)
    assert Two()(X, right=X[:1]).shape == (2, 4)
    assert Nested()({"a": X, "b": [X]}).shape == (2, 4)
    assert shapes == [((2, 4), (2, 4)), ((2, 4), (1, 4)), {"a": (2, 4), "b": [(2, 4)]}]
    with pytest.raises(ValueError, match="cannot mix tensors and non-tensors"):
        Nested()(inputs={"a": X, "b": [X, "x"]})


def test_layers_inside_are_built_by_the_first_call():
    """A layer without `build` is built with those inside, eagerly and symbolically, under its own path."""

    class Outer(keras.layers.Layer):
        def __init__(self):
            super().__init__(name="outer")
            self.inner = keras.layers.Dense(3, name="inner")

        def call(self, inputs):
            return self.inner(inputs) * 2.0

    eager, symbolic = Outer(), Outer()
    eager(X)
    assert symbolic(keras.Input((4,))).shape == (None, 3)
    for layer in (eager, symbolic):
        assert layer.built
        assert [w.path for w in layer.weights] == ["outer/inner/kernel", "outer/inner/bias"]


def test_output_shape_is_inferred():
    """A layer without `compute_output_shape` gets it from its `call`; an error in there is explained."""

    class Inferred(keras.layers.Layer):
        def call(self, inputs):
            return keras.ops.sum(inputs, axis=-1), {"double": inputs * 2}

    total, rest = Inferred()(keras.Input((4, 3)))
    assert (total.shape, rest["double"].shape) == ((None, 4), (None, 4, 3))

    class Broken(keras.layers.Layer):
        def call(self, inputs):
            raise ValueError("broken here")

    with pytest.raises(ValueError, match="Could not automatically infer the output shape"):
        Broken()(keras.Input((4,)))


def test_nodes_remember_the_graph():
    """Symbolic calls leave nodes, which connect outputs with inputs."""
    inputs = keras.Input((4,))
    first, second = keras.layers.Dense(3), keras.layers.Dense(2)
    outputs = second(first(inputs))
    history = outputs._keras_history
    assert history.operation is second
    node = second._inbound_nodes[history.node_index]
    assert isinstance(node, Node)
    assert node.parent_nodes[0].operation is first
    assert node.parent_nodes[0].parent_nodes[0].is_input
    assert first._outbound_nodes == [node]
    assert second.input is first.output
    first(inputs)
    assert len(first._inbound_nodes) == 2


def test_masks_travel():
    """A mask goes to `call`, through layers that support it, and ends with a warning where it is not supported."""
    x = keras.ops.convert_to_tensor(X)
    x._keras_mask = keras.ops.convert_to_tensor(np.array([True, False]))
    seen = []

    class Masked(keras.layers.Layer):
        def __init__(self):
            super().__init__()
            self.supports_masking = True

        def call(self, inputs, mask=None):
            seen.append(mask)
            return inputs * 2.0

    y = Masked()(x)
    assert seen == [x._keras_mask]
    assert y._keras_mask is x._keras_mask
    with pytest.warns(UserWarning, match="does not support masking"):
        Doubler()(x)


class Doubler(keras.layers.Layer):
    """A layer that does not know masks."""

    def call(self, inputs):
        return inputs * 2.0


def test_losses_of_a_call():
    """`add_loss` and activity regularizers count for the last call, regularizers of weights always."""

    class Adds(keras.layers.Layer):
        def __init__(self):
            super().__init__()
            self.inner = keras.layers.Dense(
                2, kernel_initializer="ones", activity_regularizer=keras.regularizers.L1(1.0)
            )

        def call(self, inputs):
            self.add_loss(keras.ops.sum(inputs))
            return self.inner(inputs)

    layer = Adds()
    for _ in range(2):
        layer(X)
        assert [float(v) for v in layer.losses] == [8.0, 8.0]
    with pytest.raises(ValueError, match="can only be called from inside"):
        layer.add_loss(3.0)


def test_recorded_losses_do_not_stay():
    """After training, losses that were only recorded are not shown as values."""
    model = keras.Sequential(
        [keras.Input((4,)), keras.layers.Dense(1, activity_regularizer="l2", kernel_regularizer="l2")]
    )
    model.compile("sgd", "mse")
    model.fit(X, X[:, :1], verbose=0)
    assert len([float(v) for v in model.losses]) == 1


def test_calls_in_threads():
    """The context of a call belongs to its thread."""
    model = keras.Sequential([keras.Input((4,)), keras.layers.Dropout(0.5), keras.layers.Dense(2)])
    expected = np.asarray(model(X, training=False))
    wrong = []

    def work():
        for _ in range(20):
            if not np.array_equal(np.asarray(model(X, training=False)), expected):
                wrong.append(1)

    threads = [threading.Thread(target=work) for _ in range(3)]
    for thread in threads:
        thread.start()
    for _ in range(20):
        model(X, training=True)
    for thread in threads:
        thread.join()
    assert not wrong


# --- configs


def test_config_of_plain_arguments_comes_by_itself():
    """A layer with plain arguments needs no `get_config`."""

    class Automatic(keras.layers.Layer):
        def __init__(self, size, kinds=("a", "b"), factor=2.0, **kwargs):
            super().__init__(**kwargs)
            self.size, self.kinds, self.factor = size, kinds, factor

        def call(self, inputs):
            return inputs

    layer = Automatic(3, factor=1.5, name="x")
    config = layer.get_config()
    assert {k: config[k] for k in ("name", "size", "factor", "trainable")} == {
        "name": "x", "size": 3, "factor": 1.5, "trainable": True,
    }  # fmt: skip
    again = Automatic.from_config(json.loads(json.dumps(config)))
    assert (again.size, again.factor, again.name) == (3, 1.5, "x")


@pytest.mark.parametrize("argument", [object(), [object()], keras.layers.Dense(1)], ids=["object", "list", "layer"])
def test_other_arguments_need_a_get_config(argument):
    """A layer with other arguments has to implement `get_config`."""

    class Manual(keras.layers.Layer):
        def __init__(self, value):
            super().__init__()

    with pytest.raises(NotImplementedError, match="must override"):
        Manual(argument).get_config()


def test_variadic_arguments_need_a_get_config():
    """Positional-only and variadic arguments have no names to save."""

    class Variadic(keras.layers.Layer):
        def __init__(self, *sizes):
            super().__init__()

    with pytest.raises(NotImplementedError, match="variadic positional"):
        Variadic(1, 2).get_config()


def test_shapes_of_a_build_are_saved():
    """A layer of several inputs is built again from its build config."""

    class Two(keras.layers.Layer):
        def build(self, left_shape, right_shape):
            self.w = self.add_weight(shape=(left_shape[-1], right_shape[-1]))

        def call(self, left, right):
            return keras.ops.matmul(left, self.w) + right

    layer = Two()
    layer(X, X[:, :3])
    again = Two()
    again.build_from_config(json.loads(json.dumps(layer.get_build_config())))
    assert again.w.shape == (4, 3)


# --- InputSpec

SPECS = [
    ({"ndim": 3}, (2, 4)), ({"min_ndim": 3}, (2, 4)), ({"max_ndim": 1}, (2, 4)), ({"axes": {-1: 5}}, (2, 4)),
    ({"shape": (None, 5)}, (2, 4)), ({"dtype": "int32"}, (2, 4)),
]  # fmt: skip


@pytest.mark.parametrize(("spec", "shape"), SPECS, ids=str)
def test_input_spec_in_the_words_of_keras(spec, shape):
    """Inputs that do not fit are refused as Keras does."""

    def message(k) -> str:
        class Picky(k.layers.Layer):
            def __init__(self):
                super().__init__(name="picky")
                self.input_spec = k.InputSpec(**spec)

            def call(self, inputs):
                return inputs

        with pytest.raises(ValueError) as caught:
            Picky()(np.ones(shape, "float32"))
        return str(caught.value).split("\nHint: ")[0]

    assert message(keras) == message(real)


def test_input_spec_of_several_inputs():
    """Each input has its spec; their number counts, and names find them in a dict."""

    class Picky(keras.layers.Layer):
        def __init__(self, named):
            super().__init__(name="picky")
            names = ("a", "b") if named else (None, None)
            self.input_spec = [keras.InputSpec(ndim=2, name=names[0]), keras.InputSpec(ndim=1, name=names[1])]

        def call(self, inputs):
            return X

    Picky(False)([X, X[0]])
    Picky(True)({"b": X[0], "a": X})
    with pytest.raises(ValueError, match=r'Layer "picky" expects 2 input\(s\)'):
        Picky(False)([X])
    with pytest.raises(ValueError, match='Missing data for input "b"'):
        Picky(True)({"a": X})
    with pytest.raises(ValueError, match="Axis 3 is greater than the maximum allowed value: 1"):
        keras.InputSpec(ndim=2, axes={3: 1})
    with pytest.raises(TypeError, match="Argument `axes` must be a dict with integer keys"):
        keras.InputSpec(axes={"x": 1})
    assert keras.InputSpec.from_config(keras.InputSpec(min_ndim=2).get_config()).min_ndim == 2


# --- Input


def test_input_arguments():
    """`Input` takes shapes with and without the batch size."""
    assert keras.Input((3, None)).shape == (None, 3, None)
    assert keras.Input((3,), batch_size=5).shape == (5, 3)
    assert keras.Input(batch_shape=(7, 2)).shape == (7, 2)
    assert keras.Input((3,), dtype="int32").dtype == "int32"
    assert keras.Input((3,), name="given").name == "given"
    tensor = keras.Input((3,))
    assert keras.Input(tensor=tensor) is tensor
    with pytest.raises(ValueError, match="incompatible `shape`"):
        keras.Input((4,), tensor=tensor)
    with pytest.raises(ValueError, match="must be a KerasTensor"):
        keras.Input(tensor=X)
    with pytest.raises(ValueError, match="is not supported"):
        keras.Input((4,), sparse=True)
    with pytest.raises(ValueError, match="Negative dimensions are not allowed"):
        keras.Input((-1,))


class Counting(keras.layers.Layer):
    """Counts its calls."""

    def build(self, shape):
        self.count = self.add_weight(shape=(), initializer="zeros", trainable=False, name="count")
        self.start = self.add_weight(shape=(), initializer="zeros", trainable=False, name="start")
        self.start.assign(7.0)

    def call(self, x):
        self.count.assign_add(1.0)
        return x


@pytest.mark.parametrize("known", [True, False])
def test_shape_inference_changes_nothing(known):
    """State is updated once a step, whether shapes were known before or not; what `build` assigns stays."""
    layer = Counting()
    model = keras.Sequential([*([keras.Input((3,))] if known else []), layer, keras.layers.Dense(1)])
    model.compile("sgd", "mse")
    model.fit(np.ones((20, 3)), np.ones((20, 1)), batch_size=5, epochs=3, verbose=0)
    assert float(layer.count) == 12 and float(layer.start) == 7


def test_losses_of_inputs_in_a_sequential():
    """A layer may add a loss that depends on its input, though nothing is known of it when the model is built."""

    class Activity(keras.layers.Layer):
        def call(self, x):
            self.add_loss(0.5 * keras.ops.mean(keras.ops.square(x)))
            return x

    model = keras.Sequential([keras.Input((3,)), Activity(), keras.layers.Dense(1, kernel_initializer="zeros")])
    model.compile(keras.optimizers.SGD(0.0), "mse")
    history = model.fit(np.full((4, 3), 2.0), np.zeros((4, 1)), verbose=0)
    assert history.history["loss"] == [2.0]


@pytest.mark.parametrize("problem", [ValueError, KeyboardInterrupt])
def test_a_build_that_fails_leaves_nothing_behind(problem):
    """A build that raised or was interrupted is done again: each weight and each inner layer is there once."""

    class Fragile(keras.layers.Layer):
        problems = [problem("bad moment")]

        def build(self, shape):
            self.scale = self.add_weight(shape=(shape[-1],), initializer="ones", name="scale")
            self.inner = keras.layers.Dense(2)
            self.inner.build(shape)
            if self.problems:
                raise self.problems.pop()

        def call(self, x):
            return self.inner(x * self.scale)

    layer = Fragile()
    with pytest.raises(problem):
        layer.build((None, 3))
    assert not layer.built and layer.weights == []
    assert layer(np.ones((1, 3), "float32")).shape == (1, 2)
    assert [w.shape for w in layer.weights] == [(3,), (3, 2), (2,)]


def test_lost_masks_are_reported_once(recwarn):
    """A layer that drops a mask says so when the model is built, and not again in each of the lines that use it."""
    embedding, convolution = keras.layers.Embedding(4, 2, mask_zero=True), keras.layers.Conv1D(2, 2)
    model = keras.Sequential([keras.Input((3,)), embedding, convolution])
    model.predict(np.ones((2, 3)), verbose=0)
    model(np.ones((2, 3)))
    assert [str(w.message).split(" (of")[0] for w in recwarn.list] == [f"Layer '{convolution.name}'"]
