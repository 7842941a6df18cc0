"""Units that do nothing: always zero behind a ReLU, or always at the end of a sigmoid or tanh."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

from kerasnb.backend.autodiff import recording
from kerasnb.backend.tensor.tensor import Tensor

MOST = 256  # samples that are looked at
NEAR, OFTEN = 0.01, 0.95  # a unit is saturated that is this near to its limits in this share of all cases
LIMITS = {"sigmoid": (0.0, 1.0), "tanh": (-1.0, 1.0)}


class Units(NamedTuple):
    """How many of a layer's units do nothing: `dead` or `saturated`."""

    kind: str
    idle: int
    total: int

    def words(self) -> str:
        """As text with their share, "healthy" where there are none."""
        if not self.idle:
            return "healthy"
        return f"{self.idle} of {self.total} {self.kind} · {100 * self.idle / self.total:.0f} %"


class _Outputs:
    """A tape that keeps what activations return, by the path of the layer."""

    def __init__(self) -> None:
        self.found: dict[str, tuple[str, np.ndarray]] = {}

    def append(self, record: Any) -> None:
        """Looks at a call."""
        name = record.attrs.get("activation", record.op.name)
        if name == "relu" or name in LIMITS:
            self.found[recording.where()] = name, np.asarray(record.outs[0].numpy())


def unit_states(model: Any, x: Any) -> dict[str, Units]:
    """Finds the units of each layer that do nothing for a sample of inputs.

    Args:
        model: A model that takes `x`.
        x: Inputs, as for `model.predict`.

    Returns:
        Dict of `Units` by the path of the layer; layers without a ReLU, sigmoid or tanh are not in it.
    """
    outputs = _Outputs()
    recording.open_tape(outputs)
    try:
        model(_first(x), training=False)
    finally:
        recording.close_tape(outputs)
    return {path: _units(*found) for path, found in outputs.found.items() if found[1].ndim > 1}


def _first(x: Any) -> Any:
    if isinstance(x, dict):
        return {name: _first(value) for name, value in x.items()}
    if isinstance(x, (list, tuple)):
        return [_first(value) for value in x]
    return x[:MOST] if not isinstance(x, Tensor) else x


def _units(activation: str, values: np.ndarray) -> Units:
    cases = values.reshape(-1, values.shape[-1])
    if activation == "relu":
        return Units("dead", int((cases <= 0).all(axis=0).sum()), cases.shape[1])
    low, high = LIMITS[activation]
    ended = (cases <= low + NEAR) | (cases >= high - NEAR)
    return Units("saturated", int((ended.mean(axis=0) >= OFTEN).sum()), cases.shape[1])
