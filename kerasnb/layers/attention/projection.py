"""The projections of attention layers."""

from __future__ import annotations

from typing import Any

from kerasnb import activations, ops
from kerasnb.backend.tensor.tensor import Tensor
from kerasnb.backend.typing import Shape
from kerasnb.layers.base.layer import Layer


class EinsumDense(Layer):
    """A product by Einstein's convention, with a bias."""

    def __init__(
        self, equation: str, output_shape: Any, activation: Any = None, bias_axes: str | None = None,
        kernel_initializer: Any = None, bias_initializer: Any = None, kernel_regularizer: Any = None,
        bias_regularizer: Any = None, kernel_constraint: Any = None, bias_constraint: Any = None, **kwargs: Any,
    ) -> None:  # fmt: skip
        super().__init__(**kwargs)
        self.equation, self.partial_output_shape, self.bias_axes = equation, tuple(output_shape), bias_axes
        self.activation = activations.get(activation)
        self.kernel_options = kernel_initializer, kernel_regularizer, kernel_constraint
        self.bias_options = bias_initializer, bias_regularizer, bias_constraint

    def _extents(self, input_shape: Shape) -> dict:
        source, kernel, target = self.equation.replace("->", ",").split(",")
        known = dict(zip(target[1:], self.partial_output_shape, strict=True))
        given = dict(zip(source, input_shape, strict=True))
        return {c: given.get(c) if known.get(c) is None else known[c] for c in source + kernel + target}

    def build(self, input_shape: Shape) -> None:
        """Creates the kernel and the bias."""
        extents, letters = self._extents(input_shape), self.equation.split(",")[1].split("->")[0]
        init, regularizer, constraint = self.kernel_options
        self.kernel = self.add_weight(
            shape=tuple(extents[c] for c in letters), initializer=init, regularizer=regularizer, constraint=constraint,
            name="kernel",
        )  # fmt: skip
        self.bias = None
        if self.bias_axes:
            init, regularizer, constraint = self.bias_options
            target = self.equation.split("->")[1]
            first = min(target.index(c) for c in self.bias_axes)
            shape = tuple(extents[c] if c in self.bias_axes else 1 for c in target[first:])
            self.bias = self.add_weight(
                shape=shape, initializer=init, regularizer=regularizer, constraint=constraint, name="bias"
            )

    def call(self, inputs: Tensor) -> Tensor:
        """Computes the product and adds the bias."""
        y = ops.einsum(self.equation, inputs, self.kernel)
        y = y if self.bias is None else y + self.bias
        return self.activation(y)

    def compute_output_shape(self, input_shape: Shape) -> Shape:
        """Returns the shape of the outputs."""
        extents = self._extents(input_shape)
        return tuple(extents[c] for c in self.equation.split("->")[1])
