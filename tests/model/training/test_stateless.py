"""Training without side effects, state by path, and functions of steps, beside Keras."""

from __future__ import annotations

import jax
import keras as judge
import numpy as np
import pytest

import kerasnb as keras

BOTH = (judge, keras)
X = np.random.default_rng(0).normal(size=(6, 3)).astype("float32")
Y = np.random.default_rng(1).normal(size=(6, 2)).astype("float32")


def model(library, regularizer="l2", compiled=True, **options):
    made = library.Sequential(
        [library.Input((3,)), library.layers.Dense(2, kernel_regularizer=regularizer, name="out")], name="m"
    )
    made.set_weights([np.arange(6, dtype="float32").reshape(3, 2) / 6, np.ones((2,), "float32")])
    if compiled:
        made.compile(library.optimizers.SGD(0.1, momentum=0.5, name="sgd"), "mse", metrics=["mae"], **options)
        made.optimizer.build(made.trainable_variables)
    return made


def values(made) -> tuple:
    return tuple(
        [np.asarray(v) for v in variables]
        for variables in (made.trainable_variables, made.non_trainable_variables, made.metrics_variables)
    )


def test_the_loss_of_given_values():
    """Loss and regularizer are those of the values that are passed; the model's own variables stay."""
    losses = []
    for library in BOTH:
        made = model(library)
        made.train_on_batch(X, Y)
        trainable, others, totals = values(made)
        doubled = [2 * v for v in trainable]
        outputs, _ = made.stateless_call(doubled, others, X)
        loss, after = made.stateless_compute_loss(doubled, others, totals, x=X, y=Y, y_pred=outputs)
        losses.append(float(np.asarray(loss)))
        assert [len(part) for part in after] == [2, 0, len(totals)]
        np.testing.assert_array_equal(np.asarray(made.trainable_variables[0]), trainable[0])
    np.testing.assert_allclose(*losses, rtol=1e-5)


def test_loss_and_updates():
    """The whole forward pass, and the scaled loss with a loss scale optimizer."""
    found = []
    for library in BOTH:
        made = model(library)
        made.compile(library.optimizers.LossScaleOptimizer(library.optimizers.SGD(0.1), initial_scale=8.0), "mse")
        made.optimizer.build(made.trainable_variables)
        made.train_on_batch(X, Y)
        state = [np.asarray(v) for v in made.optimizer.variables]
        loss, (unscaled, outputs, _, _) = made.compute_loss_and_updates(
            *values(made), X, Y, None, training=True, optimizer_variables=state
        )
        np.testing.assert_allclose(np.asarray(loss), 8 * np.asarray(unscaled), rtol=1e-6)
        found.append((np.asarray(unscaled), np.asarray(outputs)))
    for ours, theirs in zip(found[1], found[0], strict=True):
        np.testing.assert_allclose(ours, theirs, rtol=1e-5)


def test_values_that_do_not_fit():
    """The number of values is checked."""
    made = model(keras)
    trainable, others, totals = values(made)
    with pytest.raises(ValueError, match="trainable_variables.*length 1"):
        made.stateless_compute_loss(trainable[:1], others, totals, y=Y, y_pred=Y)


def test_gradients_reach_the_values():
    """A training loop of pure functions: the same step as Keras on JAX."""
    theirs, ours = (model(library) for library in BOTH)
    trainable, others, totals = values(theirs)

    def loss_of(weights):
        return theirs.compute_loss_and_updates(weights, others, totals, X, Y, None)[0]

    expected = jax.grad(loss_of)(trainable)
    tensors = [keras.ops.convert_to_tensor(v) for v in values(ours)[0]]
    with keras.backend.GradientTape() as tape:
        for tensor in tensors:
            tape.watch(tensor)
        loss = ours.compute_loss_and_updates(tensors, [], values(ours)[2], X, Y, None)[0]
    for gradient, other in zip(tape.gradient(loss, tensors), expected, strict=True):
        np.testing.assert_allclose(gradient.numpy(), other, rtol=1e-5)


# --- state by path


def shapes(tree) -> dict:
    return {k: shapes(v) if isinstance(v, dict) else np.asarray(v).shape for k, v in tree.items()}


@pytest.mark.parametrize("value_format", ["backend_tensor", "numpy_array"])
def test_the_state_tree(value_format):
    """The same nested paths as in Keras; values come back, those of the optimizer and the metrics too."""
    trees = []
    for library in BOTH:
        made = model(library)
        made.train_on_batch(X, Y)
        tree = made.get_state_tree(value_format)
        trees.append(tree)
        other = model(library)
        other.train_on_batch(X, Y)
        other.set_state_tree({"trainable_variables": {"m": {"out": {"bias": np.array([5, 6], "float32")}}}})
        np.testing.assert_array_equal(np.asarray(other.layers[0].bias), [5, 6])
        other.set_state_tree(made.get_state_tree())
        for mine, its in zip(made.variables, other.variables, strict=True):
            np.testing.assert_array_equal(np.asarray(mine), np.asarray(its))
    assert shapes(trees[0]) == shapes(trees[1])
    if value_format == "numpy_array":
        assert type(trees[1]["trainable_variables"]["m"]["out"]["kernel"]) is np.ndarray


def test_wrong_state_trees():
    """Unknown kinds and formats, before anything is assigned, and two variables of one path."""
    made = model(keras)
    before = made.get_weights()
    with pytest.raises(ValueError, match="value_format"):
        made.get_state_tree("list")
    with pytest.raises(ValueError, match="Unknown variable name: weights"):
        made.set_state_tree({"trainable_variables": {"m": {"out": {"bias": np.zeros(2)}}}, "weights": {}})
    np.testing.assert_array_equal(before[1], made.get_weights()[1])
    made.layers[0].kernel.path = made.layers[0].bias.path
    with pytest.raises(ValueError, match="found twice"):
        made.get_state_tree()


# --- functions of steps


@pytest.mark.parametrize("steps", [1, 2])
def test_functions_of_steps(steps):
    """They take batches from an iterator, `steps_per_execution` of them, and are kept until the next `compile`."""
    made, other = (model(keras, steps_per_execution=steps) for _ in range(2))
    assert made.train_function is None
    train = made.make_train_function()
    assert made.make_train_function() is train is made.train_function
    assert made.make_train_function(force=True) is not train
    batches = [(X[:3], Y[:3]), (X[3:], Y[3:])]
    logs = train(iter(batches * steps))
    for x, y in batches[:steps]:
        expected = other._step("train_step").run(keras.model.data.iterators.WholeBatch((x, y))).packed()
    assert logs.keys() == expected.keys()
    np.testing.assert_allclose(logs["loss"], expected["loss"], rtol=1e-6)
    for a, b in zip(made.get_weights(), other.get_weights(), strict=True):
        np.testing.assert_allclose(a, b, rtol=1e-6)
    outputs = made.make_predict_function()(iter([X[:3], X[3:]]))
    np.testing.assert_allclose(outputs, made.predict(X, verbose=0)[: 3 * steps], rtol=1e-6)
    assert set(made.make_test_function()(iter(batches))) == {"loss", "mae"}
    with pytest.raises(StopIteration):
        train(iter([]))
    made.compile("sgd", "mse")
    assert made.train_function is made.test_function is made.predict_function is None


def test_a_function_of_a_subclass_is_refused():
    """Nothing would call it: the error says what to override."""

    class Own(keras.Sequential):
        def make_train_function(self, force=False):
            self.train_function = lambda iterator: {"loss": 0.0}
            return self.train_function

    made = Own([keras.Input((3,)), keras.layers.Dense(2)])
    made.compile("sgd", "mse")
    with pytest.raises(NotImplementedError, match="overrides `make_train_function`.*Override `train_step`"):
        made.fit(X, Y, verbose=0)


def test_state_is_always_in_sync():
    """What Keras on JAX needs to be called for is true here."""
    made = model(keras)
    made.jax_state_sync()
    assert made.jit_compile is True
    assert made.run_eagerly is False
    made.compile("sgd", "mse", run_eagerly=True)
    assert made.jit_compile is False
