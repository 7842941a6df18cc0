"""Python source in colours: the one file that imports Pygments; without it the text stays plain."""

from __future__ import annotations

# The classes of kit.css: keyword, string, number, comment, name that is defined.
KINDS = (("Comment", "c"), ("Literal.String", "s"), ("Literal.Number", "n"), ("Keyword", "y"), ("Name.Function", "z"),
         ("Name.Decorator", "z"), ("Name.Class", "z"), ("Operator.Word", "y"))  # fmt: skip


def coloured(text: str) -> list[list[list[str]]]:
    """Returns the lines of a source, each a list of pairs: a class, "" for none, and a piece of text.

    Args:
        text: String, Python.

    Example:

    >>> from kerasnb.widgets.sources.colour import coloured
    >>> "".join(piece for _, piece in coloured("x = 1  # one")[0])
    'x = 1  # one'
    """
    try:
        from pygments.lexers import PythonLexer
    except ImportError:
        return [[["", line]] for line in text.splitlines()]
    lines: list[list[list[str]]] = [[]]
    for token, value in PythonLexer(stripnl=False, ensurenl=False).get_tokens(text):
        name = ".".join(token)
        kind = next((k for prefix, k in KINDS if name.startswith(prefix)), "")
        for number, piece in enumerate(value.split("\n")):
            if number:
                lines.append([])
            if piece and lines[-1] and lines[-1][-1][0] == kind:
                lines[-1][-1][1] += piece
            elif piece:
                lines[-1].append([kind, piece])
    return lines
