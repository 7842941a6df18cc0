"""What README and the other documents say is so: their code runs, and what they point at is there."""

from __future__ import annotations

import pathlib
import re

import pytest

import kerasnb.widgets as kw

ROOT = pathlib.Path(__file__).parents[1]
DOCUMENTS = [
    "README.md", "CONTRIBUTING.md", "CHANGELOG.md",
    *sorted(str(p.relative_to(ROOT)) for p in (ROOT / "docs").rglob("*.md")),
]  # fmt: skip
SHOWN = {
    "Builder", "Lesson", "Replay", "Watch", "advise", "array", "check", "compare", "confusion", "draw", "expect_error",
    "explain", "explore", "hood", "layer_times", "lr_find", "mistakes", "mistakes_first", "peek", "show", "space",
    "summary",
}  # fmt: skip


def test_readme_trains_a_model(capsys):
    """The five lines give a trained model, and the Builder takes their data."""
    train, build = re.findall(r"```python\n(.*?)```", (ROOT / "README.md").read_text(), re.DOTALL)
    names: dict = {}
    exec(train, names)
    exec(build, names)
    accuracy = names["model"].evaluate(names["x_test"], names["y_test"], verbose=0)[1]
    assert accuracy > 0.85
    assert "Epoch 5/5" in capsys.readouterr().out


@pytest.mark.parametrize("name", DOCUMENTS)
def test_links_point_at_files(name):
    """Every relative link and picture exists."""
    targets = re.findall(r"\]\(([^)#]+)\)", (ROOT / name).read_text())
    missing = [t for t in targets if "://" not in t and not (ROOT / name).parent.joinpath(t).exists()]
    assert not missing


@pytest.mark.parametrize("name", DOCUMENTS[:2])
def test_named_paths_exist(name):
    """Files and folders that are named in running text exist."""
    named = re.findall(r"`((?:kerasnb|tests|notebooks|docs|benchmarks)/[\w./]+)`", (ROOT / name).read_text())
    assert named
    assert [path for path in named if not (ROOT / path).exists()] == []


@pytest.mark.parametrize("name", ["README.md", "docs/studio.md"])
def test_named_tools_exist(name):
    """What stands behind `kw.` is exported, and `docs/studio.md` leaves out no tool that shows something."""
    text = (ROOT / name).read_text()
    named = set(re.findall(r"\bkw\.(\w+)", text))
    assert named and [tool for tool in sorted(named) if not hasattr(kw, tool)] == []
    if name == "docs/studio.md":
        assert SHOWN - named == set()
