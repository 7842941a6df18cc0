"""Methods of models in Keras that are not here yet: each says where to go."""

from __future__ import annotations

from os import PathLike
from typing import Any

from kerasnb.layers.base.quantization import LATER, Quantization
from kerasnb.layers.base.unavailable import Unavailable


class Elsewhere(Unavailable, Quantization):
    """What models of Keras have and those of kerasnb do not have yet."""

    def export(
        self, filepath: str | PathLike, format: str = "tf_saved_model", verbose: bool | None = None,
        input_signature: Any = None, **kwargs: Any,
    ) -> None:  # fmt: skip
        """Not available yet: files of other formats are written by Keras, which opens a saved model.

        Raises:
            NotImplementedError: Always.
        """
        raise NotImplementedError(
            "`Model.export` is not in kerasnb yet. Save the model with `model.save(...)`, open the file in Keras, and "
            "export it there."
        )

    def quantize(  # type: ignore[override]  # as in Keras
        self, mode: Any = None, config: Any = None, filters: Any = None, **kwargs: Any
    ) -> None:
        """Raises an error: quantization comes later.

        Raises:
            NotImplementedError: Always.
        """
        raise NotImplementedError(LATER.format(type(self).__name__, f"Received: mode={mode}, config={config}"))

    def get_quantization_layer_structure(self, mode: str | None = None) -> None:
        """Not available yet: quantization comes later.

        Raises:
            NotImplementedError: Always.
        """
        raise NotImplementedError(LATER.format(type(self).__name__, f"Received: mode={mode}"))
