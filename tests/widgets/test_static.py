"""Pictures, tables, figures: what they show is what the run holds."""

from __future__ import annotations

import base64
import json
import math
import pickle
import re
import xml.etree.ElementTree as tree

import nbformat
import numpy as np
import pytest

import kerasnb as keras
import kerasnb_nbval
from kerasnb.model.run.run import Run, last_run
from kerasnb.widgets.notebook.nbclean import clean
from kerasnb.widgets.panel import line, static, svg, wire
from kerasnb.widgets.panel.axes import Values
from kerasnb.widgets.panel.svg import epoch_of
from kerasnb.widgets.panel.thin import spread, thin


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
    closed = re.sub(r"(<img [^>]*)>", r"\1/>", text.replace("&nbsp;", " "))
    return tree.fromstring(f"<root>{closed}</root>")


def drawn(page) -> list[str]:
    """The pictures of a page as SVG documents."""
    addresses = [image.get("src") for image in parsed(page).iter("img")]
    head = "data:image/svg+xml;base64,"
    assert all(a.startswith(head) for a in addresses)
    return [base64.b64decode(a[len(head) :], validate=True).decode() for a in addresses]


@pytest.mark.parametrize(
    "values",
    [[], [1.0], [0.5, 0.5, 0.5], [float("nan")] * 3, [1.0, float("nan"), float("inf"), 0.2], [-3.0, 2e9], [1e-9, 2e-9]],
    ids=str,
)
def test_any_run_has_a_picture(values):
    """No values, one, equal ones, NaN, infinities, huge and tiny ones."""
    page = static.page(run_of(values))
    first = next((i for i, v in enumerate(values) if not math.isfinite(v)), None)
    assert ("Not finite" in page) is (first is not None)
    assert first is None or f"loss since epoch {first + 1}, batch 1" in page
    if not values:
        assert drawn(page) == [] and "Trained" in page
        return
    (picture,) = drawn(page)
    paths = [path.get("d") for path in tree.fromstring(picture).iter("{http://www.w3.org/2000/svg}path")]
    assert paths and not any("nan" in d or "inf" in d for d in paths)


def test_all_that_may_change_can_be_taken_out():
    """The pattern of the nbval plugin leaves the same for two runs with other numbers."""
    pattern = next(iter(kerasnb_nbval.PATTERNS))
    cleaned = [re.sub(pattern, "<run/>", static.page(run_of(values))) for values in ([1.0, 0.5], [2.0, 0.25])]
    assert cleaned == ["<run/>"] * 2


def test_nothing_in_the_page_needs_trust():
    """No element that a notebook from elsewhere is not allowed to show: pictures are images with words of their own."""
    page = static.page(run_of([1.0, 0.5]))
    assert not {e.tag for e in parsed(page).iter()} & {"svg", "script", "style", "iframe", "object", "path", "text"}
    (image,) = parsed(page).iter("img")
    assert image.get("alt") == (
        "Curves of loss over 2 epochs: training from 1.0000 to 0.500, validation from 1.5000 to 1.0000, best in epoch 2"
    )


def test_where_styles_are_taken_away_text_is_seen():
    """Of the two forms one is hidden: by its own style, or by a class where the page takes styles away."""
    shown, twin = parsed(static.page(run_of([1.0, 0.25])))[0]
    assert "display:block" in shown.get("style") and shown.get("class") == "jp-FileSize-hidden"
    assert twin.tag == "pre" and twin.get("style") == "display:none"
    lines = "".join(twin.itertext()).splitlines()
    assert lines[0] == "net <1>: Trained · 2 epochs · best val_loss 0.750 at epoch 2"
    assert lines[1].split()[:4] == ["loss", "█▁", "1.0000", "→"]
    assert lines[-1].split() == ["★", "2", "0.250", "0.750"]


def test_every_number_of_a_picture_is_in_the_text():
    """Colour and place are never the only sign."""
    page = static.page(run_of([1.0, 0.25]))
    text = " ".join("".join(parsed(page).itertext()).split())
    assert "Solid: train. Dashed: val. ★: best epoch. Last values: loss 0.250, val_loss 0.750." in text
    cells = [c.text for c in parsed(page).iter("td")]
    assert cells == ["1", "1.0000", "1.5000", "★ 2", "0.250", "0.750"]


def test_what_is_saved_says_nothing_of_the_machine():
    """Seconds are another number for every reader; `str(run)` has them."""
    run = run_of([1.0, 0.5])
    run.started, run.ended = 100.0, 103.5
    assert (
        "3.5 s" in str(run)
        and "3.5 s" not in static.page(run)
        and not any("3.5 s" in d for d in drawn(static.page(run)))
    )
    assert static.page(run) == static.page(run_of([1.0, 0.5]))


def test_pictures_are_made_for_dark_and_light():
    """Each colour stands out from white, from black and from the grounds of JupyterLab; nothing is filled behind."""
    page = static.page(run_of([1.0, 0.5]))
    colours = set(re.findall(r"#[0-9a-f]{3,8}\b", "".join([page, *drawn(page)])))
    assert colours == {svg.TRAIN, svg.VALIDATION, svg.GREY}
    for colour in colours:
        assert min(_contrast(colour, ground) for ground in ("#ffffff", "#000000", "#111111", "#212121")) >= 3
    assert "stroke-dasharray" in drawn(page)[0] and "<rect" not in drawn(page)[0]


def _contrast(one: str, other: str) -> float:
    """The contrast of two colours (WCAG 2)."""
    lights = []
    for colour in (one, other):
        parts = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
        linear = [v / 12.92 if v <= 0.03928 else ((v + 0.055) / 1.055) ** 2.4 for v in parts]
        lights.append(0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2])
    return (max(lights) + 0.05) / (min(lights) + 0.05)


def test_a_changed_learning_rate_is_marked_and_said():
    """A dashed line in each picture, and the value in words; many changes are one sentence and no black band."""
    run = run_of([1.0, 0.5])
    run.event("learning_rate", value=0.01)
    assert "learning rate 1e-2 from epoch 3" in static.page(run).replace("0.01", "1e-2")
    assert drawn(static.page(run))[0].count('stroke-dasharray="3 3"') == 1
    for _ in range(9):
        run.event("learning_rate", value=0.001)
    assert "learning rate from 1e-2 to 1e-3 in 10 changes" in static.page(run)
    assert 'stroke-dasharray="3 3"' not in drawn(static.page(run))[0]


def test_a_long_run_stays_light():
    """At most 40 KB for one fit."""
    run = Run(epochs=300, steps=50, metrics_names=["accuracy", "loss"])
    run.start()
    random = np.random.default_rng(0)
    for epoch in range(300):
        run.begin_epoch(epoch)
        for step in range(50):
            run.record_batch(step, {"accuracy": random.random(), "loss": random.random()})
        logs = {n: random.random() for n in ("accuracy", "loss", "val_accuracy", "val_loss")}
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


def test_a_figure_leaves_a_picture_too():
    """A reader without plotly sees the same curves and values; a pickled figure is one of plotly."""
    plotly = pytest.importorskip("plotly")
    history = keras.callbacks.History()
    history.epoch, history.history = [0, 1], {"loss": [1.0, 0.5], "val_loss": [1.1, 0.7], "mae": [2.0, 1.0]}
    figure = history.plot("loss")
    page = figure._repr_mimebundle_()["text/html"]
    cells = [c.text for c in parsed(page).iter("td")]
    assert len(drawn(page)) == 1 and cells == ["1", "1.0000", "1.1000", "★ 2", "0.500", "0.700"]
    copied = pickle.loads(pickle.dumps(figure))
    assert type(copied) is plotly.graph_objects.Figure and copied == figure


def test_a_figure_is_lean():
    """A usual history takes 13 KB with its picture, a long one 36 KB; no bar of tools covers the legend."""
    pytest.importorskip("plotly")
    history = keras.callbacks.History()
    sizes = []
    for count in (20, 2000):
        history.epoch = list(range(count))
        values = (1 / (1 + np.arange(count))).tolist()
        history.history = {name: values for name in ("accuracy", "loss", "val_accuracy", "val_loss")}
        bundle = history.plot()._repr_mimebundle_()
        sizes.append(len(json.dumps(bundle)))
        figure = bundle["application/vnd.plotly.v1+json"]
        assert figure["config"]["displayModeBar"] is False and figure["layout"]["paper_bgcolor"] == "#ffffff"
        assert figure["data"][0]["y"][0] == 1.0 and figure["data"][0]["y"][-1] == pytest.approx(values[-1], rel=1e-5)
    assert sizes[0] < 13_000 and sizes[1] < 36_000
    assert history.plot().data[0].x[-1] == 2000 and bundle["text/plain"] == "<kerasnb.History plot>"


def test_a_history_is_a_short_constant_text():
    """A `fit` at the end of a cell shows no address, whatever it trained."""
    history = keras.callbacks.History()
    assert repr(history) == "<kerasnb.History>"


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
    ("values", "shown"),
    [
        ([1e-18, 4e-18], ["1e-18", "2e-18", "3e-18", "4e-18"]), ([1.0, 5e16], ["0", "2e16", "4e16", "6e16"]),
        ([-0.1, 0.2], ["−0.1", "0", "0.1", "0.2"]), ([0.05, 0.2], ["0.05", "0.1", "0.15", "0.2"]),
        ([900.0, 1900.0], ["500", "1,000", "1,500", "2,000"]),
    ],
)  # fmt: skip
def test_ticks_are_short_and_true(values, shown):
    """Tiny values are not zeros, large ones fit beside the axis, and all are written alike."""
    assert Values([values]).labels() == shown


@pytest.mark.parametrize("values", [[1.0], [1.0, 1.0], [0.97, 1.0000001], [0.3, 1.0], [0.995, 0.9999]])
def test_an_axis_of_shares_ends_at_one(values):
    """An accuracy of 1, in float32 a little more, has nothing above it; what is above 1 anyway has."""
    axis = Values([values])
    assert axis.high <= 1.0 + 1e-12
    assert axis.low <= min(values) and axis.low < 1
    assert axis.labels()[-1] == "1"
    assert Values([[*values, 1.2]]).high >= 1.2


def test_a_first_epoch_that_flattens_all_others_is_cut_and_labelled():
    """The picture is of the epochs that one compares; the value that is outside stands beside an arrow."""
    run = run_of([9.0, 0.5, 0.4, 0.3, 0.25])
    run.history["val_loss"] = [0.6, 0.5, 0.45, 0.44, 0.46]
    (picture,) = drawn(static.page(run))
    texts = [t.text for t in tree.fromstring(picture).iter("{http://www.w3.org/2000/svg}text")]
    assert "↑ 9.0000" in texts and texts[1:4] == ["0.2", "0.4", "0.6"] and "epoch" in texts
    run.history["loss"] = [1.0, 0.5, 0.4, 0.3, 0.25]
    assert "↑" in drawn(static.page(run))[0]  # others fill less than half of the range
    run.history["loss"] = [0.8, 0.5, 0.4, 0.3, 0.25]
    assert "↑" not in drawn(static.page(run))[0]


def test_epoch_k_is_drawn_at_k_and_batches_between():
    """The axis counts epochs; a run that begins later begins there."""
    run = run_of([1.0, 0.5, 0.25])
    assert [epoch_of(run, batches) for batches in (0, 3, 4.5, 9)] == [0, 1, 1.5, 3]
    later = Run(epochs=7, initial_epoch=5, steps=2)
    later.start()
    later.begin_epoch(5)
    later.record_batch(0, {"loss": 1.0})
    assert epoch_of(later, 1) == 5.5


def test_the_headline_says_why_it_stopped_and_which_weights_are_in_the_model():
    """Early stopping with its numbers; a stop with its place; a fit that failed with its reason."""
    run = run_of([1.0, 0.5, 0.6, 0.7], epochs=20)
    run.reason = {
        "kind": "early_stopping", "monitor": "val_loss", "best": 1.0, "best_epoch": 1, "patience": 2, "restored": True
    }  # fmt: skip
    assert line.headline(run) == (
        "Stopped early at epoch 4 of 20: val_loss no better for 2 epochs · best 1.0000 at epoch 2, restored"
    )
    run.reason["restored"] = False
    assert line.headline(run).endswith("best 1.0000 at epoch 2, the weights are those of epoch 4")
    run.restored = 2
    assert line.headline(run).endswith("the weights are those of epoch 3") and line.in_model(run) == 2
    run.reason, run.status = {"kind": "stopped"}, "stopped"
    run.epoch_starts.append(12)
    run.epoch, run.step = 4, 1
    assert line.headline(run) == "Stopped at epoch 5 of 20, batch 2 of 3"


def test_a_fit_that_failed_has_no_empty_pictures():
    """Where, why, the two sides that disagree, and the mend."""
    run = Run(epochs=3, steps=2, metrics_names=["loss"], model_name="digits")
    run.start()
    run.failure = {
        "title": "fit did not start", "text": "One column for each class.",
        "fix": "Use the sparse loss.", "sides": [["dense_1 gives", "(None, 10)"], ["y is", "(48,)"]],
        "line": None, "trace": [],
    }  # fmt: skip
    run.finish("failed")
    page = static.page(run)
    text = "".join(parsed(page).itertext())
    assert drawn(page) == [] and "<table" not in page
    assert "fit did not start · dense_1 and y do not fit together" in text
    assert "dense_1 gives (None, 10) ≠ y is (48,)" in text and "Use the sparse loss." in text


def test_a_real_training_that_blows_up_is_explained():
    """The first value that is not finite in the order of the batch, from a real model; long stretches are one line."""
    x, y = np.random.default_rng(0).random((96, 8), "float32"), np.arange(96) % 3
    keras.utils.set_random_seed(0)
    layers = [keras.layers.Dense(4, "relu", name=f"d{i}") for i in range(3)]
    model = keras.Sequential([keras.Input((8,)), *layers, keras.layers.Dense(3, "softmax", name="last")])
    model.compile(keras.optimizers.SGD(1e30), "sparse_categorical_crossentropy")
    with pytest.warns(UserWarning, match="not finite"):
        model.fit(x, y, epochs=2, batch_size=32, verbose=0)
    run = model.run
    trouble = wire.more(run)["trouble"]
    assert trouble["epoch"] == 0 and trouble["batch"] == run.trouble["batch"] >= 1
    rows = trouble["order"]
    assert rows[0] == {"name": "x, y", "value": "finite", "level": "g"} and len(rows) <= 8
    bad = [row for row in rows if row["level"] == "e"]
    assert bad[0]["name"] == run.trouble["where"] and bad[1]["name"] == "loss" and len(bad) <= 3
    assert static.page(run).count("Not finite") >= 1
    assert f"since epoch 1, batch {trouble['batch'] + 1}" in line.headline(run)


def test_a_real_fit_that_fails_names_the_two_sides():
    """Labels and output that do not fit: both shapes, the mend with its code, and no picture."""
    model = keras.Sequential([keras.Input((8,)), keras.layers.Dense(3, "softmax")])
    model.compile("sgd", "categorical_crossentropy")
    runs = []
    watch = keras.callbacks.LambdaCallback(on_train_begin=lambda logs: runs.append(last_run()))
    with pytest.raises(ValueError):
        model.fit(np.ones((32, 8)), np.arange(32) % 3, verbose=0, callbacks=[watch])
    page = static.page(runs[0])
    text = "".join(parsed(page).itertext())
    assert drawn(page) == [] and "fit did not start · targets and output do not fit together" in text
    assert "targets (32,) ≠ output (32, 3)" in text and "sparse_categorical_crossentropy" in text


def test_eight_metrics_stay_light():
    """Fewer points where there are many pictures: at most 40 KB, and every name is whole."""
    names = ["loss", *(f"dense_{i}_sparse_categorical_accuracy" for i in range(7))]
    run = Run(epochs=60, steps=5, metrics_names=names)
    run.start()
    random = np.random.default_rng(0)
    for epoch in range(60):
        run.begin_epoch(epoch)
        for step in range(5):
            run.record_batch(step, {n: random.random() for n in names})
        run.end_epoch(epoch, {k: random.random() for n in names for k in (n, f"val_{n}")})
    run.finish("completed")
    page = static.page(run)
    assert len(page.encode()) < 40_000 and all(name in page for name in names)
    assert all(name in picture for name, picture in zip(["loss", *sorted(names[1:])], drawn(page), strict=True))
