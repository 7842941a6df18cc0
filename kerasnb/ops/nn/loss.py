"""Crossentropies of `keras.ops`."""

from __future__ import annotations

from kerasnb.backend.tensor.dtypes import epsilon, result_type
from kerasnb.backend.tensor.tensor import Tensor
from kerasnb.backend.typing import TensorLike
from kerasnb.kernels.crossentropy import categorical_logits, sparse_logits
from kerasnb.kernels.crossentropy_binary import binary_logits, binary_probabilities
from kerasnb.kernels.crossentropy_probabilities import categorical_probabilities, sparse_probabilities
from kerasnb.ops.arguments import floating, one_axis, promoted, tensor
from kerasnb.ops.numpy.shapes import squeeze, transpose
from kerasnb.ops.operation import operation

__all__ = ["binary_crossentropy", "categorical_crossentropy", "sparse_categorical_crossentropy"]


def _same_shape(target, output):
    if tuple(target.shape) != tuple(output.shape):
        raise ValueError(
            "Arguments `target` and `output` must have the same shape. "
            f"Received: target.shape={target.shape}, output.shape={output.shape}"
        )


@operation("BinaryCrossentropy", "from_logits")
def binary_crossentropy(target: TensorLike, output: TensorLike, from_logits: bool = False) -> Tensor:
    """Computes the crossentropy of each pair of a binary target and an output.

    Args:
        target: Tensor of numbers between 0 and 1.
        output: Tensor of the same shape: probabilities, or logits.
        from_logits: Boolean, whether `output` holds logits. Defaults to `False`.

    Returns:
        Tensor of the same shape.

    Raises:
        ValueError: If the shapes differ.

    Example:

    >>> loss = keras.ops.binary_crossentropy([0.0, 1.0], [0.1, 0.9])
    >>> keras.ops.round(loss, 4).tolist()
    [0.10540000349283218, 0.10540000349283218]
    """
    target, output = promoted(target, output, floating=True)
    _same_shape(target, output)
    if from_logits:
        return binary_logits(target, output)
    return binary_probabilities(target, output, epsilon=epsilon())


@operation("CategoricalCrossentropy", "from_logits", "axis")
def categorical_crossentropy(
    target: TensorLike, output: TensorLike, from_logits: bool = False, axis: int = -1
) -> Tensor:
    """Computes the crossentropy between rows of target and output probabilities.

    Args:
        target: Tensor of target probabilities.
        output: Tensor of the same shape: probabilities, or logits.
        from_logits: Boolean, whether `output` holds logits. Defaults to `False`.
        axis: The axis of the classes. Defaults to `-1`.

    Returns:
        Tensor without the axis of the classes.

    Raises:
        ValueError: If the shapes differ, or are scalar.

    Example:

    >>> loss = keras.ops.categorical_crossentropy([[0.0, 1.0]], [[0.5, 0.5]])
    >>> round(float(loss[0]), 4)
    0.6931
    """
    target, output = promoted(target, output, floating=True)
    _same_shape(target, output)
    if len(target.shape) < 1:
        raise ValueError(
            "Arguments `target` and `output` must be at least rank 1. "
            f"Received: target.shape={target.shape}, output.shape={output.shape}"
        )
    target, output = _classes_last(target, axis), _classes_last(output, axis)
    if from_logits:
        return categorical_logits(target, output)[0]
    return categorical_probabilities(target, output, epsilon=epsilon())


@operation("SparseCategoricalCrossentropy", "from_logits", "axis")
def sparse_categorical_crossentropy(
    target: TensorLike, output: TensorLike, from_logits: bool = False, axis: int = -1
) -> Tensor:
    """Computes the crossentropy between integer labels and rows of output probabilities.

    Args:
        target: Tensor of integer labels, of the output's shape without the axis of the classes.
        output: Tensor of probabilities, or logits.
        from_logits: Boolean, whether `output` holds logits. Defaults to `False`.
        axis: The axis of the classes. Defaults to `-1`.

    Returns:
        Tensor of the labels' shape.

    Raises:
        ValueError: If the shapes do not fit.

    Example:

    >>> loss = keras.ops.sparse_categorical_crossentropy([1], [[0.5, 0.5]])
    >>> round(float(loss[0]), 4)
    0.6931
    """
    target, output = tensor(target, "int32"), floating(output)
    output = tensor(output, result_type(output.dtype, "float32"))  # as one-hot labels of float32 would make it
    if len(output.shape) < 1:
        raise ValueError(f"Argument `output` must be at least rank 1. Received: output.shape={output.shape}")
    labels = target
    if len(target.shape) == len(output.shape) and target.shape[-1] == 1:
        labels = squeeze(target, axis=-1)
    axis = one_axis(axis, len(output.shape))
    if tuple(labels.shape) != (*output.shape[:axis], *output.shape[axis + 1 :]):
        raise ValueError(
            "Arguments `target` and `output` must have the same shape up until the last dimension: "
            f"target.shape={target.shape}, output.shape={output.shape}"
        )
    output = _classes_last(output, axis)
    if from_logits:
        return sparse_logits(labels, output)[0]
    return sparse_probabilities(labels, output, epsilon=epsilon())


def _classes_last(x, axis):
    axis = one_axis(axis, len(x.shape))
    order = (*(a for a in range(len(x.shape)) if a != axis), axis)
    return x if axis == len(x.shape) - 1 else transpose(x, order)
