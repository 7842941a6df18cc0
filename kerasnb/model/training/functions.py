"""The functions that run a step of a model on the next batch of an iterator, for training loops of one's own."""

from __future__ import annotations

import inspect
import itertools
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

from kerasnb import tree
from kerasnb.model.data.iterators import WholeBatch
from kerasnb.model.training.stateless import StatelessTraining

_MAKERS = ("make_train_function", "make_test_function", "make_predict_function")


class Functions(StatelessTraining):
    """What models have of functions that run their steps."""

    _step: Callable[[str], Any]

    def make_train_function(self, force: bool = False) -> Callable:
        """Returns the function that trains on the next batch of an iterator, `model.train_function`.

        It takes an iterator of tuples `(x, y)` or `(x, y, sample_weight)`, runs `train_step` on as many batches as
        `steps_per_execution` says, and returns the results of the last one. `fit` does not call it: override
        `train_step` for a training of another kind.

        Args:
            force: Boolean, whether to make it again where there is one. Defaults to `False`.

        Example:

        >>> model = keras.Sequential([keras.Input((2,)), keras.layers.Dense(1)])
        >>> model.compile("sgd", "mse")
        >>> step = model.make_train_function()
        >>> list(step(iter([(np.ones((4, 2)), np.ones((4, 1)))])))
        ['loss']
        """
        if self.train_function is None or force:
            self.train_function = self._function_of("train_step")
        return self.train_function

    def make_test_function(self, force: bool = False) -> Callable:
        """Returns the function that evaluates the next batch, `model.test_function`; see `make_train_function`."""
        if self.test_function is None or force:
            self.test_function = self._function_of("test_step")
        return self.test_function

    def make_predict_function(self, force: bool = False) -> Callable:
        """Returns the function that predicts the next batch, `model.predict_function`; see `make_train_function`.

        The outputs of `steps_per_execution` batches are joined.
        """
        if self.predict_function is None or force:
            self.predict_function = self._function_of("predict_step")
        return self.predict_function

    def _function_of(self, name: str) -> Callable:
        def run(iterator: Iterator) -> Any:
            first = next(iterator)  # StopIteration says that there is no batch
            batches = itertools.chain([first], itertools.islice(iterator, self.steps_per_execution - 1))
            results = [self._step(name).run(WholeBatch(_parts(batch))).packed() for batch in batches]
            if name != "predict_step":
                return results[-1]
            return tree.map_structure(lambda *parts: np.concatenate(parts), *results)

        return run

    def _step_function(self, name: str) -> Callable:
        """A step of the model, whose arguments and results are checked.

        Raises:
            TypeError: If it does not take a batch alone, as steps for Keras on JAX do not, or returns nothing.
        """
        function = getattr(self, name)
        try:
            inspect.signature(function).bind(())
        except TypeError as problem:
            raise TypeError(
                f"`{name}` of {type(self).__name__} must take a batch: `def {name}(self, data)`. Compute gradients in "
                f"it with `keras.backend.GradientTape`. Received: {problem}"
            ) from None

        def run(data: Any) -> Any:
            results = function(data)
            if results is None or not (isinstance(results, dict) or name == "predict_step"):
                what = "tensors" if name == "predict_step" else "a dict of results, such as {'loss': loss}"
                raise TypeError(f"`{name}` of {type(self).__name__} must return {what}. Received: {results}")
            return results

        return run

    def _check_makers(self) -> None:
        """Raises NotImplementedError where a subclass makes a function of its own, since nothing would call it."""
        for name in _MAKERS:
            if getattr(type(self), name) is not getattr(Functions, name):
                raise NotImplementedError(
                    f"{type(self).__name__} overrides `{name}`, which kerasnb does not call: it records a step and "
                    "replays it. Override `train_step`, `test_step` or `predict_step` instead."
                )


def _parts(batch: Any) -> tuple:
    return batch if isinstance(batch, tuple) else (batch,)
