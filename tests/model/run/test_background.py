"""A fit in the background: other lines run meanwhile, and nothing that they do changes the training."""

from __future__ import annotations

import contextlib
import subprocess
import sys
import threading
import time

import numpy as np
import pytest

import kerasnb as keras
import kerasnb.widgets as kw
from kerasnb.backend.tensor import device
from kerasnb.backend.tensor.variable import guards

X = np.random.default_rng(0).normal(size=(256, 16)).astype("float32")
Y = X[:, :1] * 2
FIT = {"epochs": 30, "batch_size": 8, "verbose": 0}


def make(units: int = 64) -> keras.Model:
    keras.utils.set_random_seed(3)
    layers = [keras.layers.Dense(units, activation="relu"), keras.layers.Dropout(0.2), keras.layers.Dense(1)]
    model = keras.Sequential([keras.Input((16,)), *layers])
    model.compile("adam", "mse", metrics=["mae"])
    return model


def trained(**arguments) -> keras.Model:
    model = make()
    model.fit(X, Y, **FIT | arguments)
    return model


def same(one, two) -> bool:
    return all(np.array_equal(a, b) for a, b in zip(one.get_weights(), two.get_weights(), strict=True))


def test_it_returns_at_once_and_gives_the_history_later():
    """The weights and the History are those of a fit that waits."""
    model = make()
    training = model.fit(X, Y, background=True, **FIT)
    assert repr(training) == "<kerasnb.Background fit>" and training.run is model.run
    history = training.result()
    assert not training.running and training.wait(0) and history is model.history
    plain = trained()
    assert same(model, plain) and history.history == plain.history.history


def test_waiting_has_a_limit():
    """`wait` says whether the training has ended."""
    model = make()
    training = model.fit(X, Y, background=True, **FIT | {"epochs": 100_000})
    assert training.running and not training.wait(0.05)
    training.stop()
    assert training.wait(20) and training.run.reason["kind"] == "stopped"


def test_it_can_be_paused():
    """Nothing is trained until it is resumed."""
    training = make().fit(X, Y, background=True, **FIT)
    training.pause()
    while training.run.status != "paused" and training.running:
        time.sleep(0.001)
    count = training.run.batches
    time.sleep(0.1)
    assert training.run.batches == count and training.running
    training.resume()
    assert len(training.result().epoch) == 30


class Fails(keras.callbacks.Callback):
    """Fails in the third epoch."""

    def on_epoch_begin(self, epoch, logs=None):
        if epoch == 2:
            raise KeyError("oops")


def test_errors_are_raised_by_result():
    """`wait` only waits."""
    training = make().fit(X, Y, background=True, callbacks=[Fails()], **FIT)
    assert training.wait(20)
    with pytest.raises(KeyError, match="oops"):
        training.result()
    assert training.run.status == "failed" and "oops" in training.run.failure["text"]


def test_predictions_meanwhile_are_safe_and_change_nothing():
    """The training ends with the weights of an undisturbed one."""
    model = make()
    training = model.fit(X, Y, background=True, **FIT)
    count = 0
    while training.running:
        whole = model.predict(X, verbose=0, batch_size=32)
        assert whole.shape == (256, 1) and np.isfinite(whole).all()
        count += 1
    training.result()
    assert count > 1 and same(model, trained())


def test_a_prediction_meanwhile_uses_the_weights_between_two_batches():
    """All of its batches use the same weights: those that the model has before and after it."""
    model = make()
    training = model.fit(X, Y, background=True, **FIT | {"epochs": 100_000})
    twin = make()
    agreed = 0
    for _ in range(20):
        control = training.run.control
        control.enter()
        control.wait_until_parked(5)
        twin.set_weights(model.get_weights())
        ours, theirs = model.predict(X, verbose=0), twin.predict(X, verbose=0)
        control.leave()
        agreed += np.array_equal(ours, theirs)
    training.stop()
    training.wait(20)
    assert agreed == 20


def test_evaluations_meanwhile_change_nothing():
    """The metrics of the training go on as if there had been none."""
    model = make()
    training = model.fit(X, Y, background=True, validation_split=0.25, **FIT)
    count = 0
    while training.running:
        loss, _ = model.evaluate(X, Y, verbose=0)
        assert np.isfinite(loss)
        count += 1
    plain = trained(validation_split=0.25)
    assert count > 0 and same(model, plain) and training.result().history == plain.history.history


def test_calls_and_another_fit_meanwhile_are_safe():
    """Calling the model, and training another one on the main thread; both would shuffle with one generator."""
    model, other = make(), make(32)
    training = model.fit(X, Y, background=True, shuffle=False, **FIT)
    while training.running:
        assert model(X[:4]).shape == (4, 1)
        other.fit(X, Y, batch_size=32, verbose=0)
    training.result()
    assert same(model, trained(shuffle=False))


def test_a_second_fit_is_refused_until_the_first_has_ended():
    """With the state of the one that runs, and what can be done; the first goes on."""
    model = make()
    training = model.fit(X, Y, background=True, **FIT | {"epochs": 100_000})
    with pytest.raises(RuntimeError, match="model is being trained .*Wait for its end, or stop it"):
        model.fit(X, Y, **FIT)
    assert training.running and model.run is training.run
    training.stop()
    training.wait(20)
    assert len(model.fit(X, Y, **FIT | {"epochs": 1}).epoch) == 1


def test_two_threads_may_not_train_one_model():
    """The error comes where the second one is called, whichever way the first was."""
    model, problems = make(), []

    class Inside(keras.callbacks.Callback):
        def on_epoch_end(self, epoch, logs=None):
            if epoch == 0:
                thread = threading.Thread(target=self.other)
                thread.start()
                thread.join()

        def other(self):
            try:
                self.model.fit(X, Y, **FIT)
            except RuntimeError as problem:
                problems.append(str(problem))

    model.fit(X, Y, callbacks=[Inside()], **FIT | {"epochs": 2})
    assert len(problems) == 1 and "epoch 1 of 2" in problems[0].lower()


def test_the_device_is_that_of_the_caller():
    """A scope of one thread counts on the other."""
    seen = []

    class Look(keras.callbacks.Callback):
        def on_train_batch_end(self, batch, logs=None):
            seen.append(device.current())

    with device.scope("numpy"):
        make().fit(X[:16], Y[:16], background=True, callbacks=[Look()], **FIT | {"epochs": 1}).result()
    assert seen == ["numpy", "numpy"]


@pytest.mark.parametrize("paused", [False, True])
def test_the_end_of_the_interpreter_does_not_hang(paused):
    """A training that runs, or waits, is stopped."""
    code = (
        "import numpy as np, kerasnb as keras, time\n"
        "m = keras.Sequential([keras.Input((4,)), keras.layers.Dense(8), keras.layers.Dense(1)])\n"
        "m.compile('sgd', 'mse')\n"
        "t = m.fit(np.ones((64, 4)), np.ones((64, 1)), epochs=10**9, verbose=0, background=True)\n"
        "while not t.run.batches: time.sleep(0.01)\n"
        f"t.pause() if {paused} else None\n"
        "time.sleep(0.2); print('end', t.running)"
    )
    began = time.monotonic()
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 0 and done.stdout.strip() == "end True" and done.stderr == ""
    assert time.monotonic() - began < 30


def test_stopping_takes_at_most_one_batch():
    """In the epochs and in the validation."""
    model, after = make(), []

    class Stops(keras.callbacks.Callback):
        def on_test_batch_begin(self, batch, logs=None):
            after.append(batch)
            if batch == 2:
                self.model.run.control.request_stop()

    history = model.fit(X, Y, validation_data=(X, Y), callbacks=[Stops()], **FIT)
    assert after == [0, 1, 2] and history.epoch == [] and model.run.batches == 32
    assert model.run.status == "stopped" and model.run.actions == [(0, 31, "stop")]


# --- what would disturb it


def another() -> keras.Layer:
    return keras.layers.Dense(64, name="another")


def changes(tmp_path) -> dict:
    """What changes a model, by its name."""
    path, other = tmp_path / "some.weights.h5", make()
    other.save_weights(path)
    return {
        "kw.check": lambda m: kw.check(m, X, Y),
        "kw.lr_find": lambda m: kw.lr_find(m, X, Y),
        "train_on_batch": lambda m: m.train_on_batch(X, Y),
        "set_weights": lambda m: m.set_weights(other.get_weights()),
        "load_weights": lambda m: m.load_weights(path),
        "compile": lambda m: m.compile("sgd", "mae"),
        "insert": lambda m: m.insert(1, another()),
        "replace": lambda m: m.replace(0, another()),
        "remove": lambda m: m.remove(1),
        "move": lambda m: m.move(1, 0),
        "add": lambda m: m.add(another()),
        "pop": lambda m: m.pop(),
    }


def assignments(model) -> list:
    """Ways to change a weight of a model by its layers."""
    first, other = model.layers[0], make()
    store: dict = {}
    other.layers[0].save_own_variables(store)
    store = {name: np.asarray(value) for name, value in store.items()}
    return [
        lambda: first.set_weights(other.layers[0].get_weights()),
        lambda: first.kernel.assign(np.zeros((16, 64))),
        lambda: model.weights[-1].assign_add([1.0]),
        lambda: model.trainable_variables[0].assign_sub(np.ones((16, 64))),
        lambda: first.load_own_variables(store),
    ]


def test_weights_of_layers_are_not_assigned_meanwhile():
    """In the words of the model, before anything changes; other models and the end are free."""
    model, other = make(), make()
    ways = assignments(model)
    training = model.fit(X, Y, background=True, **FIT | {"epochs": 10_000})
    try:
        for assign in ways:
            with pytest.raises(RuntimeError, match=r"model is being trained .*Wait for its end, or stop it"):
                assign()
        other.layers[0].set_weights(other.layers[0].get_weights())
    finally:
        training.stop()
    epochs = len(training.result().epoch)
    assert training.run.finished and epochs < 10_000
    for assign in ways:
        assign()
    assert not guards


def test_a_refused_assignment_leaves_the_training_as_it_was():
    """Bit by bit; callbacks, which the training's own thread calls, may assign."""
    results = []
    for disturbed in (False, True):
        model = make()
        halves = keras.callbacks.LambdaCallback(
            on_epoch_end=lambda epoch, logs, model=model: model.layers[0].set_weights(
                [w / 2 for w in model.layers[0].get_weights()]
            )
        )
        training = model.fit(X, Y, background=True, callbacks=[halves], **FIT)
        while disturbed and training.running:
            with contextlib.suppress(RuntimeError):
                if training.running and not training.run.finished:
                    model.layers[0].kernel.assign(model.layers[0].kernel)
            time.sleep(0.001)
        training.result()
        results.append(model)
    assert same(*results)


def test_changes_meanwhile_are_refused_before_anything_happens(tmp_path):
    """Each of them says that the model trains; the weights at the end are those of an undisturbed training."""
    every, model = changes(tmp_path), make()  # in this order: both set the seed
    training = model.fit(X, Y, background=True, **FIT)
    training.pause()
    while training.run.status != "paused":
        time.sleep(0.001)
    before, layers, optimizer = model.get_weights(), model.layers, model.optimizer
    for name, change in every.items():
        with pytest.raises(RuntimeError, match=r"model is being trained .*Wait for its end, or stop it"):
            change(model)
        kept = all(np.array_equal(a, b) for a, b in zip(before, model.get_weights(), strict=True))
        assert kept and model.layers == layers and model.optimizer is optimizer, name
    training.resume()
    assert training.result().history == (plain := trained()).history.history and same(model, plain)


def test_changes_are_free_after_the_end(tmp_path):
    """Nothing of the training is left in their way."""
    for name, change in changes(tmp_path).items():
        model = make()
        model.fit(X, Y, background=True, **FIT | {"epochs": 1}).result()
        before = model.get_weights(), model.layers, model.optimizer
        change(model)
        if not name.startswith("kw."):
            same_now = len(model.get_weights()) == len(before[0]) and same_arrays(before[0], model.get_weights())
            assert not (same_now and model.layers == before[1] and model.optimizer is before[2]), name


def same_arrays(one, two) -> bool:
    return all(np.array_equal(a, b) for a, b in zip(one, two, strict=True))


def test_testing_a_batch_meanwhile_changes_nothing():
    """The metrics of the training go on as if it had not been."""
    model = make()
    training = model.fit(X, Y, background=True, **FIT)
    count = 0
    while training.running:
        assert np.isfinite(model.test_on_batch(X, Y)[0])
        count += 1
    plain = trained()
    assert count > 0 and same(model, plain) and training.result().history == plain.history.history


def test_the_callbacks_of_a_training_may_change_weights():
    """They run between two batches."""

    class Zeros(keras.callbacks.Callback):
        def on_epoch_end(self, epoch, logs=None):
            self.model.set_weights([0 * w for w in self.model.get_weights()])

    model = make()
    model.fit(X, Y, background=True, callbacks=[Zeros()], **FIT | {"epochs": 2}).result()
    assert not any(w.any() for w in model.get_weights())


@pytest.mark.parametrize("method", ["wait", "result"])
def test_a_training_cannot_wait_for_itself(method):
    """A callback that tries gets an error, and the training goes on where it catches the error."""
    told, training = [], []

    class Waits(keras.callbacks.Callback):
        def on_epoch_end(self, epoch, logs=None):
            while not training:
                time.sleep(0.001)
            with pytest.raises(RuntimeError, match=r"cannot wait for itself: one of its callbacks called `wait\(\)`"):
                getattr(training[0], method)()
            told.append(epoch)

    training.append(make().fit(X, Y, background=True, callbacks=[Waits()], **FIT | {"epochs": 3}))
    assert len(training[0].result().epoch) == 3 and told == [0, 1, 2]


@pytest.mark.parametrize("name", ["background", "stop_on_nan"])
@pytest.mark.parametrize("value", ["no", 1, None])
def test_flags_are_true_or_false(name, value):
    """Anything else is refused before anything changes."""
    model = make()
    before = model.get_weights()
    with pytest.raises(ValueError, match=rf"Argument `{name}` must be True or False. Received: {name}={value!r}"):
        model.fit(X, Y, **FIT, **{name: value})
    assert all(np.array_equal(a, b) for a, b in zip(before, model.get_weights(), strict=True))
    assert model.run.status == "failed" and not model.run.batches and model.optimizer.iterations == 0
