"""Linear algebra beside real Keras: values, gradients, symbolic shapes, dtypes, errors."""

import os

os.environ.setdefault("KERAS_BACKEND", "jax")

import numpy as np
import pytest

import kerasnb
from kerasnb import ops
from kerasnb.backend.autodiff.tape import GradientTape
from tests.ops.beside import check, check_shapes, close
from tests.ops.names import keras
from tests.recorded import Replayed
from tests.samples.linalg import Numbers

_numbers = Numbers(15)
floats, positive, square, tall = _numbers.floats, _numbers.positive, _numbers.square, _numbers.tall

INF = np.inf


def signed(ops, u, vh):
    """Singular vectors whose signs are fixed: LAPACK's depend on its version."""
    side = ops.sign(u[..., :1, :])
    return u * side, vh * ops.swapaxes(side, -1, -2)


def eigh_signed(ops, x):
    w, v = ops.eigh(x)
    return w, v * ops.sign(v[..., :1, :])


def svd_signed(ops, x, full=False):
    u, s, vh = ops.svd(x, full_matrices=full)
    return s, ops.svd(x, compute_uv=False), *signed(ops, u, vh)


CASES = {
    "cholesky": (lambda ops, x: (ops.cholesky(x), ops.cholesky(x, upper=True)), positive(2, 3, 3)),
    "cholesky_inverse": (
        lambda ops, x: (ops.cholesky_inverse(x), ops.cholesky_inverse(x, upper=True)),
        square(3, 3),
    ),
    "determinants": (
        lambda ops, x: (ops.det(x), ops.inv(x), *ops.slogdet(x), ops.logdet(x)),
        square(2, 3, 3),
    ),
    "eigh": (eigh_signed, square(2, 3, 3)),
    **{
        f"lu {m}x{n}": (lambda ops, x: ops.lu_factor(x), tall(m, n)) for m, n in ((3, 3), (4, 3), (3, 4))
    },
    **{f"qr {m}x{n}": (lambda ops, x: (*ops.qr(x), *ops.qr(x, "complete")), tall(m, n)) for m, n in ((5, 3), (3, 4))},
    "solve": (lambda ops, a, b: ops.solve(a, b), square(2, 3, 3), floats(2, 3, 2)),
    "solve vector": (lambda ops, a, b: ops.linalg.solve(a, b), square(2, 3, 3), floats(3)),
    "solve_triangular": (
        lambda ops, a, b: (ops.solve_triangular(a, b), ops.solve_triangular(a, b, lower=True)),
        square(2, 3, 3), floats(2, 3, 1),
    ),
    "svd wide": (svd_signed, tall(2, 3, 4)),
    "svd tall": (svd_signed, tall(4, 3)),
    "svd square": (lambda ops, x: svd_signed(ops, x, full=True), tall(3, 3)),
    "pinv": (
        lambda ops, x: (ops.pinv(x), ops.pinv(x, 0.5), ops.matrix_rank(x), ops.matrix_rank(x, tol=1.2)),
        tall(2, 3, 4),
    ),
    "lstsq": (lambda ops, a, b: (ops.lstsq(a, b), ops.lstsq(a, b, rcond=0.4)), tall(4, 3), floats(4, 2)),
    "lstsq vector": (lambda ops, a, b: ops.lstsq(a, b), tall(2, 4), floats(2)),
    "norm of matrices": (
        lambda ops, x: [
            ops.norm(x, o, axis=(0, 2), keepdims=k)
            for k, o in enumerate((None, "fro", "nuc", INF, -INF, 1, -1, 2, -2))
        ],
        tall(3, 2, 4),
    ),
    "norm of vectors": (
        lambda ops, x: [
            ops.norm(x, o, axis=1, keepdims=k) for k, o in enumerate((None, INF, -INF, 1, -1, 2, -2, 0, 3))
        ],
        tall(3, 2, 4),
    ),
    "norm of all": (
        lambda ops, x: [ops.norm(x), ops.norm(x, 2), ops.norm(x[0], 3), ops.norm(x, keepdims=True)],
        tall(3, 4),
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", CASES)
def test_values_and_gradients(name):
    """Values and gradients are those of Keras; symbolic shapes are those of the values."""
    function, *arrays = CASES[name]
    check(function, *arrays)
    check_shapes(function, *arrays)
    if all(a.ndim == 3 for a in arrays) and not name.startswith("norm"):
        check_shapes(function, *arrays, unknown=1)


def test_eig():
    """Eigenvalues and vectors are complex, and those of Keras; there is no gradient."""
    x = square(2, 3, 3)
    (w, v), (expected, _) = (m.eig(x) for m in (ops, keras().ops))
    close(np.sort(w.numpy(), -1), np.sort(np.asarray(expected), -1))
    close(x @ v.numpy(), v.numpy() * w.numpy()[:, None], 1e-5)
    assert ops.eig([[0.0, 1.0], [-1.0, 0.0]])[0].tolist() in ([1j, -1j], [-1j, 1j])
    w, v = ops.eig(kerasnb.KerasTensor((None, 3, 3)))
    assert (w.shape, w.dtype, v.shape, v.dtype) == ((None, 3), "complex64", (None, 3, 3), "complex64")
    assert ops.eig(np.eye(2))[0].dtype == "complex128"


def test_full_singular_vectors():
    """Square u and vh are made of more vectors than singular values; their gradient is refused."""
    x = tall(3, 2)
    with GradientTape() as tape:
        u, s, vh = ops.svd(given := ops.convert_to_tensor(x))
    assert (u.shape, s.shape, vh.shape) == ((3, 3), (2,), (2, 2))
    np.testing.assert_allclose(np.asarray(u) @ np.diag([*np.asarray(s), 0])[:, :2] @ np.asarray(vh), x, atol=1e-5)
    with pytest.raises(NotImplementedError, match="full_matrices=False"):
        tape.gradient(u, given)


def test_singular_matrices():
    """Determinants of singular matrices have gradients; what cannot be inverted is refused by name."""
    x = ops.convert_to_tensor([[1.0, 2.0], [2.0, 4.0]])
    with GradientTape() as tape:
        y = ops.det(x)
    np.testing.assert_allclose(tape.gradient(y, x).numpy(), [[4, -2], [-2, 1]], atol=1e-5)
    for refused in (lambda: ops.inv(x), lambda: ops.solve(x, np.ones(2, "f"))):
        with pytest.raises(ValueError, match="singular"):
            refused()
    for refused in (ops.cholesky, kerasnb.ops.linalg.cholesky):
        with pytest.raises(ValueError, match="Cholesky decomposition failed"):
            refused(-x)
    assert int(ops.matrix_rank(x)) == 1
    np.testing.assert_allclose(ops.lstsq(x, np.array([1.0, 2.0], "f")).numpy(), [0.2, 0.4], rtol=1e-5)


def test_solve_triangular_zero():
    """A zero on the diagonal gives infinity, as in Keras on JAX, and no warning."""
    a = np.array([[1, 0], [0, 0]], "float32")
    assert ops.solve_triangular(a, np.ones(2, "f"), lower=True).tolist() == [1.0, INF]


@pytest.mark.parametrize("name", ["solve", "solve_triangular"])
def test_batches_of_vectors(name):
    """Right-hand sides of the shape of `a` without its last axis are a vector for each matrix."""
    a, b, function = square(2, 3, 3), floats(2, 3), getattr(ops, name)
    np.testing.assert_array_equal(function(a, b).numpy(), function(a, b[..., None]).numpy()[..., 0])
    assert function(kerasnb.KerasTensor((None, 3, 3)), kerasnb.KerasTensor((None, 3))).shape == (None, 3)
    one = floats(3, 2)  # one matrix of right-hand sides serves all
    np.testing.assert_array_equal(function(a, one).numpy()[1], function(a[1], one).numpy())


@pytest.mark.parametrize("n", [1, 33, 70])
def test_blocks(n):
    """Matrices of more rows than one block are eliminated and solved like small ones."""
    x, b = square(n, n), floats(n, 2)
    lu, pivots = (np.asarray(t) for t in ops.lu_factor(x))
    lower, order = np.tril(lu, -1) + np.eye(n), np.arange(n)
    for i, p in enumerate(pivots):
        order[[i, p]] = order[[p, i]]
    np.testing.assert_allclose(lower @ np.triu(lu), x[order], atol=1e-4)
    np.testing.assert_allclose(np.triu(lu) @ ops.solve_triangular(np.triu(lu), b).numpy(), b, atol=1e-3)


ONE = (
    "cholesky", "cholesky_inverse", "det", "eigh", "inv", "lu_factor", "norm", "pinv", "qr", "slogdet", "logdet", "svd",
)  # fmt: skip


@pytest.mark.parametrize("name", ONE)
def test_dtypes(name):
    """Half and double precision stay, integers become floats; empty batches give empty results."""
    x = np.array([[4, 1], [1, 3]])
    full = getattr(ops, name)(x.astype("float64"))
    for dtype in ("float16", "bfloat16", "float64", "int32", "bool"):
        wanted = dtype if "float" in dtype else "float32"
        if dtype == "bool" and name != "norm":
            continue
        found = getattr(ops, name)(ops.cast(x > 0 if dtype == "bool" else x, dtype))
        symbolic = getattr(ops, name)(kerasnb.KerasTensor((2, 2), dtype))
        parts = [t if isinstance(t, tuple) else (t,) for t in (found, symbolic, full)]
        for f, s, e in zip(*parts, strict=True):
            assert f.dtype == s.dtype == (wanted if "float" in str(e.dtype) else "int32")
            if dtype != "bool":
                tolerance = 3e-2 if dtype == "bfloat16" else 5e-3
                np.testing.assert_allclose(f.numpy().astype(e.numpy().dtype), e.numpy(), tolerance, tolerance)
    empty = getattr(ops, name)(np.zeros((0, 2, 2), "float32"))
    assert name == "norm" or all(t.shape[0] == 0 for t in (empty if isinstance(empty, tuple) else (empty,)))


SQUARE = ("cholesky", "cholesky_inverse", "det", "eig", "eigh", "inv", "logdet", "slogdet")


@pytest.mark.parametrize("name", [*SQUARE, "lu_factor", "matrix_rank", "pinv", "qr", "svd"])
def test_ranks(name):
    """Vectors are refused, and so are matrices that are not square, eager and symbolic alike."""
    function = getattr(ops, name)
    for vector in (np.ones(3, "f"), kerasnb.KerasTensor((None,))):
        with pytest.raises(ValueError, match="Expected input to have rank >= 2"):
            function(vector)
    for oblong in (np.ones((2, 3, 2), "f"), kerasnb.KerasTensor((None, 3, 2))) if name in SQUARE else ():
        with pytest.raises(ValueError, match="Expected a square matrix. Received non-square input"):
            function(oblong)


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: ops.solve(np.eye(3), np.ones(2)), "Incompatible shapes between `a` and `b`"),
        (lambda: ops.solve(np.eye(3), np.float64(1)), "Expected input to have rank >= 1"),
        (lambda: ops.solve_triangular(np.eye(3), np.ones((2, 2))), "Incompatible shapes between `a` and `b`"),
        (lambda: ops.lstsq(np.ones((2, 3, 2)), np.ones(3)), "Expected a to have rank 2"),
        (lambda: ops.lstsq(np.ones((3, 2)), np.ones((3, 1, 1))), "Expected b to have rank 1 or 2"),
        (lambda: ops.lstsq(np.ones((3, 2)), np.ones(2)), r"Expected b.shape\[0\] to be equal to a.shape\[0\]"),
        (lambda: ops.qr(np.ones((3, 2)), mode="r"), "`mode` argument value not supported"),
        (lambda: ops.norm(np.ones(3), "fro"), "Invalid `ord` argument for vector norm. Received: ord=fro"),
        (lambda: ops.norm(np.ones((3, 2)), 3), "Invalid `ord` argument for matrix norm. Received: ord=3"),
        (lambda: ops.norm(np.ones((3, 2)), "max"), "Invalid `ord` argument. Expected one of"),
        (lambda: ops.norm(np.ones((3, 2, 1)), 2), "Improper number of axes"),
        (lambda: ops.qr(kerasnb.KerasTensor((2, 3)), mode="r"), "`mode` argument value not supported"),
        (lambda: ops.norm(kerasnb.KerasTensor((None, 3)), 3), "Invalid `ord` argument for matrix norm"),
    ],
)  # fmt: skip
def test_errors(call, message):
    """What does not fit is refused by name."""
    with pytest.raises(ValueError, match=message):
        call()


def test_unknown_sides():
    """Unknown rows and columns stay unknown."""
    x = kerasnb.KerasTensor((None, None, 3))
    assert ops.pinv(x).shape == (None, 3, None)
    assert [t.shape for t in ops.svd(x, full_matrices=False)] == [(None, None, None), (None, None), (None, None, 3)]
    assert ops.norm(x, axis=1).shape == (None, 3)
    assert ops.det(kerasnb.KerasTensor((None, None, None))).shape == (None,)


SECOND = {
    "cholesky": (lambda ops, x: ops.cholesky(x), positive(3, 3)),
    "det": (lambda ops, x: ops.det(x), square(3, 3)),
    "solve": (lambda ops, x: ops.solve(x, np.ones((3, 1), "f")), square(3, 3)),
    "eigh": (lambda ops, x: ops.eigh(x)[0], square(3, 3)),
    "svd": (lambda ops, x: ops.svd(x, compute_uv=False), tall(3, 2)),
    "qr": (lambda ops, x: ops.qr(x)[1], tall(3, 2)),
}


@pytest.mark.parametrize("name", SECOND)
def test_second_order(name):
    """The gradient of a gradient's square is that of differences of the gradient."""
    function, x = SECOND[name]

    def gradient_of(values):
        given = ops.convert_to_tensor(values)
        with GradientTape() as inner:
            y = ops.sum(ops.square(function(ops, given)))
        return given, inner.gradient(y, given)

    with GradientTape() as outer:
        given, first = gradient_of(x)
        loss = ops.sum(ops.square(first))
    wide, step = x.astype("float64"), 1e-5
    expected = np.zeros(x.shape)
    for at in np.ndindex(*x.shape):
        up, down = wide.copy(), wide.copy()
        up[at], down[at] = up[at] + step, down[at] - step
        losses = [np.square(gradient_of(v)[1].numpy()).sum() for v in (up, down)]
        expected[at] = (losses[0] - losses[1]) / (2 * step)
    close(outer.gradient(loss, given), expected.astype("float32"), 2e-3)


def test_recorded():
    """A recorded step computes what the eager one does."""

    def step(x, b):
        with GradientTape() as tape:
            y = ops.sum(ops.square(ops.solve(x, b))) + ops.norm(x, 2)
        return [y, tape.gradient(y, x)]

    x, b = square(3, 3), floats(3, 1)
    eager = step(ops.convert_to_tensor(x), ops.convert_to_tensor(b))
    for found, expected in zip(Replayed(step, x, b)(x, b), eager, strict=True):
        np.testing.assert_allclose(found, expected.numpy(), rtol=1e-6)


# --- jvp -------------------------------------------------------------------------------------------


def test_jvp():
    """Values and derivatives along a direction are those of Keras, for trees and with an auxiliary result."""

    def tree(ops, x, y, dx, dy):
        def function(p, q):
            return {"a": ops.sin(p["x"]) * q, "b": ops.matmul(p["x"], q)}

        out, moved = ops.jvp(function, ({"x": x}, y), ({"x": dx}, dy))
        return [out["a"], out["b"], moved["a"], moved["b"]]

    def aux(ops, x, dx):
        out, moved, more = ops.jvp(lambda p: (ops.exp(p), ops.sum(p)), [x], [dx], has_aux=True)
        return [out, moved, more]

    check(tree, *(floats(3, 3) for _ in range(4)), gradient=False)
    check(aux, floats(4), floats(4), gradient=False)


def test_jvp_of_one_tensor_twice():
    """One tensor as two arguments is moved along two directions; a recorded step does the same."""
    x, dx, dy = (ops.convert_to_tensor(floats(3)) for _ in range(3))
    np.testing.assert_allclose(
        ops.jvp(ops.multiply, (x, x), (dx, dy))[1].numpy(), x.numpy() * (dx.numpy() + dy.numpy()), rtol=1e-6
    )
    step = Replayed(lambda x, dx: list(ops.jvp(ops.sin, (x,), (dx,))), x.numpy(), dx.numpy())
    np.testing.assert_allclose(step(x.numpy(), dx.numpy())[1], np.cos(x.numpy()) * dx.numpy(), rtol=1e-5)


def test_complex():
    """Norms of complex vectors are those of their absolute values; complex matrices are refused by name."""
    z = np.array([[3 + 4j, 0], [0, 5 + 12j]], "complex64")
    assert float(ops.norm(z, 1, axis=(0, 1))) == 13 and ops.norm(z, axis=1).tolist() == [5, 13]
    for refused in (ops.inv, ops.cholesky, lambda z: ops.norm(z, "nuc"), lambda z: ops.solve(z, z)):
        with pytest.raises(TypeError, match="Matrices of complex numbers are not supported"):
            refused(z)


def test_jvp_through_fused_rooms():
    """Operations whose ways back are fused kernels pass a direction on like others."""

    def function(ops, *given):
        x, w, dx, dw = given
        sides = [
            lambda x, w: ops.max_pool(ops.relu(ops.conv(x, w)), 2, 2),
            lambda x, w: ops.softmax(ops.layer_normalization(ops.reshape(x, (5, 10)))),
            lambda x, w: ops.dot_product_attention(x, x, x),
        ]
        return [ops.jvp(side, (x, w), (dx, dw))[1] for side in sides]

    check(function, floats(1, 5, 5, 2), floats(2, 2, 2, 3), floats(1, 5, 5, 2), floats(2, 2, 2, 3), gradient=False)


def test_nan():
    """Matrices with NaN or infinity give NaN, and leave the others of their batch alone."""
    x = np.stack([np.eye(2), np.full((2, 2), np.nan), [[1, INF], [0, 1]]]).astype("float32")
    for name in ("eigh", "eig", "svd", "pinv", "det", "inv", "qr", "norm"):
        found = getattr(ops, name)(x) if name != "norm" else ops.norm(x, "nuc", axis=(1, 2))
        for t in found if isinstance(found, tuple) else (found,):
            assert np.isfinite(t.numpy()[0]).all() and np.isnan(t.numpy()[1]).any(), name
    with pytest.raises(ValueError, match="Cholesky decomposition failed"):
        ops.cholesky(x)


def test_jvp_symbolic_and_errors():
    """Symbolic arguments give two outputs like that of the function; structures and shapes are compared."""
    x = kerasnb.KerasTensor((None, 3))
    out, moved = ops.jvp(ops.sin, (x,), (x,))
    assert out.shape == moved.shape == (None, 3)
    with pytest.raises(TypeError, match="Argument `primals` must be a tuple or list"):
        ops.jvp(ops.sin, np.ones(2), (np.ones(2),))
    with pytest.raises(ValueError, match="must have the same shapes"):
        ops.jvp(ops.sin, (np.ones(2),), (np.ones(3),))
