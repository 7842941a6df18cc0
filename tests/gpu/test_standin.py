"""The engine on numba.cuda's own runtime, over a stand-in driver: what the runtime does without a GPU.

Processes of their own train two models (standin/train.py) and launch every kernel (standin/walks.py); the tests read
what they wrote.
"""

import json
import subprocess
import sys

import numpy as np
import pytest

from kerasnb.backend import device
from tests.gpu.models import MODELS, assert_same, trained
from tests.gpu.standin import driver


def results_of(module: str, folder):
    """Runs a module in a process that has the stand-in as its driver; gives the folder of its results."""
    command = [sys.executable, "-m", f"tests.gpu.standin.{module}", str(folder)]
    done = subprocess.run(command, env=driver.environment(folder), capture_output=True, text=True, timeout=300)
    assert done.returncode == 0, done.stderr[-4000:]
    return folder


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """Where the training process wrote its results."""
    return results_of("train", tmp_path_factory.mktemp("train"))


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


def test_every_walk_suits_numba_cuda(tmp_path):
    """Each operation's walk can be prepared from numba's arrays, compiled by its dispatcher, and launched."""
    found = json.loads((results_of("walks", tmp_path) / "walks.json").read_text())
    assert not found["failed"], "\n\n".join(f"{name}: {text}" for name, text in found["failed"].items())
    assert len(found["launched"]) > 50
