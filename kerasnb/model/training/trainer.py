"""Trainer: the steps of a model, and fit, evaluate and predict."""

from __future__ import annotations

import importlib
from collections.abc import Collection
from typing import Any

import numpy as np

from kerasnb import ops, tree
from kerasnb.backend.autodiff.tape import GradientTape
from kerasnb.backend.tensor.tensor import Tensor
from kerasnb.backend.tracebacks import filtered
from kerasnb.model.data.checks import check_count, check_counts, check_flags, check_kind
from kerasnb.model.data.dataset import ArrayDataset, dataset, validation_dataset
from kerasnb.model.data.iterators import WholeBatch, unpack
from kerasnb.model.data.limits import limited, limited_epochs
from kerasnb.model.training import ahead, fitting, last_data, loop, outputs
from kerasnb.model.training.compile import named
from kerasnb.model.training.functions import Functions
from kerasnb.model.training.session import check_free, visiting
from kerasnb.model.training.step import Step
from kerasnb.model.training.targets import check_data, check_inputs


class Trainer(Functions):
    """What `Model` adds to a layer so that it can be trained, evaluated, and used for predictions."""

    _watchers: tuple = ()  # weak references to functions `(what, layer or run)`: displays of this model

    def _report(self, what: str, subject: Any) -> None:
        """Tells the displays that a layer was added or removed, or that a run begins."""
        for watcher in self._watchers:
            if (show := watcher()) is not None:
                show(what, subject)

    # --- steps

    def compute_loss(
        self, x: Any = None, y: Any = None, y_pred: Any = None, sample_weight: Any = None, training: bool = True
    ) -> Tensor:  # fmt: skip
        """Computes the total loss of a batch: the compiled loss plus what layers add.

        Args:
            x: Inputs.
            y: Targets.
            y_pred: Outputs of the model.
            sample_weight: Optional weights of the samples.
            training: Boolean, whether the model is being trained.

        Returns:
            Scalar tensor.

        Raises:
            ValueError: If the compiled loss has no targets, or there is no loss at all.
        """
        if y is None and self._compile_loss is not None:
            raise ValueError(f"The batch has no targets `y`, which the compiled loss={named(self.loss)} needs.")
        parts: list = [] if self._compile_loss is None else [self._compile_loss(y, y_pred, sample_weight)]
        parts = [ops.sum(ops.cast(p, "float32")) for p in [*parts, *self.losses] if p is not None]
        if not parts:
            raise ValueError(
                "No loss to compute. Provide a `loss` argument in `compile()`, or use `add_loss()` in a layer."
            )
        total = parts[0]
        for part in parts[1:]:
            total = total + part
        return total

    def compute_metrics(self, x: Any, y: Any, y_pred: Any, sample_weight: Any = None) -> dict:
        """Adds a batch to the metrics and returns their results by name."""
        if self._compile_metrics is not None and y is not None:
            self._compile_metrics.update_state(y, y_pred, sample_weight)
        return self.get_metrics_result()

    def train_step(self, data: Any) -> dict:
        """One step of training: override it for a training of another kind.

        Args:
            data: Tuple `(x, y, sample_weight)`, shorter where parts are missing.

        Returns:
            Dict of metric results.
        """
        x, y, sample_weight = unpack(data)
        with GradientTape() as tape:
            y_pred = self(x, training=True)
            loss = self.compute_loss(x, y, y_pred, sample_weight, training=True)
            scaled = self.optimizer.scale_loss(loss)
        self._track_loss(loss, x)
        weights = self.trainable_weights
        self.optimizer.apply(tape.gradient(scaled, weights), weights)
        return self.compute_metrics(x, y, y_pred, sample_weight)

    def test_step(self, data: Any) -> dict:
        """One step of evaluation; the arguments and result of `train_step`."""
        x, y, sample_weight = unpack(data)
        y_pred = self(x, training=False)
        self._track_loss(self.compute_loss(x, y, y_pred, sample_weight, training=False), x)
        return self.compute_metrics(x, y, y_pred, sample_weight)

    def predict_step(self, data: Any) -> Any:
        """One step of prediction, which returns the outputs for a batch."""
        y_pred = self(unpack(data)[0], training=False)
        outputs.check_present(y_pred)
        return y_pred

    def _track_loss(self, loss: Tensor, x: Any) -> None:
        rows = ops.shape(tree.flatten(x)[0])[0]
        self._loss_tracker.update_state(loss, sample_weight=rows)

    def _step(self, name: str) -> Step:
        """The step of that name, kept while the weights and their trainability stay the same."""
        self._check_makers()
        ahead.wait(self)
        key = (name, self.run_eagerly, tuple((id(w), w.trainable) for w in self.weights), self.trainable)
        if key not in self._steps:
            self._steps = {k: s for k, s in self._steps.items() if k[0] != name}
            self._steps[key] = Step(self._step_function(name), self.run_eagerly, self._pool)
        return self._steps[key]

    # --- fit, evaluate, predict

    @filtered
    def fit(
        self, x: Any = None, y: Any = None, batch_size: int | None = None, epochs: int = 1, verbose: str | int = "auto",
        callbacks: Any = None, validation_split: float = 0.0, validation_data: Any = None, shuffle: bool | str = True,
        class_weight: dict | None = None, sample_weight: Any = None, initial_epoch: int = 0,
        steps_per_epoch: int | None = None, validation_steps: int | None = None,
        validation_batch_size: int | None = None, validation_freq: int | Collection[int] = 1, *,
        background: bool = False, watch: Any = None, stop_on_nan: bool = False,
    ) -> Any:  # fmt: skip
        """Trains the model, epoch by epoch.

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
            background: Boolean, whether the training runs on another thread while the next lines go on. Defaults to
                `False`.
            watch: What a notebook shows beside the curves, such as `"boundary"`, `"predictions"`, `"weights"` or
                `"gradients"`, or a list of these.
            stop_on_nan: Boolean, whether the training ends at the first loss that is not finite. Defaults to `False`.

        Returns:
            A `History`: its attribute `history` holds the loss and the metrics of every epoch. With `background=True`,
            an object with `wait()`, `stop()`, `pause()`, `resume()` and `result()`, which returns the History.

        Raises:
            ValueError: If the arguments do not fit each other or the model, or the model is not compiled.
            RuntimeError: If another thread trains the model.

        Example:

        >>> model = keras.Sequential([keras.Input((4,)), keras.layers.Dense(1)])
        >>> model.compile(optimizer="sgd", loss="mse")
        >>> history = model.fit(np.ones((8, 4)), np.ones((8, 1)), epochs=2, verbose=0)
        >>> len(history.history["loss"])
        2
        """
        with fitting.reported(self, epochs, verbose):
            self._assert_compiled("fit()")
            check_free(self)
            check_flags(background=background, stop_on_nan=stop_on_nan)
            steps, validation_steps, validation_batch_size = check_counts(
                steps_per_epoch=steps_per_epoch, validation_steps=validation_steps,
                validation_batch_size=validation_batch_size,
            )  # fmt: skip
            training, validation = dataset(x, y, sample_weight, class_weight), validation_dataset(validation_data)
            check_data(self, training)
            check_data(self, validation)
            if validation_split:
                training, validation = training.split(validation_split, validation)
            return fitting.fit(
                self, limited(training.batches(batch_size, steps, shuffle, resume=True)),
                None if validation is None
                else limited(validation.batches(validation_batch_size or batch_size, validation_steps)),
                callbacks, loop.FitOptions(
                    limited_epochs(epochs), initial_epoch, verbose, validation_freq, background,
                    _watch(watch, self, x, y), stop_on_nan,
                ),
            )  # fmt: skip

    @filtered
    def evaluate(
        self, x: Any = None, y: Any = None, batch_size: int | None = None, verbose: str | int = "auto",
        sample_weight: Any = None, steps: int | None = None, callbacks: Any = None, return_dict: bool = False,
        **kwargs: Any,
    ) -> Any:  # fmt: skip
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
            **kwargs: Must be empty.

        Returns:
            The loss, or a list of the loss and the metrics, or a dict of them.

        Raises:
            ValueError: If the arguments do not fit each other or the model, or the model is not compiled.

        Example:

        >>> model = keras.Sequential([keras.Input((4,)), keras.layers.Dense(1)])
        >>> model.compile(loss="mse")
        >>> loss = model.evaluate(np.ones((8, 4)), np.ones((8, 1)), verbose=0)
        """
        self._assert_compiled("evaluate()")
        if kwargs:
            raise ValueError(f"Arguments not recognized: {kwargs}")
        data = dataset(x, y, sample_weight)
        check_data(self, data)
        batches = limited(data.batches(batch_size, check_count(steps, "steps")))
        logs = loop.evaluate(self, batches, callbacks, verbose)
        last_data.keep(self, x, y)
        return logs if return_dict else self._in_order(logs)

    @filtered
    def predict(
        self, x: Any, batch_size: int | None = None, verbose: str | int = "auto", steps: int | None = None,
        callbacks: Any = None,
    ) -> Any:  # fmt: skip
        """Returns the outputs of the model for inputs, computed in batches.

        Args:
            x: Input array, or something that yields batches.
            batch_size: Integer. Defaults to 32.
            verbose: `"auto"`, 0, 1 or 2.
            steps: Integer, number of batches where `x` yields batches.
            callbacks: List of callbacks.

        Returns:
            NumPy array (or structure of them) of predictions.

        Raises:
            ValueError: If the inputs hold no numbers, or do not fit the model.

        Example:

        >>> model = keras.Sequential([keras.Input((4,)), keras.layers.Dense(2)])
        >>> model.predict(np.ones((8, 4)), verbose=0).shape
        (8, 2)
        """
        data = dataset(x)
        if isinstance(data, ArrayDataset):
            check_inputs(self, data.x)
        batches = limited(data.batches(batch_size, check_count(steps, "steps")))
        return loop.predict(self, batches, callbacks, verbose)

    def predict_classes(self, x: Any, batch_size: int | None = None, verbose: str | int = 0) -> np.ndarray:
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

    @filtered
    def train_on_batch(
        self, x: Any, y: Any = None, sample_weight: Any = None, class_weight: dict | None = None,
        return_dict: bool = False,
    ) -> Any:  # fmt: skip
        """Trains on one batch.

        Args:
            x: Input array.
            y: Target array.
            sample_weight: Optional weights of the samples.
            class_weight: Optional dict of class ids to weights.
            return_dict: Boolean, whether to return a dict by name.

        Returns:
            The loss, or a list of the loss and the metrics, or a dict of them.

        Raises:
            ValueError: If the data does not fit the model, or the model is not compiled.
            RuntimeError: If another thread trains the model.
        """
        self._assert_compiled("train_on_batch()")
        check_free(self)
        return self._one_batch("train_step", (x, y, sample_weight, class_weight), return_dict)

    @filtered
    def test_on_batch(self, x: Any, y: Any = None, sample_weight: Any = None, return_dict: bool = False) -> Any:
        """Evaluates one batch; the arguments and result of `train_on_batch`."""
        self._assert_compiled("test_on_batch()")
        with visiting(self, metrics=True):
            return self._one_batch("test_step", (x, y, sample_weight), return_dict)

    @filtered
    def predict_on_batch(self, x: Any) -> Any:
        """Returns the outputs for one batch as NumPy arrays."""
        batch = WholeBatch((x,))
        check_inputs(self, batch.parts[0])
        return self._step("predict_step").run(batch).packed()

    def _one_batch(self, name: str, arguments: tuple, return_dict: bool) -> Any:
        check_kind(arguments[0], "x")
        data = ArrayDataset(*arguments)
        check_data(self, data)
        batch, step = data.single_batch(), self._step(name)
        self.reset_metrics()
        structure, arrays = step.run(batch)
        logs = dict(zip(outputs.leaf_names(structure), map(loop.number_of, arrays), strict=True))
        return logs if return_dict else self._in_order(logs)


def _watch(what: Any, model: Any, x: Any, y: Any) -> Any:
    """The callback of `fit(..., watch=what)`, or None; widgets are above models, and imported only for it."""
    if what is None:
        return None
    return importlib.import_module("kerasnb.widgets.watch.watch").callback(what, model, x, y)
