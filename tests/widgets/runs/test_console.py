"""A run in a console: sparklines, and the numbers of the page."""

from __future__ import annotations

import re

import numpy as np

import kerasnb as keras
from kerasnb.model.run.run import Run


def test_a_run_prints_the_numbers_of_the_page():
    """One line for each series; first value, last value and best epoch stand in the page's table too."""
    keras.utils.set_random_seed(0)
    x = np.random.default_rng(0).normal(size=(64, 3)).astype("float32")
    model = keras.Sequential([keras.Input((3,)), keras.layers.Dense(4), keras.layers.Dense(1)])
    model.compile("adam", "mse", metrics=["mae"])
    run = model.fit(x, x[:, :1] * 100, epochs=7, validation_split=0.25, verbose=0).run
    rows = re.findall("<tr><td>(.*?)</td></tr>", run._repr_mimebundle_()["text/html"])
    table = [row.split("</td><td>") for row in rows]
    lines = str(run).splitlines()
    assert len(lines) == 1 + len(run.history) and lines[0].startswith("sequential")
    for column, (line, name) in enumerate(zip(lines[1:], run.history, strict=True), 1):
        assert line.split()[0] == name and len(line.split()[1]) == 7
        first, last = re.search(r"(\S+) → (\S+)", line).groups()
        assert [first, last] == [table[0][column], table[-1][column]]
    best = int(np.argmin(run.history["val_loss"])) + 1
    assert f"★ epoch {best}" in lines[3] and "★" not in lines[1]
    assert table[best - 1][0] == f"★ {best}"


def test_a_long_run_fits_a_line():
    """Of 500 epochs 60 are drawn, the first and the last among them; NaN is a cross."""
    run = Run(epochs=500, steps=1)
    run.start()
    for epoch in range(500):
        run.begin_epoch(epoch)
        run.record_batch(0, {"loss": 1.0})
        run.end_epoch(epoch, {"loss": float("nan") if epoch == 499 else 1.0 - epoch / 1000})
    run.finish("completed")
    bars = str(run).splitlines()[1].split()[1]
    assert len(bars) == 60 and bars[0] == "█" and bars[-1] == "×" and "→ NaN" in str(run)
