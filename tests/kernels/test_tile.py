"""Tiles multiply as NumPy does, whatever their rows, columns, runs and strides; so do convolutions by tiles."""

from __future__ import annotations

import itertools

import numpy as np
import pytest

from kerasnb.backend.autodiff.op import REGISTRY
from kerasnb.kernels import tile
from tests.promises.ops import check_op
from tests.seeded import RANDOM


def floats(*shape):
    return RANDOM.standard_normal(shape, dtype="float32")


def call(prepared):
    function, args = prepared
    function(*args)


@pytest.mark.parametrize("keep", [0, 1])
@pytest.mark.parametrize("width", [1, 31, 32])
def test_a_tile(width, keep):
    """Every number of rows, from runs that lie apart, alone or added to what is there; nothing beside it is written."""
    runs, k, apart = 3, 5, 9
    for rows in range(1, tile.most_rows() + 1):
        a, b = floats(rows, runs * apart), floats(runs * k, tile.WIDTH)
        c, before = (np.full((rows, 40), 7, "float32") for _ in range(2))
        left = (a.ctypes.data, a.shape[1], apart, 1)
        tile.tile(rows, width, runs, k, left, b.ctypes.data, c.reshape(-1), 40, keep, tile.scratch("float32"))
        used = np.concatenate([a[:, r * apart : r * apart + k] for r in range(runs)], 1)
        before[:, :width] = (used @ b)[:, :width] + 7 * keep
        np.testing.assert_allclose(c, before, rtol=1e-5, atol=1e-5)


@pytest.mark.parametrize("m, n, k", [(1, 1, 1), (17, 33, 5), (8, 64, 12), (3, 100, 40)])
def test_packed_products(m, n, k):
    """A packed matrix, and one that is packed transposed or in part, multiply as they are."""
    a, b, c, scratch = floats(m, k), floats(k, n), np.empty((m, n), "float32"), tile.scratch("float32")
    for matrix, turned in ((b, False), (np.ascontiguousarray(b.T), True), (np.concatenate([b, b], 1)[:, :n], False)):
        right, pack = tile.packed(matrix, turned)
        call(pack)
        tile.multiply_packed((m, n, k), (a.reshape(-1), 0, k), (right, 0, k), 0, (c.reshape(-1), 0, n), scratch)
        np.testing.assert_allclose(c, a @ b, rtol=1e-4, atol=1e-5)


CASES = {  # images, kernel, attributes that are not plain
    "filters of two panels": ((2, 7, 6, 3), (3, 3, 3, 40), {}),
    "one long line": ((1, 3, 70, 2), (2, 3, 2, 5), {"pads": "same"}),
    "strides and dilation": ((2, 11, 12, 4), (3, 2, 4, 6), {"strides": (2, 3), "dilation": (2, 3), "pads": "same"}),
    "groups": ((2, 6, 7, 6), (3, 3, 2, 9), {"groups": 3, "pads": ((1, 0), (0, 2))}),
    "pads wider than the window": ((1, 4, 5, 2), (2, 2, 2, 3), {"pads": ((3, 2), (4, 0))}),
    "three axes": ((2, 4, 5, 6, 2), (2, 3, 2, 2, 33), {"pads": "same"}),
    "three axes with gaps": ((1, 5, 5, 6, 2), (2, 2, 2, 2, 3), {"dilation": (2, 1, 2)}),
    "one axis": ((3, 30, 5), (4, 5, 35), {"strides": (2,), "pads": "same"}),
    "many samples": ((40, 9, 9, 16), (3, 3, 16, 16), {"pads": "same"}),
}


@pytest.mark.parametrize("case", CASES)
def test_convolutions(case):
    """Forward and both gradients equal the reference."""
    x, w, geometry = CASES[case]
    rank = len(w) - 2
    attrs = {"strides": (1,) * rank, "pads": "valid", "dilation": (1,) * rank, "groups": 1, **geometry}
    x, w = floats(*x), floats(*w)
    dy = floats(*REGISTRY["conv"].reference(x, w, **attrs).shape)
    check_op(REGISTRY["conv"], [x, w], attrs)
    check_op(REGISTRY["conv_input"], [dy, w], {**attrs, "extents": x.shape[1:-1]})
    check_op(REGISTRY["conv_kernel"], [x, dy], {**attrs, "kernel": w.shape[:-2]})


def test_all_geometries():
    """All strides, gaps and pads of a small image, at once."""
    x, w = floats(1, 6, 7, 2), floats(2, 3, 2, 3)
    for strides, dilation, pads in itertools.product([(1, 1), (2, 1)], [(1, 1), (1, 2), (3, 1)], ["valid", "same"]):
        attrs = {"strides": strides, "pads": pads, "dilation": dilation, "groups": 1}
        y = REGISTRY["conv"].reference(x, w, **attrs)
        check_op(REGISTRY["conv"], [x, w], attrs)
        check_op(REGISTRY["conv_input"], [y.astype("float32"), w], {**attrs, "extents": (6, 7)})
        check_op(REGISTRY["conv_kernel"], [x, y.astype("float32")], {**attrs, "kernel": (2, 3)})
