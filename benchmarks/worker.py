"""One peer in a process of its own. Reads commands from stdin, answers with one JSON line each."""

from __future__ import annotations

import json
import os
import resource
import sys
import time


def rounds(function, seconds: float) -> list[float]:
    """Times of repeated calls, at least three, for about `seconds`."""
    times, end = [], time.perf_counter() + seconds
    while len(times) < 3 or time.perf_counter() < end:
        start = time.perf_counter()
        function()
        times.append(time.perf_counter() - start)
    return times


def peak_mb() -> float:
    """The largest resident size of this process so far."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def main() -> None:
    """Serves commands until stdin ends."""
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
    answers = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)  # what the peers print must not mix with the answers
    from peers import make

    name, case = sys.argv[1], sys.argv[2]
    peer = make(name, case)
    commands = {
        "warm": lambda: [peer.epoch(), peer.epoch(), peer.predict_one()] and 0,
        "epoch": lambda: _epoch(peer),
        "predict": lambda: sorted(rounds(peer.predict_one, 0.3))[1] * 1e3,
        "memory": peak_mb,
    }
    for line in sys.stdin:
        print(json.dumps(commands[line.strip()]()), file=answers, flush=True)


def _epoch(peer) -> float:
    start = time.perf_counter()
    steps = peer.epoch()
    return (time.perf_counter() - start) / steps * 1e3


if __name__ == "__main__":
    main()
