"""Metrics of overlap between classes."""

from __future__ import annotations

import warnings
from collections.abc import Sequence

from kerasnb import ops
from kerasnb.backend.tensor.dtypes import epsilon
from kerasnb.backend.tensor.tensor import Tensor
from kerasnb.backend.typing import TensorLike
from kerasnb.dtype_policies.dtype_policy import PolicyLike
from kerasnb.metrics.counts import class_counts
from kerasnb.metrics.metric import Metric


class IoU(Metric):
    """Computes the intersection over union of classes: `tp / (tp + fp + fn)`, averaged.

    Args:
        num_classes: Integer, the number of classes.
        target_class_ids: List of the classes that are averaged.
        name: Optional name of the metric.
        dtype: See `keras.metrics.Metric`. Defaults to `"int"`.
        ignore_class: Optional integer: samples of this class count nothing.
        sparse_y_true: Whether labels are class ids rather than one-hot. Defaults to `True`.
        sparse_y_pred: Whether predictions are class ids rather than scores. Defaults to `True`.
        axis: The axis of the classes. Defaults to `-1`.

    Raises:
        ValueError: If a target class is out of range.

    Example:

    >>> m = keras.metrics.IoU(num_classes=2, target_class_ids=[0])
    >>> m.update_state([0, 0, 1, 1], [0, 1, 0, 1])
    >>> f"{float(m.result()):.4f}"
    '0.3333'
    """

    def __init__(
        self, num_classes: int, target_class_ids: Sequence[int], name: str | None = None, dtype: PolicyLike = None,
        ignore_class: int | None = None, sparse_y_true: bool = True, sparse_y_pred: bool = True, axis: int = -1,
    ) -> None:  # fmt: skip
        if max(target_class_ids) >= num_classes:
            raise ValueError(f"Target class id {max(target_class_ids)} is out of range, which is [0, {num_classes}).")
        super().__init__(name=name, dtype=dtype or "int")
        self.num_classes, self.target_class_ids = num_classes, list(target_class_ids)
        self.ignore_class, self.axis = ignore_class, axis
        self.sparse_y_true, self.sparse_y_pred = sparse_y_true, sparse_y_pred
        self.total_cm = self._add_total((num_classes, num_classes), "total_confusion_matrix", self.dtype)
        self._direction = "up"

    def _ids(self, y, sparse: bool) -> Tensor:
        y = ops.convert_to_tensor(y)
        y = y if sparse else ops.argmax(y, axis=self.axis)
        return ops.reshape(ops.cast(y, self.dtype), (-1,))

    def update_state(self, y_true: TensorLike, y_pred: TensorLike, sample_weight: TensorLike | None = None) -> None:
        """Adds the counts of each class predicted as each."""
        if "float" in str(getattr(sample_weight, "dtype", "")) and "int" in self.dtype:
            warnings.warn(
                "You are passing weight as `float`, but dtype is `int`. This may result in an incorrect weight due to "
                "type casting Consider using integer weights.",
                stacklevel=2,
            )
        labels, predictions = self._ids(y_true, self.sparse_y_true), self._ids(y_pred, self.sparse_y_pred)
        weight = ops.cast(ops.convert_to_tensor(1 if sample_weight is None else sample_weight), self.dtype)
        weight = ops.reshape(weight, (-1,)) if len(weight.shape) > 1 else weight
        weight = ops.broadcast_to(weight, labels.shape)
        if self.ignore_class is not None:
            kept = ops.not_equal(labels, ops.cast(ops.convert_to_tensor(self.ignore_class), self.dtype))
            weight = ops.multiply(weight, ops.cast(kept, self.dtype))
        self._add_to(self.total_cm, class_counts(labels, predictions, self.num_classes, weight, self.dtype))

    def result(self) -> Tensor:
        """The mean over the target classes that have occurred since the last reset."""
        counts = ops.cast(self.total_cm.value, "float32")
        both = ops.sum(ops.multiply(counts, ops.eye(self.num_classes)), axis=0)
        either = ops.subtract(ops.add(ops.sum(counts, axis=0), ops.sum(counts, axis=1)), both)
        classes = ops.expand_dims(ops.arange(self.num_classes, dtype="int32"), 0)
        targets = ops.expand_dims(ops.convert_to_tensor(self.target_class_ids, dtype="int32"), 1)
        wanted = ops.sum(ops.cast(ops.equal(targets, classes), "float32"), axis=0)
        seen = ops.multiply(wanted, ops.cast(ops.greater(either, 1e-9), "float32"))
        shares = ops.multiply(ops.divide(both, ops.add(either, epsilon())), seen)
        return ops.divide(ops.sum(shares), ops.add(ops.sum(seen), epsilon()))


class BinaryIoU(IoU):
    """Computes the intersection over union of class 0 and/or 1.

    Args:
        target_class_ids: The classes that are averaged. Defaults to `(0, 1)`.
        threshold: Predictions of at least this count as 1. Defaults to `0.5`.
        name: Optional name of the metric.
        dtype: See `keras.metrics.Metric`. Defaults to `"int"`.

    Example:

    >>> m = keras.metrics.BinaryIoU(target_class_ids=[0, 1], threshold=0.3)
    >>> m.update_state([0, 1, 0, 1], [0.1, 0.2, 0.4, 0.7])
    >>> f"{float(m.result()):.4f}"
    '0.3333'
    """

    def __init__(
        self, target_class_ids: Sequence[int] = (0, 1), threshold: float = 0.5, name: str | None = None,
        dtype: PolicyLike = None,
    ) -> None:  # fmt: skip
        super().__init__(2, target_class_ids, name, dtype)
        self.threshold = threshold

    def update_state(self, y_true: TensorLike, y_pred: TensorLike, sample_weight: TensorLike | None = None) -> None:
        """Adds the counts of each class predicted as each."""
        y_pred = ops.greater_equal(ops.convert_to_tensor(y_pred, dtype="float32"), self.threshold)
        super().update_state(y_true, ops.cast(y_pred, self.dtype), sample_weight)


class MeanIoU(IoU):
    """Computes the intersection over union, averaged over all classes.

    Args:
        num_classes: Integer, the number of classes.
        name: Optional name of the metric.
        dtype: See `keras.metrics.Metric`. Defaults to `"int"`.
        ignore_class: Optional integer: samples of this class count nothing.
        sparse_y_true: Whether labels are class ids rather than one-hot. Defaults to `True`.
        sparse_y_pred: Whether predictions are class ids rather than scores. Defaults to `True`.
        axis: The axis of the classes. Defaults to `-1`.

    Example:

    >>> m = keras.metrics.MeanIoU(num_classes=2)
    >>> m.update_state([0, 0, 1, 1], [0, 1, 0, 1])
    >>> f"{float(m.result()):.4f}"
    '0.3333'
    """

    def __init__(
        self, num_classes: int, name: str | None = None, dtype: PolicyLike = None, ignore_class: int | None = None,
        sparse_y_true: bool = True, sparse_y_pred: bool = True, axis: int = -1,
    ) -> None:  # fmt: skip
        everything = list(range(num_classes))
        super().__init__(num_classes, everything, name, dtype, ignore_class, sparse_y_true, sparse_y_pred, axis)


class OneHotIoU(IoU):
    """Computes the intersection over union of classes for one-hot labels.

    Args:
        num_classes: Integer, the number of classes.
        target_class_ids: List of the classes that are averaged.
        name: Optional name of the metric.
        dtype: See `keras.metrics.Metric`. Defaults to `"int"`.
        ignore_class: Optional integer: samples of this class count nothing.
        sparse_y_pred: Whether predictions are class ids rather than scores. Defaults to `False`.
        axis: The axis of the classes. Defaults to `-1`.

    Example:

    >>> m = keras.metrics.OneHotIoU(num_classes=2, target_class_ids=[0])
    >>> m.update_state([[1, 0], [0, 1]], [[0.9, 0.1], [0.2, 0.8]])
    >>> f"{float(m.result()):.4f}"
    '1.0000'
    """

    def __init__(
        self, num_classes: int, target_class_ids: Sequence[int], name: str | None = None, dtype: PolicyLike = None,
        ignore_class: int | None = None, sparse_y_pred: bool = False, axis: int = -1,
    ) -> None:  # fmt: skip
        super().__init__(num_classes, target_class_ids, name, dtype, ignore_class, False, sparse_y_pred, axis)


class OneHotMeanIoU(MeanIoU):
    """Computes the intersection over union, averaged over all classes, for one-hot labels.

    Args:
        num_classes: Integer, the number of classes.
        name: Optional name of the metric.
        dtype: See `keras.metrics.Metric`. Defaults to `"int"`.
        ignore_class: Optional integer: samples of this class count nothing.
        sparse_y_pred: Whether predictions are class ids rather than scores. Defaults to `False`.
        axis: The axis of the classes. Defaults to `-1`.

    Example:

    >>> m = keras.metrics.OneHotMeanIoU(num_classes=2)
    >>> m.update_state([[1, 0], [0, 1]], [[0.9, 0.1], [0.2, 0.8]])
    >>> f"{float(m.result()):.4f}"
    '1.0000'
    """

    def __init__(
        self, num_classes: int, name: str | None = None, dtype: PolicyLike = None, ignore_class: int | None = None,
        sparse_y_pred: bool = False, axis: int = -1,
    ) -> None:  # fmt: skip
        super().__init__(num_classes, name, dtype, ignore_class, False, sparse_y_pred, axis)
