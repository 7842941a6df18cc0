"""Operations whose symbolic results have unknown extents, and products of many axes."""

from __future__ import annotations

import numpy as np
import pytest

import kerasnb
from kerasnb import ops
from kerasnb.backend.tensor.keras_tensor import KerasTensor

X = np.arange(6, dtype="float32").reshape(2, 3)


@pytest.mark.parametrize(
    ("call", "dtype"),
    [
        (ops.zeros_like, "float32"),
        (lambda x: ops.ones_like(x, dtype="int32"), "int32"),
        (lambda x: ops.full_like(x, 2.5), "float32"),
    ],
)
def test_like(call, dtype):
    """The shape may be unknown: the result is symbolic, and made again with a real tensor it is filled."""
    symbol = KerasTensor((None, 3))
    found = call(symbol)
    assert found.shape == (None, 3) and found.dtype == dtype
    made = kerasnb.Function(symbol, found)(ops.convert_to_tensor(X))
    assert made.shape == (2, 3) and made.dtype == dtype
    np.testing.assert_array_equal(made.numpy(), call(X).numpy())


def test_dot_of_many_axes():
    """The last axis of the first argument meets the last but one of the second."""
    a, b = np.random.default_rng(0).standard_normal((2, 4, 3, 5)).astype("float32"), np.ones((2, 5, 4), "float32")
    np.testing.assert_allclose(ops.dot(a, b).numpy(), np.dot(a, b), rtol=1e-5)
    assert ops.dot(KerasTensor((None, 5)), b).shape == (None, 2, 4)
    with pytest.raises(ValueError, match="inner extents that are equal. Received: 3 and 5"):
        ops.dot(X, b)


@pytest.mark.parametrize("given", [{"bias": KerasTensor((None, 2, None, None))}, {"mask": np.ones((4, 4), bool)}])
def test_causal_attention_of_unknown_extents(given):
    """Causal attention with a bias or mask leaves unknown extents open."""
    x = KerasTensor((None, None, 2, 4))
    found = ops.dot_product_attention(x, x, x, is_causal=True, **given)
    assert found.shape == (None, None, 2, 4)
    symbols = kerasnb.utils.get_source_inputs(found)
    real = [ops.ones((1, 4, 2, 4)) if s.shape[-1] == 4 else ops.zeros((1, 2, 4, 4)) for s in symbols]
    np.testing.assert_allclose(kerasnb.Function(symbols, found)(real).numpy(), np.ones((1, 4, 2, 4)), rtol=1e-6)
