"""kerasnb beside its peers, in one run: `make bench`, or `python benchmarks/bench.py [cases]` for some models alone.

Every figure is a median of interleaved rounds on this machine, every claim a ratio of such medians.
"""

from __future__ import annotations

import argparse
import compileall
import json
import os
import pathlib
import platform
import statistics
import subprocess
import sys
import tempfile
import time

from cases import CASES
from peers import BLAS, IMPORTS

HERE = pathlib.Path(__file__).parent
PEERS = ("kerasnb", "keras-jax", "keras-torch", "keras-tensorflow", "torch")


class Worker:
    """A peer's process."""

    def __init__(self, name: str, case: str):
        self.name = name
        self.process = subprocess.Popen(
            [sys.executable, HERE / "worker.py", name, case], stdin=subprocess.PIPE, stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL, text=True,
        )  # fmt: skip

    def ask(self, command: str):
        self.process.stdin.write(command + "\n")
        self.process.stdin.flush()
        line = self.process.stdout.readline()
        if not line:
            raise RuntimeError(f"{self.name} stopped")
        return json.loads(line)

    def close(self):
        self.process.stdin.close()
        self.process.wait()


def installed() -> list[str]:
    """The peers that can be imported here."""
    return [p for p in PEERS if subprocess.run([sys.executable, "-c", IMPORTS[p]], capture_output=True).returncode == 0]


def steps(case: str, peers: list[str], rounds: int) -> dict:
    """Milliseconds per training step and per single prediction, and peak memory, of each peer."""
    workers = [Worker(p, case) for p in [*peers, *(["blas"] if case in BLAS else [])]]
    for worker in workers:
        worker.ask("warm")
    times = {w.name: {"step_ms": [], "predict_ms": []} for w in workers}
    for _ in range(rounds):
        for worker in workers:
            times[worker.name]["step_ms"].append(worker.ask("epoch"))
            times[worker.name]["predict_ms"].append(worker.ask("predict"))
    result = {n: {k: statistics.median(v) for k, v in f.items()} for n, f in times.items()}
    for worker in workers:
        result[worker.name]["memory_mb"] = worker.ask("memory")
        worker.close()
    return result


def _timed(command, env=None) -> float:
    start = time.perf_counter()
    subprocess.run(command, check=True, capture_output=True, env=env)
    return time.perf_counter() - start


def fill_caches(peers: list[str], cases: list[str]) -> None:
    """Runs everything once, so that only the figures for a cold cache include compiling.

    The package becomes bytecode, as in an installation: Python would not write that of a checkout everywhere.
    """
    compileall.compile_dir(HERE.parent / "kerasnb", quiet=1)
    for case in cases:
        for peer in peers:
            worker = Worker(peer, case)
            worker.ask("warm")
            worker.close()


def imports(peers: list[str], rounds: int) -> dict:
    """Seconds that `import` takes, the interpreter's own start taken off."""
    times = {p: [] for p in peers}
    for _ in range(rounds):
        bare = _timed([sys.executable, "-c", "pass"])
        for p in peers:
            times[p].append(_timed([sys.executable, "-c", IMPORTS[p]]) - bare)
    return {p: statistics.median(t) for p, t in times.items()}


def first_steps(peers: list[str], rounds: int, case: str) -> dict:
    """Seconds from process start to the first finished step of a case, caches warm and (kerasnb) cold."""
    times: dict = {p: [] for p in peers} | {"kerasnb cold": []}
    for _ in range(rounds):
        for p in peers:
            times[p].append(_timed([sys.executable, HERE / "first_step.py", p, case]))
        with tempfile.TemporaryDirectory() as empty:
            env = {**os.environ, "KERASNB_CACHE_DIR": empty, "NUMBA_CACHE_DIR": empty}
            times["kerasnb cold"].append(_timed([sys.executable, HERE / "first_step.py", "kerasnb", case], env))
    return {p: statistics.median(t) for p, t in times.items()}


def depth() -> dict:
    """Seconds to build a model of 100 layers, and milliseconds of first steps per layer."""
    return json.loads(subprocess.run([sys.executable, HERE / "depth.py"], check=True, capture_output=True).stdout)


def operations(rounds: int) -> dict:
    """Milliseconds of single operations, which their own process prints as it goes."""
    with tempfile.TemporaryDirectory() as folder:
        figures = pathlib.Path(folder) / "operations.json"
        command = [sys.executable, HERE / "operations.py", "--rounds", str(rounds), "--json", figures]
        subprocess.run(command, check=True)
        return json.loads(figures.read_text())


def _row(name: str, values: dict, unit: str, best_of) -> str:
    others = {k: v for k, v in values.items() if k in best_of}
    best = min(others.values()) if others else float("nan")
    cells = "  ".join(f"{k} {v:.3g}" for k, v in values.items())
    return f"{name:34} {cells}  [{unit}]  best peer / kerasnb = {best / values['kerasnb']:.2f}"


def case_table(case: str, figures: dict) -> str:
    """The figures of one model as text."""
    peers = [name for name in figures if name not in ("kerasnb", "blas")]
    lines = []
    for figure, unit in (("step_ms", "ms"), ("predict_ms", "ms"), ("memory_mb", "MB")):
        lines.append(_row(f"{case} {figure}", {n: f[figure] for n, f in figures.items()}, unit, peers))
    if "blas" in figures:
        share = figures["blas"]["step_ms"] / figures["kerasnb"]["step_ms"]
        lines.append(f"{case + ' share of the BLAS limit':34} {share:.0%}")
    return "\n".join(lines)


def starts(peers: list[str], rounds: int) -> dict:
    """Seconds of imports and of first steps, printed as they come."""
    others = [p for p in peers if p != "kerasnb"]
    result = {"import_s": imports(peers, min(rounds, 5))}
    print(_row("import", result["import_s"], "s", others), flush=True)
    for case in ("mlp", "convnet"):
        figures = result[f"first_step_s {case}"] = first_steps(peers, min(rounds, 3), case)
        print(_row(f"{case}: process start to first step", figures, "s", others), flush=True)
    result["depth"] = depth()
    print("depth  " + "  ".join(f"{k} {v:.3g}" for k, v in result["depth"].items()), flush=True)
    return result


def main() -> None:
    """Runs everything, prints the table, writes JSON."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("cases", nargs="*", help=f"some of {list(CASES)} alone; nothing else is measured then")
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--json", type=pathlib.Path, default=HERE / "results" / "latest.json")
    options = parser.parse_args()
    peers, cases = installed(), options.cases or list(CASES)
    result: dict = {
        "machine": {"cpu": platform.processor(), "cores": os.cpu_count(), "python": platform.python_version()}
    }
    fill_caches(peers, [] if options.cases else cases)
    for case in cases:
        result[case] = steps(case, peers, options.rounds)
        print(case_table(case, result[case]), flush=True)
    if not options.cases:
        result |= starts(peers, options.rounds)
        result["operations_ms"] = operations(max(options.rounds, 9))
    options.json.parent.mkdir(parents=True, exist_ok=True)
    options.json.write_text(json.dumps(result, indent=1))


if __name__ == "__main__":
    main()
