"""Interrupts and forks at random moments, each in a process of its own. A seed repeats the moments.

    python -m tests.robust.chaos interrupts --count 300 --seed 0
    python -m tests.robust.chaos forks --count 50 --seed 0

prints what went wrong, and a line with counts. The tests run a few of each; `KERASNB_CHAOS=300` runs more there too.
"""

from __future__ import annotations

import argparse
import concurrent.futures
import contextlib
import os
import pathlib
import random
import signal
import subprocess
import sys
import tempfile
import time
from typing import NamedTuple

ACTIONS = ("fit", "ops", "train_on_batch", "evaluate", "save", "numba")
STILL = 60.0  # seconds without any work after which a process hangs
MOST = 120.0  # seconds of work after which it does something for ever


class Case(NamedTuple):
    """What is done to one process.

    Args:
        action: What the process does.
        cold: Boolean, whether its caches are empty.
        delay: Seconds after which it is interrupted.
        again: Seconds until the second interrupt, or None.
    """

    action: str
    cold: bool
    delay: float
    again: float | None


def cases(count: int, seed: int) -> list[Case]:
    """Random cases: one in four is cold, one in eight is interrupted twice."""
    rng = random.Random(seed)
    made = []
    for number in range(count):
        cold = number % 4 == 0
        again = rng.uniform(0.0, 0.3) if rng.random() < 0.125 else None
        made.append(Case(rng.choice(ACTIONS), cold, rng.uniform(0.0, 6.0 if cold else 1.5), again))
    return made


def start(module: list[str], caches: str | None):
    """A process that runs a module, with caches of its own where a folder is given."""
    folders = {"KERASNB_CACHE_DIR": caches, "NUMBA_CACHE_DIR": caches} if caches else {}
    return subprocess.Popen(
        [sys.executable, "-m", *module],
        env={**os.environ, **folders}, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
        start_new_session=True,
    )  # fmt: skip


def end(process) -> None:
    """Ends a process and its children."""
    with contextlib.suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)
    process.communicate()


def interrupt(case: Case) -> str:
    """Runs a case, and returns what was wrong, or an empty string."""
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder:
        process = start(["tests.robust.victim", case.action], folder if case.cold else None)
        try:
            return _interrupted(process, case)
        finally:
            end(process)


def _interrupted(process, case: Case) -> str:
    if process.stdout.readline() != "ready\n":
        return f"did not start: {process.communicate()[1]}"
    for wait in (case.delay, case.again):
        if wait is not None:
            time.sleep(wait)
            process.send_signal(signal.SIGINT)
    return outcome(process)


def outcome(process) -> str:
    """Waits until a process ends and has printed "trained" alone; returns what was wrong, or an empty string."""
    spent, still = _spent(process.pid), time.monotonic()
    while True:
        try:
            out, err = process.communicate(timeout=5)
            break
        except subprocess.TimeoutExpired:
            before, spent = spent, _spent(process.pid)
            still = time.monotonic() if spent > before else still
        if time.monotonic() - still > STILL or spent > MOST:
            process.send_signal(signal.SIGABRT)  # faulthandler shows where it is
            _, err = process.communicate()
            return f"hangs after {spent:.1f} s of work: {err}"
    fine = process.returncode == 0 and out == "trained\n" and not err
    return "" if fine else f"ended with {process.returncode}, printed {out!r}: {err}"


def _spent(session: int) -> float:
    """Seconds that the processors worked for a session; where nobody can say, those since the start of the machine.

    On a busy machine a process may wait for minutes, and is well; one that hangs never works again.
    """
    ticks = 0
    if not os.path.isdir("/proc/self"):
        return time.monotonic()
    for path in pathlib.Path("/proc").glob("[0-9]*/stat"):
        with contextlib.suppress(OSError):
            fields = path.read_text().rpartition(")")[2].split()
            ticks += sum(map(int, fields[11:15])) if int(fields[3]) == session else 0
    return ticks / os.sysconf("SC_CLK_TCK")


def fork(number: int, seed: int) -> str:
    """Forks 0 to 0.5 s after `compile`, in one of three ways, and returns what was wrong, or an empty string."""
    rng = random.Random(f"{seed} {number}")
    way, delay, cold = ("fork", "pool", "pool of one")[number % 3], rng.uniform(0.0, 0.5), number % 5 == 0
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder:
        process = start(["tests.robust.forked", way, str(delay)], folder if cold else None)
        try:
            return outcome(process)
        finally:
            end(process)


def main() -> int:
    """Runs many, and prints what went wrong."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("what", choices=("interrupts", "forks"))
    parser.add_argument("--count", type=int, default=20)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--workers", type=int, default=2, help="processes at a time")
    asked = parser.parse_args()
    with concurrent.futures.ThreadPoolExecutor(asked.workers) as pool:
        if asked.what == "interrupts":
            what = cases(asked.count, asked.seed)
            results = pool.map(interrupt, what)
        else:
            what = range(asked.count)
            results = pool.map(lambda number: fork(number, asked.seed), what)
        wrong = 0
        for number, (case, problem) in enumerate(zip(what, results, strict=True), 1):
            print(f"\r{number} ", end="", flush=True)
            if problem:
                wrong += 1
                print(f"{case}: {problem}", flush=True)
    print(f"{asked.what}: {asked.count} processes, {wrong} hung or failed (seed {asked.seed})")
    return min(wrong, 1)


if __name__ == "__main__":
    sys.exit(main())
