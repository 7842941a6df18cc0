"""Names for the annotations of public functions."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, TypeAlias

import numpy as np

from kerasnb.backend.tensor.keras_tensor import KerasTensor
from kerasnb.backend.tensor.tensor import Tensor
from kerasnb.backend.tensor.variable import Variable

#: Whatever an operation accepts: a tensor of any kind, a NumPy array, a number, or a nested list of them.
TensorLike: TypeAlias = "Tensor | KerasTensor | Variable | np.ndarray | np.generic | complex | Sequence[Any]"
#: The extents of a tensor; None stands for an unknown one.
Shape: TypeAlias = "Sequence[int | None]"
#: One axis, several, or None (what that means, the operation says).
Axis: TypeAlias = "int | Sequence[int] | None"
#: A dtype by name, or as NumPy has it.
DType: TypeAlias = "str | np.dtype | type"
