"""Blocks of images as columns and back, and as channels and back, against real Keras."""

import keras
import numpy as np
import pytest

import kerasnb
from kerasnb import ops
from tests.ops.judge import check, check_unknown, floats

GEOMETRY = [
    dict(kernel_size=2, stride=2),
    dict(kernel_size=(3, 2), padding=(1, 0)),
    dict(kernel_size=2, dilation=2, padding=1, stride=(1, 3)),
]  # fmt: skip


@pytest.mark.parametrize(("width", "options"), list(zip((8, 7, 7), GEOMETRY, strict=True)))
def test_unfold_and_fold(width, options):
    """Values and gradients of both; together they count how often an element was taken."""
    blocks = check("unfold", floats(2, 3, 6, width), **options)
    check("fold", floats(*blocks.shape), output_size=(6, width), **options)
    taken = ops.unfold(np.ones((1, 1, 6, width), "int32"), **options)
    whole = ops.fold(taken, (6, width), **options)
    assert (whole.dtype, whole.numpy().sum()) == ("int32", taken.numpy().sum())
    assert ops.fold(np.ones((1, 8, 9), "float32"), (6, 7), 2, stride=2).shape == (1, 2, 6, 7)


def test_fold_of_unknown_extents_and_errors():
    """The batch may be unknown; ranks and extents that do not fit are refused."""
    for m in (kerasnb, keras):
        assert m.ops.fold(m.KerasTensor((None, 12, 4)), 4, 2, stride=2).shape == (None, 3, 4, 4)
        assert m.ops.unfold(m.KerasTensor((None, 3, 4, 4)), 2, stride=2).shape == (None, 12, 4)
        with pytest.raises(ValueError, match="Input must be a 4D tensor"):
            m.ops.unfold(np.zeros((2, 3)), 2)
        with pytest.raises(ValueError, match="Input must be a 3D tensor"):
            m.ops.fold(np.zeros((2, 3)), 2, 2)
        with pytest.raises(ValueError, match=r"second dimension of the input \(13\) must be divisible"):
            m.ops.fold(m.KerasTensor((2, 13, 4)), 4, 2, stride=2)
    with pytest.raises(ValueError, match="number of blocks"):
        ops.fold(np.zeros((2, 12, 5)), 4, 2, stride=2)


@pytest.mark.parametrize("data_format", ["channels_last", "channels_first"])
@pytest.mark.parametrize("name", ["depth_to_space", "space_to_depth"])
def test_depth_and_space(name, data_format):
    """Values and gradients, channels anywhere, any dtype."""
    x = floats(2, 4, 6, 8) if data_format == "channels_last" else floats(2, 8, 4, 6)
    check(name, x, block_size=2, data_format=data_format)
    assert getattr(ops, name)(x.astype("uint8"), 2, data_format).dtype == "uint8"
    check_unknown(name, (2, 6, 6, 9), 3)


def test_depth_and_space_refuse():
    """Blocks of one, other ranks and extents that do not fit are refused, with the words of Keras."""
    for m in (kerasnb, keras):
        x = m.KerasTensor((2, 5, 5, 6))
        for name, message in (("depth_to_space", r"number of channels \(6\)"), ("space_to_depth", r"Height \(5\)")):
            with pytest.raises(ValueError, match=message):
                getattr(m.ops, name)(x, 2)
            with pytest.raises(ValueError, match="`block_size` must be at least 2"):
                getattr(m.ops, name)(x, 1)
            with pytest.raises(ValueError, match=f"`{name}` requires a 4D input tensor"):
                getattr(m.ops, name)(m.KerasTensor((2, 5, 6)), 2)
