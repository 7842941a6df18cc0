"""Set up before any test file is imported."""

from __future__ import annotations

import os

# Real Keras is the judge of parity: on JAX, on the CPU, however this machine is set up.
os.environ["KERAS_BACKEND"] = "jax"
os.environ["JAX_PLATFORMS"] = "cpu"

import pytest

from tests import seeded


@pytest.fixture(autouse=True)
def _seeded(request):
    """A generator of random numbers for each test, by its name."""
    with seeded.entry(request.node.nodeid):
        yield
