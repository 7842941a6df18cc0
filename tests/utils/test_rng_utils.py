"""One seed decides everything that is random."""

from __future__ import annotations

import random

import numpy as np
import pytest

from kerasnb import initializers
from kerasnb import random as keras_random
from kerasnb.utils import set_random_seed


def draws() -> tuple:
    return (
        random.random(),
        np.random.rand(),
        keras_random.normal((3,)).numpy().tolist(),
        initializers.GlorotUniform()((2, 2)).numpy().tolist(),
    )


def test_same_seed_same_draws():
    """Python, NumPy, initializers and keras.random all follow the seed."""
    set_random_seed(7)
    first = draws()
    again = draws()
    set_random_seed(7)
    assert draws() == first != again


@pytest.mark.parametrize("seed", [1.5, "1", None])
def test_seed_must_be_an_integer(seed):
    """Another type is refused with Keras' words."""
    with pytest.raises(ValueError, match=r"Expected `seed` argument to be an integer. Received: seed="):
        set_random_seed(seed)


def test_refused_seed_changes_nothing():
    """A seed that NumPy cannot take leaves Python's generator as it was."""
    state = random.getstate()
    with pytest.raises(ValueError, match="between 0 and"):
        set_random_seed(-1)
    assert random.getstate() == state
