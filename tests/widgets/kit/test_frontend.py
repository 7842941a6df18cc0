"""Scripts are put together without comment lines and indentation, and mean the same."""

from __future__ import annotations

import pytest

from kerasnb.widgets.kit import frontend

SMALLER = {
    "comment": ("// Why.\nlet a = 1;\n", "let a = 1;"),
    "indented": ("if (a) {\n  // Why.\n  b(); // stays\n\n}\n", "if (a) {\nb(); // stays\n}"),
    "address": ('  const at = "//here";\n', 'const at = "//here";'),
    "division": ("a = b\n  / 2;\n", "a = b\n/ 2;"),
    "template": ("  const a = `${b} // ${c}`;\n", "const a = `${b} // ${c}`;"),
    "backtick": ('  text.split("`");\n  // Why.\n', 'text.split("`");'),
}
AS_IT_IS = {
    "lines": "a = `\n  // no comment\n  b`;\n",
    "nested": "a = `${b ? `\n  // no comment` : 1}`;\n",
    "braces": "a = `${{ b }.b}`;\n  b();\n",
    "block": "/* Why\n// and how */ a();\n",
    "continued": 'a = "b\\\n  // no comment";\n',
    "pattern": "a = /'/.test(`b\n  // no comment`);\n",
}


@pytest.mark.parametrize("kind", list(SMALLER))
def test_what_only_people_read_is_left_out(kind):
    """Whole lines of comment and the space at both ends of a line; nothing else."""
    source, expected = SMALLER[kind]
    assert frontend.lean(source) == expected


@pytest.mark.parametrize("kind", list(AS_IT_IS))
def test_strings_over_several_lines_are_not_touched(kind):
    """A script stays as it is where a line may be part of a string, or a comment the end of another."""
    assert frontend.lean(AS_IT_IS[kind]) == AS_IT_IS[kind]


def test_every_script_keeps_its_code():
    """What is left out of the real scripts starts with `//` or is empty, and the module has no comment lines."""
    paths = sorted(frontend.WIDGETS.glob("*/js/*.js"))
    sources = {path.name: path.read_text(encoding="utf-8") for path in paths}
    lean = {name: frontend.lean(source) for name, source in sources.items()}
    for name, source in sources.items():
        code = [line.strip() for line in source.splitlines() if not line.strip().startswith("//")]
        assert [line.strip() for line in lean[name].splitlines() if not line.strip().startswith("//")] == [
            line for line in code if line or lean[name] == source
        ]
    assert len(sources) > 30 and sum(lean[name] == sources[name] for name in sources) < 6
