"""Branches and loops of a recorded step, and bfloat16, on the simulated GPU: the same numbers as on the host."""

import numpy as np
import pytest

from kerasnb import ops
from kerasnb.backend.autodiff.recording import Recording
from kerasnb.backend.autodiff.tape import GradientTape
from kerasnb.backend.plan.plan import Plan
from kerasnb.backend.tensor import device
from kerasnb.backend.tensor.tensor import Tensor
from kerasnb.kernels.identity import copy
from tests.gpu.runtime import simulated_gpu


def _step(x):
    """One branch, one loop of unknown length, one long enough to be rolled, and a gradient."""
    with GradientTape() as tape:
        y = ops.cond(ops.sum(x) > 1, lambda: x * x, lambda: x)
        last, states = ops.scan(lambda c, r: (c * r, c), ops.ones((2,)), ops.reshape(ops.repeat(x, 64), (64, 2)))
        loss = ops.sum(y) + ops.sum(last) + ops.sum(states)
    grown = ops.while_loop(lambda a: ops.sum(a) < 50.0, lambda a: a * 2.0, x)
    return [y, last, grown, tape.gradient(loss, x)]


def test_regions():
    """Which plan runs next is decided by a flag from the device; copies between turns stay there."""
    x = np.array([1.001, 0.999], "float32")
    with simulated_gpu():
        with Recording() as recording:
            slot = Tensor(None, x.shape, "float32")
            made = _step(slot)
        plan, runtime = Plan(recording, [slot], made, copy), device.runtime()
        runtime.copy_into(plan.inputs[0], x)
        plan.replay()
        result = [runtime.to_host(o) for o in plan.outputs]
    for f, e in zip(result, _step(ops.convert_to_tensor(x)), strict=True):
        np.testing.assert_allclose(f, e.numpy(), rtol=1e-4)


def test_bfloat16_runs_on_the_host(monkeypatch):
    """The CUDA implementations know no bfloat16: it is computed on the host, with a warning."""
    monkeypatch.setattr(device, "_warned", set())
    with simulated_gpu(), pytest.warns(UserWarning, match="has no GPU kernel: it runs on the host"):
        x = ops.cast(np.array([1.0, 2.0, 4.0], "float32"), "bfloat16")
        y = ops.log2(x) + 1
        assert y.dtype == "bfloat16" and ops.cast(y, "float32").tolist() == [1.0, 2.0, 3.0]
