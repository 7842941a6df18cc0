"""Draw, confusion matrix, mistakes first, what-if and maps in a browser: pointers, keys, times."""

from __future__ import annotations

import numpy as np
import pytest

import kerasnb as keras
import kerasnb.widgets as kw
from kerasnb import layers

READ = "(name) => document.querySelector('.kerasnb').shadowRoot.querySelector(name)"

# Times of touches until the bars change, and of as many answers to a message of the same size.
TOUCHES = """async () => {
    const root = document.querySelector('.kerasnb').shadowRoot;
    const area = root.querySelector('.area'), box = area.getBoundingClientRect();
    area.setPointerCapture = () => {};
    const fire = (type, x, y) => area.dispatchEvent(new PointerEvent(type, {
        clientX: box.left + x, clientY: box.top + y, pointerId: 7, bubbles: true, pointerType: 'touch' }));
    const rest = () => new Promise((done) => setTimeout(done, 80));
    const strokes = [], pings = [];
    for (let i = 0; i < 15; i++) {
        const changed = new Promise((done) => new MutationObserver((_, o) => { o.disconnect(); done(); })
            .observe(root.querySelectorAll('.h4')[0], { childList: true, subtree: true }));
        let start = performance.now();
        fire('pointerdown', 40 + 5 * i, 40);
        await changed;
        strokes.push(performance.now() - start);
        fire('pointerup', 40 + 5 * i, 40);
        await rest();
        start = performance.now();
        await window.toPython({ do: 'ping', ask: 1000 + i }, [btoa('x'.repeat(112 * 112))]);
        pings.push(performance.now() - start);
        await rest();
    }
    return [strokes, pings];
}"""


def classifier(shape=(28, 28, 1), classes=10):
    keras.utils.set_random_seed(0)
    stack = [layers.Flatten(), layers.Dense(16, activation="relu"), layers.Dense(classes, activation="softmax")]
    return keras.Sequential([keras.Input(shape), *stack], name="net")


def drag(page, points):
    """Draws a line with the mouse on the square."""
    area = page.locator(".area").bounding_box()
    mouse = page.page.mouse
    mouse.move(area["x"] + points[0][0], area["y"] + points[0][1])
    mouse.down()
    for x, y in points[1:]:
        mouse.move(area["x"] + x, area["y"] + y, steps=4)
    mouse.up()


class TestDraw:
    @pytest.fixture
    def page(self, show_tool):
        return show_tool(kw.draw(classifier()))

    def test_a_stroke_becomes_an_image_and_an_answer(self, page):
        """A vertical line by mouse is one in the image; the bars are the model's shares for that image."""
        drag(page, [(60, 30), (60, 170)])
        page.locator(".h4", has_text="Answer:").wait_for()
        image = page.tool.image
        assert np.flatnonzero((image > 0.5).any(1)).size == 20
        assert np.flatnonzero((image > 0.5).any(0)).size <= 4
        shares = np.asarray(page.tool.model(image[None, ..., None]))[0]
        widths = page.page.locator(".hb u i").evaluate_all("(bars) => bars.map((b) => parseFloat(b.style.width))")
        assert np.allclose(widths, 100 * shares, atol=0.01)

    def test_bars_follow_within_50_ms_of_a_stroke(self, page):
        """From the pointer to changed bars, less the time of the connection: the best of fifteen touches."""
        drag(page, [(60, 30), (60, 60)])
        strokes, pings = page.page.evaluate(TOUCHES)
        assert np.min(strokes) - np.min(pings) < 50

    def test_the_keyboard_draws(self, page):
        """Space puts the pen down, arrows draw, Z takes the stroke back, C clears."""
        page.locator(".area").focus()
        keys = page.page.keyboard
        keys.press(" ")
        for _ in range(10):
            keys.press("ArrowDown")
        keys.press(" ")
        page.locator(".h4", has_text="Answer:").wait_for()
        page.page.wait_for_timeout(100)  # the last of the moves
        assert np.flatnonzero((page.tool.image > 0.5).any(1)).size == 20
        assert len(page.tool.strokes) == 1
        keys.press("z")
        page.locator(".h4", has_text="Draw in the square").wait_for()
        assert not page.tool.image.any()
        drag(page, [(60, 30), (60, 60)])
        keys.press("c")
        page.locator(".h4", has_text="Draw in the square").wait_for()
        assert page.tool.answer is None

    def test_a_second_view_has_the_strokes(self, page, show_tool):
        """A view that opens later shows what was drawn."""
        drag(page, [(60, 30), (150, 120)])
        page.page.wait_for_timeout(200)
        again = show_tool(page.tool)
        again.locator(".h4", has_text="Answer:").wait_for()
        ink = again.page.evaluate(f"""() => {{ const c = ({READ})('.area');
            const {{ data }} = c.getContext('2d').getImageData(0, 0, c.width, c.height);
            return data.filter((v, i) => i % 4 === 3 && v).length }}""")
        assert ink > 500


class TestConfusion:
    @pytest.fixture
    def page(self, show_tool):
        rng = np.random.default_rng(0)
        shares, y = rng.dirichlet(np.ones(4), 200), rng.integers(0, 4, 200)
        return show_tool(kw.confusion(shares, rng.random((200, 10, 10)), y, labels=["ant", "bee", "cat", "dog"]))

    def test_a_click_on_a_cell_shows_its_samples(self, page):
        """The cell is marked, its samples have pictures, meant and said."""
        page.locator("[aria-label^='meant cat, predicted ant']").click()
        page.locator(".h4", has_text="Meant cat, predicted ant:").wait_for()
        assert page.tool.cell == (2, 0)
        assert page.locator(".th").first.inner_text().split()[:4] == ["meant", "cat", "said", "ant"]
        assert page.locator("[aria-pressed=true][aria-label^='meant cat']").count() == 1

    def test_arrows_and_enter_open_a_cell(self, page):
        """The keyboard alone chooses a cell and a sample, and corrects its label."""
        row, column = page.tool.cell
        page.locator(".cm button[tabindex='0']").focus()
        arrows = {"ArrowRight": (0, 1), "ArrowLeft": (0, -1), "ArrowDown": (1, 0), "ArrowUp": (-1, 0)}
        cells = {key: (row + down, column + right) for key, (down, right) in arrows.items()}
        key = next(k for k, (r, c) in cells.items() if r != c and 0 <= r < 4 and 0 <= c < 4)
        page.page.keyboard.press(key)
        page.page.keyboard.press("Enter")
        row, column = cells[key]
        names = page.tool.names
        page.locator(".h4", has_text=f"Meant {names[row]}, predicted {names[column]}").wait_for()
        page.locator(".th[tabindex='0']").focus()
        page.page.keyboard.press("ArrowRight")
        page.page.keyboard.press("Enter")
        page.locator(".h4", has_text="Answer for sample").wait_for()
        second = int(page.tool.listed()[1])
        page.locator("button", has_text="Correct the label").focus()
        page.page.keyboard.press("Enter")
        page.locator(".head", has_text="1 label corrected").wait_for()
        assert page.tool.changes == {second: (names[row], names[column])}

    def test_corrections_are_kept_when_the_cell_changes(self, page):
        """Away to another cell and back: the sample still shows its new label beside the one that was given."""
        page.locator("[aria-label^='meant cat, predicted ant']").click()
        page.locator(".h4", has_text="Meant cat, predicted ant:").wait_for()
        page.locator(".th").first.click()
        page.locator("select").select_option(label="dog")
        page.locator("button", has_text="Correct the label").click()
        page.locator(".th s", has_text="cat").wait_for()
        page.locator("[aria-label^='meant bee, predicted bee']").click()
        page.locator(".h4", has_text="Meant bee, predicted bee:").wait_for()
        assert page.locator(".th s").count() == 0
        page.locator("[aria-label^='meant cat, predicted ant']").click()
        page.locator(".th s", has_text="cat").wait_for()
        assert page.locator(".th", has=page.locator("s")).inner_text().split()[1] == "dog"
        assert list(page.tool.changes.values()) == [("cat", "dog")]

    def test_mistakes_first(self, show_tool):
        """Eight figures, all on demand; Enter opens one with its shares."""
        rng = np.random.default_rng(0)
        shares, y = rng.dirichlet(np.ones(4), 60), rng.integers(0, 4, 60)
        page = show_tool(kw.mistakes_first(shares, rng.random((60, 5)), y))
        total = len(page.tool.listed())
        page.locator(".head", has_text=f"the eight surest wrong answers of {total}").wait_for()
        assert page.locator(".th").count() == 8
        page.locator(".th[tabindex='0']").focus()
        page.page.keyboard.press("ArrowRight")
        page.page.keyboard.press("Enter")
        sample = int(page.tool.listed()[1])
        page.locator(".detail", has_text=f"Answer for sample {sample}").wait_for()
        page.locator("button", has_text="Show all").click()
        page.locator(".th").nth(total - 1).wait_for()
        assert page.locator(".th").count() == total


class TestExplore:
    def test_a_slider_moves_the_bars(self, show_tool):
        """The End key takes a feature to its highest value; the bars are the model's answer there."""
        model = classifier((3,), 4)
        x, data = np.array([0.2, 0.4, 0.6], "float32"), np.array([[0, 0, 0], [1.5, 2.5, 3.5]], "float32")
        page = show_tool(kw.explore(model, x, data=data))
        page.locator("input[type=range]").nth(1).focus()
        page.page.keyboard.press("End")
        page.locator(".h4", has_text="from as given").wait_for()
        expected = np.asarray(model(np.array([[0.2, 2.5, 0.6]], "float32")))[0]
        widths = page.page.locator(".hb u i").evaluate_all("(bars) => bars.map((b) => parseFloat(b.style.width))")
        assert np.allclose(widths, 100 * expected, atol=0.05)
        page.locator("button", has_text="As given").click()
        page.locator(".h4", has_text="· as given").wait_for()
        field = page.locator("input[aria-label='feature 0']")
        field.fill("abc")
        field.press("Enter")
        assert field.input_value() == "0.2"

    def test_arrows_cover_the_image(self, show_tool):
        """The sentence says the patch and what the model answers when it is covered."""
        page = show_tool(kw.explore(classifier(), np.random.default_rng(0).random((28, 28, 1))))
        words = page.locator("p[role=status]")
        page.locator(".pics .u").first.hover(position={"x": 2, "y": 2})
        words.filter(has_text="rows 0 to 4 and columns 0 to 4").wait_for()
        page.locator(".page").focus()
        page.page.keyboard.press("ArrowRight")
        words.filter(has_text="rows 0 to 4 and columns 2 to 6").wait_for()
        tool = page.tool
        assert f"to {tool.words(float(tool.occlusion.scores[0, 1, tool.column]))} when" in words.inner_text()
        page.locator("select").first.select_option("3")
        words.filter(has_text="3 goes from").wait_for()
        assert tool.column == 3

    def test_a_word_says_what_happens_without_it(self, show_tool):
        """Focus on a word is enough."""
        keras.utils.set_random_seed(0)
        stack = [layers.Embedding(20, 4), layers.GlobalAveragePooling1D(), layers.Dense(2, activation="softmax")]
        model = keras.Sequential([keras.Input((3,), dtype="int32"), *stack])
        page = show_tool(kw.explore(model, np.array([4, 9, 2]), names=["not", "so", "good"]))
        page.locator(".word", has_text="so").focus()
        page.locator("p[role=status]", has_text="without “so”").wait_for()


class TestSpace:
    def test_pointing_and_keys_show_a_sample_and_its_neighbours(self, show_tool):
        """The nearest point to the pointer is shown; an arrow goes to the next one; a click hides a class."""
        x = np.random.default_rng(0).random((30, 28, 28, 1)).astype("float32")
        page = show_tool(kw.space(classifier(), x, np.arange(30) % 3, labels=["ant", "bee", "cat"]))
        side = page.locator(".points").bounding_box()["width"]
        point = page.tool.points[4]
        place = {"x": side * (0.5 + 0.47 * point[0]), "y": side * (0.5 - 0.47 * point[1])}
        page.locator(".points").hover(position=place)
        page.locator(".h4", has_text="Sample 4, label bee").wait_for()
        order = np.argsort(page.tool.points[:, 0], kind="stable").tolist()
        after = order[(order.index(4) + 1) % 30]
        page.locator(".page").focus()
        page.page.keyboard.press("ArrowRight")
        page.locator(".h4", has_text=f"Sample {after}, label").wait_for()
        ink = f"""() => {{ const c = ({READ})('.points');
            const {{ data }} = c.getContext('2d').getImageData(0, 0, c.width, c.height);
            return data.filter((v, i) => i % 4 === 3 && v).length }}"""
        before = page.page.evaluate(ink)
        page.locator(".legend button").first.click()
        assert page.locator(".legend button").first.get_attribute("aria-pressed") == "false"
        assert page.page.evaluate(ink) < 0.8 * before


MODEL = """
import numpy as np, kerasnb as keras, kerasnb.widgets as kw
from kerasnb import layers
keras.utils.set_random_seed(0)
model = keras.Sequential([keras.Input((28, 28)), layers.Flatten(), layers.Dense(4, activation="softmax")])
x, y = np.random.default_rng(0).random((40, 28, 28)), np.arange(40) % 4
"""


class TestLab:
    def test_drawings_and_corrections_reach_the_kernel_and_stay_as_pictures(self, open_notebook):
        """Drawn in JupyterLab, read in the next cell; keys stay in the card; a reload shows both as pictures."""
        cells = [MODEL, "tool = kw.draw(model)\ntool", "print(tool.image.shape, tool.image.max() > 0.5, tool.answer)",
                 "kw.confusion(model, x, y)", "print(sum(kw.corrected() != y))"]  # fmt: skip
        notebook = open_notebook(*cells)
        for index in (0, 1, 3):
            notebook.run(index)
            notebook.wait_done(index, 150)
        draw, matrix = notebook.output(1), notebook.output(3)
        area = draw.locator(".area")
        area.scroll_into_view_if_needed()
        box = area.bounding_box()
        mouse = notebook.page.mouse
        mouse.move(box["x"] + 50, box["y"] + 40)
        mouse.down()
        mouse.move(box["x"] + 60, box["y"] + 150, steps=6)
        mouse.up()
        draw.locator(".h4", has_text="Answer:").wait_for()
        notebook.page.keyboard.press("c")
        draw.locator(".h4", has_text="Draw in the square").wait_for()
        for key in (" ", *["ArrowDown"] * 6, " "):
            notebook.page.keyboard.press(key)
        draw.locator(".h4", has_text="Answer:").wait_for()
        matrix.locator(".th").first.click()
        matrix.locator("button", has_text="Correct the label").click()
        matrix.locator(".head", has_text="1 label corrected").wait_for()
        for index, words in ((2, "(28, 28) True"), (4, "1")):
            notebook.run(index)
            notebook.wait_done(index)
            assert notebook.output(index).inner_text().strip().startswith(words)
        assert notebook.page.locator(".jp-Notebook .jp-CodeCell").count() == len(cells)
        notebook.save()
        notebook.page.reload()
        notebook.page.locator("[data-knb]").nth(1).wait_for()
        assert "Answer:" in notebook.output(1).inner_text()
        assert "1 label corrected" in notebook.output(3).inner_text()
        assert notebook.output(1).locator("img[alt='the drawing']").evaluate("e => e.naturalWidth") > 0
