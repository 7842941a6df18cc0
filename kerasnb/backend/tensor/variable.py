"""Variable: a value that changes, in a buffer that stays."""

from __future__ import annotations

import math
import weakref
from collections.abc import Callable, Iterator, Sequence
from typing import TYPE_CHECKING, Any, Self

import numpy as np

from kerasnb.backend.autodiff import recording
from kerasnb.backend.late_bound import Assignment, Initializers
from kerasnb.backend.tensor import device, dtypes, naming, scopes
from kerasnb.backend.tensor.keras_tensor import KerasTensor
from kerasnb.backend.tensor.operators import WithOperators
from kerasnb.backend.tensor.tensor import Tensor, TracedValueError, copied, to_tensor

if TYPE_CHECKING:
    from kerasnb.backend.typing import DType, Shape, TensorLike


guards: dict[int, Callable[[Variable], None]] = {}  # of trainings that run: each raises for a weight that is not free


def unfilled(shape: Sequence[int], dtype: Any = None) -> np.ndarray:
    """The initializer of a variable whose value comes later: its memory is not touched until then."""
    return np.zeros(shape, dtypes.numpy_dtype(dtype))


class Variable(WithOperators):
    """A value that can be changed: weights, optimizer slots, metric totals.

    Its buffer is allocated once and written in place, so that recorded steps stay valid.

    Args:
        initializer: Initial value (array-like), a callable `initializer(shape, dtype=)`, or the name of one.
        shape: Tuple of integers; needed with an initializer.
        dtype: The dtype. Defaults to the value's, or `floatx` with an initializer.
        trainable: Boolean, whether gradients are computed for it. Defaults to `True`.
        autocast: Boolean, whether layers may cast it to their compute dtype. Defaults to `True`.
        aggregation: How copies on several devices are combined, one of `"none"`, None, `"mean"`, `"sum"` and
            `"only_first_replica"`; there is one device here. Defaults to `"none"`.
        synchronization: When those are combined, one of `"auto"`, None, `"none"`, `"on_write"` and `"on_read"`.
            Defaults to `"auto"`.
        name: Optional string without `/`.
        layout: Must be None: a variable is on one device.

    Raises:
        ValueError: If `name` contains `/`, the shape is missing or has an extent that is None, there is a layout, or an
            argument is unknown.

    Example:

    >>> v = keras.Variable([1.0, 2.0], name="v")
    >>> v.assign([3.0, 4.0])
    <Variable path=v, shape=(2,), dtype=float32, value=[3. 4.]>
    """

    def __init__(
        self, initializer: TensorLike | Callable, shape: Shape | None = None, dtype: DType | None = None,
        trainable: bool = True, autocast: bool = True, aggregation: str | None = "none",
        synchronization: str | None = "auto", name: str | None = None, layout: Any = None, **kwargs: Any,
    ) -> None:  # fmt: skip
        if kwargs:
            raise ValueError(f"Unrecognized keyword arguments passed to Variable: {kwargs}")
        if layout is not None:
            raise ValueError(f"A variable is on one device here: `layout` must be None. Received: layout={layout}")
        _check_copies(aggregation, synchronization)
        self.name = name or naming.auto_name("variable")
        if not isinstance(self.name, str) or "/" in self.name:
            raise ValueError(
                f"Argument `name` must be a string and cannot contain character `/`. Received: name={name}"
            )
        self.path = naming.current_path(self.name)
        self._trainable, self.autocast, self.aggregation = bool(trainable), autocast, aggregation or "none"
        self.synchronization = synchronization
        self.constraint: Callable | None = None
        self.regularizer: Callable | None = None
        self.overwrite_with_gradient = False
        with recording.unrecorded():
            value = self._initial_value(initializer, _known(shape, self.path), dtype)
        self.shape, self._dtype = value.shape, value.dtype
        self.data = value.data
        self._alias: weakref.ref[Tensor] | None = None

    @staticmethod
    def _initial_value(initializer: Any, shape: Any, dtype: DType | None) -> Tensor:
        if initializer is unfilled:
            host = unfilled(shape, dtypes.standardize_dtype(dtype))
            return Tensor(device.runtime().from_host(host), host.shape, dtypes.standardize_dtype(dtype))
        if isinstance(initializer, str):
            initializer = Initializers.get(initializer)
        if callable(initializer):
            if shape is None:
                raise ValueError(
                    "When creating a Variable from an initializer, the `shape` argument should be specified. "
                    f"Received: initializer={initializer} and shape={shape}"
                )
            initializer = initializer(shape, dtype=dtypes.standardize_dtype(dtype))
        value = to_tensor(initializer.value if isinstance(initializer, Variable) else initializer)
        dtype = dtypes.standardize_dtype(dtype) if dtype is not None else value.dtype
        dtypes.check_range(value.host(), dtype)
        host = np.array(value.host(), dtype=dtypes.numpy_dtype(dtype), order="C")
        if shape is not None and host.shape != shape:
            host = np.array(np.broadcast_to(host, shape), order="C")
        return Tensor(device.runtime().from_host(host), host.shape, dtype)

    def detached_copy(self, value: Tensor | None = None) -> Variable:
        """A variable of the same shape and dtype that belongs to no layer, with the same value by default."""
        with recording.unrecorded():
            return Variable(self._stored() if value is None else value, dtype=self._dtype, name="copy")

    # --- reading

    @property
    def dtype(self) -> str:
        """The dtype; inside a layer that computes in another one and casts its variables, that one."""
        return self._autocast_dtype() or self._dtype

    def _autocast_dtype(self) -> str | None:
        """The dtype that the running layer casts the variable to, or None."""
        dtype = scopes.autocast_dtype()
        return dtype if dtype is not None and self.autocast and dtypes.is_float_dtype(self._dtype) else None

    @property
    def value(self) -> Tensor:
        """The value as a Tensor."""
        dtype = self._autocast_dtype()
        value = self._stored()
        return value if dtype is None or dtype == value.dtype else Assignment.cast(value, dtype=dtype)

    def _stored(self) -> Tensor:
        """The value in the dtype in which it is stored."""
        scope = scopes.stateless()
        if scope is not None and (value := scope.get_current_value(self)) is not None:
            return value
        current = recording.current()
        if current is not None:
            return current.read(self)
        alias = self._alias() if self._alias is not None else None
        if alias is None:
            alias = Tensor(self.data, self.shape, self._dtype)
            alias.owner = alias.source = self
            self._alias = weakref.ref(alias)
        return alias

    def host(self) -> np.ndarray:
        """The value on the host, without a copy where the device is the host."""
        current = recording.current()
        if current is not None and not current.values_known:
            raise TracedValueError(
                f"The value of variable {self.path!r} was asked for while the step is being recorded."
            )
        return device.runtime().to_host(self.data)

    def numpy(self) -> np.ndarray:
        """Returns the value as a NumPy array of its own."""
        return np.array(self.host())

    def __array__(self, dtype: np.dtype | None = None, copy: bool | None = None) -> np.ndarray:
        return copied(self.numpy(), dtype, copy)

    @property
    def ndim(self) -> int:
        """The number of axes."""
        return len(self.shape)

    @property
    def size(self) -> int:
        """The number of elements."""
        return math.prod(self.shape)

    @property
    def trainable(self) -> bool:
        """Whether gradients are computed for it."""
        return self._trainable

    @trainable.setter
    def trainable(self, value: bool) -> None:
        self._trainable = bool(value)

    # --- writing

    def release(self) -> None:
        """Copies the value for a Tensor that shares this buffer, before the buffer changes."""
        if self._alias is None:
            return
        alias = self._alias()
        if alias is not None:
            runtime = device.runtime()
            alias.data = runtime.from_host(np.array(runtime.to_host(self.data)))
            alias.owner = None
        self._alias = None

    def __getstate__(self) -> dict:
        """A copy or a pickle has no tensor that shares its buffer."""
        return {**self.__dict__, "_alias": None}

    def assign(self, value: TensorLike) -> Self:
        """Replaces the value.

        Args:
            value: Tensor or array-like of the variable's shape.

        Returns:
            The variable.

        Raises:
            ValueError: If the shape differs.
            RuntimeError: If it is a weight of a model that another thread trains.
        """
        if scopes.is_inferring() or isinstance(value, KerasTensor):
            return self
        if isinstance(value, Variable):
            value = value.value
        if isinstance(value, np.ndarray):
            dtypes.check_range(value, self._dtype)
        value = to_tensor(value, None if isinstance(value, (np.ndarray, Tensor)) else self._dtype)
        if tuple(value.shape) != self.shape:
            raise ValueError(
                "The shape of the target variable and the shape of the target value in `variable.assign(value)` must "
                f"match. variable.shape={self.shape}, Received: value.shape={value.shape}. Target "
                f"variable: <Variable path={self.path}, shape={self.shape}, dtype={self.dtype}>"
            )
        if value.dtype != self._dtype:
            value = Assignment.cast(value, dtype=self._dtype)
        scope = scopes.stateless()
        if scope is not None:
            scope.add_update((self, value))
            return self
        if guards and recording.current() is None:
            for guard in tuple(guards.values()):
                guard(self)
        Assignment.assign(self, value)
        return self

    def assign_add(self, value: TensorLike) -> Self:
        """Adds to the value.

        Args:
            value: Tensor or array-like of the variable's shape.

        Returns:
            The variable.
        """
        return self.assign(self.value + value)

    def assign_sub(self, value: TensorLike) -> Self:
        """Subtracts from the value.

        Args:
            value: Tensor or array-like of the variable's shape.

        Returns:
            The variable.
        """
        return self.assign(self.value - value)

    # --- Python's conversions

    def __float__(self) -> float:
        return float(self.host().item())

    def __int__(self) -> int:
        return int(self.host().item())

    def __bool__(self) -> bool:
        raise TypeError("A Keras Variable cannot be used as a boolean.")

    def __len__(self) -> int:
        return len(self.value)

    def __iter__(self) -> Iterator:
        return iter(self.value)

    def __repr__(self) -> str:
        value = "" if recording.current() is not None else f", value={self.host()}"
        return f"<Variable path={self.path}, shape={self.shape}, dtype={self.dtype}{value}>"

    __hash__ = object.__hash__


def _known(shape: Shape | None, path: str) -> Shape | None:
    """A shape as a tuple.

    Raises:
        ValueError: If an extent is None.
    """
    if shape is not None and None in (shape := tuple(shape)):
        raise ValueError(
            f"The shape of a variable must be known. Received: shape={shape} for the variable '{path}'. The weights of "
            "a layer take extents from its inputs: those of `keras.Input` must not be None there."
        )
    return shape


def _check_copies(aggregation: str | None, synchronization: str | None) -> None:
    known = {
        "aggregation": (aggregation, (None, "none", "mean", "sum", "only_first_replica")),
        "synchronization": (synchronization, (None, "none", "auto", "on_write", "on_read")),
    }
    for name, (value, allowed) in known.items():
        if value not in allowed:
            raise ValueError(f"Invalid value for argument `{name}`. Expected one of {allowed}. Received: {value!r}")
