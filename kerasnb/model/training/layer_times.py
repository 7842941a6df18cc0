"""Layer times: where the time of a training step goes."""

from __future__ import annotations

from typing import Any, NamedTuple

from kerasnb.backend.autodiff.recording import BACKWARD
from kerasnb.backend.plan.profile import section_times
from kerasnb.model.data.dataset import ArrayDataset
from kerasnb.model.run.snapshots import metrics_of
from kerasnb.model.training.session import check_free

_OTHER = "loss, metrics, optimizer"


class LayerTime(NamedTuple):
    """The time of a layer in a training step, in milliseconds."""

    layer: str
    forward: float
    backward: float


class LayerTimes(NamedTuple):
    """The times of all layers, and of the whole step, in milliseconds."""

    layers: list[LayerTime]
    step: float

    def __str__(self) -> str:
        rows = [f"{t.layer:40} {t.forward:9.3f} {t.backward:9.3f}" for t in self.layers]
        total = sum(t.forward + t.backward for t in self.layers)
        return "\n".join([f"{'ms':40} {'forward':>9} {'backward':>9}", *rows, f"{'sum':40} {total:9.3f}",
                          f"{'step':40} {self.step:9.3f}"])  # fmt: skip


def layer_times(model: Any, x: Any, y: Any = None, sample_weight: Any = None, repeats: int = 20) -> LayerTimes:
    """Measures how long each layer takes in a training step.

    The weights, the optimizer and the metrics are afterwards what they were before.

    Args:
        model: A compiled model.
        x: The inputs of one batch.
        y: Its targets.
        sample_weight: Optional weights of the samples.
        repeats: How often the step runs.

    Returns:
        The times of the layers in the order of their calls; what belongs to no layer comes last.

    Raises:
        ValueError: If the model runs eagerly, where there are no recorded calls.
        RuntimeError: If another thread trains the model.

    Example:

    >>> model = keras.Sequential([keras.Input((4,)), keras.layers.Dense(8), keras.layers.Dense(1)])
    >>> model.compile("sgd", "mse")
    >>> import kerasnb.widgets as kw
    >>> times = kw.layer_times(model, np.ones((2, 4)), np.ones((2, 1)), repeats=2)
    >>> [t.layer.split("/")[-1][:5] for t in times.layers]
    ['dense', 'dense', 'loss,']
    """
    if isinstance(model, type) or not hasattr(model, "_assert_compiled"):
        raise ValueError(f"Argument `model` must be a model. Received: {model!r}")
    model._assert_compiled("layer_times()")
    check_free(model)
    if not model.built:
        model.predict_on_batch(x)
    if not model.optimizer.built:
        model.optimizer.build(model.trainable_variables)
    batch, step = ArrayDataset(x, y, sample_weight).single_batch(), model._step("train_step")
    variables = [*model.variables, *model.optimizer.variables, *metrics_of(model)]
    before = [variable.numpy() for variable in variables]
    try:
        for _ in range(2):  # the second run settles what is replayed
            step.run(batch)
        if step.eager:
            raise ValueError("layer_times() needs a model whose steps are recorded; this one runs eagerly.")
        sections, whole = section_times(step.latest[1].plan, repeats)
    finally:
        for variable, value in zip(variables, before, strict=True):
            variable.assign(value)
    return LayerTimes(_by_layer(sections), whole * 1e3)


def _by_layer(sections: list[tuple[str, float]]) -> list[LayerTime]:
    times: dict[str, list[float]] = {}
    for where, seconds in sections:
        backward = where.endswith(BACKWARD)
        name = where.removesuffix(BACKWARD) or _OTHER
        times.setdefault(name, [0.0, 0.0])[backward] += seconds * 1e3
    other = times.pop(_OTHER, None)
    return [LayerTime(name, *t) for name, t in [*times.items(), *([(_OTHER, other)] if other else [])]]
