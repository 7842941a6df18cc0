"""kerasnb as it is installed, in an environment without Numba: it trains, and as it does with Numba."""

from __future__ import annotations

import hashlib
import json
import os
import pathlib
import shutil
import subprocess
import sys
import venv

import numpy as np
import pytest

ROOT = pathlib.Path(__file__).parents[1]
PACKAGES = ["numpy", "h5py", "rich", "setuptools>=77"]
TRAIN = """
import json, warnings
warnings.simplefilter("ignore")
import numpy as np, kerasnb as keras

keras.utils.set_random_seed(3)
(x, y), _ = keras.datasets.mnist.load_data(source="small")
x, y = x[:320].reshape(-1, 784).astype("float32") / 255, y[:320].astype("int32")
layers = keras.layers
model = keras.Sequential([
    keras.Input((784,)), layers.Dense(32, "relu"), layers.Dropout(0.4), layers.Dense(16, "tanh"),
    layers.Dense(10, "softmax"),
])
model.compile("rmsprop", "sparse_categorical_crossentropy", metrics=["accuracy"])
losses = [float(model.train_on_batch(x[i:i + 32], y[i:i + 32])[0]) for i in range(0, 320, 32)]
history = model.fit(x, y, batch_size=64, epochs=2, validation_split=0.2, verbose=0).history
print(json.dumps([keras.config.backend(), losses, history]))
"""


def run(python, code: str, **environment) -> subprocess.CompletedProcess:
    """Runs code outside of the source tree."""
    kept = {k: v for k, v in os.environ.items() if not k.startswith(("KERASNB_", "PYTHON"))}
    return subprocess.run(
        [python, "-c", code], env={**kept, **environment}, cwd=ROOT.anchor, capture_output=True, text=True
    )


def train(python, **environment) -> list:
    done = run(python, TRAIN, **environment)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


@pytest.fixture(scope="module")
def bare_python(tmp_path_factory) -> pathlib.Path:
    """The Python of an environment that holds kerasnb, installed as a package, but no Numba."""
    folder = ROOT / ".venv-without-numba"
    python = folder / ("Scripts" if os.name == "nt" else "bin") / "python"
    stamp = folder / hashlib.sha256(f"{PACKAGES}{sys.version}".encode()).hexdigest()[:16]
    pip = [python, "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
    if not stamp.exists():
        shutil.rmtree(folder, ignore_errors=True)
        venv.create(folder, with_pip=True)
        subprocess.run([*pip, *PACKAGES], check=True)
        stamp.touch()
    # From a copy: setuptools would leave its working files in the tree.
    source = tmp_path_factory.mktemp("source")
    shutil.copytree(ROOT / "kerasnb", source / "kerasnb", ignore=shutil.ignore_patterns("__pycache__"))
    for name in ("pyproject.toml", "README.md", "LICENSE"):
        shutil.copy(ROOT / name, source)
    subprocess.run([*pip, "--no-deps", "--no-build-isolation", "--force-reinstall", source], check=True)
    return python


def test_numba_is_absent(bare_python):
    """The environment is what it claims to be, and the package comes from it."""
    assert "No module named 'numba'" in run(bare_python, "import numba").stderr
    where = run(bare_python, "import kerasnb; print(kerasnb.__file__)").stdout
    assert where.startswith(str(ROOT / ".venv-without-numba"))


def test_says_so_once(bare_python):
    """Without Numba a warning tells that it is slow, and how to mend it."""
    done = run(bare_python, "import kerasnb as keras; keras.ops.ones(2) + 1; keras.ops.ones(2) + 1")
    assert done.returncode == 0
    assert done.stderr.count("pip install numba") == 1


def test_trains_as_with_numba(bare_python):
    """The losses of every step are those of the compiled kernels, to float32 rounding."""
    device, losses, history = train(bare_python)
    assert device == "numpy"
    with_numba = train(sys.executable, KERASNB_BACKEND="cpu", PYTHONPATH=str(ROOT))
    assert with_numba[0] == "cpu"
    np.testing.assert_allclose(losses, with_numba[1], rtol=2e-5)
    assert history.keys() == with_numba[2].keys()
    for name in history:
        np.testing.assert_allclose(history[name], with_numba[2][name], rtol=1e-4, err_msg=name)


def test_asking_for_the_missing_device(bare_python):
    """Asking for the compiled device says what is missing."""
    done = run(bare_python, "import kerasnb as keras; keras.ops.ones(2) + 1", KERASNB_BACKEND="cpu")
    assert 'Backend "cpu" needs Numba, which is not installed' in done.stderr


def test_command_line(bare_python):
    """`kerasnb doctor` tells how to install what is missing."""
    done = run(bare_python, "import sys; from kerasnb.cli import main; sys.exit(main(['doctor']))")
    assert done.returncode == 0, done.stderr
    assert "cpu    not usable: Numba is not installed" in done.stdout
    assert 'pip install "numba<' in done.stdout  # between bounds
