"""Small calls with their right values: empty arrays, `initial`, counts, quantiles with infinities, views."""

import numpy as np
import pytest
import scipy.special

from kerasnb import ops
from kerasnb.backend.autodiff.tape import GradientTape
from kerasnb.backend.tensor.dtypes import numpy_dtype

NAN, INF = np.nan, np.inf
EMPTY = [(0,), (0, 3), (3, 0), (0, 0), (2, 0, 3)]
WITH_NEUTRAL = ("sum", "prod", "mean", "var", "std", "all", "any", "nansum", "nanprod", "nanmean", "nanvar", "nanstd")
WITHOUT = ("max", "min", "amax", "amin", "ptp", "nanmax", "nanmin", "argmax", "argmin", "nanargmax", "nanargmin")


def axes_of(shape) -> list:
    return [None, *range(-len(shape), len(shape)), tuple(range(len(shape))), (0, -1) if len(shape) > 1 else (0,)]


def outcome(function, *args, **kwargs):
    """What a function returns, or that it refuses its arguments."""
    try:
        return function(*args, **kwargs)
    except (ValueError, TypeError):
        return ValueError


def check(found, expected, text):
    if expected is ValueError or found is ValueError:
        assert found is expected, f"{text}: {found} for {expected}"
        return
    assert tuple(found.shape) == np.shape(expected), text
    np.testing.assert_allclose(np.asarray(found), np.asarray(expected), rtol=1e-6, err_msg=text)


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("dtype", ["float32", "float16", "int32"])
@pytest.mark.parametrize("name", WITH_NEUTRAL + WITHOUT)
def test_reductions_of_nothing(name, dtype):
    """Empty arrays of any shape, over any axis: NumPy's value where there is one, an error where there is none."""
    for shape in EMPTY:
        x = np.zeros(shape, dtype)
        for axis in axes_of(shape):
            if "arg" in name and isinstance(axis, tuple):
                continue
            for keepdims in (False, True):
                found, expected = (outcome(getattr(m, name), x, axis=axis, keepdims=keepdims) for m in (ops, np))
                check(found, expected, f"{name}{shape} axis={axis} keepdims={keepdims}")


@pytest.mark.parametrize("name", ["cumsum", "cumprod", "nancumsum", "sort", "argsort", "flip", "count_nonzero"])
def test_scans_and_orders_of_nothing(name):
    """Scans and sorting of empty arrays are empty, along any axis."""
    for shape in EMPTY:
        for axis in (None, *range(-len(shape), len(shape))):
            x = np.zeros(shape, "float32")
            check(getattr(ops, name)(x, axis=axis), getattr(np, name)(x, axis=axis), f"{name}{shape} axis={axis}")


@pytest.mark.parametrize("name", ["max", "min"])
@pytest.mark.parametrize("initial", [-5.0, 0, 7.5])
def test_initial_takes_part(name, initial):
    """`initial` is the value of nothing, and one of the elements otherwise."""
    for shape in (*EMPTY, (2, 3), ()):
        x = np.arange(np.prod(shape, dtype=int)).reshape(shape).astype("float32")
        for axis in axes_of(shape) if shape else [None]:
            for keepdims in (False, True):
                options = {"axis": axis, "keepdims": keepdims, "initial": initial}
                check(getattr(ops, name)(x, **options), getattr(np, name)(x, **options), f"{name}{shape} {options}")
    assert ops.max(np.zeros((0,), "float32"), initial=-5.0).dtype == "float32"


@pytest.mark.parametrize("shape", [*EMPTY, (2, 3)])
def test_logsumexp_of_nothing_is_minus_infinity(shape):
    """The logarithm of an empty sum, along any axis."""
    x = np.linspace(-1, 1, int(np.prod(shape)), dtype="float32").reshape(shape)
    for axis in axes_of(shape):
        for keepdims in (False, True):
            axes = tuple(range(len(shape))) if axis is None else axis
            total = np.exp(x).sum(axis=axes, keepdims=keepdims)
            with np.errstate(divide="ignore"):
                check(ops.logsumexp(x, axis=axis, keepdims=keepdims), np.log(total), f"{shape} axis={axis}")
    both = ops.logsumexp(np.array([[INF, 1], [-INF, -INF], [NAN, 0]], "float32"), axis=1)
    np.testing.assert_array_equal(both.numpy(), [INF, -INF, NAN])
    np.testing.assert_allclose(float(ops.logsumexp([1e4, 1e4])), scipy.special.logsumexp([1e4, 1e4]), rtol=1e-6)


@pytest.mark.parametrize("dtype", ["float32", "float16", "bfloat16"])
@pytest.mark.parametrize("name", ["softmax", "log_softmax"])
def test_softmax_of_nothing(name, dtype):
    """It is empty, of the same shape, and so is its gradient."""
    for shape in EMPTY:
        for axis in range(-len(shape), len(shape)):
            x = ops.convert_to_tensor(np.zeros(shape, numpy_dtype(dtype)))
            with GradientTape() as tape:
                tape.watch(x)
                y = getattr(ops, name)(x, axis=axis)
                total = ops.sum(y)
            assert (y.shape, y.dtype) == (shape, dtype)
            assert tape.gradient(total, [x])[0].shape == shape


@pytest.mark.parametrize("order", [None, 0, 1, 2, 3, INF, -INF])
def test_norms_of_nothing(order):
    """Norms of empty vectors and matrices are 0, but for the smallest of nothing."""
    for shape in EMPTY[:4]:
        x = np.zeros(shape, "float32")
        for axis in (None, *range(-len(shape), len(shape))):
            found, expected = (outcome(norm, x, ord=order, axis=axis) for norm in (ops.norm, np.linalg.norm))
            check(found, expected, f"{shape} ord={order} axis={axis}")


def test_quantiles_of_nothing():
    """There is no median of nothing; with NaN left out it is NaN, as where all are NaN."""
    for shape, axis in (((0,), None), ((0, 3), 0), ((2, 0), -1), ((2, 0), (0, 1))):
        x = np.zeros(shape, "float32")
        for call in (lambda x, a: ops.median(x, a), lambda x, a: ops.quantile(x, [0.1, 0.9], a)):
            with pytest.raises(ValueError, match="no value for an array without elements"):
                call(x, axis)
        for dtype in ("float32", "float16"):
            assert np.isnan(np.asarray(ops.nanmedian(x.astype(dtype), axis))).all()
    assert ops.median(np.zeros((0, 3), "float32"), 1).shape == (0,)
    assert ops.quantile(np.zeros((2, 0, 3), "float32"), [0.1, 0.9], 0).shape == (2, 0, 3)


def test_quantiles_keep_infinities():
    """Infinity stays where it is not mixed with a number, and swallows one that it is mixed with."""
    x = np.array([[1, NAN, INF, 3], [NAN, INF, INF, NAN], [NAN] * 4, [-INF, NAN, NAN, 2]], "float32")
    np.testing.assert_array_equal(ops.nanmedian(x, axis=1).numpy(), [3, INF, NAN, -INF])
    np.testing.assert_array_equal(ops.median(x, axis=1).numpy(), [NAN] * 4)
    line = np.array([INF, INF, 1, 2, INF], "float32")
    np.testing.assert_array_equal(ops.quantile(line, [0.0, 0.25, 0.5, 1.0]).numpy(), [1, 2, INF, INF])
    np.testing.assert_array_equal(ops.quantile([-INF, INF], [0.0, 0.5, 1.0]).numpy(), [-INF, NAN, INF])


def test_the_gradient_of_a_median():
    """The two elements in the middle share it, equal ones too; infinities beside them do not disturb it."""
    for line, expected in (
        ([4, 2, 2, 1], [0, 0.5, 0.5, 0]),
        ([3, 1, 2], [0, 0, 1]),
        ([INF, 1, 3, -INF], [0, 0.5, 0.5, 0]),
    ):
        x = ops.convert_to_tensor(np.array(line, "float32"))
        with GradientTape() as tape:
            y = ops.median(x)
        np.testing.assert_array_equal(tape.gradient(y, x).numpy(), expected)


@pytest.mark.parametrize("dtype", ["float16", "bfloat16"])
def test_quantiles_of_half_precision_find_their_place(dtype):
    """Places among thousands of elements are no numbers of half precision."""
    x = np.random.default_rng(2).permutation(np.arange(3001) % 64).astype(numpy_dtype(dtype))
    for q in (0.1, 0.5, 0.77):
        expected = np.quantile(x.astype("float64"), q, method="nearest")
        assert float(ops.quantile(x, q, method="nearest")) == float(ops.nanquantile(x, q, method="nearest")) == expected


def test_the_variance_without_nan_does_not_lose_infinities():
    """NaN that comes of an infinity less another is not one of those that are left out."""
    x = np.array([[1, NAN, INF, 3], [-INF, NAN, INF, NAN]], "float32")
    for function in (ops.nanvar, ops.nanstd):
        assert np.isnan(function(x, axis=1).numpy()).all()


# --- order and counts --------------------------------------------------------------------------------


def test_in_top_k():
    """Ties count; a class that does not exist is never among the likeliest, nor is NaN."""
    row = np.array([[0.1, 0.9, 0.9]], "float32")
    for target, k, expected in (
        (5, 2, False),
        (3, 3, False),
        (-1, 3, False),
        (1, 1, True),
        (2, 1, True),
        (0, 2, False),
    ):
        assert ops.in_top_k(np.array([target]), row, k).tolist() == [expected], (target, k)
    assert ops.in_top_k(np.array([1, 0]), np.array([[1.0, NAN], [INF, 1.0]], "float32"), 1).tolist() == [False, True]


def test_argsort_of_scalars_and_of_all():
    """A scalar is one element; without an axis all are."""
    for x in (5.0, np.float32(5), ops.ones(())):
        for axis in (-1, 0, None):
            assert ops.argsort(x, axis=axis).tolist() == [0]
    assert ops.argsort(np.array([[3, 1], [0, 2]]), axis=None).tolist() == [2, 1, 3, 0]
    for function in (ops.sort, ops.flip, ops.median, ops.sum, ops.argmax, ops.cumsum):
        with pytest.raises(ValueError, match="out of bounds for array of dimension 0"):
            function(np.float32(5), axis=-1)


def test_histogram_counts():
    """Integers; the last bin is closed; what lies outside is left out, and NaN."""
    counts, edges = ops.histogram(np.array([1, 2, 2, 3, 3, 3]), 2)
    assert (counts.dtype, counts.tolist(), edges.tolist()) == ("int32", [1, 5], [1.0, 2.0, 3.0])
    counts, edges = ops.histogram(np.array([-1, 0, 0.5, 1, 1.5, NAN], "float32"), 2, range=(0, 1))
    assert (counts.tolist(), edges.tolist()) == ([1, 2], [0.0, 0.5, 1.0])
    assert ops.histogram(np.array([True, False, True]), 2)[0].tolist() == [1, 2]
    assert ops.histogram([1, 1, 3], [0, 1, 2, 3])[0].tolist() == [0, 2, 1]


@pytest.mark.parametrize("dtype", ["float32", "float64", "int64"])
def test_histogram_of_large_numbers(dtype):
    """Numbers near 1e10, of which float32 holds every 1024th, and edges that it cannot tell apart."""
    x = (10**10 + 1024 * np.array([0, 1, 2, 3, 8])).astype(dtype)
    expected = np.histogram(x.astype("float64"), 4)[0]
    np.testing.assert_array_equal(ops.histogram(x, 4)[0].numpy(), expected)
    same = np.full(3, 10**10).astype(dtype)
    np.testing.assert_array_equal(ops.histogram(same, 4)[0].numpy(), np.histogram(same.astype("float64"), 4)[0])


def test_histogram_refuses():
    """Bins and ranges that are none are named."""
    for options in ({"bins": 0}, {"range": (2, 1)}, {"bins": [2, 1]}, {"bins": [[1, 2]]}, {"bins": [1]}):
        with pytest.raises(ValueError, match=next(iter(options))):
            ops.histogram(np.array([1.0, 2.0]), **options)
    with pytest.raises(ValueError, match="no finite range"):
        ops.histogram(np.array([1.0, NAN], "float32"))


# --- what a tensor holds -----------------------------------------------------------------------------


def test_isreal_of_complex():
    """Complex numbers are real where their imaginary part is zero."""
    x = np.array([1 + 1j, 2, 3j, complex(NAN, 0), complex(0, NAN)], "complex64")
    assert ops.isreal(x).tolist() == np.isreal(x).tolist() == [False, True, False, True, False]


def test_slogdet_is_a_pair():
    """Signs and logarithms, of batches too."""
    x = np.random.default_rng(4).normal(size=(2, 3, 3)).astype("float32")
    sign, log = ops.slogdet(x)
    np.testing.assert_array_equal(sign.numpy(), np.linalg.slogdet(x)[0])
    np.testing.assert_allclose(log.numpy(), np.linalg.slogdet(x)[1], rtol=1e-4)


OF_ONE_WIDTH = [
    ("uint8", "int8", "bool"), ("int16", "uint16", "float16", "bfloat16"), ("int32", "uint32", "float32"),
    ("int64", "uint64", "float64", "complex64"),
]  # fmt: skip


@pytest.mark.parametrize("dtypes", OF_ONE_WIDTH)
def test_views_of_one_width(dtypes):
    """The bytes of each dtype are read as each other of its width, and back."""
    width = numpy_dtype(dtypes[0]).itemsize
    data = np.random.default_rng(6).integers(0, 2, 6 * width).astype("uint8")
    for source in dtypes:
        x = data.view(numpy_dtype(source)).reshape(2, 3)
        for target in dtypes:
            found = ops.view(x, target)
            assert (found.dtype, found.shape) == (target, (2, 3))
            assert found.numpy().tobytes() == ops.view(found, source).numpy().tobytes() == x.tobytes()


def test_views_of_bfloat16_keep_every_bit():
    """NaN with a payload, and what other widths read of it."""
    bits = np.array([0x7FC1, 0x3F80, -1, 1], "int16")
    x = ops.view(bits, "bfloat16")
    assert ops.view(x, "int16").tolist() == bits.tolist()
    assert float(x[1]) == 1.0
    assert ops.view(x, "uint8").numpy().tobytes() == bits.tobytes()
    assert ops.view(x, "float32").shape == (2,)


@pytest.mark.parametrize("dtype", ["uint8", "int8", "int16", "uint16", "uint32", "int64", "uint64"])
def test_bincount_of_any_integers(dtype):
    """Counts of integers of any width, of rows, with weights."""
    x = np.array([[1, 2, 2], [0, 3, 3]], dtype)
    assert ops.bincount(x[0]).tolist() == [0, 1, 2]
    assert ops.bincount(x, minlength=5).tolist() == [[0, 1, 2, 0, 0], [1, 0, 0, 2, 0]]
    assert ops.bincount(x[1], weights=[0.5, 1.0, 2.0]).tolist() == [0.5, 0.0, 0.0, 3.0]


def test_ptp_needs_numbers():
    """Booleans have no difference, as in NumPy and Keras."""
    with pytest.raises(TypeError, match="dtype=bool"):
        ops.ptp([True, False])


def test_errors_speak_of_what_was_given():
    """Not of the shapes that a tensor has on the way, nor of the dtype that NumPy finds for it."""
    with pytest.raises(ValueError, match=r"Tensors to stack must have one shape.*\[\(3, 4\), \(4,\)\]"):
        ops.stack([np.zeros((3, 4)), np.zeros(4)])
    with pytest.raises(ValueError, match=r"Tensors to stack must have one shape.*\[\(3, 4\), \(3, 5\)\]"):
        ops.stack([np.zeros((3, 4)), np.zeros((3, 5))], axis=-1)
    with pytest.raises(TypeError, match=r"expected numbers\. Received: None$"):
        ops.add(np.zeros(2), None)
    with pytest.raises(TypeError, match=r"expected numbers\. Received: \['a'\] of type list$"):
        ops.convert_to_tensor(["a"])
