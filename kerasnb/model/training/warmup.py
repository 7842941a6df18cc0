"""Filling the kernel cache before it is needed: `kerasnb warmup`."""

from __future__ import annotations

import time
from collections.abc import Callable

import numpy as np

from kerasnb.backend.compile import jit
from kerasnb.layers import Dense, Dropout, Input
from kerasnb.model.sequential import Sequential

CASES = (
    ("classifier", "sparse_categorical_crossentropy", "softmax", "rmsprop"),
    ("classifier, one-hot targets", "categorical_crossentropy", "softmax", "adam"),
    ("binary classifier", "binary_crossentropy", "sigmoid", "adam"),
    ("regression", "mse", None, "sgd"),
    ("regression", "mse", None, "adam"),
)


def warmup(report: Callable[[str, int, int], None] = lambda text, done, total: None) -> float:
    """Compiles the kernels of common models, or loads them where they are cached.

    Args:
        report: Called as `report(text, done, total)` before each model and at the end.

    Returns:
        The duration in seconds.
    """
    started = time.perf_counter()
    for done, (name, loss, activation, optimizer) in enumerate(CASES):
        report(f"{name} ({optimizer})", done, len(CASES))
        _train_once(loss, activation, optimizer)
    jit.ahead.wait()
    report("kernel cache is warm", len(CASES), len(CASES))
    return time.perf_counter() - started


def _train_once(loss: str, activation: str | None, optimizer: str) -> None:
    outputs = 1 if activation != "softmax" else 3
    layers = [Input((4,)), Dense(5, "relu"), Dropout(0.5), Dense(4, "tanh"), Dense(outputs, activation)]
    model = Sequential(layers)
    model.compile(optimizer, loss, metrics=["mae"] if loss == "mse" else ["accuracy"])
    x = np.zeros((8, 4), "float32")
    y = np.zeros(
        (8,) if loss.startswith("sparse") else (8, outputs), "int32" if loss.startswith("sparse") else "float32"
    )
    model.fit(x, y, batch_size=4, verbose=0, validation_split=0.5)
    model.predict(x, verbose=0)
