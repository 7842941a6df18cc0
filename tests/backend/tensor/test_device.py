"""A device scope holds for the thread that enters it."""

from __future__ import annotations

import threading

import pytest

import kerasnb as keras
from kerasnb.backend.tensor import device


def in_thread(function):
    """What a function returns in another thread."""
    found = []
    thread = threading.Thread(target=lambda: found.append(function()))
    thread.start()
    thread.join()
    return found[0]


def test_other_threads_keep_their_device():
    """Neither a running thread nor a new one sees the scope, and leaving it changes nothing for them."""
    usual = device.current()
    other = "numpy" if usual != "numpy" else "cpu"
    entered, left, seen = threading.Event(), threading.Event(), []

    def watch():
        seen.append(device.current())
        entered.wait(10)
        seen.append(device.current())
        with keras.device(other):
            left.wait(10)
            seen.append(device.current())
        seen.append(device.current())

    thread = threading.Thread(target=watch)
    thread.start()
    with keras.device(other):
        assert device.current() == other
        entered.set()
        assert in_thread(device.current) == usual
    left.set()
    thread.join()
    assert seen == [usual, usual, other, usual]


def test_scopes_nest():
    """The innermost holds, and an unknown device changes nothing."""
    usual = device.current()
    with keras.device("numpy"):
        with keras.device("cpu"):
            assert device.current() == "cpu"
        with pytest.raises(ValueError, match="Unknown backend"), keras.device("tpu:0"):
            pass
        assert device.current() == "numpy"
    assert device.current() == usual


def test_the_backend_is_that_of_all_threads():
    """`set_backend` is seen everywhere, but for inside of a scope."""
    usual = device.current()
    with keras.device("cpu"):
        keras.config.set_backend("numpy")
        try:
            assert device.current() == "cpu"
            assert in_thread(device.current) == "numpy"
        finally:
            keras.config.set_backend(usual)


def test_two_threads_train_on_their_devices():
    """A thread's model trains on the device of its scope, while another's scope comes and goes."""
    problems = []

    def fit(name):
        with keras.device(name):
            model = keras.Sequential([keras.Input((3,)), keras.layers.Dense(2)])
            model.compile("sgd", "mse")
            x, y = keras.ops.ones((4, 3)), keras.ops.ones((4, 2))
            for _ in range(5):
                model.train_on_batch(x, y)
                problems.extend([device.current()] if device.current() != name else [])

    threads = [threading.Thread(target=fit, args=(name,)) for name in ("numpy", "cpu")]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not problems
