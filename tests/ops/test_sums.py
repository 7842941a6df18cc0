"""Sums stay right: beside float64, with a bound that does not grow with the number of terms."""

from __future__ import annotations

import numpy as np
import pytest
import scipy.special

import kerasnb as keras
from kerasnb import ops
from kerasnb.backend.autodiff.tape import GradientTape
from kerasnb.backend.tensor.variable import Variable
from kerasnb.ops.nn.normalization import normalize_batch

BOUND = 2e-6  # of the sum of sizes: some 16 units of float32, whatever the number of terms
MILLIONS = 30_000_000


def wide(x) -> np.ndarray:
    return np.asarray(x, "float64")


def numbers(*shape, seed=0) -> np.ndarray:
    """Positive numbers, whose rounding errors add up instead of cancelling out."""
    return np.random.default_rng(seed).uniform(0.05, 0.15, shape).astype("float32")


def close(found, expected, size=None, bound=BOUND) -> None:
    """Within the bound of the sum of sizes, which is the result itself where terms are positive."""
    size = np.abs(expected) if size is None else size
    difference = np.abs(wide(found) - expected)
    assert np.all(difference <= bound * size), float(np.max(difference / size))


# Of each reduction: what it is in float64. The result of a reduction of positive terms has their size.
REDUCTIONS = {
    "sum": (lambda x, a: ops.sum(x, a), lambda x, a: x.sum(a)),
    "mean": (lambda x, a: ops.mean(x, a), lambda x, a: x.mean(a)),
    "var": (lambda x, a: ops.var(x, a), lambda x, a: x.var(a)),
    "std": (lambda x, a: ops.std(x, a), lambda x, a: x.std(a)),
    "nansum": (lambda x, a: ops.nansum(x, a), lambda x, a: x.sum(a)),
    "nanmean": (lambda x, a: ops.nanmean(x, a), lambda x, a: x.mean(a)),
    "nanvar": (lambda x, a: ops.nanvar(x, a), lambda x, a: x.var(a)),
    "nanstd": (lambda x, a: ops.nanstd(x, a), lambda x, a: x.std(a)),
    "logsumexp": (lambda x, a: ops.logsumexp(x, a), lambda x, a: scipy.special.logsumexp(x, a)),
    "moments": (lambda x, a: ops.moments(x, _all(x, a))[0], lambda x, a: x.mean(a)),
    "variance": (lambda x, a: ops.moments(x, _all(x, a))[1], lambda x, a: x.var(a)),
    "average": (lambda x, a: ops.average(x, a, weights=x), lambda x, a: (x * x).sum(a) / x.sum(a)),
    "norm": (lambda x, a: ops.sqrt(ops.sum(ops.square(x), a)), lambda x, a: np.sqrt((x * x).sum(a))),
}


def _all(x, axis):
    return list(range(x.ndim)) if axis is None else axis


LONG = 200_000
SHAPES = [(LONG,), (LONG, 3), (3, LONG), (40, LONG // 40, 2), (LONG // 64, 64), (1025, 129), (2, 3, 70_001)]


@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize("name", sorted(REDUCTIONS))
def test_reductions_along_each_axis(name, shape):
    """The first axis, the middle, the last and all, for tall, wide and odd shapes."""
    ours, theirs = REDUCTIONS[name]
    x = numbers(*shape)
    for axis in (None, *range(x.ndim)):
        if axis is None or x.shape[axis] > 3:  # the variance of two or three numbers is that of their own rounding
            close(ours(x, axis), theirs(wide(x), axis))


@pytest.mark.parametrize("name", ["mean", "sum", "var"])
def test_thirty_million_equal_numbers(name):
    """30 million times 0.1: the plain sum loses 1.2 %."""
    x = np.full(MILLIONS, 0.1, "float32")
    tenth = float(np.float32(0.1))
    found, expected = float(getattr(ops, name)(x)), {"mean": tenth, "sum": MILLIONS * tenth, "var": 0.0}[name]
    # Three units in the last place: how partial sums are rounded depends on the width of the machine's vectors.
    assert abs(found - expected) <= 4e-7 * MILLIONS * tenth if name == "sum" else abs(found - expected) <= 4e-8


def test_thirty_million_in_columns():
    """A tall matrix has long columns, each summed as well as a row."""
    x = np.full((MILLIONS // 2, 2), 0.1, "float32")
    close(ops.mean(x, 0), np.full(2, float(np.float32(0.1))))


def test_the_case_of_three_million():
    """`ops.mean(np.full(3_000_000, .1, "f4"))` is 0.1, not 0.09981; the running sum is not 3 % off."""
    x = np.full(3_000_000, 0.1, "float32")
    assert float(ops.mean(x)) == pytest.approx(0.1, rel=1e-6)
    assert float(ops.cumsum(x)[-1]) == pytest.approx(300_000, rel=1e-6)
    assert float(ops.norm(x)) == pytest.approx(np.sqrt(30_000), rel=1e-6)
    assert float(ops.einsum("i,i->", x, x)) == pytest.approx(30_000, rel=3e-5)  # BLAS adds runs of 16,384 plainly
    assert float(keras.losses.MeanSquaredError()(x[:, None] * 0, x[:, None])) == pytest.approx(0.01, rel=1e-6)


@pytest.mark.parametrize("shape", [(LONG,), (LONG, 3), (2, LONG, 2), (3, LONG), (70, 37), (5, 129, 3), (1024,)])
@pytest.mark.parametrize("name", ["cumsum", "nancumsum"])
def test_running_sums(name, shape):
    """Every partial sum, along each axis."""
    x = numbers(*shape)
    for axis in range(x.ndim):
        close(getattr(ops, name)(x, axis=axis), np.cumsum(wide(x), axis))


@pytest.mark.parametrize("shape", [(LONG,), (LONG, 3), (50, 70)])
def test_running_sums_backwards(shape):
    """The gradient of a running sum is one that runs the other way."""
    x = Variable(numbers(*shape))
    with GradientTape() as tape:
        y = ops.sum(ops.cumsum(x, axis=0))
    close(
        tape.gradient(y, x), np.broadcast_to(np.arange(shape[0], 0, -1.0).reshape(-1, *(1,) * (len(shape) - 1)), shape)
    )


def test_trapezoid_and_correlation():
    """Compositions of sums are as good as sums."""
    x = numbers(LONG)
    close(ops.trapezoid(x), np.trapezoid(wide(x)))
    a = np.random.default_rng(1).normal(size=(2, LONG)).astype("float32") + 3
    np.testing.assert_allclose(ops.corrcoef(a), np.corrcoef(wide(a)), atol=2e-6)


@pytest.mark.parametrize("order", [1, 2, 3, np.inf])
def test_norms(order):
    """Of a long vector and of the columns of a tall matrix."""
    for x, axis in ((numbers(LONG), 0), (numbers(LONG, 3), 0), (numbers(3, LONG), 1)):
        close(
            ops.norm(x, ord=order, axis=axis), np.linalg.norm(wide(x), order, axis), bound=1e-5 if order == 3 else BOUND
        )
    close(
        ops.normalize(numbers(2, LONG)), wide(numbers(2, LONG)) / np.linalg.norm(wide(numbers(2, LONG)), 2, 1)[:, None]
    )


@pytest.mark.parametrize("equation", ["i,i->", "ij,ij->", "ij,ij->j", "ij,ik->jk", "ij->", "ij->j", "ij->i"])
def test_product_sums(equation):
    """einsum over a long axis; BLAS sums runs of 16,384 products on its own, one after the other."""
    x = numbers(LONG, 3) if "j" in equation else numbers(LONG)
    xs = [x] * (equation.count(",") + 1)
    close(ops.einsum(equation, *xs), np.einsum(equation, *map(wide, xs)), bound=2e-5 if "," in equation else BOUND)


def test_products_of_long_rows():
    """matmul, dot, tensordot, vdot, inner; batches of matrices too."""
    x = numbers(2, LONG)
    expected, bound = wide(x) @ wide(x).T, 2e-5
    close(ops.matmul(x, x.T), expected, bound=bound)
    close(ops.dot(x, x.T.copy()), expected, bound=bound)
    close(ops.tensordot(x, x, axes=([1], [1])), expected, bound=bound)
    close(ops.inner(x, x), expected, bound=bound)
    close(ops.vdot(x, x), np.vdot(wide(x), wide(x)), bound=bound)
    close(ops.matmul(x[:, None], x[:, :, None]), (wide(x) ** 2).sum(1)[:, None, None], bound=bound)


@pytest.mark.parametrize("after", [1, 3])
def test_sums_by_index(after):
    """Segments, weighted counts, and the gradient of a row that is taken often."""
    x = numbers(LONG, after)
    ids = (np.arange(LONG) % 3).astype("int32")
    expected = np.stack([wide(x)[ids == k].sum(0) for k in range(3)])
    close(ops.segment_sum(x, ids, num_segments=3), expected)
    close(ops.bincount(ids, weights=x[:, 0]), expected[:, 0])
    table = Variable(np.zeros((3, after), "float32"))
    with GradientTape() as tape:
        y = ops.sum(ops.take(table, ids, axis=0) * x)
    close(tape.gradient(y, table), expected)
    line = Variable(np.zeros((2, after), "float32"))
    with GradientTape() as tape:
        y = ops.sum(ops.take_along_axis(line, np.repeat(ids[:, None] % 2, after, 1), axis=0) * x)
    close(tape.gradient(y, line), np.stack([wide(x)[ids % 2 == k].sum(0) for k in range(2)]))


@pytest.mark.parametrize("axis", [0, 1])
@pytest.mark.parametrize("name", ["softmax", "log_softmax"])
def test_softmax_of_long_rows(name, axis):
    """The sum of the exponentials of a long row or column."""
    x = numbers(LONG, 2) if axis == 0 else numbers(2, LONG)
    close(getattr(ops, name)(x, axis=axis), getattr(scipy.special, name)(wide(x), axis), bound=5e-6)


@pytest.mark.parametrize("shape", [(2, LONG), (3, 4097), (40, 70)])
def test_normalization_of_long_rows(shape):
    """Statistics of a layer, forwards and backwards."""
    x, dy = numbers(*shape), np.random.default_rng(2).normal(size=shape).astype("float32")
    variable, gamma = Variable(x), Variable(np.ones(shape[1], "float32"))
    with GradientTape() as tape:
        y = ops.layer_normalization(variable, gamma, epsilon=1e-6)
        total = ops.sum(y * dy)
    rest = wide(x) - wide(x).mean(1, keepdims=True)
    factor = 1 / np.sqrt((rest**2).mean(1, keepdims=True) + 1e-6)
    normal = rest * factor
    np.testing.assert_allclose(wide(y), normal, atol=1e-5)
    lost = wide(dy).mean(1, keepdims=True) + normal * (normal * dy).mean(1, keepdims=True)
    found = tape.gradient(total, [variable, gamma])
    np.testing.assert_allclose(wide(found[0]), factor * (dy - lost), atol=5e-4)
    np.testing.assert_allclose(wide(found[1]), (normal * dy).sum(0), atol=5e-5)


def test_gradients_of_layer_normalization_over_many_rows():
    """The gradients of scale and offset are sums over all rows."""
    x, ones = numbers(LONG // 2, 3), [Variable(np.full(3, v, "float32")) for v in (1, 0)]
    with GradientTape() as tape:
        y = ops.sum(ops.square(ops.layer_normalization(x, *ones) + 1.0))
    rest = wide(x) - wide(x).mean(1, keepdims=True)
    normal = rest / np.sqrt((rest**2).mean(1, keepdims=True) + keras.config.epsilon())
    size = (2 * np.abs((normal + 1) * normal)).sum(0)
    gamma, beta = tape.gradient(y, ones)
    close(gamma, (2 * (normal + 1) * normal).sum(0), size)
    close(beta, (2 * (normal + 1)).sum(0), (2 * np.abs(normal + 1)).sum(0))


@pytest.mark.parametrize("channels", [1, 3, 40])
def test_batch_statistics_over_many_rows(channels):
    """Batch normalization: means, variances and gradients over hundreds of thousands of rows."""
    x = numbers(LONG, channels) if channels < 40 else numbers(20_000, channels)
    gamma, beta = (Variable(np.full(channels, v, "float32")) for v in (1, 0))
    with GradientTape() as tape:
        y, mean, variance = normalize_batch(x, scale=gamma, offset=beta)
        total = ops.sum(ops.square(y + 1.0))
    close(mean, wide(x).mean(0))
    close(variance, wide(x).var(0))
    normal = (wide(x) - wide(x).mean(0)) / np.sqrt(wide(x).var(0) + 1e-3)
    np.testing.assert_allclose(wide(y), normal, atol=2e-6)
    to_gamma, to_beta = tape.gradient(total, [gamma, beta])
    close(to_gamma, (2 * (normal + 1) * normal).sum(0), (2 * np.abs((normal + 1) * normal)).sum(0))
    close(to_beta, (2 * (normal + 1)).sum(0), (2 * np.abs(normal + 1)).sum(0))


@pytest.mark.parametrize("sparse", [False, True])
@pytest.mark.parametrize("logits", [False, True])
def test_crossentropy_of_many_classes(logits, sparse):
    """A row of a hundred thousand classes."""
    n = 100_000
    x, target = numbers(2, n), numbers(2, n, seed=1)
    target = target / target.sum(1, keepdims=True)
    p = scipy.special.log_softmax(wide(x), 1) if logits else np.log(wide(x) / wide(x).sum(1, keepdims=True))
    if sparse:
        found = ops.sparse_categorical_crossentropy(np.array([5, n - 1]), x, from_logits=logits)
        expected = -p[[0, 1], [5, n - 1]]
    else:
        found, expected = ops.categorical_crossentropy(target, x, from_logits=logits), -(target * p).sum(1)
    close(found, expected)


@pytest.mark.parametrize("value", [np.inf, -np.inf, np.nan])
def test_what_is_not_finite(value):
    """Infinity and NaN pass through as in NumPy, wherever they stand."""
    for place in (0, 5000, 9999):
        x = np.ones((10_000, 2), "float32")
        x[place, 0] = value
        for axis in (0, 1, None):
            np.testing.assert_array_equal(ops.sum(x, axis), x.sum(axis, dtype="float64").astype("float32"))
        np.testing.assert_array_equal(ops.cumsum(x, axis=0), np.cumsum(wide(x), 0))
        np.testing.assert_array_equal(ops.cumsum(x[:, 0]), np.cumsum(wide(x[:, 0])))
        np.testing.assert_array_equal(ops.segment_sum(x, np.zeros(10_000, "int32"), num_segments=1)[0], wide(x).sum(0))


@pytest.mark.parametrize("dtype", ["int32", "int64", "uint8", "uint32", "float64", "bool"])
def test_other_dtypes(dtype):
    """Integers are exact; float64 keeps its own precision."""
    x = np.random.default_rng(0).integers(0, 2 if dtype == "bool" else 100, (3001, 5)).astype(dtype)
    for axis in (0, 1, None):
        np.testing.assert_array_equal(ops.sum(x, axis), x.sum(axis, dtype="int64"))
    tenth = np.full(LONG, 0.1)
    assert float(ops.sum(tenth)) == pytest.approx(LONG * 0.1, rel=4e-15)
    assert float(ops.cumsum(tenth)[-1]) == pytest.approx(LONG * 0.1, rel=4e-15)


@pytest.mark.parametrize("window", [(257,), (20_000,), (1_000_000,), (700, 700)])
def test_means_of_large_windows(window):
    """A pool adds its window as carefully as a mean adds its numbers, side by side and with what hangs over."""
    x = numbers(1, *window, 2)
    found = ops.average_pool(x, window, strides=window)
    close(found, wide(x).mean(tuple(range(1, 1 + len(window))), keepdims=True))
    x = numbers(1, 3000, 1)
    found = np.asarray(ops.average_pool(x, 2001, strides=1, padding="same"))
    expected = [wide(x)[0, max(i - 1000, 0) : i + 1001].mean() for i in range(3000)]
    close(found[0, :, 0], np.array(expected))
