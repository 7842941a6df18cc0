"""Two versions of kerasnb in one run: `make compare BASE=commit` (or `python benchmarks/compare.py BASE [words]`).

Each version runs in processes of its own, out of a checkout of its own; they take turns, step by step, so that a
busy moment of the machine hits both. Shown are medians in milliseconds and the ratio of this version to the base:
below 1 it has become faster.
"""

from __future__ import annotations

import argparse
import json
import os
import pathlib
import statistics
import subprocess
import sys
import tempfile

ROOT = pathlib.Path(__file__).resolve().parent.parent

# Serves the steps of models and single operations of one checkout; the peers of operations are left out.
SERVE = """
import json, os, sys, time
answers = os.fdopen(os.dup(1), "w")
os.dup2(2, 1)
sys.path.insert(0, os.environ["THIS_BENCHMARKS"])  # both versions train the models of this checkout
import peers
from cases import CASES
del sys.path[0]
try:
    import operations
except ImportError:  # its name before
    import rooms as operations
nothing = lambda *_: None
operations.with_torch = operations.with_jax = operations.with_blas = nothing
models, built = {}, {}

def timed(function):
    start = time.perf_counter()
    function()
    return (time.perf_counter() - start) * 1e3

def run(kind, name):
    if kind == "cases":
        return [*(("model", c) for c in CASES), *(("operation", c) for c in operations.CASES)]
    if kind == "model":
        model = models[name] = models.get(name) or peers.make("kerasnb", name)
        start = time.perf_counter()
        steps = model.epoch()
        return [(time.perf_counter() - start) / steps * 1e3]
    if name not in built:
        built[name] = operations.CASES[name]()["kerasnb"]
    for step in built[name]:
        step()
    return [statistics_of(step) for step in built[name]]

def statistics_of(step):
    return sorted(timed(step) for _ in range(5))[2]

def answer(line):
    try:
        return run(*json.loads(line))
    except Exception:  # the base does not have everything that this version has
        return None

for line in sys.stdin:
    print(json.dumps(answer(line)), file=answers, flush=True)
"""


class Version:
    """One checkout, served by a process.

    Args:
        checkout: Folder of the checkout.
    """

    def __init__(self, checkout: pathlib.Path):
        self.process = subprocess.Popen(
            [sys.executable, "-c", SERVE], stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL,
            text=True, cwd=checkout / "benchmarks",
            env={
                **os.environ,
                "PYTHONPATH": f"{checkout / 'benchmarks'}{os.pathsep}{checkout}",
                "THIS_BENCHMARKS": str(ROOT / "benchmarks"),
            },
        )  # fmt: skip

    def ask(self, kind: str, name: str = "") -> list | None:
        """The answer to one request, None where this version cannot do it.

        Raises:
            RuntimeError: If the process has stopped.
        """
        self.process.stdin.write(json.dumps([kind, name]) + "\n")
        self.process.stdin.flush()
        line = self.process.stdout.readline()
        if not line:
            raise RuntimeError(f"The process stopped at {kind} {name}")
        return json.loads(line)

    def close(self) -> None:
        """Ends the process."""
        self.process.stdin.close()
        self.process.wait()


def compared(base: Version, this: Version, words: list[str], rounds: int) -> dict:
    """The medians of both versions by case."""
    result = {}
    for kind, name in this.ask("cases"):
        if words and not any(word in name for word in words):
            continue
        if any(version.ask(kind, name) is None for version in (base, this)):
            print(f"{name:58} {'not in both':>9}", flush=True)
            continue
        times: list = [[], []]
        for turn in range(rounds + 1):
            for answers, version in zip(times, (base, this), strict=True):
                answer = version.ask(kind, name)
                if turn:  # the first turns compile and warm up
                    answers.append(answer)
        parts = ["step"] if kind == "model" else ["forward", "forward + backward"]
        for part, before, now in zip(parts, zip(*times[0], strict=True), zip(*times[1], strict=True), strict=True):
            pair = result[f"{name}, {part}"] = statistics.median(before), statistics.median(now)
            print(f"{name + ', ' + part:58} {pair[0]:9.3f} {pair[1]:9.3f}   {pair[1] / pair[0]:.3f}", flush=True)
    return result


def main() -> None:
    """Makes a checkout of the base, compares, and removes it again."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("base", help="the commit to compare with")
    parser.add_argument("words", nargs="*", help="only cases whose name contains one of these")
    parser.add_argument("--rounds", type=int, default=15)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        checkout = pathlib.Path(folder) / "base"
        subprocess.run(["git", "worktree", "add", "--detach", "--quiet", checkout, options.base], cwd=ROOT, check=True)
        try:
            versions = [Version(checkout), Version(ROOT)]
            print(f"{'':58} {'base':>9} {'this':>9}   ratio")
            compared(*versions, options.words, options.rounds)
            for version in versions:
                version.close()
        finally:
            subprocess.run(["git", "worktree", "remove", "--force", checkout], cwd=ROOT, check=True)


if __name__ == "__main__":
    main()
