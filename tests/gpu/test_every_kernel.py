"""Every CUDA implementation: run in the simulator against the reference, compiled for three generations of GPUs."""

import importlib
import pkgutil

import numpy as np
import pytest

from kerasnb import kernels
from kerasnb.backend.autodiff.op import REGISTRY
from tests.gpu.assembly import CAPABILITIES, assert_clean, inspect
from tests.gpu.implementations import check_cuda, samples_of
from tests.samples.linalg import ON_HOST as LINALG_ON_HOST

for family in pkgutil.iter_modules(kernels.__path__):
    importlib.import_module(f"kerasnb.kernels.{family.name}")  # fills the registry
# NumPy's own algorithms draw, search and solve on every device.
ON_HOST = {"beam_search", "random_binomial", "random_gamma", "random_permutation"} | LINALG_ON_HOST


def computes_float64(ins, attrs) -> bool:
    """Whether a sample computes in float64 on purpose."""
    return any(a.dtype == np.float64 for a in ins) or "float64" in attrs.values()


def ptx_of_generated(kernel):
    """Loops written by the generator are many and alike: the PTX of the oldest GPU serves all."""
    return CAPABILITIES[0] if kernel.py_func.__module__.startswith("kerasnb_loop") else None


def test_what_runs_on_the_host():
    """Only operations that are named here have no CUDA implementation."""
    assert {name for name, op in REGISTRY.items() if not op.has_implementation["cuda"]} == ON_HOST


@pytest.mark.parametrize("name", sorted(set(REGISTRY) - ON_HOST))
def test_implementation_and_kernels(name):
    """It agrees with the reference, whatever the order of threads; its kernels are clean machine code."""
    op = REGISTRY[name]
    assert samples_of(op), f"tests/samples/table.py has no inputs for {name}"
    for ins, attrs in samples_of(op):
        for launched in check_cuda(op, ins, attrs):
            for cc in CAPABILITIES:
                report = inspect(launched.kernel, launched.signature, cc, ptx_cc=ptx_of_generated(launched.kernel))
                assert_clean(report, launched.threads, float64=computes_float64(ins, attrs))
