"""Fits of a cell and comparisons in a real browser."""

from __future__ import annotations

import math
from pathlib import Path

import pytest

import kerasnb
from kerasnb.model.run.run import Run
from kerasnb.widgets.kit.words import rate
from kerasnb.widgets.panel.axes import Values
from kerasnb.widgets.runs.compare import Compare
from kerasnb.widgets.runs.fits import Fits
from tests.browser.axe import serious_faults


def run_of(speed, units, epochs=6, done=True, bad=None):
    """A run with curves of its settings."""
    run = Run(epochs=6, steps=10, model_name="m", metrics_names=["accuracy", "loss"], validation=True)
    layers = [{"class_name": "Dense", "name": "dense", "config": {"units": units}}]
    run.config = {"optimizer": {"name": "adam", "learning_rate": speed}, "batch_size": 32, "layers": layers}
    run.start()
    for epoch in range(epochs):
        loss = math.exp(-0.3 * (epoch + 1)) + 10 * speed + 1 / units
        loss = math.nan if bad is not None and epoch + 1 >= bad else loss
        run.begin_epoch(epoch)
        run.record_batch(0, {"accuracy": 1 - loss, "loss": loss})
        run.end_epoch(epoch, {"accuracy": 1 - loss, "loss": loss, "val_accuracy": 1 - loss, "val_loss": loss + 0.1})
    if done:
        run.finish("completed")
    return run


@pytest.fixture
def fits(show_tool):
    runs = [run_of(speed, units) for speed in (0.001, 0.01) for units in (8, 16)]
    return show_tool(Fits([*runs, run_of(0.1, 16, bad=3), run_of(0.003, 16, epochs=2, done=False)]))


def test_titles_bests_and_the_running_fit(fits):
    """Titles hold what differs; the best one has a star, NaN is red, the running fit has a bar."""
    cells = fits.locator(".smc")
    made = [(0.001, 8), (0.001, 16), (0.01, 8), (0.01, 16), (0.1, 16), (0.003, 16)]
    titles = [f"{i + 1} · {rate(value)} · {units}" for i, (value, units) in enumerate(made)]
    assert cells.locator(".l1 span").all_inner_texts() == titles
    values = cells.locator(".l1 b").all_inner_texts()
    best = min(run.history["val_loss"][-1] for run in fits.tool.runs[:4])
    assert values[1] == f"★ {best:.3f}" and values[4] == "NaN" and values[5].startswith("▶ ")
    assert fits.locator(".smc .bar:visible").count() == 1
    head = fits.locator(".head").first.inner_text()
    assert "6 fits" in head and "in run 2 (learning_rate 1e-3, units 16)" in head
    assert "run 5 not finite from epoch 3" in head and "run 6: Epoch 2 of 6" in head


def test_two_cells_open_the_comparison_by_keyboard(fits):
    """Space chooses; two chosen cells are compared below; Escape closes."""
    fits.locator(".smc").nth(1).press("Space")
    fits.locator(".smc").nth(2).press("Space")
    side = fits.locator(".side")
    side.wait_for()
    assert side.locator(".head").inner_text().startswith("Run 2 and run 3")
    rows = dict(line.split("\t", 1) for line in side.locator("table").inner_text().splitlines() if "\t" in line)
    assert rows["units of dense"] == "16\t8" and rows["learning_rate"] == f"1e-3\t{rate(0.01)}"
    assert rows["best val_loss"].split("\t")[0].endswith("★")
    assert "2 settings are equal" in side.inner_text()
    fits.locator(".smc").nth(2).press("Escape")
    assert side.is_hidden()


def test_sorting_metric_and_axes(fits):
    """The best value first, with NaN last; another metric; each its own axes."""
    fits.locator("select").first.select_option("best")
    assert fits.locator(".smc .l1 span").first.inner_text().startswith("2 ·")
    assert fits.locator(".smc .l1 span").last.inner_text().startswith("5 ·")
    fits.locator("select").nth(1).select_option("accuracy")
    assert "best val_accuracy" in fits.locator(".head").first.inner_text()
    path = "document.querySelector('.kerasnb').shadowRoot.querySelector('.smc .th').getAttribute('d')"
    before = fits.page.evaluate(path)
    fits.locator("button", has_text="same axes").click()
    assert fits.locator("button", has_text="same axes").get_attribute("aria-pressed") == "false"
    assert fits.page.evaluate(path) != before and "Each has its own axes" in fits.locator(".k").inner_text()


def test_the_next_fit_appears_and_stop_stops_it(fits):
    """A new state adds a cell without touching the others; Stop sets the running fit's flag."""
    fits.tool.runs = [*fits.tool.runs[:5], run_of(0.003, 16), run_of(0.03, 32, epochs=1, done=False)]
    marked = fits.page.evaluate(
        "() => { const c = document.querySelector('.kerasnb').shadowRoot.querySelector('.smc'); c.marked = 1; }"
    )
    fits.tool.refresh()
    fits.flush()
    assert marked is None and fits.locator(".smc").count() == 7
    assert fits.page.evaluate("document.querySelector('.kerasnb').shadowRoot.querySelector('.smc').marked") == 1
    fits.locator("button", has_text="Stop").click()
    fits.page.wait_for_timeout(100)
    assert fits.tool.runs[-1].control.stop


@pytest.mark.parametrize(("width", "dark"), [(1000, True), (400, False)])
def test_compare_fits_its_width(show_tool, width, dark):
    """Nothing is wider than the card; the cross-hair tells the values of an epoch; stars sit on the best ones."""
    page = show_tool(Compare([run_of(0.001, 8), run_of(0.01, 16)], ["1", "wide"]), width=width, dark=dark)
    size = page.page.evaluate(
        "() => { const k = document.querySelector('.kerasnb').shadowRoot.querySelector('.k');"
        "return [k.scrollWidth, k.clientWidth]; }"
    )
    assert size[0] <= size[1]
    area = page.locator(".plot .area").first
    area.focus()
    area.press("ArrowRight")
    area.press("ArrowRight")
    values = [run.history["val_loss"][1] for run in page.tool.runs]
    told = page.locator(".tip:visible").inner_text().split("\n")
    assert told[0] == "epoch 2" and told[1].startswith("run 1 ") and told[2].startswith("wide ")
    shown = [float(line.split()[-1]) for line in told[1:]]
    assert shown == pytest.approx(values, rel=1e-3)


BOXES = """() => {
  const root = document.querySelector('.kerasnb').shadowRoot;
  const boxes = (what) => [...root.querySelectorAll(what)].map((e) => e.getBoundingClientRect().toJSON());
  return [boxes('.plot .mk b'), boxes('.plot .xt span, .plot .xt em')];
}"""


def test_numbers_of_stars_stay_off_the_epochs(show_tool):
    """The label of a star at the bottom stands beside it, not on the numbers of the axis."""
    page = show_tool(Compare([run_of(0.001, 1000), run_of(0.0012, 900), run_of(0.03, 16)], ["1", "2", "3"]))
    stars, axis = page.page.evaluate(BOXES)
    assert len(stars) == 6 and len(axis) > 6
    for star in stars:
        for epoch in axis:
            apart = star["right"] <= epoch["left"] or star["left"] >= epoch["right"]
            assert apart or star["bottom"] <= epoch["top"] or star["top"] >= epoch["bottom"]


def test_both_languages_have_one_axis(show_tool):
    """An axis of shares ends at 1 in the page as in the saved picture, and others are equal, too."""
    page = show_tool(Compare([run_of(0.001, 8), run_of(0.01, 16)], ["1", "2"])).page
    folder = Path(kerasnb.__file__).parent / "widgets"
    source = "\n".join((folder / name).read_text() for name in ("kit/js/elements.js", "panel/js/axes.js"))
    cases = [[1.0], [1.0, 1.0], [0.97, 1.0000001], [0.3, 1.0], [0.0], [-2.0, -2.0], [0.5, 3.0], [0.2, 0.7, 1.0]]
    ask = f"(cases) => {{ {source}; return cases.map((v) => valueAxis([v], [], false).ticks); }}"
    for values, ticks in zip(cases, page.evaluate(ask, cases), strict=True):
        assert ticks == pytest.approx(Values([values]).ticks)


LOOP = """import numpy as np, time, kerasnb as keras
x, y = np.ones((64, 2), "float32"), np.ones((64, 1), "float32")
wait = keras.callbacks.LambdaCallback(on_epoch_end=lambda epoch, logs: time.sleep(0.25))
for rate in (0.001, 0.01, 0.1):
    model = keras.Sequential([keras.Input((2,)), keras.layers.Dense(1)])
    model.compile(keras.optimizers.SGD(rate), "mse")
    model.fit(x, y, epochs=8, callbacks=[wait], watch="weights" if rate == 0.1 else None)"""


def test_a_loop_of_fits_is_one_card_in_jupyterlab(open_notebook):
    """From the second fit on there is one card; it is live while the cell runs, and the saved notebook holds it."""
    notebook = open_notebook(LOOP)
    notebook.run(0)
    output = notebook.output(0)
    output.locator(".head", has_text="2 fits").wait_for(timeout=60_000)
    assert output.locator(".kerasnb").count() == 1 and output.locator(".smc .bar:visible").count() == 1
    output.locator(".smc").nth(0).click()
    output.locator(".smc").nth(1).click()
    output.locator(".side .head", has_text="Run 1 and run 2").wait_for()
    notebook.wait_done(0)
    output.locator(".head", has_text="3 fits").wait_for()
    assert output.locator(".smc").count() == 3 and output.locator(".smc .bar:visible").count() == 0
    tops = output.locator(".kerasnb").evaluate_all("all => all.map((e) => e.getBoundingClientRect().top)")
    heads = [text.split("\n")[0].strip() for text in output.locator(".kerasnb .head").all_inner_texts()]
    assert len(tops) == 2 and tops[0] < tops[1] and "3 fits" in heads[0] and heads[-1] == "Watch"
    notebook.save()
    outputs = notebook.lab.saved(notebook.name)["cells"][0]["outputs"]
    assert len(outputs) == 2 and "widgets" not in notebook.lab.saved(notebook.name)["metadata"]
    pages = ["".join(o["data"]["text/html"]) for o in outputs]
    assert "<b>3 fits</b>" in pages[0] and "weights after epoch 8" in pages[1] and max(map(len, pages)) < 40_000
    notebook.open(wait=False)
    notebook.output(0).locator("img[alt^='Run 1']").wait_for()
    assert notebook.output(0).locator("img").count() == 4


@pytest.mark.parametrize(("width", "dark"), [(1000, False), (400, True)])
def test_axe_finds_no_serious_fault_in_fits(show_tool, width, dark):
    """Running and ended fits, two of them compared."""
    page = show_tool(Fits([run_of(0.001, 8), run_of(0.1, 16, bad=3), run_of(0.003, 16, epochs=2, done=False)]),
                     width=width, dark=dark)  # fmt: skip
    page.locator(".smc").nth(0).click()
    page.locator(".smc").nth(2).click()
    page.locator("details summary").last.click()
    assert not serious_faults(page.page)
