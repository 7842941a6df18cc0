"""The code of an operation: its NumPy reference, the kernels that ran on the CPU, and their CUDA twins."""

from __future__ import annotations

import dataclasses
import dis
import inspect
import pathlib
import re
import sys
import textwrap
from collections.abc import Callable, Iterable
from types import FunctionType
from typing import Any

import numpy as np

import kerasnb
from kerasnb.backend.compile.codegen import PREFIX
from kerasnb.backend.compile.jit import CpuKernel, Element, GpuKernel, Instruction, flattened
from kerasnb.backend.tensor import device
from kerasnb.widgets.sources.trace import Call

ROOT = pathlib.Path(kerasnb.__file__).parents[1]
DEEPEST = 2  # how far the functions that a kernel calls are shown


@dataclasses.dataclass
class Code:
    """A piece of source.

    Args:
        text: String.
        file: String, its path from the folder of the package, or its name where it was generated.
        names: Names of the functions that are called first.
    """

    text: str
    file: str
    names: list[str]


def reference_code(call: Call) -> Code:
    """The function that says what the operation means."""
    return joined([(call.op.reference, "")])


def cpu_code(call: Call) -> Code:
    """The functions that compute the call on the CPU, in their order, with the shapes they are called with."""
    with device.scope("cpu"):
        outs = [np.empty_like(out) for out in call.outs]
        return joined(kernels_of(flattened(call.op.prepare(call.ins, outs, call.attrs))))


def cuda_code(call: Call) -> Code:
    """The CUDA kernels that these shapes launch. No GPU is needed: nothing is compiled, and nothing is launched."""
    if not call.op.has_implementation["cuda"]:
        return Code("", "", [])
    with device.stand_in("cuda", Paper()):
        outs = [np.empty_like(out) for out in call.outs]
        return joined(kernels_of(call.op.implementations["cuda"](call.ins, outs, **call.attrs)))


class Paper(device.HostRuntime):
    """Stands in for the GPU: arrays are those of the host, and a launch is only noted."""

    def launch(self, kernel: Any, grid: Any, block: Any) -> Callable:
        """What would be launched."""
        return _Launch(kernel, grid, block)


@dataclasses.dataclass
class _Launch:
    kernel: Any
    grid: Any
    block: Any

    def __call__(self, *args: Any) -> None:
        """Nothing is launched."""


def kernels_of(calls: Iterable[tuple]) -> list[tuple[Any, str]]:
    """Functions, each once, with a line that says how they are called."""
    found: dict[int, tuple[Any, str, int]] = {}
    for function, args in calls:
        where = ""
        if isinstance(function, _Launch):
            where = f" · grid {function.grid}, block {function.block}"
            function = function.kernel
        shown, _, times = found.get(id(function), (function, "", 0))
        line = f"{_name(function)}({', '.join(_argument(a) for a in args)}){where}"
        found[id(function)] = shown, found[id(function)][1] if times else line, times + 1
    return [(f, line + (f" · {times} tasks" if times > 1 else "")) for f, line, times in found.values()]


def _argument(value: Any) -> str:
    if isinstance(value, np.ndarray):
        return f"{value.dtype}{list(value.shape)}"
    if isinstance(value, (int, np.integer)) and abs(int(value)) >= 2**40:
        return "address"  # another one in each run
    return str(value) if isinstance(value, (bool, int, float, np.generic)) else type(value).__name__


def _name(function: Any) -> str:
    plain = getattr(function, "py_func", function)
    return str(getattr(plain, "__name__", type(function).__name__)).strip("_")


def joined(functions: list[tuple[Any, str]]) -> Code:
    """The sources of functions and of what they call, with a comment above each that says how it is called."""
    parts: list[str] = []
    seen: set = set()
    files: dict[str, None] = {}
    for function, line in functions:
        plain = getattr(function, "py_func", function)
        head = f"# {line}\n" if line else ""
        parts.append(head + _source(plain))
        seen.add(plain)
        files[_file(plain)] = None
    for function, _ in functions:
        for helper in _helpers(getattr(function, "py_func", function), seen, DEEPEST):
            parts.append(_source(helper))
    return Code("\n\n".join(parts), ", ".join(f for f in files if f), [_name(f) for f, _ in functions])


def _source(function: Any) -> str:
    try:
        return _constants(function) + textwrap.dedent(inspect.getsource(function)).rstrip()
    except (OSError, TypeError):  # it is not written in Python
        module = getattr(function, "__module__", None) or "numpy"
        return f"{module.split('.')[0]}.{_name(function)}  # compiled code that is not part of kerasnb"


def _constants(function: Any) -> str:
    """The numbers that stand above a generated loop."""
    module = sys.modules.get(getattr(function, "__module__", None) or "")
    if module is None or not module.__name__.startswith(PREFIX):
        return ""
    return "".join(f"{line}\n" for line in inspect.getsource(module).splitlines() if re.match(r"C\d+ = ", line))


def _file(function: Any) -> str:
    try:
        path = pathlib.Path(inspect.getsourcefile(function) or "")
    except TypeError:
        return ""
    return path.relative_to(ROOT).as_posix() if path.is_relative_to(ROOT / "kerasnb") else f"generated: {path.name}"


def _helpers(function: Any, seen: set, depth: int) -> list[FunctionType]:
    """The functions of kerasnb that a function calls, each once."""
    if not isinstance(function, FunctionType) or not depth:
        return []
    found = []
    names = [i.argval for i in dis.get_instructions(function) if i.opname == "LOAD_GLOBAL"]
    for value in [function.__globals__.get(name) for name in dict.fromkeys(names)]:
        plain = getattr(value, "py_func", value) if isinstance(value, _MARKED) else value
        if not isinstance(plain, FunctionType) or plain in seen or not plain.__module__.startswith("kerasnb.kernels"):
            continue
        seen.add(plain)
        found += [plain, *_helpers(plain, seen, depth - 1)]
    return found


_MARKED = (CpuKernel, GpuKernel, Element, Instruction)
