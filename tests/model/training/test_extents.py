"""Training models whose calls use the batch size as a number: recorded steps give what eager steps give."""

from __future__ import annotations

import numpy as np
import pytest

import kerasnb
from kerasnb import layers, ops


class Sampling(layers.Layer):
    """Draws from the distribution that an encoder describes."""

    def __init__(self, seed=None, **kwargs):
        super().__init__(**kwargs)
        self.seed_generator = kerasnb.random.SeedGenerator(1337) if seed is None else seed

    def call(self, inputs):
        mean, log_var = inputs
        noise = kerasnb.random.normal((ops.shape(mean)[0], ops.shape(mean)[1]), seed=self.seed_generator)
        return mean + ops.exp(0.5 * log_var) * noise


class VAE(kerasnb.Model):
    """A variational autoencoder (Kingma & Welling, 2014) in small."""

    def __init__(self, seed=None):
        super().__init__()
        self.encoder, self.mean, self.log_var = layers.Dense(5, "relu"), layers.Dense(2), layers.Dense(2)
        self.sampling, self.decoder = Sampling(seed), layers.Dense(3)

    def call(self, x):
        hidden = self.encoder(x)
        mean, log_var = self.mean(hidden), self.log_var(hidden)
        self.add_loss(-0.01 * ops.mean(1 + log_var - ops.square(mean) - ops.exp(log_var)))
        return self.decoder(self.sampling([mean, log_var]))


class Differences(layers.Layer):
    """Each row against its neighbours, with the places of the batch as a feature."""

    def call(self, x):
        before = ops.concatenate([x[:1], x[:-1]], 0)
        place = ops.reshape(ops.arange(ops.shape(x)[0]), (ops.shape(x)[0], 1))
        same = ops.matmul(ops.eye(ops.shape(x)[0]), x)
        return ops.concatenate([x - before, ops.cast(place, x.dtype) / ops.shape(x)[0], same], -1)


def _stack(seed=None):
    return kerasnb.Sequential([kerasnb.Input((3,)), layers.Dense(2), Differences(), layers.Dense(3)])


def _trained(make, seed, eager):
    kerasnb.utils.set_random_seed(3)
    model = make(seed)
    assert model(kerasnb.Input((3,))).shape == (None, 3)
    model.compile("adam", "mse", run_eagerly=eager)
    x = np.random.default_rng(0).standard_normal((10, 3)).astype("float32")
    losses = model.fit(x, x, batch_size=4, epochs=2, shuffle=False, verbose=0).history["loss"]
    return losses, model.predict(x, batch_size=4, verbose=0), [w.numpy() for w in model.weights]


@pytest.mark.parametrize(("make", "seed"), [(VAE, None), (VAE, 7), (_stack, None)])
def test_replayed_equals_eager(make, seed):
    """Batches of 4 and a last one of 2: losses, predictions and weights are those of eager steps, bit by bit."""
    eager, replayed = (_trained(make, seed, eager) for eager in (True, False))
    assert eager[0] == replayed[0]
    np.testing.assert_array_equal(eager[1], replayed[1])
    for a, b in zip(eager[2], replayed[2], strict=True):
        np.testing.assert_array_equal(a, b)
    assert eager[1].shape == (10, 3)


def test_symbolic_call_draws_no_seed():
    """The numbers of a training do not depend on whether the model was called on an `Input` first."""
    found = []
    for symbolic in (False, True):
        kerasnb.utils.set_random_seed(3)
        model = VAE()
        model(np.ones((1, 3), "float32"))
        if symbolic:
            model(kerasnb.Input((3,)))
            model.compute_output_spec(kerasnb.KerasTensor((None, 3)))
        found.append(np.asarray(model(np.ones((4, 3), "float32"))))
    np.testing.assert_array_equal(found[0], found[1])


def test_saved_and_loaded(tmp_path):
    """A model with such a layer is saved and loaded, with an unknown batch in its build shapes."""
    model = _stack()
    assert model.output_shape == (None, 3)
    x = np.ones((5, 3), "float32")
    model.save(tmp_path / "model.keras")
    loaded = kerasnb.models.load_model(tmp_path / "model.keras", custom_objects={"Differences": Differences})
    np.testing.assert_array_equal(model.predict(x, verbose=0), loaded.predict(x, verbose=0))
    assert loaded.output_shape == (None, 3)
