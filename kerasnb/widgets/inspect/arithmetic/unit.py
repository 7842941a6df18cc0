"""The arithmetic of one unit of any layer, checked against the engine's value."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from kerasnb.backend.tensor.dtypes import standardize_dtype
from kerasnb.widgets.inspect.arithmetic import moves, recurrent, transposed, units, windows
from kerasnb.widgets.inspect.arithmetic.steps import Steps
from kerasnb.widgets.inspect.tap import Call

Arithmetic = Callable[[Call, int, tuple], Steps]
EXACT = 1e-6
EPSILON = {"float16": 9.77e-4, "bfloat16": 7.82e-3, "float64": 2.3e-16}
MOVES = {
    "Flatten", "Reshape", "Permute", "RepeatVector", "Concatenate", "Identity",
    *(f"{kind}{rank}D" for kind in ("Cropping", "ZeroPadding") for rank in (1, 2, 3)), "UpSampling1D", "UpSampling3D",
}  # fmt: skip
UNCHANGED = {
    "Dropout", "SpatialDropout1D", "SpatialDropout2D", "SpatialDropout3D", "GaussianDropout", "GaussianNoise",
    "AlphaDropout", "ActivityRegularization",
}  # fmt: skip


def _arithmetics() -> dict[str, Arithmetic]:
    """The arithmetic by the class of the layer."""
    made: dict[str, Arithmetic] = {
        "Dense": units.dense, "Embedding": units.embedding, "BatchNormalization": units.batch_normalization,
        "LayerNormalization": units.layer_normalization, "Rescaling": units.rescaling, "LSTM": recurrent.recurrent,
        "GRU": recurrent.recurrent, "SimpleRNN": recurrent.recurrent, "Bidirectional": recurrent.bidirectional,
    }  # fmt: skip
    for rank in (1, 2, 3):
        made[f"Conv{rank}D"], made[f"DepthwiseConv{rank}D"] = windows.convolution, windows.depthwise
        made[f"Conv{rank}DTranspose"] = transposed.transposed
        for kind in ("Max", "Average"):
            made[f"{kind}Pooling{rank}D"], made[f"Global{kind}Pooling{rank}D"] = windows.pooling, windows.global_pooling
    made |= dict.fromkeys(("Activation", "ReLU", "LeakyReLU", "ELU", "PReLU", "Softmax"), units.activation)
    made |= dict.fromkeys(units.MERGES, units.merge) | dict.fromkeys(MOVES, moves.moved)
    return made | dict.fromkeys(UNCHANGED, moves.unchanged)


ARITHMETICS = _arithmetics()


def arithmetic(call: Call, sample: int, index: tuple[int, ...]) -> Steps:
    """Computes one number of a layer's output step by step.

    Args:
        call: The call of the layer.
        sample: Integer, the sample in the batch that the call saw.
        index: Tuple, the index into the output without the batch.

    Raises:
        ValueError: If this kind of layer is not shown in single numbers.
    """
    layer = call.layer
    kind = type(layer).__name__
    known = type(layer).__module__.startswith("kerasnb.")
    if kind == "UpSampling2D" and layer.interpolation == "nearest":
        return moves.moved(call, sample, index)
    if kind not in ARITHMETICS or not known or _is_adapted(layer):
        raise ValueError(f"{layer.name} ({kind}) is not shown in single numbers: choose a layer before or after it")
    return ARITHMETICS[kind](call, sample, index)


def _is_adapted(layer: object) -> bool:
    """Whether the layer computes with other weights than it shows: quantized ones."""
    return getattr(layer, "quantization_mode", None) is not None


def check(steps: Steps, call: Call, engine: float) -> tuple[bool, str]:
    """Compares the arithmetic with the engine's value.

    Args:
        steps: The arithmetic.
        call: The call of the layer.
        engine: Float, what the engine computed.

    Returns:
        Tuple of whether they are equal within rounding, and the words.
    """
    off = abs(steps.value - engine)
    if steps.value == engine or off <= EXACT:
        return True, "equal to the engine's value within 1e-6"
    dtype = standardize_dtype(call.layer.compute_dtype)
    bound = EPSILON.get(dtype, EXACT) * max(1.0, abs(engine), steps.size) * (1 if dtype == "float32" else 4)
    if np.isfinite(off) and off <= bound:
        return True, f"equal to the engine's value within {off:.1e}: {dtype} rounds each step"
    return False, f"the engine's value is {engine:.6g}: the difference is {off:.1e}"
