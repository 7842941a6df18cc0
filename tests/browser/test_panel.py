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


def start(notebook, cell=1):
    """Runs the set-up and starts a training."""
    notebook.run(0)
    notebook.wait_done(0)
    notebook.run(cell)
    notebook.wait_headline("Epoch [2-9] of")


def test_curves_appear_and_grow_while_the_cell_is_running(open_notebook):
    """Points are drawn during the blocking cell; log scale, smoothing and zoom need no kernel."""
    notebook = open_notebook(SETUP, LONG)
    start(notebook)
    assert notebook.prompt(1) == "[*]:" and notebook.page.locator(".knb-canvas").count() == 2
    first, place = notebook.ink(), notebook.headline()
    notebook.wait_headline("Epoch [1-9][0-9] of")
    assert notebook.ink() != first and notebook.headline() != place and first > 500
    notebook.button("log").click()
    assert notebook.button("log").get_attribute("aria-pressed") == "true"
    box = notebook.page.locator(".knb-canvas").first.bounding_box()
    notebook.page.mouse.move(box["x"] + 80, box["y"] + 60)
    notebook.page.mouse.down()
    notebook.page.mouse.move(box["x"] + 200, box["y"] + 60)
    notebook.page.mouse.up()
    notebook.button("reset zoom").click()
    label = notebook.page.locator(".knb-canvas").first.get_attribute("aria-label")
    assert re.match(r"Curves of loss. train [\d.e−]+, validation [\d.e−]+", label)
    assert notebook.prompt(1) == "[*]:"
    notebook.button("Stop").click()
    notebook.wait_done(1)


def test_compiling_is_seen_before_the_first_batch(open_notebook):
    """A phase that takes time is shown while it lasts."""
    slow = """import time
from kerasnb.model.run.run import Run, open_view
run = Run(epochs=2, steps=5, model_name="net", metrics_names=["loss"])
view = open_view(run, "auto")
run.start()
run.begin_epoch(0)
for i in range(30):
    run.phase(f"compiling kernel_{i}", i, 30)
    time.sleep(0.1)
run.finish("completed")
view.close()"""
    notebook = open_notebook(slow)
    notebook.run(0)
    notebook.wait_headline(r"Compiling kernel_\d+, \d+ of 30")
    assert notebook.page.locator(".knb-busy").count() == 1
    notebook.wait_done(0)


def test_stop_ends_the_cell_and_returns_the_history(open_notebook):
    """Stop works in the blocking cell; what was trained is kept."""
    notebook = open_notebook(
        SETUP, LONG, "print(len(history.epoch), model.run.status, len(history.history['val_loss']))"
    )
    start(notebook)
    notebook.button("Stop").click()
    notebook.wait_done(1, 10)
    notebook.run(2)
    notebook.wait_done(2)
    count, status, values = notebook.output(2).inner_text().split()
    assert status == "stopped" and 1 <= int(count) < 1000 and values == count
    assert "Stopped" in notebook.output(1).locator(".kerasnb-run").inner_text()


def test_pause_resume_and_learning_rate(open_notebook):
    """A pause holds the batches, keys work too, and the learning rate changes while paused."""
    notebook = open_notebook(
        SETUP, LONG, "print(float(model.optimizer.learning_rate), [e['kind'] for e in model.run.events])"
    )
    start(notebook)
    notebook.button("Pause").click()
    notebook.wait_headline("Paused in epoch")
    paused = notebook.ink()
    notebook.page.wait_for_timeout(1000)
    assert notebook.ink() == paused and notebook.prompt(1) == "[*]:"
    rate = notebook.page.locator(".knb-rate input")
    rate.fill("0.0005")
    rate.press("Enter")
    notebook.page.wait_for_function("document.querySelector('.knb-rate input').value === '0.0005'")
    rate.fill("-3")
    rate.press("Enter")
    notebook.page.wait_for_selector(".knb-reason:has-text('positive number')")
    notebook.button("Resume").click()
    notebook.wait_headline("Epoch .* batch")
    notebook.panel().focus()
    notebook.page.keyboard.press("Space")
    notebook.wait_headline("Paused in epoch")
    notebook.page.keyboard.press("Space")
    notebook.wait_headline("Epoch .* batch")
    notebook.page.keyboard.press("s")
    notebook.wait_done(1, 10)
    notebook.run(2)
    notebook.wait_done(2)
    text = notebook.output(2).inner_text()
    assert text.startswith(("0.0005", "0.000499"))
    assert "['paused', 'learning_rate', 'resumed', 'paused', 'resumed']" in text


def test_clicks_and_panel_do_not_change_the_weights(open_notebook):
    """Bit-equal with the panel and pauses, with the panel, and without."""
    fit = """model = made()
history = model.fit(x, y, batch_size=32, epochs=100, validation_split=0.2{})
print(fingerprint(model))"""
    notebook = open_notebook(SETUP, fit.format(""), fit.format(""), fit.format(", verbose=0"))
    start(notebook)
    for _ in range(3):
        notebook.button("Pause").click(timeout=5000)
        notebook.wait_headline("Paused")
        notebook.button("Resume").click()
        notebook.wait_headline("Epoch")
    for cell in (1, 2, 3):
        if cell > 1:
            notebook.run(cell)
        notebook.wait_done(cell)
    prints = [re.findall(r"\b[0-9a-f]{12}\b", notebook.output(cell).inner_text())[-1] for cell in (1, 2, 3)]
    assert len(set(prints)) == 1


def test_an_interrupt_finishes_the_batch_and_returns_the_history(open_notebook):
    """The button of the notebook works where none of ours would."""
    notebook = open_notebook(SETUP, LONG, "print(model.run.status, len(history.epoch) > 0)")
    start(notebook)
    notebook.lab.interrupt(notebook.name)
    notebook.wait_done(1, 10)
    assert "KeyboardInterrupt" not in notebook.output(1).inner_text()
    assert "Interrupted" in notebook.output(1).locator(".kerasnb-run").inner_text()
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
        notebook.page.wait_for_selector(".knb-reason:has-text('Interrupt the kernel')", timeout=15_000)
        assert notebook.button("Stop").is_disabled() and notebook.button("Pause").is_disabled()
        assert notebook.ink() > 500
        lab.interrupt(notebook.name)
        notebook.wait_done(1, 10)
    finally:
        lab.set(settings)


def test_after_a_reload_the_run_is_still_there(open_notebook):
    """The page is loaded again in the middle of a training: the run continues, and can be shown as a whole."""
    fit = "history = model.fit(x, y, batch_size=32, epochs=40, validation_split=0.2)"
    show = "import kerasnb.widgets as kw\nkw.last_run()"
    notebook = open_notebook(SETUP, fit, show)
    start(notebook)
    notebook.save()
    notebook.page.reload()
    notebook.page.wait_for_selector(".jp-Notebook .jp-CodeCell", timeout=60_000)
    notebook.wait_idle()
    notebook.run(2)
    notebook.wait_done(2)
    assert "Trained · 40 epochs" in notebook.output(2).locator(".kerasnb-run").inner_text()
    notebook.output(2).locator("summary").click()
    assert notebook.output(2).locator("tbody tr").count() == 40


def test_the_saved_notebook_shows_the_end_without_a_kernel(open_notebook, lab, tmp_path):
    """After the kernel is gone, in a web page, and under a strict notebook test: the same picture."""
    fit = "history = model.fit(x, y, batch_size=128, epochs=3, validation_split=0.2)"
    notebook = open_notebook(SETUP, fit, "loss, accuracy = model.evaluate(x_test, y_test)")
    notebook.run(0)
    notebook.wait_done(0)
    for cell in (1, 2):
        notebook.run(cell)
        notebook.wait_done(cell)
    notebook.page.wait_for_function("!document.querySelector('.knb')")
    notebook.save()
    saved = lab.saved(notebook.name)
    assert "widgets" not in saved["metadata"]
    data = [o["data"] for cell in saved["cells"] for o in cell["outputs"]]
    assert [sorted(d) for d in data] == [["text/html", "text/plain"]] * 2
    assert "".join(data[0]["text/plain"]) == "<kerasnb.Run epochs=3>"
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
    out = _in_shell("-m", "pytest", "-q", "-p", "no:cacheprovider", "--nbval", "--nbval-sanitize-with",
                    str(ROOT / "tests" / "nbval.cfg"), "--rootdir", str(tmp_path), str(path))  # fmt: skip
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
    notebook = open_notebook(SETUP, calm, width=width, height=1000)
    notebook.run(0)
    notebook.wait_done(0)
    notebook.run(1)
    notebook.wait_headline("Epoch ([89]|10) of")
    notebook.button("Pause").click()
    notebook.wait_headline("Paused")
    panel = notebook.panel()
    assert panel.evaluate("e => e.scrollWidth <= e.clientWidth")
    for selector in (".knb-headline", ".knb-pace", ".knb-title", ".knb-chip.knb-val"):
        assert _contrast(panel.locator(selector).first) > 4.5
    if os.environ.get("KERASNB_SCREENSHOTS"):
        notebook.button("Resume").click()
        notebook.page.mouse.move(5, 5)
        notebook.wait_headline("Epoch 1[2-9] of .* batch")
        panel.screenshot(path=PICTURES / f"panel-{name}.png")
    lab.interrupt(notebook.name)
    notebook.wait_done(1, 10)


def _contrast(element) -> float:
    """The contrast of an element's words to the panel's ground (WCAG 2)."""
    script = """(e) => {
        const parse = (c) => c.match(/[\\d.]+/g).slice(0, 3).map((v) => (c.startsWith('color(') ? +v : v / 255));
        const bright = (c) => parse(c).map((v) => (v <= 0.03928 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4))
            .reduce((sum, v, i) => sum + v * [0.2126, 0.7152, 0.0722][i], 0);
        const [a, b] = [getComputedStyle(e).color, getComputedStyle(e.closest('.knb')).backgroundColor].map(bright);
        return (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05);
    }"""
    return element.evaluate(script)
