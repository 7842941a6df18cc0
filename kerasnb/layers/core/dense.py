"""Dense: every output is a weighted sum of all inputs."""

from __future__ import annotations

from typing import Any

from kerasnb import activations, constraints, initializers, ops, regularizers
from kerasnb.backend.tensor.dtypes import is_float_dtype
from kerasnb.backend.tensor.tensor import Tensor
from kerasnb.backend.tensor.variable import Variable
from kerasnb.backend.typing import Shape
from kerasnb.layers.base.input_spec import InputSpec
from kerasnb.layers.base.lora import LoRA
from kerasnb.ops.nn.dense import dense

FUSED = {
    activations.linear: "linear",
    activations.relu: "relu",
    activations.sigmoid: "sigmoid",
    activations.tanh: "tanh",
}


class Dense(LoRA):
    """A fully connected layer.

    `Dense` computes `output = activation(dot(input, kernel) + bias)`.

    Args:
        units: Positive integer, dimensionality of the output space.
        activation: Activation function or its name. Defaults to none (`a(x) = x`).
        use_bias: Boolean, whether the layer uses a bias vector. Defaults to `True`.
        kernel_initializer: Initializer of the `kernel` weights matrix.
        bias_initializer: Initializer of the bias vector.
        kernel_regularizer: Regularizer of the `kernel` weights matrix.
        bias_regularizer: Regularizer of the bias vector.
        activity_regularizer: Regularizer of the output of the layer.
        kernel_constraint: Constraint on the `kernel` weights matrix.
        bias_constraint: Constraint on the bias vector.
        lora_rank: Optional positive integer. Freezes the kernel, and adds a trained product of this rank to it.
        lora_alpha: Optional number; the product is scaled by `lora_alpha / lora_rank`. Defaults to `lora_rank`.
        quantization_config: Must be None: quantization comes later.

    Input shape:
        Tensor of shape `(batch_size, ..., input_dim)`.

    Output shape:
        Tensor of shape `(batch_size, ..., units)`.

    Raises:
        ValueError: If `units` or `lora_rank` is no positive integer, or `lora_alpha` stands alone.
        NotImplementedError: If there is a `quantization_config`.

    Example:

    >>> layer = keras.layers.Dense(2, kernel_initializer="ones")
    >>> layer(np.ones((1, 3))).tolist()
    [[3.0, 3.0]]
    """

    def __init__(
        self, units: int, activation: Any = None, use_bias: bool = True, kernel_initializer: Any = "glorot_uniform",
        bias_initializer: Any = "zeros", kernel_regularizer: Any = None, bias_regularizer: Any = None,
        activity_regularizer: Any = None, kernel_constraint: Any = None, bias_constraint: Any = None,
        lora_rank: int | None = None, lora_alpha: float | None = None, quantization_config: None = None, **kwargs: Any,
    ) -> None:  # fmt: skip
        if not isinstance(units, int) or isinstance(units, bool) or units <= 0:
            raise ValueError(
                f"Received an invalid value for `units`, expected a positive integer. Received: units={units}"
            )
        self._check_quantization(quantization_config)
        super().__init__(activity_regularizer=activity_regularizer, **kwargs)
        self._set_lora(lora_rank, lora_alpha)
        self.units, self.use_bias, self.quantization_config = units, use_bias, quantization_config
        self.activation = activations.get(activation)
        self.kernel_initializer = initializers.get(kernel_initializer)
        self.bias_initializer = initializers.get(bias_initializer)
        self.kernel_regularizer = regularizers.get(kernel_regularizer)
        self.bias_regularizer = regularizers.get(bias_regularizer)
        self.kernel_constraint = constraints.get(kernel_constraint)
        self.bias_constraint = constraints.get(bias_constraint)
        self.input_spec = InputSpec(min_ndim=2)
        self.supports_masking = True
        self.bias: Variable | None = None

    def build(self, input_shape: Shape) -> None:
        """Creates the kernel and the bias."""
        self._kernel = self.add_weight(
            shape=(input_shape[-1], self.units), initializer=self.kernel_initializer,
            regularizer=self.kernel_regularizer, constraint=self.kernel_constraint, name="kernel",
        )  # fmt: skip
        if self.use_bias:
            self.bias = self.add_weight(
                shape=(self.units,), initializer=self.bias_initializer, regularizer=self.bias_regularizer,
                constraint=self.bias_constraint, name="bias",
            )  # fmt: skip
        self.input_spec = InputSpec(min_ndim=2, axes={-1: input_shape[-1]})
        self._build_lora()

    @property
    def kernel(self) -> Variable:
        """The weights matrix, of shape `(input_dim, units)`; with LoRA, the sum of it and the product."""
        return self._adapted_weight()

    def call(self, inputs: Tensor, training: bool | None = None) -> Tensor:
        """Computes `activation(dot(inputs, kernel) + bias)`."""
        if not is_float_dtype(inputs.dtype):
            inputs = ops.cast(inputs, self.compute_dtype)
        fused = FUSED.get(self.activation)
        outputs = dense(inputs, self.kernel, self.bias, activation=fused)
        return outputs if fused else self.activation(outputs)

    def compute_output_shape(self, input_shape: Shape) -> Shape:
        """Returns the shape of the inputs with `units` as its last extent."""
        return (*input_shape[:-1], self.units)
