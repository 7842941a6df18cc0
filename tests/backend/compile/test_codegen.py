"""The loop generator beside other threads; what it computes is tested with the operations and the fused steps."""

from __future__ import annotations

import ast

import pytest

from kerasnb.backend.compile import codegen


def test_threads_that_parse_at_once(monkeypatch):
    """CPython 3.11 raises SystemError then: it is tried again, but not for ever."""
    parse, fails = ast.parse, [True] * (codegen.PARSES - 1)

    def disturbed(*args):
        if fails:
            fails.pop()
            raise SystemError("AST constructor recursion depth mismatch (before=35, after=30)")
        return parse(*args)

    monkeypatch.setattr(ast, "parse", disturbed)
    assert codegen._parsed("def double(x):\n    return 2 * x").name == "double"
    fails.extend([True] * codegen.PARSES)
    with pytest.raises(SystemError, match="mismatch"):
        codegen._parsed("def triple(x):\n    return 3 * x")


def test_a_function_is_parsed_once(monkeypatch):
    """Later ones get a tree of their own without parsing, which would disturb a cell that is parsed meanwhile."""
    text = "def quadruple(x):\n    return 4 * x"
    first = codegen._parsed(text)
    monkeypatch.setattr(ast, "parse", None)
    second = codegen._parsed(text)
    assert second is not first and ast.dump(second) == ast.dump(first)
