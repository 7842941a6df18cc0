"""What is saved in a notebook: real outputs, no widget state, not much weight. (That they run is nbval's part.)"""

from __future__ import annotations

import json
import pathlib

import pytest

NOTEBOOKS = sorted((pathlib.Path(__file__).parents[1] / "notebooks").glob("*.ipynb"))


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda p: p.name)
def test_saved_notebook(path):
    """Every code cell was run in order, nothing needs a kernel to be seen, and the file is light."""
    notebook = json.loads(path.read_text())
    assert set(notebook["metadata"]) <= {"kernelspec", "language_info"}
    code = [cell for cell in notebook["cells"] if cell["cell_type"] == "code"]
    assert [cell["execution_count"] for cell in code] == list(range(1, len(code) + 1))
    outputs = [output for cell in code for output in cell["outputs"]]
    assert not [o for o in outputs if o["output_type"] == "error"]
    assert not [o for o in outputs if "application/vnd.jupyter.widget-view+json" in o.get("data", {})]
    assert path.stat().st_size < 300_000


def test_there_are_notebooks():
    """The quickstart is there."""
    assert "01_quickstart.ipynb" in {path.name for path in NOTEBOOKS}
