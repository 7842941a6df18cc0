"""The base class of metrics."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from kerasnb import initializers, ops
from kerasnb.backend.tensor import naming
from kerasnb.backend.tensor.dtypes import floatx, is_float_dtype
from kerasnb.backend.tensor.tensor import Tensor
from kerasnb.backend.tensor.variable import Variable
from kerasnb.backend.typing import DType
from kerasnb.dtype_policies.dtype_policy import PolicyLike
from kerasnb.kernels.elementwise import lost_with, total_with
from kerasnb.losses.loss import compute_dtype
from kerasnb.metrics.stateless import StatelessMetric
from kerasnb.ops.numpy.half import sum_dtype
from kerasnb.serialization.configured import Configured


def any_arguments(method: Callable) -> Callable[..., None]:
    """Marks an `update_state` whose subclasses take other arguments, as some metrics of Keras do."""
    return method


class Metric(StatelessMetric, Configured):
    """Metric base class: subclasses implement `update_state` and `result`.

    Args:
        dtype: Optional dtype or policy of the computation. Defaults to `keras.config.floatx()`.
        name: Optional name of the metric.

    Example:

    >>> class Positives(keras.metrics.Metric):
    ...     def __init__(self, name="positives"):
    ...         super().__init__(name=name)
    ...         self.total = self.add_variable((), "zeros", name="total")
    ...     def update_state(self, y_true, y_pred, sample_weight=None):
    ...         self.total.assign_add(keras.ops.sum(y_pred))
    ...     def result(self):
    ...         return self.total.value
    >>> float(Positives()([0.0, 1.0], [1.0, 1.0]))
    2.0
    """

    def __init__(self, dtype: PolicyLike = None, name: str | None = None) -> None:
        self.name = name or naming.auto_name(self.__class__.__name__)
        self._dtype = compute_dtype(dtype)
        self._variables: list = []
        self._metrics: list = []

    @property
    def dtype(self) -> str:
        """The dtype of the computation."""
        return self._dtype

    def __setattr__(self, name, value) -> None:
        """Metrics and variables that are set as attributes are found by `variables`."""
        if isinstance(value, (Variable, Metric)):
            self._check_super_called()
            kept = self._variables if isinstance(value, Variable) else self._metrics
            if not any(value is v for v in kept):
                kept.append(value)
        super().__setattr__(name, value)

    def _check_super_called(self) -> None:
        if "_variables" not in self.__dict__:
            raise RuntimeError("You forgot to call `super().__init__()` in the `__init__()` method. Go add it!")

    def reset_state(self) -> None:
        """Resets all of the metric's variables to zero."""
        for variable in self.variables:
            variable.assign(ops.zeros(variable.shape, dtype=variable.dtype))

    def update_state(self, *args: Any, **kwargs: Any) -> None:
        """Accumulates statistics for the metric."""
        raise NotImplementedError(f"Metric {self.__class__.__name__} must implement the `update_state()` method.")

    def result(self) -> Any:
        """Computes the current value of the metric: a scalar tensor, or a dict of them."""
        raise NotImplementedError(f"Metric {self.__class__.__name__} must implement the `result()` method.")

    def __call__(self, *args: Any, **kwargs: Any) -> Tensor:
        """Adds a batch to the state and returns the result."""
        self._check_super_called()
        self.update_state(*args, **kwargs)
        return self.result()

    def add_variable(
        self, shape: tuple, initializer: Any, dtype: DType | None = None, aggregation: str = "sum",
        name: str | None = None,
    ) -> Variable:  # fmt: skip
        """Adds a variable that keeps a part of the metric's state.

        Args:
            shape: Shape of the variable.
            initializer: An initializer or its name.
            dtype: Optional dtype. Defaults to `keras.config.floatx()`.
            aggregation: How copies on several devices are combined. Defaults to `"sum"`.
            name: Optional name of the variable.

        Returns:
            The variable.
        """
        self._check_super_called()
        with naming.name_scope(self.name.replace("/", ">")):
            variable = Variable(
                initializers.get(initializer), tuple(shape), dtype, trainable=False, autocast=False,
                aggregation=aggregation, synchronization="on_read", name=name,
            )  # fmt: skip
        self._variables.append(variable)
        return variable

    def add_weight(
        self, shape: tuple = (), initializer: Any = None, dtype: DType | None = None, name: str | None = None
    ) -> Variable:
        """The same as `add_variable`, with zeros to start from."""
        return self.add_variable(shape, initializer or "zeros", dtype=dtype, name=name)

    def _add_total(self, shape: tuple, name: str, dtype=None):
        """Adds a variable to which batches are added with `_add_to`; half precision is added up in float32.

        What rounding takes from it stands in a second variable that is no part of the metric's state: it counts only
        as long as it is too small to change the total, so that the total may be assigned or loaded at any time.
        """
        variable = self.add_variable(shape, "zeros", sum_dtype(dtype or floatx()), name=name)
        if is_float_dtype(variable.dtype):
            zeros = np.zeros(shape, variable.dtype)
            lost = Variable(zeros, dtype=variable.dtype, trainable=False, autocast=False, name=f"{name}_lost")
            setattr(variable, "lost", lost)  # noqa: B010  # an attribute of these variables alone
        return variable

    def _add_to(self, variable, value) -> None:
        """Adds a batch to a total."""
        lost = getattr(variable, "lost", None)
        if lost is None:
            variable.assign_add(value)
            return
        args = variable.value, lost.value, ops.cast(value, variable.dtype)
        total, more = total_with(*args), lost_with(*args)
        variable.assign(total)
        lost.assign(more)

    @property
    def variables(self) -> list:
        """The variables of the metric and of the metrics inside it."""
        return self._variables + [v for metric in self._metrics for v in metric.variables]

    def __repr__(self) -> str:
        return f"<{self.__class__.__name__} name={self.name}>"
