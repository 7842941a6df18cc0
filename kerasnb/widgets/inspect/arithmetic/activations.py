"""Activation functions in float64, and as formulas."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np

from kerasnb import activations, ops
from kerasnb.widgets.kit.words import number

SELU = 1.0507009873554805, 1.6732632423543772
# By name: the function in NumPy, and its formula, in which z is the number.
KNOWN: dict[str, tuple[str, str]] = {
    "relu": ("np.maximum(0.0, z)", "max(0, {z})"),
    "relu6": ("np.clip(z, 0.0, 6.0)", "min(6, max(0, {z}))"),
    "leaky_relu": ("np.where(z > 0, z, 0.2 * z)", "{z}, × 0.2 below zero"),
    "sigmoid": ("1 / (1 + np.exp(-z))", "1 / (1 + e^−({z}))"),
    "hard_sigmoid": ("np.clip(z / 6 + 0.5, 0.0, 1.0)", "{z} / 6 + 0.5, within 0 and 1"),
    "tanh": ("np.tanh(z)", "tanh({z})"),
    "softplus": ("np.logaddexp(0.0, z)", "log(1 + e^({z}))"),
    "softsign": ("z / (1 + np.abs(z))", "{z} / (1 + |{z}|)"),
    "silu": ("z / (1 + np.exp(-z))", "{z} / (1 + e^−({z}))"),
    "exponential": ("np.exp(z)", "e^({z})"),
    "elu": ("np.where(z > 0, z, np.exp(z) - 1)", "{z}, e^z − 1 below zero"),
    "selu": (f"{SELU[0]} * np.where(z > 0, z, {SELU[1]} * (np.exp(z) - 1))", "selu({z})"),
    "softmax": ("np.exp(z - z.max()) / np.exp(z - z.max()).sum()", "e^({z}) / sum of e^z over all units"),
}
WHOLE = ("softmax", "log_softmax", "sparsemax", "glu")  # functions of all units of the last axis
SATURATES = {"sigmoid": (0.01, 0.99), "tanh": (-0.98, 0.98), "hard_sigmoid": (0.0, 1.0)}
DIES = ("relu", "relu6", "sparsemax")


def name_of(layer: Any) -> str:
    """The name of a layer's activation; an empty string for none."""
    if type(layer).__name__ in ("ReLU", "LeakyReLU", "ELU", "PReLU", "Softmax"):
        return {"ReLU": "relu", "Softmax": "softmax"}.get(type(layer).__name__, "")
    function = getattr(layer, "activation", None)
    name = getattr(function, "__name__", type(function).__name__)
    return "" if function is None or function is activations.linear else name


def apply(function: Any, z: Any) -> np.ndarray:
    """An activation function of numbers: our own where it is known, else the engine's.

    Args:
        function: Activation function.
        z: Array of float64.
    """
    z = np.asarray(z, np.float64)
    if function is None or function is activations.linear:
        return z
    known = KNOWN.get(getattr(function, "__name__", ""))
    if known is not None and function is getattr(activations, function.__name__, None):
        return evaluated(known[0], z)
    if function is activations.gelu:
        return np.vectorize(lambda v: 0.5 * v * (1 + math.erf(v / math.sqrt(2))))(z)
    return np.asarray(ops.convert_to_numpy(function(ops.convert_to_tensor(z))), np.float64)


def evaluated(code: str, z: np.ndarray) -> np.ndarray:
    """The code of a known activation, at numbers."""
    with np.errstate(over="ignore"):
        return np.asarray(eval(code, {"np": np, "z": z}))


def finish(function: Any, at: int, z: Callable[[int | None], Any]) -> tuple[float, list, str, str]:
    """The last step: from the sum to the value.

    Args:
        function: Activation function or None.
        at: Integer, which unit of the last axis.
        z: Function that returns the sum of the unit, or with None those of all units of the last axis.

    Returns:
        Tuple of the value, the row `before`, the formula, and the code of the step.
    """
    own = float(z(at))
    if function is None or function is activations.linear:
        return own, [], "", "value = z"
    name = getattr(function, "__name__", type(function).__name__)
    code, formula = KNOWN.get(name, ("", f"{name}({{z}})"))
    rows, formula = [(f"before {name}", own)], formula.replace("{z}", number(own))
    if name in WHOLE:
        every = np.asarray(z(None), np.float64)
        value = float(apply(function, every)[at])
        step = f"units = np.array({every.tolist()})  # this unit among the others\nunits[{at}] = z\nz = units\n"
        return value, rows, formula, f"{step}value = ({code})[{at}]" if code else ""
    return float(apply(function, own)), rows, formula, f"value = {code}" if code else ""
