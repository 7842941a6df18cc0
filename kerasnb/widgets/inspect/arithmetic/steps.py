"""What the arithmetic of one unit consists of."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from typing import Any

import numpy as np

GRID = 7  # the largest window that is written as a grid
LONGEST = 2048  # numbers that are copied as code
PLANES, TERMS = 32, 8  # how many channels of a window, and how many terms of a long sum, are shown


@dataclasses.dataclass
class Steps:
    """The arithmetic of one unit.

    Args:
        value: Float, the result.
        rows: List of (words, number) pairs, from the sum to the value.
        formula: String, the last step as a formula.
        field: Array of the numbers that the unit sees, NaN where there is padding; or None.
        weights: Array of the same shape, or None.
        axes: What the axes of `field` mean: `"window"` (rows, columns, channels), `"steps"` (steps, channels) or
            `"units"`.
        names: Names of the terms of a list, by their flat index; else their indices are the names.
        origin: Indices into the first input that the unit sees, as (lowest, highest) per axis; or None.
        source: Integer, which input the origin is in.
        size: Float, the sum of the sizes of all terms, for the rounding of sums.
        code: String, the same as NumPy.
    """

    value: float
    rows: list[tuple[str, float]]
    formula: str = ""
    field: np.ndarray | None = None
    weights: np.ndarray | None = None
    axes: str = "units"
    names: Sequence[str] | None = None
    origin: list[tuple[int, int]] | None = None
    source: int = 0
    size: float = 0.0
    code: str = ""
    captions: tuple[str, str] = ("receptive field", "weights")

    def shown(self) -> dict:
        """The field, the weights and the products as the page draws them: grids, or the largest terms."""
        if self.field is None:
            return {}
        products = np.asarray(self.field if self.weights is None else self.field * self.weights)
        fits = self.field.ndim == 3 and max(self.field.shape[:2]) <= GRID
        if self.axes == "window" and fits:
            return {"planes": self._planes(np.nan_to_num(products))}
        if self.field.ndim == 2 and max(self.field.shape) <= GRID:
            return {"planes": [self._plane("", ...)]}
        return self._terms(products)

    def _planes(self, products: np.ndarray) -> list[dict]:
        """A grid for each channel; those with the largest sums come first."""
        order = np.argsort(-np.abs(products.sum((0, 1))), kind="stable")[:PLANES]
        return [self._plane(f"channel {c}" if products.shape[2] > 1 else "", (..., c)) for c in order]

    def _plane(self, name: str, at: Any) -> dict:
        field = np.asarray(self.field)[at]
        return {
            "name": name,
            "field": _listed(field),
            "weights": None if self.weights is None else _listed(self.weights[at]),
            "products": None if self.weights is None else _listed(np.nan_to_num(field * self.weights[at])),
        }

    def _terms(self, products: np.ndarray) -> dict:
        flat = np.nan_to_num(products).reshape(-1)
        order = np.argsort(-np.abs(flat), kind="stable")[:TERMS]
        field = np.asarray(self.field).reshape(-1)
        weights = None if self.weights is None else self.weights.reshape(-1)
        terms = [
            {
                "name": self._name(int(i)),
                "field": None if np.isnan(field[i]) else float(field[i]),
                "weight": None if weights is None else float(weights[i]),
                "product": float(flat[i]),
            }
            for i in order
        ]
        return {"terms": terms, "rest": [int(flat.size - len(order)), float(flat.sum() - flat[order].sum())]}

    def _name(self, flat: int) -> str:
        if self.names is not None:
            return self.names[flat]
        at = np.unravel_index(flat, np.asarray(self.field).shape)
        return ", ".join(str(int(i)) for i in at)


def _listed(values: np.ndarray) -> list:
    """Rows of numbers; None is padding."""
    return [[None if np.isnan(v) else float(v) for v in row] for row in np.atleast_2d(values)]


def literal(values: Any) -> str:
    """An array as NumPy code that gives the same float64 numbers."""
    return f"np.array({np.asarray(values, np.float64).tolist()})"


def code_of(field: np.ndarray, weights: np.ndarray, bias: float, last: str) -> str:
    """The code of a weighted sum; an empty string where the numbers would fill pages.

    Args:
        field: Array of what the unit sees.
        weights: Array of the same shape.
        bias: Float.
        last: String, the code of the activation; empty where it is unknown.
    """
    if not last or field.size > LONGEST:
        return ""
    numbers = f"field = {literal(np.nan_to_num(field))}\nweights = {literal(weights)}\nbias = {bias!r}\n"
    return numbers + "z = (field * weights).sum() + bias\n" + last


def times(count: int, noun: str = "products") -> str:
    """Words for a number of terms."""
    small = ["no", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten"]
    if count == 1:
        return f"the {noun.removesuffix('s')}"
    return f"sum of the {small[count] if count < len(small) else format(count, ',')} {noun}"
