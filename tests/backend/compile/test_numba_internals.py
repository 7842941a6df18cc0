"""Numba's internals: used in one file, checked, and not needed to train."""

from __future__ import annotations

import json
import os
import pathlib
import re
import subprocess
import sys

import numpy as np
import pytest

import kerasnb
from kerasnb.backend.compile import jit, numba_internals
from tests.backend.compile.test_cache import INNER, OUTER

PACKAGE = pathlib.Path(kerasnb.__file__).parent
INTERNAL = re.compile(
    r"numba\.(core|np|cpython|misc|typed)\b|llvmlite\.|target_context|global_compiler_lock|_compile_for_args|\.overloads\b"
    r"|_source_stamp|_cache_file|load_overload|save_overload|fndesc|\._cache\b"
)


def test_they_stand_in_one_file():
    """Modules and attributes that Numba and llvmlite do not document are used in numba_internals.py alone."""
    found = {}
    for path in sorted(PACKAGE.rglob("*.py")):
        lines = [n for n, line in enumerate(path.read_text().splitlines(), 1) if INTERNAL.search(line)]
        if lines and path.name != "numba_internals.py":
            found[str(path.relative_to(PACKAGE))] = lines
    assert not found


def test_the_tested_versions_are_those_of_the_package():
    """The warning names the versions that pyproject.toml asks for."""
    assert f'"{numba_internals.TESTED}"' in (PACKAGE.parent / "pyproject.toml").read_text()


def test_all_parts_pass_here():
    """With the versions that are installed nothing is left out."""
    jit.numba()
    assert not numba_internals._broken


def test_a_part_that_fails_is_left_out_with_one_warning(monkeypatch):
    """Whatever its check raises; the warning says what is slower, and what to install."""
    monkeypatch.setattr(numba_internals, "_broken", {})
    monkeypatch.setattr(numba_internals, "_warned", [])
    assert not numba_internals.check("entries", lambda: 1 / 0) and not numba_internals.works("entries")
    with pytest.warns(
        UserWarning, match="ZeroDivisionError: division by zero.*goes through Python.*pip install"
    ) as seen:
        numba_internals.warn()
        numba_internals.warn()
    assert len(seen) == 1


MISSING = """
from kerasnb.backend.compile import numba_internals
for part in {parts}:
    numba_internals.PARTS[part] = numba_internals.PARTS[part]._replace(names=("numba.core.registry:not_there",))
"""
TRAIN = """
import json
import numpy as np, kerasnb as keras
from kerasnb.ops.nn.recurrent import lstm

keras.utils.set_random_seed(1)
random = np.random.RandomState(0)
def numbers(*shape):
    return random.randn(*shape).astype("f4")
layers = [keras.layers.Dense(16, "relu"), keras.layers.Dropout(0.3), keras.layers.Dense(3, "softmax")]
model = keras.Sequential([keras.Input((13,)), *layers])
model.compile("adam", "sparse_categorical_crossentropy")
values = model.fit(numbers(64, 13), np.arange(64) % 3, batch_size=32, epochs=2, verbose=0).history["loss"]
values.append(keras.ops.sum(keras.ops.conv(numbers(2, 8, 8, 3), numbers(3, 3, 3, 40), 1, "same") ** 2))
outputs = lstm(numbers(2, 5, 4), numbers(2, 7), numbers(2, 7), None, numbers(4, 28), numbers(7, 28), None)[0]
values += [keras.ops.sum(outputs**2), keras.ops.mean(numbers(1000, 300))]
print(json.dumps([float(v) for v in values]))
"""


def run(code: str, folder, **environment) -> tuple[str, list]:
    """What a process with a cache of its own prints, and the warnings that it gives."""
    kept = {k: v for k, v in os.environ.items() if not k.startswith("KERASNB_")}
    kept.update(NUMBA_CACHE_DIR=str(folder), KERASNB_CACHE_DIR=str(folder), PYTHONPATH=str(PACKAGE.parent))
    done = subprocess.run(
        [sys.executable, "-W", "always::UserWarning", "-c", code],
        env={**kept, **environment}, cwd=folder, capture_output=True, text=True, timeout=300,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    return done.stdout, [line for line in done.stderr.splitlines() if "UserWarning: " in line]


def test_a_numba_without_any_of_them_trains(tmp_path):
    """Public calls give the same numbers, and one warning says that they are slower."""
    text, warnings = run(MISSING.format(parts="numba_internals.PARTS") + TRAIN, tmp_path)
    assert len(warnings) == 1 and "has no attribute 'not_there'" in warnings[0]
    expected, none = run(TRAIN, tmp_path, KERASNB_BACKEND="numpy")
    assert not none
    np.testing.assert_allclose(json.loads(text), json.loads(expected), rtol=1e-4, atol=1e-6)


def test_an_edit_is_noticed_without_stamps(tmp_path):
    """Where the cache cannot look at other files, each state of the files has a folder of its own."""
    call = (
        MISSING.format(parts=["cache"])
        + "import sys; sys.path.insert(0, '.'); from outer import outer\n"
        + "print(outer(1), sum(outer.dispatcher.stats.cache_hits.values()))"
    )
    (tmp_path / "outer.py").write_text(OUTER)
    for added, expected in ((1, "2 0"), (10, "11 0"), (10, "11 1")):
        if expected.endswith("0"):
            (tmp_path / "inner.py").write_text(INNER.format(added))
        assert run(call, tmp_path)[0].strip() == expected
