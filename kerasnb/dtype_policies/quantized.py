"""Policies of quantized layers, which Keras has: each says that quantization is not here yet."""

from __future__ import annotations

from kerasnb.dtype_policies.dtype_policy import DTypePolicy, refuse_quantized


class QuantizedDTypePolicy(DTypePolicy):
    """The policy of a quantized layer.

    Raises:
        NotImplementedError: Always: quantization is not in kerasnb yet.
    """

    def __init__(self, mode: str, source_name: str | None = None) -> None:
        refuse_quantized(f"`keras.dtype_policies.{type(self).__name__}` (mode={mode!r}, source_name={source_name!r})")


class QuantizedFloat8DTypePolicy(QuantizedDTypePolicy):
    """The policy of a layer quantized to 8-bit floats; raises an error here."""

    def __init__(self, mode: str, source_name: str | None = None, amax_history_length: int = 1024) -> None:
        refuse_quantized(
            f"`keras.dtype_policies.{type(self).__name__}` (mode={mode!r}, source_name={source_name!r}, "
            f"amax_history_length={amax_history_length!r})"
        )


class Int4DTypePolicy(QuantizedDTypePolicy):
    """The policy of a layer quantized to 4-bit integers; raises an error here."""


class GPTQDTypePolicy(QuantizedDTypePolicy):
    """The policy of a layer quantized with GPTQ; raises an error here."""


class AWQDTypePolicy(QuantizedDTypePolicy):
    """The policy of a layer quantized with AWQ; raises an error here."""
