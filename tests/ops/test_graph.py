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

# Operations whose results have a shape that depends on values, and those that return no tensor.
NO_GRAPH = {"nonzero", "unique", "shape", "dtype", "is_tensor", "convert_to_numpy", "is_keras_tensor", "vectorize"}
NO_GRAPH |= table_rest.BY_FUNCTIONS.keys()
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
    return [x for a in args for x in (arrays_of(a) if isinstance(a, list) else [a] if isinstance(a, np.ndarray) else [])]


def config_of(model) -> dict:
    """A graph's config as JSON has it, without what only models have."""
    config = json.loads(json.dumps(model.get_config()))
    return {key: config[key] for key in ("layers", "input_layers", "output_layers")}


def graph(module, name, args, kwargs):
    """The graph of one call."""
    (kerasnb.backend if module is kerasnb else keras.utils).clear_session(free_memory=False)
    inputs, given = symbolic(module, args)
    outputs = named(module.ops, name)(*given, **kwargs)
    return module.Function(inputs, outputs) if module is kerasnb else module.Model(inputs, outputs)


def calls():
    for name, rows in TABLE.items():
        usable = [(a, k) for a, k in rows if arrays_of(a) and not any(isinstance(v, np.ndarray) for v in k.values())]
        yield from (pytest.param(name, *row, id=name) for row in usable[:1])


def leaves(x) -> list:
    return [leaf for part in x for leaf in leaves(part)] if isinstance(x, (list, tuple)) else [np.asarray(x)]


@pytest.mark.parametrize("name, args, kwargs", [c for c in calls() if c.values[0] not in NO_GRAPH])
def test_config_and_computation(name, args, kwargs):
    """The config is Keras' own, both libraries make the graph from it, and both compute the same."""
    ours, theirs = graph(kerasnb, name, args, kwargs), graph(keras, name, args, kwargs)
    config = config_of(ours)
    assert config == config_of(theirs)
    values = [x for x in arrays_of(args)]
    expected = leaves(ours(values))
    again = kerasnb.Function.from_config(json.loads(json.dumps(ours.get_config())))
    loaded = keras.Model.from_config({**config, "name": "loaded", "trainable": True})
    for found, rough in ((again(values), 0), (loaded(values), 1)):
        for a, b in zip(leaves(found), expected, strict=True):
            assert a.shape == b.shape
            np.testing.assert_allclose(
                a.astype("complex128"), b.astype("complex128"), rtol=rough * 2e-3, atol=rough * 2e-3
            )
