"""Runs that can be repeated: in other processes, and on other numbers of threads."""

from __future__ import annotations

import os
import random
import subprocess
import sys

import numpy as np
import pytest

import kerasnb as keras
import kerasnb.widgets as kw

CODE = """
import numpy as np, kerasnb as keras, kerasnb.widgets as kw
from kerasnb import layers
kw.seed(0)
x = np.random.rand(512, 12, 12, 1).astype("float32")
y = np.random.randint(0, 5, 512)
model = keras.Sequential([keras.Input((12, 12, 1)), layers.Conv2D(8, 3, activation="relu"), layers.MaxPooling2D(),
    layers.Flatten(), layers.Dropout(0.3), layers.Dense(64, activation="relu"), layers.Dense(5, activation="softmax")])
model.compile("adam", "sparse_categorical_crossentropy", metrics=["accuracy"])
model.fit(x, y, epochs=2, batch_size=128, verbose=0, validation_split=0.1)
print(kw.run_hash(model))
"""


def hash_of(threads: int) -> str:
    environment = {**os.environ, "KERASNB_NUM_THREADS": str(threads), "KERASNB_BACKEND": "cpu"}
    result = subprocess.run([sys.executable, "-c", CODE], env=environment, capture_output=True, text=True, timeout=200)
    assert result.returncode == 0, result.stderr[-2000:]
    return result.stdout.strip()


def test_weights_are_equal_across_runs_and_threads():
    """Two runs on one thread, one on two, one on four: the same bits."""
    hashes = [hash_of(threads) for threads in (1, 1, 2, 4)]
    assert len(set(hashes)) == 1 and len(hashes[0]) == 12


def test_the_seed_covers_everything():
    """Python's, NumPy's and the engine's numbers follow from it, and differ for another seed."""

    def draw(seed):
        kw.seed(seed)
        return random.random(), np.random.random(), float(np.array(keras.random.uniform(()))), kw.run_hash(layer())

    def layer():
        built = keras.layers.Dense(3)
        built.build((None, 4))
        return built

    first = draw(0)
    assert draw(0) == first and not set(draw(1)) & set(first)


def test_any_bit_changes_the_hash():
    """A last bit, a shape or a type is another hash; a name is not."""
    built = keras.Sequential([keras.Input((2,)), keras.layers.Dense(3, name="a")])
    twin = keras.Sequential([keras.Input((2,)), keras.layers.Dense(3, name="b")])
    twin.set_weights(built.get_weights())
    assert kw.run_hash(built) == kw.run_hash(twin)
    kernel, bias = built.get_weights()
    kernel[0, 0] = np.nextafter(kernel[0, 0], np.float32(9))
    twin.set_weights([kernel, bias])
    assert kw.run_hash(built) != kw.run_hash(twin)

    def zeros(rows, units, dtype):
        layer = keras.layers.Dense(units, use_bias=False, kernel_initializer="zeros", dtype=dtype)
        layer.build((None, rows))
        return kw.run_hash(layer)

    hashes = [zeros(2, 3, "float32"), zeros(3, 2, "float32"), zeros(2, 3, "float16"), zeros(2, 3, "bfloat16")]
    assert len(set(hashes)) == 4 and zeros(2, 3, "float32") == hashes[0]


@pytest.mark.parametrize("bad", [True, -1, 2**32, 1.5, "0", None])
def test_a_seed_must_be_an_integer(bad):
    """The error names the argument."""
    with pytest.raises(ValueError, match="`number` must be an integer from 0"):
        kw.seed(bad)


def test_a_model_without_weights_has_no_hash():
    """It says what to do."""
    with pytest.raises(ValueError, match="no weights yet"):
        kw.run_hash(keras.Sequential([keras.layers.Dense(3)]))
