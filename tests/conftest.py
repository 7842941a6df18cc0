"""Set up before any test file is imported."""

from __future__ import annotations

import os

# Must be set before Keras is imported anywhere: it is the judge of parity, and runs on JAX.
os.environ.setdefault("KERAS_BACKEND", "jax")
