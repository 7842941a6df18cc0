"""Compiling ahead: the train step is recorded in the background and its kernels are compiled, before `fit` needs them.

Kernels depend on types, not on extents, so a batch of likely shapes is enough. The recorded step is `train_step`
itself, of a stand-in that shares the layers and has an optimizer, losses and metrics of its own. Recording computes
nothing, so the model does not change.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from kerasnb import metrics, optimizers, tree
from kerasnb.backend.compile import jit
from kerasnb.backend.plan.plan import Plan
from kerasnb.backend.tensor import device
from kerasnb.backend.tensor.dtypes import numpy_dtype
from kerasnb.kernels.identity import copy
from kerasnb.model.data.iterators import ArrayBatches, Batch
from kerasnb.model.training.compile import CompileLoss, CompileMetrics
from kerasnb.model.training.step import Trace
from kerasnb.model.training.targets import is_sparse

ROWS = 32


def start(model: Any) -> None:
    """Compiles the kernels of the train step in the background, where its shapes are known."""
    if device.current() != "cpu":
        return
    jit.start()
    if model.built and model.compiled and not model.run_eagerly and _is_free_of_side_effects(model):
        model.ahead = jit.ahead.submit(lambda: _compile(model))


def wait(model: Any) -> None:
    """Waits until the background no longer uses the model, which it must not share with a running step."""
    pending = getattr(model, "ahead", None)
    if pending is not None and pending in jit.ahead.pending:  # a forked child waits for nothing of its parent's
        pending.wait()
    model.ahead = None


def _is_free_of_side_effects(model: Any) -> bool:
    """Whether the code of model, layers and optimizer is this package's: other code may print, or change state.

    A loss function of the user's own is called, as Keras calls it symbolically before the first step.
    """
    parts = [model.optimizer, *model._flatten_layers()]
    return all(type(part).__module__.startswith("kerasnb.") for part in parts)


def _compile(model: Any) -> None:
    batch = _likely_batch(model)
    if batch is None:
        return
    with device.scope("cpu"):  # this thread's device, whatever other threads choose meanwhile
        trace = Trace(_stand_in(model).train_step, batch)
        Plan(trace.recording, trace.slots, trace.leaves, copy)


def _stand_in(model: Any) -> Any:
    """A model of the same class and layers, whose training changes nothing of the model."""
    config, names = model._compile_config, model._output_names
    stand_in = object.__new__(type(model))
    stand_in.__dict__.update(model.__dict__)
    stand_in.optimizer = optimizers.deserialize(optimizers.serialize(model.optimizer))
    stand_in._loss_tracker = metrics.Mean(name="loss")
    if config["loss"] is not None:
        stand_in._compile_loss = CompileLoss(config["loss"], config["loss_weights"], names)
    by_name = [metric for metric in tree.flatten(config["metrics"] or []) if isinstance(metric, str)]
    stand_in._compile_metrics = CompileMetrics(by_name, None, names)
    return stand_in


def _likely_batch(model: Any) -> Batch | None:
    """Zeros in the shapes of the model's inputs and outputs, without memory; None where these are not known."""
    inputs, outputs = getattr(model, "inputs", None), getattr(model, "outputs", None)
    if inputs is None or outputs is None or any(None in tensor.shape[1:] for tensor in (*inputs, *outputs)):
        return None
    x, y = [_zeros(i.shape, i.dtype) for i in inputs], [_targets_like(model.loss, o) for o in outputs]
    parts = [x] if model._compile_loss is None else [x, y]
    return next(ArrayBatches(tuple(part[0] if len(part) == 1 else part for part in parts), ROWS).epoch())


def _targets_like(loss: Any, output: Any) -> np.ndarray:
    """Targets as the loss expects them: class ids, or numbers in the shape of the output."""
    return _zeros(output.shape[:-1], "int32") if is_sparse(loss) else _zeros(output.shape, output.dtype)


def _zeros(shape: tuple, dtype: str) -> np.ndarray:
    return np.broadcast_to(np.zeros((), numpy_dtype(dtype)), (ROWS, *shape[1:]))
