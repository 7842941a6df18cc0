"""Losses can be recorded: a replayed step gives the numbers of the eager one."""

import numpy as np
import pytest

from kerasnb import losses
from tests.losses.test_losses import CASES, IDS
from tests.recorded import Replayed


@pytest.mark.parametrize(("name", "options", "pair"), CASES, ids=IDS)
def test_replayed_loss_is_the_eager_one(name, options, pair):
    """No loss reads a value while it is recorded, and the replay agrees to float32 rounding."""
    loss = getattr(losses, name)(**options)
    replayed = Replayed(lambda y_true, y_pred: [loss(y_true, y_pred)], *pair)
    (value,) = replayed(*pair)
    np.testing.assert_allclose(value, np.asarray(loss(*pair)), rtol=1e-5, atol=1e-6)
