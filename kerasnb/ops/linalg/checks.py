"""Checks of the arguments of operations on matrices."""

from __future__ import annotations

from kerasnb.backend.tensor.dtypes import COMPLEX
from kerasnb.backend.tensor.tensor import Tensor
from kerasnb.backend.typing import TensorLike
from kerasnb.ops.arguments import floating


def matrices(x: TensorLike) -> Tensor:
    """The argument as float matrices.

    Raises:
        ValueError: If its rank is below 2.
        TypeError: If it is complex.
    """
    x = floating(x)
    if x.dtype in COMPLEX:
        raise TypeError(f"Matrices of complex numbers are not supported. Received: dtype={x.dtype}")
    if x.ndim < 2:
        raise ValueError(f"Expected input to have rank >= 2. Received input with shape {tuple(x.shape)}.")
    return x


def squares(x: TensorLike) -> Tensor:
    """The argument as square float matrices.

    Raises:
        ValueError: If its rank is below 2, or rows and columns differ.
    """
    x = matrices(x)
    if x.shape[-2] != x.shape[-1]:
        raise ValueError(f"Expected a square matrix. Received non-square input with shape {tuple(x.shape)}")
    return x


def known(x: Tensor) -> Tensor:
    """Matrices whose numbers of rows and columns are known.

    Raises:
        ValueError: If one of the numbers is unknown.
    """
    if None in x.shape[-2:]:
        raise ValueError(
            f"Input should have its last 2 dimensions fully-defined. Received: input.shape = {tuple(x.shape)}"
        )
    return x


def is_vector(a: Tensor, b: Tensor) -> bool:
    """Whether the right-hand sides `b` of matrices `a` are one vector each."""
    return b.ndim == 1 or tuple(b.shape) == tuple(a.shape[:-1])


def check_system(a: Tensor, b: Tensor) -> None:
    """Checks the shape of right-hand sides.

    Raises:
        ValueError: If `b` is a scalar, or has another number of rows than `a`.
    """
    if b.ndim < 1:
        raise ValueError(f"Expected input to have rank >= 1. Received scalar input {b}.")
    axis = -1 if is_vector(a, b) else -2
    if None not in (a.shape[-2], b.shape[axis]) and a.shape[-2] != b.shape[axis]:
        raise ValueError(
            f"Incompatible shapes between `a` and `b`. Expected `a.shape[-2] == b.shape[{axis}]`. "
            f"Received: a.shape={tuple(a.shape)}, b.shape={tuple(b.shape)}"
        )
