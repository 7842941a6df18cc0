"""Window functions of signal processing."""

from __future__ import annotations

import numpy as np

from kerasnb.backend.tensor.dtypes import floatx
from kerasnb.backend.tensor.tensor import Tensor, from_host

__all__ = ["bartlett", "blackman", "hamming", "hanning", "kaiser"]


def bartlett(x: int) -> Tensor:
    """Returns the triangular window of Bartlett.

    Args:
        x: Integer, the number of points.

    Returns:
        A tensor.

    Example:

    >>> [round(v, 2) for v in keras.ops.bartlett(3).tolist()]
    [0.0, 1.0, 0.0]
    """
    return from_host(np.bartlett(int(x)), floatx())


def blackman(x: int) -> Tensor:
    """Returns the window of Blackman.

    Args:
        x: Integer, the number of points.

    Returns:
        A tensor.

    Example:

    >>> [round(v, 2) for v in keras.ops.blackman(3).tolist()]
    [-0.0, 1.0, -0.0]
    """
    return from_host(np.blackman(int(x)), floatx())


def hamming(x: int) -> Tensor:
    """Returns the window of Hamming.

    Args:
        x: Integer, the number of points.

    Returns:
        A tensor.

    Example:

    >>> [round(v, 2) for v in keras.ops.hamming(3).tolist()]
    [0.08, 1.0, 0.08]
    """
    return from_host(np.hamming(int(x)), floatx())


def hanning(x: int) -> Tensor:
    """Returns the window of von Hann.

    Args:
        x: Integer, the number of points.

    Returns:
        A tensor.

    Example:

    >>> [round(v, 2) for v in keras.ops.hanning(3).tolist()]
    [0.0, 1.0, 0.0]
    """
    return from_host(np.hanning(int(x)), floatx())


def kaiser(x: int, beta: float) -> Tensor:
    """Returns the window of Kaiser.

    Args:
        x: Integer, the number of points.
        beta: Float, how narrow the window is.

    Returns:
        A tensor.

    Example:

    >>> [round(v, 2) for v in keras.ops.kaiser(3, 2.0).tolist()]
    [0.44, 1.0, 0.44]
    """
    return from_host(np.kaiser(int(x), float(beta)), floatx())
