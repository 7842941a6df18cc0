"""Set up before any test file is imported."""

from __future__ import annotations

import gc
import os
import signal

# Real Keras is the judge of parity: on JAX, on the CPU, however this machine is set up.
os.environ["KERAS_BACKEND"] = "jax"
os.environ["JAX_PLATFORMS"] = "cpu"
# It computes each case once, so what its compiler saves by not optimizing is never lost again.
os.environ.setdefault("XLA_FLAGS", "--xla_backend_optimization_level=0 --xla_llvm_disable_expensive_passes=true")

# A shell starts what runs in its background with interrupts ignored, and processes hand that on to those they start.
if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    signal.signal(signal.SIGINT, signal.default_int_handler)

import pytest

import kerasnb
from tests import seeded

kerasnb.config.disable_traceback_filtering()  # whoever reads a failure needs all frames


def pytest_collection_finish():
    """What all tests share is not looked at again: `clear_session` collects garbage each time, of 700,000 objects."""
    gc.collect()
    gc.freeze()


@pytest.fixture(autouse=True)
def _seeded(request):
    """A generator of random numbers for each test, by its name."""
    with seeded.entry(request.node.nodeid):
        yield
