"""Half precision on the GPU: every kind of kernel takes it, agrees with the reference and needs no library."""

import numpy as np
import pytest

from kerasnb.backend.autodiff.op import REGISTRY
from tests.gpu.assembly import assert_clean, inspect
from tests.gpu.implementations import check_cuda
from tests.samples.table import SAMPLES

NAMES = ["add", "softplus", "floor", "where", "relu_grad", "transpose", "sum", "max", "softmax", "normalize_rows"]
NAMES += ["crossentropy_logits", "sparse_crossentropy_logits_grad", "crossentropy_probabilities", "matmul", "dense"]


@pytest.mark.parametrize("name", NAMES)
def test_half_precision(name):
    """Loaded and stored as it is, computed in float32: the compiler needs no function of half precision."""
    ins, attrs = SAMPLES[name][0]
    ins = [a.astype(np.float16) if a.dtype == np.float32 else a for a in ins]
    for launched in check_cuda(REGISTRY[name], ins, attrs):
        report = inspect(launched.kernel, launched.signature, (8, 0))
        assert_clean(report, launched.threads)
        assert ".extern .func" not in report.ptx
