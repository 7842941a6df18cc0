"""Losses of sequences."""

from __future__ import annotations

from kerasnb import ops
from kerasnb.backend.tensor.tensor import Tensor
from kerasnb.backend.typing import TensorLike
from kerasnb.dtype_policies.dtype_policy import PolicyLike
from kerasnb.losses.loss import LossFunctionWrapper
from kerasnb.ops.numpy.half import in_float32


@in_float32
def ctc(y_true: TensorLike, y_pred: TensorLike) -> Tensor:
    """CTC (connectionist temporal classification) loss; class 0 means "no label".

    Args:
        y_true: Integer labels of shape `(batch_size, max_length)`, filled up with 0.
        y_pred: Logits of shape `(batch_size, time, num_classes)`.

    Returns:
        Values of shape `(batch_size,)`.

    Raises:
        ValueError: If the ranks are others.

    Example:

    >>> f"{keras.losses.ctc(np.array([[1]]), np.zeros((1, 1, 2))).numpy()[0]:.4f}"
    '0.6931'
    """
    y_true, y_pred = ops.convert_to_tensor(y_true), ops.convert_to_tensor(y_pred)
    if len(y_true.shape) != 2:
        raise ValueError(
            "Targets `y_true` are expected to be a tensor of shape `(batch_size, max_length)` in integer format. "
            f"Received: y_true.shape={y_true.shape}"
        )
    if len(y_pred.shape) != 3:
        raise ValueError(
            "Logits `y_pred` are expected to be a tensor of shape `(batch_size, max_length, num_classes)`. "
            f"Received: y_pred.shape={y_pred.shape}"
        )
    steps = ops.sum(ops.ones_like(y_pred[:, :, 0], dtype="int32"), axis=-1)
    labels = ops.sum(ops.cast(ops.not_equal(y_true, 0), "int32"), axis=-1)
    return ops.ctc_loss(y_true, y_pred, labels, steps, mask_index=0)


class CTC(LossFunctionWrapper):
    """CTC (connectionist temporal classification) loss between label sequences and logits.

    Args:
        reduction: See `keras.losses.Loss`. Defaults to `"sum_over_batch_size"`.
        name: Optional name of the loss.
        dtype: See `keras.losses.Loss`.

    Example:

    >>> f"{float(keras.losses.CTC()(np.array([[1]]), np.zeros((1, 1, 2)))):.4f}"
    '0.6931'
    """

    def __init__(
        self, reduction: str | None = "sum_over_batch_size", name: str | None = "ctc", dtype: PolicyLike = None
    ) -> None:
        super().__init__(ctc, reduction, name, dtype)
