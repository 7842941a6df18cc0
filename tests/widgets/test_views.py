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

import kerasnb_nbval
from kerasnb.model.run.run import Run
from kerasnb.widgets.kit import frontend
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
    monkeypatch.setattr(notebook, "keep", lambda tool: None)
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


@pytest.mark.filterwarnings("error")
def test_numbers_of_any_size_are_sent():
    """Millions of epochs are counted with commas; what is too large for float32 is infinite, without a warning."""
    run = new_run(epochs=5_000_000, steps=1)
    run.start()
    play(run, epochs=1200, steps=1)
    run.begin_epoch(1200)
    run.record_batch(0, {"accuracy": 0.5, "loss": 1e300})
    head, (points, _), _ = wire.delta(run, wire.Cursor(1200, 1200, 0))
    assert head["state"]["text"] == "epoch 1,201 of 5,000,000 · batch 1 of 1"
    assert np.isposinf(np.frombuffer(points, "float32")).tolist() == [n == "loss" for n in head["points"]["names"]]
    assert len(wire.whole(run)) < 30_000
    run.finish("stopped")
    assert wire.state(run)["text"] == "at epoch 1,201 of 5,000,000, batch 1 of 1"


# --- the live view


def live(run, shown):
    """A run that has started, its view, and the other end of its panel."""
    view = views.LiveView(run, FakePanel({}))
    run.start()
    return view, view.panel.widget


def test_a_hundred_thousand_batches_cost_what_their_points_cost(shown, clock):
    """Bytes grow with the points, messages with the time: at most ten a second, at most 64 KB, with the pictures."""
    for rate in (500, 20_000):
        run = new_run(epochs=1, steps=100_000)
        view, widget = live(run, shown)
        widget.say(do="shown", stays=True)
        began, (messages, size) = clock.now, (len(widget.comm.messages), widget.comm.bytes)
        pictures = len(shown)
        run.begin_epoch(0)
        for step in range(100_000):
            clock.now += 1 / rate
            run.record_batch(step, {"accuracy": 0.5, "loss": 0.5})
            view.update()
        seconds = clock.now - began
        messages, size = len(widget.comm.messages) - messages, widget.comm.bytes - size
        size += sum(len(json.dumps(bundle)) for bundle, _, _ in shown[pictures:])
        assert messages / seconds <= 10 and size / seconds <= 64_000
        view.panel.close()


def test_bytes_a_second_are_bounded_for_many_metrics(shown, clock):
    """What a late view reads grows with the metrics: it is sent less often."""
    names = [f"metric_{i}" for i in range(12)]
    run = new_run(epochs=1, steps=100_000, metrics_names=names)
    view, widget = live(run, shown)
    run.begin_epoch(0)
    began, size = clock.now, widget.comm.bytes
    for step in range(20_000):
        clock.now += 0.001
        run.record_batch(step, dict.fromkeys(names, 0.5))
        view.update()
    per_second = (widget.comm.bytes - size) / (clock.now - began)
    points = 12 * 4 * 1000  # each batch once
    assert per_second <= 64_000 + points
    view.panel.close()


def test_a_long_training_is_drawn_less_often_and_its_events_at_once(shown, clock):
    """Five messages a second at first, then fewer; what a person changes comes within a fifth of a second."""
    run = new_run(epochs=1, steps=100_000)
    view, widget = live(run, shown)
    run.begin_epoch(0)
    times = []
    for step in range(8000):
        clock.now += 0.01
        run.record_batch(step, {"accuracy": 0.5, "loss": 0.5})
        before = len(widget.deltas())
        view.update()
        times += [0.01 * step] * (len(widget.deltas()) - before)
    for start, stop, each in ((0, 2, 0.2), (4, 50, 0.4), (65, 75, 1.0)):
        count = sum(start <= t < stop for t in times)
        assert count == pytest.approx((stop - start) / each, rel=0.1)
    run.event("paused")
    clock.now += 0.21
    run.event("learning_rate", value=0.5)
    assert widget.deltas()[-1]["state"]["rate"] == 0.5
    view.panel.close()


def test_the_first_point_comes_with_the_first_batch(shown, clock):
    """Within 300 ms; nothing waits for a full second."""
    run = new_run()
    view, widget = live(run, shown)
    clock.now += 5
    run.begin_epoch(0)
    clock.now += 0.25
    run.record_batch(0, {"accuracy": 0.5, "loss": 0.5})
    view.update()
    assert widget.deltas()[-1]["batches"][1] == 1 and len(widget.state["whole"]) > 0
    view.panel.close()


def test_compiling_is_shown_before_the_first_batch(shown, clock):
    """Phases reach the panel, also from another thread: which kernel, how many, for how long."""
    run = new_run()
    view, widget = live(run, shown)
    clock.now += 1
    thread = threading.Thread(target=lambda: run.phase("compiling dense", 1, 7))
    thread.start()
    thread.join()
    clock.now += 1.3
    run.phase("compiling matmul", 2, 7)
    state = widget.deltas()[-1]["state"]
    assert (state["word"], state["text"]) == ("Compiling", "matmul, 3 of 7 · cached for the next run")
    assert state["compilingFor"] == pytest.approx(1.3) and state["fraction"] == 2 / 7
    assert state["compiling"] == "2 of 7 kernels ready. Now matmul; 4 to come."
    clock.now += 1
    run.phase("compiled matmul", 7, 7, 0.6)
    state = widget.deltas()[-1]["state"]
    assert state["compiled"] == "compiled in 2.3 s"
    assert state["compiledTip"] == "1 kernel; the slowest, matmul, took 0.6 s"
    view.panel.close()


def test_a_view_that_missed_something_gets_the_whole(shown, clock):
    """Asked for at any time, also after the end."""
    run = new_run()
    view, widget = live(run, shown)
    play(run, view.update)
    run.finish("completed")
    view.close()
    answer, buffers = None, None
    for handler in widget.handlers:
        handler(widget, {"do": "whole", "ask": 7}, [])
        answer, buffers = widget.comm.messages[-1]
    size = int.from_bytes(buffers[0][:4], "little")
    head = json.loads(buffers[0][4 : 4 + size])
    assert answer["reply"] == 7 and head["batches"] == 12 and head["state"]["ended"]
    view.panel.close()


def test_rare_things_are_sent_when_they_change(shown, clock):
    """Notes, ghosts and troubles do not travel with every message; each message says which version holds."""
    run = new_run()
    view, widget = live(run, shown)
    play(run, view._publish, epochs=2)
    heads = widget.deltas()
    assert "more" in heads[0] and sum("more" in head for head in heads) < len(heads)
    run.event("loss_not_finite", value="nan", advice="")
    run.trouble = {"epoch": 0, "batch": 6, "where": "loss", "value": "nan"}
    view._publish()
    last = widget.deltas()[-1]
    assert last["more"]["trouble"]["batch"] == 6 and last["version"] == heads[-1]["version"] + 1
    assert last["state"]["word"] == "Not finite"
    assert last["state"]["text"] == "loss since epoch 1, batch 7 · still training: epoch 2 of 3"
    view.panel.close()


def test_clicks_only_set_flags(shown):
    """A thousand clicks leave the run as it is, and the flags as they were asked for."""
    run = new_run()
    view, widget = live(run, shown)
    before = (run.status, run.batches, list(run.events), dict(run.history))
    for i in range(1000):
        widget.say(do="pause" if i % 2 else "resume")
        widget.say(do="set", name="learning_rate", value=str(0.001 * (i + 1)))
    assert (run.status, run.batches, list(run.events), dict(run.history)) == before
    assert run.control.paused and not run.control.stop
    assert run.control.take()[-1][-1] == 1.0
    widget.say(do="stop")
    assert run.control.stop
    view.panel.close()


def test_what_is_typed_is_a_number_or_told_why_not(shown):
    """The handshake, and a sentence for a person where nothing can be done."""
    run = new_run()
    view, widget = live(run, shown)
    assert widget.say(do="ping", ask=7)[0] == {"reply": 7, "result": {}}
    answers = [widget.say(do="set", ask=1, name="learning_rate", value=text)[0] for text in ("abc", "-1", "", "nan")]
    why = "The learning rate must be a positive number, such as 1e-3. You typed: "
    assert [a["error"] for a in answers] == [why + typed for typed in ("abc", "-1", "nothing", "nan")]
    assert not run.control.pending
    assert widget.say(do="set", ask=2, name="learning_rate", value=" 1e-4 ")[0]["result"]["value"] == 1e-4
    assert widget.say(do="fly", ask=3)[0]["error"] == "Panel has no action fly"
    run.finish("completed")
    assert "has ended" in widget.say(do="stop", ask=4)[0]["error"]
    view.panel.close()


@pytest.mark.parametrize("sent", ["x", 0, 1.7, 10**12, None, True, float("inf"), [3]])
def test_epochs_are_whole_numbers_or_told_why_not(shown, sent):
    """A sentence for a person, and nothing is asked of the training; the largest one is 100,000."""
    run = new_run()
    view, widget = live(run, shown)
    answer = widget.say(do="more", ask=1, count=sent)[0]
    assert answer["error"] == f"The number of epochs must be a whole number from 1 to 100,000, such as 5; got {sent}"
    if sent != 0:
        answer = widget.say(do="restore", ask=2, epoch=sent)[0]
        assert answer["error"] == f"The epoch must be a whole number from 0 to 100,000, such as 5; got {sent}"
    assert not run.control.pending
    widget.say(do="more", ask=3, count=100_000)
    assert run.control.take() == [("add_epochs", 100_000)]
    view.panel.close()


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
    assert shown[-1][2] and widget.closed


def test_an_update_that_is_not_due_is_cheap(shown):
    """Less than a microsecond."""
    view, _ = live(new_run(), shown)
    view.due = float("inf")
    assert min(timeit.repeat(view.update, number=20_000, repeat=5)) / 20_000 < 1e-6
    view.panel.close()


def test_the_end_leaves_a_picture_and_the_panel_open(shown):
    """First and last output have the same texts; the panel goes on answering until the cell runs again."""
    run = new_run()
    view, widget = live(run, shown)
    widget.say(do="shown", stays=True)
    play(run, view.update)
    run.finish("completed")
    view.close()
    (first, first_id, _), (last, last_id, replaced) = shown[0], shown[-1]
    assert replaced and first_id == last_id and not widget.closed
    assert set(first) - {VIEW} == set(last) == {"text/plain", "text/html"}
    assert first["text/plain"] == last["text/plain"] == "<kerasnb.Run epochs=3>"
    assert _sanitised(first["text/html"]) == _sanitised(last["text/html"])
    assert f'data-knb="{view.panel.uid}"' in last["text/html"]
    assert widget.deltas()[-1]["state"]["ended"] and widget.say(do="ping", ask=1)[0]["reply"] == 1
    view.panel.close()
    assert widget.closed


def test_a_panel_that_no_page_has_drawn_yet_is_not_replaced(shown, monkeypatch):
    """A page gets the time to draw a quick fit; what it never draws becomes the picture at last."""
    monkeypatch.setattr(notebook, "is_watched", lambda: True)
    monkeypatch.setattr(views, "PATIENCE", 0.05)
    run = new_run()
    view, widget = live(run, shown)
    play(run, view.update)
    run.finish("completed")
    view.close()
    assert not any(replaced for _, _, replaced in shown)
    view.timer.join(5)
    assert shown[-1][2] and "Trained" in shown[-1][0]["text/html"]
    view.panel.close()


def test_a_page_that_keeps_no_card_gets_the_picture_at_the_end(shown, monkeypatch):
    """Where the card cannot stand in front of the picture, the picture takes its place at once, and not before."""
    monkeypatch.setattr(notebook, "is_watched", lambda: True)
    run = new_run()
    view, widget = live(run, shown)
    widget.say(do="shown", stays=False)
    play(run, view.update)
    assert not any(replaced for _, _, replaced in shown)
    run.finish("completed")
    view.close()
    assert shown[-1][2] and view.timer is None
    view.panel.close()


def test_while_it_trains_the_saved_picture_grows(shown, clock):
    """A page that is loaded again in the middle shows at most ten seconds less."""
    run = new_run(epochs=40)
    view, widget = live(run, shown)
    widget.say(do="shown", stays=True)
    pictures = len(shown)
    for epoch in range(40):
        run.begin_epoch(epoch)
        clock.now += 1
        run.record_batch(0, {"loss": 0.5})
        run.end_epoch(epoch, {"loss": 1.0 / (epoch + 1)})
    count = len(shown) - pictures
    assert count == 4 and "loss 0.0323" in shown[-1][0]["text/html"]  # 1 / 31
    view.panel.close()


def test_a_run_that_goes_on_is_followed_again(shown):
    """More epochs after the end come to the same card, and the picture shows them."""
    run = new_run()
    view, widget = live(run, shown)
    widget.say(do="shown", stays=True)
    play(run, view.update)
    run.finish("completed")
    view.close()
    run.reopen(epochs=4)
    view._publish()
    assert not widget.deltas()[-1]["state"]["ended"]
    run.begin_epoch(3)
    run.record_batch(0, {"accuracy": 0.5, "loss": 0.1})
    run.end_epoch(3, {"loss": 0.1})
    run.finish("completed")
    state = widget.deltas()[-1]["state"]
    assert state["ended"] and state["text"].startswith("4 epochs") and "4 epochs" in shown[-1][0]["text/html"]
    view.panel.close()


def _sanitised(text):
    for pattern in kerasnb_nbval.PATTERNS:
        text = re.sub(pattern, "", text)
    return text


def test_two_hundred_trainings_leave_a_few_panels(shown):
    """No leak: of those that ended only the last few stay open, and what is closed is forgotten."""
    pytest.importorskip("anywidget")
    from ipywidgets.widgets.widget import _instances

    gc.collect()
    before, kept = len(_instances), []
    for _ in range(200):
        run = new_run()
        view = views.LiveView(run)
        kept.append((weakref.ref(view.panel.widget), weakref.ref(run)))
        run.start()
        play(run, view.update, epochs=1)
        run.finish("completed")
        view.close()
        del view, run
        shown.clear()
    gc.collect()
    assert sum(widget() is not None for widget, _ in kept) == views.MOST
    assert sum(run() is not None for _, run in kept) <= views.MOST + 1  # the last one is `kw.last_run()`
    assert len(_instances) - before <= 2 * views.MOST
    for panel_ in list(views._ended):
        panel_.close()
    assert views._ended == [] and len(_instances) <= before


def test_the_panel_is_one_small_widget():
    """At most 80 KB of code, no address of anything else, a constant text."""
    tool = panel.Panel(new_run())
    code = frontend.module(tool.scripts)
    assert len(code.encode()) < 80_000 and "https:" not in code and "import " not in re.sub("//.*", "", code)
    assert repr(tool) == "<kerasnb.widgets Panel>"
    widget = tool._open()
    assert repr(widget) == "<kerasnb.widgets Panel>"
    tool.close()


# --- the static view


def test_headless_shows_the_end_once(shown):
    """A notebook run by a program gets one output, without a widget."""
    run = new_run()
    view = views.StaticView(run, live=False)
    run.start()
    play(run, view.update)
    run.finish("completed")
    view.close()
    assert [(sorted(b), r) for b, _, r in shown] == [(["text/html", "text/plain"], False)]


def test_headless_and_live_leave_the_same_output(shown):
    """What a person saw passes the test that a program runs."""
    outputs = []
    for live_view in (True, False):
        run = new_run()
        view = views.LiveView(run, FakePanel({})) if live_view else views.StaticView(run, live=False)
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
    monkeypatch.setattr(frontend, "available", lambda: False)
    assert isinstance(views.open_view(new_run(), "live"), views.StaticView)


def test_a_displayed_run_is_its_picture():
    """`kw.last_run()` in a cell."""
    run = new_run()
    run.start()
    play(run)
    run.finish("completed")
    assert run._repr_mimebundle_() == static.bundle(run)
