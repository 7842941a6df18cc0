"""A process that is interrupted or forked at any moment, and has to train afterwards. `chaos.py` starts it.

    python -m tests.robust.victim fit|ops|train_on_batch|evaluate|save|numba

prints "ready", does the same again and again until it is interrupted, then trains, and prints "trained".
"""

from __future__ import annotations

import faulthandler
import os
import signal
import sys
import tempfile

import numpy as np

import kerasnb as keras
from kerasnb.backend.compile import jit

X = np.linspace(-1, 1, 64 * 12, dtype="float32").reshape(64, 12)
Y = np.arange(64) % 4


def model():
    """A small classifier, which needs a dozen of kernels."""
    layers = [
        keras.Input((12,)),
        keras.layers.Dense(16, "relu"),
        keras.layers.Dropout(0.2),
        keras.layers.Dense(4, "softmax"),
    ]
    made = keras.Sequential(layers)
    made.compile("adam", "sparse_categorical_crossentropy", metrics=["accuracy"])
    return made


def fit(made=None):
    """Trains for two epochs, and returns the last loss."""
    return (made or model()).fit(X, Y, batch_size=16, epochs=2, verbose=0).history["loss"][-1]


def ops() -> None:
    """Op by op, as somebody does who tries things out."""
    k = keras.ops
    x = k.convert_to_tensor(X)
    for f in (k.exp, k.tanh, k.sqrt, k.square, k.sigmoid, k.relu, k.sum, k.mean, k.max, k.transpose, k.softmax):
        f(x)
    k.matmul(x, k.transpose(x))
    k.concatenate([k.sort(x), k.cumsum(x, axis=1)], axis=0)
    keras.random.normal((8, 8), seed=1)


def train_on_batch() -> None:
    """Steps without a loop around them that could wait for their end."""
    made = model()
    for _ in range(50):
        made.train_on_batch(X[:16], Y[:16])


def evaluate() -> None:
    """Loops that do not learn."""
    made = model()
    for _ in range(20):
        made.evaluate(X, Y, verbose=0)
        made.predict(X, verbose=0)


def save() -> None:
    """Saves and loads; what is there is always whole."""
    made = model()
    with tempfile.TemporaryDirectory() as folder:
        path = os.path.join(folder, "model.keras")
        for _ in range(20):
            made.save(path)
            keras.models.load_model(path)


def numba() -> None:
    """Imports the compiler, as the first call does."""
    jit.numba()
    ops()


ACTIONS = {f.__name__: f for f in (fit, ops, train_on_batch, evaluate, save, numba)}


def check() -> None:
    """Everything works as before."""
    keras.ops.matmul(keras.ops.exp(X), X.T)
    assert np.isfinite(fit())
    assert np.isfinite(model().evaluate(X, Y, verbose=0)).all()


def main(action: str) -> None:
    """Works until it is interrupted, then checks that everything still works, which may be interrupted too."""
    faulthandler.enable()
    signal.signal(signal.SIGINT, signal.default_int_handler)  # a shell's background processes ignore interrupts
    work = ACTIONS[action]
    print("ready", flush=True)
    while True:
        try:
            work()
            if work is check:
                break
        except KeyboardInterrupt:
            work = check
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    print("trained", flush=True)


if __name__ == "__main__":
    main(sys.argv[1])
