"""What Python packs, the browser unpacks: the same numbers, and nothing missed goes unnoticed."""

from __future__ import annotations

import base64
import json

import numpy as np
import pytest

from kerasnb.model.run.run import Run
from kerasnb.widgets.panel import panel, wire


@pytest.fixture
def page(browser):
    """An empty page that knows the panel's code."""
    opened = browser.new_page()
    code = panel.esm().replace("export default { render };", "return { Store, render };")
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


def test_broken_numbers_are_drawn_as_gaps(page):
    """NaN and infinities anywhere: the panel draws, in linear and logarithmic scale."""
    run = Run(epochs=2, steps=3, metrics_names=["loss"], learning_rate=0.1)
    run.start()
    for epoch, values in enumerate([[np.nan, np.inf, -np.inf], [1.0, -2.0, np.nan]]):
        run.begin_epoch(epoch)
        for step, value in enumerate(values):
            run.record_batch(step, {"loss": value})
        run.end_epoch(epoch, {"loss": values[-1], "val_loss": np.nan})
    page.evaluate(
        """(text) => {
            const model = { get: () => bytes(text), send: () => {}, on: () => {}, off: () => {} };
            document.body.style.width = '700px';
            window.end = kit.render({ model, el: document.body });
        }""",
        base64.b64encode(wire.whole(run)).decode(),
    )
    page.wait_for_function("document.querySelector('.knb-canvas').width > 0")
    for _ in range(2):
        page.locator(".knb-button", has_text="log").click()
        page.wait_for_timeout(50)
    page.locator(".knb-values summary").click()
    page.locator(".knb-values td").first.wait_for()  # the table is filled when the browser reports that it was opened
    assert page.locator(".knb-values td").all_inner_texts()[:3] == ["1", "−∞", "NaN"]
    page.evaluate("end()")
