"""Methods of models in Keras that are not here yet: each says where to go."""

from __future__ import annotations

from os import PathLike
from typing import Any

from kerasnb.layers.base.unavailable import NOT_YET, Unavailable


class Elsewhere(Unavailable):
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

    def quantize(self, mode: Any = None, config: Any = None, filters: Any = None, **kwargs: Any) -> None:  # type: ignore[override]  # as in Keras
        """Not available yet: quantization comes later.

        Raises:
            NotImplementedError: Always.
        """
        raise NotImplementedError(NOT_YET.format("Model.quantize"))

    def get_quantization_layer_structure(self, mode: str | None = None) -> None:
        """Not available yet: quantization comes later.

        Raises:
            NotImplementedError: Always.
        """
        raise NotImplementedError(NOT_YET.format("Model.get_quantization_layer_structure"))
