"""InputLayer and `Input`: where a model's inputs enter."""

from __future__ import annotations

import warnings
from typing import Any

from kerasnb.backend.autodiff.node import Node
from kerasnb.backend.tensor.dtypes import standardize_dtype
from kerasnb.backend.tensor.keras_tensor import KerasTensor
from kerasnb.backend.tensor.shapes import standardize_shape
from kerasnb.backend.typing import DType, Shape
from kerasnb.layers.base.layer import Layer

_INCOMPATIBLE = "When providing the `input_tensor` argument, you cannot provide an incompatible `{}` argument."


class InputLayer(Layer):
    """The layer that stands for an input of a model; `keras.Input` creates one.

    Args:
        shape: Shape tuple without the batch size; None for unknown extents.
        batch_size: Optional integer, a fixed batch size.
        dtype: Dtype of the input. Defaults to `"float32"`.
        sparse: Must be False: tensors here are dense.
        ragged: Must be False.
        batch_shape: Shape tuple with the batch size, instead of `shape` and `batch_size`.
        input_tensor: Optional KerasTensor to use.
        optional: Boolean, whether the input may be None. Defaults to `False`.
        name: Optional name of the layer.

    Raises:
        ValueError: If there is no shape, or arguments contradict each other.

    Example:

    >>> keras.layers.InputLayer(shape=(4,)).output.shape
    (None, 4)
    """

    def __init__(
        self, shape: Shape | None = None, batch_size: int | None = None, dtype: DType | None = None,
        sparse: bool | None = None, ragged: bool | None = None, batch_shape: Shape | None = None,
        input_tensor: KerasTensor | None = None, optional: bool = False, name: str | None = None, **kwargs: Any,
    ) -> None:  # fmt: skip
        super().__init__(name=name)
        if "input_shape" in kwargs:
            warnings.warn("Argument `input_shape` is deprecated. Use `shape` instead.", stacklevel=2)
            shape = kwargs.pop("input_shape")
        batch_shape = kwargs.pop("batch_input_shape", batch_shape)
        if kwargs:
            raise ValueError(f"Unrecognized keyword arguments passed to InputLayer: {kwargs}")
        if sparse or ragged:
            option = "sparse" if sparse else "ragged"
            raise ValueError(f"`{option}=True` is not supported with the kerasnb backend")
        if input_tensor is not None:
            _check_input_tensor(input_tensor, shape, batch_size, batch_shape, dtype)
            batch_shape, dtype = input_tensor.shape, input_tensor.dtype
        else:
            batch_shape = _batch_shape(shape, batch_size, batch_shape)
        self._batch_shape, self._dtype = standardize_shape(batch_shape), standardize_dtype(dtype)
        self.sparse, self.ragged, self.optional = bool(sparse), bool(ragged), optional
        if input_tensor is None:
            input_tensor = KerasTensor(self._batch_shape, dtype=self._dtype, name=name)
        self._input_tensor = input_tensor
        Node(self, outputs=input_tensor)
        self.built = True

    def call(self) -> None:
        """Computes nothing: the layer only stands for an input."""

    @property
    def batch_shape(self) -> tuple:
        """The shape of the input with its batch size."""
        return self._batch_shape

    @property
    def dtype(self) -> str:
        """The dtype of the input."""
        return self._dtype

    def get_config(self) -> dict:
        """Returns the config of the layer: the arguments of its constructor."""
        names = ("batch_shape", "dtype", "sparse", "ragged", "name", "optional")
        return {name: getattr(self, name) for name in names}


def _batch_shape(shape: Shape | None, batch_size: int | None, batch_shape: Shape | None) -> Shape | None:
    if shape is not None and batch_shape is not None:
        raise ValueError("You cannot pass both `shape` and `batch_shape` at the same time.")
    if batch_size is not None and batch_shape is not None:
        raise ValueError("You cannot pass both `batch_size` and `batch_shape` at the same time.")
    if shape is None and batch_shape is None:
        raise ValueError("You must pass a `shape` argument.")
    return batch_shape if shape is None else (batch_size, *standardize_shape(shape))


def _check_input_tensor(
    tensor: Any, shape: Shape | None, batch_size: int | None, batch_shape: Shape | None, dtype: DType | None
) -> None:
    if not isinstance(tensor, KerasTensor):
        raise ValueError(
            "Argument `input_tensor` must be a KerasTensor. "
            f"Received invalid type: input_tensor={tensor} (of type {type(tensor)})"
        )
    differs = {
        "batch_size": batch_size is not None and tensor.shape[:1] != (batch_size,),
        "shape": shape is not None and tuple(shape) != tensor.shape[1:],
        "batch_shape": batch_shape is not None and tuple(batch_shape) != tensor.shape,
        "dtype": dtype is not None and tensor.dtype != dtype,
    }
    for name, wrong in differs.items():
        if wrong:
            raise ValueError(_INCOMPATIBLE.format(name))


def Input(
    shape: Shape | None = None, batch_size: int | None = None, dtype: DType | None = None, sparse: bool | None = None,
    ragged: bool | None = None, batch_shape: Shape | None = None, name: str | None = None,
    tensor: KerasTensor | None = None, optional: bool = False,
) -> KerasTensor:  # fmt: skip
    """Used to instantiate a Keras tensor: the symbolic input of a model.

    Args:
        shape: Shape tuple without the batch size; None for unknown extents.
        batch_size: Optional integer, a fixed batch size.
        dtype: Dtype of the input. Defaults to `"float32"`.
        sparse: Must be False: tensors here are dense.
        ragged: Must be False.
        batch_shape: Shape tuple with the batch size, instead of `shape` and `batch_size`.
        name: Optional name of the input layer.
        tensor: Optional KerasTensor to use.
        optional: Boolean, whether the input may be None. Defaults to `False`.

    Returns:
        A KerasTensor.

    Example:

    >>> keras.Input(shape=(32,)).shape
    (None, 32)
    """
    layer = InputLayer(
        shape=shape, batch_size=batch_size, dtype=dtype, sparse=sparse, ragged=ragged, batch_shape=batch_shape,
        name=name, input_tensor=tensor, optional=optional,
    )  # fmt: skip
    return layer.output
