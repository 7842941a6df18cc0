"""Training on the simulated device: the same trajectory as on the CPU, and no needless calls of the driver."""

import numpy as np
import pytest

from kerasnb.backend.tensor import device
from tests.gpu.models import BATCH, MODELS, assert_same, classifier, data, trained
from tests.gpu.runtime import simulated_gpu


@pytest.mark.parametrize("name", sorted(MODELS))
def test_training_goes_as_on_the_cpu(name):
    """History, weights, evaluation and predictions agree; so they do, bit for bit, when threads run backwards."""
    with device.scope("cpu"):
        expected = trained(name)
    with simulated_gpu() as gpu:
        result = trained(name)
    with simulated_gpu(backwards=True):
        again = trained(name)
    assert_same(result, expected)
    assert all(np.array_equal(result[key], again[key]) for key in result)
    assert gpu.kernels["gemm_tiles"]


def test_a_step_asks_for_no_more_than_it_needs():
    """A step allocates nothing, copies its batch to the device, and reads nothing but its logs."""
    x, y = data()
    with simulated_gpu() as gpu:
        model = classifier()
        model.fit(x, y, batch_size=BATCH, verbose=0)
        counts = []
        for repeat in (1, 2):
            gpu.counts.clear()
            model.fit(np.tile(x, (repeat, 1)), np.tile(y, repeat), batch_size=BATCH, verbose=0)
            counts.append(gpu.counts.copy())
    per_step = {name: count * BATCH / len(x) for name, count in (counts[1] - counts[0]).items()}
    assert per_step.pop("launches") <= 40
    assert per_step == {"to_device": 2, "to_host": 2, "synchronisations": 2}
