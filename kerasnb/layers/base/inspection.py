"""What a layer says about how it computes."""

from __future__ import annotations

import importlib
from typing import Any


class Inspection:
    """The part of a layer that shows its code."""

    def kernel_source(self, x: Any = None, target: str | None = None) -> str:
        """Returns the source of the functions that compute the layer, with the shapes they are called with.

        Args:
            x: Optional input. Defaults to made-up numbers of the shape that the layer was built for.
            target: `"cpu"`, `"cuda"` or `"numpy"`, the reference; or `"step"`, what the model's training step ran for
                the layer, where calls may share a loop. Defaults to the device that operations run on.

        Returns:
            String: Python; comments say which function is called with what.

        Raises:
            ValueError: If the target is unknown, the layer has not been built and `x` is missing, or no training step
                has run for the target `"step"`.

        Example:

        >>> layer = keras.layers.Dense(2, activation="relu")
        >>> print(layer.kernel_source(np.ones((4, 3), "float32"), target="numpy").splitlines()[0])
        def _dense_reference(x, w, b, *, activation="linear"):
        """
        return importlib.import_module("kerasnb.widgets").kernel_source(self, x, target)
