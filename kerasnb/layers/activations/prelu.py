"""PReLU: the rectifier with a trained slope for negative inputs, as a layer."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from kerasnb import activations, constraints, initializers, regularizers
from kerasnb.backend.tensor.tensor import Tensor
from kerasnb.backend.typing import Shape
from kerasnb.layers.base.input_spec import InputSpec
from kerasnb.layers.base.layer import Layer


class PReLU(Layer):
    """Rectified linear unit whose slope for negative inputs is learned (He et al., 2015, https://arxiv.org/abs/1502.01852).

    `f(x) = alpha * x` for negative `x`, and `x` otherwise, where `alpha` is a weight with the shape of the inputs.

    Args:
        alpha_initializer: Initializer of the slopes. Defaults to zeros.
        alpha_regularizer: Regularizer of the slopes.
        alpha_constraint: Constraint on the slopes.
        shared_axes: Integer, or list of integers: the axes along which the slope is the same. With inputs of shape
            `(batch, height, width, channels)`, `shared_axes=[1, 2]` gives each channel one slope.

    Raises:
        ValueError: If the inputs lack one of the axes, or an extent that the slopes have is not known.

    Example:

    >>> keras.layers.PReLU(alpha_initializer="ones")(np.array([[-10.0, 10.0]])).tolist()
    [[-10.0, 10.0]]
    """

    def __init__(
        self, alpha_initializer: Any = "Zeros", alpha_regularizer: Any = None, alpha_constraint: Any = None,
        shared_axes: int | Sequence[int] | None = None, **kwargs: Any,
    ) -> None:  # fmt: skip
        super().__init__(**kwargs)
        self.supports_masking = True
        self.alpha_initializer = initializers.get(alpha_initializer)
        self.alpha_regularizer = regularizers.get(alpha_regularizer)
        self.alpha_constraint = constraints.get(alpha_constraint)
        self.shared_axes = [shared_axes] if isinstance(shared_axes, int) else shared_axes and list(shared_axes)

    def build(self, input_shape: Shape) -> None:
        """Creates the slopes.

        Raises:
            ValueError: If the inputs lack one of the shared axes, or an extent is not known.
        """
        rank, shared = len(input_shape), self.shared_axes or []
        if not all(isinstance(axis, int) and 0 < axis < rank for axis in shared):
            raise ValueError(
                f"Argument `shared_axes` must be axes of the inputs but the batch axis, from 1 to {rank - 1}. "
                f"Received: shared_axes={self.shared_axes}, input_shape={tuple(input_shape)}"
            )
        shape = tuple(1 if axis in shared else extent for axis, extent in enumerate(input_shape))[1:]
        if None in shape:
            raise ValueError(
                "The slopes of `PReLU` need known extents; share them along the axes that are not known with "
                f"`shared_axes`. Received: input_shape={tuple(input_shape)}, shared_axes={self.shared_axes}"
            )
        self.alpha = self.add_weight(
            shape=shape, initializer=self.alpha_initializer, regularizer=self.alpha_regularizer,
            constraint=self.alpha_constraint, name="alpha",
        )  # fmt: skip
        axes = {axis: input_shape[axis] for axis in range(1, rank) if axis not in shared}
        self.input_spec = InputSpec(ndim=rank, axes=axes)

    def call(self, inputs: Tensor) -> Tensor:
        """Scales the negative elements by the slopes."""
        return activations.relu(inputs) - self.alpha * activations.relu(-inputs)

    def compute_output_shape(self, input_shape: Shape) -> Shape:
        """Returns the shape of the outputs, which is that of the inputs."""
        return input_shape
