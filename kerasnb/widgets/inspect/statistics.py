"""Numbers about the parts of a layer: how its weights and gradients are spread, and which units never answer."""

from __future__ import annotations

import base64
from typing import Any

import numpy as np

from kerasnb.backend.autodiff.tape import GradientTape
from kerasnb.widgets.inspect.arithmetic.activations import DIES, SATURATES, name_of
from kerasnb.widgets.inspect.tap import Call, array
from kerasnb.widgets.kit.words import count

BINS = 41


def spread(values: np.ndarray) -> dict:
    """A strip of how numbers are spread from the largest negative to the largest positive one.

    Args:
        values: Array of numbers.

    Returns:
        Dict of `strip` (base64 of one byte for each bin: the root of its share), `top`, `rms` and `zero`.
    """
    flat = np.asarray(values, np.float64).reshape(-1)
    flat = flat[np.isfinite(flat)]
    top = float(np.abs(flat).max(initial=0.0))
    counts = np.histogram(flat, BINS, (-(top or 1.0), top or 1.0))[0]
    heights = np.sqrt(counts / max(1, counts.max()))
    strip = base64.b64encode(np.round(255 * heights).astype(np.uint8).tobytes()).decode()
    rms = float(np.sqrt(np.mean(flat**2))) if flat.size else 0.0
    return {"strip": strip, "top": top, "rms": rms, "zero": float(np.mean(flat == 0)) if flat.size else 0.0}


def of_weights(layer: Any, gradients: dict[int, np.ndarray]) -> list[dict]:
    """The spread of a layer's own weights, and of their gradients where there are some."""
    rows = []
    for weight in getattr(layer, "weights", []):
        values = array(weight)
        if values.dtype.kind != "f":
            continue
        gradient = gradients.get(id(weight))
        rows.append({
            "name": weight.name, "weight": spread(values),
            "gradient": None if gradient is None else spread(gradient),
        })  # fmt: skip
    return rows


def gradients_of(model: Any, x: Any, y: Any) -> dict[int, np.ndarray]:
    """The gradients of the compiled loss with respect to the trainable weights, by the id of the weight.

    Args:
        model: A compiled model.
        x: Inputs.
        y: Targets.
    """
    weights = model.trainable_weights
    with GradientTape() as tape:
        loss = model.compute_loss(x, y, model(x, training=False), training=False)
    found = tape.gradient(loss, weights)
    return {id(w): array(g) for w, g in zip(weights, found, strict=True) if g is not None}


def silence(call: Call, first: bool) -> dict | None:
    """Which units of a layer are dead or saturated for all samples of a batch.

    Args:
        call: The call of the layer on the batch.
        first: Boolean, whether channels come first.

    Returns:
        Dict of the `kind`, the number of units, how many there are, and the words; or None for layers that cannot be.
    """
    name, values = name_of(call.layer), array(call.outputs[0])
    if values.ndim < 2 or (name not in DIES and name not in SATURATES):
        return None
    axis = 1 if first and values.ndim > 3 else -1
    units = np.moveaxis(values, axis, -1).reshape(-1, values.shape[axis])
    if name in DIES:
        bad, kind = np.all(units == 0, 0), "dead"
        words = f"{int(bad.sum())} of {count(len(bad), 'unit')} dead: zero for all {count(len(values), 'sample')}"
    else:
        low, high = SATURATES[name]
        bad, kind = np.all((units <= low) | (units >= high), 0), "saturated"
        words = f"{int(bad.sum())} of {count(len(bad), 'unit')} saturated for all {count(len(values), 'sample')}"
    return {"kind": kind, "count": int(bad.sum()), "units": len(bad), "words": words}
