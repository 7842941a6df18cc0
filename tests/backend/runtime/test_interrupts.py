"""Interrupts and forks in the places where they would do harm."""

from __future__ import annotations

import os
import pathlib
import signal
import subprocess
import sys
import threading
import time

import pytest

from kerasnb.backend.compile import background, jit, workers
from kerasnb.backend.runtime import chunks, forks, interrupts
from tests.backend.compile.test_workers import fresh_kernel

# JAX, if another test has started it, warns of forks; the children here do not use it.
pytestmark = pytest.mark.filterwarnings("ignore:os.fork:RuntimeWarning")


def press() -> None:
    """An interrupt."""
    signal.raise_signal(signal.SIGINT)


def test_each_interrupt_is_raised_behind_the_shield():
    """Two of them reach a handler twice, and shields may stand in one another."""
    heard = []
    before = signal.signal(signal.SIGINT, lambda *_: heard.append(True))
    try:
        with interrupts.uninterrupted():
            with interrupts.uninterrupted():
                press()
            press()
            assert not heard
        assert len(heard) == 2
    finally:
        signal.signal(signal.SIGINT, before)


def test_who_ignores_interrupts_goes_on_doing_so():
    """A process that was started in the background of a shell, say; and other threads have none."""
    before = signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        with interrupts.uninterrupted():
            assert signal.getsignal(signal.SIGINT) is signal.SIG_IGN
    finally:
        signal.signal(signal.SIGINT, before)
    found = []
    thread = threading.Thread(target=lambda: found.append(interrupts.handler()))
    thread.start()
    thread.join()
    assert found == [None]


def shield_is_up() -> bool:
    """Whether an interrupt would wait now."""
    return signal.getsignal(signal.SIGINT) is not before_tests


before_tests = signal.getsignal(signal.SIGINT)


@pytest.mark.parametrize("way", ["call", "dispatcher", "compiled", "inner"])
def test_every_way_to_compile_is_shielded(way, monkeypatch, tmp_path):
    """Kernels called by ops, by plans, ahead of time, and by compiled code."""
    monkeypatch.setenv("KERASNB_CACHE_DIR", str(tmp_path))
    kernel, args = fresh_kernel()
    seen = []
    dispatcher = kernel.inner if way == "inner" else kernel.dispatcher
    save = dispatcher._cache.save_overload
    monkeypatch.setattr(dispatcher._cache, "save_overload", lambda *a: (seen.append(shield_is_up()), save(*a)))
    if way == "call":
        kernel(*args)
    elif way == "dispatcher":
        kernel.dispatcher(*args)
    else:
        kernel.compiled(jit.signature(args), inner=way == "inner")
    assert seen == [True] and not shield_is_up()


def body(x):
    """The scalar body of a loop."""
    return x


def instruction(typing, x):
    """An instruction that nobody calls."""


THINGS = {
    "external": lambda: jit.External("abs", "int32", ("int32",)),
    "element": lambda: jit.element(body),
    "instruction": lambda: jit.Instruction(instruction),
}


@pytest.mark.parametrize("kind", THINGS)
def test_what_kernels_are_made_of_is_made_once(kind, monkeypatch):
    """By whichever thread comes first."""
    thing = THINGS[kind]()
    seen, make = [], type(thing).__dict__["compiled"]
    monkeypatch.setattr(make, "make", _noting(make.make, seen))
    made = []
    threads = [threading.Thread(target=lambda: made.append(thing.compiled)) for _ in range(3)]
    for thread in threads:
        thread.start()
    made.append(thing.compiled)
    for thread in threads:
        thread.join()
    assert len(seen) == 1 and len(set(map(id, made))) == 1


def _noting(make, seen):
    def compiled(owner):
        seen.append(True)
        return make(owner)

    return compiled


HALF = """
import sys
calls = 0
def stop(frame, event, argument):
    global calls
    calls += event == "call"
    if calls == {after}:
        sys.setprofile(None)
        raise KeyboardInterrupt
import numpy as np
import kerasnb as keras
sys.setprofile(stop)
try:
    import numba.core.types
except KeyboardInterrupt:
    assert "numba" not in sys.modules and any(name.startswith("numba.") for name in sys.modules)
    print("half")
sys.setprofile(None)
print(keras.ops.exp(np.zeros(1)).numpy())
"""


@pytest.mark.parametrize("after", [20_000, 60_000])
def test_half_an_import_is_forgotten(after):
    """Somebody's own `import numba` was interrupted: without care no later one would be whole."""
    done = subprocess.run([sys.executable, "-c", HALF.format(after=after)], capture_output=True, text=True, timeout=300)
    assert done.stdout == "half\n[1.]\n", done.stderr


def test_helpers_end_before_the_interrupt(monkeypatch):
    """One that is raised while helpers still write would let them write into arrays of a later step."""
    done = []

    def kernel(number):
        if number == 0:
            press()
        done.append(number)

    with pytest.raises(KeyboardInterrupt):
        chunks.run(kernel, [(i,) for i in range(6)])
    assert sorted(done) == list(range(6))


def test_compilers_do_not_hear_the_terminal(monkeypatch):
    """They are in a group of their own; those of a forked child's parent are left alone."""
    made = workers.Compilers()
    monkeypatch.setattr(workers, "thread_count", lambda: 2)
    try:
        for _ in range(workers.FEW):
            made.noted()
        (process,) = made.processes
        assert os.getpgid(process.pid) == process.pid != os.getpgid(0)
        child = os.fork()
        if not child:
            made.start_anew()
            os._exit(0 if not made.processes and process.returncode == 0 else 1)
        assert os.waitpid(child, 0)[1] == 0 and process.poll() is None
    finally:
        made.end()


# --- forks -------------------------------------------------------------------------------------------


def test_the_background_rests_between_two_kernels():
    """A fork waits for one of them, not for all."""
    work, steps, second = background.Ahead(), [], threading.Event()

    def job():
        for number in range(1000):
            steps.append(number)
            if number == 1:
                second.set()
            work.pause()
            threading.Event().wait(0.002)

    ended = work.submit(job)
    second.wait()
    with work.resting(30.0):
        seen = len(steps)
        threading.Event().wait(0.05)
        assert len(steps) == seen < 1000
    while len(steps) == seen:
        threading.Event().wait(0.002)
    work.end()
    assert ended.wait(30) and len(steps) < 1000
    assert work.submit(job).wait(30) and len(steps) < 1000  # nothing new is begun as the process ends


def test_a_fork_waits_for_locks_and_gives_them_back():
    """In parent and child; one that nobody gives back is waited for a while only."""
    made, free, lost = forks.Forks(), threading.Lock(), threading.Lock()
    assert made.guard(free) is free
    made.hold()
    assert free.locked()
    made.go_on()
    assert not free.locked()
    made.guard(lost).acquire()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(forks, "LONGEST", 0.05)
        made.hold()
        made.begin()
    assert lost.locked() and not free.locked()


def test_an_interrupt_during_a_fork_comes_behind_it():
    """Hooks of forks lose what they raise."""
    made, heard = forks.Forks(), threading.Event()
    before = signal.signal(signal.SIGINT, lambda *_: heard.set())
    try:
        made.hold()
        press()
        assert not heard.is_set()
        made.go_on()
        end = time.monotonic() + 30
        while not heard.is_set() and time.monotonic() < end:
            time.sleep(0.01)  # a handler runs between two lines of the main thread
        assert heard.is_set()
    finally:
        signal.signal(signal.SIGINT, before)


def test_nothing_locks_a_whole_class():
    """Python 3.11's `functools.cached_property` does, and a fork may leave it locked."""
    package = pathlib.Path(jit.__file__).parents[2]
    assert not [path for path in package.rglob("*.py") if "@functools.cached_property" in path.read_text()]
