"""Measuring: what each layer of a step costs, in milliseconds, operations and bytes."""

from __future__ import annotations

import dataclasses
import math
import statistics
from collections.abc import Callable
from typing import Any

import numpy as np

from kerasnb.backend.autodiff.recording import BACKWARD
from kerasnb.backend.plan.plan import engine_lock
from kerasnb.backend.plan.profile import section_samples
from kerasnb.backend.runtime.program import Native, Program
from kerasnb.backend.tensor import device, dtypes
from kerasnb.backend.tensor.tensor import size_of
from kerasnb.kernels.matmul import add_into
from kerasnb.model.data.dataset import ArrayDataset
from kerasnb.model.training.session import check_free, run_elsewhere
from kerasnb.widgets.summaries.cost import flops
from kerasnb.widgets.summaries.units import Units, unit_states

SECONDS, MOST, FEWEST = 1.0, 60, 3  # how long, and in how many rounds, a step is measured
SHORT, IN_A_ROW = 5e-4, 20  # seconds of a step below which each part runs several times in a row, and how often at most


@dataclasses.dataclass
class Cost:
    """What one layer costs in a step: milliseconds, operations, and bytes of what it returns."""

    forward: float = 0.0
    backward: float = 0.0
    flops: int = 0
    bytes: int = 0

    @property
    def ms(self) -> float:
        """Both directions."""
        return self.forward + self.backward


@dataclasses.dataclass
class Measured:
    """The costs of a step by the path of the layer; what belongs to no layer has the path "".

    Args:
        costs: Dict of `Cost` by path.
        batch: Integer, the number of samples.
        step: Float, milliseconds of the whole step; 0 where nothing was timed.
        trains: Boolean, whether it is a step of training.
        units: Dict of `Units` by path.
    """

    costs: dict[str, Cost]
    batch: int
    step: float
    trains: bool
    units: dict[str, Units]

    @property
    def total(self) -> float:
        """Milliseconds of all rows."""
        return sum(cost.ms for cost in self.costs.values())

    def under(self, path: str) -> Cost | None:
        """The cost of a layer with all inside it; None where it was not called."""
        inside = [c for p, c in self.costs.items() if p and (p == path or p.startswith(path + "/"))]
        if not inside:
            return None
        names = [field.name for field in dataclasses.fields(Cost)]
        return Cost(**{name: sum(getattr(cost, name) for cost in inside) for name in names})


def measure(model: Any, x: Any, y: Any = None) -> Measured:
    """Runs a step on one batch and measures it; the model is afterwards what it was before.

    Args:
        model: A model. One that is compiled is measured in training where there are targets, others in prediction.
        x: The inputs of one batch.
        y: Its targets.

    Raises:
        ValueError: If the model runs eagerly, where there are no recorded calls.
        RuntimeError: If another thread trains the model.
    """
    check_free(model)
    if not model.built:
        model.predict_on_batch(x)
    trains = y is not None and model.compiled
    if trains and not model.optimizer.built:
        model.optimizer.build(model.trainable_variables)
    step = model._step("train_step" if trains else "predict_step")
    batch = ArrayDataset(x, y if trains else None).single_batch()
    with _restored(model):
        for _ in range(2):  # the second run settles what is replayed
            step.run(batch)
        if step.eager:
            raise ValueError("The model must run recorded steps to be measured. Received: a model that runs eagerly")
        return _timed(step.latest[1], trains, unit_states(model, x))


def measured_fit(model: Any, longest: float = math.inf) -> Measured | None:
    """Measures the step that trained the model last, on made-up numbers; None where it was not trained here.

    Plans share memory: what the last batch was is gone, and labels must not be any number that stands there now.

    Args:
        model: A model.
        longest: Float, seconds of a step above which only operations and bytes are counted.
    """
    recorded = latest_step(model)
    if recorded is None:
        return None
    if run_elsewhere(model) is not None:  # then no step runs in between
        return _counted(recorded, True, {})
    with engine_lock, _restored(model):
        draw = np.random.default_rng(0)
        for array in recorded.plan.inputs:
            is_float = np.dtype(array.dtype).kind == "f"
            values = draw.random(array.shape) if is_float else np.zeros(array.shape)
            recorded.host.copy_into(array, values.astype(array.dtype))
        return _timed(recorded, True, {}, longest)


def counted_fit(model: Any) -> Measured | None:
    """The operations and bytes of the step that trained the model last, without times."""
    recorded = latest_step(model)
    return None if recorded is None else _counted(recorded, True, {})


def latest_step(model: Any) -> Any:
    """The recorded step for the last batch shape, while the model has the weights that it trained; else None.

    Args:
        model: A model.
    """
    weights = tuple((id(w), w.trainable) for w in getattr(model, "weights", ()))
    for key, step in reversed(list(getattr(model, "_steps", {}).items())):
        if key[0] == "train_step" and key[2] == weights and not step.eager and step.recorded.steps:
            return next(reversed(step.recorded.steps.values()))
    return None


class _restored:
    """Inside, a model may be trained; afterwards its variables are what they were."""

    def __init__(self, model: Any) -> None:
        optimizer = model.optimizer.variables if model.optimizer is not None else []
        self.variables = [*model.variables, *optimizer, *model.metrics_variables]

    def __enter__(self) -> None:
        self.values = [variable.numpy() for variable in self.variables]

    def __exit__(self, *_: object) -> None:
        for variable, value in zip(self.variables, self.values, strict=True):
            variable.assign(value)


def _counted(recorded: Any, trains: bool, units: dict[str, Units]) -> Measured:
    costs: dict[str, Cost] = {}
    trace = recorded.trace
    for record in trace.recording.records:
        is_backward = record.where.endswith(BACKWARD)
        cost = costs.setdefault(record.where.removesuffix(BACKWARD), Cost())
        cost.flops += flops(record)
        if record.outs and not is_backward:
            first = record.outs[0]
            cost.bytes = size_of(first.shape) * dtypes.numpy_dtype(first.dtype).itemsize
    return Measured(costs, next((s.shape[0] for s in trace.slots if s.shape), 1), 0.0, trains, units)


def _timed(recorded: Any, trains: bool, units: dict[str, Units], longest: float = math.inf) -> Measured:
    measured = _counted(recorded, trains, units)
    plan = recorded.plan
    once = max(min(section_samples(plan, 2).whole), 1e-6)
    if once > longest:
        return measured
    again = max(1, min(IN_A_ROW, int(SHORT / once)))
    repeats = min(MOST, max(FEWEST, int(SECONDS / once / 2 / again)))
    samples = section_samples(plan, repeats, again, (_start_of_a_call(), _between(plan)))
    start, between = map(statistics.median, samples.beside)
    starts = sum(isinstance(function, Native) for function, _ in plan.program.steps)
    seconds, step = _undisturbed([times for _, times in samples.sections], samples.whole)
    measured.step = step * 1e3
    measured.costs.setdefault("", Cost()).forward += (between + start * starts) * 1e3
    for (where, _), taken in zip(samples.sections, seconds, strict=True):
        cost = measured.costs.setdefault(where.removesuffix(BACKWARD), Cost())
        own = max(taken - start / again, 0.0) * 1e3
        if where.endswith(BACKWARD):
            cost.backward += own
        else:
            cost.forward += own
    return measured


def _start_of_a_call() -> Callable[[], None]:
    """The start of compiled code with next to nothing to do: a step does it seldom, each of its parts anew."""
    if device.current() != "cpu":
        return lambda: None
    return Program([(add_into, (np.zeros(1, "float32"), np.zeros(1, "float32")))])


def _between(plan: Any) -> Callable[[], None]:
    """What a replay does besides its calls."""

    def release() -> None:
        with engine_lock:
            for variable in plan.written:
                variable.release()

    return release


def _undisturbed(sections: list[list[float]], whole: list[float]) -> tuple[list[float], float]:
    """Means over the faster half of the rounds, the same for all, since other programs run: means add up.

    Args:
        sections: A list of seconds for each section, one for each round.
        whole: List of the seconds of the step in the same rounds.
    """
    samples = np.array([*sections, whole])
    fast = np.argsort(samples.sum(axis=0))[: -(-samples.shape[1] // 2)]
    *means, step = samples[:, fast].mean(axis=1).tolist()
    return means, step
