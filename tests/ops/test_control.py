"""Control flow: values, gradients and second order against real Keras, and the same when a step is recorded."""

from __future__ import annotations

import os

os.environ.setdefault("KERAS_BACKEND", "jax")

import jax
import numpy as np
import pytest

import kerasnb
from kerasnb import ops, tree
from kerasnb.backend.autodiff.recording import Recording
from kerasnb.backend.autodiff.tape import GradientTape
from kerasnb.backend.plan.plan import Plan
from kerasnb.backend.tensor.keras_tensor import KerasTensor
from kerasnb.backend.tensor.tensor import Tensor, TracedValueError
from kerasnb.kernels.identity import copy
from tests.ops.names import keras

X = np.array([[0.5, -1.0], [2.0, 0.25], [-0.75, 1.5]], "float32")
W = np.array([1.5, 0.5], "float32")


def _pairs(ops, x, w):
    """A loop whose two states change places."""
    return ops.while_loop(lambda i, a, b: i < 3, lambda i, a, b: (i + 1, b, a * w[0]), (0, x[0], x[1]))


def _norm(ops, x, w):
    @ops.custom_gradient
    def scaled(pair, c):
        e = ops.tanh(c)

        def back(upstream):
            return {"a": 3.0 * upstream * e, "b": None}, 2.0 * ops.sum(upstream * pair["a"]) * c

        return pair["a"] * e, back

    return scaled({"a": x, "b": x}, w)


def _two(ops, x, w):
    @ops.custom_gradient
    def both(a, b):
        return [a + b, a * b], lambda up: (up[0] * up[0], up[1] * up[0])

    return both(x * 2.0, w * x)


def _stable(ops, x, w):
    """The rule of this one is its derivative."""

    @ops.custom_gradient
    def log1pexp(x):
        e = ops.exp(x)
        return ops.log(1 + e), lambda upstream: ops.multiply(upstream, 1.0 - 1.0 / ops.add(1, e))

    return log1pexp(x * w)


RULES_OF_THEIR_OWN = ("custom gradient of two", "custom gradient", "custom gradient in scan", "custom gradient in cond")

# Functions of (ops, x, w): each is called by Keras and by us, eagerly and recorded.
CALLS = {
    "cond": lambda ops, x, w: ops.cond(ops.sum(x) > 1, lambda: x * w, lambda: ops.exp(x)),
    "cond other": lambda ops, x, w: ops.cond(ops.sum(x) > 99, lambda: x * w, lambda: ops.exp(x)),
    "cond number": lambda ops, x, w: ops.cond(w[1], lambda: {"a": x, "b": None}, lambda: {"a": x * 2, "b": None}),
    "cond no infinity": lambda ops, x, w: ops.cond(x[0, 0] > 0, lambda: x * w, lambda: ops.log(x * 0.0)),
    "cond in cond": lambda ops, x, w: ops.cond(
        x[0, 0] > 0, lambda: ops.cond(x[0, 1] > 0, lambda: x, lambda: x * w * w), lambda: x + 1.0
    ),
    "switch": lambda ops, x, w: ops.switch(
        ops.cast(w[0], "int32"), [lambda a, b: a + b, lambda a, b: a * b, lambda a, b: a], x, w
    ),
    "switch clamps": lambda ops, x, w: ops.switch(7, [lambda a: a, lambda a: (a * a) * w], x),
    "fori": lambda ops, x, w: ops.fori_loop(1, 4, lambda i, s: s * w + ops.cast(i, "float32"), x),
    "fori widens": lambda ops, x, w: ops.fori_loop(0, 3, lambda i, s: s + x[0, 0] * w[0], 0),
    "fori never": lambda ops, x, w: (ops.fori_loop(3, 1, lambda i, s: s + 1.5, 0), x * w),
    "scan": lambda ops, x, w: ops.scan(lambda c, r: (c * w + r, c * r), x[0], x),
    "scan reverse": lambda ops, x, w: ops.scan(lambda c, r: (c * w + r, c * r), x[0], x, reverse=True),
    "scan trees": lambda ops, x, w: ops.scan(
        lambda c, r: ({"s": c["s"] + r[0] * w, "n": c["n"] + 1}, (r[0] * c["s"], None, c["n"])),
        {"s": x[1], "n": 0}, (x, None), unroll=True,
    ),
    "scan length": lambda ops, x, w: ops.scan(lambda c, _: (c * w, ops.sin(c)), x, length=12),
    "scan of nothing": lambda ops, x, w: (ops.scan(lambda c, r: (c + r, r * 2.0), 0, x[:0, 0]), x * w),
    "scan long": lambda ops, x, w: ops.scan(
        lambda c, r: (ops.tanh(c + r * w), c[0]), w, ops.tile(x, (24, 1)), reverse=True
    ),
    "scan with cond": lambda ops, x, w: ops.scan(
        lambda c, r: ops.cond(r[0] > 0, lambda: (c + r, c), lambda: (c * w, r)), w, ops.tile(x, (5, 1))
    ),
    "map": lambda ops, x, w: ops.map(lambda r: {"y": r * w, "z": ops.sum(r), "n": None}, x),
    "map constant": lambda ops, x, w: (ops.map(lambda r: 1, x), x * w),
    "vectorized_map": lambda ops, x, w: ops.vectorized_map(
        lambda r: r[0] @ r[1] + w, [ops.stack([x[:2], x[1:]]), x[:2]]
    ),
    "associative": lambda ops, x, w: ops.associative_scan(lambda a, b: a * b, x * w),
    "associative linear": lambda ops, x, w: ops.associative_scan(
        lambda a, b: [a[0] * b[0], b[0] * a[1] + b[1]], [ops.tile(x, (1, 4)), ops.tile(x * w, (1, 4))], axis=-1
    ),
    "associative reverse": lambda ops, x, w: ops.associative_scan(lambda a, b: a + b, x * w, reverse=True, axis=1),
    "true custom gradient": _stable,
    "custom gradient": _norm,
    "custom gradient of two": _two,
    "custom gradient in scan": lambda ops, x, w: ops.scan(lambda c, r: (_norm(ops, r, c), r), w, ops.tile(x, (4, 1))),
    "custom gradient in cond": lambda ops, x, w: ops.cond(x[0, 0] > 0, lambda: _norm(ops, x * w, w), lambda: x),
}  # fmt: skip
LOOPS = {  # no gradient in JAX
    "while": lambda ops, x, w: ops.while_loop(lambda a: ops.sum(a) < 100.0, lambda a: a + w, x),
    "while pair": _pairs,
    "while limited": lambda ops, x, w: ops.while_loop(
        lambda n, d: n < 99, lambda n, d: [n + 1, {"y": d["y"] * w}], [0, {"y": x}], maximum_iterations=4
    ),
    "while never": lambda ops, x, w: ops.while_loop(lambda a: ops.sum(a) > 100.0, lambda a: a + w, x * w),
    "fori to a tensor": lambda ops, x, w: ops.fori_loop(0, ops.cast(w[0] * 4, "int32"), lambda i, s: s * w, x),
}


def flat(thing) -> list:
    return [leaf for leaf in tree.flatten(thing) if leaf is not None]


def total(ops, thing):
    """A number in which every float of a result counts."""
    parts = [ops.sum(ops.sin(y)) for y in flat(thing) if "float" in str(y.dtype)]
    return sum(parts[1:], parts[0])


def same(found, expected):
    tree.assert_same_structure(found, expected)
    for f, e in zip(flat(found), flat(expected), strict=True):
        assert f.dtype == str(e.dtype)
        np.testing.assert_allclose(np.asarray(f), np.asarray(e), rtol=3e-5, atol=1e-5)


def recorded(function, *arrays):
    """What a step gives that was recorded, and replayed with other values before."""
    with Recording() as recording:
        slots = [Tensor(None, a.shape, a.dtype.name) for a in arrays]
        made = function(*slots)
    plan = Plan(recording, slots, flat(made), copy)
    for values in ([a * a.dtype.type(0.5) for a in arrays], arrays):
        for array, value in zip(plan.inputs, values, strict=True):
            np.copyto(array, value)
        plan.replay()
    rest = iter([o.copy() for o in plan.outputs])
    return tree.map_structure(lambda x: None if x is None else next(rest), made)


def gradients(call, *tensors):
    with GradientTape() as tape:
        y = total(ops, call(ops, *tensors))
    return tape.gradient(y, list(tensors))


def curvature(call, *tensors):
    """Gradients of the squares of gradients."""
    with GradientTape() as outer:
        first = gradients(call, *tensors)
        y = sum(ops.sum(g * g) for g in first if g is not None)
    return outer.gradient(y, list(tensors))


def keras_gradients(call, x, w):
    return jax.grad(lambda x, w: total(keras().ops, call(keras().ops, x, w)), (0, 1))(x, w)


def keras_curvature(call, x, w):
    return jax.grad(lambda x, w: sum((g * g).sum() for g in keras_gradients(call, x, w)), (0, 1))(x, w)


@pytest.mark.parametrize("name", [*CALLS, *LOOPS])
def test_values(name):
    """Values, dtypes and structure are those of Keras."""
    call = {**CALLS, **LOOPS}[name]
    expected = jax.jit(lambda x, w: call(keras().ops, x, w))(X, W)
    same(call(ops, ops.convert_to_tensor(X), ops.convert_to_tensor(W)), expected)
    same(recorded(lambda x, w: call(ops, x, w), X, W), expected)


def judged(gradients_, expected):
    for f, e in zip(gradients_, expected, strict=True):
        value = np.zeros(e.shape) if f is None else np.asarray(f)
        np.testing.assert_allclose(value, e, rtol=2e-4, atol=2e-4)


@pytest.mark.parametrize("name", CALLS)
def test_gradients(name):
    """Gradients are those of Keras, eagerly and recorded."""
    call = CALLS[name]
    expected = jax.jit(lambda x, w: keras_gradients(call, x, w))(X, W)
    judged(gradients(call, ops.convert_to_tensor(X), ops.convert_to_tensor(W)), expected)
    judged(recorded(lambda x, w: gradients(call, x, w), X, W), expected)


@pytest.mark.parametrize("name", CALLS)
def test_second_order(name):
    """Gradients of gradients are those of Keras; a rule that is no derivative holds for each order."""
    call, given = CALLS[name], [ops.convert_to_tensor(X), ops.convert_to_tensor(W)]
    found = curvature(call, *given)
    if name not in RULES_OF_THEIR_OWN:
        judged(found, jax.jit(lambda x, w: keras_curvature(call, x, w))(X, W))
    judged(
        recorded(lambda x, w: curvature(call, x, w), X, W),
        [np.zeros(x.shape) if f is None else f.numpy() for f, x in zip(found, given, strict=True)],
    )


# --- symbolic tensors, errors, models ----------------------------------------------------------------


def K(*shape, dtype="float32"):
    return KerasTensor(shape, dtype)


S = K(None, 3)
SYMBOLIC = {
    "cond": (lambda: ops.cond(K(dtype="bool"), lambda: ops.ones(2), lambda: ops.zeros(2)), (2,)),
    "cond of symbols": (lambda: ops.cond(K(), lambda: S * 2.0, lambda: S), (None, 3)),
    "switch": (lambda: ops.switch(0, [lambda x: x[:, :1], lambda x: x], K(None, 2)), (None, 1)),
    "while": (lambda: ops.while_loop(lambda i, x: i < 3, lambda i, x: (i + 1, x), [0, K(None, 3)]), [(), (None, 3)]),
    "fori": (lambda: ops.fori_loop(0, 3, lambda i, s: s * 2.0, K(None, 3)), (None, 3)),
    "scan": (lambda: ops.scan(lambda c, r: (c + r, r[:2]), np.zeros(3, "f"), K(None, 3)), ((3,), (None, 2))),
    "map": (lambda: ops.map(lambda r: {"a": r[:1]}, K(None, 3)), {"a": (None, 1)}),
    "vectorized_map": (lambda: ops.vectorized_map(lambda r: r[0] @ r[1], [K(5, 2, 3), K(5, 3)]), (5, 2)),
    "associative": (lambda: ops.associative_scan(lambda a, b: a + b, K(None, 3), axis=-1), (None, 3)),
    "custom gradient": (lambda: ops.custom_gradient(lambda x: (x[:, 0], lambda up: up))(K(None, 3)), (None,)),
}


@pytest.mark.parametrize("name", SYMBOLIC)
def test_symbolic(name):
    """Symbolic tensors give symbolic tensors, each a result of a call that can be made with real ones."""
    call, shapes = SYMBOLIC[name]
    found = call()
    assert tree.map_structure(lambda x: x.shape, found) == shapes
    assert all(isinstance(x, KerasTensor) and x._keras_history is not None for x in flat(found))


def test_symbolic_call_is_made_again():
    """The node of a loop computes with real tensors what the loop computes."""
    rows = K(None, 2)
    outputs = ops.scan(lambda c, r: (c + r, c * r), np.zeros(2, "f"), rows)
    function = kerasnb.Function(rows, outputs)
    assert [o.name.split("_")[0] for o in function.operations] == ["scan"]
    same(function(ops.convert_to_tensor(X)), ops.scan(lambda c, r: (c + r, c * r), np.zeros(2, "f"), X))


ERRORS = [
    (lambda: ops.cond(np.array([True]), lambda: 1, lambda: 2), TypeError, r"Pred must be a scalar.*of shape \(1,\)"),
    (lambda: ops.cond("yes", lambda: 1, lambda: 2), TypeError, "Pred must be a scalar, got 'yes'"),
    (lambda: ops.cond(True, 1, lambda: 2), TypeError, "`true_fn` and `false_fn` must be callable. Received: true_fn=1"),
    (lambda: ops.cond(K(), lambda: ops.ones(2), lambda: ops.ones(3)), ValueError, "outputs of the same kind"),
    (lambda: ops.switch(0, []), ValueError, "Empty branch sequence"),
    (lambda: ops.switch(1.0, [abs, abs], 1), TypeError, "Index type must be an integer, got float32"),
    (lambda: ops.while_loop(lambda i: i, lambda i: i, 1), TypeError, "`cond` must return a boolean scalar.*int32"),
    (lambda: ops.while_loop(lambda i: i < 9, lambda i: i + 0.5, np.int32(1)), TypeError, "int32.*Received.*float32"),
    (lambda: ops.fori_loop(0.0, 3, lambda i, s: s, 1), TypeError, "`lower` must be an integer"),
    (lambda: ops.scan(lambda c, x: (c, x), 0), ValueError, "no values to scan over and `length` not provided"),
    (lambda: ops.scan(lambda c, x: (c, x), 0, X, length=2), ValueError, r"length` argument of 2.*\[3\]"),
    (lambda: ops.scan(lambda c, x: (c, x), 0, (X, W)), ValueError, "different leading axis sizes: 3, 2"),
    (lambda: ops.scan(lambda c, x: c, 0, X), TypeError, "must be a pair"),
    (lambda: ops.scan(lambda c, x: (c, x), 0, X, unroll=0), ValueError, "`unroll` must be an positive integer"),
    (lambda: ops.vectorized_map(abs, 1.0), ValueError, "must have an axis to map over"),
    (lambda: ops.associative_scan(min, [X, W]), ValueError, "must have the same first dimension"),
    (lambda: ops.associative_scan(3, X), TypeError, "`f` must be callable"),
    (lambda: ops.custom_gradient(lambda x: x)(X), TypeError, "must return a pair"),
]


@pytest.mark.parametrize(("call", "error", "message"), ERRORS)
def test_errors(call, error, message):
    """What does not fit is refused, in the type of error that Keras raises."""
    with pytest.raises(error, match=message):
        call()


class Guarded(kerasnb.layers.Layer):
    """Divides by the sum where that is safe; `writes` counts in a branch."""

    def __init__(self, writes=False):
        super().__init__()
        self.writes = writes

    def build(self, _):
        self.scale = self.add_weight(shape=(2,), initializer="ones")
        self.seen = self.add_weight(shape=(), initializer="zeros", trainable=False)

    def call(self, x):
        def safe():
            if self.writes:
                self.seen.assign(self.seen + 1.0)
            return x * self.scale / ops.sum(x)

        return ops.cond(ops.sum(x) > 0.5, safe, lambda: x + self.scale)


def _trained(eager):
    model = kerasnb.Sequential([Guarded()])
    model.compile(optimizer=kerasnb.optimizers.SGD(0.1), loss="mse", run_eagerly=eager)
    x = np.stack([X * 0.0, X, X * 0.0]).reshape(-1, 2)
    model.fit(x, x[:, ::-1].copy(), batch_size=3, epochs=3, shuffle=False, verbose=0)
    return model.layers[0].scale.numpy()


def test_a_model_with_a_branch_is_recorded():
    """Training is recorded, takes the right branch each time, and no infinity of the other one reaches a gradient."""
    scale = _trained(eager=False)  # a warning would say that it ran eagerly, and fail
    np.testing.assert_allclose(scale, _trained(eager=True), rtol=1e-5)
    assert np.isfinite(scale).all() and not np.allclose(scale, 1)


def test_a_branch_that_changes_a_variable_runs_eagerly():
    """A recorded step must know what it changes: such a model says that it runs eagerly, and is right."""
    model = kerasnb.Sequential([Guarded(writes=True)])
    model.build((3, 2))
    with pytest.warns(UserWarning, match="runs eagerly.*inside of a branch"):
        model.predict(np.concatenate([X, X * 0, X]), batch_size=3, verbose=0)
    assert float(model.layers[0].seen) == 2.0


def test_an_unknown_loop_has_a_gradient_eagerly():
    """Asked while recording, the gradient of a loop of unknown length sends the step to eager, where there is one."""
    call, given = LOOPS["while"], [ops.convert_to_tensor(X), ops.convert_to_tensor(W)]
    assert gradients(call, *given)[1].shape == (2,)
    with pytest.raises(TracedValueError, match="loop whose length is not known"):
        recorded(lambda x, w: gradients(call, x, w), X, W)
