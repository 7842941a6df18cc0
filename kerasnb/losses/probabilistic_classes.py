"""The crossentropies and their kin as `Loss` objects."""

from __future__ import annotations

from collections.abc import Sequence

from kerasnb.dtype_policies.dtype_policy import PolicyLike
from kerasnb.losses import probabilistic as functions
from kerasnb.losses.loss import LossFunctionWrapper


class KLDivergence(LossFunctionWrapper):
    """Computes the Kullback-Leibler divergence between labels and predictions.

    Args:
        reduction: See `keras.losses.Loss`. Defaults to `"sum_over_batch_size"`.
        name: Optional name of the loss.
        dtype: See `keras.losses.Loss`.

    Example:

    >>> float(keras.losses.KLDivergence()([[0.5, 0.5]], [[0.5, 0.5]]))
    0.0
    """

    def __init__(
        self, reduction: str | None = "sum_over_batch_size", name: str | None = "kl_divergence",
        dtype: PolicyLike = None,
    ) -> None:  # fmt: skip
        super().__init__(functions.kl_divergence, reduction, name, dtype)


class Poisson(LossFunctionWrapper):
    """Computes the Poisson loss between labels and predictions.

    Args:
        reduction: See `keras.losses.Loss`. Defaults to `"sum_over_batch_size"`.
        name: Optional name of the loss.
        dtype: See `keras.losses.Loss`.

    Example:

    >>> float(keras.losses.Poisson()([[0.0, 0.0]], [[1.0, 2.0]]))
    1.5
    """

    def __init__(
        self, reduction: str | None = "sum_over_batch_size", name: str | None = "poisson", dtype: PolicyLike = None
    ) -> None:
        super().__init__(functions.poisson, reduction, name, dtype)


class BinaryCrossentropy(LossFunctionWrapper):
    """Computes the crossentropy loss between true labels (0 or 1) and predictions.

    Args:
        from_logits: Whether `y_pred` is logits rather than probabilities. Defaults to `False`.
        label_smoothing: Float in [0, 1]; how far labels are moved towards 0.5. Defaults to `0.0`.
        axis: The axis along which the mean is computed. Defaults to `-1`.
        reduction: See `keras.losses.Loss`. Defaults to `"sum_over_batch_size"`.
        name: Optional name of the loss.
        dtype: See `keras.losses.Loss`.

    Example:

    >>> f"{float(keras.losses.BinaryCrossentropy()([[0.0, 1.0]], [[0.5, 0.5]])):.4f}"
    '0.6931'
    """

    def __init__(
        self, from_logits: bool = False, label_smoothing: float = 0.0, axis: int = -1,
        reduction: str | None = "sum_over_batch_size", name: str | None = "binary_crossentropy",
        dtype: PolicyLike = None,
    ) -> None:  # fmt: skip
        self.from_logits, self.label_smoothing, self.axis = from_logits, label_smoothing, axis
        options = {"from_logits": from_logits, "label_smoothing": label_smoothing, "axis": axis}
        super().__init__(functions.binary_crossentropy, reduction, name, dtype, **options)


class BinaryFocalCrossentropy(LossFunctionWrapper):
    """Computes the focal crossentropy loss between true labels (0 or 1) and predictions.

    Reference: [Lin et al., 2018](https://arxiv.org/abs/1708.02002)

    Args:
        apply_class_balancing: Whether class 1 weighs `alpha` and class 0 `1 - alpha`. Defaults to `False`.
        alpha: Weight of class 1. Defaults to `0.25`.
        gamma: Focusing parameter: well classified samples count less. Defaults to `2.0`.
        from_logits: Whether `y_pred` is logits rather than probabilities. Defaults to `False`.
        label_smoothing: Float in [0, 1]; how far labels are moved towards 0.5. Defaults to `0.0`.
        axis: The axis along which the mean is computed. Defaults to `-1`.
        reduction: See `keras.losses.Loss`. Defaults to `"sum_over_batch_size"`.
        name: Optional name of the loss.
        dtype: See `keras.losses.Loss`.

    Example:

    >>> f"{float(keras.losses.BinaryFocalCrossentropy()([[0.0, 1.0]], [[0.5, 0.5]])):.4f}"
    '0.1733'
    """

    def __init__(
        self, apply_class_balancing: bool = False, alpha: float | Sequence[float] = 0.25, gamma: float = 2.0,
        from_logits: bool = False, label_smoothing: float = 0.0, axis: int = -1,
        reduction: str | None = "sum_over_batch_size", name: str | None = "binary_focal_crossentropy",
        dtype: PolicyLike = None,
    ) -> None:  # fmt: skip
        self.apply_class_balancing, self.alpha, self.gamma = apply_class_balancing, alpha, gamma
        self.from_logits, self.label_smoothing, self.axis = from_logits, label_smoothing, axis
        options = {
            "apply_class_balancing": apply_class_balancing, "alpha": alpha, "gamma": gamma, "from_logits": from_logits,
            "label_smoothing": label_smoothing, "axis": axis,
        }  # fmt: skip
        super().__init__(functions.binary_focal_crossentropy, reduction, name, dtype, **options)


class CategoricalCrossentropy(LossFunctionWrapper):
    """Computes the crossentropy loss between one-hot labels and predictions.

    Args:
        from_logits: Whether `y_pred` is logits rather than probabilities. Defaults to `False`.
        label_smoothing: Float in [0, 1]; how much of the labels is spread evenly. Defaults to `0.0`.
        axis: The axis of the classes. Defaults to `-1`.
        reduction: See `keras.losses.Loss`. Defaults to `"sum_over_batch_size"`.
        name: Optional name of the loss.
        dtype: See `keras.losses.Loss`.

    Example:

    >>> f"{float(keras.losses.CategoricalCrossentropy()([[0.0, 1.0]], [[0.5, 0.5]])):.4f}"
    '0.6931'
    """

    def __init__(
        self, from_logits: bool = False, label_smoothing: float = 0.0, axis: int = -1,
        reduction: str | None = "sum_over_batch_size", name: str | None = "categorical_crossentropy",
        dtype: PolicyLike = None,
    ) -> None:  # fmt: skip
        self.from_logits, self.label_smoothing, self.axis = from_logits, label_smoothing, axis
        options = {"from_logits": from_logits, "label_smoothing": label_smoothing, "axis": axis}
        super().__init__(functions.categorical_crossentropy, reduction, name, dtype, **options)


class CategoricalFocalCrossentropy(LossFunctionWrapper):
    """Computes the focal crossentropy loss between one-hot labels and predictions.

    Reference: [Lin et al., 2018](https://arxiv.org/abs/1708.02002)

    Args:
        alpha: Weight of all classes, or a list with one for each. Defaults to `0.25`.
        gamma: Focusing parameter: well classified samples count less. Defaults to `2.0`.
        from_logits: Whether `y_pred` is logits rather than probabilities. Defaults to `False`.
        label_smoothing: Float in [0, 1]; how much of the labels is spread evenly. Defaults to `0.0`.
        axis: The axis of the classes. Defaults to `-1`.
        reduction: See `keras.losses.Loss`. Defaults to `"sum_over_batch_size"`.
        name: Optional name of the loss.
        dtype: See `keras.losses.Loss`.

    Example:

    >>> f"{float(keras.losses.CategoricalFocalCrossentropy()([[0.0, 1.0]], [[0.5, 0.5]])):.4f}"
    '0.0433'
    """

    def __init__(
        self, alpha: float | Sequence[float] = 0.25, gamma: float = 2.0, from_logits: bool = False,
        label_smoothing: float = 0.0, axis: int = -1, reduction: str | None = "sum_over_batch_size",
        name: str | None = "categorical_focal_crossentropy", dtype: PolicyLike = None,
    ) -> None:  # fmt: skip
        self.alpha, self.gamma = alpha, gamma
        self.from_logits, self.label_smoothing, self.axis = from_logits, label_smoothing, axis
        options = {
            "alpha": alpha, "gamma": gamma, "from_logits": from_logits, "label_smoothing": label_smoothing, "axis": axis
        }  # fmt: skip
        super().__init__(functions.categorical_focal_crossentropy, reduction, name, dtype, **options)


class SparseCategoricalCrossentropy(LossFunctionWrapper):
    """Computes the crossentropy loss between integer labels and predictions.

    Args:
        from_logits: Whether `y_pred` is logits rather than probabilities. Defaults to `False`.
        ignore_class: Optional integer: samples of this class count nothing. Defaults to `None`.
        reduction: See `keras.losses.Loss`. Defaults to `"sum_over_batch_size"`.
        axis: The axis of the classes. Defaults to `-1`.
        name: Optional name of the loss.
        dtype: See `keras.losses.Loss`.

    Example:

    >>> f"{float(keras.losses.SparseCategoricalCrossentropy()([1], [[0.5, 0.5]])):.4f}"
    '0.6931'
    """

    _no_config = ("dtype", "axis")

    def __init__(
        self, from_logits: bool = False, ignore_class: int | None = None,
        reduction: str | None = "sum_over_batch_size", axis: int = -1,
        name: str | None = "sparse_categorical_crossentropy", dtype: PolicyLike = None,
    ) -> None:  # fmt: skip
        self.from_logits, self.ignore_class = from_logits, ignore_class
        options = {"from_logits": from_logits, "ignore_class": ignore_class, "axis": axis}
        super().__init__(functions.sparse_categorical_crossentropy, reduction, name, dtype, **options)


class CategoricalGeneralizedCrossEntropy(LossFunctionWrapper):
    """Computes the generalized crossentropy loss between integer labels and predicted probabilities.

    Reference: [Zhang & Sabuncu, 2018](https://arxiv.org/abs/1805.07836)

    Args:
        q: Float between 0 (crossentropy) and 1 (mean absolute error). Defaults to `0.5`.
        reduction: See `keras.losses.Loss`. Defaults to `"sum_over_batch_size"`.
        name: Optional name of the loss.
        dtype: See `keras.losses.Loss`.

    Raises:
        ValueError: If `q` is not between 0 and 1.

    Example:

    >>> float(keras.losses.CategoricalGeneralizedCrossEntropy()([1], [[0.75, 0.25]]))
    1.0
    """

    def __init__(
        self, q: float = 0.5, reduction: str | None = "sum_over_batch_size",
        name: str | None = "categorical_generalized_cross_entropy", dtype: PolicyLike = None,
    ) -> None:  # fmt: skip
        if not 0 < q < 1:
            raise ValueError(f"q must be in the interval (0, 1). Received: q={q}")
        self.q = q
        super().__init__(functions.categorical_generalized_cross_entropy, reduction, name, dtype, q=q)
