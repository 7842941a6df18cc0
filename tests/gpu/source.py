"""Small tools for the rewriting of kernels: their source as a tree, their names, and pieces of new code."""

from __future__ import annotations

import ast
import inspect
import textwrap
from typing import NamedTuple

import numba
import numpy as np


class Place(NamedTuple):
    """Where threads wait: a barrier's kind, name and line."""

    kind: int
    name: str
    line: int


class Shared(NamedTuple):
    """A shared array of a kernel."""

    name: str
    shape: tuple
    dtype: np.dtype


class Unsupported(NotImplementedError):
    """The kernel uses something the simulator does not know."""


def plain(function):
    """The Python function behind a kernel, an element, a dispatcher or a function."""
    return getattr(function, "py_func", function)


def names_of(function) -> dict:
    """The globals of a function, with what its closure holds."""
    names = dict(function.__globals__)
    cells = zip(function.__code__.co_freevars, function.__closure__ or (), strict=True)
    return names | {name: cell.cell_contents for name, cell in cells}


def definition(function) -> ast.FunctionDef:
    """The syntax tree of a function, with the line numbers of its file."""
    lines, first = inspect.getsourcelines(function)
    tree = ast.parse(textwrap.dedent("".join(lines)))
    result = tree.body[0]
    if not isinstance(result, ast.FunctionDef) or result.name != function.__name__:
        raise Unsupported(
            f"{function.__name__} is not written as a `def`, or its file was edited since it was imported"
        )
    result.decorator_list, result.returns = [], None
    for argument in result.args.args:
        argument.annotation = None
    return ast.increment_lineno(result, first - 1)


def numpy_type(dtype) -> np.dtype:
    """A NumPy dtype from a NumPy dtype or type, or from a Numba type."""
    return numba.np.numpy_support.as_dtype(dtype) if isinstance(dtype, numba.types.Type) else np.dtype(dtype)


def expression(text: str, **parts) -> ast.expr:
    """A parsed expression in which names are replaced by the given trees."""

    class Fill(ast.NodeTransformer):
        def visit_Name(self, node):
            return parts.get(node.id, node)

    return Fill().visit(ast.parse(text, mode="eval").body)


def statements(text: str, **parts) -> list[ast.stmt]:
    """Parsed statements in which names are replaced by the given trees."""

    class Fill(ast.NodeTransformer):
        def visit_Name(self, node):
            return parts.get(node.id, node)

    return [Fill().visit(line) for line in ast.parse(text).body]
