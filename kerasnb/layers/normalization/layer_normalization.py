"""LayerNormalization: each sample is brought to mean 0 and variance 1 over its own features."""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from typing import Any

from kerasnb import ops
from kerasnb.backend.tensor.tensor import Tensor
from kerasnb.backend.typing import Shape
from kerasnb.layers.base.arguments import axis_number
from kerasnb.layers.normalization.base_normalization import BaseNormalization, extents_along, extents_of


class LayerNormalization(BaseNormalization):
    """Layer normalization layer (Ba et al., 2016).

    Normalizes each sample on its own, rather than across a batch as batch normalization does: over the axes, the
    mean becomes 0 and the standard deviation 1. Then it is scaled by `gamma` and moved by `beta`.

    Args:
        axis: Integer or list of integers, the axes to normalize over, typically that of features. Defaults to `-1`.
        epsilon: Small float added to the variance to avoid a division by zero. Defaults to `1e-3`.
        center: Boolean, whether the offset `beta` is added. Defaults to `True`.
        scale: Boolean, whether the result is multiplied by `gamma`. Defaults to `True`.
        beta_initializer: Initializer of `beta`.
        gamma_initializer: Initializer of `gamma`.
        beta_regularizer: Optional regularizer of `beta`.
        gamma_regularizer: Optional regularizer of `gamma`.
        beta_constraint: Optional constraint on `beta`.
        gamma_constraint: Optional constraint on `gamma`.
        **kwargs: Arguments of every layer, and the deprecated `rms_scaling`: if true, inputs are only divided by
            their standard deviation and scaled.

    Raises:
        TypeError: If `axis` is neither an integer nor a list of them.

    Example:

    >>> layer = keras.layers.LayerNormalization(epsilon=0.0)
    >>> layer(np.array([[1.0, 3.0], [10.0, 30.0]])).tolist()
    [[-1.0, 1.0], [-1.0, 1.0]]
    """

    def __init__(
        self, axis: int | Sequence[int] = -1, epsilon: float = 0.001, center: bool = True, scale: bool = True,
        beta_initializer: Any = "zeros", gamma_initializer: Any = "ones", beta_regularizer: Any = None,
        gamma_regularizer: Any = None, beta_constraint: Any = None, gamma_constraint: Any = None, **kwargs: Any,
    ) -> None:  # fmt: skip
        rms_scaling = kwargs.pop("rms_scaling", False)
        if rms_scaling:
            warnings.warn(
                "`rms_scaling=True` is deprecated: it divides the inputs by their standard deviation, not by the root "
                "of their mean square. Use `keras.layers.RMSNormalization` instead.",
                stacklevel=2,
            )
        super().__init__(
            center, scale, beta_initializer, gamma_initializer, beta_regularizer, gamma_regularizer, beta_constraint,
            gamma_constraint, **kwargs,
        )  # fmt: skip
        if not isinstance(axis, (int, list, tuple)):
            raise TypeError(f"Expected an int or a list/tuple of ints for argument `axis`. Received: axis={axis!r}")
        self.axis = axis if isinstance(axis, int) else list(axis)
        self.epsilon, self.rms_scaling = epsilon, rms_scaling
        self.autocast = False

    def build(self, input_shape: Shape) -> None:
        """Creates scale and offset, a number for each element of the axes."""
        self.axis = [self.axis] if isinstance(self.axis, int) else sorted(map(axis_number, self.axis))
        shape = extents_of(input_shape, self.axis)
        self._add_scale_and_offset(shape, self.scale or self.rms_scaling, self.center and not self.rms_scaling)
        self.input_spec = extents_along(self.axis, shape)

    def call(self, inputs: Tensor) -> Tensor:
        """Normalizes each sample, scales it and adds the offset."""
        outputs = ops.layer_normalization(
            inputs, self.gamma, self.beta, self.axis, self.epsilon, rms_scaling=self.rms_scaling
        )
        return ops.cast(outputs, self.compute_dtype)

    def get_config(self) -> dict:
        """Returns the config of the layer: the arguments of its constructor."""
        own = self._derived_config(LayerNormalization)
        return {**super().get_config(), **own, "rms_scaling": self.rms_scaling}
