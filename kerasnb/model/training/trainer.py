"""Trainer: compile, fit, evaluate, predict. The part of a model that learns."""

from __future__ import annotations

import warnings
from typing import Any

from kerasnb import metrics, ops, optimizers, tree
from kerasnb.backend.autodiff.tape import GradientTape
from kerasnb.backend.plan.buffers import Pool
from kerasnb.layers.base.weights import unique
from kerasnb.model.data.checks import check_count, check_counts, check_kind
from kerasnb.model.data.dataset import ArrayDataset, dataset, validation_dataset
from kerasnb.model.data.iterators import WholeBatch, unpack
from kerasnb.model.training import ahead, loop, outputs
from kerasnb.model.training.compile import CompileLoss, CompileMetrics, named
from kerasnb.model.training.step import Step
from kerasnb.model.training.targets import check_targets


class Trainer:
    """What `Model` adds to a layer so that it can be trained."""

    def __init__(self) -> None:
        self.optimizer = None
        self.loss = None
        self.compiled = False
        self.stop_training = False
        self.run_eagerly = False
        self.steps_per_execution = 1
        self._compile_loss = self._compile_metrics = self._loss_tracker = None
        self._compile_config = None
        self._steps: dict = {}
        self._pool = Pool()

    # --- compile

    def compile(
        self, optimizer="rmsprop", loss=None, loss_weights=None, metrics=None, weighted_metrics=None, run_eagerly=False,
        steps_per_execution=1, jit_compile="auto", auto_scale_loss=True,
    ):  # fmt: skip
        """Configures the model for training.

        Args:
            optimizer: String (name of an optimizer) or optimizer instance. Defaults to `"rmsprop"`.
            loss: String (name of a loss), loss instance or function, or a list or dict of them by output.
            loss_weights: Optional list or dict of floats that weigh the losses of several outputs.
            metrics: List of metrics (names, instances or functions) evaluated during training and testing.
            weighted_metrics: List of metrics weighted by `sample_weight` or `class_weight`.
            run_eagerly: Boolean, whether every operation runs at once, unrecorded. Defaults to `False`.
            steps_per_execution: Integer, around how many batches the hooks of callbacks are called once.
                Defaults to `1`.
            jit_compile: Stands in the config only: kernels are always compiled.
            auto_scale_loss: Boolean, whether the optimizer of a model of the policy `"mixed_float16"` is wrapped in a
                `keras.optimizers.LossScaleOptimizer`. Defaults to `True`.

        Raises:
            ValueError: If a name is unknown, or `steps_per_execution` is no positive integer.

        Example:

        >>> model = keras.Sequential([keras.Input((4,)), keras.layers.Dense(1)])
        >>> model.compile(optimizer="sgd", loss="mse")
        """
        made = optimizers.get(optimizer)
        compile_loss = None if loss is None else CompileLoss(loss, loss_weights, self._output_names)
        compile_metrics = CompileMetrics(metrics, weighted_metrics, self._output_names)
        for identifier in tree.flatten([metrics or [], weighted_metrics or []]):
            _check_metric(identifier)
        _check_steps_per_execution(steps_per_execution)
        if run_eagerly and jit_compile is True:
            warnings.warn(
                "With `run_eagerly=True`, `jit_compile` cannot be True as well: it is set to False.", stacklevel=2
            )
            jit_compile = False
        self.optimizer, self.loss = _scaled(made) if auto_scale_loss and self._is_float16() else made, loss
        self._compile_loss, self._compile_metrics = compile_loss, compile_metrics
        self._loss_tracker = _loss_tracker()
        self.run_eagerly, self.stop_training, self.compiled = run_eagerly, False, True
        self.steps_per_execution, self.jit_compile = steps_per_execution, jit_compile
        self._compile_config = {
            "optimizer": made, "loss": loss, "loss_weights": loss_weights, "metrics": metrics,
            "weighted_metrics": weighted_metrics, "run_eagerly": run_eagerly,
            "steps_per_execution": steps_per_execution, "jit_compile": jit_compile,
        }  # fmt: skip
        self._steps = {}
        ahead.start(self)

    def _output_names(self):
        return getattr(self, "output_names", None)

    def _is_float16(self) -> bool:
        return self.dtype_policy.name == "mixed_float16"

    @property
    def metrics(self) -> list:
        """The metrics that are reported, and start anew at each epoch: compiled ones, the model's own, those of layers.

        The first is the mean loss, the second stands for all that `compile` was given.
        """
        compiled = [self._loss_tracker] if self._loss_tracker is not None else []
        if self._compile_metrics is not None and self._compile_metrics.is_given:
            compiled.append(self._compile_metrics)
        if self._compile_loss is not None:
            compiled += self._compile_loss.trackers
        return unique([*compiled, *(m for layer in self._flatten_layers() for m in layer._tracker.metrics)])

    @property
    def metrics_names(self) -> list[str]:
        """The names of `metrics`."""
        return [metric.name for metric in self.metrics]

    def reset_metrics(self) -> None:
        """Starts all metrics anew."""
        for metric in self.metrics:
            metric.reset_state()

    def get_metrics_result(self) -> dict:
        """Returns the current value of each metric by name; a metric with several values gives each its own name."""
        results = {}
        for metric in self.metrics:
            result = metric.result()
            results.update(result if isinstance(result, dict) else {metric.name: result})
        return results

    # --- steps

    def compute_loss(self, x=None, y=None, y_pred=None, sample_weight=None, training=True):
        """Computes the total loss of a batch: the compiled loss plus what layers add.

        Args:
            x: Inputs.
            y: Targets.
            y_pred: Outputs of the model.
            sample_weight: Optional weights of the samples.
            training: Boolean.

        Returns:
            Scalar tensor.
        """
        if y is None and self._compile_loss is not None:
            raise ValueError(f"The batch has no targets `y`, which the compiled loss={named(self.loss)} needs.")
        parts = [] if self._compile_loss is None else [self._compile_loss(y, y_pred, sample_weight)]
        parts = [ops.sum(ops.cast(p, "float32")) for p in [*parts, *self.losses] if p is not None]
        if not parts:
            raise ValueError(
                "No loss to compute. Provide a `loss` argument in `compile()`, or use `add_loss()` in a layer."
            )
        total = parts[0]
        for part in parts[1:]:
            total = total + part
        return total

    def compute_metrics(self, x, y, y_pred, sample_weight=None) -> dict:
        """Adds a batch to the metrics and returns their results by name."""
        if self._compile_metrics is not None and y is not None:
            self._compile_metrics.update_state(y, y_pred, sample_weight)
        return self.get_metrics_result()

    def train_step(self, data) -> dict:
        """One step of training: override it to train differently.

        Args:
            data: Tuple `(x, y, sample_weight)`, shorter where parts are missing.

        Returns:
            Dict of metric results.
        """
        x, y, sample_weight = unpack(data)
        with GradientTape() as tape:
            y_pred = self(x, training=True)  # type: ignore[operator]
            loss = self.compute_loss(x, y, y_pred, sample_weight, training=True)
            scaled = self.optimizer.scale_loss(loss)
        self._track_loss(loss, x)
        weights = self.trainable_weights
        self.optimizer.apply(tape.gradient(scaled, weights), weights)
        return self.compute_metrics(x, y, y_pred, sample_weight)

    def test_step(self, data) -> dict:
        """One step of evaluation; the arguments and result of `train_step`."""
        x, y, sample_weight = unpack(data)
        y_pred = self(x, training=False)  # type: ignore[operator]
        self._track_loss(self.compute_loss(x, y, y_pred, sample_weight, training=False), x)
        return self.compute_metrics(x, y, y_pred, sample_weight)

    def predict_step(self, data):
        """One step of prediction: the outputs for a batch."""
        return self(unpack(data)[0], training=False)

    def _track_loss(self, loss, x) -> None:
        rows = ops.shape(tree.flatten(x)[0])[0]
        self._loss_tracker.update_state(loss, sample_weight=rows)

    def _step(self, name: str) -> Step:
        """The step of that name, kept while the weights and their trainability stay the same."""
        ahead.wait(self)
        key = (name, self.run_eagerly, tuple((id(w), w.trainable) for w in self.weights), self.trainable)
        if key not in self._steps:
            self._steps = {k: s for k, s in self._steps.items() if k[0] != name}
            self._steps[key] = Step(getattr(self, name), self.run_eagerly, self._pool)
        return self._steps[key]

    # --- fit, evaluate, predict

    def fit(
        self, x=None, y=None, batch_size=None, epochs=1, verbose="auto", callbacks=None, validation_split=0.0,
        validation_data=None, shuffle=True, class_weight=None, sample_weight=None, initial_epoch=0,
        steps_per_epoch=None, validation_steps=None, validation_batch_size=None, validation_freq=1,
    ):  # fmt: skip
        """Trains the model for a fixed number of epochs.

        Args:
            x: Input array (or list or dict of them), or something that yields batches `(x, y)`.
            y: Target array of the same number of samples.
            batch_size: Integer. Defaults to 32.
            epochs: Integer, the epoch at which training ends. Defaults to `1`.
            verbose: `"auto"`, 0 (silent), 1 (progress bar) or 2 (one line per epoch). "auto" is the live
                panel in a notebook and the progress bar elsewhere.
            callbacks: List of callbacks.
            validation_split: Float, the last fraction of the data to hold out. Defaults to `0.0`.
            validation_data: Tuple `(x, y)` or `(x, y, sample_weight)`.
            shuffle: Boolean or `"batch"`, whether every epoch has its own order. Defaults to `True`.
            class_weight: Optional dict of class ids to weights.
            sample_weight: Optional array of weights of the samples.
            initial_epoch: Integer, the epoch at which training starts. Defaults to `0`.
            steps_per_epoch: Integer, batches per epoch where `x` yields batches.
            validation_steps: The same for validation.
            validation_batch_size: Integer. Defaults to `batch_size`.
            validation_freq: Integer, how many epochs between validations, or a list of epochs.

        Returns:
            A `History`: `history.history` has the values of loss and metrics of every epoch.

        Raises:
            ValueError: If the data do not fit each other or the model, or the model is not compiled.

        Example:

        >>> model = keras.Sequential([keras.Input((4,)), keras.layers.Dense(1)])
        >>> model.compile(optimizer="sgd", loss="mse")
        >>> history = model.fit(np.ones((8, 4)), np.ones((8, 1)), epochs=2, verbose=0)
        >>> len(history.history["loss"])
        2
        """
        self._assert_compiled("fit()")
        steps, validation_steps, validation_batch_size = check_counts(
            steps_per_epoch=steps_per_epoch, validation_steps=validation_steps,
            validation_batch_size=validation_batch_size,
        )  # fmt: skip
        training, validation = dataset(x, y, sample_weight, class_weight), validation_dataset(validation_data)
        check_targets(self, training)
        check_targets(self, validation)
        if validation_split:
            training, validation = training.split(validation_split, validation)
        return loop.fit(
            self, training.batches(batch_size, steps, shuffle, resume=True),
            validation and validation.batches(validation_batch_size or batch_size, validation_steps),
            callbacks, loop.FitOptions(epochs, initial_epoch, verbose, validation_freq),
        )  # fmt: skip

    def evaluate(
        self, x=None, y=None, batch_size=None, verbose="auto", sample_weight=None, steps=None, callbacks=None,
        return_dict=False, **kwargs,
    ):  # fmt: skip
        """Returns the loss and the metrics of the model on data.

        Args:
            x: Input array, or something that yields batches.
            y: Target array.
            batch_size: Integer. Defaults to 32.
            verbose: `"auto"`, 0, 1 or 2.
            sample_weight: Optional array of weights of the samples.
            steps: Integer, number of batches where `x` yields batches.
            callbacks: List of callbacks.
            return_dict: Boolean, whether to return a dict by name rather than a list.

        Returns:
            The loss, or a list of the loss and the metrics, or a dict of them.

        Example:

        >>> model = keras.Sequential([keras.Input((4,)), keras.layers.Dense(1)])
        >>> model.compile(loss="mse")
        >>> loss = model.evaluate(np.ones((8, 4)), np.ones((8, 1)), verbose=0)
        """
        self._assert_compiled("evaluate()")
        if kwargs:
            raise ValueError(f"Arguments not recognized: {kwargs}")
        data = dataset(x, y, sample_weight)
        check_targets(self, data)
        logs = loop.evaluate(self, data.batches(batch_size, check_count(steps, "steps")), callbacks, verbose)
        return logs if return_dict else self._in_order(logs)

    def predict(self, x, batch_size=None, verbose="auto", steps=None, callbacks=None):
        """Returns the outputs of the model for inputs, computed in batches.

        Args:
            x: Input array, or something that yields batches.
            batch_size: Integer. Defaults to 32.
            verbose: `"auto"`, 0, 1 or 2.
            steps: Integer, number of batches where `x` yields batches.
            callbacks: List of callbacks.

        Returns:
            NumPy array (or structure of them) of predictions.

        Example:

        >>> model = keras.Sequential([keras.Input((4,)), keras.layers.Dense(2)])
        >>> model.predict(np.ones((8, 4)), verbose=0).shape
        (8, 2)
        """
        batches = dataset(x).batches(batch_size, check_count(steps, "steps"))
        return loop.predict(self, batches, callbacks, verbose)

    def predict_classes(self, x, batch_size=None, verbose=0):
        """Returns the class of each sample: the largest output, or whether a single output is above 0.5.

        Args:
            x: Input array.
            batch_size: Integer. Defaults to 32.
            verbose: `"auto"`, 0, 1 or 2.

        Returns:
            NumPy array of integers.

        Example:

        >>> model = keras.Sequential([keras.Input((4,)), keras.layers.Dense(3, activation="softmax")])
        >>> model.predict_classes(np.ones((2, 4))).shape
        (2,)
        """
        outputs = self.predict(x, batch_size=batch_size, verbose=verbose)
        if outputs.shape[-1] > 1:
            return outputs.argmax(axis=-1)
        return (outputs > 0.5).astype("int32")

    # --- one batch

    def train_on_batch(self, x, y=None, sample_weight=None, class_weight=None, return_dict=False):
        """Trains on one batch.

        Args:
            x: Input array.
            y: Target array.
            sample_weight: Optional weights of the samples.
            class_weight: Optional dict of class ids to weights.
            return_dict: Boolean, whether to return a dict by name.

        Returns:
            The loss, or a list of the loss and the metrics, or a dict of them.
        """
        self._assert_compiled("train_on_batch()")
        return self._one_batch("train_step", (x, y, sample_weight, class_weight), return_dict)

    def test_on_batch(self, x, y=None, sample_weight=None, return_dict=False):
        """Evaluates one batch; the arguments and result of `train_on_batch`."""
        self._assert_compiled("test_on_batch()")
        return self._one_batch("test_step", (x, y, sample_weight), return_dict)

    def predict_on_batch(self, x):
        """Returns the outputs for one batch as NumPy arrays."""
        return self._step("predict_step").run(WholeBatch((x,))).packed()

    def _one_batch(self, name: str, arguments: tuple, return_dict: bool) -> Any:
        check_kind(arguments[0], "x")
        data = ArrayDataset(*arguments)
        check_targets(self, data)
        batch, step = data.single_batch(), self._step(name)
        self.reset_metrics()
        structure, arrays = step.run(batch)
        logs = dict(zip(outputs.leaf_names(structure), map(loop.number_of, arrays), strict=True))
        return logs if return_dict else self._in_order(logs)

    def _in_order(self, logs: dict):
        """The values in the order of `metrics`, then others by name; a single one alone."""
        names = [n for n in self._names(lambda compiled: [m.name for m in compiled.metrics]) if n in logs]
        values = [logs[n] for n in [*names, *sorted(k for k in logs if k not in names)]]
        return values[0] if len(values) == 1 else values

    def _names(self, inside=CompileMetrics.names) -> list[str]:
        """The names under which metrics are reported; `inside` gives those of the compiled ones."""
        listed = [inside(m) if isinstance(m, CompileMetrics) else [m.name] for m in self.metrics]
        return list(dict.fromkeys(name for names in listed for name in names))

    def _assert_compiled(self, name: str) -> None:
        if not self.compiled:
            raise ValueError(f"You must call `compile()` before calling `{name}`.")


def _scaled(optimizer):
    """An optimizer whose loss is scaled, so that gradients in float16 do not vanish."""
    if optimizer is None or isinstance(optimizer, optimizers.LossScaleOptimizer):
        return optimizer
    return optimizers.LossScaleOptimizer(optimizer, name="loss_scale_optimizer")


def _check_steps_per_execution(steps) -> None:
    if isinstance(steps, bool) or not isinstance(steps, int) or steps < 1:
        raise ValueError(f"Argument `steps_per_execution` must be a positive integer. Received: {steps}")


def _loss_tracker():
    return metrics.Mean(name="loss")


def _check_metric(identifier) -> None:
    """An unknown metric name is an error when compiling, before anything is changed."""
    if isinstance(identifier, str) and identifier not in ("accuracy", "acc"):
        metrics.get(identifier)
