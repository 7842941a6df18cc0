"""The panel in a real JupyterLab, driven by a real training, looked at with a real browser."""

from __future__ import annotations

import os
import pathlib
import re
import subprocess
import sys

import pytest

from tests.browser.lab import ROOT

SETUP = """import hashlib
import numpy as np
import kerasnb as keras
(x, y), (x_test, y_test) = keras.datasets.mnist.load_data(source="small")
x, x_test = x.reshape(-1, 784) / 255, x_test.reshape(-1, 784) / 255
def made(rate=0.001):
    keras.utils.set_random_seed(1)
    model = keras.Sequential([
        keras.Input((784,)), keras.layers.Dense(256, activation="relu"), keras.layers.Dropout(0.4),
        keras.layers.Dense(128, activation="relu"), keras.layers.Dropout(0.3),
        keras.layers.Dense(10, activation="softmax"),
    ])
    optimizer = keras.optimizers.RMSprop(rate)
    model.compile(optimizer=optimizer, loss="sparse_categorical_crossentropy", metrics=["accuracy"])
    return model
def fingerprint(model):
    return hashlib.sha256(b"".join(w.tobytes() for w in model.get_weights())).hexdigest()[:12]
model = made()"""
LONG = "history = model.fit(x, y, batch_size=32, epochs=1000, validation_split=0.2)"
PICTURES = ROOT / "docs" / "img"
TRAINING = r"(Training|Paused)[\s\S]*epoch [2-9]"


def start(notebook, cell=1):
    """Runs the set-up and starts a training."""
    notebook.run(0)
    notebook.wait_done(0)
    notebook.run(cell)
    notebook.wait_headline(TRAINING)


def test_the_card_lives_in_a_blocking_cell_and_stays_after_it(open_notebook, lab):
    """Curves grow while the cell runs; Ctrl+S saves; Stop ends it; tools stay; the notebook holds the picture."""
    show = "print(len(history.epoch), model.run.status, len(history.history['val_loss']))"
    notebook = open_notebook(SETUP, LONG, show)
    start(notebook)
    assert notebook.prompt(1) == "[*]:" and notebook.page.locator(".kerasnb .area").count() == 2
    notebook.wait_headline("epoch [1-9][0-9] of")
    notebook.wait_ink(5)
    notebook.wait_ink(notebook.ink())
    notebook.button("Pause").click()
    notebook.wait_headline("Paused")
    notebook.page.locator(".kerasnb .page").press("Control+s")
    notebook.save()
    saved = lab.saved(notebook.name)["cells"][1]["outputs"]
    assert [sorted(o["data"]) for o in saved] == [["text/html", "text/plain"]]
    notebook.button("Resume").click()
    notebook.wait_headline("Training")
    notebook.button("Stop").click()
    notebook.wait_done(1, 10)
    notebook.wait_headline("Stopped")
    notebook.run(2)
    notebook.wait_done(2)
    count, status, values = notebook.output(2).inner_text().split()
    assert status == "stopped" and 1 <= int(count) < 1000 and values == count
    notebook.page.wait_for_timeout(4000)
    assert notebook.panel().count() == 1 and notebook.button("log").is_enabled()
    notebook.page.locator(".kerasnb input[type=range]").first.fill("1")
    notebook.page.locator(".kerasnb .tip", has_text="epoch 1").first.wait_for()
    notebook.save()
    notebook.page.reload()
    picture = notebook.output(1).locator("img").first
    picture.wait_for(timeout=60_000)
    assert "Stopped" in notebook.output(1).inner_text() and notebook.panel().count() == 0
    assert "model not found" not in notebook.page.inner_text("body")


def test_the_panel_comes_back_after_a_reload_in_the_middle(open_notebook):
    """The page shows the picture of what was trained; the training goes on, and the whole run can be shown."""
    fit = "history = model.fit(x, y, batch_size=32, epochs=60, validation_split=0.2)"
    show = "import kerasnb.widgets as kw\nkw.last_run()"
    notebook = open_notebook(SETUP, fit, show)
    start(notebook)
    notebook.save()
    notebook.page.reload()
    picture = notebook.output(1).locator("img").first
    picture.wait_for(timeout=60_000)
    body = notebook.page.inner_text("body")
    assert "model not found" not in body and "Loading widget" not in body
    notebook.wait_idle()
    notebook.run(2)
    notebook.wait_done(2)
    assert "Trained · 60 epochs" in notebook.output(2).locator(".kerasnb-run").inner_text()
    notebook.output(2).locator("summary").click()
    assert notebook.output(2).locator("tbody tr").count() >= 50


def test_a_restart_in_the_middle_leaves_the_points_and_says_so(open_notebook, lab):
    """No zombie: the card says that the kernel restarted, and its buttons are off with the reason."""
    notebook = open_notebook(SETUP, LONG)
    start(notebook)
    notebook.wait_ink(0)
    before = notebook.ink()
    notebook.page.locator("[data-jp-item-name=restart]").click()
    notebook.page.locator(".jp-Dialog .jp-mod-accept").click()
    notebook.wait_headline("Kernel restarted[\\s\\S]*its points are kept", 60)
    assert notebook.ink() >= before
    assert notebook.button("Stop").is_disabled() and notebook.button("log").is_enabled()
    assert "Run the cell again" in notebook.button("Stop").get_attribute("title")
    notebook.wait_idle()


def test_pause_learning_rate_and_steps(open_notebook):
    """A pause holds the batches, keys work too, the rate changes while paused, and one batch is one batch."""
    show = "print(float(model.optimizer.learning_rate), [e['kind'] for e in model.run.events], model.run.batches)"
    notebook = open_notebook(SETUP, LONG, show)
    start(notebook)
    notebook.button("Pause").click()
    notebook.wait_headline("Paused")
    notebook.page.wait_for_timeout(500)
    paused = notebook.ink(), re.search(r"batch \d+", notebook.headline())
    notebook.page.wait_for_timeout(1000)
    assert notebook.ink() == paused[0] and notebook.prompt(1) == "[*]:"
    rate = notebook.page.locator(".kerasnb input.rate")
    rate.fill("5e-4")
    rate.press("Enter")
    notebook.page.locator(".kerasnb .mk.ev2", has_text="rate 5e-4").wait_for()
    assert rate.input_value() == "5e-4"
    rate.fill("-3")
    rate.press("Enter")
    notebook.page.locator(".kerasnb .note", has_text="positive number").wait_for()
    if paused[1] is not None:
        notebook.page.locator(".kerasnb .page").focus()
        notebook.page.keyboard.press("b")
        place = re.search(r"batch (\d+)", paused[1].group(0))
        following = int(place.group(1)) + 1
        notebook.wait_headline(f"batch {following} of|epoch .* first batch|validating|batch 1 of")
    notebook.button("Resume").click()
    notebook.wait_headline("Training")
    notebook.page.locator(".kerasnb .page").focus()
    notebook.page.keyboard.press("Space")
    notebook.wait_headline("Paused")
    notebook.page.keyboard.press("Space")
    notebook.wait_headline("Training")
    notebook.page.keyboard.press("s")
    notebook.wait_done(1, 10)
    notebook.run(2)
    notebook.wait_done(2)
    text = notebook.output(2).inner_text()
    assert text.startswith(("0.0005", "0.000499")) and "'learning_rate'" in text and text.count("'paused'") >= 2


def test_clicks_and_panel_do_not_change_the_weights(open_notebook):
    """Bit-equal with the panel and pauses, with the panel, and without."""
    fit = """model = made()
history = model.fit(x, y, batch_size=32, epochs=60, validation_split=0.2{})
print(fingerprint(model))"""
    notebook = open_notebook(SETUP, fit.format(""), fit.format(""), fit.format(", verbose=0"))
    start(notebook)
    for _ in range(3):
        notebook.button("Pause").click(timeout=5000)
        notebook.wait_headline("Paused")
        notebook.button("Resume").click()
        notebook.wait_headline("Training")
    for cell in (1, 2, 3):
        if cell > 1:
            notebook.run(cell)
        notebook.wait_done(cell)
    prints = [re.findall(r"^[0-9a-f]{12}$", notebook.output(cell).inner_text(), re.M)[-1] for cell in (1, 2, 3)]
    assert len(set(prints)) == 1


def test_weights_come_back_and_more_epochs_follow(open_notebook):
    """After the end: the weights of an earlier epoch, bit-equal, and five more epochs in the same card."""
    cells = [
        SETUP,
        "seen = []\n"
        "keep = keras.callbacks.LambdaCallback(on_epoch_end=lambda e, logs: seen.append(fingerprint(model)))\n"
        "history = model.fit(x, y, batch_size=128, epochs=6, validation_split=0.2, callbacks=[keep])",
        "print(seen.index(fingerprint(model)))",
    ]
    notebook = open_notebook(*cells)
    for cell in (0, 1):
        notebook.run(cell)
        notebook.wait_done(cell)
    notebook.wait_headline("Trained")
    notebook.page.locator(".kerasnb input.ep").fill("3")
    notebook.button("Restore").click()
    notebook.page.locator(".kerasnb output", has_text="3, restored").wait_for()
    notebook.run(2)
    notebook.wait_done(2)
    assert notebook.output(2).inner_text().strip() == "2"
    notebook.page.locator(".kerasnb button[aria-label='Train 5 more epochs']").click()
    notebook.wait_headline("Trained[\\s\\S]*11 epochs", 60)
    assert notebook.panel().count() == 1


def test_an_interrupt_finishes_the_batch_and_returns_the_history(open_notebook):
    """The button of the notebook works where none of ours would."""
    notebook = open_notebook(SETUP, LONG, "print(model.run.status, len(history.epoch) > 0)")
    start(notebook)
    notebook.lab.interrupt(notebook.name)
    notebook.wait_done(1, 10)
    assert "KeyboardInterrupt" not in notebook.output(1).inner_text()
    notebook.wait_headline("Interrupted")
    notebook.run(2)
    notebook.wait_done(2)
    assert notebook.output(2).inner_text().strip() == "interrupted True"


def test_buttons_are_greyed_with_the_reason_where_they_cannot_work(open_notebook, lab):
    """Without a way into the busy kernel the panel says so, and the interrupt still works."""
    settings = "@jupyterlab/apputils-extension:kernels-settings"
    lab.set(settings, commsOverSubshells="disabled")
    try:
        notebook = open_notebook(SETUP, LONG)
        start(notebook)
        notebook.page.locator(".kerasnb .note", has_text="Interrupt it").wait_for(timeout=15_000)
        assert notebook.button("Stop").is_disabled() and notebook.button("Pause").is_disabled()
        notebook.wait_ink(5)
        lab.interrupt(notebook.name)
        notebook.wait_done(1, 10)
        notebook.wait_headline("Interrupted")
        notebook.page.wait_for_timeout(1000)
        notebook.save()
        outputs = [o for o in lab.saved(notebook.name)["cells"][1]["outputs"] if "data" in o]
        assert [sorted(o["data"]) for o in outputs] == [["text/html", "text/plain"]]
        assert "Interrupted" in "".join(outputs[0]["data"]["text/html"])
    finally:
        lab.set(settings)


def test_the_saved_notebook_shows_the_end_without_a_kernel(open_notebook, lab, tmp_path):
    """After the kernel is gone, in a web page, and under a strict notebook test: the same picture."""
    fit = "history = model.fit(x, y, batch_size=128, epochs=3, validation_split=0.2)"
    notebook = open_notebook(SETUP, fit, "loss, accuracy = model.evaluate(x_test, y_test)")
    notebook.run(0)
    notebook.wait_done(0)
    for cell in (1, 2):
        notebook.run(cell)
        notebook.wait_done(cell)
    notebook.wait_headline("Trained")
    notebook.page.wait_for_timeout(500)
    notebook.save()
    saved = lab.saved(notebook.name)
    assert "widgets" not in saved["metadata"]
    data = [o["data"] for cell in saved["cells"] for o in cell["outputs"]]
    assert [sorted(d) for d in data] == [["text/html", "text/plain"]] * 2
    assert "".join(data[0]["text/plain"]) == "<kerasnb.Run epochs=3>"
    assert len("".join(data[0]["text/html"]).encode()) < 40_000
    lab.end_kernel(notebook.name)
    notebook.page.goto("about:blank")
    notebook.open(wait=False)
    picture = notebook.output(1).locator("img").first
    picture.wait_for(timeout=20_000)
    assert picture.bounding_box()["height"] > 100
    assert "model not found" not in notebook.page.inner_text("body")
    if os.environ.get("KERASNB_SCREENSHOTS"):
        notebook.output(1).screenshot(path=PICTURES / "frozen.png")
    path = tmp_path / "saved.ipynb"
    path.write_bytes((lab.folder / "notebooks" / notebook.name).read_bytes())
    _in_shell("-m", "nbconvert", "--to", "html", str(path))
    page = (tmp_path / "saved.html").read_text()
    assert "Trained · 3 epochs" in page and page.count('<img alt="Curves of') == 2
    out = _in_shell("-m", "pytest", "-q", "-p", "no:cacheprovider", "--nbval",
                    "--rootdir", str(tmp_path), str(path))  # fmt: skip
    assert "3 passed" in out


def _in_shell(*arguments) -> str:
    environment = {k: v for k, v in os.environ.items() if not k.startswith(("PYTEST", "KERASNB"))}
    done = subprocess.run(
        [sys.executable, *arguments], capture_output=True, text=True, timeout=300,
        cwd=pathlib.Path(arguments[-1]).parent, env=environment | {"PYTHONPATH": str(ROOT)},
    )  # fmt: skip
    assert done.returncode == 0, done.stdout[-3000:] + done.stderr[-3000:]
    return done.stdout


@pytest.mark.parametrize(
    "name,theme,width",
    [("light", "JupyterLab Light", 1000), ("dark", "JupyterLab Dark", 1000), ("narrow", "JupyterLab Light", 400)],
)
def test_readable_in_every_light_and_width(open_notebook, lab, name, theme, width):
    """Nothing is wider than the page, and words stand out from the ground on light and on dark."""
    lab.set("@jupyterlab/apputils-extension:themes", theme=theme)
    calm = f"""import time
calm = keras.callbacks.LambdaCallback(on_epoch_end=lambda epoch, logs: time.sleep(0.3))
{LONG.replace("1000", "20").replace(")", ", callbacks=[calm])")}"""
    notebook = open_notebook(SETUP, calm, width=width, height=1000 if width > 500 else 1500)
    try:
        notebook.run(0)
        notebook.wait_done(0)
        notebook.run(1)
        notebook.wait_headline("epoch ([89]|10) of")
        notebook.button("Pause").click()
        notebook.wait_headline("Paused")
        panel = notebook.panel()
        assert panel.evaluate("e => e.scrollWidth <= e.clientWidth")
        for selector in (".head > .num", ".head .sp", "figcaption b", ".lb"):
            assert _contrast(panel.locator(selector).first) > 4.5
        if os.environ.get("KERASNB_SCREENSHOTS"):
            notebook.button("Resume").click()
            notebook.page.mouse.move(5, 5)
            notebook.wait_headline("Training[\\s\\S]*epoch 1[2-9] of .* batch")
            panel.screenshot(path=PICTURES / f"panel-{name}.png")
        lab.interrupt(notebook.name)
        notebook.wait_done(1, 10)
    finally:
        lab.set("@jupyterlab/apputils-extension:themes", theme="JupyterLab Light")


def _contrast(element) -> float:
    """The contrast of an element's words to the panel's ground (WCAG 2)."""
    script = """(e) => {
        const parse = (c) => c.match(/[\\d.]+/g).slice(0, 3).map((v) => (c.startsWith('color(') ? +v : v / 255));
        const bright = (c) => parse(c).map((v) => (v <= 0.03928 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4))
            .reduce((sum, v, i) => sum + v * [0.2126, 0.7152, 0.0722][i], 0);
        const [a, b] = [getComputedStyle(e).color, getComputedStyle(e.closest('.k')).backgroundColor].map(bright);
        return (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05);
    }"""
    return element.evaluate(script)
