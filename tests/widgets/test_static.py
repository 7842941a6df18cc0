"""Pictures, tables, figures: what they show is what the run holds."""

from __future__ import annotations

import json
import math
import re
import xml.etree.ElementTree as tree

import nbformat
import numpy as np
import pytest

import kerasnb as keras
import kerasnb.widgets as kw
from kerasnb.model.run import Run
from kerasnb.widgets import static, svg
from kerasnb.widgets.nbclean import clean
from kerasnb.widgets.thin import spread, thin


def run_of(values, epochs=None, **arguments) -> Run:
    """A finished run whose epochs have these losses."""
    run = Run(epochs=epochs or len(values), steps=3, metrics_names=["loss"], model_name="net <1>", **arguments)
    run.start()
    for epoch, value in enumerate(values):
        run.begin_epoch(epoch)
        for step in range(3):
            run.record_batch(step, {"loss": value + 0.1 * step})
        run.end_epoch(epoch, {"loss": value, "val_loss": value + 0.5})
    run.finish("completed")
    return run


def parsed(text):
    """HTML that is also XML: names escaped, elements closed."""
    return tree.fromstring(f"<root>{text}</root>".replace("&nbsp;", " "))


@pytest.mark.parametrize(
    "values",
    [[], [1.0], [0.5, 0.5, 0.5], [float("nan")] * 3, [1.0, float("nan"), float("inf"), 0.2], [-3.0, 2e9], [1e-9, 2e-9]],
    ids=str,
)
def test_any_run_has_a_picture(values):
    """No values, one, equal ones, NaN, infinities, huge and tiny ones."""
    page = static.page(run_of(values))
    root = parsed(page)
    assert len(root.findall(".//svg")) == 3
    assert ("loss is not finite (NaN)" in re.sub("<.*?>", "", page)) is (values[-1:] != [] and math.isnan(values[-1]))
    for path in root.iter("path"):
        assert "nan" not in path.get("d") and "inf" not in path.get("d")


def test_pictures_never_stand_in_each_other():
    """The pattern `<svg.*?</svg>` takes out all that may change."""
    page = static.page(run_of([1.0, 0.5]))
    assert "<svg" not in re.sub(r"(?s)<svg.*?</svg>", "", page)
    rest = re.sub(r'(?s)<svg.*?</svg>|<details class="kerasnb-values".*?</details>', "", page)
    assert not re.search(r"0\.5", rest)


def test_values_can_be_read_on_hover_and_in_the_table():
    """Colour and place are never the only sign."""
    page = static.page(run_of([1.0, 0.25]))
    titles = [t.text for t in parsed(page).iter("title")]
    assert "epoch 2: loss 0.25" in titles and "epoch 2: val_loss 0.75" in titles
    cells = [c.text for c in parsed(page).iter("td")]
    assert cells == ["1", "1", "1.5", "2", "0.25", "0.75"]


def test_pictures_are_made_for_dark_and_light():
    """Words and axes take the colour of the page."""
    page = static.page(run_of([1.0, 0.5]))
    fixed = set(re.findall(r"#[0-9a-f]{3,8}\b", page))
    assert fixed == {svg.TRAIN, svg.VALIDATION} and "currentColor" in page
    assert "stroke-dasharray" in page


def test_a_long_run_stays_light():
    """At most 40 KB for one fit."""
    run = Run(epochs=300, steps=50, metrics_names=["accuracy", "loss"])
    run.start()
    for epoch in range(300):
        run.begin_epoch(epoch)
        for step in range(50):
            run.record_batch(step, {"accuracy": np.random.rand(), "loss": np.random.rand()})
        logs = {n: np.random.rand() for n in ("accuracy", "loss", "val_accuracy", "val_loss")}
        run.end_epoch(epoch, logs)
    run.finish("completed")
    assert len(static.page(run).encode()) < 40_000


def test_names_are_escaped():
    """A model's name is text, not HTML."""
    assert "net &lt;1&gt;" in static.page(run_of([1.0])) and "net <1>" not in static.page(run_of([1.0]))


# --- thinning


def test_thinning_keeps_ends_and_peaks():
    """A single spike among many points survives."""
    y = np.zeros(10_000)
    y[6543] = 5.0
    x, kept = thin(np.arange(10_000), y, 100)
    assert len(x) == 100 and x[0] == 0 and x[-1] == 9999 and kept.max() == 5.0 and (np.diff(x) > 0).all()


def test_thinning_leaves_out_what_is_not_finite():
    """NaN makes a gap, not a failure."""
    x, y = thin(np.arange(5), [1, np.nan, 2, np.inf, 3], 3)
    assert list(x) == [0, 2, 4] and list(y) == [1, 2, 3]
    assert list(spread(5, 10)) == [0, 1, 2, 3, 4] and list(spread(100, 3)) == [0, 50, 99] and len(spread(0, 3)) == 0


# --- plotly


def test_a_history_has_a_figure():
    """One row for each metric, loss first; training solid, validation dashed; all values."""
    pytest.importorskip("plotly")
    history = keras.callbacks.History()
    history.epoch = [0, 1]
    history.history = {"accuracy": [0.5, 0.6], "loss": [1.0, 0.5], "val_accuracy": [0.4, 0.5], "val_loss": [1.1, 0.7]}
    figure = history.plot()
    assert [t.meta["name"] for t in figure.data] == ["loss", "val_loss", "accuracy", "val_accuracy"]
    assert list(figure.data[0].x) == [1, 2] and list(figure.data[1].y) == [1.1, 0.7]
    assert [t.line.dash for t in figure.data] == ["solid", "dash"] * 2
    assert len(history.plot("loss").data) == 2
    with pytest.raises(ValueError, match="`metrics` must hold names of the history.*Received: 'auc'"):
        history.plot(["auc"])


# --- models


def test_a_model_is_a_table():
    """Names, shapes, parameters; frozen layers say so; models in models are folded."""
    inner = keras.Sequential([keras.Input((8,)), keras.layers.Dense(4)], name="inner")
    model = keras.Sequential([keras.Input((8,)), keras.layers.Dense(8, name="first"), inner])
    model.layers[0].trainable = False
    page = kw.model_html(model)
    root = parsed(page)
    text = " ".join("".join(root.itertext()).split())
    assert "108 parameters, 36 trainable" in text and "first Dense · frozen" in text
    assert len(root.findall(".//details")) == 2 and "(None, 4)" in text


def test_a_model_that_is_not_built_says_so():
    """No shape is made up."""
    model = keras.Sequential([keras.layers.Dense(3)])
    assert "?" in kw.model_html(model)
    assert "No layers yet" in kw.model_html(keras.Sequential())


def test_a_model_of_somebody_else_is_no_error():
    """Whatever is missing or raises is shown as unknown."""

    class Odd:
        name = "a<b"

        def count_params(self):
            raise RuntimeError

    page = kw.model_html(Odd())
    parsed(page)
    assert "a&lt;b" in page and "not built yet" in page


def test_a_model_alone_in_a_cell_shows_its_summary():
    """As text what Keras prints, as HTML the table."""
    model = keras.Sequential([keras.Input((8,)), keras.layers.Dense(4)])
    bundle = model._repr_mimebundle_()
    texts = []
    model.summary(print_fn=texts.append)
    assert bundle["text/plain"] == texts[0] and bundle["text/html"] == kw.model_html(model)


# --- cleaning


def notebook_with(outputs, widgets=True):
    cell = nbformat.v4.new_code_cell("1", outputs=outputs)
    made = nbformat.v4.new_notebook(cells=[cell, nbformat.v4.new_markdown_cell("text")])
    if widgets:
        made.metadata["widgets"] = {"application/vnd.jupyter.widget-state+json": {"state": {"a": 1}}}
    return made


def test_cleaning_leaves_what_needs_no_kernel(tmp_path):
    """State and views go, pictures stay, and a second cleaning finds nothing."""
    view = {"application/vnd.jupyter.widget-view+json": {"model_id": "a"}}
    outputs = [
        nbformat.v4.new_output("display_data", data={**view, "text/plain": "<kerasnb.Run>", "text/html": "<svg/>"}),
        nbformat.v4.new_output("display_data", data={**view, "text/plain": "Panel()"}),
        nbformat.v4.new_output("stream", text="hello"),
    ]
    path = tmp_path / "a.ipynb"
    nbformat.write(notebook_with(outputs), path)
    assert clean(path) is True and clean(path) is False
    cleaned = nbformat.read(path, as_version=4)
    nbformat.validate(cleaned)
    assert "widgets" not in cleaned.metadata and len(cleaned.cells[0].outputs) == 2
    assert dict(cleaned.cells[0].outputs[0].data) == {"text/plain": "<kerasnb.Run>", "text/html": "<svg/>"}
    assert [p.name for p in tmp_path.iterdir()] == ["a.ipynb"]


def test_a_clean_notebook_is_not_written(tmp_path):
    """Not even its time changes."""
    path = tmp_path / "a.ipynb"
    nbformat.write(notebook_with([], widgets=False), path)
    before = path.stat().st_mtime_ns, path.read_bytes()
    assert clean(path) is False and (path.stat().st_mtime_ns, path.read_bytes()) == before


@pytest.mark.parametrize("text", ["not json", "[]", json.dumps({"metadata": {}})])
def test_what_is_no_notebook_is_refused(tmp_path, text):
    """The error names the file, and the file stays."""
    path = tmp_path / "a.ipynb"
    path.write_text(text)
    with pytest.raises(ValueError, match="`path` must be a notebook.*a.ipynb"):
        clean(path)
    assert path.read_text() == text


@pytest.mark.parametrize(
    ("value", "largest", "shown"),
    [(1e-18, 4e-18, "1e-18"), (2.5e16, 5e16, "2.5e16"), (3e-17, 1.0, "0"), (0.05, 0.2, "0.05")],
)
def test_ticks_are_short_and_true(value, largest, shown):
    """Tiny values are not zeros, large ones fit beside the axis."""
    assert svg._tick(value, largest) == shown
