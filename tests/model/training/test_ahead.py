"""Kernels are compiled in the background before fit needs them, and kept on disk for the next process."""

from __future__ import annotations

import json
import os
import subprocess
import sys

import pytest

import kerasnb as keras
from kerasnb.backend.compile import jit

PROGRAM = """
import json, time
import numpy as np
import kerasnb as keras
from kerasnb.backend.compile import jit
keras.utils.set_random_seed(0)
model = keras.Sequential([
    keras.Input((20,)), keras.layers.Dense(16, activation="relu"), keras.layers.Dropout(0.2),
    keras.layers.Dense(3, activation="softmax"),
])
before = [w.tobytes() for w in model.get_weights()]
model.compile("adam", "sparse_categorical_crossentropy", metrics=["accuracy"])
jit.ahead.wait()
ahead = sum(text.startswith("compiled") for text, *_ in jit.phases.log)
unchanged = before == [w.tobytes() for w in model.get_weights()]
jit.phases.log.clear()
history = model.fit(np.ones((8, 20), "f"), np.arange(8) % 3, verbose=0).history
compiled = [(text, seconds) for text, _, _, seconds in jit.phases.log if text.startswith("compiled")]
print(json.dumps({"ahead": ahead, "unchanged": unchanged, "errors": [repr(e) for e in jit.ahead.errors],
                  "then": len(compiled), "loss": history["loss"]}))
"""


def run(cache) -> dict:
    """What a fresh process with the given cache folder reports."""
    env = {**os.environ, "KERASNB_CACHE_DIR": str(cache), "NUMBA_CACHE_DIR": str(cache), "KERASNB_BACKEND": "cpu"}
    done = subprocess.run([sys.executable, "-c", PROGRAM], env=env, capture_output=True, text=True, check=True)
    files = {str(p): p.stat().st_mtime_ns for p in cache.rglob("*.nbc")}
    return {**json.loads(done.stdout), "files": files}


@pytest.fixture(scope="module")
def reports(tmp_path_factory) -> tuple[dict, dict]:
    cache = tmp_path_factory.mktemp("cache")
    return run(cache), run(cache)


def test_compile_compiles_what_fit_needs(reports):
    """After `compile`, the background has made nearly every kernel of the step."""
    first, _ = reports
    assert first["errors"] == []
    assert first["ahead"] >= 10
    assert first["then"] <= 3


def test_compiling_ahead_changes_nothing(reports):
    """The weights are what they were."""
    assert reports[0]["unchanged"]


def test_second_process_starts_warm(reports):
    """What was compiled is loaded from disk: the second process compiles and writes nothing."""
    first, second = reports
    assert second["ahead"] == first["ahead"]
    assert len(first["files"]) >= first["ahead"]
    assert second["files"] == first["files"]
    assert second["loss"] == first["loss"]


def _own(calls: list, module: str):
    """A built model whose class, of that module, has a train step of its own."""

    class Own(keras.Sequential):
        def train_step(self, data):
            calls.append((self, [tuple(part.shape) for part in data]))
            return super().train_step(data)

    Own.__module__ = module
    return Own([keras.Input((3,)), keras.layers.Dense(2)])


def test_what_is_recorded_is_the_train_step():
    """The class's own, of a stand-in with the same layers: nothing of the model is built."""
    calls: list = []
    model = _own(calls, "kerasnb.own")
    with keras.device("cpu"):
        model.compile("adam", "mse", metrics=["mae"])
        jit.ahead.wait()
    ((stand_in, shapes),) = calls
    assert stand_in is not model and stand_in.layers == model.layers
    assert shapes == [(32, 3), (32, 2)]
    assert not model.optimizer.built and not model._compile_loss.built and not model._compile_metrics.built


def test_code_of_others_runs_when_fit_calls_it():
    """A train step that may print or count is not recorded ahead."""
    calls: list = []
    model = _own(calls, "__main__")
    with keras.device("cpu"):
        model.compile("adam", "mse")
        jit.ahead.wait()
    assert calls == []
