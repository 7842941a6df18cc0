"""bfloat16 in a process that has not loaded `ml_dtypes`: NumPy does not know the dtype by its name there."""

from __future__ import annotations

import subprocess
import sys

import pytest

PREPARE = "import sys, numpy as np, kerasnb as keras\nassert 'ml_dtypes' not in sys.modules\n"
USES = {
    "uniform": "drawn = keras.random.uniform((2,), -1, 1, dtype='bfloat16')",
    "normal": "drawn = keras.random.normal((2,), dtype='bfloat16')",
    "truncated": "drawn = keras.random.truncated_normal((2,), dtype='bfloat16')",
    "dropout": "drawn = keras.random.dropout(keras.ops.ones((2,), 'bfloat16'), 0.5)",
    "layer": "keras.config.set_dtype_policy('bfloat16')\ndrawn = keras.layers.Dense(2)(np.ones((2, 3)))",
    "cast": "drawn = keras.ops.cast([1.5], 'bfloat16')",
    "zeros": "drawn = keras.ops.zeros((2,), 'bfloat16')",
    "arange": "drawn = keras.ops.arange(3, dtype='bfloat16')",
}


@pytest.mark.parametrize("use", USES)
def test_the_first_use(use):
    """Draws, layers and tensors of bfloat16 are what loads its dtype."""
    code = PREPARE + USES[use] + "\nprint(drawn.dtype)"
    ran = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=120)
    assert ran.stdout.strip() == "bfloat16", ran.stderr
