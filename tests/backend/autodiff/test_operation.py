"""Operations and nodes of the symbolic graph: what a call leaves behind, and the attributes that Keras has."""

from __future__ import annotations

import os

os.environ.setdefault("KERAS_BACKEND", "jax")

import inspect

import keras
import numpy as np
import pytest

import kerasnb

CLASSES = ("Operation", "Function", "KerasTensor", "Variable", "StatelessScope", "SymbolicScope")


class Times(kerasnb.Operation):
    def __init__(self, factor, offset=0.0, *, name=None):
        super().__init__(name=name)
        self.factor, self.offset = factor, offset

    def call(self, x, twice=False):
        y = x * self.factor + self.offset
        return (y, y) if twice else y


def public(cls) -> set[str]:
    return {n for n in dir(cls) if not n.startswith("_")}


@pytest.mark.parametrize("name", CLASSES)
def test_names_and_signatures_of_keras(name):
    """Each class has the public attributes and the constructor arguments that it has in Keras."""
    ours, theirs = getattr(kerasnb, name), getattr(keras, name)
    own = (
        public(ours)
        | set(vars(ours([1.0]) if name == "Variable" else ours))
        | {"name", "path", "constraint", "regularizer"}
    )
    assert (
        public(theirs) - own - {"aggregation", "dtype", "overwrite_with_gradient", "shape", "synchronization"} == set()
    )
    if name != "SymbolicScope":
        arguments = set(inspect.signature(theirs.__init__).parameters) - {"args", "kwargs", "layout"}
        assert arguments <= set(inspect.signature(ours.__init__).parameters)


def test_call_of_values_and_of_symbols():
    """Values are computed; KerasTensors give KerasTensors and one node, with all outputs."""
    operation = Times(3.0, 1.0)
    np.testing.assert_array_equal(operation(kerasnb.ops.ones((2,))), [4.0, 4.0])
    assert operation._inbound_nodes == []
    x = kerasnb.Input((2,))
    first, second = operation(x, twice=True)
    assert first.shape == second.shape == (None, 2)
    assert [t._keras_history for t in (first, second)] == [(operation, 0, 0), (operation, 0, 1)]
    assert operation.input is x and operation.output == [first, second]
    assert x._keras_history.operation._outbound_nodes == operation._inbound_nodes


def test_config_is_made_of_the_arguments():
    """The config holds the constructor's arguments, defaults included, as in Keras."""
    config = Times(3.0, name="t").get_config()
    assert config == {"name": "t", "factor": 3.0, "offset": 0.0}
    assert Times.from_config(config).factor == 3.0
    with pytest.raises(NotImplementedError, match="non-serializable argument"):
        Times(object()).get_config()


@pytest.mark.parametrize("attribute", ["input", "output"])
def test_never_called(attribute):
    """An operation that was never called has no ends."""
    with pytest.raises(
        AttributeError, match=f"The layer times.* has never been called and thus has no defined {attribute}"
    ):
        getattr(Times(1.0), attribute)


def test_errors():
    """A bad name, a missing `call`, and a call that cannot be inferred are named."""
    with pytest.raises(ValueError, match="cannot contain character `/`"):
        kerasnb.Operation(name="a/b")
    with pytest.raises(NotImplementedError, match=r"Operation Operation does not have a `call\(\)` method"):
        kerasnb.Operation()(1.0)
    with pytest.raises(ValueError, match="Could not automatically infer the output shape / dtype of 'matrix'"):
        type("Matrix", (kerasnb.Operation,), {"call": lambda self, x: x @ np.ones((5, 2), "f")})()(kerasnb.Input((3,)))


def test_calls_inside_leave_no_nodes():
    """Only the outermost call is a node: of a layer, of an operation, and in a symbolic scope."""
    inner = kerasnb.layers.Dense(2)

    class Outer(kerasnb.layers.Layer):
        def build(self, shape):
            inner.build(shape)

        def call(self, x):
            return kerasnb.ops.relu(inner(x)) + 1.0

    outer = Outer()
    y = outer(kerasnb.Input((3,)))
    assert y._keras_history.operation is outer and inner._inbound_nodes == []
    with kerasnb.SymbolicScope():
        assert kerasnb.ops.exp(kerasnb.KerasTensor((2,)))._keras_history is None


def test_operators_are_operations():
    """`+`, comparisons and subscripts of KerasTensors are the operations that Keras makes of them."""
    x, y = (kerasnb.KerasTensor((None, 4)) for _ in "xy")
    z = {
        "Add": 1 + x, "Subtract": x - y, "Multiply": x * 2.0, "TrueDivide": x / y, "Divide": kerasnb.ops.divide(x, y),
        "Power": x**2, "Negative": -x, "Absolute": abs(x), "Greater": x > y, "Equal": x == y, "GetItem": x[:, None, 0],
        "Matmul": x @ np.ones((4, 2), "f"), "FloorDivide": x // 2, "Mod": x % 2, "LogicalNot": ~(x > y),
    }  # fmt: skip
    kinds = {type(v._keras_history.operation).__name__: v for v in z.values()}
    assert set(z) - set(kinds) <= {"TrueDivide"}
    assert all(type(v._keras_history.operation).__module__ == "keras.src.ops.numpy" for v in z.values())


def test_history_is_recorded_where_asked():
    """`record_history=False` keeps a tensor out of graphs; names are taken when they are asked for."""
    x = kerasnb.KerasTensor((2, 3), record_history=False)
    assert kerasnb.ops.relu(x)._keras_history is None
    with pytest.raises(AttributeError, match="`shape` attribute of KerasTensor is immutable"):
        x.shape = (1,)
    for convert, what in ((float, "a float"), (int, "an int"), (np.asarray, "a NumPy array")):
        with pytest.raises(ValueError, match=f"You cannot convert it to {what}"):
            convert(x)
    assert (x.sparse, x.ragged, x.ragged_rank, x.row_splits_dtype, x.ndim) == (False, False, None, None, 2)
    assert kerasnb.KerasTensor((2, 1)).squeeze(-1).shape == (2,)
