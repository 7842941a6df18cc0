"""Optimizers can be recorded: a replayed step changes weights like the eager one."""

import numpy as np
import pytest

from kerasnb import ops, optimizers
from kerasnb.backend.tensor.variable import Variable
from tests.optimizers.test_optimizers import CASES, IDS, START, STEPS
from tests.recorded import Replayed


def created(name, options, rate=0.05):
    optimizer = getattr(optimizers, name)(learning_rate=rate, **options)
    variables = [Variable(w, name=n) for n, w in START.items()]
    optimizer.build(variables)
    return optimizer, variables


def replayed(optimizer, variables):
    def step(*gradients):
        optimizer.apply(list(gradients), variables)
        return []

    return Replayed(step, *STEPS[0].values())


@pytest.mark.parametrize(("name", "options"), CASES, ids=IDS)
def test_replayed_steps_are_the_eager_ones(name, options):
    """No optimizer reads a value while it is recorded; ten replays give the weights and slots of ten eager steps."""
    (recorded, mine), (eager, theirs) = created(name, options), created(name, options)
    step = replayed(recorded, mine)
    for gradients in STEPS:
        step(*gradients.values())
        eager.apply([ops.convert_to_tensor(g) for g in gradients.values()], theirs)
    for a, b in zip(mine + recorded.variables, theirs + eager.variables, strict=True):
        np.testing.assert_allclose(a.numpy(), b.numpy(), rtol=1e-5, atol=1e-6, err_msg=a.path)


def test_learning_rate_set_between_replays_counts():
    """The recorded step reads the learning rate anew each time."""
    optimizer, variables = created("SGD", {})
    step = replayed(optimizer, variables)
    ones = [np.ones_like(w) for w in START.values()]
    step(*ones)
    optimizer.learning_rate = 0.5
    before = variables[0].numpy()
    step(*ones)
    np.testing.assert_allclose(variables[0].numpy(), before - 0.5, rtol=1e-5)


def test_schedule_moves_on_inside_a_replayed_step():
    """A recorded step asks the schedule with the number of each replay."""
    schedule = optimizers.schedules.ExponentialDecay(0.5, 1, 0.5)
    optimizer, variables = created("SGD", {}, rate=schedule)
    step = replayed(optimizer, variables)
    ones = [np.ones_like(w) for w in START.values()]
    for _ in range(3):
        step(*ones)
    np.testing.assert_allclose(variables[1].numpy(), START["bias"] - 0.875, rtol=1e-5)
