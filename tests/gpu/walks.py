"""Runs the `cuda` walk of one operation in the simulator, and remembers the kernels it launched."""

from __future__ import annotations

import numpy as np

from tests.gpu.runtime import SimRuntime, host_calls_of, kernels_of, simulated_gpu
from tests.promises import ops
from tests.samples.table import SAMPLES


class Walk:
    """One run of an operation's `cuda` walk.

    Attributes:
        ins: Host arrays, the inputs after the run.
        outs: Host arrays, the outputs.
        kernels: List of `Launched`.
        host_calls: List of the calls that were no launches.
    """

    def __init__(self, op, ins, attrs, **how):
        with simulated_gpu(**how) as gpu:
            given = [gpu.from_host(a) for a in ins]
            outs = given[: op.mutates] or [gpu.empty(s.shape, s.dtype) for s in ops.specs_of(op, ins, attrs)]
            calls = op.implementations["cuda"](given, outs, **attrs)
            for function, args in calls:
                function(*args)
            self.ins, self.outs = _on_host(gpu, given), _on_host(gpu, outs)
        self.kernels, self.host_calls = kernels_of(calls), host_calls_of(calls)


# The generator's ways to broadcast are proved with these; other elementwise operations differ in their formula only.
EVERY_PATTERN = {"add", "where", "cast"}
DECIDES = {"choose", "repeat_while"}  # the host reads a flag, and launches one plan or another


def samples_of(op) -> list:
    """The inputs an operation is tried with on the GPU."""
    samples = SAMPLES.get(op.name, [])
    return samples[:1] if op.elementwise and op.name not in EVERY_PATTERN else samples


def _on_host(gpu: SimRuntime, arrays) -> list[np.ndarray]:
    return [gpu.to_host(a) for a in arrays]


def tolerance(op, expected: np.ndarray) -> dict:
    """How far a result may be from the reference: rounding of its dtype, larger where sums are large."""
    if expected.dtype.kind != "f":
        return {"rtol": 0, "atol": 0}
    finite = np.abs(expected[np.isfinite(expected)], dtype="float64")
    scale = max(1.0, float(finite.max(initial=0)))
    unit = float(np.finfo(expected.dtype).eps)
    return {"rtol": 200 * unit, "atol": 20 * unit * scale}


def check_walk(op, ins, attrs) -> list:
    """The `cuda` walk gives the reference's values, leaves its inputs alone, and runs on the device.

    It does so to the bit whatever the order of threads, and with a single warp where kernels allow any launch.

    Returns:
        The kernels that were launched.
    """
    before = [np.array(a, order="C") for a in ins]
    expected = ops.expected_of(op, before, attrs)
    walk, again = Walk(op, before, attrs), Walk(op, before, attrs, backwards=True, narrow=True)
    assert not walk.host_calls or op.name in DECIDES, f"{op.name} runs {walk.host_calls} on the host"
    for found, other, wanted in zip(walk.outs, again.outs, expected, strict=True):
        label = f"{op.name} {attrs} {[a.shape for a in ins]}"
        np.testing.assert_allclose(found, wanted.reshape(found.shape), err_msg=label, **tolerance(op, wanted))
        np.testing.assert_array_equal(found, other, err_msg=f"{label}: the order or number of threads matters")
    for given, after in list(zip(before, walk.ins, strict=True))[op.mutates :]:
        np.testing.assert_array_equal(given, after, err_msg=f"{op.name} wrote into an input")
    return walk.kernels
