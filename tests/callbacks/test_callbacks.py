"""Callbacks: called when and with what Keras calls them, and deciding as Keras decides."""

from __future__ import annotations

import csv
import io
import os

import numpy as np
import pytest

os.environ.setdefault("KERAS_BACKEND", "jax")
judge = pytest.importorskip("keras")

import kerasnb as keras  # noqa: E402
from kerasnb.callbacks import Callback, CallbackList, History, LambdaCallback  # noqa: E402

X = np.linspace(-1, 1, 48, dtype="float32").reshape(12, 4)
Y = 0.5 * X.sum(axis=1, keepdims=True) + X[:, :1] ** 2


def model_of(library, rate=0.01):
    """The same small model in either library."""
    model = library.Sequential([library.Input((4,)), library.layers.Dense(1, kernel_initializer="ones")])
    model.compile(optimizer=library.optimizers.SGD(rate), loss="mse", metrics=["mae"])
    return model


class FakeOptimizer:
    learning_rate = 0.1


class FakeMetric:
    def __init__(self, name, direction):
        self.name, self._direction = name, direction


class FakeModel:
    """What callbacks need of a model."""

    def __init__(self):
        self.optimizer, self.stop_training, self.weights, self.saved = FakeOptimizer(), False, 0, []
        self.metrics = [FakeMetric("accuracy", "up")]

    def get_weights(self):
        return self.weights

    def set_weights(self, weights):
        self.weights = weights

    def save(self, path, overwrite):
        self.saved.append((path, self.weights))

    save_weights = save


class Recorder:
    """Mixed into either library's Callback: writes down each call and the names in its logs."""

    def __init__(self):
        super().__init__()
        self.calls = []


def _note(name):
    def hook(self, *args, **kwargs):
        logs = kwargs.get("logs", args[-1] if isinstance(args[-1], dict) else None)
        first = args[0] if args and isinstance(args[0], int) else None
        self.calls.append((name, first, sorted(logs) if name != "on_predict_batch_end" else None))

    return hook


HOOKS = [f"on_{k}_batch_{w}" for k in ("train", "test", "predict") for w in ("begin", "end")]
HOOKS += [f"on_{k}_{w}" for k in ("train", "test", "predict", "epoch") for w in ("begin", "end")]
for _name in HOOKS:
    setattr(Recorder, _name, _note(_name))


def calls_of(library):
    recorder = type("Noted", (Recorder, library.callbacks.Callback), {})()
    model = model_of(library)
    model.fit(X, Y, batch_size=5, epochs=2, validation_split=0.25, callbacks=[recorder], verbose=0)
    model.evaluate(X, Y, batch_size=6, callbacks=[recorder], verbose=0)
    model.predict(X, batch_size=6, callbacks=[recorder], verbose=0)
    return recorder.calls


def test_hooks_are_called_in_the_order_of_keras_with_its_logs():
    """The whole sequence of fit with validation, evaluate and predict is the same."""
    assert calls_of(keras) == calls_of(judge)


def test_batch_hooks_are_known_to_be_used_or_not():
    """A step costs no call where no callback overrides a batch hook."""

    class Epochs(Callback):
        def on_epoch_end(self, epoch, logs=None):
            pass

    class Old(Callback):
        def on_batch_end(self, batch, logs=None):
            pass

    checkpoint = keras.callbacks.ModelCheckpoint
    assert not CallbackList([Epochs(), History(), checkpoint("a.keras")]).has_batch_hooks
    assert CallbackList([Old()]).has_batch_hooks
    assert CallbackList([LambdaCallback(on_train_batch_end=lambda b, logs: None)]).has_batch_hooks
    assert not CallbackList([LambdaCallback(on_train_end=lambda logs: None)]).has_batch_hooks
    assert CallbackList([checkpoint("a.keras", save_freq=3)]).has_batch_hooks


def test_old_names_of_hooks_still_work():
    """`on_batch_end` is called where `on_train_batch_end` is not overridden."""
    seen = []
    calls = CallbackList([LambdaCallback(on_batch_end=lambda batch, logs: seen.append((batch, logs)))])
    calls.on_train_batch_end(3, {"loss": np.float32(0.5)})
    assert seen == [(3, {"loss": 0.5})] and type(seen[0][1]["loss"]) is float


def test_a_class_in_place_of_an_instance_is_an_error():
    """The error names the argument and its value."""
    with pytest.raises(TypeError, match="`callbacks` must hold instances .*Received: .*History"):
        CallbackList([History])


def test_history_holds_each_epoch():
    """History is that of Keras, and the model knows it."""
    ours, theirs = model_of(keras), model_of(judge)
    a = ours.fit(X, Y, epochs=3, batch_size=12, validation_data=(X, Y), verbose=0)
    b = theirs.fit(X, Y, epochs=3, batch_size=12, validation_data=(X, Y), verbose=0)
    assert a.epoch == b.epoch and list(a.history) == list(b.history) and a is ours.history and a.params == b.params
    for name in b.history:
        np.testing.assert_allclose(a.history[name], b.history[name], rtol=1e-5)


SERIES = {
    "falls": [1.0, 0.5, 0.4, 0.3, 0.2],
    "turns": [1.0, 0.5, 0.6, 0.7, 0.8, 0.9, 0.4],
    "flat": [0.5, 0.5, 0.5, 0.5, 0.5],
    "rises": [0.1, 0.2, 0.3, 0.4],
    "nan": [1.0, float("nan"), 0.5, 0.6, 0.7],
}


def outcome(library, make, series, monitor="val_loss"):
    """What a monitoring callback does to a model over a series of values."""
    callback, model = make(library.callbacks), FakeModel()
    callback.set_model(model)
    callback.on_train_begin()
    trace = []
    for epoch, value in enumerate(series):
        callback.on_epoch_begin(epoch)
        model.weights = epoch
        callback.on_epoch_end(epoch, {"loss": 1.0, monitor: value})
        trace.append((model.stop_training, round(float(model.optimizer.learning_rate), 9), tuple(model.saved)))
        if model.stop_training:
            break
    callback.on_train_end()
    return trace, model.weights


@pytest.mark.parametrize("series", SERIES)
@pytest.mark.parametrize(
    "arguments",
    [{}, {"patience": 2}, {"patience": 1, "restore_best_weights": True}, {"min_delta": 0.15, "patience": 1},
     {"baseline": 0.45, "patience": 2}, {"start_from_epoch": 2, "patience": 1}, {"mode": "max", "patience": 1}],
    ids=str,
)  # fmt: skip
def test_early_stopping_stops_where_keras_stops(series, arguments):
    """At the same epoch, with the same weights."""

    def make(callbacks):
        return callbacks.EarlyStopping(**arguments)

    assert outcome(keras, make, SERIES[series]) == outcome(judge, make, SERIES[series])


@pytest.mark.parametrize("series", SERIES)
@pytest.mark.parametrize(
    "arguments",
    [{"patience": 1}, {"patience": 2, "factor": 0.5}, {"patience": 1, "cooldown": 1}, {"patience": 1, "min_lr": 0.005},
     {"patience": 1, "min_delta": 0.2}],
    ids=str,
)  # fmt: skip
def test_the_learning_rate_is_reduced_where_keras_reduces_it(series, arguments):
    """After each epoch the rate is the same."""

    def make(callbacks):
        return callbacks.ReduceLROnPlateau(**arguments)

    assert outcome(keras, make, SERIES[series]) == outcome(judge, make, SERIES[series])


@pytest.mark.parametrize("series", SERIES)
@pytest.mark.parametrize(
    "arguments",
    [{}, {"save_best_only": True}, {"save_best_only": True, "initial_value_threshold": 0.45},
     {"save_best_only": True, "monitor": "val_accuracy"}, {"filepath": "{epoch:02d}-{loss:.2f}.keras"},
     {"filepath": "a.weights.h5", "save_weights_only": True}],
    ids=str,
)  # fmt: skip
def test_checkpoints_are_saved_when_keras_saves_them(series, arguments, tmp_path, monkeypatch):
    """Under the same names, after the same epochs."""
    monkeypatch.chdir(tmp_path)

    def make(callbacks):
        return callbacks.ModelCheckpoint(**{"filepath": "a.keras"} | arguments)

    monitor = arguments.get("monitor", "val_loss")
    if monitor == "val_accuracy":
        make_max = make
        make = lambda callbacks: _with_mode(make_max(callbacks))  # noqa: E731, the judge cannot see a fake metric
    assert outcome(keras, make, SERIES[series], monitor) == outcome(judge, make, SERIES[series], monitor)


def _with_mode(callback):
    callback.mode = "max"
    return callback


def test_the_direction_of_a_metric_is_its_own():
    """`auto` uses the metric's direction; where it is unknown, the error says what to do."""
    stopping = keras.callbacks.EarlyStopping(monitor="val_accuracy")
    stopping.set_model(FakeModel())
    stopping.on_train_begin()
    for epoch, value in enumerate([0.1, 0.2, 0.15]):
        stopping.on_epoch_end(epoch, {"val_accuracy": value})
    assert stopping.stopped_epoch == 2
    unknown = keras.callbacks.EarlyStopping(monitor="val_thing")
    unknown.set_model(FakeModel())
    with pytest.raises(ValueError, match="Pass `mode='max'`"):
        unknown.on_epoch_end(0, {"val_thing": 1.0})


def test_checkpoints_by_batches(tmp_path):
    """`save_freq=4` saves after each fourth batch, over the borders of epochs."""
    saved = []
    model = model_of(keras)
    model.save = lambda path, overwrite: saved.append(os.path.basename(path))
    callback = keras.callbacks.ModelCheckpoint(tmp_path / "{epoch}-{batch}.keras", save_freq=4)
    model.fit(X, Y, batch_size=4, epochs=4, callbacks=[callback], verbose=0)
    assert saved == ["2-1.keras", "3-2.keras", "4-3.keras"]


def test_wrong_endings_are_refused():
    """The errors are those of Keras."""
    for library in (keras, judge):
        with pytest.raises(ValueError, match="must end in `.keras`"):
            library.callbacks.ModelCheckpoint("model.pt")
        with pytest.raises(ValueError, match="must end in `.weights.h5`"):
            library.callbacks.ModelCheckpoint("model.keras", save_weights_only=True)
        with pytest.raises(ValueError, match="Unrecognized save_freq: often"):
            library.callbacks.ModelCheckpoint("model.keras", save_freq="often")


def test_a_schedule_sets_the_rate_of_each_epoch():
    """As in Keras, and it is in the history."""
    rates = {}
    for library in (keras, judge):
        scheduler = library.callbacks.LearningRateScheduler(lambda epoch, rate: rate * 0.5 if epoch else rate)
        rates[library] = (
            model_of(library).fit(X, Y, epochs=3, callbacks=[scheduler], verbose=0).history["learning_rate"]
        )
    np.testing.assert_allclose(rates[keras], rates[judge], rtol=1e-6)
    with pytest.raises(ValueError, match="should be a float. Got: 1"):
        model_of(keras).fit(X, Y, callbacks=[keras.callbacks.LearningRateScheduler(lambda epoch, rate: 1)], verbose=0)


def test_nan_ends_training(capsys):
    """Gracefully, or with an error."""
    model = model_of(keras, rate=1e30)
    with pytest.warns(UserWarning, match="The loss is not finite"):
        history = model.fit(X, Y, epochs=9, callbacks=[keras.callbacks.TerminateOnNaN()], verbose=0)
    assert len(history.epoch) < 9 and "Invalid loss, terminating training" in capsys.readouterr().out
    with pytest.raises(RuntimeError, match="NaN or Inf loss encountered at batch"):
        model_of(keras, rate=1e30).fit(X, Y, epochs=9, callbacks=[keras.callbacks.TerminateOnNaN(True)], verbose=0)


def test_the_csv_file_is_that_of_keras(tmp_path):
    """Rows, header, appending."""
    files = {}
    for library in (keras, judge):
        path = tmp_path / f"{library.__name__}.csv"
        for append in (False, True):
            logger = library.callbacks.CSVLogger(str(path), append=append)
            logger.on_train_begin()
            logger.on_epoch_end(0, {"loss": 0.5, "accuracy": 0.25})
            logger.on_epoch_end(1, {"loss": 0.5, "accuracy": 0.25, "val_loss": np.array([1, 2])})
            logger.on_train_end()
        files[library] = list(csv.reader(path.read_text().splitlines()))
    assert files[keras] == files[judge]


def test_messages_are_those_of_keras(monkeypatch, tmp_path):
    """What callbacks print with `verbose=1` is the same text."""
    monkeypatch.chdir(tmp_path)
    texts = []
    for library in (keras, judge):
        out = io.StringIO()
        monkeypatch.setattr("sys.stdout", out)
        kinds = library.callbacks
        for make in (
            lambda c: c.EarlyStopping(patience=1, verbose=1, restore_best_weights=True),
            lambda c: c.ReduceLROnPlateau(patience=1, verbose=1),
            lambda c: c.ModelCheckpoint("a.keras", verbose=1, save_best_only=True),
            lambda c: c.ModelCheckpoint("a.keras", verbose=1),
        ):
            callback, model = make(kinds), FakeModel()
            callback.set_model(model)
            callback.on_train_begin()
            for epoch, value in enumerate(SERIES["turns"]):
                callback.on_epoch_end(epoch, {"loss": 1.0, "val_loss": value})
            callback.on_train_end()
        texts.append(out.getvalue())
    assert texts[0] == texts[1] and "early stopping" in texts[0]


def test_the_progress_logger_prints_as_in_keras(monkeypatch):
    """In a loop of one's own."""
    texts = []
    for name in ("time.time", "time.monotonic"):
        monkeypatch.setattr(name, lambda: 1000.0)
    for library in (keras, judge):
        out = io.StringIO()
        monkeypatch.setattr("sys.stdout", out)
        calls = library.callbacks.CallbackList(add_progbar=True, verbose=1, epochs=2, steps=3)
        calls.on_train_begin()
        for epoch in range(2):
            calls.on_epoch_begin(epoch)
            for batch in range(3):
                calls.on_train_batch_end(batch, {"loss": 0.5 / (batch + 1)})
            calls.on_epoch_end(epoch, {"loss": 0.25})
        calls.on_train_end()
        texts.append(out.getvalue())
    assert texts[0] == texts[1]
