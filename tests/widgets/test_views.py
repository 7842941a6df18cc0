"""The panel and the picture: what is sent, how much of it, and what is left at the end."""

from __future__ import annotations

import gc
import json
import re
import threading
import timeit
import weakref

import numpy as np
import pytest

from kerasnb.model.run.run import Run
from kerasnb.widgets.notebook import notebook
from kerasnb.widgets.panel import panel, static, views, wire
from tests.widgets.fakes import Clock, FakePanel

VIEW = "application/vnd.jupyter.widget-view+json"


@pytest.fixture
def shown(monkeypatch):
    """What has been displayed: list of (bundle, display_id, whether it replaced one)."""
    outputs: list = []
    monkeypatch.setattr(notebook, "show", lambda bundle, display_id=None: outputs.append((bundle, display_id, False)))
    monkeypatch.setattr(notebook, "replace", lambda bundle, display_id: outputs.append((bundle, display_id, True)))
    return outputs


@pytest.fixture
def clock(monkeypatch):
    clock = Clock()
    monkeypatch.setattr("time.perf_counter", clock)
    return clock


def new_run(**arguments) -> Run:
    settings = {"epochs": 3, "steps": 4, "model_name": "sequential", "metrics_names": ["accuracy", "loss"]}
    return Run(**settings | {"learning_rate": 0.1, "validation": True} | arguments)


def play(run, update=lambda: None, epochs=3, steps=4):
    """A short training."""
    for epoch in range(epochs):
        run.begin_epoch(epoch)
        for step in range(steps):
            run.record_batch(step, {"accuracy": 0.1 * step, "loss": 1.0 / (1 + step + epoch)})
            update()
        run.end_epoch(epoch, {"accuracy": 0.3, "loss": 0.5 / (epoch + 1), "val_accuracy": 0.25, "val_loss": 0.4})


class Browser:
    """Takes messages as js/store.js takes them."""

    def __init__(self):
        self.points, self.rows, self.missed = {}, {}, 0
        self.batches = self.epochs = 0

    def take(self, head, buffers):
        if head["batches"][0] != self.batches or head["epochs"][0] != self.epochs:
            self.missed += 1
            return
        values = np.frombuffer(buffers[0], "float32").reshape(len(head["points"]["names"]), head["points"]["count"])
        for name, line in zip(head["points"]["names"], values, strict=True):
            self.points.setdefault(name, []).extend(line.tolist())
        table = np.frombuffer(buffers[1], "float32").reshape(len(head["rows"]["names"]), len(head["rows"]["numbers"]))
        for name, row in zip(head["rows"]["names"], table, strict=True):
            self.rows.setdefault(name, []).extend(row.tolist())
        self.batches, self.epochs = head["batches"][1], head["epochs"][1]


# --- the wire


def test_deltas_add_up_to_the_run():
    """Batch and epoch values arrive once each, in order, as float32."""
    run, cursor, browser = new_run(), wire.Cursor(), Browser()
    run.start()

    def send():
        nonlocal cursor
        head, buffers, cursor = wire.delta(run, cursor)
        json.dumps(head, allow_nan=False)
        browser.take(head, buffers)

    play(run, send)
    send()
    assert browser.missed == 0 and browser.batches == 12
    np.testing.assert_allclose(browser.points["loss"], np.array(run.values("loss"), "float32"))
    np.testing.assert_allclose(browser.rows["val_loss"], [0.4] * 3, rtol=1e-6)


def test_a_message_with_nan_and_infinity_is_sound():
    """Values that JSON cannot say travel as bytes."""
    run = new_run(epochs=1)
    run.start()
    run.begin_epoch(0)
    run.record_batch(0, {"accuracy": float("nan"), "loss": float("inf")})
    run.end_epoch(0, {"loss": float("nan")})
    head, buffers, _ = wire.delta(run, wire.Cursor())
    json.dumps(head, allow_nan=False)
    assert np.isnan(np.frombuffer(buffers[0], "float32")[0]) and len(wire.whole(run)) > 0


def test_a_long_silence_is_thinned():
    """At most 500 points for each metric in a message; the last one is always there."""
    run = new_run(steps=100_000)
    run.start()
    run.begin_epoch(0)
    for step in range(2345):
        run.record_batch(step, {"accuracy": 0.0, "loss": float(step)})
    head, buffers, _ = wire.delta(run, wire.Cursor())
    losses = np.frombuffer(buffers[0], "float32").reshape(2, -1)[1]
    assert len(losses) == head["points"]["count"] <= wire.POINTS_PER_MESSAGE
    assert losses[-1] == 2344 and (np.diff(losses) == head["points"]["stride"]).all()


def test_the_whole_is_small_and_complete():
    """500 points for each series however long the run, and the values of all epochs."""
    run = new_run(epochs=40, steps=500)
    run.start()
    play(run, epochs=40, steps=500)
    whole = wire.whole(run)
    size = int.from_bytes(whole[:4], "little")
    head = json.loads(whole[4 : 4 + size])
    assert size % 4 == 0 and len(whole) < 20_000
    assert head["batches"] == 20_000 and head["series"] == [["accuracy", 500], ["loss", 500]]
    assert head["rows"]["numbers"] == list(range(40))
    values = np.frombuffer(whole[4 + size :], "float32")
    assert len(values) == 2 * 2 * 500 + 4 * 40 and values[0] == 1 and values[499] == 20_000


# --- the live view


def live(run, shown):
    view = views.LiveView(run, FakePanel())
    run.start()
    return view, view.panel


def test_a_hundred_thousand_batches_cost_what_their_points_cost(shown, clock):
    """Bytes grow with the points, messages with the time: at most ten a second, at most 64 KB."""
    for rate in (100, 2000, 20_000):
        run = new_run(epochs=1, steps=100_000)
        view, widget = live(run, shown)
        began, (messages, size) = clock.now, (len(widget.comm.messages), widget.comm.bytes)
        run.begin_epoch(0)
        for step in range(100_000):
            clock.now += 1 / rate
            run.record_batch(step, {"accuracy": 0.5, "loss": 0.5})
            view.update()
        seconds = clock.now - began
        messages, size = len(widget.comm.messages) - messages, widget.comm.bytes - size
        assert messages / seconds <= 10 and size / seconds <= 64_000
        assert size <= 100_000 * 2 * 4 + messages * 3000 + 10_000 * seconds
        view.close()


def test_the_first_point_comes_with_the_first_batch(shown, clock):
    """Within 300 ms; nothing waits for a full second."""
    run = new_run()
    view, widget = live(run, shown)
    clock.now += 5
    run.begin_epoch(0)
    before = len(widget.comm.messages)
    clock.now += 0.25
    run.record_batch(0, {"accuracy": 0.5, "loss": 0.5})
    view.update()
    heads = [m for m, _ in widget.comm.messages[before:] if m.get("do") == "delta"]
    assert heads[-1]["batches"][1] == 1 and len(widget.history) > 0
    view.close()


def test_compiling_is_shown_before_the_first_batch(shown, clock):
    """Phases reach the panel, also from another thread."""
    run = new_run()
    view, widget = live(run, shown)
    clock.now += 1
    thread = threading.Thread(target=lambda: run.phase("compiling dense", 1, 7))
    thread.start()
    thread.join()
    last = [m for m, _ in widget.comm.messages if m.get("do") == "delta"][-1]
    assert last["state"]["headline"] == "Compiling dense, 2 of 7 · 0.0 s" and last["state"]["compiling"]
    view.close()


def test_a_view_that_missed_something_gets_the_whole(shown, clock):
    """Asked for from any thread, sent by the next update."""
    run = new_run()
    view, widget = live(run, shown)
    run.begin_epoch(0)
    run.record_batch(0, {"accuracy": 0.5, "loss": 0.5})
    widget.say(do="resend")
    assert not any(m.get("do") == "whole" for m, _ in widget.comm.messages)
    clock.now += 1
    view.update()
    assert sum(m.get("do") == "whole" for m, _ in widget.comm.messages) == 1
    view.close()


def test_clicks_only_set_flags(shown):
    """A thousand clicks leave the run as it is, and the flags as they were asked for."""
    run = new_run()
    view, widget = live(run, shown)
    before = (run.status, run.batches, list(run.events), dict(run.history))
    for i in range(1000):
        widget.say(do="pause" if i % 2 else "resume")
        widget.say(do="rate", value=0.001 * (i + 1))
    assert (run.status, run.batches, list(run.events), dict(run.history)) == before
    assert run.control.paused and run.control.learning_rate == 1.0 and not run.control.stop
    widget.say(do="stop")
    assert run.control.stop
    view.close()


def test_pings_are_answered_and_wrong_rates_refused(shown):
    """The handshake, and a reason where nothing can be done."""
    run = new_run()
    view, widget = live(run, shown)
    widget.say(do="ping", n=7)
    widget.say(do="rate", value="fast")
    widget.say(do="rate", value=-1)
    answers = [m for m, _ in widget.comm.messages if m.get("do") in ("pong", "refused")]
    assert answers[0] == {"do": "pong", "n": 7} and len(answers) == 3 and "-1" in answers[2]["why"]
    assert run.control.learning_rate is None
    view.close()


def test_a_broken_connection_does_not_end_a_training(shown):
    """The panel stops with a warning."""
    run = new_run()
    view, widget = live(run, shown)

    def broken(content, buffers=None):
        raise OSError("gone")

    widget.send = broken
    with pytest.warns(UserWarning, match="The live panel stopped updating: OSError"):
        play(run, view._publish, epochs=1)
    run.finish("completed")
    view.close()


def test_an_update_that_is_not_due_is_cheap(shown):
    """Less than a microsecond."""
    view, _ = live(new_run(), shown)
    view.due = float("inf")
    assert min(timeit.repeat(view.update, number=20_000, repeat=5)) / 20_000 < 1e-6
    view.close()


def test_the_end_replaces_the_panel_by_a_picture(shown):
    """First and last output have the same texts; the panel closes after that."""
    run = new_run()
    view, widget = live(run, shown)
    play(run, view.update)
    run.finish("completed")
    view.close()
    (first, first_id, _), (last, last_id, replaced) = shown
    assert replaced and first_id == last_id and widget.closed
    assert set(first) - {VIEW} == set(last) == {"text/plain", "text/html"}
    assert first["text/plain"] == last["text/plain"] == "<kerasnb.Run epochs=3>"
    assert _sanitised(first["text/html"]) == _sanitised(last["text/html"])


def _sanitised(text):
    for pattern in re.findall(r"^regex: (.*)$", open_cfg(), re.M):
        text = re.sub(pattern, "", text)
    return text


def open_cfg() -> str:
    import pathlib

    return (pathlib.Path(__file__).parents[1] / "nbval.cfg").read_text()


def test_panels_are_not_kept_alive(shown):
    """After many trainings no widget is left."""
    pytest.importorskip("anywidget")
    kept = []
    for _ in range(5):
        run = new_run()
        view = views.LiveView(run)
        kept.append(weakref.ref(view.panel))
        run.start()
        play(run, view.update, epochs=1)
        run.finish("completed")
        view.close()
        del view
    gc.collect()
    assert [k() for k in kept] == [None] * 5


def test_the_panel_is_one_small_widget():
    """At most 80 KB of code, no address of anything else, a constant text."""
    kind = panel.panel_class()
    code = panel.esm() + panel.css()
    assert len(code.encode()) < 80_000 and "http" not in code and "import " not in panel.esm().replace("// ", "")
    widget = kind()
    assert repr(widget) == "<kerasnb.widgets.Panel>" and panel.panel_class() is kind
    widget.close()


# --- the static view


def test_headless_shows_the_end_once(shown):
    """A notebook run by a program gets one output, without a widget."""
    run = new_run()
    view = views.StaticView(run, live=False)
    run.start()
    play(run, view.update)
    run.finish("completed")
    view.close()
    assert [(sorted(b), i, r) for b, i, r in shown] == [(["text/html", "text/plain"], None, False)]


def test_headless_and_live_leave_the_same_output(shown):
    """What a person saw passes the test that a program runs."""
    outputs = []
    for live_view in (True, False):
        run = new_run()
        view = views.LiveView(run, FakePanel()) if live_view else views.StaticView(run, live=False)
        run.start()
        play(run, view.update)
        run.finish("completed")
        view.close()
        outputs.append({k: _sanitised(v) for k, v in shown[-1][0].items()})
    assert outputs[0] == outputs[1]


def test_evaluate_leaves_a_line_and_predict_nothing(shown):
    """Values in the line; a quick prediction prints nothing."""
    for kind in ("evaluate", "predict"):
        run = new_run(kind=kind, epochs=1)
        view = views.StaticView(run, live=True)
        run.start()
        run.begin_epoch(0)
        run.end_epoch(0, {"loss": 0.25} if kind == "evaluate" else {})
        run.finish("completed")
        view.close()
    assert len(shown) == 1 and "loss 0.25" in shown[0][0]["text/html"]
    assert shown[0][0]["text/plain"] == "<kerasnb.Run evaluate>"


def test_a_watched_notebook_without_anywidget_sees_the_picture_grow(shown, clock):
    """Refreshed about once a second."""
    run = new_run()
    view = views.StaticView(run, live=True)
    run.start()
    run.begin_epoch(0)
    for step in range(4):
        clock.now += 0.5
        run.record_batch(step, {"accuracy": 0.5, "loss": 0.5})
        view.update()
    assert [replaced for _, _, replaced in shown] == [False, True]


def test_who_gets_which_view(monkeypatch):
    """Live where a person looks, static where a program runs, none without a kernel."""
    assert views.open_view(new_run(), "auto") is None
    monkeypatch.setattr(notebook, "shell", object)
    monkeypatch.setattr(notebook, "is_watched", lambda: False)
    assert isinstance(views.open_view(new_run(), "auto"), views.StaticView)
    monkeypatch.setattr(notebook, "is_watched", lambda: True)
    assert isinstance(views.open_view(new_run(), "static"), views.StaticView)
    assert isinstance(views.open_view(new_run(kind="evaluate"), "auto"), views.StaticView)
    view = views.open_view(new_run(), "auto")
    assert isinstance(view, views.LiveView)
    view.panel.close()
    monkeypatch.setattr(panel, "available", lambda: False)
    assert isinstance(views.open_view(new_run(), "live"), views.StaticView)


def test_a_displayed_run_is_its_picture():
    """`kw.last_run()` in a cell."""
    run = new_run()
    run.start()
    play(run)
    run.finish("completed")
    assert run._repr_mimebundle_() == static.bundle(run)
