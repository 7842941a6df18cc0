"""Same seed, same machine: bit-equal weights."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest

PROGRAM = """
import hashlib
import numpy as np
from tests.seeded import RANDOM as random
import kerasnb as keras
keras.utils.set_random_seed(7)
x, y = random.random((640, 784), dtype="float32"), random.integers(0, 10, 640)
model = keras.Sequential([
    keras.Input((784,)), keras.layers.Dense(256, activation="relu"), keras.layers.Dropout(0.4),
    keras.layers.Dense(128, activation="relu"), keras.layers.Dropout(0.3), keras.layers.Dense(10, activation="softmax"),
])
model.compile("rmsprop", "sparse_categorical_crossentropy", metrics=["accuracy"])
EXTRA
model.fit(x, y, batch_size=128, epochs=2, validation_split=0.2, verbose=VERBOSE, callbacks=CALLBACKS)
print("HASH", hashlib.sha256(b"".join(w.tobytes() for w in model.get_weights())).hexdigest())
"""


def weights_hash(verbose="0", callbacks="None", extra="", **env) -> str:
    """The hash of the weights after training in a fresh process."""
    code = PROGRAM.replace("VERBOSE", verbose).replace("CALLBACKS", callbacks).replace("EXTRA", extra)
    run = subprocess.run([sys.executable, "-c", code], env={**os.environ, **env}, capture_output=True, text=True)
    assert run.returncode == 0, run.stderr
    return run.stdout.split("HASH ")[1].strip()


@pytest.fixture(scope="module")
def expected() -> str:
    return weights_hash()


def test_repeated_runs(expected):
    """A second process gives the same bits."""
    assert weights_hash() == expected


@pytest.mark.parametrize("threads", ["1", "2"])
def test_threads(expected, threads):
    """The number of threads does not change a bit."""
    assert weights_hash(OPENBLAS_NUM_THREADS=threads, NUMBA_NUM_THREADS=threads) == expected


@pytest.mark.parametrize("renderer", ["static", "live", "text"])
def test_panel(expected, renderer):
    """Showing the training does not change a bit."""
    assert weights_hash(verbose="'auto'", KERASNB_RENDERER=renderer) == expected


def test_pause_clicks(expected):
    """Pausing and resuming from another thread does not change a bit."""
    extra = """
import threading, time
from kerasnb.model.training import loop
made = loop.Run
def run(**arguments):
    found = made(**arguments)
    def click():
        for _ in range(20):
            found.control.pause(); time.sleep(0.002); found.control.resume(); time.sleep(0.002)
    threading.Thread(target=click, daemon=True).start()
    return found
loop.Run = run
"""
    assert weights_hash(extra=extra) == expected
