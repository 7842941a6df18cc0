"""Products and sums on the GPU: batches that broadcast, and dtypes that the fast kernels do not know."""

import numpy as np
import pytest

from kerasnb.kernels.matmul import matmul
from kerasnb.kernels.sum import total
from tests.gpu.assembly import assert_clean, inspect
from tests.gpu.implementations import check_cuda

SHAPES = [((2, 1, 4, 5), (3, 5, 6)), ((1, 4, 5), (3, 5, 6)), ((3, 4, 5), (2, 3, 5, 6)), ((4, 5), (2, 3, 5, 6))]


def numbers(shape, dtype):
    return np.random.default_rng(0).uniform(-9, 9, shape).astype(dtype)


@pytest.mark.parametrize("left, right", SHAPES)
def test_batches_broadcast(left, right):
    """Each operand is repeated along the axes of the batch that it lacks."""
    check_cuda(matmul, [numbers(left, "float32"), numbers(right, "float32")], {})


@pytest.mark.parametrize("dtype", ["float64", "int32", "int64", "uint8"])
def test_other_dtypes(dtype):
    """Double precision and integers are multiplied as they are, with a transposed operand too."""
    for launched in check_cuda(matmul, [numbers((5, 7), dtype), numbers((5, 9), dtype)], {"ta": True}):
        assert_clean(inspect(launched.kernel, launched.signature, (8, 0)), launched.threads, float64=dtype == "float64")


@pytest.mark.parametrize("dtype", ["uint8", "uint32", "int64", "float64"])
def test_sums_of_other_dtypes(dtype):
    """Sums of unsigned integers are exact modulo their range, though shuffles know signed ones only."""
    for launched in check_cuda(total, [numbers((5, 70), dtype)], {"axes": (1,)}):
        assert_clean(inspect(launched.kernel, launched.signature, (8, 0)), launched.threads, float64=dtype == "float64")
