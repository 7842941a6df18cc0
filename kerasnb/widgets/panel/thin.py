"""Fewer points that look the same: largest triangle three buckets.

Sveinn Steinarsson, "Downsampling Time Series for Visual Representation", University of Iceland, 2013.
"""

from __future__ import annotations

import numpy as np


def thin(x, y, count: int) -> tuple[np.ndarray, np.ndarray]:
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
    x, y = np.asarray(x, "float64"), np.asarray(y, "float64")
    finite = np.isfinite(y)
    if not finite.all():
        x, y = x[finite], y[finite]
    if len(x) <= count:
        return x, y
    keep = _buckets(x, y, count)
    return x[keep], y[keep]


def _buckets(x, y, count) -> np.ndarray:
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
