"""Training in one thread and predicting in another at the same time."""

from __future__ import annotations

import signal
import subprocess
import sys
import threading
import types

import numpy as np
import pytest

import kerasnb as keras
from kerasnb.model.training import interrupt

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


class Interrupting(keras.callbacks.Callback):
    """Sends an interrupt after some batches, and notes what it saw."""

    def __init__(self, after, times=1):
        super().__init__()
        self.after, self.times, self.seen, self.ended = after, times, 0, 0

    def on_train_batch_end(self, batch, logs=None):
        self.seen += 1
        if self.seen == self.after:
            for _ in range(self.times):
                signal.raise_signal(signal.SIGINT)

    def on_train_end(self, logs=None):
        self.ended += 1


def test_an_interrupt_ends_training_and_then_the_script():
    """After the running batch; finished epochs are in the History, and callbacks have ended as always."""
    model, watch, before = model_with_seed(), Interrupting(20), signal.getsignal(signal.SIGINT)
    with pytest.raises(KeyboardInterrupt):
        model.fit(X, Y, batch_size=16, epochs=5, verbose=0, callbacks=[watch])
    assert watch.seen == 20 and watch.ended == 1
    assert len(model.history.history["loss"]) == 1 and model.history.epoch == [0]
    assert model.run.status == "interrupted"
    assert signal.getsignal(signal.SIGINT) is before
    assert np.isfinite(model.fit(X, Y, verbose=0).history["loss"]).all()


def test_a_second_interrupt_ends_the_batch():
    """For whoever cannot wait: the fit fails where it is."""
    model, watch = model_with_seed(), Interrupting(3, times=2)
    with pytest.raises(KeyboardInterrupt):
        model.fit(X, Y, batch_size=16, epochs=5, verbose=0, callbacks=[watch])
    assert watch.seen == 3 and watch.ended == 0
    assert np.isfinite(model.fit(X, Y, verbose=0).history["loss"]).all()


def test_an_interrupt_of_an_inner_fit_ends_the_outer_one_as_well():
    """A callback that trains another model: both end after their batch, and then the script."""
    outer, inner, watches = model_with_seed(), model_with_seed(), [Interrupting(0), Interrupting(5)]

    class Training(keras.callbacks.Callback):
        def on_train_batch_end(self, batch, logs=None):
            inner.fit(X, Y, batch_size=16, epochs=5, verbose=0, callbacks=[watches[1]])

    with pytest.raises(KeyboardInterrupt):
        outer.fit(X, Y, batch_size=16, epochs=5, verbose=0, callbacks=[Training(), watches[0]])
    assert [w.seen for w in watches] == [1, 5] and [w.ended for w in watches] == [1, 1]
    assert outer.run.status == inner.run.status == "interrupted"


@pytest.mark.parametrize("handler", ["own", "ignored"])
def test_other_handlers_of_interrupts_keep_their_say(handler):
    """One of the script's own is called after the fit; who ignores interrupts trains on."""
    noted, model, watch = [], model_with_seed(), Interrupting(2)
    before = signal.signal(
        signal.SIGINT, signal.SIG_IGN if handler == "ignored" else lambda *_: noted.append(watch.ended)
    )
    try:
        model.fit(X, Y, batch_size=16, epochs=2, verbose=0, callbacks=[watch])
    finally:
        signal.signal(signal.SIGINT, before)
    assert watch.seen == (32 if handler == "ignored" else 2)
    assert noted == ([] if handler == "ignored" else [1])


def test_a_script_that_trains_in_a_loop_ends():
    """It neither continues with the next model nor ends as if there was no interrupt."""
    code = (
        "from tests.model.training.test_threads import *\n"
        "for number in range(3):\n"
        "    print(number, flush=True)\n"
        "    model_with_seed().fit(X, Y, epochs=2, verbose=0, callbacks=[Interrupting(2)])\n"
        "print('saved')"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=200)
    assert done.stdout == "0\n" and done.returncode in (-signal.SIGINT, 130) and "KeyboardInterrupt" in done.stderr


class Shell:
    """As IPython's in a notebook."""

    kernel, execution_count = object(), 7


@pytest.fixture
def shell(monkeypatch):
    """A notebook around the test."""
    made = Shell()
    monkeypatch.setitem(sys.modules, "IPython", types.SimpleNamespace(get_ipython=lambda: made))
    monkeypatch.setattr(interrupt, "_cells", [])
    return made


def test_in_a_notebook_the_first_interrupt_ends_the_fit_and_the_next_the_cell(shell, capsys):
    """The first returns the History, and a message explains how to stop the cell; each cell starts afresh."""
    for cell in (7, 8):
        shell.execution_count = cell
        model = model_with_seed()
        history = model.fit(X, Y, batch_size=16, epochs=5, verbose=0, callbacks=[Interrupting(20)])
        assert len(history.history["loss"]) == 1 and model.run.status == "interrupted"
        assert "interrupt again to stop the whole cell" in capsys.readouterr().out.lower()
        watch = Interrupting(5)
        with pytest.raises(KeyboardInterrupt):
            model.fit(X, Y, batch_size=16, epochs=5, verbose=0, callbacks=[watch])
        assert watch.seen == 5 and watch.ended == 1 and not capsys.readouterr().out


def test_in_a_notebook_an_inner_fit_ends_the_outer_one_as_well(shell, capsys):
    """The outer one handles it for both."""
    outer, inner = model_with_seed(), model_with_seed()

    class Training(keras.callbacks.Callback):
        def on_train_batch_end(self, batch, logs=None):
            inner.fit(X, Y, batch_size=16, epochs=5, verbose=0, callbacks=[Interrupting(5)])

    outer.fit(X, Y, batch_size=16, epochs=5, verbose=0, callbacks=[Training()])
    assert outer.run.status == "interrupted" and outer.run.batches == 1
    assert capsys.readouterr().out.count(interrupt.MESSAGE) == 1


FORKED = """
import os, pathlib, sys
from tests.model.training.test_threads import fit, model_with_seed
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
