"""`kerasnb nbclean`, and the hook that runs it before a commit."""

from __future__ import annotations

import json
import pathlib
import re
import subprocess
import sys

import pytest

from kerasnb.cli import main
from kerasnb.widgets.notebook.nbclean import VIEW, clean

ROOT = pathlib.Path(__file__).parents[3]


def notebook(**metadata) -> dict:
    """A notebook with a view beside its picture, a view alone, and a text."""
    outputs = [
        {"output_type": "display_data", "metadata": {}, "data": {VIEW: {"model_id": "a"}, "text/html": "<b>kept</b>"}},
        {"output_type": "display_data", "metadata": {}, "data": {VIEW: {"model_id": "b"}, "text/plain": "Panel()"}},
        {"output_type": "stream", "name": "stdout", "text": ["kept\n"]},
    ]
    cell = {"cell_type": "code", "metadata": {}, "source": ["1"], "outputs": outputs, "execution_count": 1}
    return {"cells": [cell], "metadata": metadata, "nbformat": 4, "nbformat_minor": 5}


@pytest.fixture
def path(tmp_path):
    file = tmp_path / "a.ipynb"
    saved = notebook(widgets={"state": {"x": "y" * 1000}}, kernelspec={"name": "python3"})
    file.write_text(json.dumps(saved, indent=1))
    return file


def test_the_command_cleans(path, capsys):
    """State and views go, pictures and texts stay; the second time there is nothing to do."""
    assert main(["nbclean", str(path)]) == 0 and "cleaned" in capsys.readouterr().out
    cleaned = json.loads(path.read_text())
    assert cleaned["metadata"] == {"kernelspec": {"name": "python3"}}
    outputs = cleaned["cells"][0]["outputs"]
    assert [o["output_type"] for o in outputs] == ["display_data", "stream"] and VIEW not in json.dumps(cleaned)
    assert outputs[0]["data"] == {"text/html": "<b>kept</b>"}
    before = path.read_bytes()
    assert main(["nbclean", str(path)]) == 0 and "was clean" in capsys.readouterr().out
    assert path.read_bytes() == before


def test_a_file_that_is_no_notebook(tmp_path, path, capsys):
    """It is named, the others are cleaned, and the status is 1."""
    bad = tmp_path / "b.ipynb"
    bad.write_text("{}")
    assert main(["nbclean", str(bad), str(path)]) == 1
    said = capsys.readouterr()
    assert "b.ipynb" in said.err and "no cells" in said.err and "a.ipynb: cleaned" in said.out
    assert not clean(path)


def test_the_hook_runs_the_command(path):
    """What .pre-commit-hooks.yaml names is a command that exists, and it gets the changed notebooks."""
    text = (ROOT / ".pre-commit-hooks.yaml").read_text()
    fields = dict(re.findall(r"^[ -]+(\w+): (.+)$", text, re.MULTILINE))
    assert fields["id"] == "kerasnb-nbclean" and fields["types"] == "[jupyter]" and fields["language"] == "python"
    program, *arguments = fields["entry"].split()
    assert program == "kerasnb"
    command = [sys.executable, "-m", "kerasnb", *arguments, str(path)]
    result = subprocess.run(command, capture_output=True, text=True, timeout=60)
    assert result.returncode == 0 and "cleaned" in result.stdout
    assert "widgets" not in json.loads(path.read_text())["metadata"]


@pytest.mark.parametrize("text", ['{"cells": [5]}', '{"cells": [{"outputs": "x"}]}', '{"cells": [], "metadata": []}'])
def test_cells_of_another_form_are_refused(tmp_path, text):
    """A sentence with the path, and the file stays as it is."""
    path = tmp_path / "odd.ipynb"
    path.write_text(text)
    with pytest.raises(ValueError, match=r"must be a notebook \(format 4\). Received: .*odd.ipynb, with cells"):
        clean(path)
    assert path.read_text() == text
