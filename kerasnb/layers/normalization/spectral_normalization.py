"""SpectralNormalization: the weights of a layer are divided by their largest singular value."""

from __future__ import annotations

from typing import Any

from kerasnb import initializers, ops
from kerasnb.backend.tensor.tensor import Tensor
from kerasnb.backend.typing import Shape
from kerasnb.layers.base.arguments import number
from kerasnb.layers.base.input_spec import InputSpec
from kerasnb.layers.base.layer import Layer
from kerasnb.layers.core.wrapper import Wrapper


class SpectralNormalization(Wrapper):
    """Divides the kernel of a layer by its largest singular value (Miyato et al., 2018).

    Each training step divides the kernel by an estimate of its largest singular value, which bounds the Lipschitz
    constant of the layer and stabilizes the training of GANs. The estimate comes from a few steps of the power
    iteration, which goes on from one training step to the next.

    Args:
        layer: A layer with a `kernel` (such as `Conv2D` or `Dense`) or with `embeddings` (`Embedding`).
        power_iterations: Integer, the number of iterations at each training step. Defaults to `1`.
        **kwargs: Arguments of every layer.

    Call arguments:
        inputs: The inputs of the wrapped layer.
        training: Boolean, whether the weights are normalized before they are used.

    Raises:
        ValueError: If `power_iterations` is not positive.

    Example:

    >>> layer = keras.layers.SpectralNormalization(keras.layers.Dense(2))
    >>> layer(np.ones((1, 3)), training=True).shape
    (1, 2)
    """

    def __init__(self, layer: Layer, power_iterations: int = 1, **kwargs: Any) -> None:
        super().__init__(layer, **kwargs)
        if number(power_iterations, "power_iterations") <= 0:
            raise ValueError(
                "Argument `power_iterations` should be greater than zero. Received: "
                f"power_iterations={power_iterations}"
            )
        self.power_iterations = power_iterations

    def build(self, input_shape: Shape | None = None) -> None:
        """Builds the wrapped layer and creates the vector of the power iteration."""
        super().build(input_shape)
        if input_shape is not None:
            self.input_spec = InputSpec(min_ndim=1, axes={-1: input_shape[-1]})
        name = next((name for name in ("kernel", "embeddings") if hasattr(self.layer, name)), None)
        if name is None:
            raise ValueError(f"{type(self.layer).__name__} object has neither attribute 'kernel' nor 'embeddings'.")
        self.kernel = getattr(self.layer, name)
        self.vector_u = self.add_weight(
            shape=(1, self.kernel.shape[-1]), initializer=initializers.TruncatedNormal(stddev=0.02), trainable=False,
            name="vector_u", dtype=self.kernel.dtype,
        )  # fmt: skip

    def call(self, inputs: Tensor, training: bool = False) -> Tensor:
        """Normalizes the weights in training, and calls the layer."""
        if training:
            vector_u, kernel = self.normalized_weights()
            zero = ops.all(ops.equal(self.kernel, 0))  # which stays as it is: it has no singular value to divide by
            self.vector_u.assign(ops.where(zero, self.vector_u, vector_u))
            self.kernel.assign(ops.where(zero, self.kernel, kernel))
        return ops.cast(self.layer(inputs), inputs.dtype)

    def normalized_weights(self) -> tuple[Tensor, Tensor]:
        """Returns the vector of the power iteration after more of it, and the kernel divided by its spectral norm."""
        weights = ops.reshape(self.kernel, (-1, self.kernel.shape[-1]))
        u = ops.cast(self.vector_u, weights.dtype)
        for _ in range(self.power_iterations):
            v = ops.normalize(ops.matmul(u, ops.transpose(weights)), axis=None)
            u = ops.normalize(ops.matmul(v, weights), axis=None)
        u, v = ops.stop_gradient(u), ops.stop_gradient(v)
        sigma = ops.matmul(ops.matmul(v, weights), ops.transpose(u))
        kernel = ops.reshape(ops.divide(self.kernel, sigma), self.kernel.shape)
        return ops.cast(u, self.vector_u.dtype), ops.cast(kernel, self.kernel.dtype)

    def compute_output_shape(self, input_shape: Shape) -> Shape:
        """Returns the shape of the outputs of the wrapped layer."""
        return self.layer.compute_output_shape(input_shape)

    def get_config(self) -> dict:
        """Returns the config of the layer: that of the wrapped layer is inside."""
        return {**super().get_config(), "power_iterations": self.power_iterations}
