"""Layers without a window: Dense, Embedding, normalization, activations, merging."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from kerasnb.widgets.inspect.arithmetic import activations
from kerasnb.widgets.inspect.arithmetic.steps import Steps, code_of, literal, times
from kerasnb.widgets.inspect.tap import Call, array
from kerasnb.widgets.kit.words import number


def dense(call: Call, sample: int, index: tuple[int, ...]) -> Steps:
    """Dense: the last axis of the input times a column of weights."""
    layer, unit = call.layer, index[-1]
    field = call.input(sample)[index[:-1]].astype(float)
    kernel = array(layer.kernel).astype(float)
    bias = np.zeros(kernel.shape[1]) if layer.bias is None else array(layer.bias).astype(float)
    weights = kernel[:, unit]

    def total(at: int | None) -> Any:
        return field @ kernel + bias if at is None else float(field @ kernel[:, at] + bias[at])

    value, before, formula, code = activations.finish(layer.activation, unit, total)
    rows = [(times(len(field)), float(field @ weights))]
    if layer.bias is not None:
        rows.append((f"+ bias of unit {unit}", float(bias[unit])))
    return Steps(
        value, rows + before, formula, field, weights, origin=[*((i, i) for i in index[:-1]), (0, len(field) - 1)],
        size=float(np.abs(field * weights).sum() + abs(bias[unit])),
        code=code_of(field, weights, float(bias[unit]), code),
        captions=("input", "weights"),
    )  # fmt: skip


def embedding(call: Call, sample: int, index: tuple[int, ...]) -> Steps:
    """Embedding: a row of the table."""
    table = array(call.layer.embeddings)
    row = int(call.input(sample)[index[:-1]])
    value = float(table[row, index[-1]])
    rows = [(f"row {row} of the table, column {index[-1]}", value)]
    return Steps(
        value, rows, f"embeddings[{row}, {index[-1]}]", origin=[(i, i) for i in index[:-1]], code=f"value = {value!r}"
    )


def batch_normalization(call: Call, sample: int, index: tuple[int, ...]) -> Steps:
    """BatchNormalization: with the moving mean and variance, as in inference."""
    layer, x = call.layer, call.input(sample)
    axis = layer.axis[0] if isinstance(layer.axis, (list, tuple)) else layer.axis
    channel = index[axis if axis < 0 else axis - 1]
    mean, variance = (float(array(v)[channel]) for v in (layer.moving_mean, layer.moving_variance))
    gamma = 1.0 if layer.gamma is None else float(array(layer.gamma)[channel])
    beta = 0.0 if layer.beta is None else float(array(layer.beta)[channel])
    return _normalized(float(x[index]), mean, variance, float(layer.epsilon), (gamma, beta), index)


def layer_normalization(call: Call, sample: int, index: tuple[int, ...]) -> Steps:
    """LayerNormalization: with the mean and the variance of the sample."""
    layer, x = call.layer, call.input(sample).astype(float)
    given = layer.axis if isinstance(layer.axis, (list, tuple)) else [layer.axis]
    axes = [a if a >= 0 else a + x.ndim + 1 for a in given]
    seen = x[tuple(slice(None) if i + 1 in axes else n for i, n in enumerate(index))]
    at = tuple(index[a - 1] for a in axes)
    gamma = 1.0 if layer.gamma is None else float(array(layer.gamma)[at])
    beta = 0.0 if layer.beta is None else float(array(layer.beta)[at])
    mean, variance = float(seen.mean()), float(seen.var())
    steps = _normalized(float(x[index]), mean, variance, float(layer.epsilon), (gamma, beta), index)
    steps.origin = [(0, x.shape[i] - 1) if i + 1 in axes else (n, n) for i, n in enumerate(index)]
    return steps


def _normalized(x: float, mean: float, variance: float, epsilon: float, scale: tuple, index: tuple) -> Steps:
    gamma, beta = scale
    deviation = float(np.sqrt(variance + epsilon))
    centred = (x - mean) / deviation
    rows = [
        ("input", x), ("− mean", mean), ("/ √(variance + epsilon)", deviation), ("normalized", centred),
        ("× gamma", gamma), ("+ beta", beta),
    ]  # fmt: skip
    code = (
        f"x, mean, deviation, gamma, beta = {x!r}, {mean!r}, {deviation!r}, {gamma!r}, {beta!r}\n"
        "value = (x - mean) / deviation * gamma + beta"
    )
    size = (abs(x) + abs(mean)) / deviation * abs(gamma) + abs(beta)
    return Steps(
        centred * gamma + beta, rows, f"{number(centred)} × {number(gamma)} + {number(beta)}",
        origin=[(i, i) for i in index], size=size, code=code,
    )  # fmt: skip


def activation(call: Call, sample: int, index: tuple[int, ...]) -> Steps:
    """Activation, ReLU, LeakyReLU, ELU, PReLU, Softmax."""
    layer, x = call.layer, call.input(sample).astype(float)
    kind, z = type(layer).__name__, float(x[index])
    origin, rows = [(i, i) for i in index], [("input", z)]
    if kind == "Activation":
        row = x[index[:-1]]
        value, _, formula, code = activations.finish(
            layer.activation, index[-1], lambda at: row if at is None else float(row[at])
        )
        if getattr(layer.activation, "__name__", "") in activations.WHOLE:
            origin[-1] = (0, x.shape[-1] - 1)
        return Steps(value, rows, formula, origin=origin, code=f"z = {z!r}\n{code}" if code else "")
    if kind == "Softmax":
        return _softmax(layer, x, index)
    value, formula, code = _piecewise(layer, kind, z, index)
    return Steps(value, rows, formula, origin=origin, code=f"z = {z!r}\nvalue = {code}")


def _softmax(layer: Any, x: np.ndarray, index: tuple[int, ...]) -> Steps:
    axis = layer.axis if layer.axis < 0 else layer.axis - 1 - x.ndim
    units = np.moveaxis(x, axis, -1)[tuple(n for i, n in enumerate(index) if i != x.ndim + axis)]
    powers, at = np.exp(units - units.max()), index[axis]
    origin = [(0, x.shape[i] - 1) if i == x.ndim + axis else (n, n) for i, n in enumerate(index)]
    code = f"z = {literal(units)}\nvalue = (np.exp(z - z.max()) / np.exp(z - z.max()).sum())[{at}]"
    formula = f"e^({number(units[at])}) / sum of e^z over {len(units)} units"
    return Steps(float(powers[at] / powers.sum()), [("input", float(units[at]))], formula, origin=origin, code=code)


def _piecewise(layer: Any, kind: str, z: float, index: tuple[int, ...]) -> tuple[float, str, str]:
    """The value, the formula and the code of ReLU and its kin."""
    if kind == "ReLU":
        slope, threshold = float(layer.negative_slope or 0), float(layer.threshold or 0)
        top = np.inf if layer.max_value is None else float(layer.max_value)
        low = slope * (z - threshold)
        words = f"max(0, {number(z)})" if not (slope or threshold) and np.isinf(top) else f"relu({number(z)})"
        limit = "np.inf" if np.isinf(top) else repr(top)
        code = f"np.minimum(z, {limit}) if z >= {threshold!r} else {slope!r} * (z - {threshold!r})"
        return min(z, top) if z >= threshold else low, words, code
    if kind == "ELU":
        slope = float(layer.alpha)
        below = slope * float(np.expm1(min(z, 0.0)))
        code = f"z if z > 0 else {slope!r} * np.expm1(z)"
        return (z if z > 0 else below), f"{number(slope)} × (e^z − 1) below zero", code
    slope = float(layer.negative_slope) if kind == "LeakyReLU" else _slope(layer, index)
    return (z if z >= 0 else slope * z), f"× {number(slope)} below zero", f"z if z >= 0 else {slope!r} * z"


def _slope(layer: Any, index: tuple[int, ...]) -> float:
    """The learned slope of PReLU at a place; shared axes have one entry."""
    alpha = array(layer.alpha)
    return float(alpha[tuple(0 if alpha.shape[i] == 1 else n for i, n in enumerate(index))])


MERGES: dict[str, tuple[str, Callable]] = {
    "Add": ("+", np.sum), "Subtract": ("−", lambda v: v[0] - v[1]), "Multiply": ("×", np.prod),
    "Average": ("+", np.mean), "Maximum": ("", np.max), "Minimum": ("", np.min),
}  # fmt: skip


def merge(call: Call, sample: int, index: tuple[int, ...]) -> Steps:
    """Add, Subtract, Multiply, Average, Maximum, Minimum: one number of each input."""
    kind = type(call.layer).__name__
    sign, function = MERGES[kind]
    arrays = [call.input(sample, k) for k in range(len(call.inputs))]
    values = np.array([_broadcast(a, index) for a in arrays], float)
    rows = [(f"{sign} input {k + 1}".strip() if k else "input 1", float(v)) for k, v in enumerate(values)]
    names = {"Average": f"sum / {len(values)}", "Maximum": "the largest", "Minimum": "the smallest"}
    code = {"Add": "v.sum()", "Subtract": "v[0] - v[1]", "Multiply": "v.prod()", "Average": "v.mean()",
            "Maximum": "v.max()", "Minimum": "v.min()"}[kind]  # fmt: skip
    return Steps(
        float(function(values)), rows, names.get(kind, ""), origin=[(i, i) for i in index],
        size=float(np.abs(values).sum()), code=f"v = {literal(values)}\nvalue = {code}",
    )  # fmt: skip


def _broadcast(values: np.ndarray, index: tuple[int, ...]) -> float:
    at = index[len(index) - values.ndim :]
    return float(values[tuple(0 if n == 1 else i for n, i in zip(values.shape, at, strict=True))])


def rescaling(call: Call, sample: int, index: tuple[int, ...]) -> Steps:
    """Rescaling: times a scale, plus an offset."""
    layer, z = call.layer, float(call.input(sample)[index])
    channel = index[-1]
    scale, offset = (float(np.atleast_1d(v)[channel if np.size(v) > 1 else 0]) for v in (layer.scale, layer.offset))
    rows = [("input", z), ("× scale", scale), ("+ offset", offset)]
    code = f"value = {z!r} * {scale!r} + {offset!r}"
    size = abs(z * scale) + abs(offset)
    return Steps(z * scale + offset, rows, "", origin=[(i, i) for i in index], size=size, code=code)
