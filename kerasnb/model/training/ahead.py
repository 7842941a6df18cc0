"""Compiling ahead: while the user goes on, a likely step is recorded in the background and its kernels compiled.

Kernels depend on types, not on extents, so a guessed batch serves any. The recording uses an optimizer,
losses and metrics of its own, and records without computing: nothing of the model changes.
"""

from __future__ import annotations

from kerasnb import losses, metrics, optimizers, tree
from kerasnb.backend.autodiff.recording import Recording
from kerasnb.backend.autodiff.tape import GradientTape
from kerasnb.backend.compile import jit
from kerasnb.backend.plan.plan import Plan
from kerasnb.backend.tensor import device
from kerasnb.backend.tensor.tensor import Tensor
from kerasnb.kernels.identity import copy
from kerasnb.model.training.compile import CompileLoss, CompileMetrics

ROWS = 32


def start(model) -> None:
    """Compiles in the background what fit will need, as far as it is known."""
    if device.current() != "cpu":
        return
    jit.start()
    if model.built and model.compiled and not model.run_eagerly and _ours(model):
        model.ahead = jit.ahead.submit(lambda: _compile(model))


def wait(model) -> None:
    """Waits until the background has done with a model, which it must not share with a running step."""
    pending = getattr(model, "ahead", None)
    if pending is not None and pending in jit.ahead.pending:  # a forked child waits for nothing of its parent's
        pending.wait()
    model.ahead = None


def _ours(model) -> bool:
    """Whether all code that a step runs is this package's, so that recording it has no side effects."""
    parts = [model, *_all_layers(model)]
    return all(type(p).__module__.startswith("kerasnb.") for p in parts)


def _all_layers(model) -> list:
    found = []
    for layer in model.layers:
        found += [layer, *(_all_layers(layer) if hasattr(layer, "layers") else [])]
    return found


def _compile(model) -> None:
    with device.scope("cpu"):  # this thread's device, whatever other threads choose meanwhile
        _record(model)


def _record(model) -> None:
    config = model._compile_config
    loss = None if config["loss"] is None else CompileLoss(config["loss"], config["loss_weights"], model._output_names)
    optimizer = optimizers.deserialize(optimizers.serialize(model.optimizer))
    with Recording() as recording:
        x = [Tensor(None, (ROWS, *i.shape[1:]), i.dtype) for i in tree.flatten(model.inputs)]
        outputs = _train(model, loss, _fresh_metrics(config, model), optimizer, x)
    Plan(recording, x, outputs, copy)


def _fresh_metrics(config, model):
    names = [m for m in tree.flatten(config["metrics"] or []) if isinstance(m, str)]
    return CompileMetrics(names, None, model._output_names)


def _train(model, loss, scores, optimizer, x) -> list:
    """The step of `Trainer.train_step`, with parts of its own."""
    inputs = x[0] if len(x) == 1 else x
    with GradientTape() as tape:
        y_pred = model(inputs, training=True)
        y = [_target_like(model, p) for p in tree.flatten(y_pred)]
        total = loss(y, y_pred)
        for extra in model.losses:
            total = total + extra
        scaled = optimizer.scale_loss(total)
    tracker = metrics.Mean(name="loss")
    tracker.update_state(total, sample_weight=ROWS)
    weights = model.trainable_weights
    optimizer.apply(tape.gradient(scaled, weights), weights)
    scores.update_state(y, y_pred)
    return [tracker.result(), *scores.result().values()]


def _target_like(model, output) -> Tensor:
    """Targets as the loss expects them: class ids, or numbers in the shape of the output."""
    named = model.loss in ("sparse_categorical_crossentropy", losses.sparse_categorical_crossentropy)
    if named or isinstance(model.loss, losses.SparseCategoricalCrossentropy):
        return Tensor(None, output.shape[:-1], "int32")
    return Tensor(None, output.shape, output.dtype)
