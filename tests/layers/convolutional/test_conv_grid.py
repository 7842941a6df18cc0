"""Convolutions beside Keras over all arguments that change the maths."""

from __future__ import annotations

import itertools

import pytest

from tests.layers.formats import check_formats

SHAPES = {1: (2, 8, 4), 2: (2, 7, 6, 4), 3: (1, 4, 6, 5, 4)}
KERNEL = {1: (3,), 2: (3, 2), 3: (2, 3, 1)}
STEPS = ((1, 1), (2, 1), (1, 2))  # strides, dilation; not both in Keras
STEPPED = (*STEPS, (2, 2))


def _init(rank: int, steps: tuple[int, int], **others) -> dict:
    return {"kernel_size": KERNEL[rank], "strides": steps[0], "dilation_rate": steps[1], **others}


@pytest.mark.parametrize(
    ("rank", "padding", "steps", "groups"),
    [
        *itertools.product((1, 2, 3), ("valid", "same"), STEPS, (1, 2)),
        *itertools.product((1,), ("causal",), STEPS, (1, 4)),
    ],
)
def test_conv(rank, padding, steps, groups):
    """Conv1D, Conv2D and Conv3D."""
    check_formats(f"Conv{rank}D", _init(rank, steps, filters=4, padding=padding, groups=groups), SHAPES[rank])


@pytest.mark.parametrize(
    ("rank", "padding", "steps", "added"),
    [
        *itertools.product((1, 2, 3), ("valid", "same"), STEPS, (None,)),
        *itertools.product((1, 2), ("valid", "same"), ((3, 1),), (None, 0, 2)),
    ],
)
def test_conv_transpose(rank, padding, steps, added):
    """Conv1DTranspose, Conv2DTranspose and Conv3DTranspose."""
    shape = (SHAPES[rank][0], *(e // 2 for e in SHAPES[rank][1:-1]), 2)
    init = _init(rank, steps, filters=3, padding=padding, output_padding=added)
    check_formats(f"Conv{rank}DTranspose", init, shape)


@pytest.mark.parametrize(
    ("rank", "padding", "steps", "multiplier"), [*itertools.product((1, 2), ("valid", "same"), STEPPED, (1, 2))]
)
def test_depthwise(rank, padding, steps, multiplier):
    """DepthwiseConv1D and DepthwiseConv2D, and the separable ones, which begin with them."""
    init = _init(rank, steps, padding=padding, depth_multiplier=multiplier)
    check_formats(f"DepthwiseConv{rank}D", init, SHAPES[rank])
    if multiplier == 2:
        check_formats(f"SeparableConv{rank}D", {**init, "filters": 3}, SHAPES[rank])


@pytest.mark.parametrize("name", ["Conv2D", "Conv2DTranspose", "SeparableConv2D"])
@pytest.mark.parametrize("padding", ["same", "valid"])
def test_one_pixel(name, padding):
    """Images of one pixel, and kernels of one."""
    check_formats(name, {"filters": 3, "kernel_size": 1, "strides": 2, "padding": padding}, (2, 1, 1, 2))
    if padding == "same":
        check_formats(name, {"filters": 3, "kernel_size": 3, "padding": padding}, (2, 1, 1, 2))


@pytest.mark.parametrize("activation", ["relu", "sigmoid", "tanh", "elu", "gelu"])
def test_activations(activation):
    """The activation follows the bias, also channels first."""
    check_formats("Conv2D", {"filters": 3, "kernel_size": 2, "activation": activation}, (2, 4, 4, 2))
