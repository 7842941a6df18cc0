"""Where a condition holds: shapes that depend on values, and so are unknown until these are there."""

from __future__ import annotations

from typing import Any

import numpy as np

from kerasnb.backend.tensor.keras_tensor import KerasTensor
from kerasnb.backend.tensor.tensor import from_host
from kerasnb.backend.typing import TensorLike
from kerasnb.ops.arguments import tensor


def true_places(x: TensorLike) -> tuple[Any, ...]:
    """The indices of the elements that are not zero, one int32 tensor for each axis; a scalar counts as one element.

    Raises:
        TracedValueError: While a step is being recorded, unless the values are known.
    """
    x = tensor(x)
    if isinstance(x, KerasTensor):
        return tuple(KerasTensor((None,), "int32") for _ in range(max(x.ndim, 1)))
    return tuple(from_host(t, "int32") for t in np.nonzero(np.atleast_1d(x.host())))
