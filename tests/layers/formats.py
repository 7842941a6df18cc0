"""A layer in both data formats beside Keras' layer in `channels_last`, which JAX computes for all arguments on CPU."""

from __future__ import annotations

import keras as real
import numpy as np

from kerasnb import layers
from tests.beside import close, upstream
from tests.parity.layers import keras, ours
from tests.promises.layers import inputs_of


def check_formats(name: str, init: dict, shape: tuple) -> None:
    """Outputs, and the gradients of weights and inputs, are those of Keras in both data formats.

    Args:
        name: Name of the class.
        init: Arguments of the constructor, without the data format.
        shape: Shape of the inputs, channels last.
    """
    theirs = getattr(real.layers, name)(**init, data_format="channels_last")
    theirs.build(shape)
    random = np.random.default_rng(0)
    theirs.set_weights([random.standard_normal(w.shape).astype("float32") for w in theirs.weights])
    x = inputs_of(shape)
    (y,), dw, (dx,), _ = keras(theirs, x, {})
    (dy,) = upstream([y])
    for data_format in ("channels_last", "channels_first"):
        layer = getattr(layers, name)(**init, data_format=data_format)
        layer.build(_moved(x, data_format).shape)
        layer.set_weights(theirs.get_weights())
        (found,), found_dw, (found_dx,), _ = ours(layer, _moved(x, data_format), {}, [_moved(dy, data_format)])
        assert tuple(layer.compute_output_shape(_moved(x, data_format).shape)) == tuple(found.shape)
        close(_back(found, data_format), y, label=f"outputs {data_format}")
        close(_back(found_dx, data_format), dx, label=f"inputs {data_format}")
        for weight, a, b in zip(layer.weights, found_dw, dw, strict=True):
            close(a, b, label=f"{weight.name} {data_format}")


def _moved(x: np.ndarray, data_format: str) -> np.ndarray:
    return np.ascontiguousarray(np.moveaxis(x, -1, 1)) if data_format == "channels_first" else x


def _back(x, data_format: str) -> np.ndarray:
    return np.moveaxis(np.asarray(x), 1, -1) if data_format == "channels_first" else np.asarray(x)
