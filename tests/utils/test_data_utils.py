"""The forms of training data are Keras'."""

from __future__ import annotations

import keras
import pytest

from kerasnb.utils import pack_x_y_sample_weight, unpack_x_y_sample_weight


@pytest.mark.parametrize("data", ["x", ("x",), ["x", "y"], ("x", "y", "w")], ids=str)
def test_unpack_is_keras(data):
    """One to three parts come out as three."""
    assert unpack_x_y_sample_weight(data) == keras.utils.unpack_x_y_sample_weight(data)


@pytest.mark.parametrize("data", [(), (1, 2, 3, 4)])
def test_unpack_refuses(data):
    """Other numbers of parts are refused with Keras' words."""
    with pytest.raises(ValueError) as expected:
        keras.utils.unpack_x_y_sample_weight(data)
    with pytest.raises(ValueError) as found:
        unpack_x_y_sample_weight(data)
    assert str(found.value) == str(expected.value)


@pytest.mark.parametrize("parts", [("x",), (["x"],), ("x", "y"), ("x", "y", "w"), ("x", None, "w")], ids=str)
def test_pack_is_keras(parts):
    """What was not given is left out."""
    assert pack_x_y_sample_weight(*parts) == keras.utils.pack_x_y_sample_weight(*parts)
