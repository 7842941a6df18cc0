"""Processes that compile along: in one process Numba compiles one kernel at a time, whatever its cores.

A process that has had to compile a few kernels starts compilers, and sends them the list of what its steps need. It
compiles from the beginning of that list, they from the end, into the cache on disk, where it finds what they have
compiled. A compiler that is late, or dies, costs nothing: what is not on disk is compiled here.

Not `concurrent.futures.ProcessPoolExecutor`: that would fork or import the user's `__main__`, and wait at exit.
"""

from __future__ import annotations

import atexit
import functools
import importlib
import os
import pickle
import signal
import subprocess
import sys
import threading
from typing import Any

from kerasnb.backend.compile import codegen, jit, numba_internals
from kerasnb.backend.runtime import blas
from kerasnb.backend.runtime.interrupts import uninterrupted
from kerasnb.backend.runtime.thread_pool import thread_count

FEW = 3  # a process that finds nearly all its kernels on disk needs no help
MOST = 2  # compilers; each needs about 150 MB
PATIENCE = 20.0  # seconds without a list after which a compiler ends
# A terminal sends interrupts to all processes of a group: here they are the starter's alone.
APART: dict[str, Any] = {"process_group": 0} if os.name == "posix" else {}
START = "import pickle, sys; sys.path[:] = pickle.load(sys.stdin.buffer)"
SERVE = "from kerasnb.backend.compile.workers import compile_lists; compile_lists()"


def _python_can_start() -> bool:
    """Whether this process knows a Python to start: a frozen application would start itself."""
    return bool(sys.executable) and os.name == "posix" and not getattr(sys, "frozen", False)


class Compilers:
    """The compilers of this process, and their list of jobs."""

    def __init__(self) -> None:
        self.processes: list = []
        self.compiled = 0
        self.jobs: list = []
        self.lock = threading.Lock()

    def noted(self) -> None:
        """Counts a kernel that was compiled here, and starts compilers when these become more than a few."""
        with uninterrupted(), self.lock:
            self.compiled += 1
            if self.compiled == FEW and _python_can_start():
                for _ in range(min(MOST, thread_count() - 1)):
                    self._start()
                self._send_jobs()

    def share(self, missing: list[tuple]) -> None:
        """Sends the compilers what is needed now.

        Args:
            missing: List of (kernel, types, whether compiled code alone calls it).
        """
        with uninterrupted(), self.lock:
            self.jobs = [_job(*each) for each in missing]
            self._send_jobs()

    def end(self) -> None:
        """Ends the compilers, whatever they are at; files in the cache are only ever whole."""
        with uninterrupted():
            for process in self.processes:
                process.kill()
                process.communicate()
            self.processes.clear()

    def start_anew(self) -> None:
        """Forgets the compilers in a forked child: they are its parent's."""
        for process in self.processes:
            process.stdin.close()
            process.returncode = 0  # nothing to wait for, and no reason for a warning
        self.processes, self.lock = [], threading.Lock()

    def _start(self) -> None:
        null = subprocess.DEVNULL
        command = [sys.executable, "-c", f"{START}; {SERVE}"]
        try:
            process: Any = subprocess.Popen(
                command, bufsize=0, stdin=subprocess.PIPE, stdout=null, stderr=null, **APART
            )
        except OSError:  # no memory for another process, or no such file
            return
        os.set_blocking(process.stdin.fileno(), False)
        self.processes.append(process)
        self._send(process, sys.path)

    def _send_jobs(self) -> None:
        for number, process in enumerate(list(self.processes)):
            self._send(process, self.jobs[::-1][number :: len(self.processes)])

    def _send(self, process, message) -> None:
        """Sends without waiting; a process that has ended, or is too far behind, is let go."""
        data = pickle.dumps(message)
        try:
            sent = process.stdin.write(data)
        except OSError:
            sent = 0
        if sent != len(data):
            self.processes.remove(process)
            process.kill()
            process.communicate()


compilers = Compilers()
atexit.register(compilers.end)
if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=compilers.start_anew)


def _listen() -> None:
    if numba_internals.check("events"):
        numba_internals.listen(compilers.noted)


jit.when_imported.append(_listen)


# --- in the other process ----------------------------------------------------------------------------


def _job(kernel, types, inner: bool) -> tuple:
    """A kernel as another process finds it."""
    module = sys.modules.get(kernel.py_func.__module__)
    return kernel.py_func.__module__, getattr(module, "__file__", None), kernel.py_func.__name__, types, inner


def _do(module: str, path: str, name: str, types, inner: bool) -> None:
    """Compiles a kernel into the cache on disk, where it is not there yet."""
    loaded = codegen.load(module, path) if module.startswith(codegen.PREFIX) else importlib.import_module(module)
    getattr(loaded, name).compiled(types, inner)


def _same(x):
    return x


def compile_lists() -> None:
    """Compiles one list of jobs after the other, until nothing comes any more."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # notebooks send it to all processes of a kernel
    jit.when_imported.remove(_listen)  # compilers have no compilers
    if blas.library() is not None:
        jit.link(blas.symbols())
    jit.numba().njit("int64(int64)")(_same)  # Numba's own start, while there is nothing else to do
    while True:
        end = threading.Timer(PATIENCE, functools.partial(os._exit, 0))
        end.daemon = True
        end.start()
        try:
            jobs = pickle.load(sys.stdin.buffer)
        except EOFError:
            return
        end.cancel()
        for job in jobs:
            try:
                _do(*job)
            except Exception:
                continue  # the process that needs it will raise the error
