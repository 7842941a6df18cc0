"""Every public name of Keras 3.15, with its signature: namespaces, and the classes that users extend.

What is missing stands in `kerasnb.absent`, and says so where somebody asks for it.
"""

from __future__ import annotations

import inspect
import pathlib
from operator import attrgetter

import numpy as np
import pytest

import kerasnb
from kerasnb import absent, layers
from tests.ops.names import keras, kind, public

ROOT = pathlib.Path(kerasnb.__file__).parents[1]
NAMESPACES = (
    "", "backend", "config", "dtype_policies", "layers", "mixed_precision", "models", "saving", "tree", "utils",
)  # fmt: skip
CLASSES = ("DTypePolicy", "Function", "KerasTensor", "Layer", "Model", "Operation", "Sequential", "Variable")
#: Names of Keras' own that no user asks for.
PRIVATE = {"": {"src"}}
#: Signatures that differ on purpose, and why.
DIFFERENT = {
    "name_scope": "names the arguments that Keras takes as `**kwargs`",
    "Function.from_config": "function-configs in docs/differences.md",
    "Model.fit": "steered-trainings in docs/differences.md",
    "Sequential.fit": "steered-trainings in docs/differences.md",
    "Model.train_step": "steps-of-models in docs/differences.md",
    "Model.test_step": "steps-of-models in docs/differences.md",
    "Model.predict_step": "steps-of-models in docs/differences.md",
    "Sequential.train_step": "steps-of-models in docs/differences.md",
    "Sequential.test_step": "steps-of-models in docs/differences.md",
    "Sequential.predict_step": "steps-of-models in docs/differences.md",
}
#: Names whose files come in other changes.
COMING = {
    f"layers.{name}" for name, place in layers._PLACES.items()
    if not (ROOT / f"{place.module.replace('.', '/')}.py").exists()
}  # fmt: skip


def signature(thing) -> list | None:
    """Names, kinds and defaults of the arguments, in order; of a class those of its constructor."""
    if inspect.isclass(thing):
        if thing.__init__ is object.__init__:
            return []
        thing = thing.__init__
    try:
        found = list(inspect.signature(thing).parameters.values())
    except (TypeError, ValueError):
        return None
    return [(p.name, p.kind.name, repr(p.default)) for p in found if p.name != "self"]


def namespace(library, name: str):
    return attrgetter(name)(library) if name else library


def differing(prefix: str, theirs: dict, ours) -> list[str]:
    """Names that stand for something else here, or for something with another signature."""
    found = []
    for name, thing in theirs.items():
        path = f"{prefix}{name}"
        if path in COMING or not hasattr(ours, name):
            continue
        own = getattr(ours, name)
        if kind(own) != kind(thing):
            found.append(f"{path}: expected a {kind(thing)}, have a {kind(own)}")
        elif kind(thing) in ("class", "function") and signature(own) != signature(thing):
            found.append(f"{path}: expected {inspect.signature(thing)}, have {inspect.signature(own)}")
    return [line for line in found if line.split(":")[0] not in DIFFERENT]


@pytest.mark.parametrize("name", NAMESPACES)
def test_what_is_missing(name):
    """Exactly the names that `kerasnb.absent` lists are missing: the list shrinks with every name that comes."""
    theirs, ours = public(namespace(keras(), name)), namespace(kerasnb, name)
    missing = set(theirs) - set(dir(ours)) - PRIVATE.get(name, set())
    prefix = f"{name}." if name else ""
    listed = {n for n in absent.ABSENT.get(name, {}) if f"{prefix}{n}" not in COMING}
    assert {n for n in missing if f"{prefix}{n}" not in COMING} == listed


@pytest.mark.parametrize("name", NAMESPACES)
def test_signatures_of_a_namespace(name):
    """Kind, and names, order, kinds and defaults of arguments, are those of Keras."""
    theirs = {n: v for n, v in public(namespace(keras(), name)).items() if n not in PRIVATE.get(name, ())}
    assert differing(f"{name}." if name else "", theirs, namespace(kerasnb, name)) == []


@pytest.mark.parametrize("name", CLASSES)
def test_signatures_of_a_class(name):
    """Methods have the arguments that they have in Keras."""
    assert differing(f"{name}.", public(getattr(keras(), name)), getattr(kerasnb, name)) == []


def objects(library) -> dict:
    """One object of each class."""
    x = library.Input((2,))
    sequential = library.Sequential([library.Input((2,)), library.layers.Dense(1)])
    functional = library.Model(x, library.layers.Dense(1)(x))
    for model in (sequential, functional):
        model.compile("sgd", "mse")
    layer = library.layers.Flatten()
    layer(np.ones((1, 2), "float32"))
    return {
        "DTypePolicy": library.DTypePolicy("float32"), "Function": library.Function(x, x + 1), "KerasTensor": x,
        "Layer": layer, "Model": functional, "Operation": layer, "Sequential": sequential,
        "Variable": library.Variable(1.0), "Optimizer": library.optimizers.SGD(),
    }  # fmt: skip


@pytest.mark.parametrize("name", [*CLASSES, "Optimizer"])
def test_attributes_of_objects(name):
    """What an object has in Keras, it has here."""
    theirs, ours = objects(keras())[name], objects(kerasnb)[name]
    found = {n for n in dir(theirs) if not n.startswith("_")} - set(dir(ours))
    assert found == set()


MISSING = [f"{space}.{name}".strip(".") for space, names in absent.ABSENT.items() for name in names]


@pytest.mark.parametrize("path", [m for m in MISSING if m not in COMING])
def test_a_missing_name_says_so(path):
    """As an attribute and as an import; `hasattr` and `dir` say that it is not there."""
    space, _, name = path.rpartition(".")
    module = namespace(kerasnb, space)
    with pytest.raises(AttributeError, match=f"`keras.{path}` is not in kerasnb yet"):
        getattr(module, name)
    with pytest.raises(ImportError, match=f"`keras.{path}` is not in kerasnb yet"):
        exec(f"from {module.__name__} import {name}", {})
    assert not hasattr(module, name)
    assert name not in dir(module)


@pytest.mark.parametrize("name", ["", "utils", "callbacks", "models", "saving", "config", "mixed_precision"])
def test_everything_can_be_imported(name):
    """`import *` brings what is here, and what does not exist at all is an ordinary error."""
    module, found = namespace(kerasnb, name), {}
    exec(f"from {module.__name__} import *", found)
    assert set(module.__all__) <= set(found)
    with pytest.raises(AttributeError, match="has no attribute 'nothing_of_this_name'"):
        _ = module.nothing_of_this_name


MISTAKEN = {
    "GradientTape": "`keras.backend.GradientTape`",
    "layers.Conv2d": "'Conv2D'",
    "layers.dense": "'Dense'",
    "layers.BatchNormalisation": "'BatchNormalization'",
    "ops.softmaxx": "'softmax'",
    "callbacks.EarlyStoping": "'EarlyStopping'",
}


@pytest.mark.parametrize("path", MISTAKEN)
def test_a_mistaken_name_is_answered(path):
    """Names in another case, with a slip, or of another place: the error says which one is meant."""
    space, _, name = path.rpartition(".")
    with pytest.raises(AttributeError, match=rf"has no attribute '{name}'\. Did you mean {MISTAKEN[path]}"):
        getattr(namespace(kerasnb, space), name)


def test_names_of_nothing_are_not_guessed():
    """What resembles no name, and what inspection asks for, has no suggestion."""
    for name in ("zzzzz", "__wrapped__", "__signature__"):
        with pytest.raises(AttributeError, match=f"has no attribute '{name}'$"):
            getattr(kerasnb.layers, name)


REFUSED = {
    "add_metric": lambda model: model.add_metric(1.0),
    "export": lambda model: model.export("model"),
    "get_quantization_layer_structure": lambda model: model.get_quantization_layer_structure("int8"),
    "quantize": lambda model: model.quantize("int8"),
    "quantize a layer": lambda model: model.layers[0].quantize("int8"),
    "quantized_build": lambda model: model.layers[0].quantized_build((None, 2), "int8"),
    "quantized_call": lambda model: model.layers[0].quantized_call(1.0),
    "QuantizedDTypePolicy": lambda _: kerasnb.dtype_policies.QuantizedDTypePolicy("int8"),
    "QuantizedFloat8DTypePolicy": lambda _: kerasnb.dtype_policies.QuantizedFloat8DTypePolicy("float8"),
    "Int4DTypePolicy": lambda _: kerasnb.dtype_policies.Int4DTypePolicy("int4/128"),
    "GPTQDTypePolicy": lambda _: kerasnb.dtype_policies.GPTQDTypePolicy("gptq/4/128"),
    "AWQDTypePolicy": lambda _: kerasnb.dtype_policies.AWQDTypePolicy("awq/4/128"),
    "policy by name": lambda _: kerasnb.layers.Dense(1, dtype="int8_from_float32"),
    "global policy": lambda _: kerasnb.config.set_dtype_policy("float8_from_mixed_bfloat16"),
    "TFSMLayer": lambda _: kerasnb.layers.TFSMLayer("folder"),
    "JaxLayer": lambda _: kerasnb.layers.JaxLayer(abs),
    "FlaxLayer": lambda _: kerasnb.layers.FlaxLayer(None),
    "TorchModuleWrapper": lambda _: kerasnb.layers.TorchModuleWrapper(None),
}


@pytest.mark.parametrize("name", REFUSED)
def test_what_comes_later_says_so(name):
    """Names that are there for their signature raise an error that explains itself."""
    model = kerasnb.Sequential([kerasnb.Input((2,)), kerasnb.layers.Dense(1)])
    with pytest.raises(NotImplementedError, match="not in kerasnb yet|comes later|compile|does not contain"):
        REFUSED[name](model)
