"""The training panel in a browser: what it shows, what it does, and that nothing moves between its states."""

from __future__ import annotations

import re

import numpy as np
import pytest

import kerasnb as keras
from kerasnb.widgets.panel.panel import Panel
from tests.browser import bare, digits
from tests.browser.axe import serious_faults

BOXES = """() => [...document.querySelector('.kerasnb').shadowRoot.querySelectorAll('.area')].map((e) => {
    const { left, top, width, height } = e.getBoundingClientRect();
    return [left, top, width, height].map(Math.round);
})"""

CLIPBOARD = """() => {
    document.execCommand = () => { window.copied = document.querySelector('textarea').value; };
}"""


@pytest.fixture
def show(show_tool):
    """Shows a run in its panel; the page has drawn it when this returns."""

    def shown(run, **options):
        page = show_tool(Panel(run), **options)
        settle(page)
        return page

    return shown


def settle(page) -> None:
    """Waits until everything is drawn."""
    page.page.evaluate("() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))")


def send(page) -> None:
    """Sends what is new to the page."""
    page.tool.publish()
    page.flush()
    settle(page)


def texts(page, selector: str) -> list[str]:
    """What is written in the visible elements."""
    return [e.inner_text().strip() for e in page.locator(selector).all() if e.is_visible()]


def points(page, kind: str, chart: int = 0) -> list[tuple[float, float]]:
    """The places of a curve in thousandths of its picture."""
    d = page.locator(f".area path.{kind}").nth(chart).get_attribute("d") or ""
    return [(float(x), float(y)) for x, y in re.findall(r"[ML](-?[\d.]+) (-?[\d.]+)", d)]


def hover(page, share: float, chart: int = 0) -> None:
    """Moves the pointer into a chart."""
    box = page.locator(".area").nth(chart).bounding_box()
    page.page.mouse.move(box["x"] + share * box["width"], box["y"] + box["height"] / 2)
    settle(page)


# --- curves


def test_epoch_k_is_drawn_at_k_and_everything_is_labelled(show):
    """Axis, cut first epoch, star and best value, change of rate, last values, last run."""
    page = show(digits.live())
    assert texts(page, ".head .st") == ["Training"]
    assert texts(page, ".head > .num") == ["epoch 12 of 20 · batch 210 of 375"]
    assert texts(page, ".ch figcaption b") == ["loss", "accuracy"] and texts(page, ".xt em") == ["epoch", "epoch"]
    assert texts(page, ".ch:first-child .xt span") == ["0", "5", "10", "15", "20"]
    assert texts(page, ".ch:first-child .yt span") == ["0", "0.05", "0.1", "0.15"]
    assert texts(page, ".ch:first-child .lb") == ["train 0.0163", "val 0.0554", "last run, val"]
    assert texts(page, ".ch:first-child .mk") == ["★", "best 0.0463", "rate 5e-4", "↑ 0.342"]
    assert texts(page, ".ch:last-child .mk") == ["★", "best 0.9863", "↓ 0.898"]
    train, val = points(page, "tr"), points(page, "va")
    assert [x for x, _ in train] == [x for x, _ in val] == [50 * (k + 1) for k in range(11)]
    for (_, y), value in zip(val, digits.VAL_LOSS, strict=False):
        assert y == pytest.approx(1000 * (1 - value / 0.15), abs=0.51)
    batches = points(page, "th")
    assert batches[0][0] == 550 and 550 < batches[1][0] < 600 and batches[-1][0] == round(50 * (11 + 210 / 375))
    assert points(page, "gh")[-1][0] == 1000


def test_points_appear_with_the_batches(show):
    """In the first epoch the axis counts batches; with its end it counts epochs. No element is made again."""
    run = digits.begun(steps=10)
    page = show(run)
    assert texts(page, ".head .st") == ["Starting"] and page.locator(".area").count() == 2
    run.start()
    run.begin_epoch(0)
    for step in range(4):
        run.record_batch(step, {"loss": 1 / (step + 1), "accuracy": 0.1 * step})
        send(page)
        assert [x for x, _ in points(page, "tr")] == [100 * (k + 1) for k in range(step + 1)]
    assert texts(page, ".ch:first-child .xt em") == ["batch of epoch 1"]
    assert texts(page, ".ch:first-child .lb") == ["train 0.250"]
    page.page.evaluate("""() => {
        const charts = document.querySelector('.kerasnb').shadowRoot.querySelector('.charts');
        window.made = 0;
        const elements = (list) => [...list].filter((node) => node.nodeType === 1).length;
        const count = (list) => list.forEach((m) => (window.made += elements(m.removedNodes)));
        new MutationObserver(count).observe(charts, { childList: true, subtree: true });
    }""")
    run.end_epoch(0, {"loss": 0.25, "accuracy": 0.3, "val_loss": 0.4, "val_accuracy": 0.2})
    for epoch in range(1, 4):
        run.begin_epoch(epoch)
        for step in range(10):
            run.record_batch(step, {"loss": 0.2 / (epoch + 1), "accuracy": 0.5})
            send(page)
        run.end_epoch(epoch, {"loss": 0.2 / (epoch + 1), "accuracy": 0.5, "val_loss": 0.3, "val_accuracy": 0.4})
    send(page)
    assert texts(page, ".ch:first-child .xt em") == ["epoch"] and len(points(page, "va")) == 4
    assert page.page.evaluate("window.made") == 0


CHANGES = """() => {
    window.changes = [];
    const note = (list) => list.forEach((m) => window.changes.push([m.target.nodeName, m.attributeName ?? m.type]));
    const all = { subtree: true, attributes: true, childList: true, characterData: true };
    new MutationObserver(note).observe(document.querySelector('.kerasnb').shadowRoot, all);
}"""


def test_only_what_has_changed_is_written(show):
    """A message without news leaves the page alone; with more batches the curve and the numbers change."""
    run = digits.live()
    page = show(run)
    send(page)
    page.page.evaluate(CHANGES)
    send(page)
    written = page.page.evaluate("window.changes.splice(0)")
    assert len(written) <= 4 and all(kind == "childList" for _, kind in written)  # seconds, memory
    for step in range(210, 240):
        run.record_batch(step, {"loss": 0.0154, "accuracy": 0.9955})
    send(page)
    changes = page.page.evaluate("window.changes")
    assert {"d", "childList"} <= {kind for _, kind in changes} and len(changes) < 20


def test_charts_out_of_view_wait_until_they_are_seen(show):
    """Of eight charts on a low page those below are not drawn; scrolled to, they are complete."""
    names = ["loss", *(f"metric_{i}" for i in range(7))]
    run = digits.begun(steps=10, metrics_names=names)
    run.start()
    run.begin_epoch(0)
    page = show(run, height=200)
    run.record_batch(0, dict.fromkeys(names, 0.5))
    send(page)
    for step in range(1, 5):
        run.record_batch(step, dict.fromkeys(names, 0.5 / (step + 1)))
    send(page)
    assert (len(points(page, "tr", 0)), len(points(page, "tr", 7))) == (5, 0)
    page.locator(".area").nth(7).scroll_into_view_if_needed()
    page.page.wait_for_timeout(200)
    settle(page)
    assert len(points(page, "tr", 7)) == 5


def test_the_pointer_and_the_arrow_keys_read_an_epoch_in_all_charts(show):
    """Epoch, train, val and their gap; the cross-hair is in each chart."""
    page = show(digits.live())
    hover(page, 0.45)
    assert texts(page, ".tip b") == ["epoch 9", "epoch 9"]
    assert page.locator(".tip").first.locator("td").all_inner_texts() == [
        "train", "0.0223", "val", "0.0497", "gap", "+0.0274"
    ]  # fmt: skip
    assert page.locator(".tip").last.locator("td").all_inner_texts()[-1] == "−0.00710"
    assert all(e.is_visible() for e in page.locator(".x").all())
    page.page.mouse.move(2, 2)
    settle(page)
    assert texts(page, ".tip b") == []
    page.locator(".area").first.focus()
    page.page.keyboard.press("ArrowLeft")
    settle(page)
    assert texts(page, ".tip b") == ["epoch 11", "epoch 11"]
    for _ in range(3):
        page.page.keyboard.press("ArrowLeft")
    settle(page)
    assert texts(page, ".tip b") == ["epoch 8", "epoch 8"]
    assert "epoch 8: loss 0.0262" in page.locator(".sr").text_content()
    page.page.keyboard.press("ArrowRight")
    page.page.keyboard.press("Escape")
    settle(page)
    assert texts(page, ".tip b") == []


def test_log_smooth_zoom_and_hide_need_no_kernel(show):
    """All of it happens in the page, also when the kernel is gone."""
    page = show(digits.finished())
    page.page.evaluate("window.loseKernel()")
    page.locator(".page").focus()
    page.page.keyboard.press("l")
    settle(page)
    assert texts(page, ".ch:first-child .yt span") == ["0.01", "0.1", "1"]
    assert page.locator("button", has_text="log").get_attribute("aria-pressed") == "true"
    page.locator("button", has_text="log").click()
    plain = points(page, "va")
    page.locator("input[aria-label=Smoothing]").fill("0.5")
    settle(page)
    smooth = points(page, "va")
    mean = digits.VAL_LOSS[0]
    for value, (_, y) in zip(digits.VAL_LOSS[1:], smooth[1:], strict=False):
        mean = 0.5 * mean + 0.5 * value
        assert y == pytest.approx(plain[0][1] + (digits.VAL_LOSS[0] - mean) / 0.15 * 1000, abs=1.01)
    page.locator("input[aria-label=Smoothing]").fill("0")
    page.locator(".lb", has_text="train").first.click()
    settle(page)
    assert points(page, "tr") == [] and len(points(page, "tr", 1)) == 12
    box = page.locator(".area").first.bounding_box()
    page.page.mouse.move(box["x"] + 0.25 * box["width"], box["y"] + 50)
    page.page.mouse.down()
    page.page.mouse.move(box["x"] + 0.5 * box["width"], box["y"] + 60)
    page.page.mouse.up()
    settle(page)
    for chart in (0, 1):
        labels = texts(page, f".ch:nth-child({chart + 1}) .xt span")
        assert labels[0] == "5" and labels[-1] == "10"
    page.locator(".page").press("Escape")
    settle(page)
    assert texts(page, ".ch:first-child .xt span")[-1] == "20"


def test_a_learning_rate_that_always_changes_is_a_line_of_steps(show):
    """No black band of labels; eight metrics with long names do not collide."""
    page = show(digits.many_metrics())
    assert page.locator("path.ev").first.get_attribute("d") == "" and texts(page, ".ev2") == []
    assert page.locator("path.rt").first.get_attribute("d").count("V") >= 19
    assert texts(page, ".ra") == ["rate 8e-4 → 1.4e-5"]
    boxes = [b.bounding_box() for b in page.locator(".ch figcaption").all()]
    plots = [b.bounding_box() for b in page.locator(".ch .plot").all()]
    assert len(boxes) == 8
    for caption, plot in zip(boxes, plots, strict=True):
        assert caption["y"] + caption["height"] <= plot["y"] + 0.5 and caption["width"] <= plot["width"] + 10
    tops = sorted({round(p["y"]) for p in plots})
    assert len(tops) == 3  # charts that stand side by side are in line
    wide = "e => e.scrollWidth <= e.clientWidth"
    assert page.locator(".k").evaluate(wide) and all(e.evaluate(wide) for e in page.locator(".ch figcaption b").all())


def test_a_message_that_was_missed_is_noticed_and_made_up_for(show):
    """The page asks for everything, once, and goes on with what comes."""
    run = digits.live()
    page = show(run)
    send(page)
    run.record_batch(210, {"loss": 0.0154, "accuracy": 0.9955})
    page.tool.publish()
    page.widget.take()  # lost
    run.record_batch(211, {"loss": 0.0153, "accuracy": 0.9955})
    send(page)
    page.page.wait_for_timeout(100)
    run.record_batch(212, {"loss": 0.0152, "accuracy": 0.9955})
    send(page)
    assert points(page, "th")[-1][0] == round(50 * (11 + 213 / 375))
    assert texts(page, ".head > .num")[0] == "epoch 12 of 20 · batch 213 of 375"


ODD = ["loss", "constructor", "__proto__", "<b>bold</b>", "émoji 🎉", "a'b\"c`d`", "x" * 200]


@pytest.mark.parametrize("width", [1000, 300])
def test_names_of_all_kinds_fit_into_the_card(show, width):
    """Names that JavaScript knows, markup, emoji, two hundred letters, for metrics and for the model."""
    run = digits.begun(steps=2, metrics_names=ODD, model_name="<i>m</i>" + "m" * 200)
    run.start()
    for epoch in range(3):
        run.begin_epoch(epoch)
        for step in range(2):
            run.record_batch(step, {name: 1 / (epoch + step + i + 1) for i, name in enumerate(ODD)})
        run.end_epoch(epoch, {name: 1 / (epoch + i + 1) for i, name in enumerate(ODD)})
    page = show(run, width=width, height=3000)
    send(page)
    assert sorted(texts(page, ".ch figcaption b")) == sorted(ODD) and texts(page, ".head > b") == [run.model_name]
    assert [len(points(page, "tr", chart)) for chart in range(len(ODD))] == [3] * len(ODD)
    assert page.locator(".k").evaluate("e => e.scrollWidth <= e.clientWidth")


def test_an_epoch_of_unknown_length_may_be_longer_than_the_first(show):
    """Its curve is always rising to the right, and ends where the epoch is now."""
    run = digits.begun(steps=None, metrics_names=["loss"], validation=False, epochs=4)
    run.start()
    for epoch, count in enumerate((5, 5, 12)):
        run.begin_epoch(epoch)
        for step in range(count):
            run.record_batch(step, {"loss": 1 / (step + 1)})
        if epoch < 2:
            run.end_epoch(epoch, {"loss": 0.2})
    page = show(run)
    places = [x for x, _ in points(page, "th")]
    assert len(places) == 12 and places == sorted(set(places)) and places[-1] == 750


# --- notes, values, troubles


def test_a_note_tells_why_and_goes_away(show):
    """One note at a time, in its own place."""
    page = show(digits.live())
    note = page.locator(".note.lv")
    before = page.page.evaluate(BOXES)
    assert note.inner_text().startswith("Overfits since epoch 8. val_loss rose 4 epochs running")
    note.get_by_role("button", name="Why?").click()
    assert "learns its samples by heart" in note.inner_text()
    note.get_by_role("button", name="Dismiss note").click()
    assert note.inner_text().strip() == "Nothing to note so far." and page.page.evaluate(BOXES) == before


def test_the_values_are_a_table(show_tool):
    """The same numbers as the history, the best epoch marked, and the rate of each epoch."""
    run = digits.begun(steps=3)
    tool = Panel(run)
    run.start()
    digits.train(run, 0, 12)
    run.finish("completed")
    page = show_tool(tool)
    page.locator("summary", has_text="Values per epoch (12)").click()
    page.locator("tbody tr").first.wait_for()
    rows = [[c.strip() for c in row.locator("td").all_inner_texts()] for row in page.locator("tbody tr").all()]
    assert page.locator("th").all_inner_texts() == ["epoch", "loss", "accuracy", "val_loss", "val_accuracy", "rate"]
    assert [row[0] for row in rows] == ["★ 7" if k == 7 else str(k) for k in range(1, 13)]
    for row, loss, value in zip(rows, digits.LOSS, digits.VAL_ACCURACY, strict=True):
        assert float(row[1]) == pytest.approx(loss, rel=1e-3) and float(row[4]) == pytest.approx(value, abs=1e-4)
    assert [row[5] for row in rows] == ["1e-3"] * 5 + ["5e-4"] * 7


class OneBatch(keras.callbacks.Callback):
    """A person who runs the third batch alone; remembers the weights before and after it."""

    def on_train_batch_begin(self, batch, logs=None):
        self.before = self.model.get_weights() if batch == 2 else self.before

    def on_train_batch_end(self, batch, logs=None):
        if batch == 1:
            self.model.run.control.step("batch")
        if batch == 2:
            self.after = self.model.get_weights()
            self.model.run.control.resume()

    before = after = None


def test_a_single_step_has_a_folded_table(show_tool):
    """Norms before, after and of the update, of all weights and of each layer, are those of NumPy."""
    model = keras.Sequential([keras.Input((4,)), keras.layers.Dense(8, name="a"), keras.layers.Dense(1, name="b")])
    model.compile(keras.optimizers.SGD(0.1), "mse")
    look = OneBatch()
    page = show_tool(Panel(digits.begun()))
    assert texts(page, "summary") == ["Values per epoch (0)"]  # without a step there is no place for it
    x = np.random.default_rng(0).normal(size=(64, 4))
    model.fit(x, x[:, :1], batch_size=16, verbose=0, callbacks=[look], shuffle=False)
    page = show_tool(Panel(model.run))
    line = page.locator("summary", has_text="Last step: epoch 1, batch 3 · loss ")
    table, most = (page.locator("details", has=line).locator("table").nth(i) for i in (0, 1))
    assert not table.is_visible()
    made = [(x[32:48] @ a + b) @ c + d for a, b, c, d in (look.before, look.after)]
    losses = [np.mean((outputs - x[32:48, :1]) ** 2) for outputs in made]
    shown = re.search(r"loss (\S+) → (\S+) · update norm (\S+)$", line.inner_text())
    change = [b.astype("float64") - a for a, b in zip(look.before, look.after, strict=True)]
    expected = [*losses, np.sqrt(sum(np.sum(c**2) for c in change))]
    assert [float(text) for text in shown.groups()] == pytest.approx(expected, rel=6e-3)
    line.click()
    assert most.locator("th").all_inner_texts() == ["changed most", "before", "after", "change"]
    cells = [row.locator("td").all_inner_texts() for row in most.locator("tbody tr").all()]
    rows = [[cell.strip().replace("−", "-") for cell in row] for row in cells]
    largest = sorted((abs(v) for c in change for v in c.ravel()), reverse=True)[:5]
    assert [abs(float(row[3])) for row in rows] == pytest.approx(largest, rel=6e-3)
    assert all(float(row[2]) - float(row[1]) == pytest.approx(float(row[3]), abs=6e-3) for row in rows)
    assert line.inner_text() in page.tool.text() and f"Changed most: {rows[0][0]}" in page.tool.text()
    assert table.locator("th").all_inner_texts() == ["weight norm", "before", "after", "update"]
    rows = [[c.strip() for c in row.locator("td").all_inner_texts()] for row in table.locator("tbody tr").all()]
    assert [row[0] for row in rows] == ["all layers", "a", "b"]
    for row, part in zip(rows, (slice(0, 4), slice(0, 2), slice(2, 4)), strict=True):
        before, after = (np.concatenate([w.ravel() for w in ws[part]]) for ws in (look.before, look.after))
        norms = [np.linalg.norm(values) for values in (before, after, after.astype("float64") - before)]
        assert [float(text) for text in row[1:]] == pytest.approx(norms, rel=6e-3)
    assert not serious_faults(page.page)


def test_a_value_that_is_not_finite_is_named_with_its_place(show):
    """Epoch and batch, the batches before it on a scale that shows them, and the order in which it happened."""
    page = show(digits.not_finite())
    assert texts(page, ".head .st") == ["Not finite"]
    assert texts(page, ".head > .num")[0] == "loss since epoch 1, batch 7 · still training: epoch 2 of 20"
    assert len(points(page, "tr")) == 6 and texts(page, ".yt span") == ["1", "10", "100", "1,000", "10,000"]
    assert texts(page, ".xt em") == ["batch of epoch 1"] and "not finite from batch 7" in texts(page, ".nf b")
    assert texts(page, ".order .h4") == ["Batch 7, in the order it ran"]
    assert texts(page, ".order .row") == [
        "x, y\nfinite", "conv2d … dense\nmax 4.1e18", "dense_1\nmax 2.6e37", "loss\ninf",
        "gradient of dense_1/kernel\nNaN in 320 of 320",
    ]  # fmt: skip
    assert "go" in page.locator("button", has_text="Stop").get_attribute("class").split()
    assert page.locator("text=Nothing to note").count() == 0


def test_a_fit_that_failed_shows_the_mend_and_no_empty_charts(show):
    """Where, why, the two sides that disagree, the fix to copy, and a folded traceback."""
    page = show(digits.failed())
    assert texts(page, ".head > .num") == ["dense_1 and y_train do not fit together"]
    line = 'model.compile("adam", "categorical_crossentropy")   # Cell In[8], line 3'
    assert texts(page, ".fail pre.in") == [line]
    assert texts(page, ".head .st") == ["fit did not start"] and texts(page, ".area") == [] and texts(page, ".tl") == []
    assert texts(page, ".nd") == ["dense_1 gives\n(None, 10)", "y_train is\n(48000,)"]
    assert texts(page, ".why-text .mono") == ["categorical_crossentropy"]
    page.page.evaluate(CLIPBOARD)
    page.locator("button", has_text="Copy the fix").click()
    page.page.wait_for_function("window.copied")
    assert page.page.evaluate("window.copied") == 'loss="sparse_categorical_crossentropy"'
    assert texts(page, "summary") == ["Traceback (3 lines)"] and texts(page, "details pre") == []
    page.locator("summary").first.click()
    assert "ValueError: output (128, 10)" in texts(page, "details pre")[0]


# --- steering


def test_keys_steer_and_all_others_pass(show):
    """Space, B, E, S; Ctrl+S and what one types in the field are left alone."""
    run = digits.live()
    page = show(run)
    page.locator(".page").focus()
    page.page.keyboard.press("Space")
    page.page.wait_for_timeout(100)
    assert run.control.paused
    run.event("paused")
    send(page)
    assert texts(page, ".head .st") == ["Paused"] and page.locator("button", has_text="Resume").is_visible()
    page.locator(".head .sp", has_text="paused for 1.").wait_for()
    page.page.keyboard.press("Space")
    page.page.wait_for_timeout(100)
    assert not run.control.paused
    page.page.keyboard.press("b")
    page.page.keyboard.press("e")
    page.page.evaluate("""() => {
        window.passed = [];
        window.addEventListener('keydown', (e) => window.passed.push([e.key, e.defaultPrevented]));
    }""")
    page.page.keyboard.press("Control+s")
    page.page.keyboard.press("x")
    assert page.page.evaluate("window.passed.filter(([k]) => k.length === 1)") == [["s", False], ["x", False]]
    assert not run.control.stop
    page.locator("input.rate").focus()
    page.page.keyboard.type("sbe")
    assert not run.control.stop and page.locator("input.rate").input_value().endswith("sbe")
    page.locator(".page").focus()
    page.page.keyboard.press("s")
    page.page.wait_for_timeout(100)
    assert run.control.stop and page.locator("button", has_text="Stop").is_disabled()


def test_what_is_typed_as_a_rate_stays(show):
    """`1e-4` is not rewritten; what is no number gets a sentence."""
    run = digits.live()
    page = show(run)
    field = page.locator("input.rate")
    assert field.input_value() == "5e-4"
    for typed, value in (("1e-4", 1e-4), ("0.00030", 3e-4)):
        field.fill(typed)
        field.press("Enter")
        page.page.wait_for_timeout(100)
        run.event("learning_rate", value=value)
        page.locator(".page").focus()
        send(page)
        assert field.input_value() == typed
    run.event("learning_rate", value=2e-5)
    send(page)
    assert field.input_value() == "2e-5"
    field.fill("abc")
    field.press("Enter")
    why = "The learning rate must be a positive number, such as 1e-3. You typed: abc"
    page.locator(".note", has_text=why).wait_for()
    assert field.get_attribute("aria-invalid") == "true"


def test_more_than_one_number_can_be_chosen(show):
    """A list of names where there are several."""
    run = digits.live()
    run.session.adjustable = lambda: {"learning_rate": 5e-4, "momentum": 0.9}
    page = show(run)
    page.locator("select").select_option("momentum")
    assert page.locator("input.rate").input_value() == "0.9"
    page.locator("select").select_option("learning_rate")
    assert page.locator("input.rate").input_value() == "5e-4"


def test_buttons_are_off_with_the_reason_while_the_kernel_cannot_hear(show, monkeypatch):
    """No answer in one and a half seconds: steering is off, looking works; with the answer it is on again."""
    run = digits.live()
    page = show(run)
    hear = page.widget.hear
    page.page.wait_for_timeout(200)
    monkeypatch.setattr(page.widget, "hear", lambda content, buffers=(): [])
    stop = page.locator("button", has_text="Stop")
    page.locator(".note", has_text="The kernel cannot hear buttons now").wait_for(timeout=8000)
    assert stop.is_disabled() and "Interrupt it" in stop.get_attribute("title")
    assert page.locator("button", has_text="log").is_enabled() and texts(page, ".head .st") == ["Training"]
    monkeypatch.setattr(page.widget, "hear", hear)
    page.widget.sent += [{"content": {"reply": n, "result": {}}, "buffers": []} for n in range(1, 12)]
    page.flush()
    page.page.wait_for_timeout(100)
    assert stop.is_enabled()


def test_a_question_that_is_lost_is_asked_again(show_tool, monkeypatch):
    """Messages that come before the kernel can hear any do not grey the buttons for ever, and few are sent."""
    asked = []
    hear = bare.FakeWidget.hear

    def deaf(widget, content, buffers=()):
        asked.append((content["do"], content.get("ask")))
        return []

    monkeypatch.setattr(bare.FakeWidget, "hear", deaf)
    page = show_tool(Panel(digits.live()))
    note = page.locator(".note", has_text="The kernel cannot hear buttons now")
    note.wait_for(timeout=8000)
    stop = page.locator("button", has_text="Stop")
    assert stop.is_disabled() and not page.tool.seen
    assert {do for do, _ in asked} == {"shown", "ping"} and len(set(asked)) == 2 and len(asked) <= 6
    monkeypatch.setattr(bare.FakeWidget, "hear", hear)
    note.wait_for(state="detached", timeout=12_000)
    assert stop.is_enabled() and page.tool.seen


def test_a_kernel_that_restarts_leaves_the_points(show):
    """The card says so, keeps its points, and steers nothing."""
    page = show(digits.live())
    before = points(page, "va")
    page.page.evaluate("window.loseKernel()")
    settle(page)
    assert texts(page, ".head .st") == ["Kernel restarted"]
    assert texts(page, ".head > .num")[0] == "this run ended at epoch 12, batch 210; its points are kept"
    for name in ("Pause", "Batch", "Stop", "5 epochs"):
        button = page.locator("button", has_text=name).first
        assert button.is_disabled() and "Run the cell again" in button.get_attribute("title")
    assert points(page, "va") == before and "nothing to steer" in page.locator(".note").inner_text()


# --- after the end


def test_the_finished_card_keeps_its_tools(show):
    """Why it stopped; the slider picks an epoch; weights come back, more epochs are trained, clicks become code."""
    run = digits.finished()
    run.code = lambda: "model.fit(x, y)  # as clicked"
    page = show(run)
    assert texts(page, ".head .st") == ["Stopped early"]
    assert texts(page, ".head > .num")[0] == (
        "at epoch 12 of 20: val_loss no better for 5 epochs · best 0.0463 at epoch 7, restored"
    )
    restore, chip = page.locator("button", has_text="Restore"), page.locator("output")
    assert chip.inner_text() == "★ 7, restored" and restore.is_disabled()
    assert restore.get_attribute("title") == "These weights are in the model already"
    slider = page.locator("input[aria-label='Weights of epoch']")
    slider.focus()
    page.page.keyboard.press("ArrowRight")
    page.page.keyboard.press("ArrowRight")
    settle(page)
    assert chip.inner_text() == "epoch 9" and texts(page, ".tip b") == ["epoch 9", "epoch 9"]
    restore.click()
    page.page.wait_for_timeout(100)
    send(page)
    assert run.session.asked == [("restore", 8)] and chip.inner_text() == "9, restored" and restore.is_disabled()
    slider.fill("1")
    assert restore.is_disabled() and "not kept" in restore.get_attribute("title")
    page.locator("button[aria-label='Train 5 more epochs']").click()
    page.page.wait_for_timeout(100)
    assert run.session.asked[-1] == ("extend", 5)
    again = page.locator("button[aria-label='Initial weights, start again']")
    again.click()
    page.page.wait_for_timeout(100)
    assert run.session.asked[-1] == ("again",)
    run.session.kept.remove(-1)
    send(page)
    assert again.is_disabled() and again.get_attribute("title") == "The weights before the first epoch are not kept"
    page.page.evaluate(CLIPBOARD)
    page.locator("button[aria-label^='Copy as code']").click()
    page.page.wait_for_function("window.copied")
    assert page.page.evaluate("window.copied") == "model.fit(x, y)  # as clicked"


def test_nothing_moves_between_the_states(show):
    """Compiling, training, restarted and finished: the charts stand in the same place, on wide and narrow pages."""
    for width in (1000, 400):
        places = []
        for make in (digits.compiling, digits.live, digits.finished):
            page = show(make(), width=width, height=1200)
            places.append(page.page.evaluate(BOXES))
            if make is digits.live:
                page.page.evaluate("window.loseKernel()")
                settle(page)
                places.append(page.page.evaluate(BOXES))
            assert page.locator(".k").evaluate("e => e.scrollWidth <= e.clientWidth")
        assert len(places[0]) == 2 and places == [places[0]] * 4


def test_compiling_says_which_kernel_for_how_long(show):
    """Never a silent first epoch."""
    page = show(digits.compiling())
    page.page.wait_for_timeout(700)
    assert texts(page, ".head .st") == ["Compiling"]
    assert re.fullmatch(r"conv2d_fwd, 2 of 7 · [\d.]+ m?s · cached for the next run", texts(page, ".head > .num")[0])
    said = page.locator(".note.lv").inner_text()
    assert said.startswith("1 of 7 kernels ready (matmul 0.4 s). Now conv2d_fwd; 5 to come.")
    assert len(points(page, "gh")) == 20


# --- everybody


@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
@pytest.mark.parametrize(
    "make", [digits.live, digits.finished, digits.not_finite, digits.failed], ids=lambda f: f.__name__
)
def test_everybody_can_use_it(show, make, dark):
    """No serious fault by the judge of accessibility; controls are at least 24 px high."""
    page = show(make(), dark=dark, width=1000)
    assert serious_faults(page.page) == []
    for control in page.locator("button, input, summary, select").all():
        if control.is_visible():
            assert control.bounding_box()["height"] >= 24


def test_epochs_are_announced_one_by_one(show):
    """A screen reader hears an epoch with its values, and how the training ended."""
    run = digits.begun(steps=3)
    page = show(run)
    run.start()
    digits.train(run, 0, 2)
    send(page)
    assert page.locator(".sr").text_content() == (
        "Epoch 2 of 20: loss 0.0980, accuracy 0.9700, val_loss 0.0741, val_accuracy 0.9772"
    )
    run.finish("completed")
    send(page)
    assert page.locator(".sr").text_content().startswith("Trained: 2 of 20 epochs · best val_loss 0.0741 at epoch 2")
