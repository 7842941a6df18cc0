"""Processes that compile along."""

from __future__ import annotations

import os
import pathlib
import random
import shutil
import signal
import sys
import time

import numpy as np
import pytest

from kerasnb.backend.compile import codegen, jit, workers
from kerasnb.backend.runtime import interrupts
from kerasnb.kernels.elementwise import multiply


@pytest.fixture
def made():
    """Compilers of the test's own, which end with it."""
    compilers = workers.Compilers()
    yield compilers
    compilers.end()


def started(compilers, monkeypatch):
    """The same, with one compiler on any machine."""
    monkeypatch.setattr(workers, "thread_count", lambda: 2)
    for _ in range(workers.FEW):
        compilers.noted()
    return compilers


def times(x, factor):
    """The scalar body of a chain."""
    return x * factor


def fresh_kernel():
    """A loop that nobody has compiled, and the types of its arguments; seeds that tests set do not bring one back."""
    stage = codegen.Stage(times, ("x",), "v", "float32", "float32", (random.SystemRandom().random(),))
    kernel = codegen.kernel(codegen.Chain((stage,), (("x", "1"),), ("v",), "times"), "cpu")
    x = np.ones(3, "float32")
    return kernel, (3, x, x.copy())


def test_a_compiler_compiles_into_the_cache(made, monkeypatch, tmp_path):
    """What they were sent is found on disk, and works."""
    monkeypatch.setenv("KERASNB_CACHE_DIR", str(tmp_path))
    kernel, args = fresh_kernel()
    types = jit.signature(args)
    started(made, monkeypatch).share([(kernel, types, True)])
    cache = pathlib.Path(kernel.inner.stats.cache_path)
    deadline = time.monotonic() + 60
    while not list(cache.glob(f"{kernel.py_func.__module__}*.nbi")) and time.monotonic() < deadline:
        time.sleep(0.05)
    kernel.compiled(types, inner=True)
    assert sum(kernel.inner.stats.cache_hits.values()) == 1
    assert not kernel.inner.stats.cache_misses


def test_few_kernels_need_no_help(made, monkeypatch):
    """Nobody is started before the third kernel that had to be compiled, or where there is one thread."""
    monkeypatch.setattr(workers, "thread_count", lambda: 2)
    for _ in range(workers.FEW - 1):
        made.noted()
    assert not made.processes
    monkeypatch.setattr(workers, "thread_count", lambda: 1)
    made.noted()
    assert not made.processes


def test_a_frozen_application_does_not_start_itself(made, monkeypatch):
    """What packers of applications call the interpreter is the application."""
    monkeypatch.setattr(sys, "frozen", True, raising=False)
    assert not started(made, monkeypatch).processes


def test_a_compiler_that_dies_costs_nothing(made, monkeypatch):
    """A process that cannot start, or ends, is let go."""
    monkeypatch.setattr(sys, "executable", shutil.which("false"))
    started(made, monkeypatch)
    for process in made.processes:
        process.wait()
    made.share([])
    assert not made.processes
    monkeypatch.setattr(sys, "executable", str(pathlib.Path(os.devnull) / "python"))
    made.compiled = 0
    started(made, monkeypatch)
    assert not made.processes


def test_a_compiler_that_is_far_behind_is_let_go(made, monkeypatch):
    """Telling never waits."""
    monkeypatch.setattr(workers, "START", "import time; time.sleep(60)")
    started(made, monkeypatch)
    kernel, args = multiply_call()
    began = time.monotonic()
    made.share([(kernel, jit.signature(args), True)] * 20_000)
    assert not made.processes
    assert time.monotonic() - began < 20


def multiply_call():
    """A kernel of the engine and arguments for it."""
    x = np.ones(3, "float32")
    ((kernel, args),) = multiply.prepare([x, x], [x.copy()], {})
    return kernel, args


@pytest.mark.parametrize("ending", ["nbi", "nbc"])
@pytest.mark.parametrize("left", [0, 5, 60])
def test_half_a_file_in_the_cache_is_compiled_anew(monkeypatch, tmp_path, ending, left):
    """A power cut costs a second of compiling, and that once."""
    monkeypatch.setenv("KERASNB_CACHE_DIR", str(tmp_path))
    kernel, args = fresh_kernel()
    kernel(*args)
    for path in pathlib.Path(kernel.dispatcher.stats.cache_path).glob(f"{kernel.py_func.__module__}*.{ending}"):
        path.write_bytes(path.read_bytes()[:left])
    mending, mended = jit.CpuKernel(kernel.py_func), jit.CpuKernel(kernel.py_func)
    for again, hits in ((mending, 0), (mended, 1)):
        again(*args)
        assert sum(again.dispatcher.stats.cache_hits.values()) == hits


def test_interrupts_wait_for_the_compiler():
    """One that comes meanwhile is raised behind it, and the handler is the old one again."""
    before, reached = signal.getsignal(signal.SIGINT), []
    with pytest.raises(KeyboardInterrupt), interrupts.uninterrupted():
        signal.raise_signal(signal.SIGINT)
        reached.append(True)
    assert reached and signal.getsignal(signal.SIGINT) is before
