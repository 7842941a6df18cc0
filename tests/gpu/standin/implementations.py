"""Prepares and launches every CUDA implementation through numba.cuda's own runtime; kernel bodies are not run.

Started as a process of its own by tests/gpu/test_standin.py, which reads what failed, by operation.
"""

from __future__ import annotations

import json
import pathlib
import sys
import traceback

from kerasnb.backend.autodiff.op import REGISTRY
from kerasnb.backend.tensor import device
from tests.gpu.implementations import samples_of
from tests.gpu.standin.driver import Driver
from tests.promises import ops


def run(op, ins, attrs) -> None:
    """Prepares one implementation with numba's arrays, launches its kernels, and reads its outputs."""
    runtime = device.runtime()
    arrays = [runtime.from_host(a) for a in ins]
    outs = arrays[: op.mutates] or [runtime.empty(s.shape, s.dtype) for s in ops.specs_of(op, ins, attrs)]
    shapes = [tuple(o.shape) for o in outs]
    for function, args in op.implementations["cuda"](arrays, outs, **attrs):
        function(*args)
    assert [runtime.to_host(o).shape for o in outs] == shapes
    assert [tuple(a.shape) for a in arrays] == [a.shape for a in ins]


ENDLESS = {"repeat_while"}  # where kernel bodies are not run its condition never changes; test_control.py simulates it


def main(folder: pathlib.Path) -> None:
    driver = Driver(simulate=False)
    device.set_current("cuda")
    failed = {}
    for name in sorted(set(REGISTRY) - ENDLESS):
        try:
            for ins, attrs in samples_of(REGISTRY[name]):
                run(REGISTRY[name], ins, attrs)
        except Exception:  # the test reports whatever failed
            failed[name] = traceback.format_exc()[-2000:]
    facts = {"launched": sorted(set(driver.launched)), "failed": failed}
    (folder / "implementations.json").write_text(json.dumps(facts))


if __name__ == "__main__":
    main(pathlib.Path(sys.argv[1]))
