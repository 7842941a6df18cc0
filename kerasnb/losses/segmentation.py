"""Losses of overlap, and of similarity."""

from __future__ import annotations

from collections.abc import Sequence

from kerasnb import ops
from kerasnb.backend.tensor.dtypes import epsilon
from kerasnb.backend.tensor.tensor import Tensor
from kerasnb.backend.typing import Axis, TensorLike
from kerasnb.dtype_policies.dtype_policy import PolicyLike
from kerasnb.losses.loss import LossFunctionWrapper
from kerasnb.ops.numpy.half import in_float32

_FAR_BELOW = -1e4  # stands for -inf, whose gradient would be NaN


def _sums(y_true, y_pred, axis) -> tuple:
    """The sums of both and of their product."""
    y_pred = ops.convert_to_tensor(y_pred)
    y_true = ops.cast(y_true, y_pred.dtype)
    return tuple(ops.sum(x, axis=axis) for x in (y_true, y_pred, ops.multiply(y_true, y_pred)))


@in_float32
def dice(y_true: TensorLike, y_pred: TensorLike, axis: Axis = None) -> Tensor:
    """Computes the Dice loss: `1 - 2 * sum(y_true * y_pred) / (sum(y_true) + sum(y_pred))`.

    Args:
        y_true: Tensor of true targets.
        y_pred: Tensor of predicted targets.
        axis: The axes that are summed over, all by default. Defaults to `None`.

    Returns:
        The loss, a scalar for `axis=None`.

    Example:

    >>> f"{float(keras.losses.dice([1.0, 0.0], [1.0, 1.0])):.4f}"
    '0.3333'
    """
    true, predicted, both = _sums(y_true, y_pred, axis)
    total = ops.add(ops.add(true, predicted), epsilon())
    return ops.subtract(1.0, ops.divide(ops.multiply(both, 2.0), total))


@in_float32
def tversky(y_true: TensorLike, y_pred: TensorLike, alpha: float = 0.5, beta: float = 0.5, axis: Axis = None) -> Tensor:
    """Computes the Tversky loss: Dice with weights of the two kinds of error.

    Reference: [Salehi et al., 2017](https://arxiv.org/abs/1706.05721)

    Args:
        y_true: Tensor of true targets.
        y_pred: Tensor of predicted targets.
        alpha: Weight of false positives: what is predicted and not true. Defaults to `0.5`.
        beta: Weight of false negatives: what is true and not predicted. Defaults to `0.5`.
        axis: The axes that are summed over, all by default. Defaults to `None`.

    Returns:
        The loss, a scalar for `axis=None`.

    Example:

    >>> f"{float(keras.losses.tversky([1.0, 0.0], [1.0, 1.0])):.4f}"
    '0.3333'
    """
    true, predicted, both = _sums(y_true, y_pred, axis)
    missed, wrong = ops.subtract(true, both), ops.subtract(predicted, both)
    total = ops.add(ops.add(both, ops.multiply(wrong, alpha)), ops.multiply(missed, beta))
    return ops.subtract(1.0, ops.divide(both, ops.add(total, epsilon())))


@in_float32
def circle(
    y_true: TensorLike, y_pred: TensorLike, ref_labels: TensorLike | None = None,
    ref_embeddings: TensorLike | None = None, remove_diagonal: bool = True,
    gamma: float = 80, margin: float = 0.4,
) -> Tensor:  # fmt: skip
    """Computes the circle loss: pulls embeddings of one class together and pushes those of others apart.

    Reference: [Sun et al., 2020](https://arxiv.org/abs/2002.10857)

    Args:
        y_true: Integer labels of shape `[batch_size]`.
        y_pred: L2 normalized embeddings of shape `[batch_size, embedding_size]`.
        ref_labels: Optional labels to compare with. Defaults to `y_true`.
        ref_embeddings: Optional embeddings to compare with. Defaults to `y_pred`.
        remove_diagonal: Whether a sample is not compared with itself. Defaults to `True`.
        gamma: Scale. Defaults to `80`.
        margin: Relaxation factor. Defaults to `0.4`.

    Returns:
        Values of shape `[batch_size]`.

    Example:

    >>> keras.losses.circle([0, 1], [[1.0, 0.0], [0.0, 1.0]]).shape
    (2,)
    """
    y_pred, y_true = ops.convert_to_tensor(y_pred), ops.cast(y_true, "int32")
    other = y_pred if ref_embeddings is None else ops.convert_to_tensor(ref_embeddings)
    labels = y_true if ref_labels is None else ops.cast(ref_labels, "int32")
    distance = ops.maximum(ops.subtract(1.0, ops.matmul(y_pred, ops.transpose(other))), 0.0)
    same = ops.equal(ops.reshape(y_true, (-1, 1)), ops.reshape(labels, (1, -1)))
    different = ops.logical_not(same)
    if remove_diagonal:
        same = ops.logical_and(same, ops.logical_not(ops.cast(ops.eye(*same.shape), "bool")))
    pull = ops.multiply(ops.add(distance, margin), ops.multiply(ops.subtract(distance, margin), gamma))
    push = ops.multiply(
        ops.maximum(ops.subtract(1.0 + margin, distance), 0.0),
        ops.multiply(ops.subtract(1.0 - margin, distance), gamma),
    )
    losses = ops.softplus(ops.add(_log_sum_exp(pull, same), _log_sum_exp(push, different)))
    losses._keras_mask = ops.greater(losses, 0)
    return losses


def _log_sum_exp(x, mask):
    """`log(sum(exp(x)))` of each row over the entries that `mask` names; far below zero where it names none."""
    top = ops.max(ops.where(mask, x, ops.full_like(x, _FAR_BELOW)), axis=1, keepdims=True)
    total = ops.sum(ops.exp(ops.where(mask, ops.subtract(x, top), ops.full_like(x, _FAR_BELOW))), axis=1)
    some = ops.any(mask, axis=1)
    total = ops.where(some, total, ops.ones_like(total))
    return ops.add(ops.log(total), ops.squeeze(top, axis=1))


class Dice(LossFunctionWrapper):
    """Computes the Dice loss between labels and predictions.

    Args:
        reduction: See `keras.losses.Loss`. Defaults to `"sum_over_batch_size"`.
        name: Optional name of the loss.
        axis: The axes that are summed over, all by default. Defaults to `None`.
        dtype: See `keras.losses.Loss`.

    Example:

    >>> f"{float(keras.losses.Dice()([1.0, 0.0], [1.0, 1.0])):.4f}"
    '0.3333'
    """

    def __init__(
        self, reduction: str | None = "sum_over_batch_size", name: str | None = "dice", axis: Axis = None,
        dtype: PolicyLike = None,
    ) -> None:  # fmt: skip
        self.axis = axis
        super().__init__(dice, reduction, name, dtype, axis=axis)


class Tversky(LossFunctionWrapper):
    """Computes the Tversky loss between labels and predictions.

    Args:
        alpha: Weight of false positives: what is predicted and not true. Defaults to `0.5`.
        beta: Weight of false negatives: what is true and not predicted. Defaults to `0.5`.
        reduction: See `keras.losses.Loss`. Defaults to `"sum_over_batch_size"`.
        name: Optional name of the loss.
        axis: The axes that are summed over, all by default. Defaults to `None`.
        dtype: See `keras.losses.Loss`.

    Example:

    >>> f"{float(keras.losses.Tversky()([1.0, 0.0], [1.0, 1.0])):.4f}"
    '0.3333'
    """

    def __init__(
        self, alpha: float | Sequence[float] = 0.5, beta: float = 0.5, reduction: str | None = "sum_over_batch_size",
        name: str | None = "tversky", axis: Axis = None, dtype: PolicyLike = None,
    ) -> None:  # fmt: skip
        self.alpha, self.beta, self.axis = alpha, beta, axis
        super().__init__(tversky, reduction, name, dtype, alpha=alpha, beta=beta, axis=axis)


class Circle(LossFunctionWrapper):
    """Computes the circle loss between integer labels and L2 normalized embeddings.

    Reference: [Sun et al., 2020](https://arxiv.org/abs/2002.10857)

    Args:
        gamma: Scale. Defaults to `80.0`.
        margin: Relaxation factor. Defaults to `0.4`.
        remove_diagonal: Whether a sample is not compared with itself. Defaults to `True`.
        reduction: See `keras.losses.Loss`. Defaults to `"sum_over_batch_size"`.
        name: Optional name of the loss.
        dtype: See `keras.losses.Loss`.

    Example:

    >>> keras.losses.Circle(gamma=10.0).gamma
    10.0
    """

    def __init__(
        self, gamma: float = 80.0, margin: float = 0.4, remove_diagonal: bool = True,
        reduction: str | None = "sum_over_batch_size", name: str | None = "circle", dtype: PolicyLike = None,
    ) -> None:  # fmt: skip
        self.gamma, self.margin, self.remove_diagonal = gamma, margin, remove_diagonal
        options = {"gamma": gamma, "margin": margin, "remove_diagonal": remove_diagonal}
        super().__init__(circle, reduction, name, dtype, **options)
