"""Every operation as a node of the symbolic graph: its class, its config and its calls are those of real Keras."""

from __future__ import annotations

import json
import os

os.environ.setdefault("KERAS_BACKEND", "jax")

import keras
import numpy as np
import pytest

import kerasnb
from tests.ops import table_numpy, table_rest
from tests.seeded import RANDOM

# Operations whose results have a shape that depends on values, and those that return no tensor.
NO_GRAPH = {
    "nonzero",
    "unique",
    "shape",
    "dtype",
    "is_tensor",
    "convert_to_numpy",
    "is_keras_tensor",
    "vectorize",
    "ndim",
}
NO_GRAPH |= table_rest.BY_FUNCTIONS.keys()
# Keras refuses an integer or one axis for symbolic input, or writes what it makes of None.
INSTEAD = {
    **{f"adaptive_{kind}_pool": [table_rest.call(table_rest.f(2, 6, 3), (2,))] for kind in ("average", "max")},
    "hstack": table_numpy.TABLE["hstack"][1:],
    "image.extract_patches": [table_rest.call(table_rest.f(2, 6, 5, 3), (2, 2), (2, 2), data_format="channels_last")],
    "image.extract_patches_3d": [
        table_rest.call(table_rest.f(2, 4, 4, 4, 2), (2, 2, 2), (2, 2, 2), data_format="channels_last")
    ],
}
DRAWS = {"image.elastic_transform"}
TABLE = {**{n: rows for n, rows in table_rest.REST.items() if not n.startswith("random.")}, **table_numpy.TABLE}


def named(module, name):
    for part in name.removeprefix("ops.").split("."):
        module = getattr(module, part)
    return module


def symbolic(module, args):
    """(inputs, arguments with each array of two or more elements as a symbolic tensor)."""
    inputs = []

    def one(x):
        if isinstance(x, list):
            return [one(e) for e in x]
        if not isinstance(x, np.ndarray):
            return x
        inputs.append(module.Input(batch_shape=x.shape, dtype=x.dtype.name, name=f"x{len(inputs)}"))
        return inputs[-1]

    return inputs, [one(a) for a in args]


def arrays_of(args) -> list:
    return [
        x for a in args for x in (arrays_of(a) if isinstance(a, list) else [a] if isinstance(a, np.ndarray) else [])
    ]


def config_of(model) -> dict:
    """A graph's config as JSON has it, without what only models have."""
    config = json.loads(json.dumps(model.get_config()))
    for layer in config["layers"]:
        layer["config"].pop("name", None)  # some of Keras have it only outside of the config
    return {key: config[key] for key in ("layers", "input_layers", "output_layers")}


def graph(module, name, args, kwargs):
    """The graph of one call."""
    (kerasnb.backend if module is kerasnb else keras.utils).clear_session(free_memory=False)
    inputs, given = symbolic(module, args)
    outputs = named(module.ops, name)(*given, **kwargs)
    return module.Function(inputs, outputs) if module is kerasnb else module.Model(inputs, outputs)


def calls():
    for name, rows in {**TABLE, **INSTEAD}.items():
        usable = [(a, k) for a, k in rows if arrays_of(a) and not any(isinstance(v, np.ndarray) for v in k.values())]
        yield from (pytest.param(name, *row, id=name) for row in usable[:1])


def leaves(x) -> list:
    return [leaf for part in x for leaf in leaves(part)] if isinstance(x, (list, tuple)) else [np.asarray(x)]


@pytest.mark.parametrize("name, args, kwargs", [c for c in calls() if c.values[0] not in NO_GRAPH])
def test_config(name, args, kwargs):
    """The config is Keras' own, and the graph that is made from it computes the same."""
    function = graph(kerasnb, name, args, kwargs)
    assert config_of(function) == config_of(graph(keras, name, args, kwargs))
    values, again = arrays_of(args), kerasnb.Function.from_config(json.loads(json.dumps(function.get_config())))
    if name in DRAWS:
        return
    for a, b in zip(leaves(again(values)), leaves(function(values)), strict=True):
        np.testing.assert_array_equal(a, b)


def _mixed(k, x, y):
    h = k.layers.Dense(4, activation="relu", name="hidden")(x)
    h = k.ops.concatenate([h[:, 1:], k.ops.square(y), x * 2 - 1], axis=-1)
    return k.ops.where(h > 0.1, k.ops.log1p(k.ops.abs(h)), -h), k.ops.sum(h, axis=1, keepdims=True)


def _shared(k, x, y):
    layer = k.layers.Dense(3, name="shared")
    a, b = layer(x), layer(y)
    return {"distance": k.ops.sqrt(k.ops.sum((a - b) ** 2, axis=-1) + 1e-3), "angle": k.ops.einsum("bi,bi->b", a, b)}


def _shapes(k, x, y):
    h = k.ops.reshape(k.ops.stack([x, y], axis=1), (-1, 6))
    h = k.ops.transpose(k.ops.expand_dims(h, 1), (0, 2, 1))
    first, second = k.ops.split(h, 2, axis=1)
    return k.ops.squeeze(k.ops.pad(first, ((0, 0), (1, 0), (0, 0))), -1), k.ops.flip(second, axis=1)[..., 0, None]


def _statistics(k, x, y):
    z = (x - k.ops.mean(x, axis=-1, keepdims=True)) / (k.ops.std(x, axis=-1, keepdims=True) + 1e-5)
    top, places = k.ops.top_k(z + y, 2)
    return (
        k.ops.softmax(top),
        k.ops.one_hot(places, 3),
        k.ops.cumsum(z, axis=1),
        k.ops.max(y, axis=0),
        k.ops.clip(z, -1, 1),
    )


@pytest.mark.parametrize("make", [_mixed, _shared, _shapes, _statistics])
def test_keras_computes_the_same(make):
    """Real Keras makes the same graph from a config that was written here, and the reverse."""
    kerasnb.utils.set_random_seed(1)
    symbols = [kerasnb.KerasTensor((None, 3), name=name) for name in "xy"]
    ours = kerasnb.Function(symbols, make(kerasnb, *symbols))
    theirs = keras.Model.from_config(json.loads(json.dumps({**ours.get_config(), "trainable": True})))
    copy_weights(ours, theirs)
    values = [RANDOM.uniform(-1, 1, (4, 3)).astype("f") for _ in "xy"]
    expected = leaves(list(kerasnb.tree.flatten(ours(values))))
    again = kerasnb.Function.from_config(json.loads(json.dumps(theirs.get_config())))
    copy_weights(ours, again)
    for function in (theirs, again):
        found = leaves(list(kerasnb.tree.flatten(function(values))))
        for a, b in zip(found, expected, strict=True):
            np.testing.assert_allclose(a, b, rtol=1e-5, atol=1e-6)


def copy_weights(source, target) -> None:
    """Gives the layers of a graph the weights of those of the same names."""
    layers = {o.name: o for o in (target.layers if hasattr(target, "layers") else target.operations)}
    for operation in source.operations:
        if getattr(operation, "weights", None):
            layers[operation.name].set_weights([w.numpy() for w in operation.weights])
