"""GroupNormalization: groups of channels of each sample are brought to mean 0 and variance 1."""

from __future__ import annotations

from typing import Any

from kerasnb import ops
from kerasnb.backend.tensor.tensor import Tensor
from kerasnb.backend.typing import Shape
from kerasnb.layers.base.arguments import axis_number, number
from kerasnb.layers.base.input_spec import InputSpec
from kerasnb.layers.normalization.base_normalization import BaseNormalization, extents_of, wide_dtype


class GroupNormalization(BaseNormalization):
    """Group normalization layer (Wu & He, 2018).

    Divides the channels into groups and normalizes each group of each sample by its own mean and variance, over all
    axes but that of samples. One group is nearly layer normalization; as many groups as channels, `groups=-1`, are
    instance normalization.

    Args:
        groups: Integer, the number of groups, which divides the number of channels, or `-1` for as many groups as
            channels. Defaults to `32`.
        axis: Integer, the axis of channels. Defaults to `-1`.
        epsilon: Small float added to the variance to avoid a division by zero. Defaults to `1e-3`.
        center: Boolean, whether the offset `beta` is added. Defaults to `True`.
        scale: Boolean, whether the result is multiplied by `gamma`. Defaults to `True`.
        beta_initializer: Initializer of `beta`.
        gamma_initializer: Initializer of `gamma`.
        beta_regularizer: Optional regularizer of `beta`.
        gamma_regularizer: Optional regularizer of `gamma`.
        beta_constraint: Optional constraint on `beta`.
        gamma_constraint: Optional constraint on `gamma`.
        **kwargs: Arguments of every layer.

    Raises:
        ValueError: If `groups` is neither a positive integer nor -1.

    Example:

    >>> layer = keras.layers.GroupNormalization(groups=2, epsilon=0.0)
    >>> layer(np.array([[1.0, 3.0, 10.0, 30.0]])).tolist()
    [[-1.0, 1.0, -1.0, 1.0]]
    """

    def __init__(
        self, groups: int = 32, axis: int = -1, epsilon: float = 0.001, center: bool = True, scale: bool = True,
        beta_initializer: Any = "zeros", gamma_initializer: Any = "ones", beta_regularizer: Any = None,
        gamma_regularizer: Any = None, beta_constraint: Any = None, gamma_constraint: Any = None, **kwargs: Any,
    ) -> None:  # fmt: skip
        if not isinstance(groups, int) or (groups <= 0 and groups != -1):
            raise ValueError(
                "Received an invalid value for argument `groups`, expected a positive integer (or `-1` for instance "
                f"normalization). Received: groups={groups}"
            )
        super().__init__(
            center, scale, beta_initializer, gamma_initializer, beta_regularizer, gamma_regularizer, beta_constraint,
            gamma_constraint, **kwargs,
        )  # fmt: skip
        self.groups, self.axis, self.epsilon = groups, axis_number(axis), number(epsilon, "epsilon")
        self.autocast = False

    def build(self, input_shape: Shape) -> None:
        """Creates scale and offset, a number for each channel."""
        (channels,) = extents_of(input_shape, [self.axis])
        if channels is None:
            raise ValueError(
                f"Axis {self.axis} of the inputs should have a defined dimension. Received inputs of shape "
                f"{input_shape}."
            )
        groups = channels if self.groups == -1 else self.groups
        if channels < groups:
            raise ValueError(f"Number of groups ({groups}) cannot be more than the number of channels ({channels}).")
        if channels % groups:
            raise ValueError(
                f"Number of groups ({groups}) must be a multiple of the number of channels ({channels}): it must "
                "divide it."
            )
        self.groups = groups
        self.input_spec = InputSpec(ndim=len(input_shape), axes={self.axis: channels})
        self._add_scale_and_offset((channels,), self.scale, self.center)

    def call(self, inputs: Tensor) -> Tensor:
        """Normalizes each group of each sample, scales the channels and adds the offset."""
        x = ops.cast(inputs, wide_dtype(inputs.dtype))
        rank, axis = len(x.shape), self.axis % len(x.shape)
        channels = x.shape[axis]
        grouped = ops.reshape(x, (*x.shape[:axis], self.groups, channels // self.groups, *x.shape[axis + 1 :]))
        others = [a for a in range(1, rank + 1) if a != axis]
        y = ops.reshape(ops.layer_normalization(grouped, axis=others, epsilon=self.epsilon), x.shape)
        along = tuple(channels if a == axis else 1 for a in range(rank))
        if self.gamma is not None:
            y = y * ops.reshape(ops.cast(self.gamma, x.dtype), along)
        if self.beta is not None:
            y = y + ops.reshape(ops.cast(self.beta, x.dtype), along)
        return ops.cast(ops.cast(y, inputs.dtype), self.compute_dtype)
