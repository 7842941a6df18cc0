"""Chunks of a job on several threads."""

from __future__ import annotations

import subprocess
import sys
import threading

import pytest

from kerasnb.backend.runtime.chunks import run


def test_every_chunk_is_done_once():
    """All chunks are done when the call returns, whoever did them."""
    done = []
    run(lambda a, b: done.append((a, b)), [(i, -i) for i in range(50)])
    assert sorted(done) == [(i, -i) for i in range(50)]


def test_what_a_chunk_raises_is_raised():
    """An error in a chunk is raised after all chunks have ended."""
    done = []

    def kernel(i):
        done.append(i)
        if i == 3:
            raise ValueError("chunk 3")

    with pytest.raises(ValueError, match="chunk 3"):
        run(kernel, [(i,) for i in range(8)])
    assert sorted(done) == list(range(8))


def test_many_callers_at_once():
    """Callers in several threads do not wait for each other's chunks."""
    done = [[] for _ in range(6)]
    threads = [threading.Thread(target=run, args=(done[t].append, [(i,) for i in range(200)])) for t in range(6)]
    for t in threads:
        t.start()
    for t in threads:
        t.join()
    assert [sorted(d) for d in done] == [list(range(200))] * 6


FORK = """
import os
from kerasnb.backend.runtime.chunks import run
run(int, [(1,), (2,), (3,)])
pid = os.fork()
if pid == 0:
    done = []
    run(done.append, [(i,) for i in range(20)])
    os._exit(0 if len(done) == 20 else 1)
raise SystemExit(os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]))
"""


def test_forked_child():
    """A forked child gets helpers of its own."""
    assert subprocess.run([sys.executable, "-W", "ignore", "-c", FORK], timeout=120).returncode == 0
