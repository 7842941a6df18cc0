"""Training in one thread and predicting in another at the same time."""

from __future__ import annotations

import signal
import subprocess
import sys
import threading

import numpy as np

import kerasnb as keras

X = np.random.default_rng(0).random((256, 12)).astype("float32")
Y = np.arange(256) % 4


def model_with_seed():
    keras.utils.set_random_seed(3)
    layers = [
        keras.Input((12,)),
        keras.layers.Dense(32, "relu"),
        keras.layers.Dropout(0.2),
        keras.layers.Dense(4, "softmax"),
    ]
    model = keras.Sequential(layers)
    model.compile("adam", "sparse_categorical_crossentropy", metrics=["accuracy"])
    return model


def fit(model):
    model.fit(X, Y, epochs=6, batch_size=16, verbose=0, shuffle=False)


def test_predict_while_fit_runs():
    """Predictions from another thread are whole, and do not change what is learned."""
    alone, watched = model_with_seed(), model_with_seed()
    fit(alone)
    thread = threading.Thread(target=fit, args=(watched,))
    thread.start()
    sums = []
    while thread.is_alive() or not sums:
        sums.append(watched.predict(X[:50], verbose=0).sum(axis=1))
    thread.join()
    np.testing.assert_allclose(np.concatenate(sums), 1.0, rtol=1e-5)
    for a, b in zip(alone.get_weights(), watched.get_weights(), strict=True):
        np.testing.assert_array_equal(a, b)


def test_two_fits_at_once():
    """Two models trained in two threads learn what each learns alone."""
    models = [model_with_seed() for _ in range(3)]
    fit(models[0])
    threads = [threading.Thread(target=fit, args=(m,)) for m in models[1:]]
    for t in threads:
        t.start()
    for t in threads:
        t.join()
    for other in models[1:]:
        for a, b in zip(models[0].get_weights(), other.get_weights(), strict=True):
            np.testing.assert_array_equal(a, b)


def test_interrupt_returns_the_history():
    """The first interrupt ends training after the running batch; finished epochs are in the History."""
    model = model_with_seed()
    seen = []

    class Interrupting(keras.callbacks.Callback):
        def on_train_batch_end(self, batch, logs=None):
            seen.append(batch)
            if len(seen) == 20:
                signal.raise_signal(signal.SIGINT)

    history = model.fit(X, Y, batch_size=16, epochs=5, verbose=0, callbacks=[Interrupting()])
    assert len(seen) == 20
    assert len(history.history["loss"]) == 1
    assert model.run.status == "interrupted"
    assert np.isfinite(model.fit(X, Y, verbose=0).history["loss"]).all()


FORKED = """
import os, pathlib, sys
from tests.model.test_threads import fit, model_with_seed
first = model_with_seed()
fit(first)
other = model_with_seed()
child = os.fork()
for model in (first, other, model_with_seed()):
    fit(model)
if not child:
    pathlib.Path(sys.argv[1]).write_text("trained")
    os._exit(0)
os.waitpid(child, 0)
"""


def test_a_forked_child_trains(tmp_path):
    """Models that were compiled before the fork, and new ones: the child has no thread of its parent."""
    subprocess.run([sys.executable, "-c", FORKED, tmp_path / "child"], check=True, timeout=120)
    assert (tmp_path / "child").read_text() == "trained"
