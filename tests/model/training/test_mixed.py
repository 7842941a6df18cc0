"""Training in mixed precision scales the loss, as Keras does."""

import os

os.environ.setdefault("KERAS_BACKEND", "jax")

import keras
import numpy as np
import pytest

import kerasnb

X = np.random.RandomState(0).randn(8, 3).astype("float32")
Y = np.random.RandomState(1).randn(8, 2).astype("float32")


@pytest.fixture
def half():
    """The policy `mixed_float16` in both packages."""
    for package in (kerasnb, keras):
        package.config.set_dtype_policy("mixed_float16")
    yield
    for package in (kerasnb, keras):
        package.config.set_dtype_policy("float32")


def made(package, **options):
    model = package.Sequential([package.Input((3,)), package.layers.Dense(2, kernel_initializer="ones")])
    model.compile(package.optimizers.SGD(0.25), "mse", **options)
    return model


def wrapped(package, steps, scale):
    """A model whose scale grows soon."""
    inner = package.optimizers.SGD(0.25)
    model = package.Sequential([package.Input((3,)), package.layers.Dense(2, kernel_initializer="ones")])
    model.compile(package.optimizers.LossScaleOptimizer(inner, scale, steps), "mse")
    return model


def scale_of(optimizer) -> tuple:
    return float(np.asarray(optimizer.dynamic_scale)), int(np.asarray(optimizer.step_counter))


def test_the_optimizer_is_wrapped(half):
    """The default of `auto_scale_loss` wraps the optimizer once; the config names the one that was given."""
    for package in (kerasnb, keras):
        model = made(package)
        assert type(model.optimizer).__name__ == "LossScaleOptimizer"
        assert model.optimizer.name == "loss_scale_optimizer"
        assert model.get_compile_config()["optimizer"]["class_name"] == "SGD"
        assert type(made(package, auto_scale_loss=False).optimizer).__name__ == "SGD"
        inner = wrapped(package, 2, 4.0).optimizer.inner_optimizer
        assert type(inner).__name__ == "SGD"


@pytest.mark.parametrize("policy", ["float32", "mixed_bfloat16"])
def test_other_policies_are_left_alone(policy):
    """Only float16 has gradients that vanish."""
    kerasnb.config.set_dtype_policy(policy)
    try:
        assert type(made(kerasnb).optimizer).__name__ == "SGD"
    finally:
        kerasnb.config.set_dtype_policy("float32")


def test_the_scale_grows_and_is_halved(half):
    """Good steps double it, a gradient that overflows halves it and changes nothing else: all as in Keras."""
    here, there = wrapped(kerasnb, 2, 1024.0), wrapped(keras, 2, 1024.0)
    wild = X * 3e4
    for x in (X, X, X, wild, X, wild, wild, X, X):
        before = here.get_weights()
        for model in (here, there):
            model.train_on_batch(x, Y)
        assert scale_of(here.optimizer) == scale_of(there.optimizer)
        if x is wild:
            np.testing.assert_array_equal(here.get_weights()[0], before[0])
        for a, b in zip(here.get_weights(), there.get_weights(), strict=True):
            np.testing.assert_allclose(a, b, rtol=2e-3, atol=2e-3)
        assert int(here.optimizer.iterations) == int(there.optimizer.iterations)


def test_recorded_steps_follow_the_scale(half):
    """Recorded, the scale and the weights are those of eager steps."""
    models = [made(kerasnb), made(kerasnb, run_eagerly=True)]
    for x in (X, X * 1e4, X, X):
        for model in models:
            model.train_on_batch(x, Y)
    assert scale_of(models[0].optimizer) == scale_of(models[1].optimizer) == (2.0**13, 2)
    for a, b in zip(*(m.get_weights() for m in models), strict=True):
        np.testing.assert_allclose(a, b, rtol=1e-3)


def test_a_saved_model_goes_on(half, tmp_path):
    """The scale is saved, here and for Keras."""
    model = made(kerasnb)
    for x in (X, X * 1e4, X):
        model.train_on_batch(x, Y)
    model.save(tmp_path / "half.keras")
    for package in (kerasnb, keras):
        loaded = package.models.load_model(tmp_path / "half.keras")
        assert type(loaded.optimizer).__name__ == "LossScaleOptimizer"
        assert scale_of(loaded.optimizer) == scale_of(model.optimizer)
        loaded.train_on_batch(X, Y)
        assert scale_of(loaded.optimizer)[1] == 2
