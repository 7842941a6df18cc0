"""Layers that give their inputs another shape."""

from __future__ import annotations

import math

from kerasnb import ops
from kerasnb.backend.tensor.keras_tensor import KerasTensor
from kerasnb.layers.base.input_spec import InputSpec
from kerasnb.layers.base.layer import Layer


class _Reshaping(Layer):
    """A layer whose outputs have the dtype of the inputs."""

    def compute_output_spec(self, inputs):
        return KerasTensor(self.compute_output_shape(inputs.shape), dtype=inputs.dtype)


class Flatten(_Reshaping):
    """Flattens the input. Does not affect the batch size.

    Args:
        data_format: `"channels_last"` (default) or `"channels_first"`, in which the channels are moved
            to the end first.

    Raises:
        ValueError: If `data_format` is neither.

    Example:

    >>> keras.layers.Flatten()(keras.Input(shape=(10, 64))).shape
    (None, 640)
    """

    def __init__(self, data_format=None, **kwargs) -> None:
        super().__init__(**kwargs)
        self.data_format = _standardize_data_format(data_format)
        self.input_spec = InputSpec(min_ndim=1)

    def call(self, inputs):
        rank = len(inputs.shape)
        if self.data_format == "channels_first" and rank > 1:
            inputs = ops.transpose(inputs, axes=(0, *range(2, rank), 1))
        width = self.compute_output_shape(inputs.shape)[1]
        return ops.reshape(inputs, (inputs.shape[0], -1 if width is None else width))

    def compute_output_shape(self, input_shape):
        rest = input_shape[1:]
        return (input_shape[0], None if None in rest else math.prod(rest))

    def get_config(self):
        return {**super().get_config(), "data_format": self.data_format}


def _standardize_data_format(data_format) -> str:
    found = "channels_last" if data_format is None else str(data_format).lower()
    if found not in ("channels_first", "channels_last"):
        raise ValueError(
            "The `data_format` argument must be one of {'channels_first', 'channels_last'}. "
            f"Received: data_format={data_format}"
        )
    return found


class Reshape(_Reshaping):
    """Layer that reshapes inputs into the given shape.

    Args:
        target_shape: Tuple of integers without the batch size; one may be -1 and is inferred.

    Output shape:
        `(batch_size, *target_shape)`

    Raises:
        ValueError: If the target shape is invalid, or does not fit the inputs.

    Example:

    >>> keras.layers.Reshape((-1, 2, 2))(keras.Input(shape=(12,))).shape
    (None, 3, 2, 2)
    """

    def __init__(self, target_shape, **kwargs) -> None:
        super().__init__(**kwargs)
        self.target_shape = tuple(target_shape)
        _check_target(self.target_shape)
        self.built = True

    def compute_output_shape(self, input_shape):
        return (input_shape[0], *_resolved(tuple(input_shape[1:]), self.target_shape))

    def call(self, inputs):
        shape = _resolved(inputs.shape[1:], self.target_shape)
        return ops.reshape(inputs, (inputs.shape[0], *(-1 if e is None else e for e in shape)))

    def get_config(self):
        return {**super().get_config(), "target_shape": self.target_shape}


def _check_target(target: tuple) -> None:
    if target.count(-1) > 1:
        raise ValueError(
            f"There must be at most one unknown dimension (-1) in `target_shape`. Received: target_shape={target}."
        )
    for extent in target:
        if isinstance(extent, int) and extent < -1:
            raise ValueError(
                "Each dimension in `target_shape` must be a non-negative integer, or `-1` for a single unknown "
                f"dimension. Received: target_shape={target}."
            )


def _resolved(shape: tuple, target: tuple) -> tuple:
    """The target shape with -1 replaced by what is left over; None where that is not known."""
    if None in shape or None in target:
        return tuple(None if e == -1 else e for e in target)
    size, known = math.prod(shape), math.prod(e for e in target if e != -1)
    if -1 not in target:
        if size != known:
            raise ValueError(
                f"The total size of the tensor must be unchanged. Received: input_shape={shape}, target_shape={target}"
            )
        return target
    if known == 0 or size % known:
        raise ValueError(
            "The total size of the tensor must be unchanged, however, the input size cannot by divided by the "
            f"specified dimensions in target_shape. Received: input_shape={shape}, target_shape={target}"
        )
    return tuple(size // known if e == -1 else e for e in target)


class Permute(_Reshaping):
    """Permutes the dimensions of the input according to a given pattern.

    Args:
        dims: Tuple of integers, the order of the axes; the batch axis is not counted, the first after it is 1.

    Raises:
        ValueError: If `dims` is no permutation.

    Example:

    >>> keras.layers.Permute((2, 1))(keras.Input(shape=(10, 64))).shape
    (None, 64, 10)
    """

    def __init__(self, dims, **kwargs) -> None:
        super().__init__(**kwargs)
        self.dims = tuple(dims)
        if sorted(dims) != list(range(1, len(dims) + 1)):
            raise ValueError(
                "Invalid permutation argument `dims` for Permute Layer. The set of indices in `dims` must be "
                f"consecutive and start from 1. Received dims={dims}"
            )
        self.input_spec = InputSpec(ndim=len(self.dims) + 1)

    def compute_output_shape(self, input_shape):
        return (input_shape[0], *(input_shape[axis] for axis in self.dims))

    def call(self, inputs):
        return ops.transpose(inputs, axes=(0, *self.dims))

    def get_config(self):
        return {**super().get_config(), "dims": self.dims}


class RepeatVector(Layer):
    """Repeats the input n times.

    Args:
        n: Positive integer, repetition factor.

    Input shape:
        `(batch_size, features)`.

    Output shape:
        `(batch_size, n, features)`.

    Raises:
        TypeError: If `n` is no integer.
        ValueError: If it is not positive.

    Example:

    >>> keras.layers.RepeatVector(3)(keras.Input(shape=(32,))).shape
    (None, 3, 32)
    """

    def __init__(self, n, **kwargs) -> None:
        super().__init__(**kwargs)
        if not isinstance(n, int) or isinstance(n, bool):
            raise TypeError(f"Expected an integer value for `n`, got {type(n)}.")
        if n <= 0:
            raise ValueError(f"Argument `n` should be a positive integer. Received: n={n}")
        self.n = n
        self.input_spec = InputSpec(ndim=2)

    def compute_output_shape(self, input_shape):
        return (input_shape[0], self.n, input_shape[1])

    def call(self, inputs):
        return ops.broadcast_to(ops.expand_dims(inputs, 1), (inputs.shape[0], self.n, inputs.shape[1]))

    def get_config(self):
        return {**super().get_config(), "n": self.n}
