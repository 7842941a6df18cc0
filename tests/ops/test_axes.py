"""An axis out of range is refused by every public function that takes one, in the same words."""

import inspect
import re

import numpy as np
import pytest

import kerasnb

NAMES = {"axis", "axes", "axis1", "axis2", "axisa", "axisb", "axisc", "source", "destination", "spatial_dims"}
PLACES = (
    "activations",
    "losses",
    "metrics",
    "ops",
    "ops.image",
    "ops.linalg",
    "ops.nn",
    "ops.numpy",
    "random",
    "utils",
)


def public(place: str):
    module = kerasnb
    for part in place.split("."):
        module = getattr(module, part)
    return {n: getattr(module, n) for n in dir(module) if not n.startswith("_") and callable(getattr(module, n))}


def named(function) -> list:
    try:
        return [n for n in inspect.signature(function).parameters if n in NAMES]
    except ValueError:
        return []


FUNCTIONS = sorted(
    {(p, n, a) for p in PLACES for n, f in public(p).items() if not inspect.isclass(f) for a in named(f)}
)
CLASSES = sorted(
    (p, n) for p in ("losses", "metrics") for n, f in public(p).items() if inspect.isclass(f) and "axis" in named(f)
)
X = np.linspace(0.1, 1.0, 12, dtype="float32").reshape(3, 4)
VALUES = {  # of arguments that are not any matrix
    "xs": [X, X], "q": 0.5, "kth": 1, "indices_or_sections": 1, "repeats": 2, "shift": 1, "num_classes": 2,
    "start": 0.0, "indices": np.array([[0]]), "mean": X[0], "variance": X[0], "f": lambda a, b: a + b, "stop": 1.0,
    "source": 0, "destination": 0, "axis1": 0, "axis2": 1, "output_shape": (3, 4), "scale": np.ones(1, "float32"),
    "translation": np.zeros(1, "float32"), "method": "linear",
}  # fmt: skip
OF_FUNCTIONS = {
    ("stack", "x"): [X, X], ("one_hot", "x"): np.array([[0, 1]] * 2), ("multi_hot", "inputs"): np.array([[0, 1]] * 2),
    ("cross", "x1"): X[:, :3], ("cross", "x2"): X[:, :3], ("scale_and_translate", "scale"): np.ones(1, "float32"),
    ("sparse_categorical_crossentropy", "target"): np.array([0, 1, 2]),
    ("sparse_categorical_crossentropy", "y_true"): np.array([0, 1, 2]),
}  # fmt: skip


def arguments(function, name: str) -> dict:
    """Values of the arguments that a function must have, besides the axis."""
    found = {}
    for p in inspect.signature(function).parameters.values():
        needed = p.default is p.empty or p.name in ("num_classes", "method")
        if p.name != name and p.kind is p.POSITIONAL_OR_KEYWORD and needed:
            found[p.name] = OF_FUNCTIONS.get((function.__name__, p.name), VALUES.get(p.name, X))
    return found


def symbolic(name: str, value):
    if isinstance(value, list):
        return [symbolic(name, v) for v in value]
    known = name in ("mean", "variance", "scale", "translation") or not isinstance(value, np.ndarray)
    return value if known else kerasnb.KerasTensor(value.shape, value.dtype.name)


def out_of_range(function, name: str, axis: int):
    """The axis in the form that the argument takes."""
    if function.__name__ == "tensordot":
        return [axis], [0]
    return {"axes": (0, axis), "spatial_dims": (axis,)}.get(name, axis)


def message(axis: int, name: str) -> str:
    return re.escape(f"axis {axis} is out of bounds for array of dimension ") + rf"[0-3]\. Received: {name}={axis}$"


def test_the_sweep_finds_them_all():
    """The sweep reaches the functions that it is made for."""
    names = {n for _, n, _ in FUNCTIONS}
    assert len(FUNCTIONS) > 150 and {"sum", "roll", "unique", "normalize", "cross", "linspace", "shuffle"} <= names


@pytest.mark.parametrize("axis", [10, -11])
@pytest.mark.parametrize(("place", "name", "argument"), FUNCTIONS)
def test_functions(place, name, argument, axis):
    """Real and symbolic tensors: the axis, the rank and the argument are named, in NumPy's words."""
    function = public(place)[name]
    given = arguments(function, argument)
    for make in (lambda _, v: v, symbolic):
        values = {n: make(n, v) for n, v in given.items()}
        with pytest.raises(ValueError, match=message(axis, argument)):
            function(**values, **{argument: out_of_range(function, argument, axis)})


@pytest.mark.parametrize(("place", "name"), CLASSES)
def test_losses_and_metrics(place, name):
    """Losses and metrics that have an axis say it when they are called."""
    known = inspect.signature(public(place)[name]).parameters
    more = {"num_classes": 4, "target_class_ids": [0], "sparse_y_true": False, "sparse_y_pred": False}
    thing = public(place)[name](axis=10, **{k: v for k, v in more.items() if k in known})
    with pytest.raises(ValueError, match=message(10, "axis")):
        thing(np.array([0, 1, 2]) if "Sparse" in name else X, X)


def test_layers_and_constraints():
    """Layers and constraints that have an axis."""
    for layer in (kerasnb.layers.Softmax(axis=10), kerasnb.layers.Softmax(axis=(0, 10))):
        for x in (X, kerasnb.Input((4,))):
            with pytest.raises(ValueError, match="axis 10 is out of bounds for array of dimension 2"):
                layer(x)
    for constraint in (kerasnb.constraints.MaxNorm, kerasnb.constraints.MinMaxNorm, kerasnb.constraints.UnitNorm):
        with pytest.raises(ValueError, match=message(10, "axis")):
            constraint(axis=10)(kerasnb.ops.convert_to_tensor(X))


def test_an_axis_is_an_integer():
    """What is no integer is refused instead of being cut; NumPy's integers are integers."""
    for axis in (1.5, 1.0, "1"):
        with pytest.raises(TypeError, match=f"Argument `axis` must be an integer. Received: axis={axis!r}"):
            kerasnb.ops.sum(X, axis)
    np.testing.assert_allclose(kerasnb.ops.sum(X, np.int64(1)).numpy(), X.sum(1), rtol=1e-6)
