"""Learning rate schedules: the learning rate as a function of the step."""

from __future__ import annotations

import math
from collections.abc import Sequence

from kerasnb import ops
from kerasnb.backend.tensor.dtypes import floatx
from kerasnb.backend.tensor.tensor import Tensor
from kerasnb.backend.typing import TensorLike
from kerasnb.serialization.configured import Configured, public_class


class LearningRateSchedule(Configured):
    """The learning rate schedule base class: subclasses implement `__call__(step)` and `get_config`.

    Example:

    >>> class Halving(keras.optimizers.schedules.LearningRateSchedule):
    ...     def __call__(self, step):
    ...         return 0.1 * 0.5 ** keras.ops.cast(step, "float32")
    >>> f"{float(Halving()(1)):.2f}"
    '0.05'
    """

    def __call__(self, step: TensorLike) -> Tensor:
        """Returns the learning rate of a step, a scalar tensor."""
        raise NotImplementedError(
            f"Learning rate schedule '{self.__class__.__name__}' must override `__call__(self, step)`."
        )

    def get_config(self) -> dict:
        """Returns the schedule's configuration as a JSON-serializable dict."""
        if public_class(type(self)) is LearningRateSchedule:
            raise NotImplementedError(
                f"Learning rate schedule '{self.__class__.__name__}' must override `get_config()` in order to be "
                "serializable."
            )
        return super().get_config()


def _check_positive(name: str, value) -> None:
    if value <= 0:
        raise ValueError(f"Argument `{name}` must be > 0. Received: {name}={value}")


def _fraction(step, decay_steps, staircase: bool):
    p = ops.divide(ops.cast(step, floatx()), float(decay_steps))
    return ops.floor(p) if staircase else p


class ExponentialDecay(LearningRateSchedule):
    """A schedule with exponential decay: `initial_learning_rate * decay_rate ** (step / decay_steps)`.

    Args:
        initial_learning_rate: Float.
        decay_steps: Positive integer.
        decay_rate: Float.
        staircase: Boolean, whether `step / decay_steps` is rounded down. Defaults to `False`.
        name: Name of the schedule.

    Raises:
        ValueError: If `decay_steps` is not positive.

    Example:

    >>> schedule = keras.optimizers.schedules.ExponentialDecay(0.1, 10, 0.5)
    >>> f"{float(schedule(10)):.3f}"
    '0.050'
    """

    def __init__(
        self, initial_learning_rate: float, decay_steps: int, decay_rate: float, staircase: bool = False,
        name: str | None = "ExponentialDecay",
    ) -> None:  # fmt: skip
        _check_positive("decay_steps", decay_steps)
        self.initial_learning_rate, self.decay_steps = initial_learning_rate, decay_steps
        self.decay_rate, self.staircase, self.name = decay_rate, staircase, name

    def __call__(self, step: TensorLike) -> Tensor:
        """Returns the learning rate of a step, a scalar tensor."""
        p = _fraction(step, self.decay_steps, self.staircase)
        return ops.multiply(ops.power(float(self.decay_rate), p), self.initial_learning_rate)


class InverseTimeDecay(LearningRateSchedule):
    """A schedule with inverse time decay: `initial_learning_rate / (1 + decay_rate * step / decay_steps)`.

    Args:
        initial_learning_rate: Float.
        decay_steps: Positive integer.
        decay_rate: Float.
        staircase: Boolean, whether `step / decay_steps` is rounded down. Defaults to `False`.
        name: Name of the schedule.

    Raises:
        ValueError: If `decay_steps` is not positive.

    Example:

    >>> schedule = keras.optimizers.schedules.InverseTimeDecay(0.1, 1, 1.0)
    >>> f"{float(schedule(1)):.3f}"
    '0.050'
    """

    def __init__(
        self, initial_learning_rate: float, decay_steps: int, decay_rate: float, staircase: bool = False,
        name: str | None = "InverseTimeDecay",
    ) -> None:  # fmt: skip
        _check_positive("decay_steps", decay_steps)
        self.initial_learning_rate, self.decay_steps = initial_learning_rate, decay_steps
        self.decay_rate, self.staircase, self.name = decay_rate, staircase, name

    def __call__(self, step: TensorLike) -> Tensor:
        """Returns the learning rate of a step, a scalar tensor."""
        p = _fraction(step, self.decay_steps, self.staircase)
        return ops.divide(self.initial_learning_rate, ops.add(ops.multiply(p, self.decay_rate), 1.0))


class PiecewiseConstantDecay(LearningRateSchedule):
    """A schedule that is constant between boundaries.

    Args:
        boundaries: List of increasing steps; each value holds up to and including its boundary.
        values: List of learning rates, one more than boundaries.
        name: Name of the schedule.

    Raises:
        ValueError: If there is not one value more than boundaries.

    Example:

    >>> schedule = keras.optimizers.schedules.PiecewiseConstantDecay([10], [1.0, 0.5])
    >>> [float(schedule(step)) for step in (10, 11)]
    [1.0, 0.5]
    """

    def __init__(
        self, boundaries: Sequence[float], values: Sequence[float], name: str | None = "PiecewiseConstant"
    ) -> None:
        if len(boundaries) != len(values) - 1:
            raise ValueError(
                "The length of boundaries should be 1 less than the length of values. Received: "
                f"boundaries={boundaries} of length {len(boundaries)}, and values={values} of length {len(values)}."
            )
        self.boundaries, self.values, self.name = boundaries, values, name

    def __call__(self, step: TensorLike) -> Tensor:
        """Returns the learning rate of a step, a scalar tensor."""
        step = ops.convert_to_tensor(step)
        rate = ops.convert_to_tensor(float(self.values[-1]))
        for boundary, value in zip(reversed(self.boundaries), reversed(self.values[:-1]), strict=True):
            rate = ops.where(ops.less_equal(step, boundary), float(value), rate)
        return rate


class PolynomialDecay(LearningRateSchedule):
    """A schedule that falls to `end_learning_rate` as a polynomial.

    `(initial - end) * (1 - step / decay_steps) ** power + end`, where steps above `decay_steps`
    count as that.

    Args:
        initial_learning_rate: Float.
        decay_steps: Positive integer.
        end_learning_rate: Float. Defaults to `0.0001`.
        power: Float; 1 is a straight line. Defaults to `1.0`.
        cycle: Boolean, whether the decay starts again beyond `decay_steps`. Defaults to `False`.
        name: Name of the schedule.

    Raises:
        ValueError: If `decay_steps` is not positive.

    Example:

    >>> schedule = keras.optimizers.schedules.PolynomialDecay(1.0, 10, end_learning_rate=0.0)
    >>> float(schedule(5))
    0.5
    """

    def __init__(
        self, initial_learning_rate: float, decay_steps: int, end_learning_rate: float = 0.0001, power: float = 1.0,
        cycle: bool = False, name: str | None = "PolynomialDecay",
    ) -> None:  # fmt: skip
        _check_positive("decay_steps", decay_steps)
        self.initial_learning_rate, self.decay_steps = initial_learning_rate, decay_steps
        self.end_learning_rate, self.power, self.cycle, self.name = end_learning_rate, power, cycle, name

    def __call__(self, step: TensorLike) -> Tensor:
        """Returns the learning rate of a step, a scalar tensor."""
        step = ops.cast(step, floatx())
        length = ops.convert_to_tensor(float(self.decay_steps))
        if self.cycle:
            rounds = ops.ceil(ops.divide(step, float(self.decay_steps)))
            length = ops.multiply(length, ops.where(ops.equal(step, 0.0), 1.0, rounds))
        else:
            step = ops.minimum(step, length)
        left = ops.power(ops.subtract(1.0, ops.divide(step, length)), float(self.power))
        return ops.add(ops.multiply(left, self.initial_learning_rate - self.end_learning_rate), self.end_learning_rate)


class CosineDecay(LearningRateSchedule):
    """A schedule that falls as half a cosine wave, after an optional linear warmup.

    Reference: [Loshchilov & Hutter, 2017](https://arxiv.org/abs/1608.03983)

    Args:
        initial_learning_rate: Float.
        decay_steps: Positive integer.
        alpha: Float, the share of the learning rate that is left at the end. Defaults to `0.0`.
        name: Name of the schedule.
        warmup_target: Optional float, the learning rate at the end of the warmup.
        warmup_steps: Integer. Defaults to `0`.

    Raises:
        ValueError: If `decay_steps` is not positive.

    Example:

    >>> schedule = keras.optimizers.schedules.CosineDecay(1.0, 10)
    >>> f"{float(schedule(5)):.3f}"
    '0.500'
    """

    def __init__(
        self, initial_learning_rate: float, decay_steps: int, alpha: float = 0.0, name: str | None = "CosineDecay",
        warmup_target: float | None = None, warmup_steps: int = 0,
    ) -> None:  # fmt: skip
        _check_positive("decay_steps", decay_steps)
        self.initial_learning_rate, self.decay_steps, self.alpha = initial_learning_rate, decay_steps, alpha
        self.name, self.warmup_target, self.warmup_steps = name, warmup_target, warmup_steps

    def __call__(self, step: TensorLike) -> Tensor:
        """Returns the learning rate of a step, a scalar tensor."""
        step = ops.cast(step, floatx())
        if self.warmup_target is None:
            return self._decayed(step, self.initial_learning_rate)
        decayed = self._decayed(ops.subtract(step, float(self.warmup_steps)), self.warmup_target)
        if not self.warmup_steps:
            return decayed
        rise = (self.warmup_target - self.initial_learning_rate) / self.warmup_steps
        warming = ops.add(ops.multiply(step, rise), self.initial_learning_rate)
        return ops.where(ops.less(step, float(self.warmup_steps)), warming, decayed)

    def _decayed(self, step, start: float):
        p = ops.divide(ops.minimum(step, float(self.decay_steps)), float(self.decay_steps))
        wave = ops.multiply(ops.add(ops.cos(ops.multiply(p, math.pi)), 1.0), 0.5 * (1.0 - self.alpha))
        return ops.multiply(ops.add(wave, self.alpha), start)


class CosineDecayRestarts(LearningRateSchedule):
    """A cosine decay that starts again and again, each time `t_mul` times longer and `m_mul` times lower.

    Reference: [Loshchilov & Hutter, 2017](https://arxiv.org/abs/1608.03983)

    Args:
        initial_learning_rate: Float.
        first_decay_steps: Positive integer, the length of the first round.
        t_mul: Float, how much longer each round is. Defaults to `2.0`.
        m_mul: Float, what each round's learning rate is multiplied by. Defaults to `1.0`.
        alpha: Float, the share of the learning rate that is left at the end. Defaults to `0.0`.
        name: Name of the schedule.

    Raises:
        ValueError: If `first_decay_steps` is not positive.

    Example:

    >>> schedule = keras.optimizers.schedules.CosineDecayRestarts(1.0, 10)
    >>> [f"{float(schedule(step)):.3f}" for step in (0, 5, 10)]
    ['1.000', '0.500', '1.000']
    """

    def __init__(
        self, initial_learning_rate: float, first_decay_steps: int, t_mul: float = 2.0, m_mul: float = 1.0,
        alpha: float = 0.0, name: str | None = "SGDRDecay",
    ) -> None:  # fmt: skip
        _check_positive("first_decay_steps", first_decay_steps)
        self.initial_learning_rate, self.first_decay_steps = initial_learning_rate, first_decay_steps
        self._t_mul, self._m_mul, self.alpha, self.name = t_mul, m_mul, alpha, name

    def __call__(self, step: TensorLike) -> Tensor:
        """Returns the learning rate of a step, a scalar tensor."""
        p = ops.divide(ops.cast(step, floatx()), float(self.first_decay_steps))
        rounds, p = self._round(p)
        height = ops.multiply(ops.power(float(self._m_mul), rounds), 0.5 * (1.0 - self.alpha))
        wave = ops.multiply(ops.add(ops.cos(ops.multiply(p, math.pi)), 1.0), height)
        return ops.multiply(ops.add(wave, self.alpha), self.initial_learning_rate)

    def _round(self, p) -> tuple:
        """How many rounds are over, and how much of the present one."""
        if self._t_mul == 1.0:
            rounds = ops.floor(p)
            return rounds, ops.subtract(p, rounds)
        grown = ops.log(ops.add(ops.multiply(p, self._t_mul - 1.0), 1.0))
        rounds = ops.floor(ops.divide(grown, ops.log(ops.convert_to_tensor(float(self._t_mul)))))
        length = ops.power(float(self._t_mul), rounds)
        before = ops.divide(ops.subtract(1.0, length), 1.0 - self._t_mul)
        return rounds, ops.divide(ops.subtract(p, before), length)
