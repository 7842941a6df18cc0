"""What the notebook costs: a training with the panel open beside one without, in a real JupyterLab and browser.

    python benchmarks/notebook.py

Prints the ratio of the two times (interleaved, medians), the messages and bytes a second, the growth of the page's
memory.
"""

from __future__ import annotations

import pathlib
import statistics
import sys
import tempfile

from playwright.sync_api import sync_playwright

sys.path.insert(0, str(pathlib.Path(__file__).parents[1]))

from tests.browser.lab import ARGUMENTS, Lab, Notebook, chromium

SETUP = """import time, json, numpy as np, kerasnb as keras
from ipywidgets.widgets.widget import Widget
x = np.random.default_rng(0).normal(size=(32 * 2500, 13)).astype("float32")
y = x[:, :1]
hidden = [keras.layers.Dense(64, "relu") for _ in range(2)]
model = keras.Sequential([keras.Input((13,)), *hidden, keras.layers.Dense(1)])
model.compile("sgd", "mse")
model.fit(x[:3200], y[:3200], verbose=0)
sent = []
plain = Widget._send
def counted(self, msg, buffers=None):
    sent.append((time.perf_counter(), len(json.dumps(msg, default=str)) + sum(len(b) for b in buffers or [])))
    return plain(self, msg, buffers=buffers)
Widget._send = counted
def timed(verbose, epochs=40):
    began = time.perf_counter()
    model.fit(x, y, epochs=epochs, verbose=verbose)
    return time.perf_counter() - began"""
WITHOUT, WITH = "a = timed(0); print('took', a)", "b = timed('auto'); print('took', b)"
TOTALS = """span = sent[-1][0] - sent[0][0]
print('took', len(sent) / span, sum(s for _, s in sent) / span / 1024)"""
HEAP = "performance.memory.usedJSHeapSize / 2**20"


def figures(notebook, index: int) -> list[float]:
    """Runs a cell again and reads what it prints."""
    notebook.run(index)
    notebook.wait_done(index, 300)
    text = notebook.output(index).inner_text()
    return [float(part) for part in text.rsplit("took", 1)[1].split()]


def panel(page, lab, rounds: int) -> None:
    """The panel's share of a training."""
    lab.write("cost.ipynb", [SETUP, WITHOUT, WITH, TOTALS])
    notebook = Notebook(page, lab, "cost.ipynb")
    notebook.open()
    notebook.run(0)
    notebook.wait_done(0, 120)
    without, shown, heaps = [], [], []
    for _ in range(rounds):
        without += figures(notebook, 1)
        shown += figures(notebook, 2)
        heaps.append(page.evaluate(HEAP))
    ratios = [b / a for a, b in zip(without, shown, strict=True)]
    print(f"100,000 batches without panel {statistics.median(without):.2f} s, with {statistics.median(shown):.2f} s")
    whole = statistics.median(shown) / statistics.median(without)
    print(f"ratio of medians {whole:.3f}; rounds {[f'{r:.3f}' for r in ratios]}")
    messages, kilobytes = figures(notebook, 3)
    print(f"{messages:.1f} messages a second, {kilobytes:.1f} KB a second")
    print(f"page memory in MB after each round {[f'{h:.0f}' for h in heaps]}")


def main(rounds: int = 5) -> None:
    """Prints all figures."""
    lab = Lab(pathlib.Path(tempfile.mkdtemp()))
    try:
        lab.wait()
        with sync_playwright() as playwright:
            browser = playwright.chromium.launch(executable_path=chromium(), args=ARGUMENTS)
            panel(browser.new_page(viewport={"width": 1000, "height": 900}), lab, rounds)
            browser.close()
    finally:
        lab.stop()


if __name__ == "__main__":
    main()
