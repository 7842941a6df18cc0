"""What a layer is for: families, each with a colour that is never the only sign."""

from __future__ import annotations

from typing import Any

FAMILIES = {  # by a part of the class name, the first that fits
    "ConvLSTM": "rec", "Separable": "conv", "Conv": "conv", "Pool": "pool", "LSTM": "rec", "GRU": "rec", "RNN": "rec",
    "Bidirectional": "rec", "Attention": "rec", "Dropout": "reg", "Noise": "reg", "Norm": "reg",
    "Regularization": "reg", "Flatten": "shape", "Reshape": "shape", "Permute": "shape", "Input": "shape",
    "Padding": "shape", "Cropping": "shape",
    "UpSampling": "shape", "Repeat": "shape", "Masking": "shape", "Identity": "shape", "Rescaling": "shape",
    "Random": "shape", "Resizing": "shape",
}  # fmt: skip
# For pictures, on light and on dark ground alike.
COLOURS = {
    "conv": "#2f7fe0", "pool": "#0f9184", "core": "#a95bb8", "reg": "#8f8420", "shape": "#808080", "rec": "#d84a83",
}  # fmt: skip


def family(layer: Any) -> str:
    """The family of a layer; a model has that of its first layer with weights.

    Args:
        layer: A layer, a model or an operation.

    Returns:
        String: `"conv"`, `"pool"`, `"core"`, `"reg"`, `"shape"` or `"rec"`.
    """
    inner = getattr(layer, "layers", None)
    if isinstance(inner, list) and inner:
        return family(next((part for part in inner if getattr(part, "weights", None)), inner[0]))
    return family_of(type(layer))


def family_of(cls: type) -> str:
    """The family of a class of layers; the user's own have that of what they extend.

    Args:
        cls: A class.
    """
    names = [base.__name__ for base in cls.__mro__ if base is cls or base.__module__.startswith("kerasnb.layers.")]
    return next((kind for name in names for part, kind in FAMILIES.items() if part in name), "core")
