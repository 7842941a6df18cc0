"""The quickstart's model on all 60,000 digits, 30 epochs: `python benchmarks/quickstart.py [mnist.npz]`.

Ends with an error where the test accuracy is below 0.978 or the loss above 0.145.
"""

from __future__ import annotations

import os
import sys
import time

import kerasnb as keras
from kerasnb import layers

ACCURACY, LOSS = 0.978, 0.145


def digits(path: str | None):
    """Rows of 784 numbers from 0 to 1, and labels: of a file, or of Keras' cache."""
    data = keras.datasets.mnist.load_data(os.path.abspath(path)) if path else keras.datasets.mnist.load_data()
    return [(x.reshape(len(x), 784).astype("float32") / 255, y) for x, y in data]


def main() -> None:
    """Trains, prints, and compares."""
    (x, y), (x_test, y_test) = digits(sys.argv[1] if len(sys.argv) > 1 else None)
    keras.utils.set_random_seed(1)
    model = keras.Sequential([
        keras.Input((784,)), layers.Dense(256, activation="relu"), layers.Dropout(0.4),
        layers.Dense(128, activation="relu"), layers.Dropout(0.3), layers.Dense(10, activation="softmax"),
    ])  # fmt: skip
    model.compile(optimizer="rmsprop", loss="sparse_categorical_crossentropy", metrics=["accuracy"])
    model.summary()
    started = time.perf_counter()
    model.fit(x, y, batch_size=128, epochs=30, validation_split=0.2, verbose=2)
    loss, accuracy = model.evaluate(x_test, y_test, verbose=0)
    print(f"{len(x)} digits, {time.perf_counter() - started:.1f} s: test accuracy {accuracy:.4f}, loss {loss:.4f}")
    if accuracy < ACCURACY or loss > LOSS:
        raise SystemExit(f"expected an accuracy of at least {ACCURACY} and a loss of at most {LOSS}")


if __name__ == "__main__":
    main()
