"""What normalizations share: a learned scale and offset, and checks of axes."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from kerasnb import constraints, initializers, regularizers
from kerasnb.backend.tensor.dtypes import result_type
from kerasnb.backend.tensor.variable import Variable
from kerasnb.backend.typing import Shape
from kerasnb.layers.base.input_spec import InputSpec
from kerasnb.layers.base.layer import Layer


class AxisLayer(Layer):
    """A layer that keeps the shape of its inputs, which must have the axes in its attribute `axis`."""

    axis: Any

    def compute_output_shape(self, input_shape: Shape) -> Shape:
        """Returns the shape of the outputs, which is that of the inputs.

        Args:
            input_shape: Tuple.

        Raises:
            ValueError: If the inputs lack an axis.
        """
        rank = len(input_shape)
        for axis in [self.axis] if isinstance(self.axis, int) else self.axis:
            if not -rank <= axis < rank:
                raise ValueError(
                    f"Axis {axis} is out of bounds for input shape {input_shape}. Received: axis={self.axis}"
                )
        return input_shape


class BaseNormalization(AxisLayer):
    """A normalization with an optional scale `gamma` and an optional offset `beta`.

    Args:
        center: Boolean, whether an offset is added.
        scale: Boolean, whether the result is scaled.
        beta_initializer: Initializer of the offset.
        gamma_initializer: Initializer of the scale.
        beta_regularizer: Optional regularizer of the offset.
        gamma_regularizer: Optional regularizer of the scale.
        beta_constraint: Optional constraint on the offset.
        gamma_constraint: Optional constraint on the scale.
        **kwargs: Arguments of every layer.
    """

    def __init__(
        self, center: bool, scale: bool, beta_initializer: Any, gamma_initializer: Any, beta_regularizer: Any,
        gamma_regularizer: Any, beta_constraint: Any, gamma_constraint: Any, **kwargs: Any,
    ) -> None:  # fmt: skip
        super().__init__(**kwargs)
        self.center, self.scale = center, scale
        self.beta_initializer = initializers.get(beta_initializer)
        self.gamma_initializer = initializers.get(gamma_initializer)
        self.beta_regularizer = regularizers.get(beta_regularizer)
        self.gamma_regularizer = regularizers.get(gamma_regularizer)
        self.beta_constraint = constraints.get(beta_constraint)
        self.gamma_constraint = constraints.get(gamma_constraint)
        self.supports_masking = True
        self.gamma: Variable | None = None
        self.beta: Variable | None = None

    def _add_scale_and_offset(self, shape: Shape, scale: bool, center: bool) -> None:
        """Creates the weights; they keep their dtype, because half precision is normalized in float32."""
        if scale:
            self.gamma = self.add_weight(
                shape=shape, name="gamma", initializer=self.gamma_initializer, regularizer=self.gamma_regularizer,
                constraint=self.gamma_constraint, autocast=False,
            )  # fmt: skip
        if center:
            self.beta = self.add_weight(
                shape=shape, name="beta", initializer=self.beta_initializer, regularizer=self.beta_regularizer,
                constraint=self.beta_constraint, autocast=False,
            )  # fmt: skip


def wide_dtype(dtype: str) -> str:
    """The dtype in which a tensor is normalized: float32 where squares of its numbers would overflow."""
    return result_type(dtype, "float32")


def extents_of(shape: Shape, axes: Sequence[int]) -> Shape:
    """The extents that inputs of a shape have along axes.

    Raises:
        ValueError: If the inputs lack one of them.
    """
    for axis in axes:
        if not -len(shape) <= axis < len(shape):
            raise ValueError(f"Argument `axis` must be within the inputs. Received: axis={axis}, input_shape={shape}")
    return tuple(shape[axis] for axis in axes)


def extents_along(axes: list[int], extents: Shape) -> InputSpec:
    """What inputs must be that a weight of some extents fits along some axes, without being broadcast."""
    rank = max(-axis if axis < 0 else axis + 1 for axis in axes) if axes else 0
    return InputSpec(min_ndim=rank, axes=dict(zip(axes, extents, strict=True)))
