"""Cropping, padding and upsampling: every form of their arguments, in both data formats; unknown extents."""

from __future__ import annotations

import keras as real
import numpy as np
import pytest

import kerasnb
from kerasnb import layers
from tests.parity.layers import check_same
from tests.promises.layers import inputs_of

FORMATS = ("channels_last", "channels_first")
SIDES = {
    1: [1, (0, 2), [2, 0]],
    2: [1, (1, 2), ((0, 1), (2, 0)), [[1, 1], 0]],
    3: [1, (1, 0, 2), ((0, 1), (1, 0), (1, 1))],
}
RANKS = {1: (5,), 2: (5, 6), 3: (3, 4, 5)}


def batch(rank, data_format):
    extents = RANKS[rank]
    return inputs_of((2, *extents, 2) if data_format == "channels_last" else (2, 2, *extents))


@pytest.mark.parametrize("data_format", FORMATS)
@pytest.mark.parametrize(("rank", "value"), [(r, v) for r, values in SIDES.items() for v in values])
@pytest.mark.parametrize("name", ["Cropping", "ZeroPadding"])
def test_sides(name, rank, value, data_format):
    """An integer, integers, pairs."""
    config = {"cropping" if name == "Cropping" else "padding": value, "data_format": data_format}
    if (name, rank) == ("Cropping", 1):
        if data_format == "channels_first":
            with pytest.raises((ValueError, TypeError)):
                layers.Cropping1D(**config)
            return
        del config["data_format"]
    check_same(f"{name}{rank}D", config, batch(rank, data_format))


@pytest.mark.parametrize("data_format", FORMATS)
@pytest.mark.parametrize(("rank", "size"), [(2, 3), (2, (1, 2)), (2, [2, 1]), (3, 2), (3, (1, 3, 2))])
def test_sizes(rank, size, data_format):
    """One factor, or one for each axis."""
    check_same(f"UpSampling{rank}D", {"size": size, "data_format": data_format}, batch(rank, data_format))


@pytest.mark.parametrize("data_format", FORMATS)
@pytest.mark.parametrize("size", [(1, 2), 3])
@pytest.mark.parametrize("interpolation", ["bilinear", "bicubic", "lanczos5", "NEAREST"])
def test_interpolations(interpolation, size, data_format):
    """Every way to find what is between two pixels."""
    config = {"size": size, "interpolation": interpolation, "data_format": data_format}
    check_same("UpSampling2D", config, batch(2, data_format))


UNKNOWN = {
    "Cropping1D": ({}, (None, 3), (None, 3)),
    "Cropping2D": ({"cropping": 1}, (None, 5, 3), (None, 3, 3)),
    "Cropping3D": ({}, (4, None, 4, 1), (2, None, 2, 1)),
    "ZeroPadding1D": ({}, (None, 3), (None, 3)),
    "ZeroPadding2D": ({"data_format": "channels_first"}, (3, None, 5), (3, None, 7)),
    "ZeroPadding3D": ({}, (4, None, 4, None), (6, None, 6, None)),
    "UpSampling1D": ({}, (None, 3), (None, 3)),
    "UpSampling2D": ({"data_format": "channels_first"}, (3, None, 5), (3, None, 10)),
    "UpSampling3D": ({}, (4, None, 4, 1), (8, None, 8, 1)),
    "Flatten": ({}, (None, 3), (None,)),
    "Permute": ({"dims": (2, 1)}, (None, 3), (3, None)),
    "Reshape": ({"target_shape": (-1, 3)}, (None, 6), (None, 3)),
    "RepeatVector": ({"n": 3}, (4,), (3, 4)),
}


@pytest.mark.parametrize("name", UNKNOWN)
def test_unknown_extents(name):
    """Shapes are those of Keras, and a model of the layer runs with any extent."""
    config, shape, expected = UNKNOWN[name]
    x = kerasnb.Input(shape)
    y = getattr(layers, name)(**config)(x)
    assert y.shape == (None, *expected)
    assert tuple(getattr(real.layers, name)(**config)(real.Input(shape)).shape) == y.shape
    model = kerasnb.Model(x, y)
    for extent in (6, 7):
        value = inputs_of((2, *(extent if e is None else e for e in shape)))
        found = model(value)
        np.testing.assert_array_equal(found, np.asarray(getattr(real.layers, name)(**config)(value)))


@pytest.mark.parametrize("name", [n for n in UNKNOWN if n not in ("Flatten", "Permute", "Reshape")])
def test_integers_stay_integers(name):
    """Symbolic calls say so too."""
    config, shape, _ = UNKNOWN[name]
    value = np.ones((2, *(6 if e is None else e for e in shape)), "int32")
    layer = getattr(layers, name)(**config)
    assert layer(value).dtype == layer(kerasnb.Input(value.shape[1:], dtype="int32")).dtype == "int32"


WRONG = [
    ("Cropping1D", {"cropping": -1}), ("Cropping1D", {"cropping": (1, 2, 3)}), ("Cropping2D", {"cropping": -1}),
    ("Cropping2D", {"cropping": (1, 2, 3)}), ("Cropping2D", {"cropping": "x"}), ("Cropping2D", {"cropping": None}),
    ("Cropping3D", {"cropping": (1, 2)}), ("Cropping3D", {"cropping": ((1, 2), (1, 2), (1, 2, 3))}),
    ("ZeroPadding1D", {"padding": (1, 2, 3)}), ("ZeroPadding2D", {"padding": (1,)}),
    ("ZeroPadding3D", {"padding": None}), ("ZeroPadding2D", {"padding": ((1, 2), (1, -2))}),
    ("ZeroPadding2D", {"data_format": "x"}),
    ("UpSampling1D", {"size": 0}), ("UpSampling2D", {"size": (1, 0)}), ("UpSampling3D", {"size": (1, 2)}),
    ("Flatten", {"data_format": "x"}),
]  # fmt: skip


@pytest.mark.parametrize(("name", "config"), WRONG)
def test_wrong_arguments(name, config):
    """They are refused as in Keras."""
    argument = next(iter(config))
    for library in (kerasnb, real):
        with pytest.raises(ValueError, match=f"{argument}"):
            getattr(library.layers, name)(**config)


def test_wrong_types():
    """An integer is asked for."""
    for library in (kerasnb, real):
        for call in (lambda k: k.layers.UpSampling1D(1.5), lambda k: k.layers.RepeatVector("2")):
            with pytest.raises(TypeError, match="Expected an integer value"):
                call(library)
    with pytest.raises(ValueError, match="`interpolation`"):
        layers.UpSampling2D(interpolation="best")


@pytest.mark.parametrize(("name", "shape"), [("Cropping1D", (4, 2, 3)), ("Cropping3D", (4, 9, 2, 9, 3))])
def test_something_is_left(name, shape):
    """A cropping of everything is refused, for values and for symbols."""
    for library in (kerasnb, real):
        for x in (np.ones(shape, "float32"), library.Input(shape[1:])):
            with pytest.raises(ValueError, match="smaller than the"):
                getattr(library.layers, name)(1)(x)
