"""Distributions that need rejection or sorting: drawn on the host, the same on every device."""

from __future__ import annotations

import numpy as np

from kerasnb.backend.autodiff.op import Op
from kerasnb.backend.tensor.tensor import Spec

# --- spec ------------------------------------------------------------------------------------------


def _drawn_spec(state: Spec, *_, shape, stream=0) -> Spec:
    return Spec(tuple(shape), "float64")


def _permutation_spec(state: Spec, *, count) -> Spec:
    return Spec((count,), "int32")


# --- reference -------------------------------------------------------------------------------------


def _generator(state, stream: int = 0) -> np.random.Generator:
    """NumPy's Philox (Salmon et al., SC'11) keyed by a seed state."""
    return np.random.Generator(np.random.Philox(key=[int(state[0]) | int(state[1]) << 32, stream]))


def _gamma_reference(state, alpha, *, shape, stream=0):
    return _generator(state, stream).gamma(np.broadcast_to(alpha, shape))


def _binomial_reference(state, counts, probabilities, *, shape):
    n = np.broadcast_to(counts, shape).astype(np.int64)
    return _generator(state).binomial(n, np.broadcast_to(probabilities, shape)).astype(np.float64)


def _permutation_reference(state, *, count):
    return _generator(state).permutation(count).astype(np.int32)


# --- record ----------------------------------------------------------------------------------------

gamma = Op("random_gamma", spec=_drawn_spec, reference=_gamma_reference)
binomial = Op("random_binomial", spec=_drawn_spec, reference=_binomial_reference)
permutation = Op("random_permutation", spec=_permutation_spec, reference=_permutation_reference)
