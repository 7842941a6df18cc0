"""What the environment says about how a lesson runs."""

from __future__ import annotations

import os

# Whether the cells marked `full-size` train on all of the data: KERASNB_FULL=1.
full_size = os.environ.get("KERASNB_FULL", "") not in ("", "0")


def seed() -> int:
    """The seed of a lesson: KERASNB_SEED, so that a class or a test gets another run of the same notebook."""
    return int(os.environ.get("KERASNB_SEED", "") or 1)
