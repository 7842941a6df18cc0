"""The house style: the field's words, annotated public functions, operations that grep finds."""

from __future__ import annotations

import ast
import pathlib
import re
from collections.abc import Iterator

import pytest

import kerasnb

PACKAGE = pathlib.Path(kerasnb.__file__).parent
ROOT = PACKAGE.parent
# Words of our own that once stood for what the field has a word for, and that mean nothing else here.
OLD_WORDS = (
    r"way back", r"one door", r"made at once", r"flows? back", r"(is|are) told(?! apart)", r"prob(ing|ed) for",
    r"is_probing", r"silent units", r"\w+_walk", r"walk_(?!packages)\w+", r"(cpu|gpu|cuda|numpy) walk",
    r"walks on the devices", r"a room of", r"rooms", r"speaks? with", r"what is remembered", r"no number any more",
)  # fmt: skip
OTHERS = re.compile(r"rooms as operations|traceback\.walk_")  # a file of older commits; Python's own names
DOCUMENTS = ("README.md", "CONTRIBUTING.md", "SECURITY.md", "docs/differences.md")


def files() -> list[pathlib.Path]:
    """The package's sources, the tests but this one, the benchmarks and the documents."""
    found = [*PACKAGE.rglob("*.py"), *PACKAGE.rglob("*.js"), *(ROOT / "benchmarks").glob("*.py")]
    found += [p for p in (ROOT / "tests").rglob("*.py") if p != pathlib.Path(__file__)]
    return sorted(found) + [ROOT / name for name in DOCUMENTS]


def test_the_words_are_those_of_the_field():
    """No name, comment, docstring or document uses a word that only this project knew."""
    pattern = re.compile("|".join(rf"\b(?:{word})\b" for word in OLD_WORDS))
    uses = []
    for path in files():
        for number, line in enumerate(path.read_text().splitlines(), 1):
            if (match := pattern.search(line)) and not OTHERS.search(line):
                uses.append(f"{path.relative_to(ROOT)}:{number} {match[0]}")
    assert not uses


def public_functions(path: pathlib.Path) -> Iterator[ast.FunctionDef]:
    """The functions and methods of a file that users or other files may call."""
    waiting: list[ast.AST] = [ast.parse(path.read_text())]
    while waiting:
        for node in ast.iter_child_nodes(waiting.pop()):
            name = getattr(node, "name", "")
            if isinstance(node, ast.ClassDef) and not name.startswith("_"):
                waiting.append(node)
            elif isinstance(node, ast.FunctionDef) and not name.startswith("_"):
                yield node
            elif not isinstance(node, (ast.ClassDef, ast.FunctionDef)):
                waiting.append(node)


def unannotated(function: ast.FunctionDef) -> list[str]:
    arguments = function.args
    every = [*arguments.posonlyargs, *arguments.args, *arguments.kwonlyargs, arguments.vararg, arguments.kwarg]
    missing = [a.arg for a in every if a is not None and a.annotation is None and a.arg not in ("self", "cls")]
    return missing + ([] if function.returns else ["return"])


@pytest.mark.parametrize("path", sorted(PACKAGE.rglob("*.py")), ids=lambda p: str(p.relative_to(PACKAGE)))
def test_public_functions_are_annotated(path):
    """Every argument and every result of a public function has an annotation."""
    assert {f"{f.lineno} {f.name}": m for f in public_functions(path) if (m := unannotated(f))} == {}


def operations() -> list[tuple[str, object]]:
    """The public functions of `keras.ops` and its namespaces."""
    spaces = {"ops": kerasnb.ops, "image": kerasnb.ops.image, "linalg": kerasnb.ops.linalg, "nn": kerasnb.ops.nn}
    return [
        (f"{space}.{name}", value)
        for space, module in spaces.items()
        for name, value in vars(module).items()
        if callable(value) and not name.startswith("_") and value.__module__.startswith("kerasnb.ops")
    ]


def test_grep_finds_each_operation():
    """`def NAME(` stands in ops/ for each public operation, with its docstring below."""
    defined = {}
    for path in (PACKAGE / "ops").rglob("*.py"):
        for node in ast.parse(path.read_text()).body:
            if isinstance(node, ast.FunctionDef):
                defined.setdefault(node.name, []).append(ast.get_docstring(node))
    names = {name.split(".")[1] for name, _ in operations()}
    assert len(names) > 300
    assert {name for name in names if not any(defined.get(name, []))} == set()
