"""EinsumDense: a dense layer along any axes, given by an equation."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from kerasnb import activations, constraints, initializers, ops, regularizers
from kerasnb.backend.tensor.tensor import Tensor
from kerasnb.backend.tensor.variable import Variable
from kerasnb.backend.typing import Shape
from kerasnb.initializers import VarianceScaling
from kerasnb.layers.base.config import default
from kerasnb.layers.base.input_spec import InputSpec
from kerasnb.layers.base.lora import LoRA
from kerasnb.layers.core.einsum_equation import Shapes, analyzed, axes_of_kernel


class EinsumDense(LoRA):
    """A dense layer whose product is any einsum: `activation(einsum(equation, inputs, kernel) + bias)`.

    Args:
        equation: Equation of an einsum of the inputs and the kernel, such as `"ab,bc->ac"` or, for any number of axes
            in front, `"...b,bc->...c"`.
        output_shape: Integer or tuple of integers, the shape of the outputs without the batch size and without what
            an ellipsis stands for; None for the extents that the inputs decide.
        activation: Activation function or its name. Defaults to none (`a(x) = x`).
        bias_axes: The letters of the outputs that the bias has, such as `"c"`. Defaults to no bias.
        kernel_initializer: Initializer of the kernel.
        bias_initializer: Initializer of the bias.
        kernel_regularizer: Regularizer of the kernel.
        bias_regularizer: Regularizer of the bias.
        kernel_constraint: Constraint on the kernel.
        bias_constraint: Constraint on the bias.
        lora_rank: Optional positive integer. Freezes the kernel, and adds a trained product of this rank to it.
        lora_alpha: Optional number; the product is scaled by `lora_alpha / lora_rank`. Defaults to `lora_rank`.
        gptq_unpacked_column_size: Must be None: quantization comes later.
        quantization_config: Must be None: quantization comes later.

    Raises:
        ValueError: If `lora_rank` is no positive integer, or `lora_alpha` stands alone.
        NotImplementedError: If there is a `quantization_config`.

    Example:

    >>> layer = keras.layers.EinsumDense("abc,cd->abd", output_shape=(None, 64), bias_axes="d")
    >>> layer(keras.Input((32, 128))).shape
    (None, 32, 64)
    >>> layer.kernel.shape, layer.bias.shape
    ((128, 64), (64,))
    """

    _no_config = ("output_shape", "gptq_unpacked_column_size")

    def __init__(
        self, equation: str, output_shape: int | Sequence[int | None], activation: Any = None,
        bias_axes: str | None = None, kernel_initializer: Any = "glorot_uniform", bias_initializer: Any = "zeros",
        kernel_regularizer: Any = None, bias_regularizer: Any = None, kernel_constraint: Any = None,
        bias_constraint: Any = None, lora_rank: int | None = None, lora_alpha: float | None = None,
        gptq_unpacked_column_size: None = None, quantization_config: None = None, **kwargs: Any,
    ) -> None:  # fmt: skip
        self._check_quantization(quantization_config or gptq_unpacked_column_size)
        super().__init__(**kwargs)
        self._set_lora(lora_rank, lora_alpha)
        self.equation, self.bias_axes, self.quantization_config = equation, bias_axes, quantization_config
        self.partial_output_shape = (output_shape,) if isinstance(output_shape, int) else tuple(output_shape)
        self.activation = activations.get(activation)
        self.kernel_initializer = initializers.get(kernel_initializer)
        self.bias_initializer = initializers.get(bias_initializer)
        self.kernel_regularizer = regularizers.get(kernel_regularizer)
        self.bias_regularizer = regularizers.get(bias_regularizer)
        self.kernel_constraint = constraints.get(kernel_constraint)
        self.bias_constraint = constraints.get(bias_constraint)
        self.bias: Variable | None = None

    def _analyzed(self, input_shape: Shape) -> Shapes:
        return analyzed(self.equation, self.bias_axes, input_shape, self.partial_output_shape)

    def build(self, input_shape: Shape) -> None:
        """Creates the kernel and the bias."""
        shapes = self._analyzed(input_shape)
        if None in shapes.kernel + (shapes.bias or ()):
            raise ValueError(
                f"The extents of the weights of layer '{self.name}' must be known: kernel {shapes.kernel}, bias "
                f"{shapes.bias}. Received: input_shape={tuple(input_shape)}, output_shape={self.partial_output_shape}"
            )
        axes = axes_of_kernel(self.equation)
        self.input_spec = InputSpec(ndim=len(input_shape), axes={axis: input_shape[axis] for axis in axes})
        self._kernel = self.add_weight(
            shape=shapes.kernel, initializer=self._kernel_initializer(shapes), regularizer=self.kernel_regularizer,
            constraint=self.kernel_constraint, name="kernel",
        )  # fmt: skip
        if shapes.bias is not None:
            self.bias = self.add_weight(
                shape=shapes.bias, initializer=self.bias_initializer, regularizer=self.bias_regularizer,
                constraint=self.bias_constraint, name="bias",
            )  # fmt: skip
        self._build_lora()

    def _kernel_initializer(self, shapes: Shapes) -> Any:
        """The initializer, which knows the axes that are summed over where its scale depends on them."""
        initializer = self.kernel_initializer
        if not isinstance(initializer, VarianceScaling) or None not in (
            initializer.input_axes,
            initializer.output_axes,
        ):
            return initializer
        axes = {"input_axes": shapes.input_axes, "output_axes": shapes.output_axes}
        return type(initializer).from_config({**initializer.get_config(), "seed": initializer.seed, **axes})

    @property
    def kernel(self) -> Variable:
        """The kernel; with LoRA, the sum of it and the product."""
        return self._adapted_weight()

    def call(self, inputs: Tensor, training: bool | None = None) -> Tensor:
        """Computes `activation(einsum(equation, inputs, kernel) + bias)`."""
        outputs = ops.einsum(self.equation, inputs, self.kernel)
        outputs = outputs if self.bias is None else ops.add(outputs, self.bias)
        return self.activation(outputs)

    def compute_output_shape(self, input_shape: Shape) -> Shape:
        """Returns the shape of the outputs, None for extents that are not known."""
        return self._analyzed(input_shape).output

    @default
    def get_config(self) -> dict:
        """Returns the config of the layer: the arguments of its constructor."""
        return {"activity_regularizer": None, **super().get_config(), "output_shape": self.partial_output_shape}
