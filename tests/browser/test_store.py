"""What Python packs, the browser unpacks: the same numbers, and nothing missed goes unnoticed."""

from __future__ import annotations

import base64
import json

import numpy as np
import pytest

from kerasnb.model.run.run import Run
from kerasnb.widgets.kit import frontend
from kerasnb.widgets.panel import wire
from kerasnb.widgets.panel.panel import Panel


@pytest.fixture
def page(browser):
    """An empty page that knows the panel's code."""
    opened = browser.new_page()
    code = frontend.module(Panel.scripts).replace("export default { initialize, render };", "return { Store };")
    opened.evaluate("(code) => { window.kit = new Function(code)(); window.store = new window.kit.Store(); }", code)
    opened.evaluate(
        """() => {
            window.bytes = (text) => {
                const raw = Uint8Array.from(atob(text), (c) => c.charCodeAt(0));
                return new DataView(raw.buffer);
            };
            window.dump = () => ({
                batches: store.batches, epochs: store.epochs, numbers: store.rows.numbers, ends: store.rows.ends,
                series: [...store.series].map(([name, { x, y }]) => [name, x, y]), events: store.events,
                rows: [...store.rows.values].map(([name, values]) => [name, values]),
            });
        }"""
    )
    yield opened
    opened.close()


def half_trained() -> Run:
    run = Run(epochs=4, steps=5, metrics_names=["accuracy", "loss"])
    run.start()
    _epochs(run, 0, 2)
    return run


def _epochs(run, first, last):
    for epoch in range(first, last):
        run.begin_epoch(epoch)
        for step in range(5):
            run.record_batch(step, {"accuracy": 0.1 * epoch, "loss": 1.0 / (epoch * 5 + step + 1)})
        run.event("learning_rate", value=0.1 / (epoch + 1))
        run.end_epoch(epoch, {"accuracy": 0.1 * epoch, "loss": 0.5, "val_loss": 0.25 * epoch})


def deliver(page, run, cursor):
    """Sends a delta to the browser; whether it could be taken in, and the cursor after it."""
    head, buffers, after = wire.delta(run, cursor)
    head["version"] = 1
    texts = [base64.b64encode(b).decode() for b in buffers]
    script = "([head, texts]) => store.takeDelta(JSON.parse(head), texts.map(bytes))"
    return page.evaluate(script, [json.dumps(head), texts]), after


def load(page, run):
    page.evaluate("(text) => store.takeWhole(bytes(text))", base64.b64encode(wire.whole(run)).decode())


def same(found, run):
    assert (found["batches"], found["epochs"]) == (run.batches, len(run.epoch_ends))
    assert found["numbers"] == run.epoch_numbers and found["ends"] == run.epoch_ends
    for name, x, y in found["series"]:
        assert x == list(range(1, run.batches + 1))
        np.testing.assert_allclose(y, np.array(run.values(name), "float32"))
    for name, values in found["rows"]:
        np.testing.assert_allclose(values, run.history[name], rtol=1e-6)
    assert [e["value"] for e in found["events"]] == [e["value"] for e in run.events]


def test_deltas_alone(page):
    """A view that is there from the start."""
    run, cursor = half_trained(), wire.Cursor()
    taken, cursor = deliver(page, run, cursor)
    _epochs(run, 2, 4)
    again, cursor = deliver(page, run, cursor)
    assert taken and again
    same(page.evaluate("dump()"), run)


def test_the_whole_then_deltas(page):
    """A view that is opened late, or a page that was loaded again."""
    run = half_trained()
    load(page, run)
    same(page.evaluate("dump()"), run)
    cursor = wire.Cursor(run.batches, len(run.epoch_ends), len(run.events))
    _epochs(run, 2, 4)
    taken, _ = deliver(page, run, cursor)
    assert taken
    same(page.evaluate("dump()"), run)


def test_what_was_missed_is_noticed_and_repaired(page):
    """A lost message, then the whole; what comes twice does no harm."""
    run = half_trained()
    _, cursor = deliver(page, run, wire.Cursor())
    run.begin_epoch(2)
    run.record_batch(0, {"accuracy": 0.5, "loss": 0.5})
    _, _, cursor = wire.delta(run, cursor)
    run.record_batch(1, {"accuracy": 0.5, "loss": 0.5})
    taken, _ = deliver(page, run, cursor)
    assert taken is False
    load(page, run)
    same(page.evaluate("dump()"), run)
    taken, _ = deliver(page, run, wire.Cursor(run.batches, 2, 2))
    assert taken
    same(page.evaluate("dump()"), run)


def test_what_comes_twice_or_late_is_taken_once(page):
    """A whole that overtakes deltas: the part that is known already is left out."""
    run = half_trained()
    cursor = wire.Cursor(3, 0, 0)
    load(page, run)
    _epochs(run, 2, 3)
    taken, after = deliver(page, run, cursor)
    assert taken
    same(page.evaluate("dump()"), run)
    deliver(page, run, wire.Cursor(2, 0, 1))
    _epochs(run, 3, 4)
    deliver(page, run, after)
    same(page.evaluate("dump()"), run)


def test_the_memory_of_a_page_stays_flat(page):
    """However many batches come: a curve keeps its lowest and highest values and its newest points."""
    run, cursor = Run(epochs=1, steps=100_000, metrics_names=["loss"]), wire.Cursor()
    run.start()
    run.begin_epoch(0)
    for step in range(100_000):
        run.record_batch(step, {"loss": 9.0 if step == 1234 else 1.0 + 0.001 * (step % 7)})
        if step % 500 == 499:
            _, cursor = deliver(page, run, cursor)
    ((_, x, y),) = page.evaluate("dump()")["series"]
    assert len(x) == len(y) <= 8000 and max(y) == 9.0 and x[-1] == 100_000
    assert x == sorted(x) and x[-1000:] == list(range(99_001, 100_001))


def test_broken_numbers_are_drawn_as_gaps(show_tool):
    """NaN and infinities anywhere: the panel draws, in linear and logarithmic scale."""
    run = Run(epochs=2, steps=3, metrics_names=["loss"], learning_rate=0.1)
    run.start()
    for epoch, values in enumerate([[np.nan, np.inf, -np.inf], [1.0, -2.0, np.nan]]):
        run.begin_epoch(epoch)
        for step, value in enumerate(values):
            run.record_batch(step, {"loss": value})
        run.end_epoch(epoch, {"loss": values[-1], "val_loss": np.nan})
    page = show_tool(Panel(run))
    for _ in range(2):
        page.locator("button[title^=Logarithmic]").click()
        page.page.wait_for_timeout(50)
        paths = page.locator(".area path").evaluate_all("list => list.map((e) => e.getAttribute('d') ?? '').join()")
        assert "NaN" not in paths and "Infinity" not in paths
    page.locator("summary", has_text="Values").click()
    page.locator("td").first.wait_for()  # the table is filled when the browser reports that it was opened
    assert page.locator("tbody td").all_inner_texts()[:3] == ["1", "−∞", "NaN"]
