"""Window functions of signal processing."""

from __future__ import annotations

import numpy as np

from kerasnb.backend.tensor.dtypes import floatx
from kerasnb.backend.tensor.tensor import Tensor, from_host

__all__ = ["bartlett", "blackman", "hamming", "hanning", "kaiser"]


def bartlett(x: int) -> Tensor:
    """Returns the Bartlett window, a triangle.

    Args:
        x: Integer, the number of points.

    Returns:
        Tensor of one axis.

    Example:

    >>> keras.ops.bartlett(3).tolist()
    [0.0, 1.0, 0.0]
    """
    return from_host(np.bartlett(int(x)), floatx())


def blackman(x: int) -> Tensor:
    """Returns the Blackman window.

    Args:
        x: Integer, the number of points.

    Returns:
        Tensor of one axis.

    Example:

    >>> [round(v, 2) for v in keras.ops.blackman(3).tolist()]
    [-0.0, 1.0, -0.0]
    """
    return from_host(np.blackman(int(x)), floatx())


def hamming(x: int) -> Tensor:
    """Returns the Hamming window.

    Args:
        x: Integer, the number of points.

    Returns:
        Tensor of one axis.

    Example:

    >>> [round(v, 2) for v in keras.ops.hamming(3).tolist()]
    [0.08, 1.0, 0.08]
    """
    return from_host(np.hamming(int(x)), floatx())


def hanning(x: int) -> Tensor:
    """Returns the Hann window.

    Args:
        x: Integer, the number of points.

    Returns:
        Tensor of one axis.

    Example:

    >>> keras.ops.hanning(3).tolist()
    [0.0, 1.0, 0.0]
    """
    return from_host(np.hanning(int(x)), floatx())


def kaiser(x: int, beta: float) -> Tensor:
    """Returns the Kaiser window.

    Args:
        x: Integer, the number of points.
        beta: Float, the shape parameter: the larger, the narrower the window.

    Returns:
        Tensor of one axis.

    Example:

    >>> [round(v, 2) for v in keras.ops.kaiser(3, 2.0).tolist()]
    [0.44, 1.0, 0.44]
    """
    return from_host(np.kaiser(int(x), float(beta)), floatx())
