"""The Builder in a browser: by keys only, by clicks only, both ways between cards and code, narrow and wide."""

from __future__ import annotations

import re
import time

import numpy as np
import pytest

import kerasnb as keras
import kerasnb.widgets as kw

layers = keras.layers
RNG = np.random.default_rng(5)
X = RNG.random((64, 12, 12, 1)).astype("float32")
Y = RNG.integers(0, 4, 64)
PAIR = {"left": RNG.random((64, 5)).astype("float32"), "right": RNG.random((64, 5)).astype("float32")}
PAIR_Y = RNG.integers(0, 3, 64)


def run(code, **space):
    keras.backend.clear_session()
    exec(code, space)
    return space["model"]


def names(builder):
    return [type(layer).__name__ for layer in builder.model.layers]


def settled(shown, count):
    """Waits until there are so many cards."""
    shown.page.wait_for_function(
        "n => document.querySelector('.kerasnb').shadowRoot.querySelectorAll('.lc').length === n", arg=count
    )


def trained(shown, text="Trained"):
    """Delivers what the training sends until it has ended."""
    end = time.monotonic() + 60
    while time.monotonic() < end:
        shown.flush()
        if shown.locator(".trn .st").inner_text().startswith(text):
            return
        shown.page.wait_for_timeout(50)
    raise AssertionError(shown.locator(".trn").inner_text())


def test_a_convnet_by_keys_only(show_tool):
    """Search, insert, move, remove, undo, redo and train without a mouse."""
    builder = kw.Builder(x=X, y=Y)
    shown = show_tool(builder)
    keys = shown.page.keyboard
    shown.locator("[data-card=flatten]").focus()
    keys.press("ArrowUp")
    shown.locator("[data-card=input_layer].sel").wait_for()
    for i, word in enumerate(("conv2d", "maxpooling2d", "conv2d", "dropout")):
        keys.press("/")
        shown.locator(".search:focus").wait_for()
        keys.press("Control+a")
        keys.type(word)
        keys.press("Enter")
        settled(shown, 4 + i)
        shown.locator(".page").focus()
    assert names(builder) == ["Conv2D", "MaxPooling2D", "Conv2D", "Dropout", "Flatten", "Dense"]
    keys.press("Alt+ArrowUp")
    shown.page.wait_for_timeout(200)
    assert names(builder)[2:4] == ["Dropout", "Conv2D"]
    keys.press("Alt+ArrowDown")
    shown.page.wait_for_timeout(200)
    keys.press("Delete")
    settled(shown, 6)
    keys.press("Control+z")
    settled(shown, 7)
    keys.press("Control+y")
    settled(shown, 6)
    assert names(builder) == ["Conv2D", "MaxPooling2D", "Conv2D", "Flatten", "Dense"]
    keys.press("t")
    trained(shown)
    assert len(builder.training.history["loss"]) == 5


def test_two_inputs_by_clicks_only(show_tool, tmp_path):
    """A functional model with a shared layer, built by clicks, trained; its code gives the same weights."""
    builder = kw.Builder(x=PAIR, y=PAIR_Y)
    shown = show_tool(builder, width=1000, height=1400)
    click = lambda selector, **options: shown.locator(selector, **options).first.click()  # noqa: E731
    click("button[aria-label='Insert between left and concatenate']")
    shown.locator(".ins", has_text="left → concatenate").wait_for()
    click("[data-layer=Dense]")
    settled(shown, 5)
    click("button[aria-label='Insert between right and concatenate']")
    click("summary", has_text="Use again")
    click("[data-layer=dense_1]")
    settled(shown, 6)
    click("[data-card=concatenate]")
    shown.locator(".ins", has_text="behind concatenate").wait_for()
    click("[data-layer=Dense]")
    settled(shown, 7)
    click("[data-card=concatenate]")
    shown.locator("[data-card=concatenate].sel").wait_for()
    click("button", has_text="Branch")
    shown.locator(".ins", has_text="new branch").wait_for()
    click("[data-layer=Dense]")
    settled(shown, 8)
    click("[data-card=dense_2]")
    shown.locator("[data-card=dense_2].sel").wait_for()
    click("summary", has_text="Merging")
    click("[data-layer=Add]")
    click(".why.go button", has_text="dense_3")
    settled(shown, 9)
    assert names(builder).count("Dense") == 4
    assert [o.name for o in builder.model.layers if len(o._inbound_nodes) > 1 and o.name == "dense_1"]
    assert len(builder.model.outputs) == 1
    assert shown.locator(".rail path").count() > 8
    click("button", has_text="Train")
    trained(shown)
    shown.screenshot(tmp_path / "graph.png")
    model = run(builder.export(), x=PAIR, y=PAIR_Y)
    for mine, other in zip(builder.model.get_weights(), model.get_weights(), strict=True):
        np.testing.assert_array_equal(mine, other)
    model = run("import kerasnb as keras\nfrom kerasnb import layers\n" + builder.code)
    assert model.get_config() == builder.model.get_config()


def test_the_code_and_the_cards_say_the_same(show_tool):
    """Typing changes the cards; a bad line is marked and the model stays; card and line mark each other."""
    builder = kw.Builder(x=X, y=Y)
    shown = show_tool(builder)
    code = shown.locator("textarea")
    code.fill(builder.code.replace("layers.Flatten()", "layers.Conv2D(6, 3),\n    layers.Flatten()"))
    settled(shown, 4)
    assert names(builder) == ["Conv2D", "Flatten", "Dense"]
    shown.locator(".cp .ok", has_text="valid: model and code are equal").wait_for()
    before = list(builder.model.layers)
    code.fill(builder.code.replace("layers.Conv2D(6, 3)", "layers.Conv2D(6, )"))
    shown.locator(".cp .ln.e", has_text="Conv2D(6, )").wait_for()
    assert "kernel_size" in shown.locator(".cp .bad").inner_text()
    assert "last valid state" in shown.locator(".cp .bad").inner_text()
    assert builder.model.layers == before
    code.press("Escape")
    shown.locator(".cp .ok", has_text="valid").wait_for()
    shown.locator("[data-card=dense]").click()
    shown.locator(".cp .ln.a", has_text="layers.Dense(4").wait_for()
    box = shown.locator(".cp .ln", has_text="Conv2D(6, 3)").bounding_box()
    shown.page.mouse.click(box["x"] + 40, box["y"] + 6)
    shown.locator("[data-card=conv2d].sel").wait_for()
    assert shown.locator(".insp h4").first.inner_text() == "conv2d · Conv2D"


def test_arguments_and_mends(show_tool):
    """A field changes the layer; a wrong value is refused beside it; a greyed layer says why and mends itself."""
    builder = kw.Builder(x=X, y=Y)
    shown = show_tool(builder)
    shown.locator("[data-card=input_layer]").click()
    shown.locator("[data-layer=Conv2D]").click()
    settled(shown, 4)
    filters = shown.locator("#a-filters")
    filters.fill("5")
    filters.press("Enter")
    shown.locator(".insp", has_text="3·3·1·5 + 5 = 50 parameters").wait_for()
    kernel = shown.locator("#a-kernel_size")
    kernel.fill("40")
    kernel.press("Enter")
    shown.locator(".insp .bad", has_text=re.compile(".{20}")).wait_for()
    assert builder.model.layers[0].kernel_size == (3, 3)
    dense = shown.locator("[data-layer=Dense]")
    assert dense.get_attribute("aria-disabled") == "true"
    dense.press("Enter")
    box = shown.locator(".why")
    box.wait_for()
    assert "would act on the last axis only: (None, 10, 10, 32)" in box.inner_text()
    box.locator("button", has_text="GlobalAveragePooling2D, then Dense").click()
    settled(shown, 6)
    assert names(builder) == ["Conv2D", "GlobalAveragePooling2D", "Dense", "Flatten", "Dense"]
    shown.locator(".pv canvas").nth(2).wait_for()


@pytest.mark.parametrize("dark", [False, True])
def test_narrow_has_one_pane_and_nothing_sticks_out(show_tool, dark):
    """At 400 px there are tabs, Train stays, and only code scrolls sideways."""
    builder = kw.Builder(x=X, y=Y)
    shown = show_tool(builder, width=400, dark=dark)
    tabs = shown.locator("[role=tab]")
    panes = {"Add": ".pal", "Model": ".mdl", "Arguments": ".insp", "Code": ".cp"}
    for name, pane in panes.items():
        tabs.filter(has_text=name).click()
        visible = [p for p in panes.values() if shown.locator(p).is_visible()]
        assert visible == [pane]
        assert shown.locator("button", has_text="Train").is_visible()
        assert shown.page.evaluate("document.documentElement.scrollWidth") <= 400
    tabs.filter(has_text="Add").click()
    shown.locator("[data-layer=Conv2D]").click()
    settled(shown, 4)
    assert shown.locator(".mdl").is_visible()


def test_a_lost_kernel_turns_everything_off(show_tool):
    """When the kernel is gone, buttons are off and say so; the cards stay."""
    shown = show_tool(kw.Builder(x=X, y=Y))
    shown.page.evaluate("window.loseKernel()")
    assert shown.locator("button", has_text="Train").is_disabled()
    assert "restarted" in shown.locator("button", has_text="Train").get_attribute("title")
    assert shown.locator(".lc").count() == 3


@pytest.mark.alone
def test_reaction_with_fifty_layers(show_tool):
    """A click on one of fifty cards shows within 100 ms, measured in the page, best of five."""
    stack = [layers.Dense(8, activation="relu", name=f"d{i}") for i in range(50)]
    shown = show_tool(kw.Builder(keras.Sequential([keras.Input((8,)), *stack])))
    times = shown.page.evaluate("""async () => {
        const root = document.querySelector(".kerasnb").shadowRoot, times = [];
        for (let i = 5; i < 10; i++) {
            const start = performance.now();
            root.querySelector(`[data-card=d${i}]`).click();
            if (!root.querySelector(`[data-card=d${i}].sel`)) throw new Error("not chosen");
            root.querySelector(".mdl").getBoundingClientRect();
            times.push(performance.now() - start);
            await new Promise((r) => setTimeout(r, 300));
        }
        return times;
    }""")
    assert min(times) < 100


def test_an_input_that_does_not_fit_the_data_is_said(show_tool):
    """Code with another shape of the input: a note names both shapes, and Train has the reason; mended, both go."""
    builder = kw.Builder(x=X, y=Y)
    shown = show_tool(builder)
    builder.play([{"do": "set", "card": "input_layer", "argument": "shape", "value": "(9, 9, 1)"}])
    shown.flush()
    words = "x has the shape (12, 12, 1) for each sample, and input_layer takes (9, 9, 1)."
    note = shown.locator(".note.w").first
    note.wait_for()
    assert note.inner_text().strip() == f"{words} Change the shape on the input's card."
    train = shown.page.get_by_role("button", name="Train")
    assert train.is_disabled()
    assert train.get_attribute("title") == words
    builder.play([{"do": "undo"}])
    shown.flush()
    shown.page.wait_for_function(
        "() => !document.querySelector('.kerasnb').shadowRoot.querySelector('.note.w')"
    )
    assert train.is_enabled()


def test_a_merge_asks_with_which_tensor(show_tool):
    """On an edge the palette lists all other tensors; by keys one is chosen, and one that does not fit says why."""
    a = keras.Input((6,), name="a")
    x = layers.Dense(6, name="one")(a)
    model = keras.Model(a, [layers.Dense(6, name="two")(x), keras.ops.relu(layers.Dense(3, name="three")(x))])
    shown = show_tool(kw.Builder(model))
    shown.locator("button[aria-label='Insert between one and two']").click()
    shown.locator("summary", has_text="Merging").click()
    shown.locator("[data-layer=Add]").click()
    box = shown.locator(".why.go")
    box.wait_for()
    assert "Add joins one with one of these, and only two takes the result" in box.inner_text()
    buttons = box.locator("button")
    assert buttons.count() == 4
    off = buttons.filter(has_text="with three (None, 3)")
    assert off.get_attribute("aria-disabled") == "true"
    assert "Add cannot join (None, 6) and (None, 3)." in off.inner_text()
    off.press("Enter")
    assert len(model.layers) == 4
    buttons.filter(has_text="with a (None, 6)").press("Enter")
    settled(shown, 6)
    assert [type(layer).__name__ for layer in model.layers].count("Add") == 1
    shown.locator("[data-card=relu]").click()
    shown.locator(".insp", has_text="Operations of keras.ops have no name of their own").wait_for()
    assert shown.locator("#a-name").is_disabled()
    assert shown.locator("button", has_text="New cell").count() == 0
    assert "paste it into a new cell" in shown.locator(".cp button", has_text="Copy").get_attribute("title")
