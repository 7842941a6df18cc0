"""Layers that apply an activation function."""

from __future__ import annotations

import warnings

from kerasnb import activations, ops
from kerasnb.layers.base.layer import Layer
from kerasnb.ops.arguments import axes_of


class Activation(Layer):
    """Applies an activation function to an output.

    Args:
        activation: Activation function, or its name.

    Example:

    >>> keras.layers.Activation("relu")(np.array([-3.0, 0.0, 2.0])).tolist()
    [0.0, 0.0, 2.0]
    """

    def __init__(self, activation, **kwargs) -> None:
        super().__init__(**kwargs)
        self.supports_masking = True
        self.activation = activations.get(activation)
        self._build_at_init()

    def call(self, inputs):
        return self.activation(inputs)

    def compute_output_shape(self, input_shape):
        return input_shape

    def get_config(self):
        return {**super().get_config(), "activation": activations.serialize(self.activation)}


class ReLU(Layer):
    """Rectified Linear Unit activation function layer.

    Args:
        max_value: Float >= 0, the largest output. None means unlimited.
        negative_slope: Float >= 0, the slope below the threshold. Defaults to `0.0`.
        threshold: Float >= 0, below which the output is damped. Defaults to `0.0`.

    Raises:
        ValueError: If an argument is negative.

    Example:

    >>> keras.layers.ReLU(max_value=10, negative_slope=0.5)(np.array([-10.0, 5.0, 12.0])).tolist()
    [-5.0, 5.0, 10.0]
    """

    def __init__(self, max_value=None, negative_slope=0.0, threshold=0.0, **kwargs) -> None:
        super().__init__(**kwargs)
        if max_value is not None and max_value < 0.0:
            raise ValueError(f"max_value of a ReLU layer cannot be a negative value. Received: max_value={max_value}")
        for name, value in (("negative_slope", negative_slope), ("threshold", threshold)):
            if value is None or value < 0.0:
                raise ValueError(f"{name} of a ReLU layer cannot be None or a negative value. Received: {name}={value}")
        self.max_value, self.negative_slope, self.threshold = max_value, negative_slope, threshold
        self.supports_masking = True
        self._build_at_init()

    def call(self, inputs):
        return activations.relu(
            inputs, negative_slope=self.negative_slope, max_value=self.max_value, threshold=self.threshold
        )

    def compute_output_shape(self, input_shape):
        return input_shape

    def get_config(self):
        own = {"max_value": self.max_value, "negative_slope": self.negative_slope, "threshold": self.threshold}
        return {**super().get_config(), **own}


class LeakyReLU(Layer):
    """Leaky version of a Rectified Linear Unit activation layer: a small slope where the unit is not active.

    Args:
        negative_slope: Float >= 0. Defaults to `0.3`.

    Raises:
        ValueError: If `negative_slope` is negative.

    Example:

    >>> keras.layers.LeakyReLU(negative_slope=0.5)(np.array([-10.0, 10.0])).tolist()
    [-5.0, 10.0]
    """

    def __init__(self, negative_slope=0.3, **kwargs) -> None:
        if "alpha" in kwargs:
            negative_slope = kwargs.pop("alpha")
            warnings.warn("Argument `alpha` is deprecated. Use `negative_slope` instead.", stacklevel=2)
        super().__init__(**kwargs)
        if negative_slope is None or negative_slope < 0:
            raise ValueError(
                "The negative_slope value of a Leaky ReLU layer cannot be None or negative value. Expected a float. "
                f"Received: negative_slope={negative_slope}"
            )
        self.negative_slope = negative_slope
        self.supports_masking = True
        self._build_at_init()

    def call(self, inputs):
        return activations.leaky_relu(inputs, negative_slope=self.negative_slope)

    def compute_output_shape(self, input_shape):
        return input_shape

    def get_config(self):
        return {**super().get_config(), "negative_slope": self.negative_slope}


class ELU(Layer):
    """Applies an Exponential Linear Unit function to an output.

    Args:
        alpha: Float, where negative inputs saturate. Defaults to `1.0`.

    Example:

    >>> keras.layers.ELU()(np.array([0.0, 2.0])).tolist()
    [0.0, 2.0]
    """

    def __init__(self, alpha=1.0, **kwargs) -> None:
        super().__init__(**kwargs)
        self.alpha = alpha
        self.supports_masking = True
        self._build_at_init()

    def call(self, inputs):
        return activations.elu(inputs, alpha=self.alpha)

    def compute_output_shape(self, input_shape):
        return input_shape

    def get_config(self):
        return {**super().get_config(), "alpha": self.alpha}


class Softmax(Layer):
    """Softmax activation layer.

    Args:
        axis: Integer, or list of integers, axis along which the softmax is applied. Defaults to `-1`.

    Call arguments:
        inputs: The logits.
        mask: Optional boolean mask that is broadcastable to `inputs`: 1 to keep, 0 to mask.

    Example:

    >>> y = keras.layers.Softmax()(np.array([1.0, 2.0, 1.0]))
    >>> np.round(y, 4).tolist()
    [0.21..., 0.57..., 0.21...]
    """

    def __init__(self, axis=-1, **kwargs) -> None:
        super().__init__(**kwargs)
        self.axis = axis
        self.supports_masking = True
        self._build_at_init()

    def call(self, inputs, mask=None):
        if mask is None:
            return activations.softmax(inputs, axis=self._axis())
        _check_mask(mask, inputs)
        keep = mask if mask.dtype == "bool" else ops.greater(mask, 0.5)
        kept = ops.where(keep, inputs, -3e4 if inputs.dtype == "float16" else -1e9)
        return ops.where(keep, activations.softmax(kept, axis=self._axis()), 0.0)

    def _axis(self):
        return self.axis[0] if isinstance(self.axis, (list, tuple)) and len(self.axis) == 1 else self.axis

    def compute_output_shape(self, input_shape):
        axes_of(self.axis, len(input_shape))  # refused here, before a model is made of it
        return input_shape

    def get_config(self):
        return {**super().get_config(), "axis": self.axis}


def _check_mask(mask, inputs) -> None:
    told = f"Received: inputs.shape={inputs.shape}, mask.shape={mask.shape}"
    if len(mask.shape) > len(inputs.shape):
        raise ValueError(f"The `mask` must be broadcastable to `inputs` and must not have more dimensions. {told}")
    for m, i in zip(mask.shape[::-1], inputs.shape[::-1], strict=False):
        if None not in (m, i) and m not in (1, i):
            raise ValueError(
                "The `mask` must be broadcastable to `inputs`. Each mask dimension must be 1 or match the "
                f"corresponding input dimension. {told}"
            )
