"""Functions: parts of the symbolic graph that compute, infer shapes, and have configs."""

from __future__ import annotations

import json

import numpy as np
import pytest

import kerasnb
from kerasnb import layers, ops
from tests.seeded import RANDOM


def symbol(*shape, name=None):
    return kerasnb.KerasTensor(shape, name=name)


def test_structures():
    """Inputs and outputs keep their structures: one tensor, lists, tuples and dicts."""
    a, b = symbol(None, 2), symbol(None, 2)
    function = kerasnb.Function({"a": a, "b": b}, [a + b, {"product": a * b}])
    x, y = RANDOM.uniform(-1, 1, (2, 3, 2)).astype("f")
    total, product = function({"a": x, "b": y})
    np.testing.assert_allclose(total, x + y)
    np.testing.assert_allclose(product["product"], x * y)
    assert function.compute_output_shape({"a": (5, 2), "b": (5, 2)}) == [(5, 2), {"product": (5, 2)}]
    spec = function({"a": symbol(7, 2), "b": symbol(7, 2)})
    assert spec[0].shape == (7, 2) and spec[0]._keras_history.operation is function
    assert function.inputs == [a, b] and len(function.outputs) == 2


def test_operations_in_order():
    """Operations stand from the inputs to the outputs, each once, shared ones too."""
    shared = layers.Dense(2, name="shared")
    x = kerasnb.Input((2,), name="x")
    y = shared(shared(x))
    function = kerasnb.Function(x, ops.add(y, shared(y)))
    assert [o.name.split("_")[0] for o in function.operations] == ["x", "shared", "add"]
    assert kerasnb.utils.get_source_inputs(function.outputs[0]) == [x]


def test_a_graph_may_start_anywhere():
    """A tensor in the middle of a graph can be an input: what computes it is left out."""
    x = symbol(None, 3)
    middle = ops.relu(x)
    function = kerasnb.Function(middle, middle * 2)
    assert [o.name.split("_")[0] for o in function.operations] == ["multiply"]
    assert function(-np.ones((1, 3), "f")).tolist() == [[-2.0] * 3]
    again = kerasnb.Function.from_config(json.loads(json.dumps(function.get_config())))
    assert again(-np.ones((1, 3), "f")).tolist() == [[-2.0] * 3]


def test_config_and_back():
    """JSON holds layers, operations, constants, slices and shared calls; the weights of a seed are the same."""
    x = symbol(None, 4, name="x")
    layer = layers.Dense(4, activation="relu", kernel_initializer=kerasnb.initializers.GlorotUniform(seed=1), name="d")
    h = layer(layer(x))[:, 1:3] + np.float32([[0.5, 1.5]])
    function = kerasnb.Function(x, {"y": ops.concatenate([h, ops.sum(x, axis=-1, keepdims=True)], axis=-1)}, name="f")
    config = json.loads(json.dumps(function.get_config()))
    again = kerasnb.Function.from_config(config)
    values = RANDOM.uniform(-1, 1, (3, 4)).astype("f")
    np.testing.assert_array_equal(again(values)["y"], function(values)["y"])
    assert again.name == "f"
    kept = json.loads(json.dumps(again.get_config()))
    assert {k: v for k, v in kept.items() if k != "layers"} == {k: v for k, v in config.items() if k != "layers"}
    serialized = kerasnb.saving.serialize_keras_object(function)
    assert (serialized["module"], serialized["class_name"]) == ("keras", "Function")
    loaded = kerasnb.saving.deserialize_keras_object(json.loads(json.dumps(serialized)))
    np.testing.assert_array_equal(loaded(values)["y"], function(values)["y"])


def test_indices_survive():
    """A list as a key picks rows, a tuple picks one element; JSON keeps them apart."""
    x = symbol(3, 3)
    for key in ([0, 2], (0, 2), np.s_[..., None, -1], np.s_[::2, 1:]):
        function = kerasnb.Function(x, x[key])
        again = kerasnb.Function.from_config(json.loads(json.dumps(function.get_config())))
        values = RANDOM.uniform(-1, 1, (3, 3)).astype("f")
        np.testing.assert_array_equal(again(values), values[key])


ERRORS = {
    "another input": (lambda: kerasnb.Function(symbol(2), ops.relu(symbol(2))), "not connected to `inputs`"),
    "no input": (lambda: kerasnb.Function([], ops.relu(symbol(2))), "`inputs` argument cannot be empty"),
    "no tensor": (lambda: kerasnb.Function(symbol(2), 1), "All `outputs` values must be KerasTensors"),
    "structure": (lambda: kerasnb.Function([x := symbol(2)], [x + 1])(np.ones(2)), "invalid input structure"),
    "missing keys": (lambda: kerasnb.Function.from_config({"layers": []}), "must have the keys"),
}


@pytest.mark.parametrize("name", ERRORS)
def test_errors(name):
    """What cannot be a graph is refused by name."""
    make, message = ERRORS[name]
    with pytest.raises(ValueError, match=message):
        make()


def test_names_are_unique():
    """Two operations of one name cannot be told apart in a config."""
    x = symbol(None, 2)
    with pytest.raises(ValueError, match='The name "q" is used 2 times in the model'):
        kerasnb.Function(x, layers.Dense(2, name="q")(layers.Dense(2, name="q")(x)))


def test_a_long_chain():
    """Thousands of operations in a row need no recursion."""
    x = y = symbol(None, 1)
    for _ in range(3000):
        y = y + 1.0
    assert len(kerasnb.Function(x, y).operations) == 3000
    assert kerasnb.utils.get_source_inputs(y) == [x]
