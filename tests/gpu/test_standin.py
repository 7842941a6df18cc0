"""The engine on numba.cuda's own runtime, over a stand-in driver: what the runtime does without a GPU.

A process of its own trains two models (standin/train.py); the tests read what it wrote.
"""

import json
import subprocess
import sys

import numpy as np
import pytest

from kerasnb.backend import device
from tests.gpu.models import MODELS, assert_same, trained
from tests.gpu.standin import driver


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """Where the other process wrote its results."""
    made = tmp_path_factory.mktemp("standin")
    command = [sys.executable, "-m", "tests.gpu.standin.train", str(made)]
    done = subprocess.run(command, env=driver.environment(made), capture_output=True, text=True, timeout=300)
    assert done.returncode == 0, done.stderr[-4000:]
    return made


@pytest.fixture(scope="module")
def facts(folder):
    return json.loads((folder / "facts.json").read_text())


@pytest.mark.parametrize("name", sorted(MODELS))
def test_training_goes_as_on_the_cpu(name, folder):
    """Through numba.cuda's arrays, dispatcher and launches, a model learns as on the CPU."""
    with device.scope("cpu"):
        wanted = trained(name)
    assert_same(dict(np.load(folder / f"{name}.npz")), wanted)


def test_it_was_numba_cuda(facts):
    """The engine's own runtime ran on the stand-in, and no kernel failed."""
    assert (facts["device"], facts["runtime"], facts["problems"]) == ("stand-in", "CudaRuntime", [])
    assert "gemm_tiles" in facts["kernels"]


def test_what_a_step_asks_of_the_driver(facts):
    """A step launches, copies its batch in and its logs out; it allocates, loads and waits for nothing."""
    per_step = {name: count for name, count in facts["per_step"].items() if count}
    per_step.pop("cuMemFree_v2", None)  # what earlier models held: numba frees it in batches, when it likes
    assert per_step.pop("cuLaunchKernelEx") <= 40
    assert per_step == {"cuMemcpyHtoD_v2": 2, "cuMemcpyDtoH_v2": 2}


def test_full_memory_is_told(facts):
    """When the device's memory is full, an error says so."""
    assert "OUT_OF_MEMORY" in facts["full"] or "out of memory" in facts["full"].lower()
