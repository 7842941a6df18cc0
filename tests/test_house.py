"""The architecture: imports point downwards, optional packages are imported in one file each, examples run."""

from __future__ import annotations

import ast
import doctest
import importlib
import pathlib
import pkgutil
import subprocess
import sys

import numpy as np
import pytest

import kerasnb

ROOT = pathlib.Path(kerasnb.__file__).parent

# Lower layers of the architecture first; a file may import from its own layer and from those below.
LAYERS = [
    {"version", "tree", "absent", "lazy"},
    {"serialization"},
    {"backend"},
    {"kernels"},
    {"ops"},
    {"random"},
    {"initializers", "activations", "regularizers", "constraints", "dtype_policies", "config"},
    {"losses", "metrics", "optimizers", "utils", "datasets"},
    {"layers", "callbacks", "saving", "mixed_precision"},
    {"model"},
    {"models"},
    {"widgets"},
    {"cli", "__main__", "__init__"},
]
LEVEL = {name: level for level, names in enumerate(LAYERS) for name in names}
# Each optional package and the file (or files of one folder) that may import it.
OPTIONAL = {"anywidget": 1, "ipywidgets": 1, "plotly": 1, "h5py": 1, "pandas": 1, "scipy": 1, "pygments": 1}


def files() -> list[pathlib.Path]:
    return sorted(ROOT.rglob("*.py"))


def package_of(path: pathlib.Path) -> str:
    part = path.relative_to(ROOT).parts[0]
    return part.removesuffix(".py")


def imports(path: pathlib.Path):
    """(node, full module names) of every import in a file."""
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            yield node, [a.name for a in node.names]
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield node, [f"{node.module}.{a.name}" for a in node.names]


@pytest.mark.parametrize("path", files(), ids=lambda p: str(p.relative_to(ROOT)))
def test_imports_point_downwards(path):
    """No file imports from a layer above its own."""
    level = LEVEL[package_of(path)]
    for node, names in imports(path):
        for name in names:
            parts = name.split(".")
            if parts[0] == "kerasnb" and len(parts) > 1 and parts[1] in LEVEL:
                assert LEVEL[parts[1]] <= level, f"{path.relative_to(ROOT)}:{node.lineno} imports {name}"


@pytest.mark.parametrize("path", files(), ids=lambda p: str(p.relative_to(ROOT)))
def test_own_imports_stand_at_the_top(path):
    """No function imports the package: that would hide a cycle."""
    tree = ast.parse(path.read_text())
    inner = [n for f in ast.walk(tree) if isinstance(f, (ast.FunctionDef, ast.AsyncFunctionDef)) for n in ast.walk(f)]
    for node in inner:
        if isinstance(node, ast.ImportFrom):
            assert not (node.module or "").startswith("kerasnb"), f"{path.relative_to(ROOT)}:{node.lineno}"


def test_optional_packages_are_imported_in_one_file():
    """Each optional package is imported in one file only."""
    found: dict[str, set] = {}
    for path in files():
        for _, names in imports(path):
            for name in names:
                found.setdefault(name.split(".")[0], set()).add(str(path.relative_to(ROOT)))
    for package, files_allowed in OPTIONAL.items():
        assert len(found.get(package, ())) <= files_allowed, f"{package}: {found[package]}"


def test_import_is_light():
    """`import kerasnb` loads nothing that is only needed later."""
    heavy = ["numba", "scipy", "h5py", "rich", "IPython", "ipywidgets", "anywidget", "plotly", "pandas", "ml_dtypes"]
    code = f"import sys, kerasnb; print([m for m in {heavy} if m in sys.modules])"
    assert (
        subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout.strip() == "[]"
    )


def modules() -> list[str]:
    return sorted(m.name for m in pkgutil.walk_packages([str(ROOT)], "kerasnb.") if "__main__" not in m.name)


@pytest.mark.parametrize("name", modules())
def test_examples_run(name):
    """The examples in docstrings print what they say."""
    module = importlib.import_module(name)
    names = {"keras": kerasnb, "kerasnb": kerasnb, "np": np}
    tests = doctest.DocTestFinder(exclude_empty=True).find(module, globs=names)
    runner = doctest.DocTestRunner(optionflags=doctest.ELLIPSIS | doctest.NORMALIZE_WHITESPACE)
    kerasnb.backend.reset_uids()  # automatic names are those of a new process
    for test in tests:
        runner.run(test)
    assert runner.failures == 0


def test_files_stay_small():
    """A file of more than 400 lines becomes a folder; scripts of tools are no longer either."""
    every = [*files(), *ROOT.rglob("*.js")]
    long = {str(p.relative_to(ROOT)): n for p in every if (n := len(p.read_text().splitlines())) > 420}
    assert not long
