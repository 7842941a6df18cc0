"""The rules of a lesson (the course's section 1), and that its last cell runs in Keras as it stands."""

from __future__ import annotations

import ast
import contextlib
import importlib
import io
import json
import pathlib
import re
import subprocess

import keras as real
import pytest

from kerasnb.widgets.lesson.lesson import PLANS

FOLDER = pathlib.Path(__file__).parents[1] / "notebooks"
LESSONS = {number: next(FOLDER.glob(f"{number}_*.ipynb")) for number in sorted(PLANS)}
NO_TERMS = (
    "You will be able to", "You need", "It takes", "Shift + Enter", "Stop", "Pause", "+", "Restore", "Copy as code",
)  # fmt: skip
WORDS = re.compile(r"[^\W\d_][\w'’-]*|\d[\d,.]*")


@pytest.fixture(params=LESSONS)
def cells(request):
    """The cells of a lesson."""
    return json.loads(LESSONS[request.param].read_text())["cells"]


def code(cells) -> list[str]:
    """The sources of the code cells."""
    return ["".join(cell["source"]) for cell in cells if cell["cell_type"] == "code"]


def sentences(text: str) -> list[str]:
    """The sentences of a markdown text, without pictures; code and headings are sentences of their own."""
    text = re.sub(r"<img[^>]*>|!\[[^\]]*\]\([^)]*\)|\*\*", "", text)
    text = re.sub(r"`[^`]*`", "code", text)
    return [
        s
        for part in re.split(r"\n\s*\n|\n#+ |^#+ |\n- |\n\d\. |  \d\. ", text)
        for s in re.split(r"(?<=[.!?:])\s", part)
    ]


def long(texts) -> list[str]:
    """Sentences of more than 20 words."""
    return [s for text in texts for s in sentences(text) if len(WORDS.findall(s)) > 20]


def test_cells_are_few_and_short(cells):
    """At most 25 code cells of at most 12 lines."""
    assert len(code(cells)) <= 25
    assert [source for source in code(cells) if len(source.splitlines()) > 12] == []


def test_sentences_are_short(cells):
    """At most 20 words in a sentence."""
    assert long("".join(cell["source"]) for cell in cells if cell["cell_type"] == "markdown") == []


@pytest.mark.parametrize("number", LESSONS)
def test_sentences_of_cards_are_short(number):
    """The same holds for questions, replies and hints."""
    module = importlib.import_module(f"kerasnb.widgets.lesson.plans.{PLANS[number]}")
    tree = ast.parse(pathlib.Path(module.__file__).read_text())
    texts = [n.value for n in ast.walk(tree) if isinstance(n, ast.Constant) and isinstance(n.value, str)]
    assert long(text for text in texts if "\n" not in text) == []


def test_the_top(cells):
    """Question, picture with words, what one will be able to do, needs, minutes; the first cell makes the lesson."""
    top = "".join(cells[0]["source"])
    assert re.match(r"# \d\d · .*\?\n", top) and re.search(r'<img alt="[^"]{20,}" src="data:image/svg', top)
    assert [part for part in ("**You will be able to**\n\n- ", "**You need**", "**It takes**") if part not in top] == []
    first = code(cells)[0]
    assert "import kerasnb as keras\nimport kerasnb.widgets as kw" in first and re.search(
        r"kw\.Lesson\(\"\d\d\"\)", first
    )


def test_the_parts(cells):
    """Three predictions, three exercises, a baseline's range, a wrong prediction, an error on purpose."""
    every = "\n".join(code(cells))
    for part in ("lesson.predict", "lesson.check"):
        assert [int(n) for n in re.findall(rf"{re.escape(part)}\((\d)", every)] == [1, 2, 3]
    assert all(part in every for part in ("kw.mistakes(", "kw.expect_error(", "lesson.between(", "lesson.curve("))
    tags = [tag for cell in cells for tag in cell["metadata"].get("tags", [])]
    assert tags.count("predict") == 3 == tags.count("exercise") and set(tags) <= {"predict", "exercise", "full-size"}
    prose = "".join("".join(cell["source"]) for cell in cells if cell["cell_type"] == "markdown")
    assert "**baseline**" in prose and "## The same in Keras" in prose


def test_terms_are_bold_once_and_in_the_glossary(cells):
    """What is in bold type is a term, explained where it stands; the glossary has it, too."""
    prose = "\n".join("".join(cell["source"]) for cell in cells if cell["cell_type"] == "markdown")
    terms = [term for term in re.findall(r"\*\*([^*]+)\*\*", re.sub(r"<img[^>]*>", "", prose)) if term not in NO_TERMS]
    glossary = (FOLDER.parent / "docs" / "glossary.md").read_text().lower()
    assert [term for term in terms if f"- **{term.lower()}**: " not in glossary] == []
    assert sorted(terms) == sorted(set(terms))


def test_no_output_is_a_number_of_this_run(cells):
    """Text outputs have no decimals but those of sizes, and those that stand in the cells."""
    typed = "\n".join(code(cells))
    for cell in cells:
        for output in cell.get("outputs", []):
            text = "".join(output.get("text", "") or output.get("data", {}).get("text/plain", ""))
            decimals = re.findall(r"0\.\d\d+(?! K?B\))", text)
            assert [number for number in decimals if number not in typed] == [] and not re.search(r"\d %", text), text


@pytest.mark.parametrize("number", LESSONS)
def test_the_last_cell_runs_in_keras(number):
    """With `import keras` it is Keras: the twin gets the trained weights there, and gives the same answers."""
    *before, last = code(json.loads(LESSONS[number].read_text())["cells"])
    theirs = re.sub(r"^(import|from) kerasnb\b( as keras)?", r"\1 keras", last, flags=re.MULTILINE)
    assert "import keras " in theirs and "kerasnb as" not in theirs
    # Parsed before anything runs: CPython 3.11 raises where two threads parse, and kernels are compiled on others.
    *lines, result = ast.parse(theirs).body
    statements = compile(ast.Module(lines, []), "last", "exec")
    value_of = compile(ast.Expression(result.value), "last", "eval")
    names: dict = {}
    with contextlib.redirect_stdout(io.StringIO()):
        for source in before:
            exec(re.sub(r"epochs=[^,)]+", "epochs=1", source), names)
    exec(statements, names)
    assert isinstance(names["twin"], real.Model)
    value = eval(value_of, names)
    assert value is True or set(value.values()) == {True}


def test_make_runs_the_lessons_three_times_on_one_thread_and_on_two():
    """`make lessons`, with a command in the place of pytest that says what it was given."""
    said = "PYTEST=sh -c 'echo $$KERASNB_NUM_THREADS threads: $$@' --"
    command = ["make", "-o", ".venv/.done/test", "lessons", said]
    run = subprocess.run(command, cwd=FOLDER.parent, capture_output=True, text=True, check=True)
    lines = [line for line in run.stdout.splitlines() if "threads:" in line and "==" not in line]
    assert [line.split()[0] for line in lines] == ["1"] * 3 + ["2"] * 3
    assert all("notebooks --nbval" in line for line in lines)
