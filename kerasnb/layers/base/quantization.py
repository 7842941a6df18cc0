"""Quantization: weights of few bits come later; what asks for them says so."""

from __future__ import annotations

from typing import Any

from kerasnb.backend.autodiff.operation import Operation

LATER = "{} of kerasnb cannot be quantized: quantization comes later. {}"


class Quantization(Operation):
    """What layers have of quantization: an error."""

    def quantize(self, mode: str | None = None, type_check: bool = True, config: Any = None) -> None:
        """Raises an error: quantization comes later.

        Args:
            mode: Name of the mode.
            type_check: Boolean, whether only the layers that can be quantized are accepted.
            config: Its options.

        Raises:
            NotImplementedError: Always.
        """
        raise NotImplementedError(LATER.format(type(self).__name__, f"Received: mode={mode}, config={config}"))

    def quantized_build(self, input_shape: Any, mode: str) -> None:
        """Raises an error: quantization comes later.

        Args:
            input_shape: Shape of the inputs.
            mode: Name of the mode.

        Raises:
            NotImplementedError: Always.
        """
        raise NotImplementedError(LATER.format(type(self).__name__, f"Received: mode={mode}"))

    def _check_quantization(self, config: Any) -> None:
        """Raises an error for the argument `quantization_config` of a layer, unless it is None."""
        if config is not None:
            raise NotImplementedError(LATER.format(type(self).__name__, f"Received: quantization_config={config}"))
