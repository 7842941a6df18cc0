"""The loop generator: writes elementwise chains as real Python files, so that Numba's disk cache holds them.

A chain is a list of scalar functions applied one after the other to elements of contiguous arrays.
Broadcasting is a pattern per operand: a string with "1" for each axis it has and "0" for each axis
along which it is repeated, after neighbouring axes that repeat alike were merged. The generated loop
computes one flat index per operand; CPU loops and GPU kernels come from the same text.
"""

from __future__ import annotations

import ast
import contextlib
import functools
import hashlib
import importlib.util
import inspect
import math
import os
import pathlib
import pickle
import sys
import tempfile
import textwrap
import threading
import types
from typing import Any, NamedTuple

import numpy as np

from kerasnb.backend.compile import cache
from kerasnb.backend.runtime.forks import forks
from kerasnb.backend.runtime.program import WORTH, Tasks, cores, cuts

PARSES = 5  # attempts, where other threads parse meanwhile


class Stage(NamedTuple):
    """One function of a chain: it takes operands by name and has a named result.

    `computes` is the dtype of its inputs and of its literals; `dtype` is the dtype of its result.
    """

    function: Any
    takes: tuple
    gives: str
    dtype: str
    computes: str
    attrs: tuple = ()


class Chain(NamedTuple):
    """A fused elementwise computation.

    Args:
        stages: Tuple of `Stage`, in order.
        operands: Tuple of (name, pattern) of the arrays read.
        outputs: Tuple of names written, each to an array of the full shape.
        name: What it is called in plans and files.
    """

    stages: tuple
    operands: tuple
    outputs: tuple
    name: str


def merge_axes(out_shape: tuple, shapes: list) -> tuple[tuple, list]:
    """Merges neighbouring axes that every operand repeats alike.

    Returns:
        The merged extents of the output, and one pattern string per operand.
    """
    padded = [(1,) * (len(out_shape) - len(s)) + tuple(s) for s in shapes]
    extents: list[int] = []
    marks: list[tuple] = []
    for axis, extent in enumerate(out_shape):
        if extent == 1:
            continue
        mark = tuple(p[axis] != 1 for p in padded)
        if marks and marks[-1] == mark:
            extents[-1] *= extent
        else:
            extents.append(extent)
            marks.append(mark)
    if not extents:
        extents, marks = [1], [(False,) * len(shapes)]
    return tuple(extents), ["".join("1" if m[i] else "0" for m in marks) for i in range(len(shapes))]


# --- from functions to text ------------------------------------------------------------------------


class _Inline(ast.NodeTransformer):
    """Renames a function's parameters and locals, and converts its literals to the dtype of the chain."""

    def __init__(self, names: dict, dtype: str, constants: dict) -> None:
        self.names, self.dtype, self.constants = names, dtype, constants

    def visit_Name(self, node: ast.Name) -> ast.Name:
        """A name in the chain."""
        node.id = self.names.get(node.id, node.id)
        return node

    def visit_Constant(self, node: ast.Constant) -> ast.expr:
        """A literal as a constant of the module."""
        if isinstance(node.value, bool) or not isinstance(node.value, (int, float)):
            return node
        name = f"C{len(self.constants)}"
        name = self.constants.setdefault((repr(node.value), self.dtype), name)
        return ast.copy_location(ast.Name(name, ast.Load()), node)


def _locals(body) -> list:
    names = [n for statement in body for n in ast.walk(statement) if isinstance(n, ast.Name)]
    return [n.id for n in names if isinstance(n.ctx, ast.Store)]


@functools.cache
def _pickled(text: str) -> bytes:
    """The syntax tree of one function.

    CPython 3.11 counts the depth of trees for all threads together, and raises where two of them parse at once: here,
    or in a cell that a person runs at that moment. So each function is parsed once.
    """
    for _ in range(PARSES - 1):
        with contextlib.suppress(SystemError):
            return pickle.dumps(ast.parse(text).body[0])
    return pickle.dumps(ast.parse(text).body[0])


def _parsed(text: str) -> Any:
    """A tree of its own for each use, since names in it are replaced."""
    return pickle.loads(_pickled(text))


def _stage_lines(stage: Stage, number: int, constants: dict) -> list[str]:
    """The statements of one stage, its result assigned to `stage.gives`."""
    py_func = getattr(stage.function, "py_func", stage.function)
    tree = _parsed(textwrap.dedent(inspect.getsource(py_func)))
    body = [s for s in tree.body if not (isinstance(s, ast.Expr) and isinstance(s.value, ast.Constant))]
    parameters = [a.arg for a in tree.args.args]
    names = dict(zip(parameters, stage.takes, strict=False))
    names.update({v: f"{v}_{number}" for v in _locals(body)})
    rename = _Inline(names, stage.computes, constants)
    for parameter, value in zip(parameters[len(stage.takes) :], stage.attrs, strict=True):
        names[parameter] = ast.unparse(rename.visit(ast.Constant(value)))
    lines = [ast.unparse(ast.fix_missing_locations(rename.visit(s))) for s in body]
    last = ast.unparse(body[-1].value) if isinstance(body[-1], ast.Return) and body[-1].value else None
    if last is None:
        raise ValueError(f"{py_func.__name__}: an elementwise function ends with one return")
    return [*lines[:-1], f"{stage.gives} = {_typed(last, stage.dtype)}"]


def _typed(expression: str, dtype: str) -> str:
    return f"bool({expression})" if dtype == "bool" else f"np.{dtype}({expression})"


def _index(pattern: str) -> str:
    """The flat index of an operand from the loop variables i0, i1, ... and extents n0, n1, ..."""
    axes = [a for a, mark in enumerate(pattern) if mark == "1"]
    if not axes:
        return "0"
    text = f"i{axes[0]}"
    for axis in axes[1:]:
        text = f"({text}) * n{axis} + i{axis}"
    return text


def source(chain: Chain, target: str) -> str:
    """The text of a chain's module for "cpu" or "cuda"."""
    halves = _half_operands(chain) if target == "cuda" else set()
    chain = _in_float32(chain) if target == "cuda" else chain
    constants: dict = {}
    body = [
        _spelled(line, target, stage)
        for i, stage in enumerate(chain.stages)
        for line in _stage_lines(stage, i, constants)
    ]
    body = [line for block in body for line in block.splitlines()]
    rank = len(chain.operands[0][1]) if chain.operands else 1
    extents = [f"n{a}" for a in range(rank)]
    arrays = [f"a_{name}" for name, _ in chain.operands] + [f"o_{name}" for name in chain.outputs]
    head = ['"""Written by kerasnb/backend/compile/codegen.py."""', "", "import math", "", "import numpy as np", ""]
    head += [f"from kerasnb.backend.compile.jit import {'cpu' if target == 'cpu' else 'cuda, gpu'}", ""]
    head += [f"{name} = np.{_storage(dtype)}({value})" for (value, dtype), name in constants.items()]
    if target == "cpu":
        return "\n".join([*head, "", *_cpu_function(chain, extents, arrays, body), ""])
    return "\n".join([*head, "", *_gpu_function(chain, extents, arrays, body, halves), ""])


def _half_operands(chain: Chain) -> set[str]:
    """The operands that are half precision, by name."""
    return {name for stage in chain.stages if stage.computes == "float16" for name in stage.takes}


def _in_float32(chain: Chain) -> Chain:
    """Half precision is loaded and stored, but computed in float32: numba.cuda knows few functions of it."""

    def wide(dtype):
        return "float32" if dtype == "float16" else dtype

    stages = (stage._replace(dtype=wide(stage.dtype), computes=wide(stage.computes)) for stage in chain.stages)
    return chain._replace(stages=tuple(stages))


# Functions that numba.cuda knows under other names (its math.floor gives a float, on the CPU an integer).
GPU_NAMES = {"np.floor(": "math.floor(", "np.ceil(": "math.ceil(", "np.fmod(": "math.fmod(",
             "np.rint(": "cuda.libdevice.rintf("}  # fmt: skip


def _spelled(line: str, target: str, stage: Stage) -> str:
    """A line with the names that the target's compiler knows."""
    for name, other in GPU_NAMES.items() if target == "cuda" else ():
        line = line.replace(name, other.replace("rintf", "rint") if stage.computes == "float64" else other)
    return line


def _storage(dtype: str) -> str:
    return "bool_" if dtype == "bool" else dtype


def _cpu_function(chain, extents, arrays, body) -> list[str]:
    lines = ["@cpu", f"def {chain.name}({', '.join(extents + arrays)}):"]
    for name, pattern in chain.operands:
        if "1" not in pattern:
            lines.append(f"    {name} = a_{name}[0]")
    indent = "    "
    for axis, extent in enumerate(extents):
        lines.append(f"{indent}for i{axis} in range({extent}):")
        indent += "    "
    loads = [f"{name} = a_{name}[{_index(pattern)}]" for name, pattern in chain.operands if "1" in pattern]
    stores = [f"o_{name}[{_index('1' * len(extents))}] = {name}" for name in chain.outputs]
    return lines + [indent + line for line in [*loads, *body, *stores]]


def _gpu_function(chain, extents, arrays, body, halves) -> list[str]:
    lines = ["@gpu", f"def {chain.name}({', '.join(extents + arrays)}):"]
    lines += ["    i = np.uint32(cuda.grid(1))", "    step = np.uint32(cuda.gridsize(1))"]
    lines += ["    total = " + " * ".join(extents), "    while i < total:"]
    rest = "i"
    for axis in range(len(extents) - 1, 0, -1):
        lines += [f"        i{axis} = {rest} % n{axis}", f"        r{axis} = {rest} // n{axis}"]
        rest = f"r{axis}"
    lines.append(f"        i0 = {rest}")
    reads = [(name, f"a_{name}[{_index(pattern)}]") for name, pattern in chain.operands]
    loads = [f"{name} = {f'np.float32({read})' if name in halves else read}" for name, read in reads]
    stores = [f"o_{name}[i] = {name}" for name in chain.outputs]
    return lines + ["        " + line for line in [*loads, *body, *stores, "i += step"]]


# --- from text to kernels --------------------------------------------------------------------------


PREFIX = "kerasnb_loop_"  # of the names of modules

_kernels: dict = {}
_lock = forks.guard(threading.Lock())


def kernel(chain: Chain, target: str) -> Any:
    """The kernel of a chain: a `CpuKernel` or `GpuKernel`, from its generated file."""
    key = (chain, target)
    if key not in _kernels:
        with _lock:
            if key not in _kernels:
                _kernels[key] = getattr(_module(source(chain, target), chain.name, target), chain.name)
    return _kernels[key]


def _module(text: str, name: str, target: str):
    digest = hashlib.sha256(text.encode()).hexdigest()[:16]
    module_name = f"{PREFIX}{target}_{name[:40]}_{digest}"
    if module_name in sys.modules:
        return sys.modules[module_name]
    path = _placed(module_name, text)
    return _in_memory(module_name, text) if path is None else load(module_name, path)


def _placed(module_name: str, text: str) -> pathlib.Path | None:
    """The path of a file that holds a text, written where need be; None where no folder can be written."""
    problem: Exception | str = "no folder for caches can be written"
    for find in (cache.wanted_folder, cache.private_folder):
        folder = find()
        if folder is None:
            continue
        path = folder / "loops" / f"{module_name}.py"
        try:
            if not _holds(path, text):
                _write(path, text)
        except OSError as error:
            problem = error
            continue
        if folder != cache.wanted_folder():
            cache.warn(problem, folder)
        return path
    cache.warn(problem, None)
    return None


def _in_memory(module_name: str, text: str):
    """A module without a file: its kernels are compiled in each process."""
    module = types.ModuleType(module_name)
    exec(compile(text, f"<{module_name}>", "exec"), vars(module))
    return sys.modules.setdefault(module_name, module)


def _holds(path, text: str) -> bool:
    """Whether a file holds a text: one that a power cut emptied, say, is written again."""
    try:
        return path.read_text() == text
    except (OSError, UnicodeDecodeError):
        return False


def load(module_name: str, path: str | pathlib.Path) -> types.ModuleType:
    """A module of generated loops, from its file."""
    if module_name in sys.modules:
        return sys.modules[module_name]
    spec: Any = importlib.util.spec_from_file_location(module_name, path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    sys.modules[module_name] = module
    return module


def _write(path: pathlib.Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    part = tempfile.NamedTemporaryFile("w", dir=path.parent, suffix=".part", delete=False)
    try:
        with part:
            part.write(text)
        os.replace(part.name, path)
    except BaseException:
        pathlib.Path(part.name).unlink(missing_ok=True)
        raise


BLOCK = 256
MAX_BLOCKS = 1024


def grid_for(size: int) -> int:
    """Blocks for a grid-stride loop over `size` elements."""
    return max(1, min(MAX_BLOCKS, -(-size // BLOCK)))


def calls(chain: Chain, extents: tuple, arrays: list, target: str) -> list:
    """The prepared call of a chain: `arrays` are its operands, then its outputs."""
    loop = kernel(chain, target)
    flat = [a.reshape(-1) if a.ndim != 1 else a for a in arrays]
    if target == "cpu":
        return _cpu_calls(loop, chain, extents, flat)
    launch = loop.on(grid_for(math.prod(extents)), BLOCK)
    return [(launch, (*map(np.uint32, extents), *flat))]


def _cpu_calls(loop, chain: Chain, extents: tuple, arrays: list) -> list:
    """The call of a CPU loop, divided along the first axis where it is long."""
    whole = "1" * len(extents)
    patterns = [*(pattern for _, pattern in chain.operands), *(whole for _ in chain.outputs)]
    count = min(cores(), math.prod(extents) // WORTH, extents[0])
    if count < 2:
        return [(loop, (*extents, *arrays))]
    lines = [_line(pattern, extents) for pattern in patterns]
    tasks = []
    for lo, hi in cuts(extents[0], count, 64 if len(extents) == 1 else 1):
        cut = (a[lo * line : hi * line] if line else a for a, line in zip(arrays, lines, strict=True))
        tasks.append((hi - lo, *extents[1:], *cut))
    return [(Tasks(loop, tasks), ())]


def _line(pattern: str, extents: tuple) -> int:
    """How many elements of an operand belong to one place of the first axis; 0 where it is repeated along it."""
    here = [e for mark, e in zip(pattern, extents, strict=True) if mark == "1"]
    return math.prod(here) // extents[0] if pattern[0] == "1" else 0


def on_cpu(dtype: str) -> bool:
    """Whether the loops compute with this dtype on the CPU (Numba has no half precision there, and complex is rare)."""
    return dtype not in ("float16", "bfloat16", "complex64", "complex128")
