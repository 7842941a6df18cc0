"""The plugin of pytest: a user's notebook passes strictly, without a file of patterns."""

from __future__ import annotations

import importlib.machinery
import importlib.util
import json
import os
import re
import subprocess
import sys

import nbclient
import nbformat
import pytest

import kerasnb_nbval
from kerasnb.widgets.kit.card import card, headline

CELLS = [
    "import kerasnb as keras, kerasnb.widgets as kw, numpy as np\nkw.seed(3)",
    "model = keras.Sequential([keras.Input((4,)), keras.layers.Dense(3)])\n"
    "model.compile('sgd', 'mse')\nx = np.random.rand(64, 4)\nhistory = model.fit(x, x[:, :3], epochs=3)",
    "history = model.fit(x, x[:, :3], epochs=2, verbose=1)",
    "model",
    "lesson = kw.Lesson('10')\nlesson.predict(1)",
    "lesson.check(1, ...)",
    "kw.check(model, x, x[:, :3])",
]


def run(path, *options) -> subprocess.CompletedProcess:
    """Runs pytest in the folder of a notebook as a user does; none of our configuration applies."""
    command = [sys.executable, "-m", "pytest", "-p", "no:cacheprovider", "--nbval", *options, path.name]
    environment = {k: v for k, v in os.environ.items() if not k.startswith(("PYTEST", "KERASNB"))}
    return subprocess.run(command, cwd=path.parent, env=environment, capture_output=True, text=True, timeout=300)


@pytest.fixture(scope="module")
def saved(tmp_path_factory):
    """A notebook with its outputs, in a folder of its own."""
    path = tmp_path_factory.mktemp("user") / "mine.ipynb"
    notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(source) for source in CELLS])
    for cell in notebook.cells:
        del cell["id"]
    notebook.nbformat_minor = 4
    nbclient.NotebookClient(notebook, timeout=120, kernel_name="python3").execute()
    nbformat.write(notebook, path)
    return path


def test_a_users_notebook_passes_strictly(saved):
    """`pip install kerasnb` and `pytest --nbval` are all it takes."""
    result = run(saved)
    assert result.returncode == 0 and f"{len(CELLS)} passed" in result.stdout, result.stdout[-4000:]


def test_a_real_difference_still_fails(saved, tmp_path):
    """Words, shapes and numbers that people print are compared."""
    text = saved.read_text().replace("Exercise 1: waiting", "Exercise 1: done")
    path = tmp_path / "other.ipynb"
    path.write_text(text)
    result = run(path)
    assert result.returncode == 1 and "1 failed" in result.stdout, result.stdout[-4000:]


def test_the_notebook_is_light_and_without_widget_state(saved):
    """What such a notebook weighs, output by output."""
    notebook = json.loads(saved.read_text())
    assert "widgets" not in notebook["metadata"]
    weights = [len(json.dumps(output)) for cell in notebook["cells"] for output in cell["outputs"]]
    assert len(weights) >= len(CELLS) - 1 and max(weights) < 40_000


def test_the_plugin_is_light():
    """Loading it imports neither kerasnb nor nbval."""
    code = "import sys, kerasnb_nbval; print([m for m in ('kerasnb', 'numpy', 'nbval') if m in sys.modules])"
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True).stdout.strip() == "[]"


def test_without_nbval_nothing_changes(tmp_path):
    """Tests that are no notebooks keep their environment."""
    (tmp_path / "test_one.py").write_text(
        "import os\ndef test_one():\n"
        "    assert 'KERASNB_RENDERER' not in os.environ and os.environ['NO_COLOR'] == '1'\n"
    )
    environment = {k: v for k, v in os.environ.items() if k != "KERASNB_RENDERER"} | {"NO_COLOR": "1"}
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:nbval", "-p", "no:cacheprovider", "test_one.py"]
    result = subprocess.run(command, cwd=tmp_path, env=environment, capture_output=True, text=True, timeout=60)
    assert "1 passed" in result.stdout


@pytest.mark.parametrize("renderer", [None, "text"])
def test_the_environment_is_put_back_behind_each_cell(renderer, monkeypatch):
    """Kernels start with pictures and colours, unless a person has chosen a renderer; other tests keep theirs."""
    monkeypatch.setenv("NO_COLOR", "1")
    monkeypatch.delenv("KERASNB_RENDERER", raising=False)
    if renderer:
        monkeypatch.setenv("KERASNB_RENDERER", renderer)
    before = dict(os.environ)
    cell = type("IPyNbCell", (), {"__module__": "nbval.plugin"})()
    around = kerasnb_nbval.pytest_runtest_protocol(cell)
    next(around)
    assert "NO_COLOR" not in os.environ and os.environ["KERASNB_RENDERER"] == (renderer or "static")
    assert next(around, "end") == "end" and dict(os.environ) == before


def replaced(text: str) -> str:
    """A text after all patterns."""
    for pattern, new in kerasnb_nbval.PATTERNS.items():
        text = re.sub(pattern, new, text)
    return text


def test_what_the_patterns_take_out():
    """Pictures of tools go as a whole; cards of lessons keep their words; numbers that a person prints stay."""
    picture = card(headline("Peek", "0.123"), "0.123")
    assert replaced(f'<div data-knb="0a1b2c">{picture}</div> after') == "<tool/> after"
    lesson = '<div data-knb="0a1b2c"><div class="kerasnb-card">words</div></div>'
    assert "words" in replaced(lesson) and "0a1b2c" not in replaced(lesson)
    assert replaced("10/10 - 0s 26ms/step - loss: 0.5") == "10/10 - time/step - loss: 0.5"
    assert replaced('<img src="data:image/svg+xml;base64,PHN2Zz4=">') == '<img src="data:image">'
    assert replaced("accuracy 0.9312 in 3 epochs") == "accuracy 0.9312 in 3 epochs"


@pytest.mark.parametrize("name", ["kerasnb.version", "kerasnb.widgets.watch.watch", "kerasnb.kernels.matmul"])
def test_pytest_does_not_rewrite_the_package(name):
    """It would parse modules that are imported late, while other threads parse: SystemError in CPython 3.11."""
    assert type(importlib.util.find_spec(name).loader) is importlib.machinery.SourceFileLoader
    assert type(__spec__.loader) is not importlib.machinery.SourceFileLoader  # those of tests are rewritten
