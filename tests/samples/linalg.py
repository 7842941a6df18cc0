"""Inputs for the operations of linear algebra, complex numbers and Fourier transforms, by name."""

from __future__ import annotations

import numpy as np


class Numbers:
    """Random inputs; every file has its own, so that they do not depend on what else runs."""

    def __init__(self, seed: int):
        self.random = np.random.default_rng(seed)

    def floats(self, *shape):
        """Random float32 numbers."""
        return self.random.uniform(-1, 1, shape).astype("float32")

    def square(self, *shape):
        """Matrices far from singular, with distinct singular values."""
        n = shape[-1]
        x = self.random.uniform(-0.4, 0.4, shape) + np.diag(np.arange(1.0, n + 1) * (-1) ** np.arange(n))
        return x.astype("float32")

    def positive(self, *shape):
        """Symmetric positive definite matrices."""
        x = self.random.uniform(-0.5, 0.5, shape)
        return (x @ np.swapaxes(x, -1, -2) + np.diag(np.arange(1.0, shape[-1] + 1))).astype("float32")

    def tall(self, *shape):
        """Matrices of full rank with distinct singular values, tall or wide."""
        x = self.random.uniform(-0.4, 0.4, shape)
        k = np.arange(min(shape[-2:]))
        x[..., k, k] += 1.0 + k
        return x.astype("float32")

    def complexes(self, *shape):
        """Random complex numbers."""
        return (self.floats(*shape) + 1j * self.floats(*shape)).astype("complex64")


_numbers = Numbers(11)
floats, square, positive, tall = _numbers.floats, _numbers.square, _numbers.positive, _numbers.tall
complexes = _numbers.complexes


def _alone(*xs, **attrs):
    return [([x], attrs) for x in xs]


_SQUARES = _alone(square(3, 3), square(2, 4, 4), square(0, 2, 2), square(1, 1))
_FLAT = np.diag([2.0, 1.0, 0.0]).astype("float32")  # its determinant is zero, not so all cofactors
_PIVOTS = np.array([[2, 2, 2], [1, 1, 2]], "int32")

SOLVERS = {
    "solve": [
        ([square(3, 3), floats(3, 2)], {}),
        ([square(2, 1, 3, 3), floats(2, 3, 1)], {}),
        ([square(0, 2, 2), floats(0, 2, 2)], {}),
    ],
    "solve_triangular": [
        ([square(3, 3), floats(3, 2)], {"lower": True}),
        ([square(2, 4, 4), floats(4, 1)], {"lower": False}),
        ([np.tril(floats(70, 70)) * 0.05 + 3 * np.eye(70, dtype="f"), floats(70, 1)], {"lower": True}),
    ],
    "det": [*_SQUARES, ([_FLAT], {})],
    "cofactor": _SQUARES[:2],
    "slogdet": _SQUARES,
    "pinv": _alone(tall(4, 2), tall(2, 2, 3), rcond=1e-6),
}

FACTORS = {
    "cholesky": _alone(positive(3, 3), positive(2, 2, 2), positive(0, 2, 2)),
    "lu": _alone(square(3, 3), square(2, 3, 3), tall(4, 2), tall(2, 2, 4), square(35, 35)[:, :33]),
    "row_order": [([_PIVOTS], {"like_dtype": "float32", "extent": 4})],
    "qr": [*_alone(square(3, 3), tall(2, 4, 2), complete=False), *_alone(square(2, 2, 2), tall(4, 2), complete=True)],
    "eigh": _alone(square(3, 3), square(2, 2, 2), square(0, 2, 2)),
    "eig": _alone(square(3, 3), np.array([[[0, 1], [-1, 0]]], "float32")),
    "svd": [*_alone(tall(3, 3), full=True), *_alone(tall(2, 4, 2), tall(2, 3), full=False)],
    "singular_values": _alone(tall(3, 2), tall(2, 2, 3)),
}


COMPLEX = {
    "complex": [([floats(2, 3), floats(2, 3)], {}), ([floats(), floats()], {})],
    **{name: _alone(complexes(2, 3), complexes(0, 2)) for name in ("real", "imag", "conjugate")},
}

FOURIER = {
    "fourier": [
        ([floats(3, 5), floats(3, 5)], {"axes": (-1,), "inverse": False}),
        ([floats(2, 3, 4), floats(2, 3, 4)], {"axes": (-2, -1), "inverse": True}),
        ([floats(0, 3), floats(0, 3)], {"axes": (-1,), "inverse": False}),
    ],
    "half_spectrum": _alone(floats(2, 5), floats(6), floats(1)),
    "from_half_spectrum": [
        ([floats(2, 3), floats(2, 3)], {"length": 5}),
        ([floats(4), floats(4)], {"length": 6}),
        ([floats(1), floats(1)], {"length": 1}),
    ],
}

SAMPLES = {**SOLVERS, **FACTORS, **COMPLEX, **FOURIER}
ON_HOST = set(SAMPLES)  # LAPACK and NumPy compute them on every device
