"""clone_model beside real Keras: new layers in the same graph."""

from __future__ import annotations

import json

import keras as real
import numpy as np
import pytest

import kerasnb
from kerasnb.backend.tensor import naming


def stack(k):
    return k.Sequential([k.Input((6,), name="x"), k.layers.Dense(4, "relu", name="a"), k.layers.Dropout(0.2, name="d"),
                         k.layers.Dense(2, name="b")], name="stack")  # fmt: skip


def unbuilt(k):
    return k.Sequential([k.layers.Dense(4, name="a"), k.layers.Dense(2, name="b")], name="unbuilt")


def graph(k):
    x, y = k.Input((6,), name="x"), k.Input((6,), name="y")
    shared = k.layers.Dense(4, "tanh", name="shared")
    h = k.ops.concatenate([shared(x), shared(y) * 2], axis=-1)
    return k.Model({"x": x, "y": y}, [k.layers.Dense(1, name="a")(h), k.layers.Dense(2, name="b")(h)], name="graph")


def nested(k):
    z = k.Input((6,), name="z")
    inner = k.Model(z, k.layers.Dense(6, name="deep")(z) + z, name="inner")
    x = k.Input((6,), name="x")
    return k.Model(x, stack(k)(inner(inner(x))), name="nested")


MODELS = {m.__name__: m for m in (stack, unbuilt, graph, nested)}


def fresh(k, make):
    (naming.reset_uids if k is kerasnb else real.backend.clear_session)()
    return make(k)


def plain(config) -> dict:
    """A config without the numbers in names that Keras gives to tensors."""
    return json.loads(json.dumps(config))


def layers_of(model) -> set:
    return {id(layer) for layer in model._flatten_layers()}


@pytest.mark.parametrize("name", MODELS)
@pytest.mark.parametrize("recursive", [False, True])
def test_clones(name, recursive):
    """A clone has the config that it has in Keras, no layer of the original, and with its weights the same outputs."""
    model = fresh(kerasnb, MODELS[name])
    clone = kerasnb.models.clone_model(model, recursive=recursive)
    assert not layers_of(clone) & layers_of(model)
    if not (name == "nested" and recursive):  # inner inputs get new automatic names in Keras
        theirs = real.models.clone_model(fresh(real, MODELS[name]), recursive=recursive)
        assert plain(clone.get_config()) == plain(theirs.get_config())
    if not model.built:
        return
    clone.set_weights(model.get_weights())
    x = np.linspace(-1, 1, 18, dtype="float32").reshape(3, 6)
    inputs = {"x": x, "y": x + 1} if name == "graph" else x
    for a, b in zip(kerasnb.tree.flatten(clone(inputs)), kerasnb.tree.flatten(model(inputs)), strict=True):
        np.testing.assert_array_equal(a, b)
    assert [w.shape for w in clone.weights] == [w.shape for w in model.weights]


def test_clone_function_and_call_function():
    """Layers are replaced, and layers are inserted: the same names and connections as in Keras."""

    def wider(k):
        def clone(layer):
            config = layer.get_config()
            if "units" in config:
                config["units"] += 1
            return type(layer).from_config(config)

        def call(layer, *args, **kwargs):
            outputs = layer(*args, **kwargs)
            return k.layers.Dropout(0.5)(outputs) if isinstance(layer, k.layers.Dense) else outputs

        return k.models.clone_model(fresh(k, graph), clone_function=clone, call_function=call)

    ours, theirs = wider(kerasnb), wider(real)
    assert plain(ours.get_config()) == plain(theirs.get_config())
    assert [layer.name for layer in ours.layers] == [layer.name for layer in theirs.layers]
    model = fresh(kerasnb, graph)
    same = kerasnb.models.clone_model(model, clone_function=lambda layer: layer)
    assert same.get_layer("shared") is model.get_layer("shared") and same is not model


def test_clone_function_reaches_inner_models():
    """With `recursive`, functions are called for the layers inside of models, not for the models."""
    seen = {}
    for k in (kerasnb, real):
        names: list = []

        def note(layer, names=names):
            names.append(layer.name)
            return type(layer).from_config(layer.get_config())

        k.models.clone_model(fresh(k, nested), clone_function=note, recursive=True)
        seen[k] = names
    assert seen[kerasnb] == seen[real] and "deep" in seen[kerasnb] and "inner" not in seen[kerasnb]


def test_input_tensors():
    """A clone from given inputs."""
    for make, inputs in ((stack, lambda k: k.Input((6,), name="new")),
                         (graph, lambda k: {"x": k.Input((6,), name="x"), "y": k.Input((6,), name="y")})):  # fmt: skip
        ours, theirs = (k.models.clone_model(fresh(k, make), input_tensors=inputs(k)) for k in (kerasnb, real))
        assert [layer.name for layer in ours.layers] == [layer.name for layer in theirs.layers]
        assert [x._keras_history.operation.name for x in ours.inputs] == [
            x._keras_history.operation.name for x in theirs.inputs
        ]


@pytest.mark.parametrize("name", ["stack", "graph"])
def test_clones_are_compiled_like_the_model(name):
    """A compiled model's clone is compiled with an optimizer of its own."""
    model = MODELS[name](kerasnb)
    model.compile(kerasnb.optimizers.SGD(0.25), "mse", metrics=["mae"] if name == "stack" else None)
    clone = kerasnb.models.clone_model(model)
    assert clone.compiled and clone.optimizer is not model.optimizer and clone.loss == "mse"
    assert float(clone.optimizer.learning_rate) == 0.25
    assert not kerasnb.models.clone_model(MODELS[name](kerasnb)).compiled


@kerasnb.saving.register_keras_serializable()
class Own(kerasnb.Model):
    """A subclassed model with a config."""

    def __init__(self, units=3, **kwargs):
        super().__init__(**kwargs)
        self.units, self.out = units, kerasnb.layers.Dense(units)

    def call(self, x):
        return self.out(x)


def test_subclassed_models():
    """They are created again from their config."""
    clone = kerasnb.models.clone_model(Own(5, name="own"))
    assert clone.units == 5 and clone.name == "own"


@pytest.mark.parametrize("k", [kerasnb, real], ids=["kerasnb", "keras"])
def test_subclasses_with_a_graph(k):
    """A clone is of the class of its model, if that is made of a graph; else it is a plain functional model."""

    class Passing(k.Model):
        def hello(self):
            return self.name

    class Making(k.Model):
        def __init__(self, units=3, **kwargs):
            x = k.Input((2,))
            super().__init__(x, k.layers.Dense(units)(x), **kwargs)

    x = k.Input((2,))
    clone = k.models.clone_model(Passing(x, k.layers.Dense(2)(x), name="one"))
    assert type(clone) is Passing and clone.hello() == "one"
    assert type(k.models.clone_model(Making(name="two"))).__name__ == "Functional"


def test_frozen_layers_stay_frozen():
    """`trainable` is part of a config."""
    model = fresh(kerasnb, graph)
    model.get_layer("shared").trainable = False
    clone = kerasnb.models.clone_model(model)
    assert not clone.get_layer("shared").trainable and len(clone.trainable_weights) == 4


ERRORS = {
    "call_function of a stack": (
        lambda k: k.models.clone_model(stack(k), call_function=print),
        "not supported with Seq",
    ),
    "unknown": (lambda k: k.models.clone_model(stack(k), colour=1), "Unexpected keyword argument"),
    "structure": (lambda k: k.models.clone_model(graph(k), input_tensors=[k.Input((6,))] * 2), "same structure"),
    "numbers": (lambda k: k.models.clone_model(graph(k), input_tensors={"x": 1, "y": 2}), "must be KerasTensors"),
    "a number": (lambda k: k.models.clone_model(stack(k), input_tensors=3), "must be a KerasTensor"),
    "two": (lambda k: k.models.clone_model(stack(k), input_tensors=[k.Input((6,))] * 2), "a single tensor"),
}


@pytest.mark.parametrize("name", ERRORS)
def test_errors(name):
    """What is wrong is named as in Keras."""
    call, message = ERRORS[name]
    for k in (kerasnb, real):
        with pytest.raises(ValueError, match=message):
            call(k)


def test_functions_of_subclassed_models():
    """Nothing is known about their layers."""
    with pytest.raises(ValueError, match="`clone_function` is only supported for Sequential models or Functional"):
        kerasnb.models.clone_model(Own(), clone_function=lambda layer: layer)
    with pytest.raises(ValueError, match="Expected `clone_function` argument to be a callable"):
        kerasnb.models.clone_model(stack(kerasnb), clone_function=3)


def test_pop():
    """`pop` returns the last layer and builds the model again unless `rebuild` is False, as in Keras."""
    found = {}
    for k in (kerasnb, real):
        model = fresh(k, stack)
        popped = model.pop()
        first = popped.name, model.output_shape, model.built
        model.pop(rebuild=False)
        second = model.built, [layer.name for layer in model.layers]
        model.build((None, 6))
        model.add(k.layers.Dense(7, name="new"))
        found[k] = first, second, model.output_shape, [w.path for w in model.weights]
    assert found[kerasnb] == found[real]


def test_adding_layers_one_by_one():
    """A stack that grows layer by layer is that of one constructor, and growing costs the same for each layer."""
    grown = fresh(kerasnb, lambda k: k.Sequential([k.Input((6,), name="x")], name="stack"))
    for layer in fresh(kerasnb, stack).get_config()["layers"][1:]:
        grown.add(kerasnb.layers.deserialize({**layer, "build_config": None}))
    assert plain(grown.get_config()) == plain(fresh(kerasnb, stack).get_config())
    assert [w.path for w in grown.weights] == [w.path for w in fresh(kerasnb, stack).weights]
    assert all(len(layer._inbound_nodes) == 1 for layer in grown.layers)
