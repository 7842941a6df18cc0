"""The learning rate: a few steps with larger and larger ones, and where the loss falls fastest."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from kerasnb import tree
from kerasnb.model.training.session import check_free
from kerasnb.widgets.checks.keep import built, unchanged
from kerasnb.widgets.kit import words
from kerasnb.widgets.lesson.lines import lines

SMOOTH = 0.9  # of the mean of the losses before
EARLY = 8  # steps until that mean is steady
AROUND = 7  # steps over which a slope is taken
WORSE = 4.0  # times the lowest loss: further rates only destroy the weights


class Rate(float):
    """A learning rate that was found: a number, which a notebook shows with the curve that it comes from.

    Attributes:
        rates: The learning rates that were tried.
        losses: The loss at each of them, smoothed.
    """

    rates: list[float]
    losses: list[float]

    def _repr_mimebundle_(self, include: Any = None, exclude: Any = None, **_: Any) -> dict:
        return self.figure()._repr_mimebundle_()

    def figure(self) -> Any:
        """The curve of the losses over the learning rates."""
        alt = "The loss stays, falls, and rises: the rate that is returned lies where it falls fastest."
        ticks = [words.rate(rate) for rate in self.rates]
        title = f"Loss by learning rate: {words.rate(self)} is a good start"
        return lines({"loss": self.losses}, alt=alt, title=title, x=ticks, x_title="learning rate, growing each step")


def lr_find(
    model: Any, x: Any, y: Any, batch_size: int = 32, low: float = 1e-6, high: float = 1.0, steps: int = 80
) -> Rate:
    """Finds a learning rate: it trains with one that grows from step to step, and puts everything back.

    Afterwards weights, optimizer, metrics and random numbers are to the bit what they were.

    Args:
        model: Model, compiled.
        x: Inputs: an array, or a list or dict of arrays.
        y: Targets, for as many samples.
        batch_size: Integer, samples in each step. Defaults to `32`.
        low: Number, the smallest learning rate. Defaults to `1e-6`.
        high: Number, the largest one. Defaults to `1.0`.
        steps: Integer, how many are tried, at least 10. Defaults to `80`.

    Returns:
        A float. A notebook shows it with its curve.

    Raises:
        ValueError: If the model is not compiled, its learning rate follows a schedule, or an argument does not fit.

    Example:

    >>> import kerasnb.widgets as kw
    >>> model = keras.Sequential([keras.Input((4,)), keras.layers.Dense(1)])
    >>> model.compile("sgd", "mse")
    >>> x = np.random.rand(64, 4)
    >>> 1e-6 < kw.lr_find(model, x, x[:, :1]) < 1.0
    True
    """
    _check_arguments(low, high, steps, batch_size)
    model._assert_compiled("lr_find()")
    check_free(model)
    built(model, tree.map_structure(lambda a: np.asarray(a)[:batch_size], x))
    before = model.optimizer.learning_rate
    if not hasattr(before, "assign"):
        raise ValueError("The learning rate of `model` follows a schedule: compile it with a number first.")
    rates = np.geomspace(low, high, steps)
    with unchanged(model):
        losses = _losses(model, x, y, batch_size, rates)
    return _chosen(rates[: len(losses)], losses)


def _check_arguments(low: float, high: float, steps: int, batch_size: int) -> None:
    if not 0 < low < high < math.inf:
        raise ValueError(f"Arguments `low` and `high` must hold 0 < low < high. Received: low={low}, high={high}")
    if steps < 10 or batch_size < 1:
        raise ValueError(
            f"Argument `steps` must be at least 10, and `batch_size` at least 1. "
            f"Received: steps={steps}, batch_size={batch_size}"
        )


def _losses(model: Any, x: Any, y: Any, batch_size: int, rates: np.ndarray) -> list[float]:
    """The smoothed loss at each rate, until it is far above the lowest one."""
    order = np.random.default_rng(0)
    samples = len(tree.flatten(x)[0])
    losses: list[float] = []
    mean = 0.0
    for step, rate in enumerate(rates, 1):
        rows = order.choice(samples, min(batch_size, samples), replace=False)
        model.optimizer.learning_rate = float(rate)
        model.reset_metrics()
        part = tree.map_structure(lambda a, rows=rows: np.asarray(a)[rows], (x, y))
        loss = float(np.asarray(model.train_on_batch(*part)).ravel()[0])
        if not math.isfinite(loss):
            break
        mean = SMOOTH * mean + (1 - SMOOTH) * loss
        losses.append(mean / (1 - SMOOTH**step))
        if losses[-1] > WORSE * max(min(losses), 1e-12):
            break
    return losses


def _chosen(rates: np.ndarray, losses: list[float]) -> Rate:
    """The rate at which the loss falls fastest per decade, well before its lowest point; one digit of it."""
    if len(losses) < 10:
        raise ValueError(
            f"The loss is not finite after {len(losses)} steps at rates below {rates[-1] if len(rates) else 0:.1e}: "
            "check the data first, with `kw.check(model, x, y)`."
        )
    lowest = min(max(int(np.argmin(losses)), EARLY + 2), len(losses) - 1)  # the first means are of few losses
    part = slice(min(EARLY, lowest - 2), lowest + 1)
    slopes = np.gradient(np.asarray(losses[part]), np.log10(rates[part]))
    wide = np.convolve(slopes, np.ones(AROUND) / AROUND, "same") if len(slopes) > 2 * AROUND else slopes
    rate = min(float(rates[part][int(np.argmin(wide))]), float(rates[lowest]) / 4)
    found = Rate(float(f"{rate:.0e}"))
    found.rates, found.losses = [float(r) for r in rates], [float(loss) for loss in losses]
    return found
