"""A model as a card: rows, words, what is measured, and what a display follows."""

from __future__ import annotations

import gc
import weakref
import xml.etree.ElementTree as ET

import numpy as np
import pytest

import kerasnb as keras
import kerasnb.widgets as kw
from kerasnb.widgets.builder import palette
from kerasnb.widgets.summaries import summary as module
from kerasnb.widgets.summaries.kinds import family_of
from kerasnb.widgets.summaries.rows import rows_of
from tests.browser.bare import connect

layers = keras.layers
X, Y = np.random.default_rng(0).normal(size=(8, 6)).astype("float32"), np.ones((8, 1), "float32")


def parsed(page):
    return ET.fromstring("<div>" + page.replace("&nbsp;", " ").replace("<br>", "<br/>") + "</div>")


def words_of(page):
    return " ".join("".join(parsed(page).itertext()).split())


def net():
    """A model with a frozen model inside."""
    inner = keras.Sequential([keras.Input((6,)), layers.Dense(4, name="in_a"), layers.ReLU(name="in_b")], name="inner")
    inner.trainable = False
    model = keras.Sequential([keras.Input((6,)), inner, layers.Dropout(0.3), layers.Dense(1, name="last")], name="net")
    model.compile("sgd", "mse")
    return model


def test_a_model_is_a_table():
    """Names, shapes, parameters; frozen layers say so; models in models are folded."""
    inner = keras.Sequential([keras.Input((8,)), layers.Dense(4)], name="inner")
    model = keras.Sequential([keras.Input((8,)), layers.Dense(8, name="first"), inner])
    model.layers[0].trainable = False
    page = kw.model_html(model)
    assert "108 parameters: 36 trainable, 72 frozen · 432 B" in words_of(page)
    assert "first Dense · frozen" in words_of(page)
    assert len(parsed(page).findall(".//details")) == 1 and "(None, 4)" in page


def test_a_model_that_is_not_built_says_so():
    """No shape is made up."""
    model = keras.Sequential([layers.Dense(3)])
    assert "?" in kw.model_html(model) and "not built yet" in kw.model_html(model)
    assert "No layers yet" in kw.model_html(keras.Sequential())


def test_a_custom_model_is_no_error():
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
    model = net()
    bundle, texts = model._repr_mimebundle_(), []
    model.summary(print_fn=texts.append)
    assert bundle["text/plain"] == texts[0] and kw.model_html(model) in bundle["text/html"]


def test_connections_are_never_cut():
    """All sources stand in the row of a layer, however many there are."""
    inputs = [keras.Input((2,), name=f"a_rather_long_name_of_input_{i}") for i in range(12)]
    model = keras.Model(inputs, layers.Concatenate(name="all")(inputs))
    (row,) = [row for row in rows_of(model) if row.name == "all"]
    assert row.sources == [i._keras_history.operation.name for i in inputs]
    assert f"from {', '.join(row.sources)}" in kw.model_html(model)


def test_rows_are_frozen_with_their_model():
    """Layers of a frozen model are frozen, those without weights too; others are not."""
    rows = {row.name: row for top in rows_of(net()) for row in top.flat()}
    assert [name for name, row in rows.items() if row.frozen] == ["inner", "in_a", "in_b"]
    assert rows["dropout" if "dropout" in rows else next(n for n in rows if "dropout" in n)].kind == "Dropout 0.3"


def test_measured_columns():
    """Each row has milliseconds, operations and bytes; the last row is the rest of the step."""
    tool = kw.summary(net(), X, Y)
    state = tool.state()
    assert state["timed"] and "batch of 8:" in state["step"] and [r["name"] for r in state["rows"]][-1] == "loss, SGD"
    inner, last = state["rows"][0], state["rows"][-2]
    assert inner["ms"] == pytest.approx(sum(child["ms"] for child in inner["children"]), abs=2e-4)
    assert inner["flops"] == 8 * 4 * (2 * 6 + 1) + 8 * 4 and last["bytes"] == 8 * 4
    assert last["flops"] == 8 * (2 * 4 + 1) + 2 * 8 * 4 + 8
    assert " measured, " in tool.html() and "FLOPs" in tool.html()


def test_prediction_is_measured_without_targets():
    """A model that is not compiled runs forward only."""
    model = keras.Sequential([keras.Input((6,)), layers.Dense(2, name="d")], name="m")
    costs = kw.summary(model, X).measured.costs
    assert costs["m/d"].backward == 0 and costs["m/d"].flops == 8 * 2 * 13


def test_after_a_fit_no_data_is_needed():
    """The step that ran is measured; weights stay. A model that changed since has no such step."""
    model = net()
    assert kw.summary(model).measured is None
    model.fit(X, Y, batch_size=8, verbose=0)
    before = model.get_weights()
    found = kw.summary(model).measured
    assert found.batch == 8 and found.step > 0 and found.costs["net/last"].flops > 0
    for a, b in zip(before, model.get_weights(), strict=True):
        np.testing.assert_array_equal(a, b)
    model.add(layers.Dense(2))
    assert kw.summary(model).measured is None


def test_measuring_after_a_fit_is_safe():
    """Other plans may have written anything where labels were: they are no labels any more."""
    model = keras.Sequential([keras.Input((6,)), layers.Dense(3, activation="softmax")])
    model.compile("sgd", "sparse_categorical_crossentropy")
    model.fit(X, np.zeros(8, int), batch_size=4, verbose=0)
    recorded = model._steps[next(iter(model._steps))].latest[1]
    for array in recorded.plan.inputs:
        array[...] = 2_000_000_000 if array.dtype.kind in "iu" else np.nan
    assert kw.summary(model).measured.step > 0
    assert np.isfinite(model.get_weights()[0]).all()


def test_a_wrong_call_says_what_is_missing():
    """Targets without inputs, something that is no model."""
    with pytest.raises(ValueError, match="Argument `x` must be given where `y` is"):
        kw.summary(net(), y=Y)
    with pytest.raises(ValueError, match="must be a model. Received: int"):
        kw.summary(3)


def test_the_button_measures():
    """The browser's message measures again, or says what it needs."""
    widget = connect(kw.summary(net()))
    sent = widget.hear({"do": "measure", "ask": 1})
    assert "kw.summary(model, x, y)" in sent[-1]["content"]["error"]
    tool = kw.summary(net(), X, Y)
    sent = connect(tool).hear({"do": "measure", "ask": 1})
    assert sent[-1]["content"]["result"] == {} and sent[0]["state"]["timed"]


def test_a_display_follows_its_model(monkeypatch):
    """What is added or removed is in the next state, marked; the display keeps nothing alive."""
    monkeypatch.setattr(module.notebook, "is_watched", lambda: False)
    model = keras.Sequential([keras.Input((6,))], name="m")
    tool = module._shown(model)
    widget = connect(tool)
    model.add(layers.Dense(4, name="one"))
    state = widget.take()[-1]["state"]
    assert [r["name"] for r in state["rows"]] == ["one"] and state["change"] == {
        "what": "added", "path": "m/one", "name": "one"}  # fmt: skip
    assert "28 parameters" in state["sizes"]
    model.pop()
    state = widget.take()[-1]["state"]
    assert state["rows"] == [] and state["change"]["what"] == "removed"
    gone = weakref.ref(tool)
    del tool, widget
    gc.collect()
    assert gone() is None
    model.add(layers.Dense(2))


def test_a_display_that_is_gone_costs_nothing(monkeypatch):
    """Watchers of cards that nobody holds are dropped when the next card opens; copies of models have none."""
    monkeypatch.setattr(module.notebook, "is_watched", lambda: False)
    model = keras.Sequential([keras.Input((6,)), layers.Dense(1)])
    for _ in range(5):
        module._shown(model)
    gc.collect()
    module._shown(model)
    assert len(model._watchers) <= 2
    assert keras.models.clone_model(model)._watchers == ()


def test_the_text_is_that_of_keras():
    """The text of the card starts with it; a console gets what was measured below."""
    model, texts = net(), []
    model.summary(print_fn=texts.append)
    tool = kw.summary(model, X, Y)
    texts = []
    model.summary(print_fn=texts.append)
    assert tool.text().startswith(texts[0]) and " measured, " in tool.text()
    assert tool.bundle()["text/plain"] == texts[0]


def test_summary_in_a_notebook(monkeypatch, capsys):
    """`model.summary()` is a card where a kernel runs; with arguments, or redirected, it is Keras' text."""
    shown = []
    monkeypatch.setattr(module.notebook, "shell", lambda: object())
    monkeypatch.setattr(module.notebook, "is_watched", lambda: False)
    monkeypatch.setattr(module.notebook, "show", lambda bundle, *_: shown.append(bundle))
    model = net()
    assert not module.show_summary(model)  # pytest's stdout is not the kernel's
    monkeypatch.setattr(module, "_redirected", lambda: False)
    assert module.show_summary(model) and "net" in shown[0]["text/html"]
    monkeypatch.setenv("KERASNB_RENDERER", "text")
    assert not module.show_summary(model) and not module.show_model(model)


def test_pictures_of_large_models_stay_small():
    """Fifty layers with costs are below the limit of a picture; thirty rows have bars."""
    for depth, has_bars in ((50, False), (20, True)):
        model = keras.Sequential([keras.Input((6,)), *(layers.Dense(6) for _ in range(depth))])
        page = kw.summary(model, X).html()
        assert len(page) < 40_000 and ("height:6px" in page) is has_bars


@pytest.mark.parametrize(
    ("kind", "expected"),
    [("Conv2D", "conv"), ("ConvLSTM2D", "rec"), ("MaxPooling1D", "pool"), ("Dense", "core"), ("Dropout", "reg")],
)
def test_own_layers_have_the_family_of_what_they_extend(kind, expected):
    """A class of the user's own is shown like its base; one that extends nothing is a core layer."""
    base = getattr(keras.layers, kind)
    assert family_of(base) == family_of(type("Mine", (base,), {})) == expected
    assert family_of(type("Other", (keras.layers.Layer,), {})) == "core"


def test_the_palette_has_the_colours_of_the_graph():
    """A layer is shown in one colour, whatever the tool; only operations without a layer are grey in the palette."""
    for name, cls in palette.classes().items():
        assert palette.family(cls)[1] == family_of(cls), name
    assert palette.family(type("Mine", (keras.layers.Conv2D,), {})) == ("Convolution", "conv")
