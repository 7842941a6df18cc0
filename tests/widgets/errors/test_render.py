"""What IPython shows of an error: the picture in a notebook, the text in a terminal, and no long traceback."""

from __future__ import annotations

import subprocess
import sys

import nbclient
import nbformat
import pytest

BUILD = """import numpy as np, kerasnb as keras
from kerasnb import layers
model = keras.Sequential([keras.Input((28, 28, 1)), layers.Conv2D(8, 3), layers.MaxPooling2D(), layers.Dense(10)])
model.compile(loss="sparse_categorical_crossentropy")
x_train, y_train = np.zeros((32, 28, 28, 1)), np.zeros(32)"""
FIT = "model.fit(x_train, y_train, epochs=5, verbose=0)"
CALL = "keras.Sequential([keras.Input((28, 28)), layers.Conv2D(8, 3)])"
OTHER = "layers.Dense(-1)"
LABELS = """few = keras.Sequential([keras.Input((4,)), layers.Dense(3)])
few.compile(loss="sparse_categorical_crossentropy")
few.fit(np.ones((8, 4)), np.full(8, 7))"""  # before the training, and drawn with its traceback
LATE = "model.fit(x_train, y_train, epochs=5)"  # in its first batch, where a card of the run is open
EPOCHS = """few.fit(np.ones((8, 4)), np.zeros(8), epochs="x")"""  # before the training; nothing of shapes
QUIET = """few.fit(np.ones((8, 4)), np.zeros(8), epochs="x", verbose=0)"""


@pytest.fixture(scope="module")
def outputs():
    """The outputs of failing cells."""
    cells = [nbformat.v4.new_code_cell(source) for source in (BUILD, FIT, CALL, OTHER, LABELS, LATE, EPOCHS, QUIET)]
    notebook = nbformat.v4.new_notebook(cells=cells)
    nbclient.NotebookClient(notebook, timeout=120, kernel_name="python3", allow_errors=True).execute()
    return [cell.outputs for cell in notebook.cells[1:]]


@pytest.mark.parametrize(("cell", "mend"), [(0, "+ flatten"), (1, "+ reshape")])
def test_a_notebook_draws_the_error(outputs, cell, mend):
    """A picture without a kernel's help, then an error of few lines that names one's own line."""
    *shown, error = outputs[cell]
    pages = ["".join(output["data"].get("text/html", "")) for output in shown]
    assert sum("Shapes do not fit" in page for page in pages) == 1 and any(mend in page for page in pages)
    assert error["output_type"] == "error" and error["ename"] == "ValueError"
    lines = "\n".join(error["traceback"]).splitlines()
    assert len(lines) <= 8 and not [line for line in lines if "kerasnb/" in line]
    assert lines[0].startswith("Cell In[") and (FIT, CALL)[cell] in lines[0]


def test_labels_have_the_name_of_the_cell(outputs):
    """The box says what the person calls them."""
    assert any(">y_train<" in "".join(output["data"].get("text/html", "")) for output in outputs[0][:-1])


def test_other_errors_stay_as_they_are(outputs):
    """IPython's own traceback, and no picture."""
    (error,) = outputs[2]
    assert error["output_type"] == "error" and "Traceback (most recent call last)" in "\n".join(error["traceback"])


@pytest.mark.parametrize(
    ("cell", "card"),
    [(3, "Shapes do not fit"), (4, "fit did not start"), (5, "fit did not start"), (6, None)],
)
def test_a_fit_that_does_not_start_has_one_card(outputs, cell, card):
    """That of the shapes or that of the run, never both; none where the person wants silence."""
    *shown, error = outputs[cell]
    pages = ["".join(output["data"].get("text/html", "")) for output in shown]
    assert error["output_type"] == "error" and len(pages) == (card is not None)
    for other in ("Shapes do not fit", "fit did not start"):
        assert sum(other in page for page in pages) == (other == card)


def test_a_terminal_has_the_text():
    """In IPython without a notebook the chain is text; plain Python has its own traceback."""
    code = (BUILD + "\n" + FIT).replace('"', "'")
    script = f'from IPython.core.interactiveshell import InteractiveShell as S\nS.instance().run_cell("""{code}""")'
    shown = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, timeout=100).stdout
    assert "✕ 4 axes against 1" in shown and "+ layers.Flatten()," in shown and len(shown.splitlines()) < 30
    plain = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=100)
    assert plain.returncode == 1 and "Traceback (most recent call last)" in plain.stderr and "✕" not in plain.stderr
