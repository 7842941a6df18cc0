"""One seed for everything that is random."""

from __future__ import annotations

import random

import numpy as np

from kerasnb.backend.tensor import seed as backend_seed
from kerasnb.random.seed_generator import restart_global_seed_generator


def set_random_seed(seed: int) -> None:
    """Sets all random seeds: Python's, NumPy's and that of kerasnb.

    After it, weights, shuffles and dropout are the same in every run, on any number of threads.

    Args:
        seed: Integer, the random seed to use.

    Raises:
        ValueError: If `seed` is not an integer.

    Example:

    >>> keras.utils.set_random_seed(812)
    >>> first = keras.initializers.GlorotUniform()((2, 2)).numpy()
    >>> keras.utils.set_random_seed(812)
    >>> bool((keras.initializers.GlorotUniform()((2, 2)).numpy() == first).all())
    True
    """
    if not isinstance(seed, int):
        raise ValueError(f"Expected `seed` argument to be an integer. Received: seed={seed} (of type {type(seed)})")
    np.random.seed(seed)  # first: it is the one that refuses some integers
    random.seed(seed)
    backend_seed.set_global_seed(seed)
    restart_global_seed_generator()
