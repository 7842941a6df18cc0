"""What README and the other documents say is so: their code runs, and what they point at is there."""

from __future__ import annotations

import pathlib
import re

import pytest

ROOT = pathlib.Path(__file__).parents[1]
DOCUMENTS = ["README.md", "CONTRIBUTING.md", "CHANGELOG.md"]


def test_readme_trains_a_model(capsys):
    """The five lines give a trained model."""
    code = re.search(r"```python\n(.*?)```", (ROOT / "README.md").read_text(), re.DOTALL)[1]
    names: dict = {}
    exec(code, names)
    accuracy = names["model"].evaluate(names["x_test"], names["y_test"], verbose=0)[1]
    assert accuracy > 0.85
    assert "Epoch 5/5" in capsys.readouterr().out


@pytest.mark.parametrize("name", DOCUMENTS)
def test_links_point_at_files(name):
    """Every relative link and picture exists."""
    targets = re.findall(r"\]\(([^)#]+)\)", (ROOT / name).read_text())
    missing = [t for t in targets if "://" not in t and not (ROOT / t).exists()]
    assert not missing


@pytest.mark.parametrize("name", DOCUMENTS[:2])
def test_named_paths_exist(name):
    """Files and folders that are named in running text exist."""
    named = re.findall(r"`((?:kerasnb|tests|notebooks|docs|benchmarks)/[\w./]+)`", (ROOT / name).read_text())
    assert named
    assert [path for path in named if not (ROOT / path).exists()] == []
