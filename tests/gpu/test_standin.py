"""The engine on numba.cuda's own runtime, over a stand-in driver: what the runtime does without a GPU.

Processes of their own train two models (standin/train.py) and launch every kernel (standin/implementations.py),
started by conftest.py; the tests read what they wrote.
"""

import json

import numpy as np
import pytest

from kerasnb.backend.tensor import device
from tests.gpu.models import MODELS, assert_same, trained


@pytest.fixture(scope="module")
def folder(beside):
    """Where the training process wrote its results."""
    return beside["train"].results()


@pytest.fixture(scope="module")
def facts(folder):
    return json.loads((folder / "facts.json").read_text())


@pytest.mark.parametrize("name", sorted(MODELS))
def test_training_goes_as_on_the_cpu(name, folder):
    """Through numba.cuda's arrays, dispatcher and launches, a model learns as on the CPU."""
    with device.scope("cpu"):
        expected = trained(name)
    assert_same(dict(np.load(folder / f"{name}.npz")), expected)


def test_it_was_numba_cuda(facts):
    """The engine's own runtime ran on the stand-in, and no kernel failed."""
    assert (facts["device"], facts["runtime"], facts["problems"]) == ("stand-in", "CudaRuntime", [])
    assert "gemm_tiles" in facts["kernels"]


def test_driver_calls_of_a_step(facts):
    """A step launches, copies its batch in and its logs out; it allocates, loads and waits for nothing."""
    per_step = {name: count for name, count in facts["per_step"].items() if count}
    per_step.pop("cuMemFree_v2", None)  # of earlier models: numba frees it in batches, when it likes
    assert per_step.pop("cuLaunchKernelEx") <= 40
    assert per_step == {"cuMemcpyHtoD_v2": 2, "cuMemcpyDtoH_v2": 2}


def test_full_memory_raises(facts):
    """When the device's memory is full, an error reports it."""
    assert "OUT_OF_MEMORY" in facts["full"] or "out of memory" in facts["full"].lower()


def test_every_implementation_suits_numba_cuda(beside):
    """Each operation's implementation can be prepared from numba's arrays, compiled by its dispatcher, and launched."""
    facts = json.loads((beside["implementations"].results() / "implementations.json").read_text())
    assert not facts["failed"], "\n\n".join(f"{name}: {text}" for name, text in facts["failed"].items())
    assert len(facts["launched"]) > 50
