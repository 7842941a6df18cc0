"""A model of 100 layers: seconds to build it, and its first step per layer beside that of a model of 10."""

from __future__ import annotations

import json
import time

import numpy as np

import kerasnb as keras


def model(depth: int):
    """Dense layers with normalization in between: `depth` of them."""
    inputs = x = keras.Input((32,))
    for i in range(depth):
        x = keras.layers.Dense(32, activation="relu")(x) if i % 2 == 0 else keras.layers.LayerNormalization()(x)
    return keras.Model(inputs, x)


def timed(function) -> tuple:
    """What a function returns, and the seconds it takes."""
    start = time.perf_counter()
    return function(), time.perf_counter() - start


def main() -> None:
    """Prints the figures as JSON."""
    x = np.ones((32, 32), "float32")
    model(4).predict_on_batch(x)  # imports and the kernels of the disk cache count once
    figures = {}
    for depth in (10, 100):
        deep, figures[f"build_{depth}_s"] = timed(lambda depth=depth: model(depth))
        deep.compile("adam", "mse")
        _, first = timed(lambda deep=deep: deep.train_on_batch(x, x))
        figures[f"first_step_per_layer_{depth}_ms"] = first / depth * 1e3
    print(json.dumps(figures))


if __name__ == "__main__":
    main()
