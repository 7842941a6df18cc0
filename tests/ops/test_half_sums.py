"""float16 and bfloat16 reduce in float32, and are rounded once: functions, losses and metrics, also replayed."""

from __future__ import annotations

import inspect
import warnings

import numpy as np
import pytest

import kerasnb as keras
from kerasnb import losses, metrics, ops
from kerasnb.backend.autodiff.tape import GradientTape
from kerasnb.backend.tensor.dtypes import numpy_dtype
from kerasnb.backend.tensor.variable import Variable

HALF = ("float16", "bfloat16")


@pytest.fixture(autouse=True)
def _no_warning():
    """NumPy's warnings never reach the user."""
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        yield


def once(x, dtype) -> np.ndarray:
    """A number of float64 rounded to half precision."""
    with np.errstate(all="ignore"):
        return np.asarray(x).astype("float32").astype(numpy_dtype(dtype)).astype("float64")


def half(x, dtype) -> np.ndarray:
    return np.asarray(x).astype(numpy_dtype(dtype))


def assert_rounded_once(found, expected, dtype, ulps=1.0) -> None:
    """The value in half precision, or its neighbour where float32 stands beside the border of two."""
    assert str(found.dtype) == dtype
    expected, unit = once(expected, dtype), {"float16": 2.0**-10, "bfloat16": 2.0**-7}[dtype]
    np.testing.assert_allclose(np.asarray(ops.cast(found, "float64")), expected, rtol=ulps * unit, atol=1e-7)


@pytest.mark.parametrize("device", ["cpu", "numpy"])
@pytest.mark.parametrize("dtype", HALF)
def test_the_cases(dtype, device):
    """Means that overflow or lose digits on the way."""
    with keras.device(device):
        assert float(ops.mean(half(np.ones(70_000), dtype))) == 1.0
        assert float(ops.var(half(np.ones(70_000), dtype))) == float(ops.std(half(np.ones(70_000), dtype))) == 0.0
        assert float(ops.mean(half(np.full(4, 60_000), dtype))) == float(half(60_000, dtype))
        x = half(np.full(3000, 0.1), dtype)
        assert float(ops.mean(x)) == float(x[0])


# (function, of half precision) and (the same in float64), for inputs whose squares or sums overflow float16.
REDUCING = {
    "mean": (ops.mean, np.mean),
    "var": (ops.var, np.var),
    "std": (ops.std, np.std),
    "nanmean": (ops.nanmean, np.mean),
    "nanvar": (ops.nanvar, np.var),
    "nanstd": (ops.nanstd, np.std),
    "average": (lambda x: ops.average(x, weights=x), lambda x: np.average(x, weights=x)),
    "norm": (ops.norm, np.linalg.norm),
    "norm3": (lambda x: ops.norm(x, ord=3), lambda x: np.linalg.norm(x, 3)),
    "logsumexp": (lambda x: ops.logsumexp(x), lambda x: np.log(np.exp(x - x.max()).sum()) + x.max()),
    "normalize": (lambda x: ops.normalize(x), lambda x: x / np.linalg.norm(x)),
    "softmax": (lambda x: ops.softmax(x), lambda x: np.exp(x - x.max()) / np.exp(x - x.max()).sum()),
    "log_softmax": (lambda x: ops.log_softmax(x), lambda x: x - x.max() - np.log(np.exp(x - x.max()).sum())),
    "median": (ops.median, np.median),
    "quantile": (lambda x: ops.quantile(x, 0.3), lambda x: np.quantile(x, 0.3)),
    "trapezoid": (lambda x: ops.trapezoid(x, dx=1e-4), lambda x: np.trapezoid(x, dx=1e-4)),
    "moments": (lambda x: ops.moments(x, [0])[0], np.mean),
    "variance": (lambda x: ops.moments(x, [0])[1], np.var),
    "layer_normalization": (
        lambda x: ops.layer_normalization(x), lambda x: (x - x.mean()) / np.sqrt(x.var() + keras.config.epsilon()),
    ),
    "rms_normalization": (
        lambda x: ops.rms_normalization(x), lambda x: x / np.sqrt((x * x).mean() + keras.config.epsilon())
    ),
    "cumsum": (lambda x: ops.cumsum(x[:200]), lambda x: np.cumsum(x[:200])),
}  # fmt: skip


@pytest.mark.parametrize("dtype", HALF)
@pytest.mark.parametrize("name", sorted(REDUCING))
def test_functions(name, dtype):
    """Thousands of numbers around 100 to 300: their squares, and their sums, are beyond float16."""
    x = half(np.random.default_rng(0).uniform(100, 300, 3001), dtype)
    ours, theirs = REDUCING[name]
    assert_rounded_once(ours(x), theirs(x.astype("float64")), dtype)


@pytest.mark.parametrize("dtype", HALF)
def test_cosines_and_correlation(dtype):
    """Products of half precision, one way and another."""
    x = half(np.random.default_rng(0).uniform(100, 300, (2, 500)), dtype)
    assert_rounded_once(ops.corrcoef(x), np.corrcoef(x.astype("float64")), dtype)
    y = half(x.astype("float32") * 1e-3, dtype)
    expected = x.astype("float64") @ y.astype("float64").T
    assert_rounded_once(ops.einsum("ij,kj->ik", x, y), expected, dtype)
    assert_rounded_once(ops.matmul(x, y.T.copy()), expected, dtype)
    assert_rounded_once(ops.cdist(x, x + half(8, dtype)), _distances(x, dtype), dtype)


def _distances(x, dtype):
    y = (x + half(8, dtype)).astype("float64")
    return np.sqrt(((x.astype("float64")[:, None] - y[None]) ** 2).sum(-1))


LOSSES = sorted(n for n, c in vars(losses).items() if inspect.isclass(c) and issubclass(c, losses.Loss))
OWN_INPUTS = {"CTC", "Circle", "Loss", "LossFunctionWrapper"}
SPARSE = {"SparseCategoricalCrossentropy", "CategoricalGeneralizedCrossEntropy"}


def loss_inputs(name, rows):
    random = np.random.default_rng(3)
    p = random.uniform(0.1, 0.9, (rows, 4))
    p = p / p.sum(1, keepdims=True) if "ategorical" in name or "KL" in name else p
    y = random.integers(0, 4, rows)
    return (y if name in SPARSE else np.eye(4)[y]), p


@pytest.mark.parametrize("dtype", HALF)
@pytest.mark.parametrize("name", [n for n in LOSSES if n not in OWN_INPUTS])
def test_losses_of_many_samples(name, dtype):
    """The mean over 70,000 samples is the loss, not infinity."""
    y, p = loss_inputs(name, 70_000)
    p = half(p, dtype)
    found = getattr(losses, name)(dtype=dtype)(y, p)
    expected = getattr(losses, name)(dtype="float32")(y, p.astype("float32"))
    assert_rounded_once(found, expected.numpy(), dtype)


@pytest.mark.parametrize("dtype", HALF)
def test_losses_of_large_differences(dtype):
    """A square beyond float16 is no infinity where the mean is none."""
    x = half([[300.0] + [0.0] * 15], dtype)
    assert_rounded_once(losses.mean_squared_error(x * 0, x), np.array([5625.0]), dtype)
    assert_rounded_once(losses.MeanSquaredError(dtype=dtype)(x * 0, x), 5625.0, dtype)


@pytest.mark.parametrize("dtype", HALF)
@pytest.mark.parametrize("name", ["Mean", "MeanSquaredError", "BinaryAccuracy", "F1Score", "RootMeanSquaredError"])
def test_metrics_of_many_batches(name, dtype):
    """Counts go beyond 2,048, and totals beyond 65,504."""
    metric = getattr(metrics, name)(dtype=dtype)
    reference = getattr(metrics, name)(dtype="float32")
    random = np.random.default_rng(4)
    for _ in range(3):
        y, p = (
            random.integers(0, 2, (30_000, 1)).astype("float32"),
            random.uniform(0, 1, (30_000, 1)).astype(numpy_dtype(dtype)),
        )
        for m, q in ((metric, p), (reference, p.astype("float32"))):
            m.update_state(q[:, 0]) if name == "Mean" else m.update_state(y, q)
    assert_rounded_once(ops.convert_to_tensor(metric.result()), reference.result().numpy(), dtype, ulps=2)


@pytest.mark.parametrize("dtype", HALF)
def test_a_replayed_step(dtype):
    """A recorded step of half precision has the numbers of an eager one: sums of 3,000 features of 100."""
    policy = keras.config.floatx()
    keras.config.set_floatx(dtype)
    try:
        x = np.full((8, 3000), 100.0, "float32")

        def fitted(eagerly):
            model = keras.Sequential([Middle()])
            model.compile(optimizer=keras.optimizers.SGD(1e-3), loss="mse", run_eagerly=eagerly)
            history = model.fit(x, np.full((8, 1), 90.0), batch_size=4, epochs=2, shuffle=False, verbose=0)
            return history.history["loss"]

        assert fitted(True) == fitted(False)
        assert fitted(False)[0] == pytest.approx(100.0, rel=0.02)
    finally:
        keras.config.set_floatx(policy)


class Middle(keras.layers.Layer):
    """The mean of the features, shifted by a weight."""

    def build(self, input_shape):
        self.shift = self.add_weight(shape=(1,), initializer="zeros")

    def call(self, x):
        return ops.mean(x, axis=-1, keepdims=True) + self.shift


NEVER_WARNS = ["exp", "log", "sqrt", "divide", "power", "square", "mean", "var", "sum", "softmax", "logsumexp", "norm"]


@pytest.mark.parametrize("device", ["cpu", "numpy"])
@pytest.mark.parametrize("dtype", [*HALF, "float32", "float64"])
@pytest.mark.parametrize("name", NEVER_WARNS)
def test_no_warning_of_numpy(name, dtype, device):
    """Overflow, division by zero and what is no number pass without a word."""
    x = half([0.0, -1.0, 60_000.0, np.inf, -np.inf, np.nan], dtype)
    with keras.device(device):
        args = (x, x) if name in ("divide", "power") else (x,)
        found = ops.cast(getattr(ops, name)(*args), "float32").numpy()
    assert found.dtype == "float32"
    assert np.isnan(found).any()


@pytest.mark.parametrize("approximate", [True, False])
def test_gelu_has_a_slope_wherever_half_precision_reaches(approximate):
    """One above, zero below, up to the largest numbers."""
    numbers = np.array([20, 256, 300, 30_000, 60_000], "float16")
    x = Variable(np.concatenate([numbers, -numbers]), dtype="float16")
    with GradientTape() as tape:
        y = ops.gelu(x, approximate=approximate)
    np.testing.assert_array_equal(y.numpy(), np.maximum(x.numpy(), 0))
    np.testing.assert_array_equal(tape.gradient(y, [x])[0].numpy(), [1] * 5 + [0] * 5)
