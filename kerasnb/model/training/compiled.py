"""Compiled: optimizer, losses and metrics of a model, and their results by name."""

from __future__ import annotations

import weakref
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from kerasnb import metrics, optimizers, tree
from kerasnb.backend.plan.buffers import Pool
from kerasnb.backend.tracebacks import filtered
from kerasnb.backend.warn import warn_user
from kerasnb.layers.base.weights import unique
from kerasnb.model.run.past import Timeline
from kerasnb.model.training import ahead
from kerasnb.model.training.compile import CompileLoss, CompileMetrics
from kerasnb.model.training.session import check_free
from kerasnb.model.training.step import Step

if TYPE_CHECKING:  # `Model` is a layer as well: these methods use its attributes
    from kerasnb.layers.base.layer import Layer as Base
else:
    Base = object

_alive: weakref.WeakSet[Any] = weakref.WeakSet()


def compiled_with(layer: Any) -> list:
    """The models that were compiled and contain a layer, the largest first.

    Args:
        layer: A layer.
    """
    inside = [(model, model._flatten_layers()) for model in list(_alive)]
    found = [(len(layers), model) for model, layers in inside if any(one is layer for one in layers)]
    return [model for _, model in sorted(found, key=lambda pair: -pair[0])]


class Compiled(Base):
    """What `compile` adds to a model: optimizer, losses and metrics."""

    def __init__(self) -> None:
        self.optimizer: Any = None
        self.loss: Any = None
        self.compiled = self.stop_training = self.run_eagerly = False
        self.steps_per_execution, self.jit_compile = 1, True
        self.train_function: Callable | None = None
        self.test_function: Callable | None = None
        self.predict_function: Callable | None = None
        self._compile_loss: CompileLoss | None = None
        self._compile_metrics: CompileMetrics | None = None
        self._loss_tracker: Any = None
        self._compile_config: dict | None = None
        self._steps: dict[tuple, Step] = {}
        self._pool = Pool()
        self.timeline = Timeline()

    # --- compile

    @filtered
    def compile(
        self, optimizer: Any = "rmsprop", loss: Any = None, loss_weights: Any = None, metrics: Any = None,
        weighted_metrics: Any = None, run_eagerly: bool = False, steps_per_execution: int = 1,
        jit_compile: bool | str = "auto", auto_scale_loss: bool = True,
    ) -> None:  # fmt: skip
        """Configures the model for training.

        Args:
            optimizer: String (name of an optimizer) or optimizer instance. Defaults to `"rmsprop"`.
            loss: String (name of a loss), loss instance or function, or a list or dict of them by output.
            loss_weights: Optional list or dict of floats that weigh the losses of several outputs.
            metrics: List of metrics (names, instances or functions) evaluated during training and testing.
            weighted_metrics: List of metrics weighted by `sample_weight` or `class_weight`.
            run_eagerly: Boolean, whether every operation runs eagerly, unrecorded. Defaults to `False`.
            steps_per_execution: Integer, around how many batches the hooks of callbacks are called once.
                Defaults to `1`.
            jit_compile: Kept in the config only: kernels are always compiled.
            auto_scale_loss: Boolean, whether the optimizer of a model of the policy `"mixed_float16"` is wrapped in a
                `keras.optimizers.LossScaleOptimizer`. Defaults to `True`.

        Raises:
            ValueError: If a name is unknown, or `steps_per_execution` is not a positive integer.
            RuntimeError: If another thread trains the model.

        Example:

        >>> model = keras.Sequential([keras.Input((4,)), keras.layers.Dense(1)])
        >>> model.compile(optimizer="sgd", loss="mse")
        """
        check_free(self)
        unscaled = optimizers.get(optimizer)
        compile_loss = None if loss is None else CompileLoss(loss, loss_weights, self._output_names)
        compile_metrics = CompileMetrics(metrics, weighted_metrics, self._output_names)
        for identifier in tree.flatten([metrics or [], weighted_metrics or []]):
            _check_metric(identifier)
        _check_steps_per_execution(steps_per_execution)
        if run_eagerly and jit_compile is True:
            warn_user("With `run_eagerly=True`, `jit_compile` cannot be True as well: it is set to False.")
            jit_compile = False
        self.optimizer, self.loss = _scaled(unscaled) if auto_scale_loss and self._is_float16() else unscaled, loss
        self._compile_loss, self._compile_metrics = compile_loss, compile_metrics
        self._loss_tracker = _loss_tracker()
        self.run_eagerly, self.stop_training, self.compiled = run_eagerly, False, True
        self.steps_per_execution = steps_per_execution
        self.jit_compile = not run_eagerly if jit_compile == "auto" else bool(jit_compile)
        self.train_function = self.test_function = self.predict_function = None
        self._compile_config = {
            "optimizer": unscaled, "loss": loss, "loss_weights": loss_weights, "metrics": metrics,
            "weighted_metrics": weighted_metrics, "run_eagerly": run_eagerly,
            "steps_per_execution": steps_per_execution, "jit_compile": jit_compile,
        }  # fmt: skip
        self._steps = {}
        _alive.add(self)
        ahead.start(self)

    def _output_names(self) -> list[str] | None:
        return getattr(self, "output_names", None)

    def _is_float16(self) -> bool:
        return self.dtype_policy.name == "mixed_float16"

    @property
    def metrics(self) -> list:
        """The metrics that are reported, and reset before each epoch: compiled ones, and those of the model and layers.

        The first is the mean loss, the second stands for all metrics that were passed to `compile`.
        """
        compiled: list = [self._loss_tracker] if self._loss_tracker is not None else []
        if self._compile_metrics is not None and self._compile_metrics.has_metrics:
            compiled.append(self._compile_metrics)
        if self._compile_loss is not None:
            compiled += self._compile_loss.trackers
        return unique([*compiled, *(m for layer in self._flatten_layers() for m in layer._tracker.metrics)])

    @property
    def metrics_names(self) -> list[str]:
        """The names of `metrics`."""
        return [metric.name for metric in self.metrics]

    def reset_metrics(self) -> None:
        """Resets all metrics."""
        for metric in self.metrics:
            metric.reset_state()

    def get_metrics_result(self) -> dict:
        """Returns the current value of each metric by name; a metric with several values has a name for each."""
        results: dict = {}
        for metric in self.metrics:
            result = metric.result()
            results.update(result if isinstance(result, dict) else {metric.name: result})
        return results

    def _in_order(self, logs: dict) -> Any:
        """The values in the order of `metrics`, then others by name; a single one alone."""
        names = [n for n in self._names(lambda compiled: [m.name for m in compiled.metrics]) if n in logs]
        values = [logs[n] for n in [*names, *sorted(k for k in logs if k not in names)]]
        return values[0] if len(values) == 1 else values

    def _names(self, inside: Callable[[CompileMetrics], list[str]] = CompileMetrics.names) -> list[str]:
        """The names of the reported metrics; `inside` returns those of the compiled ones."""
        listed = [inside(m) if isinstance(m, CompileMetrics) else [m.name] for m in self.metrics]
        return list(dict.fromkeys(name for names in listed for name in names))

    def _assert_compiled(self, name: str) -> None:
        if not self.compiled:
            raise ValueError(f"You must call `compile()` before calling `{name}`.")


def _scaled(optimizer: Any) -> Any:
    """An optimizer whose loss is scaled, so that gradients in float16 do not vanish."""
    if optimizer is None or isinstance(optimizer, optimizers.LossScaleOptimizer):
        return optimizer
    return optimizers.LossScaleOptimizer(optimizer, name="loss_scale_optimizer")


def _check_steps_per_execution(steps: Any) -> None:
    if isinstance(steps, bool) or not isinstance(steps, int) or steps < 1:
        raise ValueError(f"Argument `steps_per_execution` must be a positive integer. Received: {steps}")


def _loss_tracker() -> metrics.Mean:
    return metrics.Mean(name="loss")


def _check_metric(identifier: Any) -> None:
    """Raises ValueError for an unknown name, before anything is changed."""
    if isinstance(identifier, str) and identifier.lower() not in ("accuracy", "acc"):
        metrics.get(identifier)
