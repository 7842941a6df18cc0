"""Fewer points that look the same: largest triangle three buckets.

Sveinn Steinarsson, "Downsampling Time Series for Visual Representation", University of Iceland, 2013.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt


def thin(x: npt.ArrayLike, y: npt.ArrayLike, count: int) -> tuple[np.ndarray, np.ndarray]:
    """Returns at most `count` of the points, chosen so that the curve keeps its shape.

    Args:
        x: Increasing numbers.
        y: Values; points that are not finite are left out.
        count: Integer, at least 3.

    Returns:
        Tuple of two float64 arrays.

    Example:

    >>> from kerasnb.widgets.panel.thin import thin
    >>> x, y = thin(np.arange(1000), np.sin(np.arange(1000) / 50), 100)
    >>> len(x), float(x[0]), float(x[-1])
    (100, 0.0, 999.0)
    """
    xs, ys = np.asarray(x, "float64"), np.asarray(y, "float64")
    finite = np.isfinite(ys)
    if not finite.all():
        xs, ys = xs[finite], ys[finite]
    if len(xs) <= count:
        return xs, ys
    keep = _buckets(xs, ys, count)
    return xs[keep], ys[keep]


def _buckets(x: np.ndarray, y: np.ndarray, count: int) -> np.ndarray:
    """The index with the largest triangle in each bucket: its left neighbour, itself, the mean of the next bucket."""
    edges = np.linspace(1, len(x) - 1, count - 1).astype(int)
    starts = edges[:-1]
    sizes = np.diff(edges)
    next_x = np.append((np.add.reduceat(x, edges)[:-1] / np.maximum(sizes, 1))[1:], x[-1])
    next_y = np.append((np.add.reduceat(y, edges)[:-1] / np.maximum(sizes, 1))[1:], y[-1])
    keep = np.zeros(count, dtype=int)
    keep[-1] = len(x) - 1
    at = 0
    for i, start in enumerate(starts):
        bucket = slice(start, max(edges[i + 1], start + 1))
        area = np.abs((x[at] - next_x[i]) * (y[bucket] - y[at]) - (x[at] - x[bucket]) * (next_y[i] - y[at]))
        at = keep[i + 1] = start + int(area.argmax())
    return keep


def spread(count: int, limit: int) -> np.ndarray:
    """At most `limit` indices spread over `count` entries, with the first and the last."""
    return np.unique(np.linspace(0, count - 1, min(count, limit)).round().astype(int)) if count else np.zeros(0, int)
