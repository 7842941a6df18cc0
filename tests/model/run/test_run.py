"""The record of a run, and the flags between a person and the loop."""

from __future__ import annotations

import itertools
import math
import signal
import subprocess
import sys
import threading
import time
import timeit

import numpy as np
import pytest

import kerasnb as keras
from kerasnb.model.run import facts
from kerasnb.model.run.control import Control
from kerasnb.model.run.run import Run, last_run, open_view
from kerasnb.model.run.text import NoView, TextView

LOGS = {"accuracy": 0.5, "loss": 1.5}


def trained(epochs=3, steps=4, **arguments) -> Run:
    """A run that has ended."""
    run = Run(epochs=epochs, steps=steps, model_name="sequential", metrics_names=["accuracy", "loss"], **arguments)
    run.start()
    for epoch in range(epochs):
        run.begin_epoch(epoch)
        for step in range(steps):
            run.record_batch(step, {"accuracy": epoch + step / 10, "loss": 3.0 - epoch})
        run.begin_validation(1)
        run.end_epoch(
            epoch, {"accuracy": epoch / 3, "loss": 3.0 - epoch, "val_accuracy": 0.5, "val_loss": abs(1.0 - epoch)}
        )
    run.finish("completed")
    return run


def test_everything_that_was_told_can_be_read():
    """Batches, epochs, their borders and times are kept in order."""
    run = trained()
    assert run.batches == 12 and run.epoch_starts == [0, 4, 8] and run.epoch_ends == [4, 8, 12]
    assert list(run.values("loss")) == [3.0] * 4 + [2.0] * 4 + [1.0] * 4
    assert run.history["val_loss"] == [1.0, 0.0, 1.0] and run.epoch_numbers == [0, 1, 2]
    assert list(run.batch_times) == sorted(run.batch_times) and run.finished and run.elapsed() >= 0


def test_a_batch_costs_at_most_two_microseconds():
    """Recording is a few appends."""
    run = Run(steps=1000)
    run.start()
    run.begin_epoch(0)
    took = timeit.repeat(lambda: run.record_batch(1, LOGS), timer=time.thread_time, number=20_000, repeat=5)
    best = min(took) / 20_000
    assert best < 2e-6


def test_names_that_come_late_are_filled_with_nan():
    """Rows stay complete when a metric appears or is missing."""
    run = Run()
    run.start()
    run.begin_epoch(0)
    run.record_batch(0, {"loss": 1.0})
    run.record_batch(1, {"loss": 2.0, "auc": 0.5})
    run.record_batch(2, {"loss": 3.0})
    assert list(run.values("loss")) == [1.0, 2.0, 3.0]
    auc = list(run.values("auc"))
    assert math.isnan(auc[0]) and auc[1] == 0.5 and math.isnan(auc[2]) and len(auc) == run.batches


def test_epochs_without_validation_are_nan_in_the_record():
    """With `validation_freq`, the values stay aligned with the epochs."""
    run = Run(epochs=3)
    run.start()
    for epoch, logs in enumerate([{"loss": 1.0}, {"loss": 2.0, "val_loss": 3.0}, {"loss": 1.0}]):
        run.begin_epoch(epoch)
        run.end_epoch(epoch, logs)
    assert math.isnan(run.history["val_loss"][0]) and run.history["val_loss"][1] == 3.0
    assert run.logs == {"loss": 1.0}


def test_readers_on_another_thread_see_whole_rows():
    """While batches come in, slices never fail and never show a row without its values."""
    run, wrong = Run(steps=10), []
    run.start()
    run.begin_epoch(0)
    run.record_batch(0, {"a": 0.0, "b": 0.0})
    done = threading.Event()

    def read():
        while not done.is_set():
            count = run.batches
            if not len(run.values("a", 0, count)) == len(run.values("b", 0, count)) == count:
                wrong.append(count)

    reader = threading.Thread(target=read)
    reader.start()
    for i in range(30_000):
        run.record_batch(i, {"a": float(i), "b": float(i)})
    done.set()
    reader.join()
    assert not wrong


def test_a_learning_rate_from_a_callback_becomes_an_event():
    """What `ReduceLROnPlateau` puts into the logs is seen as a change."""
    run = Run(epochs=2, learning_rate=0.1)
    run.start()
    for epoch, rate in enumerate([0.1, 0.01]):
        run.begin_epoch(epoch)
        run.end_epoch(epoch, {"loss": 1.0, "learning_rate": rate})
    assert [(e["kind"], e["value"]) for e in run.events] == [("learning_rate", 0.01)] and run.learning_rate == 0.01


def test_unknown_endings_are_refused():
    """The error names the argument, what is expected and what was received."""
    with pytest.raises(ValueError, match="`status` must be one of .*Received: status=over"):
        Run().finish("over")


@pytest.mark.parametrize(
    "asked,status,ending",
    [("none", "completed", "completed"), ("none", "failed", "failed"), ("stop", "completed", "stopped"),
     ("interrupt", "completed", "interrupted"), ("interrupt", "failed", "interrupted")],
)  # fmt: skip
def test_how_a_run_ended(asked, status, ending):
    """Stop and interrupt are distinguished from an end and from an error."""
    run = Run()
    if asked == "stop":
        run.control.request_stop()
    if asked == "interrupt":
        run.interrupt()
    assert run.status_at_end(status) == ending


def test_the_last_run_is_that_of_the_last_fit():
    """Evaluating does not hide the training."""
    run = trained()
    other = Run(kind="evaluate")
    other.start()
    assert last_run() is run


def test_plain_text_is_the_same_for_every_run():
    """Notebook tests compare it."""
    assert repr(trained()) == "<kerasnb.Run epochs=3>" == repr(trained())


def test_text_has_all_series():
    """Printing a run shows a sparkline and the numbers for each series."""
    text = str(trained())
    assert text.startswith("sequential: Trained · 3 epochs") and "█" in text
    assert [line.split()[0] for line in text.splitlines()[1:]] == ["accuracy", "loss", "val_accuracy", "val_loss"]


# --- facts


def test_the_best_epoch_is_judged_by_validation():
    """The smallest validation loss, the first of the largest accuracies."""
    run = trained()
    assert facts.best_epoch(run, "loss") == 1 and facts.best_epoch(run, "accuracy") == 0
    assert facts.best_epoch(Run(), "loss") is None


def test_errors_and_distances_fall():
    """Which end of a metric is the good one, by its name."""
    falling = ("loss", "hinge", "logcosh", "poisson", "false_positives", "mean_squared_error", "kl_divergence")
    assert not any(map(facts.rises, falling))
    assert all(map(facts.rises, ("accuracy", "auc", "true_positives", "f1_score", "precision")))


def test_a_loss_that_is_not_finite_is_reported():
    """With what can be done about it, once a run: an event, and the headline."""
    run = Run(epochs=2, steps=2, metrics_names=["loss"])
    run.start()
    run.begin_epoch(0)
    run.record_batch(0, {"loss": 1.0})
    assert "NaN" not in facts.headline(run)
    run.record_batch(1, {"loss": math.nan})
    run.record_batch(2, {"loss": math.inf})
    assert [(e["kind"], e["value"]) for e in run.events] == [("loss_not_finite", "nan")]
    told = "the loss is not finite (infinite) since epoch 1, batch 2: try a smaller learning rate"
    assert facts.headline(run).endswith(told)


def test_time_left_leaves_out_pauses_and_compiling():
    """A batch that took a minute among quick ones does not change the estimate."""
    run = Run(epochs=2, steps=100)
    run.start()
    run.begin_epoch(0)
    times = itertools.chain([0.0], (60.0 + 0.01 * i for i in range(49)))
    for step, at in enumerate(times):
        run.record_batch(step, LOGS)
        run.batch_times[-1] = at
    assert facts.step_seconds(run) == pytest.approx(0.01)
    assert facts.seconds_left(run) == pytest.approx(1.5, rel=1e-6)
    assert facts.fraction(run) == 0.25


def test_compiling_is_told_until_it_has_ended():
    """The headline names the kernel and how many there are."""
    run = Run(steps=3)
    run.start()
    run.begin_epoch(0)
    run.phase("compiling dense", 1, 7)
    assert facts.headline(run) == "Compiling dense, 2 of 7 · 0.0 s"
    run.phase("compiled softmax", 7, 7, 0.3)
    assert facts.headline(run) == "Epoch 1 of 1 · first batch"
    run.record_batch(0, LOGS)
    assert facts.headline(run) == "Epoch 1 of 1 · batch 1 of 3"


@pytest.mark.parametrize(
    "seconds,text", [(0.04, "40 ms"), (4.2, "4.2 s"), (42, "42 s"), (185, "3 min 05 s"), (7800, "2 h 10 min")]
)
def test_durations(seconds, text):
    """Durations have two units at most."""
    assert facts.duration(seconds) == text


# --- control


def test_handlers_leave_only_flags():
    """A thousand clicks from another thread while a loop runs change nothing but flags."""
    run, seen = Run(learning_rate=0.1), []
    control = run.control

    def click():
        for i in range(1000):
            control.pause() if i % 2 else control.resume()
            control.set_learning_rate(0.1 + i)
        control.resume()

    clicks = threading.Thread(target=click)
    clicks.start()
    while clicks.is_alive() or control.pending:
        seen += control.take()
        control.wait_while_paused()
    clicks.join()
    assert seen[-1] == ("set", "learning_rate", 1000 - 1 + 0.1)
    assert not control.paused and not control.stop and run.status in ("created", "training")
    kinds = [e["kind"] for e in run.events]
    assert kinds == ["paused", "resumed"] * (len(kinds) // 2)


def test_pausing_blocks_until_resumed_and_ticks_meanwhile():
    """The training thread waits, and views are updated while it does."""
    ticks, reports = [], []
    control = Control(reports.append, lambda: ticks.append(control.resume() if len(ticks) == 3 else None))
    control.pause()
    assert control.take() == []
    control.wait_while_paused()
    assert len(ticks) == 4 and reports == ["paused", "resumed"]


def test_a_stop_ends_a_pause():
    """Stop works while paused."""
    control = Control(tick=lambda: control.request_stop())
    control.pause()
    control.take()
    control.wait_while_paused()
    assert control.stop


def test_of_values_set_in_a_row_the_last_one_counts():
    """A slider sends many; what lies between them keeps its place."""
    control = Control()
    control.check = lambda name, value: value
    for name, value in (("momentum", 0.5), ("learning_rate", 0.1), ("learning_rate", 0.2)):
        control.set(name, value)
    control.step("batch")
    control.set("learning_rate", 0.3)
    rates = [("set", "learning_rate", 0.2), ("step", "batch"), ("set", "learning_rate", 0.3)]
    assert control.take() == [("set", "momentum", 0.5), *rates] and control.take() == []


def test_a_learning_rate_given_while_paused_is_handed_over_at_once():
    """The pause continues, and is reported only once."""
    reports, rates = [], []
    control = Control(reports.append, lambda: control.set_learning_rate(0.5) if not rates else control.resume())
    control.pause()
    while control.pending or control.paused:
        rates += [value for _, _, value in control.take()]
        control.wait_while_paused()
    assert rates == [0.5] and reports == ["paused", "resumed"]


@pytest.mark.parametrize("value", [0, -1, None, float("nan"), float("inf"), "abc", True])
def test_impossible_learning_rates_are_refused(value):
    """Nothing is changed by a rate that cannot be used."""
    control = Control()
    with pytest.raises(ValueError, match=f"rate must be a positive number, such as 0.001; got {value}"):
        control.set_learning_rate(value)
    assert not control.pending and control.take() == []


def test_an_interrupt_ends_a_pause():
    """SIGINT while paused is seen within the short waits, and sets only flags."""
    run = Run()
    outer = signal.signal(signal.SIGINT, lambda *_: run.interrupt())
    try:
        run.control.pause()
        run.control.take()
        timer = threading.Timer(0.1, signal.raise_signal, [signal.SIGINT])
        timer.start()
        run.control.wait_while_paused()
    finally:
        signal.signal(signal.SIGINT, outer)
    assert run.interrupted and run.control.stop


# --- views


def test_which_view_is_opened(monkeypatch):
    """Outside of a notebook: text for "auto", and what the environment asks for."""
    monkeypatch.delenv("KERASNB_RENDERER", raising=False)
    assert isinstance(open_view(Run(), 0), NoView) and isinstance(open_view(Run(), False), NoView)
    assert isinstance(open_view(Run(), "auto"), TextView) and isinstance(open_view(Run(), True), TextView)
    monkeypatch.setenv("KERASNB_RENDERER", "none")
    assert isinstance(open_view(Run(), "auto"), NoView) and isinstance(open_view(Run(), 2), TextView)
    monkeypatch.setenv("KERASNB_RENDERER", "blinking")
    with pytest.raises(ValueError, match="must be live, static, text or none. Received: blinking"):
        open_view(Run(), "auto")


def test_an_update_that_is_not_due_costs_less_than_a_microsecond():
    """The loop calls it after each batch."""
    run = Run(steps=1000)
    view = open_view(run, 2)
    assert min(timeit.repeat(view.update, number=20_000, repeat=5)) / 20_000 < 1e-6


def test_nothing_of_jupyter_is_imported():
    """A training in a console loads neither widgets nor IPython."""
    code = (
        "import sys; from kerasnb.model.run.run import Run, open_view; r = Run(steps=1); v = open_view(r, 'auto');"
        "r.start();"
        "r.begin_epoch(0); r.record_batch(0, {'loss': 1.0}); v.update(); r.end_epoch(0, {'loss': 1.0}); v.close();"
        "print([m for m in ('IPython', 'ipywidgets', 'anywidget', 'plotly', 'kerasnb.widgets') if m in sys.modules])"
    )
    out = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout
    assert out.splitlines()[-1] == "[]"


class Noted(keras.callbacks.Callback):
    """Puts what it likes into the logs, as Keras lets it."""

    def on_train_batch_end(self, batch, logs=None):
        logs.update(note="batch", missing=None)

    def on_epoch_end(self, epoch, logs=None):
        logs.update(note="epoch", missing=None, both=np.array([1.0, 2.0]))


def test_logs_may_hold_what_is_no_number():
    """The history keeps it, as in Keras; the curves are those of the numbers."""
    model = keras.Sequential([keras.Input((2,)), keras.layers.Dense(1)])
    model.compile("sgd", "mse")
    history = model.fit(np.ones((8, 2)), np.ones(8), batch_size=4, epochs=2, verbose=0, callbacks=[Noted()]).history
    assert history["note"] == ["epoch"] * 2 and history["missing"] == [None] * 2
    assert set(model.run.history) == {"loss", "both"} and model.run.history["both"] == [1.5, 1.5]
    assert list(model.run.columns) == ["loss"] and len(model.run.values("loss")) == 4
