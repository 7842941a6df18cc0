"""What a model's outputs mean: shares of classes, or values."""

from __future__ import annotations

from typing import Any

import numpy as np

from kerasnb.widgets.inspect.arithmetic.activations import name_of


class Answers:
    """Predictions as shares of classes.

    Args:
        model: The model that made them.
        predictions: Array of shape (samples, outputs).

    Example:

    >>> from kerasnb.widgets.inspect.answers import Answers
    >>> model = keras.Sequential([keras.Input((2,)), keras.layers.Dense(1, activation="sigmoid")])
    >>> Answers(model, np.array([[0.25]])).shares
    array([[0.75, 0.25]])
    """

    def __init__(self, model: Any, predictions: np.ndarray) -> None:
        values = np.asarray(predictions, np.float64)
        self.values = values.reshape(len(values), -1)
        self.kind = _kind(model, self.values, predictions.ndim)

    @property
    def is_of_classes(self) -> bool:
        """Whether the outputs are those of a classifier."""
        return self.kind != "values"

    @property
    def adds_up(self) -> bool:
        """Whether the shares of a sample add up to one."""
        return self.kind in ("shares", "logits", "binary", "binary logits")

    @property
    def shares(self) -> np.ndarray:
        """Shares of shape (samples, classes)."""
        with np.errstate(over="ignore", invalid="ignore"):  # far logits are 0 or 1, and infinite ones have no share
            if self.kind in ("binary", "binary logits"):
                one = self.values if self.kind == "binary" else 1 / (1 + np.exp(-self.values))
                return np.concatenate([1 - one, one], 1)
            if self.kind == "logits":
                powers = np.exp(self.values - self.values.max(-1, keepdims=True))
                return powers / powers.sum(-1, keepdims=True)
            return self.values


def _kind(model: Any, values: np.ndarray, rank: int) -> str:
    """What the outputs are: shares, logits, binary, binary logits, labels (several at once), or values."""
    if rank != 2:
        return "values"
    last, loss = name_of(_last(model)), _loss(model)
    within = bool(np.all((values >= 0) & (values <= 1)))
    if values.shape[1] == 1:
        if last == "sigmoid" or (within and "Binary" in loss):
            return "binary"
        return "binary logits" if "Binary" in loss else "values"
    if within and np.allclose(values.sum(-1), 1, atol=1e-2):
        return "shares"
    if last == "sigmoid":
        return "labels"
    return "logits" if "Crossentropy" in loss or "Hinge" in loss else "values"


def _last(model: Any) -> Any:
    """The layer that the output comes from."""
    layers = getattr(model, "layers", None)
    return _last(layers[-1]) if layers else model


def _loss(model: Any) -> str:
    """The loss that the model was compiled with, as the name of its class."""
    loss = getattr(model, "loss", None)
    if isinstance(loss, (list, tuple)) and loss:
        loss = loss[0]
    name = loss if isinstance(loss, str) else getattr(loss, "__name__", type(loss).__name__)
    return "".join(part.capitalize() for part in name.split("_")) if "_" in name else name
