"""Runs the CUDA implementation of one operation in the simulator, and records the kernels it launched."""

from __future__ import annotations

import numpy as np

from tests.gpu.runtime import SimRuntime, host_calls_of, kernels_of, simulated_gpu
from tests.promises import ops
from tests.samples.table import SAMPLES


class Run:
    """One run of an operation's CUDA implementation.

    Attributes:
        ins: Host arrays, the inputs after the run.
        outs: Host arrays, the outputs.
        kernels: List of `Launched`.
        host_calls: List of the calls that were no launches.
    """

    def __init__(self, op, ins, attrs, **how):
        with simulated_gpu(**how) as gpu:
            arrays = [gpu.from_host(a) for a in ins]
            outs = arrays[: op.mutates] or [gpu.empty(s.shape, s.dtype) for s in ops.specs_of(op, ins, attrs)]
            calls = op.implementations["cuda"](arrays, outs, **attrs)
            for function, args in calls:
                function(*args)
            self.ins, self.outs = _on_host(gpu, arrays), _on_host(gpu, outs)
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


def check_cuda(op, ins, attrs) -> list:
    """The CUDA implementation gives the reference's values, leaves its inputs alone, and runs on the device.

    It does so to the bit whatever the order of threads, and with a single warp where kernels allow any launch.

    Returns:
        The kernels that were launched.
    """
    before = [np.array(a, order="C") for a in ins]
    expected = ops.expected_of(op, before, attrs)
    run, again = Run(op, before, attrs), Run(op, before, attrs, backwards=True, narrow=True)
    assert not run.host_calls or op.name in DECIDES, f"{op.name} runs {run.host_calls} on the host"
    for out, other, value in zip(run.outs, again.outs, expected, strict=True):
        label = f"{op.name} {attrs} {[a.shape for a in ins]}"
        np.testing.assert_allclose(out, value.reshape(out.shape), err_msg=label, **tolerance(op, value))
        np.testing.assert_array_equal(out, other, err_msg=f"{label}: the order or number of threads matters")
    for array, after in list(zip(before, run.ins, strict=True))[op.mutates :]:
        np.testing.assert_array_equal(array, after, err_msg=f"{op.name} wrote into an input")
    return run.kernels
