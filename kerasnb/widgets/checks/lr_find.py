"""The learning rate: a few steps with larger and larger ones, and where the loss falls fastest."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from kerasnb import tree
from kerasnb.model.run.control import as_number
from kerasnb.model.training.session import check_free
from kerasnb.widgets.checks.keep import built, unchanged
from kerasnb.widgets.kit import data, words
from kerasnb.widgets.lesson.lines import lines

SMOOTH = 0.9  # of the mean of the losses before
EARLY = 8  # steps until that mean is steady
AROUND = 7  # steps over which a slope is taken
FALL = 0.01  # of the loss at small rates: less is chance
SETTLES = 40  # halvings of a loss scale, from any start
WORSE = 4.0  # times the lowest loss: further rates only destroy the weights


class Rate(float):
    """A learning rate that was found: a number, which a notebook shows with the curve that it comes from.

    Attributes:
        rates: The learning rates that were tried.
        losses: The loss at each of them, smoothed.
    """

    rates: list[float]
    losses: list[float]

    def __repr__(self) -> str:
        return words.rate(self)

    __str__ = __repr__

    def _repr_mimebundle_(self, include: Any = None, exclude: Any = None, **_: Any) -> dict:
        return self.figure()._repr_mimebundle_()

    def figure(self) -> Any:
        """The curve of the losses over the learning rates."""
        alt = "The loss stays flat, falls, and rises: the rate that is returned lies where it falls fastest."
        ticks = [_two_digits(rate) for rate in self.rates]
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
        ValueError: If the model is not compiled, its learning rate follows a schedule, an argument does not fit, or
            the loss falls at none of the rates.

    Example:

    >>> import kerasnb.widgets as kw
    >>> model = keras.Sequential([keras.Input((4,)), keras.layers.Dense(1)])
    >>> model.compile("sgd", "mse")
    >>> x = np.random.rand(64, 4)
    >>> 1e-6 < kw.lr_find(model, x, x[:, :1]) < 1.0
    True
    """
    _check_arguments(low, high, steps, batch_size)
    data.a_model(model)
    model._assert_compiled("lr_find()")
    check_free(model)
    x = data.arrays(x, "x", data.count(getattr(model, "inputs", None)))
    y = data.arrays(y, "y", data.count(getattr(model, "outputs", None)))
    data.numbered(y)
    data.samples((x, y), "x, y")
    built(model, tree.map_structure(lambda a: np.asarray(a)[:batch_size], x))
    before = model.optimizer.learning_rate
    if not hasattr(before, "assign"):
        raise ValueError("The learning rate of `model` follows a schedule: compile it with a number first.")
    rates = np.geomspace(low, high, steps)
    with unchanged(model):
        losses = _losses(model, x, y, batch_size, rates)
    return _chosen(rates[: len(losses)], losses)


def _check_arguments(low: float, high: float, steps: int, batch_size: int) -> None:
    if not 0 < as_number(low) < as_number(high) < math.inf:
        raise ValueError(f"Arguments `low` and `high` must hold 0 < low < high. Received: low={low}, high={high}")
    for name, value, least in (("steps", steps, 10), ("batch_size", batch_size, 1)):
        if isinstance(value, bool) or not isinstance(value, (int, np.integer)) or value < least:
            raise ValueError(f"Argument `{name}` must be at least {least}, a whole number. Received: {name}={value!r}")


def _losses(model: Any, x: Any, y: Any, batch_size: int, rates: np.ndarray) -> list[float]:
    """The smoothed loss at each rate, until it is far above the lowest one."""
    order = np.random.default_rng(0)
    samples = len(tree.flatten(x)[0])
    losses: list[float] = []
    mean = 0.0
    for step, rate in enumerate(rates, 1):
        rows = order.choice(samples, min(batch_size, samples), replace=False)
        model.optimizer.learning_rate = float(rate)
        part = tree.map_structure(lambda a, rows=rows: np.asarray(a)[rows], (x, y))
        loss = _step(model, part)
        if not math.isfinite(loss):
            break
        mean = SMOOTH * mean + (1 - SMOOTH) * loss
        losses.append(mean / (1 - SMOOTH**step))
        if losses[-1] > WORSE * max(min(losses), 1e-12):
            break
    return losses


def _step(model: Any, part: tuple) -> float:
    """The loss before a step that changes the weights.

    In float16 the optimizer scales the loss. Where that is too much it halves the scale, and the weights stay: a rate
    has not been tried until they move.
    """
    loss = math.nan
    for _ in range(SETTLES):
        before = _scale(model)
        model.reset_metrics()
        loss = float(np.asarray(model.train_on_batch(*part)).ravel()[0])
        if not math.isfinite(loss) or before is None or _scale(model) >= before:
            break
    return loss


def _scale(model: Any) -> Any:
    """What the optimizer multiplies the loss by; None where it does not adapt."""
    scale = getattr(model.optimizer, "dynamic_scale", None)
    return None if scale is None else float(scale.numpy())


def _chosen(rates: np.ndarray, losses: list[float]) -> Rate:
    """The rate at which the loss falls fastest per decade, well before its lowest point; one digit of it."""
    if not losses:
        raise ValueError(
            "No learning rate found: the loss is not finite at the first step. "
            "Look at the data first, with `kw.check(model, x, y)`"
        )
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
    _check_fall(rates, losses, lowest, rate)
    found = Rate(float(f"{rate:.0e}"))
    found.rates, found.losses = [float(r) for r in rates], [float(loss) for loss in losses]
    return found


def _check_fall(rates: np.ndarray, losses: list[float], lowest: int, rate: float) -> None:
    """Refuses to name a rate where the loss does not fall, or where it falls at the first one already."""
    start = max(losses[min(EARLY, lowest) : lowest + 1])
    fall = start - losses[lowest]
    span = f"from {_two_digits(float(rates[0]))} to {_two_digits(float(rates[-1]))}"
    if fall <= FALL * abs(start):
        raise ValueError(
            f"No learning rate found: the loss stays at {words.number(start)} at all rates {span}. "
            "Look at model and data with `kw.check(model, x, y)`"
        )
    if rate < 2 * rates[0]:
        raise ValueError(
            f"No learning rate found: the loss grows at all rates {span}. "
            "If the model is trained already, take a new one; else give a smaller `low`, or ask `kw.check(model, x, y)`"
        )


def _two_digits(rate: float) -> str:
    """A learning rate as an axis needs it."""
    return words.rate(float(f"{rate:.1e}"))
