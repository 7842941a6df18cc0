"""Pools beside Keras over all arguments that change the maths."""

from __future__ import annotations

import itertools

import pytest

from tests.layers.formats import check_formats

SHAPES = {1: (2, 8, 3), 2: (2, 7, 6, 3), 3: (1, 4, 6, 5, 2)}
WINDOW = {1: (3,), 2: (3, 2), 3: (2, 3, 1)}
KINDS = ("Max", "Average")
RANKS = (1, 2, 3)


@pytest.mark.parametrize(
    ("kind", "rank", "padding", "strides"), [*itertools.product(KINDS, RANKS, ("valid", "same"), (None, 1, 4))]
)
def test_pooling(kind, rank, padding, strides):
    """Windows that overlap, that touch, and that leave elements out."""
    init = {"pool_size": WINDOW[rank], "padding": padding, "strides": strides}
    check_formats(f"{kind}Pooling{rank}D", init, SHAPES[rank])


@pytest.mark.parametrize(("kind", "rank", "keepdims"), [*itertools.product(KINDS, RANKS, (False, True))])
def test_global(kind, rank, keepdims):
    """All of a channel."""
    check_formats(f"Global{kind}Pooling{rank}D", {"keepdims": keepdims}, SHAPES[rank])


@pytest.mark.parametrize(
    ("kind", "rank", "size"), [*itertools.product(KINDS, (1,), (1, 3, 5)), *itertools.product(KINDS, (2,), (3,))]
)
def test_adaptive(kind, rank, size):
    """Fewer windows than elements, which do not divide them evenly, and one window."""
    check_formats(f"Adaptive{kind}Pooling{rank}D", {"output_size": size}, SHAPES[rank])


@pytest.mark.parametrize("kind", KINDS)
def test_one_pixel(kind):
    """Images of one pixel."""
    check_formats(f"{kind}Pooling2D", {"pool_size": 1}, (2, 1, 1, 3))
    check_formats(f"{kind}Pooling2D", {"pool_size": 3, "strides": 2, "padding": "same"}, (2, 1, 1, 3))
    check_formats(f"Adaptive{kind}Pooling2D", {"output_size": 1}, (2, 1, 1, 3))
