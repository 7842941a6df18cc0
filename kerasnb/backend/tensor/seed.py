"""Seeds: where fresh random seeds come from."""

from __future__ import annotations

import random

_generator = random.Random()


def set_global_seed(seed: int) -> None:
    """Lets every seed that is drawn from now on follow from `seed`."""
    _generator.seed(seed)


def make_default_seed() -> int:
    """A fresh seed, where the user passes none."""
    return _generator.randint(1, int(1e9))
