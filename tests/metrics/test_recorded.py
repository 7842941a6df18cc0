"""Metrics can be recorded: replayed updates count like eager ones."""

import numpy as np
import pytest

from kerasnb import metrics
from tests.metrics.test_metrics import CASES, NAMES
from tests.recorded import Replayed


@pytest.mark.parametrize(("name", "options", "batch"), CASES, ids=NAMES)
@pytest.mark.parametrize("weighted", [False, True], ids=["plain", "weighted"])
def test_replayed_updates_count_like_eager_ones(name, options, batch, weighted):
    """No metric reads a value while it is recorded; after three replays the result is the eager one."""
    recorded, eager = (getattr(metrics, name)(**options) for _ in range(2))
    weight = np.array([2, 0, 1, 1, 3], "int32" if "IoU" in name else "float32")
    batches = [(*batch(5), weight)[: 3 if weighted else 2] for _ in range(3)]

    def update(*tensors):
        recorded.update_state(*tensors)
        return []

    step = Replayed(update, *batches[0])
    for arrays in batches:
        step(*arrays)
        eager.update_state(*arrays)
    np.testing.assert_allclose(np.asarray(recorded.result()), np.asarray(eager.result()), rtol=1e-5, atol=1e-6)
