"""Fourier transforms and complex tensors beside real Keras: values, gradients, symbolic shapes, dtypes, errors."""

import os

os.environ.setdefault("KERAS_BACKEND", "jax")

import numpy as np
import pytest

import kerasnb
from kerasnb import ops
from kerasnb.backend.autodiff.tape import GradientTape
from tests.ops.beside import check, check_shapes
from tests.samples.linalg import Numbers

_numbers = Numbers(12)
complexes, floats = _numbers.complexes, _numbers.floats

_WINDOW = floats(5) + 2
CASES = {
    "fft": (
        lambda ops, a, b: (*ops.fft((a, b)), *ops.fft2((a, b)), *ops.ifft2((a, b))),
        floats(2, 3, 5), floats(2, 3, 5),
    ),
    "rfft": (lambda ops, x: (*ops.rfft(x), *ops.rfft(x, 4), *ops.rfft(x, 9)), floats(2, 6)),
    "rfft odd": (lambda ops, x: ops.rfft(x), floats(5)),
    "irfft": (
        lambda ops, a, b: (ops.irfft((a, b)), ops.irfft((a, b), 4), ops.irfft((a, b), 9), ops.irfft((a, b), 5)),
        floats(2, 4), floats(2, 4),
    ),
    "stft": (
        lambda ops, x: (
            *ops.stft(x, 6, 2, 6), *ops.stft(x, 5, 3, 8, window="hamming"),
            *ops.stft(x, 5, 1, 7, window=_WINDOW, center=False), *ops.stft(x, 5, 4, 9, window=None),
        ),
        floats(2, 20),
    ),
    "istft": (
        lambda ops, a, b: [
            ops.istft((a, b), 8, 2, 8), ops.istft((a, b), 5, 2, 9, window=_WINDOW, length=9),
            ops.istft((a, b), 6, 3, 8, window="hamming", center=False), ops.istft((a, b), 7, 4, 8, window=None),
        ],
        floats(2, 4, 5), floats(2, 4, 5),
    ),
    "complex": (lambda ops, x: (ops.view_as_real(ops.conj(ops.view_as_complex(x))), ops.imag(ops.view_as_complex(x)),
                                ops.real(ops.view_as_complex(x))), floats(3, 2)),
    "polar": (lambda ops, r, t: ops.view_as_real(ops.polar(r, t)), floats(2, 3), floats(2, 3)),
    "magnitude": (lambda ops, r, t: (ops.abs(ops.polar(r, t)), ops.angle(ops.polar(r, t))), floats(3) + 2, floats(3)),
    "arithmetic": (
        lambda ops, x, y: ops.view_as_real(
            ops.exp(ops.multiply(ops.view_as_complex(x), ops.view_as_complex(y))) - ops.sin(ops.view_as_complex(x))),
        floats(3, 2), floats(3, 2),
    ),
    "matmul": (
        lambda ops, x, y: ops.view_as_real(ops.matmul(ops.view_as_complex(x), ops.view_as_complex(y))),
        floats(3, 4, 2), floats(4, 2, 2),
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", CASES)
def test_values_and_gradients(name):
    """Values and gradients are those of Keras; symbolic shapes are those of the values."""
    function, *arrays = CASES[name]
    check(function, *arrays)
    check_shapes(function, *arrays)
    if arrays[0].ndim > 1 and name not in ("matmul", "magnitude"):
        check_shapes(function, *arrays, unknown=1)


def test_inverses():
    """What is transformed and back is what it was, for every stride that leaves no gaps."""
    x = floats(2, 24)
    for n in (5, 24, 24):
        np.testing.assert_allclose(ops.irfft(ops.rfft(x[:, :n]), n).numpy(), x[:, :n], atol=1e-6)
    for length, stride, size in ((8, 2, 8), (8, 8, 8), (1, 1, 1), (6, 3, 9)):
        window = None if length in (1, 8) and stride == length else "hamming"
        back = ops.istft(ops.stft(x, length, stride, size, window), length, stride, size, 24, window)
        np.testing.assert_allclose(back.numpy(), x, atol=1e-5)
    assert ops.istft(ops.stft(x, 8, 2, 8), 8, 2, 8, length=40).shape == (2, 40)


def test_unknown_extents():
    """Unknown numbers of samples give unknown numbers of windows and frequencies."""
    x, y = kerasnb.KerasTensor((None, None)), kerasnb.KerasTensor((2, None, 5))
    assert ops.rfft(x)[0].shape == (None, None) and ops.rfft(x, 6)[1].shape == (None, 4)
    assert ops.irfft((x, x)).shape == (None, None) and ops.irfft((x, x), 6).shape == (None, 6)
    assert ops.stft(x, 4, 2, 6)[0].shape == (None, None, 4)
    assert ops.istft((y, y), 4, 2, 8).shape == (2, None) and ops.istft((y, y), 4, 2, 8, length=7).shape == (2, 7)


def test_infinity():
    """Infinity stays in the part where it stands, as far as the transform lets it."""
    x = np.array([np.inf, 1], "float32")
    assert ops.view_as_complex([[1.0, np.inf]]).numpy()[0] == complex(1, np.inf)
    real, imag = ops.fft((x, np.zeros(2, "f")))
    assert real.numpy()[0] == np.inf and not np.isfinite(real.numpy()[1]) and imag.shape == (2,)


def test_dtypes():
    """Double and half precision stay, integers become floats, nothing gives nothing."""
    x = np.arange(4)
    for dtype in ("float64", "float16", "bfloat16", "int32"):
        wanted = dtype if "float" in dtype else "float32"
        real, imag = ops.rfft(ops.cast(x, dtype))
        assert real.dtype == imag.dtype == wanted
        np.testing.assert_allclose(real.numpy().astype("float32"), [6, -2, -2], atol=1e-2)
    assert ops.fft((x.astype("float64"), x.astype("float64")))[0].dtype == "float64"
    assert ops.fft((np.zeros((0, 3), "f"), np.zeros((0, 3), "f")))[0].shape == (0, 3)
    assert ops.rfft(np.zeros((0, 3), "f"))[0].shape == (0, 2)


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: ops.fft(np.ones(3)), "should be a tuple of two tensors"),
        (lambda: ops.fft((np.ones(3), np.ones(2))), "should have the same shape"),
        (lambda: ops.fft((np.ones(3, "int32"), np.ones(3, "int32"))), "is not of type float"),
        (lambda: ops.fft2((np.ones(3), np.ones(3))), "Input should have rank >= 2"),
        (lambda: ops.rfft(np.float64(1)), "Input should have rank >= 1"),
        (lambda: ops.rfft(np.ones(3), 0), "`fft_length` must be positive"),
        (lambda: ops.fft((kerasnb.KerasTensor((2, None)),) * 2), "last dimension fully-defined"),
        (lambda: ops.ifft2((kerasnb.KerasTensor((None, 2)),) * 2), "fully-defined"),
        (lambda: ops.stft(np.ones(9), 3, 0, 4), "`sequence_stride` must be a positive integer"),
        (lambda: ops.stft(np.ones(9), 5, 1, 4), "`fft_length` must equal or larger than `sequence_length`"),
        (lambda: ops.stft(np.ones(9), 3, 1, 4, "box"), "it must be one of"),
        (lambda: ops.stft(np.ones(9), 3, 1, 4, np.ones(4)), "The shape of `window` must be equal"),
        (lambda: ops.stft(np.ones(3), 3, 1, 4, center=False), "must not exceed the signal"),
        (lambda: ops.istft((np.ones(5),) * 2, 3, 1, 8), "Input should have rank >= 2"),
        (lambda: ops.view_as_complex(np.ones(3)), "Last dimension of input must be size 2"),
    ],
)  # fmt: skip
def test_errors(call, message):
    """What does not fit is refused by name."""
    with pytest.raises(ValueError, match=message):
        call()


def test_stft_of_integers():
    """Windows of integers are refused, as in Keras."""
    with pytest.raises(TypeError, match="Expected `float32` or `float64`"):
        ops.stft(np.ones(9, "int32"), 3, 1, 4)


def test_second_order():
    """The power of a spectrum is the power of its signal, and so are the gradients of its gradient."""
    x = ops.convert_to_tensor(floats(8))
    with GradientTape() as outer:
        with GradientTape() as inner:
            real, imag = ops.fft((x, x * 0.0))
            power = ops.sum(ops.square(real) + ops.square(imag))
        first = inner.gradient(power, x)
        loss = ops.sum(ops.square(first))
    np.testing.assert_allclose(first.numpy(), 16 * x.numpy(), rtol=1e-5, atol=1e-5)
    np.testing.assert_allclose(outer.gradient(loss, x).numpy(), 512 * x.numpy(), rtol=1e-5, atol=1e-4)


def test_complex_tensors():
    """Tensors hold complex numbers, from lists and arrays, and meet real ones."""
    z = complexes(2, 3)
    assert ops.convert_to_tensor([1 + 2j]).dtype == "complex64" and ops.convert_to_tensor(z).numpy().dtype == z.dtype
    np.testing.assert_allclose((ops.convert_to_tensor(z) + floats(3) * 0 + 1).numpy(), z + 1, rtol=1e-6)
    np.testing.assert_allclose((ops.convert_to_tensor(z) * 2j).numpy(), z * 2j, rtol=1e-6)
    np.testing.assert_array_equal(ops.view_as_real(z).numpy(), np.stack([z.real, z.imag], -1))
    assert ops.sum(z).dtype == "complex64" and abs(complex(ops.sum(z).numpy()) - z.sum()) < 1e-5
    assert ops.view_as_complex(kerasnb.KerasTensor((None, 2))).dtype == "complex64"
    assert ops.view_as_real(kerasnb.KerasTensor((None,), "complex64")).shape == (None, 2)
    assert ops.real(np.ones(2, "int32")).dtype == "int32" and ops.imag(np.ones(2, "f")).tolist() == [0, 0]
