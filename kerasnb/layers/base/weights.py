"""Weights: how a layer creates, lists, reads and sets its variables."""

from __future__ import annotations

import contextlib
import math
import threading
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any, TypeVar

import numpy as np

from kerasnb import constraints, initializers, regularizers
from kerasnb.backend.autodiff.operation import Operation
from kerasnb.backend.tensor import device, naming
from kerasnb.backend.tensor.dtypes import standardize_dtype
from kerasnb.backend.tensor.tensor import Tensor
from kerasnb.backend.tensor.variable import Variable, unfilled
from kerasnb.backend.typing import DType, Shape
from kerasnb.layers.base.dtypes import LayerDTypes
from kerasnb.layers.base.tracking import Tracking
from kerasnb.metrics import Metric
from kerasnb.ops.core import convert_to_numpy

_T = TypeVar("_T")
_Waiting = dict[int, tuple[Variable, Callable]]

_NEVER_BUILT = (
    "Layer '{name}' was never built and thus it doesn't have any variables. However the weights file lists {count} "
    "variables for this layer.\nIn most cases, this error indicates that either:\n\n"
    "1. The layer is owned by a parent layer that implements a `build()` method, but calling the parent's `build()` "
    "method did NOT create the state of the child layer '{name}'. A `build()` method must create ALL state for the "
    "layer, including the state of any children layers.\n\n"
    "2. You need to implement the `def build_from_config(self, config)` method on layer '{name}', to specify how to "
    "rebuild it during loading. In this case, you might also want to implement the method that generates the build "
    "config at saving time, `def get_build_config(self)`. The method `build_from_config()` is meant to create the "
    "state of the layer "
    "(i.e. its variables) upon deserialization."
)


class _Loading(threading.local):
    def __init__(self) -> None:
        self.left: int | None = None
        self.waiting: _Waiting | None = None


_loading = _Loading()


@contextlib.contextmanager
def loading(limit: int) -> Iterator[_Waiting]:
    """Inside, layers create weights for values that come from a file; initializers do not run.

    Args:
        limit: How many bytes the weights may have, so that a small file cannot ask for a huge model.

    Yields:
        Dict of the variables that have no value yet, with their initializers, by the variables' ids.
    """
    outer = _loading.left, _loading.waiting
    waiting: _Waiting = {}
    _loading.left, _loading.waiting = limit, waiting
    try:
        yield waiting
    finally:
        _loading.left, _loading.waiting = outer


def fill(waiting: _Waiting) -> None:
    """Initializes the variables that the file had no values for."""
    for variable, initializer in waiting.values():
        if not variable.host().any():  # nor has `build` assigned one
            variable.assign(initializer(variable.shape, dtype=variable.dtype))
    waiting.clear()


def _spend(shape: tuple, dtype: str, name: str | None) -> None:
    """Counts the bytes of a weight.

    Raises:
        ValueError: If they are more than what is left for this file.
    """
    if _loading.left is None:
        return
    size = math.prod(extent or 0 for extent in shape)  # an extent that is not known is refused by the variable
    _loading.left -= size * int("".join(c for c in dtype if c.isdigit()) or 8) // 8
    if _loading.left < 0:
        raise ValueError(f"Not allowed: weight {name!r} of shape {shape} is larger than what the file can hold")


def unique(values: Iterable[_T]) -> list[_T]:
    """The values without repetitions, in order."""
    return list({id(v): v for v in values}.values())


class Weights(Tracking, LayerDTypes, Operation):
    """What layers have of variables."""

    built: bool
    _trainable: bool

    def add_weight(
        self, *args: Any, shape: Shape | None = None, initializer: Any = None, dtype: DType | None = None,
        trainable: bool = True, autocast: bool = True, regularizer: Any = None, constraint: Any = None,
        aggregation: str | None = "none", overwrite_with_gradient: bool = False, name: str | None = None,
    ) -> Variable:  # fmt: skip
        """Add a weight variable to the layer.

        Args:
            *args: `shape`, `initializer` and `dtype` may be passed in this order.
            shape: Shape tuple without None. Defaults to `()` (scalar).
            initializer: Initializer object or name. Defaults to `"glorot_uniform"` for floats and to
                `"zeros"` for all other types.
            dtype: Dtype of the variable. Defaults to the layer's variable dtype.
            trainable: Boolean, whether the variable is changed by the optimizer. Defaults to `True`.
            autocast: Boolean, whether the layer may cast it to its compute dtype. Defaults to `True`.
            regularizer: Regularizer object or name; its penalty is added to the loss.
            constraint: Constraint object or name, called on the variable after each update.
            aggregation: How copies on several devices are combined. Defaults to `"none"`.
            overwrite_with_gradient: Boolean, whether the variable is replaced by its gradient.
            name: String name of the variable.

        Returns:
            The variable.

        Raises:
            ValueError: If the layer is built already, a name is passed as the shape, or an argument is passed twice.
            TypeError: If there are more than three positional arguments.

        Example:

        >>> layer = keras.layers.Layer()
        >>> layer.add_weight(shape=(2, 3), name="w").shape
        (2, 3)
        """
        self._check_super_called()
        shape, initializer, dtype = _positional(args, {"shape": shape, "initializer": initializer, "dtype": dtype})
        dtype = self.variable_dtype if dtype is None else standardize_dtype(dtype)
        initializer = initializers.get(initializer or ("glorot_uniform" if "float" in dtype else "zeros"))
        regularizer, constraint = regularizers.get(regularizer), constraints.get(constraint)
        shape = () if shape is None else tuple(shape)
        _spend(shape, dtype, name)
        waiting = _loading.waiting if loads_as_usual(self) else None
        with naming.name_scope(self.name, caller=self):
            variable = Variable(
                initializer if waiting is None else unfilled, shape=shape, dtype=dtype, trainable=trainable,
                autocast=autocast, aggregation=aggregation, name=name,
            )  # fmt: skip
        if waiting is not None:
            waiting[id(variable)] = variable, initializer
        variable.regularizer, variable.constraint = regularizer, constraint
        variable.overwrite_with_gradient = overwrite_with_gradient
        self._track_variable(variable)
        return variable

    def add_variable(
        self, shape: Shape, initializer: Any, dtype: DType | None = None, trainable: bool = True, autocast: bool = True,
        regularizer: Any = None, constraint: Any = None, name: str | None = None,
    ) -> Variable:  # fmt: skip
        """Add a weight variable to the layer: an alias of `add_weight()`."""
        return self.add_weight(
            shape=shape, initializer=initializer, dtype=dtype, trainable=trainable, autocast=autocast,
            regularizer=regularizer, constraint=constraint, name=name,
        )  # fmt: skip

    def _track_variable(self, variable: Variable) -> None:
        self._tracker.track(variable)
        if not self.trainable:
            variable.trainable = False

    @property
    def _own_variables(self) -> list:
        """The layer's own variables."""
        return self._tracker.trainable_variables + self._tracker.non_trainable_variables

    @property
    def _stored_variables(self) -> list:
        """Those that stand in files, in the order in which they are saved."""
        return self._own_variables

    def _is_frozen(self, variable: Variable) -> bool:
        """Whether an own variable is not trained, even where the layer is trainable; for subclasses."""
        return False

    def _loaded(self) -> None:
        """Runs after the layer's own variables got their values from a file; for subclasses."""

    # --- lists

    @property
    def trainable(self) -> bool:
        """Boolean, whether training changes the weights; it can be set."""
        return self._trainable

    @trainable.setter
    def trainable(self, value: bool) -> None:
        self._trainable = bool(value)
        for variable in self._tracker.trainable_variables:
            variable.trainable = self._trainable and not self._is_frozen(variable)
        for layer in self._layers:
            layer.trainable = self._trainable

    @property
    def variables(self) -> list[Variable]:
        """List of all layer state, including random seeds."""
        seeds = [generator.state for generator in self._tracker.seed_generators]
        return unique([*self._own_variables, *seeds, *(v for layer in self._layers for v in layer.variables)])

    @property
    def trainable_variables(self) -> list[Variable]:
        """List of all trainable layer state."""
        return [v for v in self.variables if v.trainable] if self.trainable else []

    @property
    def non_trainable_variables(self) -> list[Variable]:
        """List of all non-trainable layer state, including random seeds."""
        return [v for v in self.variables if not v.trainable] if self.trainable else self.variables

    @property
    def weights(self) -> list[Variable]:
        """List of all weight variables of the layer, without random seeds."""
        return unique([*self._own_variables, *(v for layer in self._layers for v in layer.weights)])

    @property
    def trainable_weights(self) -> list[Variable]:
        """List of the weights that the optimizer changes."""
        return [v for v in self.weights if v.trainable] if self.trainable else []

    @property
    def non_trainable_weights(self) -> list[Variable]:
        """List of the weights that the optimizer does not change."""
        return [v for v in self.weights if not v.trainable] if self.trainable else self.weights

    @property
    def metrics(self) -> list[Metric]:
        """List of all metrics of the layer and of those inside."""
        return self._tracker.metrics + [m for layer in self._layers for m in layer.metrics]

    @property
    def metrics_variables(self) -> list[Variable]:
        """List of all metric variables."""
        return [v for metric in self.metrics for v in metric.variables]

    # --- values

    def get_weights(self) -> list[np.ndarray]:
        """Returns the values of all weights as NumPy arrays."""
        return [v.numpy() for v in self.weights]

    def set_weights(self, weights: Sequence) -> None:
        """Assigns arrays to all weights, in the order of `layer.weights`.

        Args:
            weights: List of arrays of the shapes of `layer.weights`.

        Raises:
            ValueError: If their number or a shape differs; nothing is changed then.
            RuntimeError: If another thread trains the model that the layer is in.
        """
        own = self.weights
        if len(own) != len(weights):
            raise ValueError(
                f"You called `set_weights(weights)` on layer '{self.name}' with a weight list of length "
                f"{len(weights)}, but the layer was expecting {len(own)} weights."
            )
        values = [convert_to_numpy(value) for value in weights]
        for variable, value in zip(own, values, strict=True):
            if variable.shape != value.shape:
                raise ValueError(
                    f"Layer {self.name} weight shape {variable.shape} is not compatible with provided weight shape "
                    f"{value.shape}."
                )
        for variable, value in zip(own, values, strict=True):
            variable.assign(value)

    def count_params(self) -> int:
        """Returns how many numbers the weights hold.

        Raises:
            ValueError: If the layer is not built yet.
        """
        if not self.built:
            raise ValueError(
                f"You tried to call `count_params` on layer '{self.name}', but the layer isn't built. "
                "You can build it manually via: `layer.build(input_shape)`."
            )
        return sum(v.size for v in self.weights)

    # --- files

    def save_own_variables(self, store: Any) -> None:
        """Saves the state of the layer itself, without the layers inside.

        Args:
            store: Dict, or what is written to like one, where the values are put.
        """
        for index, variable in enumerate(self._stored_variables):
            store[f"{index}"] = variable

    def load_own_variables(self, store: Any) -> None:
        """Loads the state of the layer itself, without the layers inside.

        Args:
            store: Dict of values, or what is read like one, as `save_own_variables` left it.

        Raises:
            ValueError: If their number differs.
        """
        self._check_store(store)
        for index, variable in enumerate(self._stored_variables):
            _put(variable, store[f"{index}"])
        self._loaded()

    def _check_store(self, store: Any) -> None:
        own, names = self._stored_variables, list(store.keys())
        if len(names) != len(own):
            if not own and not self.built:
                raise ValueError(_NEVER_BUILT.format(name=self.name, count=len(names)))
            raise ValueError(
                f"Layer '{self.name}' expected {len(own)} variables, but received {len(names)} variables during "
                f"loading. Expected: {[v.name for v in own]}"
            )


def _positional(args: tuple, keywords: dict[str, Any]) -> Any:
    """The values of arguments that may be passed by position or by name.

    Raises:
        TypeError: If there are too many.
        ValueError: If the first one is a name, or one is passed twice.
    """
    if len(args) > len(keywords):
        raise TypeError(f"add_weight() takes at most {len(keywords)} positional arguments but {len(args)} were given.")
    for name, value in zip(keywords, args, strict=False):
        if keywords[name] is not None:
            raise ValueError(f"`{name}` was passed both positionally and as a keyword argument.")
        keywords[name] = value
    shape = keywords["shape"]
    if isinstance(shape, str):
        raise ValueError(
            f"`name` must be passed as a keyword argument. Received: add_weight('{shape}', ...). "
            f"Use: add_weight(shape=..., name='{shape}')."
        )
    return keywords.values()


def loads_as_usual(layer: Any) -> bool:
    """Whether a layer reads its own variables from a file in the usual way: all of them, in order."""
    return type(layer).load_own_variables is Weights.load_own_variables


def _put(variable: Variable, value: Any) -> None:
    """Assigns an array without the copy that protects from later changes of the array."""
    if isinstance(value, np.ndarray) and value.dtype.name == variable.dtype:
        value = Tensor(device.runtime().from_host(value), value.shape, variable.dtype)
    variable.assign(value)
