"""A process that forks soon after `compile`, and whose children train. `chaos.py` starts it.

python -m tests.robust.forked "fork|pool|pool of one" seconds
"""

from __future__ import annotations

import faulthandler
import multiprocessing
import os
import sys
import time

import numpy as np

from tests.robust.victim import fit, model


def job(number: int) -> bool:
    """What a child does: a model of its own, from the beginning."""
    return bool(np.isfinite(fit()))


def main(way: str, delay: float) -> None:
    """Compiles a model, waits a moment, and forks."""
    faulthandler.enable()
    first = model()
    time.sleep(delay)
    if way == "fork":
        child = os.fork()
        if not child:
            os._exit(0 if job(0) and np.isfinite(fit(first)) else 1)
        assert os.waitpid(child, 0)[1] == 0
    else:
        with multiprocessing.get_context("fork").Pool(1 if way == "pool of one" else 2) as pool:
            assert all(pool.map(job, range(3)))
    assert np.isfinite(fit(first))  # the parent goes on as well
    print("trained", flush=True)


if __name__ == "__main__":
    main(sys.argv[1], float(sys.argv[2]))
