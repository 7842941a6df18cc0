"""`kerasnb doctor`: what is here, what is missing, and how to install it."""

from __future__ import annotations

import importlib
import importlib.metadata
import os
import pathlib
import platform
import re
import sys

import numpy as np

from kerasnb.backend.autodiff.op import REGISTRY
from kerasnb.backend.compile import codegen
from kerasnb.backend.compile.cache import cache_folder
from kerasnb.backend.runtime import blas, thread_pool
from kerasnb.backend.tensor import device
from kerasnb.version import __version__

PACKAGE = pathlib.Path(codegen.__file__).parents[2]
THREAD_LIMITS = ("KERASNB_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "OMP_NUM_THREADS")
LAB = ("jupyterlab", "ipykernel", "ipywidgets", "anywidget", "plotly", "nbval")
EXTRAS = {"lab": "the notebook: live panel, plots, strict checks", "cuda": "the GPU (NVIDIA, with its driver)"}


def installed(package: str) -> str | None:
    """The version of an installed package, without importing it."""
    try:
        return importlib.metadata.version(package)
    except importlib.metadata.PackageNotFoundError:
        return None


def requirements() -> list[tuple]:
    """(extra, name, whole requirement) of everything that kerasnb can use; the extra of the core is ""."""
    entries = []
    for line in importlib.metadata.requires("kerasnb") or [] if installed("kerasnb") else []:
        requirement, _, marker = (part.strip() for part in line.partition(";"))
        extra = re.search(r"extra == ['\"](\w+)", marker)
        entries.append((extra[1] if extra else "", re.split(r"[^\w.-]", requirement)[0], requirement))
    return entries


def is_met(name: str, requirement: str) -> bool:
    """Whether a requirement holds, as far as its lower and upper bound say."""
    version = installed(name)
    if version is None:
        return False
    have = _numbers(version)
    bounds = re.findall(r"(>=|==|<)\s*([\d.]+)", requirement)
    return all(have >= _numbers(v) if sign != "<" else have < _numbers(v) for sign, v in bounds)


def _numbers(version: str) -> tuple:
    return tuple(int(n) for n in re.findall(r"\d+", version)[:3])


def missing(extra: str) -> list[str]:
    """The requirements of an extra that do not hold here."""
    return [whole for of, name, whole in requirements() if of == extra and not is_met(name, whole)]


# --- the parts of the report -----------------------------------------------------------------------


def versions() -> list[str]:
    """What runs here."""
    packages = [f"{p} {installed(p) or 'not installed'}" for p in ("numpy", "numba", "llvmlite", "h5py")]
    return [
        f"kerasnb {__version__} in {PACKAGE}",
        f"Python {platform.python_version()} ({sys.executable}) on {platform.system()} {platform.machine()}",
        ", ".join(packages),
    ]


def devices() -> list[str]:
    """Each device, and why it cannot be used."""
    problems = {"numpy": None, "cpu": None if device.has_numba() else "Numba is not installed"}
    problems["cuda"] = device.cuda_problem()
    try:
        current, hint = device.current(), "Choose with KERASNB_BACKEND or keras.config.set_backend."
    except ValueError as problem:  # the requested one cannot be used: that is what doctor is called for
        current, hint = None, str(problem)
    lines = []
    for name in device.DEVICES:
        state = f"not usable: {problems[name]}" if problems[name] else "ready"
        lines.append(f"{name:6} {state}{' (in use)' if name == current else ''}")
    requested = os.environ.get("KERASNB_BACKEND")
    return [*lines, f"KERASNB_BACKEND={requested}: {hint}" if requested else hint]


def threads() -> list[str]:
    """Who uses the cores, and which BLAS multiplies matrices."""
    build = np.show_config(mode="dicts").get("Build Dependencies", {}).get("blas", {})
    limits = [f"{name}={os.environ[name]}" for name in THREAD_LIMITS if name in os.environ]
    caller = "in parts, by the engine's threads" if blas.library() else "as a whole, through NumPy and with its threads"
    return [
        f"{thread_pool.thread_count()} of {os.cpu_count()} cores; limits: {', '.join(limits) or 'none'}",
        f"BLAS: {build.get('name', 'unknown')} {build.get('version', '')}, called {caller}",
        "One training step runs at a time; results do not depend on the number of threads.",
    ]


def cache_folders() -> list[pathlib.Path]:
    """The folders that hold compiled kernels."""
    requested = os.environ.get("NUMBA_CACHE_DIR")
    folders = [cache_folder(), pathlib.Path(requested).expanduser() if requested else PACKAGE]
    return [folder for folder in folders if folder is not None]


def cache() -> list[str]:
    """Where compiled kernels are kept, and how many there are."""
    lines = []
    for folder in cache_folders():
        kernels = list(folder.rglob("*.nb[ic]"))
        size = sum(path.stat().st_size for path in kernels)
        count = sum(path.suffix == ".nbc" for path in kernels)
        state = f"{count} compiled kernels, {size / 1e6:.1f} MB" if count else "empty: `kerasnb warmup` fills it"
        lines.append(f"{folder}: {state}{'' if os.access(folder, os.W_OK) else ' (cannot be written)'}")
    return lines


def notebook() -> list[str]:
    """The packages of the notebook."""
    return [", ".join(f"{name} {installed(name) or 'missing'}" for name in LAB)]


def installs() -> list[str]:
    """The commands that install what is missing."""
    if installed("kerasnb") is None:
        return ['kerasnb runs from its source folder: pip install -e ".[lab]"']
    commands = [(extra, " ".join(f'"{r}"' for r in missing(extra))) for extra in EXTRAS]
    lines = [f"pip install {packages}  # {EXTRAS[extra]}" for extra, packages in commands if packages]
    if core := missing(""):
        lines.insert(0, "pip install " + " ".join(f'"{r}"' for r in core))
    return lines or ["nothing is missing"]


def operations() -> str:
    """The operations without a CUDA implementation: on that device they run on the host, and warn once."""
    for part in ("kerasnb.ops", "kerasnb.random", "kerasnb.layers", "kerasnb.optimizers"):
        importlib.import_module(part)  # an operation is known once its kernel file is imported
    names = sorted(name for name, op in REGISTRY.items() if not op.has_implementation["cuda"])
    head = f"{len(names)} of {len(REGISTRY)} operations have no GPU kernel and run on the host, with a warning:"
    return "\n".join([head, *(f"  {name}" for name in names), "Numbers in bfloat16 are always computed on the host."])


def report() -> str:
    """The whole report as text."""
    parts = {
        "Versions": versions, "Devices": devices, "Threads": threads,
        "Kernel cache": cache, "Notebook": notebook, "To install": installs,
    }  # fmt: skip
    return "\n".join(line for title, part in parts.items() for line in (title, *(f"  {x}" for x in part())))
