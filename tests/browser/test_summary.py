"""The card of a model in a browser: fold, compare bars, measure, follow what is added."""

from __future__ import annotations

import numpy as np
import pytest

import kerasnb as keras
import kerasnb.widgets as kw
from kerasnb.widgets.summaries import follow
from kerasnb.widgets.summaries import summary as module
from kerasnb.widgets.watch.budget import Budget
from tests.browser.axe import serious_faults
from tests.widgets.fakes import Clock

layers = keras.layers
X, Y = np.random.default_rng(0).normal(size=(16, 12, 12, 1)).astype("float32"), np.zeros((16, 4), "float32")
COPY = "() => { document.execCommand = () => { window.copied = document.querySelector('textarea').value; }; }"
FOCUSED = "() => document.querySelector('.kerasnb').shadowRoot.activeElement?.dataset.path"


@pytest.fixture
def model():
    inside = [layers.Conv2D(4, 3, activation="relu", name="conv"), layers.MaxPooling2D(name="pool")]
    features = keras.Sequential([keras.Input((12, 12, 1)), *inside], name="features")
    features.trainable = False
    after = [layers.Flatten(name="flat"), layers.Dense(4, name="last")]
    made = keras.Sequential([keras.Input((12, 12, 1)), features, *after], name="net")
    made.compile("sgd", "mse")
    return made


def rows(page) -> list[str]:
    """The names in the rows that are to be seen."""
    return [row.locator(".nm").inner_text() for row in page.locator(".rw:not(.h)").all() if row.is_visible()]


def row(page, name: str):
    return page.locator(".rw:not(.h)", has=page.page.locator(f".nm:text-is('{name}')"))


def test_rows_say_what_the_model_is(show_tool, model):
    """Name, kind, shape, parameters, costs; frozen in icon and word; columns under their heads."""
    page = show_tool(kw.summary(model, X, Y))
    assert rows(page) == ["features", "conv", "pool", "flat", "last", "loss, SGD"]
    assert page.locator(".head").inner_text().startswith("net")
    conv = row(page, "conv").inner_text().split("\n")
    assert conv[0].split() == ["conv", "Conv2D"] and conv[-1].strip() == "frozen"
    assert conv[1:3] == ["(None, 10, 10, 4)", "40"]
    expected = 16 * 10 * 10 * 4 * (2 * 9 + 2)
    assert row(page, "conv").locator(".c-flops").inner_text() == f"{expected / 1e6:.1f}M"
    for number, name in enumerate(["Layer", "Output shape", "Parameters", "ms", "FLOPs", "Bytes", "State"]):
        head, cell = page.locator(".rw.h > span").nth(number), row(page, "last").locator("> span").nth(number)
        assert head.inner_text() == name
        assert abs(head.bounding_box()["x"] - cell.bounding_box()["x"]) < 1.5


def test_bars_share_one_scale_per_column(show_tool, model):
    """The longest bar is the largest number; the others are as long as their share."""
    tool = kw.summary(model, X, Y)
    page = show_tool(tool)
    flat = {r["path"]: r["flops"] for top in tool.state()["rows"] for r in (top, *top["children"])}
    lines = page.locator(".rw:not(.h)").all()
    widths = [(line.get_attribute("data-path"), line.locator(".c-flops i").get_attribute("style")) for line in lines]
    for path, width in widths:
        assert float(width[7:-2]) == pytest.approx(100 * flat[path] / max(flat.values()), abs=0.01)


def test_folding_by_click_key_and_button(show_tool, model):
    """Left and right fold, up and down go along what is to be seen; the state of the fold survives a new state."""
    page = show_tool(kw.summary(model, X, Y))
    page.locator("summary").click()
    assert "conv" not in rows(page) and page.locator("summary").get_attribute("aria-expanded") == "false"
    page.locator("summary").focus()
    page.page.keyboard.press("ArrowDown")
    assert page.page.evaluate(FOCUSED) == "net/flat"
    page.page.keyboard.press("ArrowUp")
    page.page.keyboard.press("ArrowRight")
    assert "conv" in rows(page)
    page.page.keyboard.press("ArrowRight")
    assert page.page.evaluate(FOCUSED) == "net/features/conv"
    page.page.keyboard.press("ArrowLeft")
    assert page.page.evaluate(FOCUSED) == "net/features"
    page.page.keyboard.press("ArrowLeft")
    page.tool.refresh()
    page.flush()
    assert "conv" not in rows(page) and page.page.evaluate(FOCUSED) == "net/features"
    page.locator("button", has_text="Unfold all").or_(page.locator("button", has_text="Fold all")).click()
    assert "conv" in rows(page)


def test_bars_are_switched(show_tool, model):
    """One column, or none; on a narrow card the chosen column is the one below each row."""
    page = show_tool(kw.summary(model, X, Y), width=400)
    assert row(page, "conv").locator(".c-ms").is_visible() and row(page, "conv").locator(".c-flops").is_hidden()
    page.locator("select").select_option("flops")
    assert row(page, "conv").locator(".c-ms").is_hidden() and row(page, "conv").locator(".c-flops").is_visible()
    page.locator("select").select_option("none")
    assert row(page, "conv").locator(".c-flops").is_hidden()


@pytest.mark.parametrize("width", [360, 400, 640, 1000])
def test_nothing_is_wider_than_the_card(show_tool, width):
    """Long names and many connections wrap; the card does not scroll sideways."""
    inputs = [keras.Input((2,), name=f"a_rather_long_name_of_an_input_{i}") for i in range(6)]
    made = keras.Model(inputs, layers.Concatenate(name="all_of_them_together_in_one_layer")(inputs))
    page = show_tool(kw.summary(made), width=width)
    overflow = page.page.evaluate("""() => {
        const card = document.querySelector('.kerasnb').shadowRoot.querySelector('.k');
        return [card.scrollWidth - card.clientWidth, document.documentElement.scrollWidth - innerWidth];
    }""")
    assert max(overflow) <= 0
    text = row(page, "all_of_them_together_in_one_layer").inner_text()
    assert all(one.name in text for one in made.inputs)


def test_measure(show_tool, model):
    """Off with the reason where there is nothing to run; a click on it measures where there is."""
    page = show_tool(kw.summary(model))
    measure = page.locator("button", has_text="Measure")
    assert measure.is_disabled() and "kw.summary(model, x, y)" in measure.get_attribute("title")
    model.fit(X, Y, batch_size=8, verbose=0)
    page.tool.refresh()
    page.flush()
    measure.click()
    page.locator("button", has_text="Measure again").wait_for()
    assert "batch of 8:" in page.locator(".head").inner_text()
    assert row(page, "last").locator(".c-ms").inner_text() not in ("", "–")
    page.page.evaluate("window.loseKernel()")
    assert measure.is_disabled() and "restarted" in measure.get_attribute("title")


def test_a_displayed_model_follows_add_and_pop(show_tool, monkeypatch):
    """A new row is marked, a note says what changed, and screen readers hear it."""
    monkeypatch.setattr(module.notebook, "is_watched", lambda: False)
    made = keras.Sequential([keras.Input((6,))], name="m")
    page = show_tool(module._shown(made))
    assert "No layers yet" in page.locator(".sum").inner_text()
    for units in (4, 2):
        made.add(layers.Dense(units, name=f"dense_of_{units}"))
        page.flush()
        assert page.locator(".rw.new .nm").all_inner_texts() == [f"dense_of_{units}"]
        assert f"dense_of_{units} was added" in page.locator("[role=status] .note").inner_text()
    assert rows(page) == ["dense_of_4", "dense_of_2"] and "38 parameters" in page.locator(".head").inner_text()
    made.pop()
    page.flush()
    assert rows(page) == ["dense_of_4"] and "dense_of_2 was removed" in page.locator("[role=status] .note").inner_text()


def test_rows_follow_a_training(show_tool, monkeypatch):
    """What a layer's units do changes in its row, with its share; the rows themselves stay, and the focus."""
    monkeypatch.setattr(follow, "Budget", lambda: Budget(clock=Clock()))
    monkeypatch.setattr(follow, "INTERVAL", 0.0)
    dense = [layers.Dense(4, activation="relu", name="a"), layers.Dense(1, name="b")]
    made = keras.Sequential([keras.Input((3,)), *dense], name="m")
    made.compile(keras.optimizers.SGD(1e-9), "mse")
    page = show_tool(kw.summary(made))
    row(page, "a").focus()
    page.page.evaluate("() => { document.querySelector('.kerasnb').shadowRoot.activeElement.mark = 1; }")
    x = np.random.default_rng(0).normal(size=(20, 3))
    for dead, epoch in ((0, 0), (3, 1)):
        kernel, bias = np.ones((3, 4), "float32"), np.repeat([-100, 100], [dead, 4 - dead]).astype("float32")
        dense[0].set_weights([kernel, bias])
        made.fit(x, x[:, :1], epochs=epoch + 1, initial_epoch=epoch, verbose=0)
        page.flush()
        words = row(page, "a").locator("> span").last
        assert words.inner_text().strip() == ("3 of 4 dead · 75 %" if dead else "healthy")
        assert words.locator("svg").count() == bool(dead)
        assert f"Units after epoch {epoch + 1} of {epoch + 1}, on 20 samples" in page.locator(".k").inner_text()
        assert words.bounding_box()["height"] < 30  # one line
    assert page.page.evaluate("() => document.querySelector('.kerasnb').shadowRoot.activeElement?.mark") == 1
    assert not serious_faults(page.page)


def test_copy_is_the_text_of_keras(show_tool, model):
    """The button copies what `summary` prints."""
    page, texts = show_tool(kw.summary(model)), []
    page.page.evaluate(COPY)
    page.locator("button", has_text="Copy text").click()
    page.page.wait_for_function("window.copied !== undefined")
    model.summary(print_fn=texts.append)
    assert page.page.evaluate("window.copied") == texts[0]


# --- in JupyterLab

FIRST = """import kerasnb as keras
model = keras.Sequential([keras.Input((4,)), keras.layers.Dense(3, name="one")], name="net")
model"""
SECOND = 'model.add(keras.layers.Dense(2, name="two"))'
THIRD = "model.summary()"
FOURTH = "model.summary(expand_nested=True)"
NAMES = "() => [...document.querySelector('.kerasnb').shadowRoot.querySelectorAll('.nm')].map((e) => e.innerText)"


def test_a_model_in_a_cell(open_notebook):
    """A cell's value is a live card that another cell changes; `summary()` is one too; the file keeps Keras' text."""
    notebook = open_notebook(FIRST, SECOND, THIRD, FOURTH)
    notebook.run(0)
    notebook.output(0).locator(".kerasnb section.k").wait_for()
    assert notebook.page.evaluate(NAMES) == ["one"]
    notebook.run(1)
    notebook.output(0).locator(".rw.new", has_text="two").wait_for()
    assert notebook.page.evaluate(NAMES) == ["one", "two"]
    for index in (2, 3):
        notebook.run(index)
        notebook.wait_done(index)
    notebook.output(2).locator(".kerasnb section.k").wait_for()
    assert notebook.output(3).locator(".kerasnb").count() == 0  # with arguments it is Keras' own
    notebook.save()
    cells = notebook.lab.saved(notebook.name)["cells"]
    stack = [keras.Input((4,)), layers.Dense(3, name="one"), layers.Dense(2, name="two")]
    model, texts = keras.Sequential(stack, name="net"), []
    model.summary(print_fn=texts.append)
    for index in (0, 2):
        (output,) = cells[index]["outputs"]
        assert "".join(output["data"]["text/plain"]) == texts[0] and "two" in "".join(output["data"]["text/html"])
        assert set(output["data"]) == {"text/plain", "text/html"}
    notebook.page.reload()
    notebook.output(0).locator("[data-knb]", has_text="23 parameters").wait_for()
