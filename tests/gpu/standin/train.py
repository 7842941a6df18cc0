"""Trains small models through numba.cuda's own runtime on the stand-in driver; writes what came out to a folder.

Started as a process of its own by tests/gpu/test_standin.py.
"""

from __future__ import annotations

import json
import pathlib
import sys

import numpy as np

from kerasnb.backend.tensor import device
from tests.gpu.models import BATCH, MODELS, classifier, data, trained
from tests.gpu.standin.driver import Driver


def counts_per_step(driver: Driver) -> dict[str, float]:
    """The driver calls of one more step, once everything is compiled."""
    model, (x, y), counts = classifier(), data(), []
    for repeat in (1, 1, 2):
        driver.reset()
        model.fit(np.tile(x, (repeat, 1)), np.tile(y, repeat), batch_size=BATCH, verbose=0)
        counts.append(driver.counts())
    names = sorted(set(counts[1]) | set(counts[2]))
    return {name: (counts[2].get(name, 0) - counts[1].get(name, 0)) * BATCH / len(x) for name in names}


def message_when_full(driver: Driver) -> str:
    """What the user reads when the memory of the device is full."""
    driver.limit_memory(0)
    try:
        device.runtime().empty((1000,), np.float32)
    except Exception as problem:  # whatever its type, it is the message that is tested
        return f"{type(problem).__name__}: {problem}"
    return ""


def main(folder: pathlib.Path) -> None:
    driver = Driver()
    device.set_current("cuda")
    for name in MODELS:
        np.savez(folder / f"{name}.npz", **trained(name))
    facts = {
        "device": device.runtime().cuda.get_current_device().name,
        "runtime": type(device.runtime()).__name__,
        "kernels": sorted(set(driver.launched)),
        "problems": [repr(p) for p in driver.problems],
        "per_step": counts_per_step(driver),
        "full": message_when_full(driver),
    }
    (folder / "facts.json").write_text(json.dumps(facts))


if __name__ == "__main__":
    main(pathlib.Path(sys.argv[1]))
