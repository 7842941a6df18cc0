"""Pools of given extents, against real Keras."""

import keras
import numpy as np
import pytest

from kerasnb import KerasTensor, ops
from tests.ops.judge import check, close, floats


@pytest.mark.parametrize("name", ["adaptive_average_pool", "adaptive_max_pool"])
@pytest.mark.parametrize(
    ("shape", "size"), [((2, 7, 3), 3), ((2, 7, 6, 2), (3, 4)), ((1, 6, 8, 2), (2, 8)), ((1, 5, 4, 6, 2), (2, 3, 4))]
)
def test_adaptive_pools(shape, size, name):
    """Values and gradients for one to three axes, windows that overlap and that do not, channels anywhere."""
    x = floats(*shape)
    check(name, x, output_size=size)
    found = getattr(ops, name)(np.moveaxis(x, -1, 1), size, data_format="channels_first").numpy()
    np.testing.assert_array_equal(np.moveaxis(found, 1, -1), getattr(ops, name)(x, size).numpy())


def test_adaptive_pools_grow_and_keep_dtypes():
    """More windows than elements; integers keep their largest; unknown extents stay unknown; a wrong size fails."""
    x = floats(1, 3, 2)
    for name in ("adaptive_average_pool", "adaptive_max_pool"):
        close(getattr(ops, name)(x, 5), getattr(keras.ops, name)(x, 5), 1e-6)
        assert getattr(ops, name)(KerasTensor((None, None, 8, 3)), (2, 60)).shape == (None, 2, 60, 3)
        with pytest.raises(ValueError, match="output_size"):
            getattr(ops, name)(x, (1, 2))
    found = ops.adaptive_max_pool(np.arange(6).reshape(1, 6, 1).astype("int8"), 4)
    assert (found.dtype, found.numpy().ravel().tolist()) == ("int8", [1, 2, 4, 5])
